result = {
  a = 1
  b = 2
  c = ["x", true, null]
  d = { k = "v" }
}
