terraform {
  required_providers { aws = { source = "hashicorp/aws", version = "~> 5.0" } }
}
variable "subnets" {
  type    = map(object({ cidr = string, public = optional(bool, false) }))
  default = { a = { cidr = "10.0.1.0/24" } }
}
locals {
  ids   = [for k, v in { a = 1, b = 2 } : "${k}-${v}" if v > 1]
  group = { for s in ["a", "b", "a"] : s => s... }
  text  = <<-EOT
    %{ for x in ["a", "b"] ~}
    ${x}
    %{ endfor ~}
    $${literal} %%{literal}
  EOT
  cond  = true ? [1] : ["a"]
  splat = [{ a = 1 }][*].a
  call  = cidrsubnet("10.0.0.0/16", 8, 3)
  enc   = jsonencode({ b = 1, a = [true, null] })
}
