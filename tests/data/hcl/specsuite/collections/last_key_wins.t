result = {
  a = { x = 2 }
}
