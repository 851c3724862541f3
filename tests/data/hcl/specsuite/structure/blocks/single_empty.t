result = {
  b = { x = null }
}
