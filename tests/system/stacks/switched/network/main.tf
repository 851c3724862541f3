variable "name" { type = string }
variable "cidr" { type = string }
variable "azs" { type = list(string) }
variable "public_subnets" { type = list(string) }
variable "private_subnets" { type = list(string) }
variable "database_subnets" {
  type    = list(string)
  default = []
}
variable "secondary_cidr_blocks" {
  type    = list(string)
  default = []
}
variable "enable_ipv6" {
  type    = bool
  default = false
}
variable "enable_flow_log" {
  type    = bool
  default = false
}
variable "endpoints" {
  type    = any
  default = {}
}
variable "public_subnet_ipv6_prefixes" {
  type    = list(string)
  default = []
}

locals {
  vpc_id = try(aws_vpc_ipv4_cidr_block_association.this[0].vpc_id, aws_vpc.this[0].id, "")
}

resource "aws_vpc" "this" {
  count                                = 1
  cidr_block                           = var.cidr
  ipv4_ipam_pool_id                    = null
  assign_generated_ipv6_cidr_block     = var.enable_ipv6 ? true : null
  instance_tenancy                     = "default"
  enable_dns_hostnames                 = true
  enable_dns_support                   = true
  enable_network_address_usage_metrics = null
  tags                                 = merge({ "Name" = var.name }, {})
}

resource "aws_vpc_ipv4_cidr_block_association" "this" {
  count      = length(var.secondary_cidr_blocks)
  vpc_id     = aws_vpc.this[0].id
  cidr_block = element(var.secondary_cidr_blocks, count.index)
}

resource "aws_subnet" "public" {
  count                                          = length(var.public_subnets)
  vpc_id                                         = local.vpc_id
  cidr_block                                     = element(concat(var.public_subnets, [""]), count.index)
  availability_zone                              = length(regexall("^[a-z]{2}-", element(var.azs, count.index))) > 0 ? element(var.azs, count.index) : null
  availability_zone_id                           = length(regexall("^[a-z]{2}-", element(var.azs, count.index))) == 0 ? element(var.azs, count.index) : null
  assign_ipv6_address_on_creation                = var.enable_ipv6
  enable_dns64                                   = var.enable_ipv6
  enable_resource_name_dns_a_record_on_launch    = false
  enable_resource_name_dns_aaaa_record_on_launch = var.enable_ipv6
  ipv6_cidr_block                                = var.enable_ipv6 && length(var.public_subnet_ipv6_prefixes) > 0 ? cidrsubnet(aws_vpc.this[0].ipv6_cidr_block, 8, var.public_subnet_ipv6_prefixes[count.index]) : null
  ipv6_native                                    = false
  map_public_ip_on_launch                        = true
  private_dns_hostname_type_on_launch            = null
  tags                                           = merge({ Name = try(var.azs[count.index + 10], format("${var.name}-public-%s", element(var.azs, count.index))) }, {})
}

resource "aws_subnet" "private" {
  count             = length(var.private_subnets)
  vpc_id            = local.vpc_id
  cidr_block        = element(var.private_subnets, count.index)
  availability_zone = element(var.azs, count.index)
}

resource "aws_internet_gateway" "this" {
  count  = length(var.public_subnets) > 0 ? 1 : 0
  vpc_id = local.vpc_id
}

resource "aws_egress_only_internet_gateway" "this" {
  count  = var.enable_ipv6 ? 1 : 0
  vpc_id = local.vpc_id
}

resource "aws_route_table" "public" {
  count  = 1
  vpc_id = local.vpc_id
}

resource "aws_route" "public_internet_gateway" {
  count                  = 1
  route_table_id         = aws_route_table.public[count.index].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
  timeouts {
    create = "5m"
  }
}

resource "aws_route" "public_internet_gateway_ipv6" {
  count                       = var.enable_ipv6 ? 1 : 0
  route_table_id              = aws_route_table.public[0].id
  destination_ipv6_cidr_block = "::/0"
  gateway_id                  = aws_internet_gateway.this[0].id
}

