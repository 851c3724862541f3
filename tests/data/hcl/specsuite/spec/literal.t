result = {
  x = [1, "two"]
}
