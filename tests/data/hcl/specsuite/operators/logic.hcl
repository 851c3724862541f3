a = true && false
b = true || false
c = !true
d = !false && true || false
