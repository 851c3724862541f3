resource "aws_vpc" "default" {
  cidr_block           = "${var.vpc_cidr}"
  enable_dns_hostnames = true

  tags {
    Name = "matabit-vpc"
  }
}

resource "aws_internet_gateway" "default" {
  vpc_id = "${aws_vpc.default.id}"

  tags {
    Name = "matabit-igw"
  }
}

# Public subnets
resource "aws_subnet" "public-subnet-a" {
  vpc_id            = "${aws_vpc.default.id}"
  cidr_block        = "${element(var.public_subnet_cidrs, 0)}"
  availability_zone = "us-west-2a"

  tags {
    Name = "Public Subnet A"
  }
}

resource "aws_subnet" "public-subnet-b" {
  vpc_id            = "${aws_vpc.default.id}"
  cidr_block        = "${element(var.public_subnet_cidrs, 1)}"
  availability_zone = "us-west-2b"

  tags {
    Name = "Public Subnet B"
  }
}

resource "aws_subnet" "public-subnet-c" {
  vpc_id            = "${aws_vpc.default.id}"
  cidr_block        = "${element(var.public_subnet_cidrs, 2)}"
  availability_zone = "us-west-2c"

  tags {
    Name = "Public Subnet C"
  }
}

# Private subnets
resource "aws_subnet" "private-subnet-a" {
  vpc_id            = "${aws_vpc.default.id}"
  cidr_block        = "${element(var.private_subnet_cidrs, 0)}"
  availability_zone = "us-west-2a"

  tags {
    Name = "Private Subnet A"
  }
}

resource "aws_subnet" "private-subnet-b" {
  vpc_id            = "${aws_vpc.default.id}"
  cidr_block        = "${element(var.private_subnet_cidrs, 1)}"
  availability_zone = "us-west-2b"

  tags {
    Name = "Private Subnet B"
  }
}

resource "aws_subnet" "private-subnet-c" {
  vpc_id            = "${aws_vpc.default.id}"
  cidr_block        = "${element(var.private_subnet_cidrs, 2)}"
  availability_zone = "us-west-2c"

  tags {
    Name = "Private Subnet C"
  }
}

# Public route table
resource "aws_route_table" "public-rt" {
  vpc_id = "${aws_vpc.default.id}"

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = "${aws_internet_gateway.default.id}"
  }

  tags {
    Name = "public-subnet-route-table"
  }
}

resource "aws_route_table_association" "public-a" {
  subnet_id      = "${aws_subnet.public-subnet-a.id}"
  route_table_id = "${aws_route_table.public-rt.id}"
}

resource "aws_route_table_association" "public-b" {
  subnet_id      = "${aws_subnet.public-subnet-b.id}"
  route_table_id = "${aws_route_table.public-rt.id}"
}

resource "aws_route_table_association" "public-c" {
  subnet_id      = "${aws_subnet.public-subnet-c.id}"
  route_table_id = "${aws_route_table.public-rt.id}"
}
