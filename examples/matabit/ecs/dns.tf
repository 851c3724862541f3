resource "aws_route53_record" "www" {
  zone_id = "${data.terraform_remote_state.vpc.zone_id}"
  name    = "www.matabit.org"
  type    = "A"

  alias {
    name                   = "${aws_lb.alb.dns_name}"
    zone_id                = "${aws_lb.alb.zone_id}"
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "staging" {
  zone_id = "${data.terraform_remote_state.vpc.zone_id}"
  name    = "staging.matabit.org"
  type    = "A"

  alias {
    name                   = "${aws_lb.alb.dns_name}"
    zone_id                = "${aws_lb.alb.zone_id}"
    evaluate_target_health = true
  }
}

resource "aws_route53_record" "blog-staging" {
  zone_id = "${data.terraform_remote_state.vpc.zone_id}"
  name    = "blog.staging.matabit.org"
  type    = "A"

  alias {
    name                   = "${aws_lb.alb.dns_name}"
    zone_id                = "${aws_lb.alb.zone_id}"
    evaluate_target_health = true
  }
}
