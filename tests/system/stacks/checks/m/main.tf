variable "x" {
  validation {
    condition     = var.x >= 0
    error_message = "neg"
  }
}
resource "terraform_data" "in" {
  input = var.x
  lifecycle {
    precondition {
      condition     = var.x < 5
      error_message = "x"
    }
  }
}
check "inner" {
  assert {
    condition     = terraform_data.in.output == 3
    error_message = "not 3"
  }
}
output "out" {
  value = terraform_data.in.output
  precondition {
    condition     = terraform_data.in.id != ""
    error_message = "out"
  }
}
