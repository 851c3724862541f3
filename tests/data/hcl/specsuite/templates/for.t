result = {
  a = "<1><2>"
  b = "p:1"
}
