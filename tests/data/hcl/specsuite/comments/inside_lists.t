result = {
  a = [1, 2]
}
