a = 1 + 1 == 2 && 2 * 2 > 3
b = 1 < 2 == true
c = -1 + 2
d = true ? 1 : false ? 2 : 3
