b {
  x = 1
