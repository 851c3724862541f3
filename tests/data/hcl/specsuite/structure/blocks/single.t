result = {
  b = { x = 1 }
}
