result = {
  a = 7
  b = 9
  c = 3
  d = 3.5
  e = 3
  f = 5
}
