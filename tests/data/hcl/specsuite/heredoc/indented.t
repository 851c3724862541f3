result = {
  a = "one\n  two\n\nthree\n"
}
