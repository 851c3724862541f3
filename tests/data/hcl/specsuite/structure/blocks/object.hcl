b "p" {
  x = 1
}
b "q" {
  x = "two"
}
