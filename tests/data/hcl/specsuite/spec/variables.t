result = {
  a = "world"
  b = "hello world"
}
