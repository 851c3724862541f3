diagnostics {
  error {
    from {
      line   = 2
      column = 5
      byte   = 10
    }
    to {
      line   = 2
      column = 12
      byte   = 17
    }
  }
}
