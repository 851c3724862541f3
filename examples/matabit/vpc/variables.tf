variable "vpc_cidr" {
  description = "Address range of the whole VPC"
  default     = "10.10.0.0/16"
}

variable "public_subnet_cidrs" {
  type    = "list"
  default = ["10.10.1.0/24", "10.10.2.0/24", "10.10.3.0/24"]
}

variable "private_subnet_cidrs" {
  type    = "list"
  default = ["10.10.11.0/24", "10.10.12.0/24", "10.10.13.0/24"]
}
