# EIP for NAT Gateway
resource "aws_eip" "nat" {
  vpc = true
  tags {
    Name = "NAT-EIP"
  }
}

# NAT Gateway for Fargate
resource "aws_nat_gateway" "gateway" {
  allocation_id = "${aws_eip.nat.id}"
  subnet_id     = "${aws_subnet.public-subnet-a.id}"

  tags {
    Name = "Fargate-NAT"
  }
  
  depends_on = ["aws_route_table.public-rt"]
}

# Private Route Table with NAT Gatewaye
resource "aws_route_table" "private-rt" {
  vpc_id = "${aws_vpc.default.id}"

  route {
    cidr_block = "0.0.0.0/0"
    nat_gateway_id = "${aws_nat_gateway.gateway.id}"
  }

  tags {
    Name = "private-subnet-route-table"
  }

  depends_on = ["aws_route_table.public-rt"]
}

resource "aws_route_table_association" "private-a" {
  subnet_id      = "${aws_subnet.private-subnet-a.id}"
  route_table_id = "${aws_route_table.private-rt.id}"
}

resource "aws_route_table_association" "private-b" {
  subnet_id      = "${aws_subnet.private-subnet-b.id}"
  route_table_id = "${aws_route_table.private-rt.id}"
}

resource "aws_route_table_association" "private-c" {
  subnet_id      = "${aws_subnet.private-subnet-c.id}"
  route_table_id = "${aws_route_table.private-rt.id}"
}
