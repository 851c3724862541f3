result = {
  a = 20
  b = 7
}
