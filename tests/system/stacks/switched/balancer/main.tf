variable "name" { type = string }
variable "vpc_id" { type = string }
variable "subnets" { type = list(string) }
variable "security_group_ingress_rules" {
  type    = any
  default = {}
}
variable "security_group_egress_rules" {
  type    = any
  default = {}
}
variable "listeners" {
  type    = any
  default = {}
}
variable "target_groups" {
  type    = any
  default = {}
}
variable "access_logs" {
  type    = map(string)
  default = {}
}
variable "web_acl_arn" {
  type    = string
  default = null
}
variable "route53_records" {
  type    = any
  default = {}
}

data "aws_partition" "current" {}

resource "aws_lb" "this" {
  count = 1
  dynamic "access_logs" {
    for_each = length(var.access_logs) > 0 ? [var.access_logs] : []
    content {
      bucket  = access_logs.value.bucket
      enabled = try(access_logs.value.enabled, true)
      prefix  = try(access_logs.value.prefix, null)
    }
  }
  dynamic "connection_logs" {
    for_each = []
    content {
      bucket  = connection_logs.value.bucket
      enabled = try(connection_logs.value.enabled, true)
    }
  }
  client_keep_alive                                            = null
  customer_owned_ipv4_pool                                     = null
  desync_mitigation_mode                                       = null
  dns_record_client_routing_policy                             = null
  drop_invalid_header_fields                                   = true
  enable_cross_zone_load_balancing                             = true
  enable_deletion_protection                                   = false
  enable_http2                                                 = null
  enable_tls_version_and_cipher_suite_headers                  = null
  enable_waf_fail_open                                         = null
  enable_xff_client_port                                       = null
  enforce_security_group_inbound_rules_on_private_link_traffic = null
  enable_zonal_shift                                           = null
  idle_timeout                                                 = null
  internal                                                     = null
  ip_address_type                                              = null
  load_balancer_type                                           = "application"
  name                                                         = var.name
  name_prefix                                                  = null
  preserve_host_header                                         = null
  security_groups                                              = concat([aws_security_group.this[0].id], [])
  dynamic "subnet_mapping" {
    for_each = []
    content {
      allocation_id        = lookup(subnet_mapping.value, "allocation_id", null)
      ipv6_address         = lookup(subnet_mapping.value, "ipv6_address", null)
      private_ipv4_address = lookup(subnet_mapping.value, "private_ipv4_address", null)
      subnet_id            = subnet_mapping.value.subnet_id
    }
  }
  subnets                    = var.subnets
  xff_header_processing_mode = null
  timeouts {
    create = try(var.access_logs.create, null)
    delete = try(var.access_logs.delete, null)
  }
  lifecycle {
    ignore_changes = [tags["elasticbeanstalk:shared-elb-environment-count"]]
  }
}

resource "aws_lb_listener" "this" {
  for_each                                                              = { for k, v in var.listeners : k => v }
  alpn_policy                                                           = try(each.value.alpn_policy, null)
  certificate_arn                                                       = try(each.value.certificate_arn, null)
  routing_http_response_server_enabled                                  = try(each.value.routing_http_response_server_enabled, null)
  routing_http_response_strict_transport_security_header_value          = try(each.value.hsts, null)
  routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name = try(each.value.serial, null)
  tcp_idle_timeout_seconds                                              = try(each.value.tcp_idle_timeout_seconds, null)

  dynamic "default_action" {
    for_each = try([each.value.authenticate_cognito], [])
    content {
      type  = "authenticate-cognito"
      order = try(default_action.value.order, null)
      authenticate_cognito {
        user_pool_arn       = default_action.value.user_pool_arn
        user_pool_client_id = default_action.value.user_pool_client_id
        user_pool_domain    = default_action.value.user_pool_domain
      }
    }
  }
  dynamic "default_action" {
    for_each = try([each.value.forward], [])
    content {
      type             = "forward"
      order            = try(default_action.value.order, null)
      target_group_arn = length(try(default_action.value.target_groups, [])) > 0 ? null : try(default_action.value.arn, aws_lb_target_group.this[default_action.value.target_group_key].arn, null)
    }
  }
  dynamic "default_action" {
    for_each = try([each.value.redirect], [])
    content {
      type = "redirect"
      redirect {
        port        = try(default_action.value.port, null)
        status_code = default_action.value.status_code
      }
    }
  }
  dynamic "mutual_authentication" {
    for_each = try([each.value.mutual_authentication], [])
    content {
      mode            = mutual_authentication.value.mode
      trust_store_arn = try(mutual_authentication.value.trust_store_arn, null)
    }
  }
  load_balancer_arn = aws_lb.this[0].arn
  port              = try(each.value.port, 80)
  protocol          = try(each.value.protocol, "HTTP")
  ssl_policy        = contains(["HTTPS", "TLS"], try(each.value.protocol, "HTTP")) ? try(each.value.ssl_policy, "ELBSecurityPolicy-TLS13-1-2-Res-2021-06") : try(each.value.ssl_policy, null)
}

