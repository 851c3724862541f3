result = {
  a = false
  b = true
  c = false
  d = true
}
