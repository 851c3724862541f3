result = {
  a = "2 and x\nyes\n"
}
