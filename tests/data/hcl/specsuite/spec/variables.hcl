a = who
b = "hello ${who}"
