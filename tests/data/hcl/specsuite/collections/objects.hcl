a = {}
b = { x = 1, "y z" = 2, (upper) = 3 }
c = {
  p : 1
  q : { r = 2 }
}
