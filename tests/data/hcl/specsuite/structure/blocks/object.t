result = {
  p = 1
  q = "two"
}
