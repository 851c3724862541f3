result = {
  b = null
}
