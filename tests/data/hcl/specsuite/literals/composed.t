result = {
  a = "é"
}
