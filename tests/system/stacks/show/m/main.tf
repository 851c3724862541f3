variable "k" {}
resource "terraform_data" "in" {
  input = [var.k, "x"]
}
output "o" {
  value = terraform_data.in.output
}
