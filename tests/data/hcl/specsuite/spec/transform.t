result = {
  a = "<x>"
}