locals {
  listener_rules = flatten([
    for listener_key, listener_values in var.listeners : [
      for rule_key, rule_values in lookup(listener_values, "rules", {}) : merge(rule_values, { listener_key = listener_key, rule_key = rule_key })
    ]
  ])
}

resource "aws_lb_listener_rule" "this" {
  for_each     = { for v in local.listener_rules : "${v.listener_key}/${v.rule_key}" => v }
  listener_arn = try(each.value.listener_arn, aws_lb_listener.this[each.value.listener_key].arn)
  priority     = try(each.value.priority, null)
  dynamic "action" {
    for_each = [for action in each.value.actions : action if action.type == "fixed-response"]
    content {
      type  = "fixed-response"
      order = try(action.value.order, null)
      fixed_response {
        content_type = action.value.content_type
        message_body = try(action.value.message_body, null)
        status_code  = try(action.value.status_code, null)
      }
    }
  }
  dynamic "action" {
    for_each = [for action in each.value.actions : action if action.type == "forward"]
    content {
      type             = "forward"
      target_group_arn = try(action.value.target_group_arn, null)
    }
  }
  dynamic "condition" {
    for_each = [for condition in each.value.conditions : condition if contains(keys(condition), "http_header")]
    content {
      dynamic "http_header" {
        for_each = try([condition.value.http_header], [])
        content {
          http_header_name = http_header.value.http_header_name
          values           = http_header.value.values
        }
      }
    }
  }
  dynamic "condition" {
    for_each = [for condition in each.value.conditions : condition if contains(keys(condition), "path_pattern")]
    content {
      dynamic "path_pattern" {
        for_each = try([condition.value.path_pattern], [])
        content {
          values = path_pattern.value.values
        }
      }
    }
  }
}

