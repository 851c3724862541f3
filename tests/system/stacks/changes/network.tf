# Every argument that can be changed in place, of the resources that Terraform's users need most: `changed` changes each of
# them. What is not here is named, with the reason, in test_every_change.py.
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
  c    = var.changed
  tags = local.c ? { Name = "new", Added = "yes" } : { Name = "old", Gone = "soon" }
  any  = ["0.0.0.0/0"]
}
data "aws_caller_identity" "me" {}
resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = local.c
  tags                 = local.tags
}
resource "aws_vpc" "dark" {
  cidr_block         = "10.1.0.0/16"
  enable_dns_support = !local.c
}
resource "aws_vpc" "third" {
  cidr_block = "10.2.0.0/16"
}
resource "aws_subnet" "s" {
  count                   = 3
  vpc_id                  = aws_vpc.v.id
  cidr_block              = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone       = "us-west-2${element(["a", "b", "c"], count.index)}"
  map_public_ip_on_launch = local.c
  tags                    = local.tags
}
resource "aws_subnet" "dark" {
  vpc_id     = aws_vpc.dark.id
  cidr_block = "10.1.0.0/24"
}
resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
  tags   = local.tags
}
resource "aws_internet_gateway" "moved" {
  vpc_id = local.c ? aws_vpc.third.id : aws_vpc.dark.id
}
resource "aws_network_interface" "n" {
  count     = 2
  subnet_id = aws_subnet.s[0].id
}
resource "aws_network_interface" "changed" {
  subnet_id         = aws_subnet.s[0].id
  description       = local.c ? "two" : "one"
  private_ips       = local.c ? ["10.0.0.200", "10.0.0.202"] : ["10.0.0.200"]
  security_groups   = [local.c ? aws_security_group.inline.id : aws_security_group.rules[0].id]
  source_dest_check = !local.c
  tags              = local.tags
}
resource "aws_network_interface" "counted" {
  subnet_id         = aws_subnet.s[0].id
  private_ips_count = local.c ? 2 : 1
}
resource "aws_eip" "e" {
  domain                    = "vpc"
  network_interface         = aws_network_interface.n[local.c ? 1 : 0].id
  associate_with_private_ip = aws_network_interface.n[local.c ? 1 : 0].private_ip
  tags                      = local.tags
  depends_on                = [aws_internet_gateway.i]
}
resource "aws_eip" "nat" {
  domain = "vpc"
}
resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.s[0].id
  tags          = local.tags
  depends_on    = [aws_internet_gateway.i]
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = local.c ? "0.0.0.0/0" : "192.0.2.0/24"
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
  gateway_id             = local.c ? null : aws_internet_gateway.i.id
  nat_gateway_id         = local.c ? aws_nat_gateway.n.id : null
}
resource "aws_vpc_peering_connection" "p" {
  vpc_id      = aws_vpc.v.id
  peer_vpc_id = aws_vpc.third.id
  auto_accept = true
}
resource "aws_route" "aside" {
  route_table_id            = aws_route_table.private.id
  destination_cidr_block    = "10.2.0.0/16"
  network_interface_id      = local.c ? aws_network_interface.n[1].id : null
  vpc_peering_connection_id = local.c ? null : aws_vpc_peering_connection.p.id
}
resource "aws_route_table_association" "a" {
  subnet_id      = aws_subnet.s[0].id
  route_table_id = local.c ? aws_route_table.public.id : aws_route_table.private.id
}
resource "aws_route_table" "main" {
  count  = 2
  vpc_id = aws_vpc.third.id
}
resource "aws_main_route_table_association" "m" {
  vpc_id         = aws_vpc.third.id
  route_table_id = aws_route_table.main[local.c ? 1 : 0].id
}
resource "aws_default_route_table" "d" {
  default_route_table_id = aws_vpc.v.default_route_table_id
  route {
    cidr_block = local.c ? "0.0.0.0/0" : "192.0.2.0/24"
    gateway_id = aws_internet_gateway.i.id
  }
  tags = local.tags
}
resource "aws_default_security_group" "d" {
  vpc_id = aws_vpc.v.id
  ingress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    self        = local.c
    cidr_blocks = local.c ? null : ["10.0.0.0/8"]
  }
  egress {
    protocol    = "-1"
    from_port   = 0
    to_port     = 0
    cidr_blocks = [local.c ? "0.0.0.0/0" : "10.0.0.0/8"]
  }
  tags = local.tags
}
resource "aws_default_network_acl" "d" {
  default_network_acl_id = aws_vpc.dark.default_network_acl_id
  subnet_ids             = local.c ? [] : [aws_subnet.dark.id]
  ingress {
    protocol   = "-1"
    rule_no    = local.c ? 110 : 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  egress {
    protocol   = "-1"
    rule_no    = 100
    action     = local.c ? "deny" : "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  tags = local.tags
}
resource "aws_network_acl" "dark" {
  vpc_id     = aws_vpc.dark.id
  subnet_ids = local.c ? [aws_subnet.dark.id] : []
}
resource "aws_network_acl" "n" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = local.c ? [aws_subnet.s[1].id] : []
  ingress {
    protocol   = "tcp"
    rule_no    = 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = local.c ? 80 : 443
    to_port    = 443
  }
  egress {
    protocol   = "-1"
    rule_no    = local.c ? 200 : 100
    action     = "allow"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }
  tags = local.tags
}
resource "aws_security_group" "inline" {
  name   = "inline"
  vpc_id = aws_vpc.v.id
  ingress {
    description = local.c ? "web" : "http"
    from_port   = 80
    to_port     = local.c ? 81 : 80
    protocol    = "tcp"
    cidr_blocks = local.any
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = [local.c ? "0.0.0.0/0" : "10.0.0.0/8"]
  }
  tags = local.tags
}
resource "aws_security_group" "rules" {
  count                  = 2
  name                   = "rules${count.index}"
  vpc_id                 = aws_vpc.v.id
  revoke_rules_on_delete = local.c
}
resource "aws_security_group_rule" "r" {
  security_group_id        = aws_security_group.rules[0].id
  type                     = "ingress"
  from_port                = 8080
  to_port                  = 8080
  protocol                 = "tcp"
  source_security_group_id = aws_security_group.inline.id
  description              = local.c ? "two" : "one"
}
resource "aws_ec2_managed_prefix_list" "changed" {
  name           = local.c ? "two" : "one"
  address_family = "IPv4"
  max_entries    = local.c ? 3 : 2
  entry {
    cidr        = local.c ? "10.8.0.0/24" : "10.7.0.0/24"
    description = local.c ? "two" : "one"
  }
  tags = local.tags
}
resource "aws_ec2_managed_prefix_list" "p" {
  count          = 2
  name           = "p${count.index}"
  address_family = "IPv4"
  max_entries    = 2
  entry {
    cidr = "10.9.${count.index}.0/24"
  }
}
resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = aws_security_group.rules[1].id
  cidr_ipv4         = local.c ? "10.0.0.0/8" : "192.0.2.0/24"
  ip_protocol       = local.c ? "udp" : "tcp"
  from_port         = local.c ? 442 : 443
  to_port           = local.c ? 444 : 443
  description       = local.c ? "two" : "one"
  tags              = local.tags
}
resource "aws_vpc_security_group_ingress_rule" "six" {
  security_group_id = aws_security_group.rules[1].id
  cidr_ipv6         = local.c ? "2001:db8:1::/48" : "2001:db8:2::/48"
  ip_protocol       = "-1"
}
resource "aws_vpc_security_group_ingress_rule" "group" {
  security_group_id            = aws_security_group.rules[1].id
  referenced_security_group_id = local.c ? aws_security_group.inline.id : aws_security_group.rules[0].id
  ip_protocol                  = "-1"
}
resource "aws_vpc_security_group_ingress_rule" "list" {
  security_group_id = aws_security_group.rules[1].id
  prefix_list_id    = aws_ec2_managed_prefix_list.p[local.c ? 1 : 0].id
  ip_protocol       = "-1"
}
resource "aws_vpc_security_group_egress_rule" "r" {
  security_group_id = aws_security_group.rules[1].id
  cidr_ipv4         = local.c ? "10.0.0.0/8" : "192.0.2.0/24"
  ip_protocol       = local.c ? "udp" : "tcp"
  from_port         = local.c ? 442 : 443
  to_port           = local.c ? 444 : 443
  description       = local.c ? "two" : "one"
  tags              = local.tags
}
resource "aws_vpc_security_group_egress_rule" "six" {
  security_group_id = aws_security_group.rules[1].id
  cidr_ipv6         = local.c ? "2001:db8:1::/48" : "2001:db8:2::/48"
  ip_protocol       = "-1"
}
resource "aws_vpc_security_group_egress_rule" "group" {
  security_group_id            = aws_security_group.rules[1].id
  referenced_security_group_id = local.c ? aws_security_group.inline.id : aws_security_group.rules[0].id
  ip_protocol                  = "-1"
}
resource "aws_vpc_security_group_egress_rule" "list" {
  security_group_id = aws_security_group.rules[1].id
  prefix_list_id    = aws_ec2_managed_prefix_list.p[local.c ? 1 : 0].id
  ip_protocol       = "-1"
}
