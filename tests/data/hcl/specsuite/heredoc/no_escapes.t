result = {
  a = "raw \\n \"quotes\" $${kept}\n"
}
