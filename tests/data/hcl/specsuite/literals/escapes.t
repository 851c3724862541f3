result = {
  a = "tab\tquote\"back\\line\nreturn\r"
  b = "é😀"
  c = "$${x} %%{y} $ %"
}
