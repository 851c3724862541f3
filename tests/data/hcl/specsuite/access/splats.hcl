a = v[*].n
b = v.*.n
c = v[*].l[0]
d = v.*.l[0]
e = one[*]
f = none[*]
g = "x"[*]
