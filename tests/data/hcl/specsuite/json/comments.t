result = {
  a = 1
}
