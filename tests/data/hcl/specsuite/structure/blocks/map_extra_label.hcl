b "p" "q" "r" {
}
