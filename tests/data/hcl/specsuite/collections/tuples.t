result = {
  a = []
  b = [1, "x", [true]]
  c = [1, 2]
}
