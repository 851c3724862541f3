b "p" "q" {}
b "p" "q" {}
