result = {
  a = {}
  b = {
    x     = 1
    "y z" = 2
    U     = 3
  }
  c = {
    p = 1
    q = { r = 2 }
  }
}
