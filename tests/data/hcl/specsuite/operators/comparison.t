result = {
  a = true
  b = false
  c = true
  d = false
  e = true
  f = true
  g = false
}
