b "p" "q" {
  x = 1
}
b p r {
  x = 2
}
b "s" "q" {}
