# Every resource of the network that Landfall carries; `changed` changes each argument that can be changed in place.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-west-2"
  skip_metadata_api_check = true
}
variable "changed" {
  type    = bool
  default = false
}
locals {
  tags = var.changed ? { Name = "new", Added = "yes" } : { Name = "old", Gone = "soon" }
}
data "aws_availability_zones" "z" {
  state = "available"
}
data "aws_caller_identity" "me" {}
data "aws_region" "here" {}
data "aws_partition" "p" {}
data "aws_vpc" "default" {
  default = true
}
data "aws_subnets" "default" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.default.id]
  }
}
resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = var.changed
  tags                 = local.tags
}
resource "aws_subnet" "s" {
  count                   = 2
  vpc_id                  = aws_vpc.v.id
  cidr_block              = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone       = data.aws_availability_zones.z.names[count.index]
  map_public_ip_on_launch = var.changed
  tags                    = local.tags
}
resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
  tags   = local.tags
}
resource "aws_eip" "e" {
  domain = "vpc"
  tags   = local.tags
}
resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.e.id
  subnet_id     = aws_subnet.s[0].id
  tags          = local.tags
  depends_on    = [aws_internet_gateway.i]
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
  tags = local.tags
}
resource "aws_route_table" "private" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route" "out" {
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = var.changed ? null : aws_internet_gateway.i.id
  nat_gateway_id         = var.changed ? aws_nat_gateway.n.id : null
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s[0].id
  route_table_id = aws_route_table.public.id
}
resource "aws_route_table_association" "b" {
  subnet_id      = aws_subnet.s[1].id
  route_table_id = var.changed ? aws_route_table.public.id : aws_route_table.private.id
}
resource "aws_vpc" "second" {
  cidr_block = "10.1.0.0/16"
}
resource "aws_route_table" "main" {
  vpc_id = aws_vpc.second.id
}
resource "aws_main_route_table_association" "m" {
  vpc_id         = aws_vpc.second.id
  route_table_id = aws_route_table.main.id
}
resource "aws_default_route_table" "d" {
  default_route_table_id = aws_vpc.v.default_route_table_id
  tags                   = local.tags
}
resource "aws_default_security_group" "d" {
  vpc_id = aws_vpc.v.id
  tags   = local.tags
}
resource "aws_default_network_acl" "d" {
  default_network_acl_id = aws_vpc.second.default_network_acl_id
  ingress {
    protocol   = "-1"
    rule_no    = var.changed ? 110 : 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  egress {
    protocol   = "-1"
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  egress {
    protocol        = "-1"
    rule_no         = 101
    action          = "allow"
    ipv6_cidr_block = "::/0"
    from_port       = 0
    to_port         = 0
  }
}
resource "aws_network_acl" "n" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = var.changed ? [aws_subnet.s[1].id] : []
  tags       = local.tags
}
resource "aws_network_acl_rule" "in" {
  network_acl_id = aws_network_acl.n.id
  rule_number    = 100
  egress         = false
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 1
  to_port        = 65535
}
resource "aws_security_group" "inline" {
  name        = "inline"
  description = "rules inside"
  vpc_id      = aws_vpc.v.id
  ingress {
    description = var.changed ? "web" : "http"
    from_port   = 80
    to_port     = var.changed ? 81 : 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
  tags = local.tags
}
resource "aws_security_group" "rules" {
  name_prefix = "rules"
  vpc_id      = aws_vpc.v.id
}
resource "aws_security_group_rule" "r" {
  security_group_id        = aws_security_group.rules.id
  type                     = "ingress"
  from_port                = 8080
  to_port                  = 8080
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.inline.id
  description              = var.changed ? "two" : "one"
}
resource "aws_security_group" "single" {
  name   = "single"
  vpc_id = aws_vpc.v.id
}
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = aws_security_group.single.id
  cidr_ipv4         = "10.0.0.0/8"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = var.changed ? 444 : 443
  description       = var.changed ? "two" : "one"
  tags              = local.tags
}
resource "aws_vpc_security_group_egress_rule" "r" {
  security_group_id = aws_security_group.single.id
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}