resource "aws_route" "private_ipv6_egress" {
  count                       = var.enable_ipv6 ? 1 : 0
  route_table_id              = aws_route_table.public[0].id
  destination_ipv6_cidr_block = "::/0"
  egress_only_gateway_id      = element(aws_egress_only_internet_gateway.this[*].id, 0)
}

resource "aws_route_table_association" "public" {
  count          = length(var.public_subnets)
  subnet_id      = element(aws_subnet.public[*].id, count.index)
  route_table_id = aws_route_table.public[0].id
}

resource "aws_db_subnet_group" "database" {
  count      = length(var.database_subnets) > 0 ? 1 : 0
  name       = lower(var.name)
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_default_network_acl" "this" {
  count                  = 1
  default_network_acl_id = aws_vpc.this[0].default_network_acl_id
  subnet_ids             = null
  dynamic "ingress" {
    for_each = [{ rule_no = 100, cidr_block = "0.0.0.0/0" }, { rule_no = 101, cidr_block = "10.0.0.0/8" }]
    content {
      action          = lookup(ingress.value, "action", "allow")
      cidr_block      = lookup(ingress.value, "cidr_block", null)
      from_port       = lookup(ingress.value, "from_port", 0)
      icmp_code       = lookup(ingress.value, "icmp_code", null)
      icmp_type       = lookup(ingress.value, "icmp_type", null)
      ipv6_cidr_block = lookup(ingress.value, "ipv6_cidr_block", null)
      protocol        = lookup(ingress.value, "protocol", "-1")
      rule_no         = ingress.value.rule_no
      to_port         = lookup(ingress.value, "to_port", 0)
    }
  }
  lifecycle {
    ignore_changes = [subnet_ids]
  }
}

resource "aws_default_security_group" "this" {
  count  = 1
  vpc_id = aws_vpc.this[0].id
  dynamic "ingress" {
    for_each = []
    content {
      self      = lookup(ingress.value, "self", null)
      from_port = lookup(ingress.value, "from_port", 0)
      to_port   = lookup(ingress.value, "to_port", 0)
      protocol  = lookup(ingress.value, "protocol", "-1")
    }
  }
}

resource "aws_default_route_table" "default" {
  count                  = 1
  default_route_table_id = aws_vpc.this[0].default_route_table_id
  propagating_vgws       = []
  dynamic "route" {
    for_each = []
    content {
      cidr_block      = route.value.cidr_block
      ipv6_cidr_block = lookup(route.value, "ipv6_cidr_block", null)
      gateway_id      = lookup(route.value, "gateway_id", null)
    }
  }
  timeouts {
    create = "5m"
    update = "5m"
  }
}

resource "aws_flow_log" "this" {
  count        = var.enable_flow_log ? 1 : 0
  traffic_type = "ALL"
  vpc_id       = local.vpc_id
}

data "aws_iam_policy_document" "flow_log" {
  count = var.enable_flow_log ? 1 : 0
  statement {
    actions   = ["logs:PutLogEvents"]
    resources = ["*"]
  }
}

data "aws_vpc_endpoint_service" "this" {
  for_each     = var.endpoints
  service      = try(each.value.service, null)
  service_name = try(each.value.service_name, null)
}

data "aws_ec2_transit_gateway" "this" {
  for_each = var.endpoints
}

resource "aws_vpc_endpoint" "this" {
  for_each     = var.endpoints
  vpc_id       = local.vpc_id
  service_name = data.aws_vpc_endpoint_service.this[each.key].service_name
}

output "vpc_id" {
  value = try(aws_vpc.this[0].id, null)
}
output "public_subnets" {
  value = aws_subnet.public[*].id
}
output "private_subnets" {
  value = aws_subnet.private[*].id
}
output "private_subnets_cidr_blocks" {
  value = compact(aws_subnet.private[*].cidr_block)
}
output "endpoint_ids" {
  value = { for key, endpoint in aws_vpc_endpoint.this : key => endpoint.id }
}
output "ipv6" {
  value = try(aws_egress_only_internet_gateway.this[0].id, aws_vpc.this[0].ipv6_association_id, null)
}
output "igw_arn" {
  value = try(aws_internet_gateway.this[0].arn, null)
}
output "database_subnet_group" {
  value = try(aws_db_subnet_group.database[0].id, null)
}
