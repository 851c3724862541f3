a = v.y
