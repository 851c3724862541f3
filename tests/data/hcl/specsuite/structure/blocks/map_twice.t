diagnostics {
  error {
    from {
      line   = 2
      column = 1
      byte   = 13
    }
    to {
      line   = 2
      column = 10
      byte   = 22
    }
  }
}
