resource "aws_s3_bucket" "logs" {
  count         = 2
  bucket        = "landfall-change-logs${count.index}"
  force_destroy = true
}
resource "aws_s3_bucket_policy" "logs" {
  count  = 2
  bucket = aws_s3_bucket.logs[count.index].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = { AWS = "arn:aws:iam::797873946194:root" }, Action = "s3:PutObject",
  Resource = "${aws_s3_bucket.logs[count.index].arn}/*" }] })
}
resource "aws_lb" "lb" {
  name                                        = "front"
  subnets                                     = local.c ? slice(aws_subnet.s[*].id, 0, 3) : slice(aws_subnet.s[*].id, 0, 2)
  security_groups                             = local.c ? [aws_security_group.inline.id, aws_security_group.rules[0].id] : [aws_security_group.inline.id]
  idle_timeout                                = local.c ? 61 : 60
  client_keep_alive                           = local.c ? 3000 : 3600
  enable_http2                                = !local.c
  drop_invalid_header_fields                  = local.c
  preserve_host_header                        = local.c
  enable_xff_client_port                      = local.c
  xff_header_processing_mode                  = local.c ? "preserve" : "append"
  enable_tls_version_and_cipher_suite_headers = local.c
  desync_mitigation_mode                      = local.c ? "strictest" : "defensive"
  access_logs {
    bucket  = aws_s3_bucket.logs[local.c ? 1 : 0].id
    prefix  = local.c ? "two" : "one"
    enabled = local.c
  }
  connection_logs {
    bucket  = aws_s3_bucket.logs[local.c ? 1 : 0].id
    prefix  = local.c ? "c-two" : "c-one"
    enabled = local.c
  }
  tags       = local.tags
  depends_on = [aws_internet_gateway.i, aws_s3_bucket_policy.logs]
}
resource "aws_lb" "kept" {
  name                       = "kept"
  internal                   = true
  subnets                    = slice(aws_subnet.s[*].id, 0, 2)
  security_groups            = [aws_security_group.inline.id]
  enable_deletion_protection = local.c
}
resource "aws_lb" "mapped" {
  name     = "mapped"
  internal = true
  dynamic "subnet_mapping" {
    for_each = local.c ? [0, 1, 2] : [0, 1]
    content {
      subnet_id = aws_subnet.s[subnet_mapping.value].id
    }
  }
  security_groups = [aws_security_group.inline.id]
}
resource "aws_lb" "net" {
  name                                                         = "net"
  load_balancer_type                                           = "network"
  internal                                                     = true
  subnets                                                      = slice(aws_subnet.s[*].id, 0, 2)
  security_groups                                              = [aws_security_group.inline.id]
  enable_cross_zone_load_balancing                             = local.c
  enforce_security_group_inbound_rules_on_private_link_traffic = local.c ? "off" : "on"
}
resource "aws_lb_target_group" "t" {
  count                         = 2
  name                          = "t${count.index}"
  port                          = 80
  protocol                      = "HTTP"
  target_type                   = "ip"
  vpc_id                        = aws_vpc.v.id
  deregistration_delay          = local.c ? 5 : 10
  load_balancing_algorithm_type = local.c ? "least_outstanding_requests" : "round_robin"
  health_check {
    path                = local.c ? "/up" : "/"
    port                = local.c ? "8080" : "traffic-port"
    protocol            = local.c ? "HTTPS" : "HTTP"
    interval            = local.c ? 15 : 30
    timeout             = local.c ? 4 : 5
    healthy_threshold   = local.c ? 2 : 3
    unhealthy_threshold = local.c ? 4 : 3
    matcher             = local.c ? "200-299" : "200"
  }
  target_group_health {
    dns_failover {
      minimum_healthy_targets_count      = local.c ? "2" : "1"
      minimum_healthy_targets_percentage = local.c ? "50" : "off"
    }
    unhealthy_state_routing {
      minimum_healthy_targets_count      = local.c ? 2 : 1
      minimum_healthy_targets_percentage = local.c ? "50" : "off"
    }
  }
  tags = local.tags
}
resource "aws_lb_target_group" "weighted" {
  name                              = "weighted"
  port                              = 80
  protocol                          = "HTTP"
  target_type                       = "ip"
  vpc_id                            = aws_vpc.v.id
  load_balancing_algorithm_type     = "weighted_random"
  load_balancing_anomaly_mitigation = local.c ? "on" : "off"
}
resource "aws_lb_target_group" "sticky" {
  name        = "sticky"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
  stickiness {
    enabled         = local.c
    type            = local.c ? "app_cookie" : "lb_cookie"
    cookie_duration = local.c ? 600 : 86400
    cookie_name     = local.c ? "session" : null
  }
}
resource "aws_lb_target_group" "slow" {
  name        = "slow"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
  slow_start  = local.c ? 30 : 0

  load_balancing_cross_zone_enabled = local.c ? "false" : "use_load_balancer_configuration"
}
resource "aws_lb_target_group" "net" {
  name                   = "net"
  port                   = 80
  protocol               = "TCP"
  target_type            = "ip"
  vpc_id                 = aws_vpc.v.id
  proxy_protocol_v2      = local.c
  preserve_client_ip     = local.c
  connection_termination = local.c
  target_health_state {
    enable_unhealthy_connection_termination = !local.c
  }
}
resource "aws_lb_listener" "net" {
  load_balancer_arn        = aws_lb.net.arn
  port                     = 80
  protocol                 = "TCP"
  tcp_idle_timeout_seconds = local.c ? 100 : 350
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.net.arn
  }
}
resource "aws_lb_target_group" "secret" {
  name        = "secret"
  port        = 443
  protocol    = "TLS"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener" "secret" {
  load_balancer_arn = aws_lb.net.arn
  port              = 443
  protocol          = "TLS"
  certificate_arn   = aws_acm_certificate.imported[0].arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  alpn_policy       = local.c ? "HTTP2Preferred" : "HTTP1Only"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.secret.arn
  }
}
resource "aws_lb_listener" "moving" {
  load_balancer_arn = aws_lb.lb.arn
  port              = local.c ? 8081 : 8080
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t[local.c ? 1 : 0].arn
  }
  tags = local.tags
}
resource "aws_lb_listener" "redirect" {
  load_balancer_arn                    = aws_lb.lb.arn
  port                                 = 80
  protocol                             = "HTTP"
  routing_http_response_server_enabled = !local.c
  default_action {
    type = "redirect"
    redirect {
      host        = local.c ? "two.test" : "one.test"
      path        = local.c ? "/two" : "/one"
      port        = local.c ? "444" : "443"
      protocol    = local.c ? "HTTP" : "HTTPS"
      query       = local.c ? "two" : "one"
      status_code = local.c ? "HTTP_302" : "HTTP_301"
    }
  }
}
resource "aws_lb_listener" "weights" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 81
  protocol          = "HTTP"
  default_action {
    type = "forward"
    forward {
      dynamic "target_group" {
        for_each = local.c ? [0, 1] : [1]
        content {
          arn    = aws_lb_target_group.t[target_group.value].arn
          weight = local.c ? 30 : 10
        }
      }
      stickiness {
        enabled  = local.c
        duration = local.c ? 600 : 300
      }
    }
  }
}
resource "aws_lb_listener" "text" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 82
  protocol          = "HTTP"
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = local.c ? "text/html" : "text/plain"
      message_body = local.c ? "two" : "one"
      status_code  = local.c ? "404" : "503"
    }
  }
}
resource "aws_lb_listener" "kinds" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 83
  protocol          = "HTTP"
  default_action {
    type             = local.c ? "fixed-response" : "forward"
    target_group_arn = local.c ? null : aws_lb_target_group.t[0].arn
    dynamic "fixed_response" {
      for_each = local.c ? [1] : []
      content {
        content_type = "text/plain"
        status_code  = "404"
      }
    }
  }
}
resource "aws_lb_trust_store" "t" {
  count                            = 2
  name                             = "t${count.index}"
  ca_certificates_bundle_s3_bucket = aws_s3_object.authority.bucket
  ca_certificates_bundle_s3_key    = aws_s3_object.authority.key
}
resource "aws_lb_trust_store" "changed" {
  name                             = "changed"
  ca_certificates_bundle_s3_bucket = aws_s3_object.moved[local.c ? 1 : 0].bucket
  ca_certificates_bundle_s3_key    = aws_s3_object.moved[local.c ? 1 : 0].key
  tags                             = local.tags
}
resource "aws_s3_object" "moved" {
  count  = 2
  bucket = aws_s3_bucket.logs[count.index].id
  key    = "authority${count.index}.pem"
  source = "${path.module}/cert0.pem"
}
resource "aws_s3_object" "authority" {
  bucket = aws_s3_bucket.logs[0].id
  key    = "authority.pem"
  source = "${path.module}/cert0.pem"
}
resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = local.c ? "ELBSecurityPolicy-TLS13-1-3-2021-06" : "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate.imported[local.c ? 1 : 0].arn
  mutual_authentication {
    mode                             = "verify"
    trust_store_arn                  = aws_lb_trust_store.t[local.c ? 1 : 0].arn
    ignore_client_certificate_expiry = local.c
    advertise_trust_store_ca_names   = local.c ? "on" : "off"
  }
  default_action {
    type  = "authenticate-oidc"
    order = local.c ? 2 : 1
    authenticate_oidc {
      authentication_request_extra_params = { hint = local.c ? "two" : "one" }
      authorization_endpoint              = "https://id.test/${local.c ? "two" : "one"}/authorize"
      token_endpoint                      = "https://id.test/${local.c ? "two" : "one"}/token"
      user_info_endpoint                  = "https://id.test/${local.c ? "two" : "one"}/user"
      issuer                              = "https://id.test/${local.c ? "two" : "one"}"
      client_id                           = local.c ? "two" : "one"
      client_secret                       = local.c ? "two" : "one"
      on_unauthenticated_request          = local.c ? "deny" : "authenticate"
      scope                               = local.c ? "openid email" : "openid"
      session_cookie_name                 = local.c ? "Two" : "One"
      session_timeout                     = local.c ? 3600 : 7200
    }
  }
  default_action {
    type             = "forward"
    order            = local.c ? 3 : 2
    target_group_arn = aws_lb_target_group.t[0].arn
  }
}
resource "aws_lb_listener" "headers" {
  load_balancer_arn                                                     = aws_lb.lb.arn
  port                                                                  = 444
  protocol                                                              = "HTTPS"
  ssl_policy                                                            = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn                                                       = aws_acm_certificate.imported[0].arn
  routing_http_request_x_amzn_mtls_clientcert_header_name               = local.c ? "X-A" : "X-Amzn-Mtls-Clientcert"
  routing_http_request_x_amzn_mtls_clientcert_issuer_header_name        = local.c ? "X-B" : "X-Amzn-Mtls-Clientcert-Issuer"
  routing_http_request_x_amzn_mtls_clientcert_leaf_header_name          = local.c ? "X-C" : "X-Amzn-Mtls-Clientcert-Leaf"
  routing_http_request_x_amzn_mtls_clientcert_serial_number_header_name = local.c ? "X-D" : "X-Amzn-Mtls-Clientcert-Serial-Number"
  routing_http_request_x_amzn_mtls_clientcert_subject_header_name       = local.c ? "X-E" : "X-Amzn-Mtls-Clientcert-Subject"
  routing_http_request_x_amzn_mtls_clientcert_validity_header_name      = local.c ? "X-F" : "X-Amzn-Mtls-Clientcert-Validity"
  routing_http_request_x_amzn_tls_cipher_suite_header_name              = local.c ? "X-G" : "X-Amzn-Tls-Cipher-Suite"
  routing_http_request_x_amzn_tls_version_header_name                   = local.c ? "X-H" : "X-Amzn-Tls-Version"
  routing_http_response_access_control_allow_credentials_header_value   = local.c ? "true" : null
  routing_http_response_access_control_allow_headers_header_value       = local.c ? "*" : "X-One"
  routing_http_response_access_control_allow_methods_header_value       = local.c ? "GET,POST" : "GET"
  routing_http_response_access_control_allow_origin_header_value        = local.c ? "https://two.test" : "https://one.test"
  routing_http_response_access_control_expose_headers_header_value      = local.c ? "X-Two" : "X-One"
  routing_http_response_access_control_max_age_header_value             = local.c ? "20" : "10"
  routing_http_response_content_security_policy_header_value            = local.c ? "default-src 'self'" : "default-src 'none'"
  routing_http_response_strict_transport_security_header_value          = local.c ? "max-age=20" : "max-age=10"
  routing_http_response_x_content_type_options_header_value             = local.c ? "nosniff" : null
  routing_http_response_x_frame_options_header_value                    = local.c ? "DENY" : "SAMEORIGIN"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t[0].arn
  }
}
resource "aws_lb_listener" "mode" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 445
  protocol          = "HTTPS"
  certificate_arn   = aws_acm_certificate.imported[0].arn
  mutual_authentication {
    mode = local.c ? "passthrough" : "off"
  }
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t[0].arn
  }
}
resource "aws_lb_listener_rule" "forward" {
  listener_arn = aws_lb_listener.text.arn
  priority     = local.c ? 20 : 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t[local.c ? 1 : 0].arn
  }
  condition {
    host_header {
      values = [local.c ? "*.example.org" : "*.example.com"]
    }
  }
  tags = local.tags
}
resource "aws_lb_listener_rule" "kinds" {
  listener_arn = aws_lb_listener.text.arn
  priority     = 30
  action {
    type             = local.c ? "fixed-response" : "forward"
    target_group_arn = local.c ? null : aws_lb_target_group.t[0].arn
    dynamic "fixed_response" {
      for_each = local.c ? [1] : []
      content {
        content_type = "text/plain"
        status_code  = "404"
      }
    }
  }
  condition {
    path_pattern {
      values = [local.c ? "/two/*" : "/one/*"]
    }
  }
}
resource "aws_lb_listener_rule" "weights" {
  listener_arn = aws_lb_listener.text.arn
  priority     = 40
  action {
    type = "forward"
    forward {
      target_group {
        arn    = aws_lb_target_group.t[0].arn
        weight = local.c ? 30 : 10
      }
      target_group {
        arn    = local.c ? aws_lb_target_group.weighted.arn : aws_lb_target_group.t[1].arn
        weight = 10
      }
      stickiness {
        enabled  = local.c
        duration = local.c ? 600 : 300
      }
    }
  }
  condition {
    http_request_method {
      values = [local.c ? "PUT" : "POST"]
    }
  }
}
resource "aws_lb_listener_rule" "redirect" {
  listener_arn = aws_lb_listener.text.arn
  priority     = 50
  action {
    type = "redirect"
    redirect {
      host        = local.c ? "two.test" : "one.test"
      path        = local.c ? "/two" : "/one"
      port        = local.c ? "444" : "443"
      protocol    = local.c ? "HTTP" : "HTTPS"
      query       = local.c ? "two" : "one"
      status_code = local.c ? "HTTP_302" : "HTTP_301"
    }
  }
  condition {
    source_ip {
      values = [local.c ? "10.2.0.0/16" : "10.1.0.0/16"]
    }
  }
}
resource "aws_lb_listener_rule" "text" {
  listener_arn = aws_lb_listener.text.arn
  priority     = 60
  action {
    type = "fixed-response"
    fixed_response {
      content_type = local.c ? "text/html" : "text/plain"
      message_body = local.c ? "two" : "one"
      status_code  = local.c ? "404" : "503"
    }
  }
  condition {
    http_header {
      http_header_name = local.c ? "X-Two" : "X-One"
      values           = [local.c ? "two" : "one"]
    }
  }
  condition {
    query_string {
      key   = local.c ? "k2" : "k1"
      value = local.c ? "v2" : "v1"
    }
  }
}
resource "aws_lb_listener_rule" "login" {
  listener_arn = aws_lb_listener.headers.arn
  priority     = 10
  action {
    type  = "authenticate-oidc"
    order = local.c ? 2 : 1
    authenticate_oidc {
      authentication_request_extra_params = { hint = local.c ? "two" : "one" }
      authorization_endpoint              = "https://id.test/${local.c ? "two" : "one"}/authorize"
      token_endpoint                      = "https://id.test/${local.c ? "two" : "one"}/token"
      user_info_endpoint                  = "https://id.test/${local.c ? "two" : "one"}/user"
      issuer                              = "https://id.test/${local.c ? "two" : "one"}"
      client_id                           = local.c ? "two" : "one"
      client_secret                       = local.c ? "two" : "one"
      on_unauthenticated_request          = local.c ? "deny" : "authenticate"
      scope                               = local.c ? "openid email" : "openid"
      session_cookie_name                 = local.c ? "Two" : "One"
      session_timeout                     = local.c ? 3600 : 7200
    }
  }
  action {
    type             = "forward"
    order            = local.c ? 3 : 2
    target_group_arn = aws_lb_target_group.t[0].arn
  }
  condition {
    path_pattern {
      values = ["/in"]
    }
  }
}
