result = {
  a = "xmy"
  b = "- a\n- b\n"
  c = "left midright\n"
}
