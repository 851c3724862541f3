a = v.x
b = v["x"]
c = v.list[1]
d = v.list.0
e = v.deep.er["est"]
f = { k = [5] }.k[0]
