result = {
  a = "  deep\nless\n  deep\n"
}
