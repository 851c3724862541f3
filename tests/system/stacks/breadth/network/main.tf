variable "changed" {
  default = false
}

resource "aws_vpc" "v" {
  count      = 2
  cidr_block = "10.${count.index}.0.0/16"
}

resource "aws_vpc_ipv4_cidr_block_association" "more" {
  vpc_id     = aws_vpc.v[0].id
  cidr_block = "10.99.0.0/16"
}

resource "aws_vpc_peering_connection" "p" {
  vpc_id      = aws_vpc.v[0].id
  peer_vpc_id = aws_vpc.v[1].id
  tags = {
    Name = var.changed ? "after" : "before"
  }
  depends_on = [aws_vpc_ipv4_cidr_block_association.more]
}

resource "aws_vpc_peering_connection_accepter" "p" {
  vpc_peering_connection_id = aws_vpc_peering_connection.p.id
  auto_accept               = true
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_vpc_peering_connection_options" "p" {
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.p.id
  accepter {
    allow_remote_vpc_dns_resolution = false
  }
}

resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v[0].id
  cidr_block = "10.0.1.0/24"
}

resource "aws_network_interface" "i" {
  subnet_id         = aws_subnet.s.id
  source_dest_check = false
}

resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v[0].id
}

resource "aws_egress_only_internet_gateway" "e" {
  vpc_id = aws_vpc.v[0].id
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_ec2_managed_prefix_list" "l" {
  name           = "breadth"
  address_family = "IPv4"
  max_entries    = 2
  entry {
    cidr = "172.16.0.0/12"
  }
}

resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v[0].id
  route {
    cidr_block                = "10.1.0.0/16"
    vpc_peering_connection_id = aws_vpc_peering_connection_accepter.p.id
  }
  route {
    destination_prefix_list_id = aws_ec2_managed_prefix_list.l.id
    gateway_id                 = var.changed ? aws_internet_gateway.g.id : null
    network_interface_id       = var.changed ? null : aws_network_interface.i.id
  }
}

resource "aws_default_route_table" "d" {
  default_route_table_id = aws_vpc.v[1].default_route_table_id
  route {
    cidr_block                = "10.0.0.0/16"
    vpc_peering_connection_id = aws_vpc_peering_connection_accepter.p.id
  }
}

resource "aws_route_table" "other" {
  vpc_id = aws_vpc.v[0].id
}

resource "aws_route" "peer" {
  route_table_id            = aws_route_table.other.id
  destination_cidr_block    = "10.1.0.0/16"
  vpc_peering_connection_id = aws_vpc_peering_connection_accepter.p.id
}

resource "aws_route" "interface" {
  route_table_id         = aws_route_table.other.id
  destination_cidr_block = "0.0.0.0/0"
  network_interface_id   = var.changed ? null : aws_network_interface.i.id
  gateway_id             = var.changed ? aws_internet_gateway.g.id : null
}

resource "aws_route" "list" {
  route_table_id             = aws_route_table.other.id
  destination_prefix_list_id = aws_ec2_managed_prefix_list.l.id
  gateway_id                 = aws_internet_gateway.g.id
}

resource "aws_default_vpc_dhcp_options" "d" {}

resource "aws_security_group" "g" {
  name   = "breadth"
  vpc_id = aws_vpc.v[0].id
}

resource "aws_vpc_security_group_ingress_rule" "r" {
  security_group_id = aws_security_group.g.id
  ip_protocol       = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_ipv4         = "10.0.0.0/8"
  description       = "in"
}

data "aws_vpc_peering_connection" "p" {
  vpc_id     = aws_vpc_peering_connection_accepter.p.peer_vpc_id == aws_vpc.v[1].id ? aws_vpc.v[0].id : ""
  status     = "active"
  depends_on = [aws_vpc_peering_connection_accepter.p]
}

data "aws_vpc_peering_connections" "all" {
  filter {
    name   = "status-code"
    values = ["active"]
  }
  depends_on = [aws_vpc_peering_connection_accepter.p]
}

data "aws_route" "peer" {
  route_table_id         = aws_route.peer.route_table_id
  destination_cidr_block = aws_route.peer.destination_cidr_block
}

data "aws_vpc_security_group_rules" "all" {
  filter {
    name   = "group-id"
    values = [aws_vpc_security_group_ingress_rule.r.security_group_id]
  }
}

data "aws_vpc_security_group_rule" "r" {
  security_group_rule_id = aws_vpc_security_group_ingress_rule.r.security_group_rule_id
}

data "aws_ec2_managed_prefix_lists" "all" {
  filter {
    name   = "prefix-list-id"
    values = [aws_ec2_managed_prefix_list.l.id]
  }
}

output "same" {
  value = {
    peering  = [data.aws_vpc_peering_connection.p.id == aws_vpc_peering_connection.p.id, data.aws_vpc_peering_connection.p.peer_cidr_block == "10.1.0.0/16", length(data.aws_vpc_peering_connection.p.cidr_block_set) == 2, data.aws_vpc_peering_connections.all.ids == tolist([aws_vpc_peering_connection.p.id])]
    accepted = [aws_vpc_peering_connection_accepter.p.accept_status == "active", aws_vpc_peering_connection_accepter.p.vpc_id == aws_vpc.v[0].id]
    route    = [data.aws_route.peer.vpc_peering_connection_id == aws_vpc_peering_connection.p.id, data.aws_route.peer.gateway_id == ""]
    rules    = [data.aws_vpc_security_group_rules.all.ids == tolist([aws_vpc_security_group_ingress_rule.r.id]), data.aws_vpc_security_group_rule.r.cidr_ipv4 == "10.0.0.0/8", data.aws_vpc_security_group_rule.r.description == "in", data.aws_vpc_security_group_rule.r.is_egress == false, data.aws_vpc_security_group_rule.r.cidr_ipv6 == null]
    lists    = [data.aws_ec2_managed_prefix_lists.all.ids == tolist([aws_ec2_managed_prefix_list.l.id])]
    options  = [aws_default_vpc_dhcp_options.d.domain_name_servers == "AmazonProvidedDNS", aws_default_vpc_dhcp_options.d.domain_name == "us-west-2.compute.internal"]
  }
}
