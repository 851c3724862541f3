provider "aws" {
  region                  = "us-west-2"
  skip_metadata_api_check = true
}

variable "changed" {
  default = false
}

locals {
  zones    = ["us-west-2a", "us-west-2b"]
  services = ["ecr.api", "ecr.dkr", "logs"]
}

resource "aws_vpc" "v" {
  cidr_block           = "10.20.0.0/16"
  enable_dns_hostnames = true
}

resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, count.index)
  availability_zone = local.zones[count.index]
}

resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
}

resource "aws_route_table" "t" {
  count  = 2
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
}

resource "aws_security_group" "g" {
  count  = 2
  name   = "endpoints-${count.index}"
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [aws_vpc.v.cidr_block]
  }
}

data "aws_vpc_endpoint_service" "s3" {
  service      = "s3"
  service_type = "Gateway"
}

data "aws_vpc_endpoint_service" "of" {
  for_each = toset(local.services)
  service  = each.value
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id          = aws_vpc.v.id
  service_name    = data.aws_vpc_endpoint_service.s3.service_name
  route_table_ids = var.changed ? aws_route_table.t[*].id : [aws_route_table.t[0].id]
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = var.changed ? "s3:GetObject" : "s3:*", Resource = "*" }]
  })
  tags = { Name = var.changed ? "after" : "before" }
}

resource "aws_vpc_endpoint" "of" {
  for_each            = toset(local.services)
  vpc_id              = aws_vpc.v.id
  service_name        = data.aws_vpc_endpoint_service.of[each.key].service_name
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = !var.changed
  subnet_ids          = var.changed ? [aws_subnet.s[1].id] : aws_subnet.s[*].id
  security_group_ids  = [aws_security_group.g[var.changed ? 1 : 0].id]
}

resource "aws_vpc_endpoint" "bare" {
  vpc_id       = aws_vpc.v.id
  service_name = "com.amazonaws.us-west-2.dynamodb"
}

resource "aws_vpc_endpoint_route_table_association" "bare" {
  vpc_endpoint_id = aws_vpc_endpoint.bare.id
  route_table_id  = aws_route_table.t[1].id
}

resource "aws_vpc_endpoint_policy" "bare" {
  vpc_endpoint_id = aws_vpc_endpoint.bare.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = "*", Action = ["dynamodb:*"], Resource = "*" }]
  })
}

resource "aws_vpc_endpoint" "exec" {
  vpc_id            = aws_vpc.v.id
  service_name      = "com.amazonaws.us-west-2.ssmmessages"
  vpc_endpoint_type = "Interface"
}

resource "aws_vpc_endpoint_subnet_association" "exec" {
  vpc_endpoint_id = aws_vpc_endpoint.exec.id
  subnet_id       = aws_subnet.s[0].id
}

resource "aws_vpc_endpoint_security_group_association" "exec" {
  vpc_endpoint_id   = aws_vpc_endpoint.exec.id
  security_group_id = aws_security_group.g[1].id
}

data "aws_vpc_endpoint" "logs" {
  vpc_id       = aws_vpc.v.id
  service_name = aws_vpc_endpoint.of["logs"].service_name
}

output "answers" {
  value = {
    list     = startswith(aws_vpc_endpoint.s3.prefix_list_id, "pl-")
    blocks   = length(aws_vpc_endpoint.s3.cidr_blocks) > 0
    names    = length(aws_vpc_endpoint.of["logs"].dns_entry) > 0
    cards    = length(aws_vpc_endpoint.of["logs"].network_interface_ids) > 0
    same     = data.aws_vpc_endpoint.logs.id == aws_vpc_endpoint.of["logs"].id
    service  = data.aws_vpc_endpoint_service.s3.service_type == "Gateway"
    together = aws_vpc_endpoint.bare.state == "available"
  }
}
