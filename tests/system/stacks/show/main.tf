variable "p" {
  description = "2 changes what there is"
  default     = 1
}
variable "hidden" {
  type      = string
  default   = "hush"
  sensitive = true
}
locals {
  is_first = var.p == 1
}
resource "terraform_data" "id" {
  input = var.p
}
resource "terraform_data" "every" {
  input = local.is_first ? {
    a    = [1, 2, 3, 4, 5, 6, 7, 8]
    b    = { k = "v", "odd key" = 1, z = null }
    c    = "line1\nline2\nline3\n"
    d    = jsonencode({ a = [1, 2, 3], b = "x" })
    e    = true
    f    = "same"
    name = "nm"
    g    = [{ x = 1, y = 2 }, { x = 3, y = 4 }]
    h    = []
    i    = {}
    t    = "str"
    } : {
    a    = [1, 2, 3, 9, 5, 6, 7, 8]
    b    = { k = "w", "odd key" = 1, z = null }
    c    = "line1\nline2b\nline3\n"
    d    = jsonencode({ a = [1, 7, 3], b = "x" })
    e    = false
    f    = "same"
    name = "nm"
    g    = [{ x = 1, y = 2 }, { x = 3, y = 5 }]
    h    = [1]
    i    = { q = 1 }
    t    = 12
  }
}
resource "terraform_data" "list" {
  input            = [terraform_data.id.output, "x<y"]
  triggers_replace = local.is_first ? { a = 1, b = [1, 2] } : { a = 2, b = [1, 3, 4] }
  depends_on       = [terraform_data.every]
}
resource "terraform_data" "first" {
  triggers_replace = terraform_data.id.output
  lifecycle {
    create_before_destroy = true
  }
}
resource "terraform_data" "secret" {
  for_each = { k = 1 }
  input    = sensitive("s3cret")
  lifecycle {
    replace_triggered_by = [terraform_data.id]
  }
}
resource "terraform_data" "mixed" {
  input = { a = var.hidden, b = var.p, c = [1, sensitive(2)] }
}
resource "terraform_data" "counted" {
  count = local.is_first ? 2 : 1
  input = { a = [count.index, "two\nlines"], j = jsonencode([1, { b = 2 }]), s = sensitive("x") }
}
resource "terraform_data" "many" {
  count = 12
  provisioner "local-exec" {
    command = "true ${self.id}"
  }
}
module "m" {
  source   = "./m"
  for_each = toset([local.is_first ? "x" : "y"])
  k        = terraform_data.id.output
}
output "map" {
  value = tomap({ a = 1, b = local.is_first ? 2 : 3 })
}
output "set" {
  value = toset(["a", local.is_first ? "b" : "c"])
}
output "null" {
  value = local.is_first ? "x" : null
}
output "same" {
  value       = [1.50, "same"]
  description = "never changes"
}
output "object" {
  value      = { a = terraform_data.id.output, b = [for x in [1, 2, 3] : x + var.p] }
  depends_on = [module.m]
}
output "secret" {
  value     = var.p
  sensitive = true
}
output "lines" {
  value = "multi\nline${var.p}"
}
