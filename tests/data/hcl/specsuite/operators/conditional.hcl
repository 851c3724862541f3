a = true ? 1 : 2
b = false ? "x" : "y"
c = true ? [1] : []
d = true ? "1" : 2
e = false ? null : "n"
