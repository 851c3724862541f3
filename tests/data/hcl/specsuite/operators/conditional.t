result = {
  a = 1
  b = "y"
  c = [1]
  d = "1"
  e = "n"
}
