resource "aws_lb" "lb" {
  name            = "front"
  subnets         = aws_subnet.s[*].id
  security_groups = var.changed ? [aws_security_group.inline.id, aws_security_group.rules.id] : [aws_security_group.inline.id]
  idle_timeout    = var.changed ? 61 : 60
  tags            = local.tags
  depends_on      = [aws_internet_gateway.i]
}
resource "aws_lb_target_group" "t" {
  name                 = "blue"
  port                 = 80
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.v.id
  deregistration_delay = var.changed ? 5 : 10
  health_check {
    path     = var.changed ? "/up" : "/"
    interval = var.changed ? 15 : 30
    matcher  = "200-299"
  }
  tags = local.tags
}
resource "aws_lb_target_group" "service" {
  name        = "service"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_target_group" "calls" {
  name             = "calls"
  port             = 50051
  protocol         = "HTTP"
  protocol_version = "GRPC"
  target_type      = "ip"
  vpc_id           = aws_vpc.v.id
  health_check {
    path    = "/test.Echo/Say"
    matcher = var.changed ? "0" : "0-5,12"
  }
}
resource "aws_lb_listener_rule" "calls" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 5
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.calls.arn
  }
  condition {
    path_pattern {
      values = ["/test.Echo/*"]
    }
  }
}
resource "aws_lb_target_group_attachment" "a" {
  target_group_arn = aws_lb_target_group.t.arn
  target_id        = "10.0.0.77"
  port             = 8080
}
resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.lb.arn
  port              = var.changed ? 81 : 80
  protocol          = "HTTP"
  default_action {
    type = "redirect"
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = var.changed ? "HTTP_302" : "HTTP_301"
    }
  }
  tags = local.tags
}
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate.imported.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service.arn
  }
}
resource "aws_lb_listener_certificate" "more" {
  listener_arn    = aws_lb_listener.https.arn
  certificate_arn = aws_acm_certificate_validation.v.certificate_arn
}
resource "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener.http.arn
  priority     = var.changed ? 20 : 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
  condition {
    host_header {
      values = [var.changed ? "*.example.org" : "*.example.com"]
    }
  }
  tags = local.tags
}
resource "aws_acm_certificate" "imported" {
  private_key      = file("${path.module}/key.pem")
  certificate_body = file("${path.module}/cert.pem")
}
resource "aws_route53_zone" "z" {
  name    = "example.test"
  comment = var.changed ? "two" : "one"
  tags    = local.tags
}
resource "aws_route53_zone" "inside" {
  name = "corp.test"
  vpc {
    vpc_id = aws_vpc.v.id
  }
  dynamic "vpc" {
    for_each = var.changed ? [aws_vpc.second.id] : []
    content {
      vpc_id = vpc.value
    }
  }
}
resource "aws_route53_record" "alias" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "www"
  type    = "A"
  alias {
    name                   = aws_lb.lb.dns_name
    zone_id                = aws_lb.lb.zone_id
    evaluate_target_health = true
  }
}
resource "aws_route53_record" "text" {
  zone_id = aws_route53_zone.inside.zone_id
  name    = "note"
  type    = "TXT"
  ttl     = var.changed ? 60 : 300
  records = [var.changed ? "two" : "one"]
}
resource "aws_acm_certificate" "requested" {
  domain_name               = "example.test"
  subject_alternative_names = ["www.example.test"]
  validation_method         = "DNS"
  tags                      = local.tags
  lifecycle { create_before_destroy = true }
}
resource "aws_route53_record" "validation" {
  for_each = { for o in aws_acm_certificate.requested.domain_validation_options : o.domain_name => o }
  zone_id  = aws_route53_zone.z.zone_id
  name     = each.value.resource_record_name
  type     = each.value.resource_record_type
  records  = [each.value.resource_record_value]
  ttl      = 60
}
resource "aws_acm_certificate_validation" "v" {
  certificate_arn         = aws_acm_certificate.requested.arn
  validation_record_fqdns = [for r in aws_route53_record.validation : r.fqdn]
}
