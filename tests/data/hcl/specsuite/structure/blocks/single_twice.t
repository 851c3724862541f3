diagnostics {
  error {
    from {
      line   = 4
      column = 1
      byte   = 14
    }
    to {
      line   = 4
      column = 2
      byte   = 15
    }
  }
}
