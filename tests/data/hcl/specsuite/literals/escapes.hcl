a = "tab\tquote\"back\\line\nreturn\r"
b = "\u00e9\U0001F600"
c = "$${x} %%{y} $ %"
