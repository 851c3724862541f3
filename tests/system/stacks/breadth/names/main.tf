variable "changed" {
  default = false
}

resource "aws_route53_delegation_set" "d" {
  reference_name = "breadth"
}

resource "aws_route53_zone" "z" {
  name              = "breadth.test"
  delegation_set_id = aws_route53_delegation_set.d.id
}

resource "aws_route53_health_check" "web" {
  type              = "HTTP"
  fqdn              = "www.breadth.test"
  port              = 80
  resource_path     = var.changed ? "/up" : "/"
  failure_threshold = var.changed ? 3 : 5
  request_interval  = 30
  reference_name    = "web"
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_route53_health_check" "text" {
  type             = "HTTPS_STR_MATCH"
  ip_address       = "192.0.2.10"
  port             = 443
  resource_path    = "/"
  request_interval = 30
  search_string    = var.changed ? "fine" : "well"
}

resource "aws_route53_health_check" "both" {
  type                   = "CALCULATED"
  child_health_threshold = var.changed ? 2 : 1
  child_healthchecks     = [aws_route53_health_check.web.id, aws_route53_health_check.text.id]
}

resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "breadth"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  metric_name         = "m"
  namespace           = "n"
  period              = 60
  statistic           = "Average"
  threshold           = 1
}

resource "aws_route53_health_check" "alarm" {
  type                            = "CLOUDWATCH_METRIC"
  cloudwatch_alarm_name           = aws_cloudwatch_metric_alarm.a.alarm_name
  cloudwatch_alarm_region         = "us-west-2"
  insufficient_data_health_status = var.changed ? "Unhealthy" : "Healthy"
}

resource "aws_route53_record" "weighted" {
  for_each       = { blue = 90, green = 10 }
  zone_id        = aws_route53_zone.z.zone_id
  name           = "w"
  type           = "CNAME"
  ttl            = 60
  records        = ["${each.key}.breadth.test"]
  set_identifier = each.key
  weighted_routing_policy {
    weight = var.changed ? 50 : each.value
  }
}

resource "aws_route53_record" "latency" {
  zone_id        = aws_route53_zone.z.zone_id
  name           = "l"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.1"]
  set_identifier = var.changed ? "there" : "here"
  latency_routing_policy {
    region = var.changed ? "eu-west-1" : "us-west-2"
  }
}

resource "aws_route53_record" "place" {
  for_each       = { all = "*", france = "FR" }
  zone_id        = aws_route53_zone.z.zone_id
  name           = "g"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.2"]
  set_identifier = each.key
  geolocation_routing_policy {
    country = each.value
  }
}

resource "aws_route53_record" "primary" {
  zone_id         = aws_route53_zone.z.zone_id
  name            = "f"
  type            = "A"
  ttl             = 60
  records         = ["192.0.2.3"]
  set_identifier  = "p"
  health_check_id = var.changed ? aws_route53_health_check.both.id : aws_route53_health_check.web.id
  failover_routing_policy {
    type = "PRIMARY"
  }
}

resource "aws_route53_record" "secondary" {
  zone_id        = aws_route53_zone.z.zone_id
  name           = "f"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.4"]
  set_identifier = "s"
  failover_routing_policy {
    type = "SECONDARY"
  }
}

resource "aws_route53_record" "many" {
  count                            = 2
  zone_id                          = aws_route53_zone.z.zone_id
  name                             = "m.breadth.test"
  type                             = "A"
  ttl                              = 60
  records                          = ["192.0.2.${count.index}"]
  set_identifier                   = tostring(count.index)
  multivalue_answer_routing_policy = true
}

resource "aws_route53_record" "plain" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "plain_one"
  type    = var.changed ? "AAAA" : "A"
  ttl     = 60
  records = [var.changed ? "2001:db8::1" : "192.0.2.5"]
}

resource "aws_vpc" "v" {
  count      = 2
  cidr_block = "10.${count.index}.0.0/16"
}

resource "aws_route53_zone" "private" {
  name = "inside.test"
  vpc {
    vpc_id = aws_vpc.v[0].id
  }
  lifecycle {
    ignore_changes = [vpc]
  }
}

resource "aws_route53_vpc_association_authorization" "a" {
  zone_id = aws_route53_zone.private.id
  vpc_id  = aws_vpc.v[1].id
}

resource "aws_route53_zone_association" "a" {
  zone_id = aws_route53_vpc_association_authorization.a.zone_id
  vpc_id  = aws_route53_vpc_association_authorization.a.vpc_id
}

data "aws_route53_delegation_set" "d" {
  id = aws_route53_delegation_set.d.id
}

data "aws_route53_records" "w" {
  zone_id    = aws_route53_zone.z.zone_id
  name_regex = "^w\\."
  depends_on = [aws_route53_record.weighted]
}

output "same" {
  value = {
    set     = [data.aws_route53_delegation_set.d.name_servers == aws_route53_delegation_set.d.name_servers, toset(aws_route53_zone.z.name_servers) == toset(aws_route53_delegation_set.d.name_servers)]
    records = [sum(data.aws_route53_records.w.resource_record_sets[*].weight) == 100, data.aws_route53_records.w.resource_record_sets[0].name == "w.breadth.test.", data.aws_route53_records.w.resource_record_sets[0].alias_target == null]
    ids     = [aws_route53_record.weighted["blue"].id == "${aws_route53_zone.z.zone_id}_w_CNAME_blue", aws_route53_record.weighted["blue"].fqdn == "w.breadth.test"]
  }
}
