diagnostics {
  error {
    from {
      line   = 1
      column = 29
      byte   = 28
    }
    to {
      line   = 1
      column = 30
      byte   = 29
    }
  }
}
