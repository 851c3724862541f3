result = {
  a = "1"
  b = 2
  c = true
  d = [1, 2]
  e = { k = "1" }
  f = ["x"]
}
