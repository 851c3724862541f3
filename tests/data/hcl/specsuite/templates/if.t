result = {
  a = "x"
  b = "ayb"
  c = "q"
}
