result = {
  a = ""
}
