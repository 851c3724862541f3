output "vpc_id" {
  value = "${aws_vpc.default.id}"
}

output "aws_subnet_public_a_id" {
  value = "${aws_subnet.public-subnet-a.id}"
}

output "aws_subnet_public_b_id" {
  value = "${aws_subnet.public-subnet-b.id}"
}

output "aws_subnet_public_c_id" {
  value = "${aws_subnet.public-subnet-c.id}"
}

output "aws_subnet_private_a_id" {
  value = "${aws_subnet.private-subnet-a.id}"
}

output "aws_subnet_private_b_id" {
  value = "${aws_subnet.private-subnet-b.id}"
}

output "aws_subnet_private_c_id" {
  value = "${aws_subnet.private-subnet-c.id}"
}

output "zone_id" {
  value = "${aws_route53_zone.matabit.zone_id}"
}
