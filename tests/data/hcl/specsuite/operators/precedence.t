result = {
  a = true
  b = true
  c = 1
  d = 1
}
