result = {
  a = "ex"
  b = "ex"
  c = 11
  d = 10
  e = true
  f = 5
}
