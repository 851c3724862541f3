output "alb_dns_name" {
  value = "${aws_lb.alb.dns_name}"
}

output "url" {
  value = "https://www.matabit.org/"
}