resource "aws_lb_target_group" "this" {
  for_each                           = { for k, v in var.target_groups : k => v }
  connection_termination             = try(each.value.connection_termination, null)
  deregistration_delay               = try(each.value.deregistration_delay, null)
  ip_address_type                    = try(each.value.ip_address_type, null)
  lambda_multi_value_headers_enabled = try(each.value.lambda_multi_value_headers_enabled, null)
  load_balancing_algorithm_type      = try(each.value.load_balancing_algorithm_type, null)
  load_balancing_anomaly_mitigation  = try(each.value.load_balancing_anomaly_mitigation, null)
  load_balancing_cross_zone_enabled  = try(each.value.load_balancing_cross_zone_enabled, null)
  name                               = try(each.value.name, null)
  name_prefix                        = try(each.value.name_prefix, null)
  port                               = try(each.value.target_type, null) == "lambda" ? null : try(each.value.backend_port, 80)
  preserve_client_ip                 = try(each.value.preserve_client_ip, null)
  protocol                           = try(each.value.target_type, null) == "lambda" ? null : try(each.value.backend_protocol, "HTTP")
  protocol_version                   = try(each.value.protocol_version, null)
  proxy_protocol_v2                  = try(each.value.proxy_protocol_v2, null)
  slow_start                         = try(each.value.slow_start, null)
  target_type                        = try(each.value.target_type, null)
  vpc_id                             = try(each.value.vpc_id, var.vpc_id)
  dynamic "health_check" {
    for_each = try([each.value.health_check], [])
    content {
      enabled  = try(health_check.value.enabled, null)
      interval = try(health_check.value.interval, null)
      matcher  = try(health_check.value.matcher, null)
      path     = try(health_check.value.path, null)
      port     = try(health_check.value.port, null)
      protocol = try(health_check.value.protocol, null)
      timeout  = try(health_check.value.timeout, null)
    }
  }
  dynamic "stickiness" {
    for_each = try([each.value.stickiness], [])
    content {
      enabled = try(stickiness.value.enabled, true)
      type    = stickiness.value.type
    }
  }
  dynamic "target_failover" {
    for_each = try(each.value.target_failover, [])
    content {
      on_deregistration = target_failover.value.on_deregistration
      on_unhealthy      = target_failover.value.on_unhealthy
    }
  }
  dynamic "target_group_health" {
    for_each = try([each.value.target_group_health], [])
    content {
      dynamic "dns_failover" {
        for_each = try([target_group_health.value.dns_failover], [])
        content {
          minimum_healthy_targets_count = try(dns_failover.value.minimum_healthy_targets_count, null)
        }
      }
    }
  }
  dynamic "target_health_state" {
    for_each = try([each.value.target_health_state], [])
    content {
      enable_unhealthy_connection_termination = try(target_health_state.value.enable_unhealthy_connection_termination, true)
    }
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lambda_permission" "this" {
  for_each      = { for k, v in var.target_groups : k => v if try(v.attach_lambda_permission, false) }
  function_name = each.value.lambda_function_name
  action        = "lambda:InvokeFunction"
  principal     = "elasticloadbalancing.${data.aws_partition.current.dns_suffix}"
  source_arn    = aws_lb_target_group.this[each.key].arn
}

resource "aws_lb_target_group_attachment" "this" {
  for_each         = { for k, v in var.target_groups : k => v if lookup(v, "create_attachment", false) }
  target_group_arn = aws_lb_target_group.this[each.key].arn
  target_id        = each.value.target_id
  port             = try(each.value.target_type, null) == "lambda" ? null : try(each.value.port, null)
  depends_on       = [aws_lambda_permission.this]
}

resource "aws_security_group" "this" {
  count       = 1
  name_prefix = "${var.name}-"
  description = coalesce(null, "Security group for ${var.name} application load balancer")
  vpc_id      = var.vpc_id
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each                     = { for k, v in var.security_group_ingress_rules : k => v }
  security_group_id            = aws_security_group.this[0].id
  cidr_ipv4                    = lookup(each.value, "cidr_ipv4", null)
  cidr_ipv6                    = lookup(each.value, "cidr_ipv6", null)
  description                  = try(each.value.description, null)
  from_port                    = try(each.value.from_port, null)
  ip_protocol                  = try(each.value.ip_protocol, "tcp")
  prefix_list_id               = lookup(each.value, "prefix_list_id", null)
  referenced_security_group_id = lookup(each.value, "referenced_security_group_id", null)
  to_port                      = try(each.value.to_port, null)
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each          = { for k, v in var.security_group_egress_rules : k => v }
  security_group_id = aws_security_group.this[0].id
  cidr_ipv4         = lookup(each.value, "cidr_ipv4", null)
  from_port         = try(each.value.from_port, null)
  ip_protocol       = try(each.value.ip_protocol, "tcp")
  to_port           = try(each.value.to_port, null)
}

resource "aws_route53_record" "this" {
  for_each = var.route53_records
  zone_id  = each.value.zone_id
  name     = try(each.value.name, each.key)
  type     = each.value.type
  alias {
    name                   = aws_lb.this[0].dns_name
    zone_id                = aws_lb.this[0].zone_id
    evaluate_target_health = true
  }
}

resource "aws_wafv2_web_acl_association" "this" {
  count        = var.web_acl_arn != null ? 1 : 0
  resource_arn = aws_lb.this[0].arn
  web_acl_arn  = var.web_acl_arn
}

output "dns_name" {
  value = try(aws_lb.this[0].dns_name, null)
}
output "security_group_id" {
  value = try(aws_security_group.this[0].id, null)
}
output "target_groups" {
  value = aws_lb_target_group.this
}
output "listeners" {
  value     = aws_lb_listener.this
  sensitive = true
}
