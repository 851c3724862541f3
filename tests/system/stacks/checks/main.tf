variable "n" {
  default = 2
  validation {
    condition     = var.n > 0
    error_message = "n"
  }
}
variable "bad" { default = "x" }
resource "terraform_data" "r" {
  count = var.n
  input = count.index
  lifecycle {
    precondition {
      condition     = var.n < 9
      error_message = "many"
    }
    postcondition {
      condition     = self.id != ""
      error_message = "no id"
    }
  }
}
resource "terraform_data" "none" {
  count = 0
  lifecycle {
    precondition {
      condition     = var.n < 9
      error_message = "many"
    }
  }
}
resource "terraform_data" "dep" {
  input = "${terraform_data.r[0].id}-${local.x}"
}
locals { x = terraform_data.r[1].output }
check "holds" {
  assert {
    condition     = var.n == 2
    error_message = "n is ${var.n}"
  }
}
check "fails" {
  assert {
    condition     = var.bad == "y"
    error_message = "bad is ${var.bad}"
  }
  assert {
    condition     = var.n == 7
    error_message = "n is not 7"
  }
}
check "later" {
  data "terraform_remote_state" "s" {
    backend = "local"
    config = { path = "nowhere.tfstate" }
  }
  assert {
    condition     = terraform_data.r[0].id != "z"
    error_message = "later"
  }
}
module "m" {
  source = "./m"
  count  = 2
  x      = terraform_data.r[count.index].output
}
output "o" {
  value = module.m[0].out
  precondition {
    condition     = var.n > 1
    error_message = "o"
  }
}
