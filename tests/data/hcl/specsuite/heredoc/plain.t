result = {
  a = "  kept\n    deep\n"
  b = 1
}
