result = {
  p = {
    q = { x = 1 }
    r = { x = 2 }
  }
  s = {
    q = { x = null }
  }
}
