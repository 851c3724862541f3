# The certificate of the seed's first try lacked *.staging: a wildcard covers one label only.
resource "aws_route53_zone" "matabit" {
  name = "matabit.org"
}

resource "aws_acm_certificate" "matabit" {
  domain_name               = "matabit.org"
  subject_alternative_names = ["*.matabit.org", "*.staging.matabit.org"]
  validation_method         = "DNS"

  tags {
    Name = "matabit"
  }
}

# matabit.org and *.matabit.org share one record.
resource "aws_route53_record" "validation" {
  zone_id = "${aws_route53_zone.matabit.zone_id}"
  name    = "${aws_acm_certificate.matabit.domain_validation_options.0.resource_record_name}"
  type    = "${aws_acm_certificate.matabit.domain_validation_options.0.resource_record_type}"
  records = ["${aws_acm_certificate.matabit.domain_validation_options.0.resource_record_value}"]
  ttl     = 60
}

resource "aws_route53_record" "validation-staging" {
  zone_id = "${aws_route53_zone.matabit.zone_id}"
  name    = "${aws_acm_certificate.matabit.domain_validation_options.2.resource_record_name}"
  type    = "${aws_acm_certificate.matabit.domain_validation_options.2.resource_record_type}"
  records = ["${aws_acm_certificate.matabit.domain_validation_options.2.resource_record_value}"]
  ttl     = 60
}

resource "aws_acm_certificate_validation" "matabit" {
  certificate_arn = "${aws_acm_certificate.matabit.arn}"

  validation_record_fqdns = [
    "${aws_route53_record.validation.fqdn}",
    "${aws_route53_record.validation-staging.fqdn}",
  ]
}
