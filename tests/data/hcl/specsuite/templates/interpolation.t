result = {
  a = 1
  b = "x2yz"
  c = [1]
  d = "deep"
  e = "true!"
}
