resource "aws_acm_certificate" "imported" {
  count            = 2
  private_key      = file("${path.module}/key${count.index}.pem")
  certificate_body = file("${path.module}/cert${count.index}.pem")
}
resource "aws_acm_certificate" "renewed" {
  private_key      = file("${path.module}/key${local.c ? 1 : 0}.pem")
  certificate_body = file("${path.module}/cert${local.c ? 1 : 0}.pem")
  tags             = local.tags
}
resource "aws_acm_certificate" "chained" {
  private_key       = file("${path.module}/leafkey${local.c ? 1 : 0}.pem")
  certificate_body  = file("${path.module}/leaf${local.c ? 1 : 0}.pem")
  certificate_chain = file("${path.module}/cert${local.c ? 1 : 0}.pem")
}
resource "aws_acm_certificate" "requested" {
  domain_name       = "changes.test"
  validation_method = "DNS"
  options {
    certificate_transparency_logging_preference = local.c ? "DISABLED" : "ENABLED"
  }
  tags = local.tags
}
resource "aws_route53_zone" "z" {
  name          = "changes.test"
  comment       = local.c ? "two" : "one"
  force_destroy = local.c
  tags          = local.tags
}
resource "aws_route53_zone" "inside" {
  name = "inside.test"
  vpc {
    vpc_id     = aws_vpc.v.id
    vpc_region = "us-west-2"
  }
  dynamic "vpc" {
    for_each = local.c ? [aws_vpc.third.id] : [aws_vpc.dark.id]
    content {
      vpc_id = vpc.value
    }
  }
}
resource "aws_route53_record" "text" {
  zone_id         = aws_route53_zone.z.zone_id
  name            = "note"
  type            = "TXT"
  ttl             = local.c ? 60 : 300
  records         = [local.c ? "two" : "one"]
  allow_overwrite = local.c
}
resource "aws_route53_record" "alias" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "www"
  type    = "A"
  alias {
    name                   = local.c ? aws_lb.lb.dns_name : aws_lb.net.dns_name
    zone_id                = local.c ? aws_lb.lb.zone_id : aws_lb.net.zone_id
    evaluate_target_health = local.c
  }
}
resource "aws_service_discovery_http_namespace" "n" {
  count = 2
  name  = "n${count.index}"
  tags  = local.tags
}
resource "aws_service_discovery_private_dns_namespace" "d" {
  name        = "d.test"
  description = local.c ? "two" : "one"
  vpc         = aws_vpc.v.id
  tags        = local.tags
}
resource "aws_service_discovery_service" "changed" {
  name          = "changed"
  description   = local.c ? "two" : "one"
  force_destroy = local.c
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.d.id
    dns_records {
      ttl  = local.c ? 20 : 10
      type = "A"
    }
  }
  tags = local.tags
}
resource "aws_service_discovery_service" "d" {
  count = 2
  name  = "d${count.index}"
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.d.id
    dns_records {
      ttl  = 10
      type = "SRV"
    }
  }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
  configuration {
    execute_command_configuration {
      logging = "OVERRIDE"
      log_configuration {
        cloud_watch_encryption_enabled = local.c
        cloud_watch_log_group_name     = aws_cloudwatch_log_group.l[local.c ? 1 : 0].name
        s3_bucket_name                 = aws_s3_bucket.logs[local.c ? 1 : 0].id
        s3_bucket_encryption_enabled   = local.c
        s3_key_prefix                  = local.c ? "two" : "one"
      }
    }
  }
  service_connect_defaults {
    namespace = aws_service_discovery_http_namespace.n[local.c ? 1 : 0].arn
  }
  setting {
    name  = "containerInsights"
    value = local.c ? "enabled" : "disabled"
  }
  tags = local.tags
}
resource "aws_ecs_cluster" "plain" {
  name = "plain"
  configuration {
    execute_command_configuration {
      logging = local.c ? "NONE" : "DEFAULT"
    }
  }
}
resource "aws_ecs_cluster_capacity_providers" "p" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  default_capacity_provider_strategy {
    capacity_provider = local.c ? "FARGATE_SPOT" : "FARGATE"
    base              = local.c ? 2 : 1
    weight            = local.c ? 50 : 100
  }
}
resource "aws_ecs_cluster_capacity_providers" "fewer" {
  cluster_name       = aws_ecs_cluster.plain.name
  capacity_providers = local.c ? ["FARGATE", "FARGATE_SPOT"] : ["FARGATE"]
}
resource "aws_cloudwatch_log_group" "l" {
  count             = 2
  name              = "/changes/${count.index}"
  retention_in_days = local.c ? 30 : 14
  tags              = local.tags
}
resource "aws_cloudwatch_log_group" "kept" {
  name         = "/changes/kept"
  skip_destroy = local.c
}
resource "aws_ecr_repository" "r" {
  name                 = "web"
  image_tag_mutability = local.c ? "IMMUTABLE" : "MUTABLE"
  force_delete         = local.c
  image_scanning_configuration {
    scan_on_push = local.c
  }
  tags = local.tags
}
resource "aws_ecr_repository_policy" "p" {
  repository = aws_ecr_repository.r.name
  policy     = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = local.c ? "b" : "a", Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.account_id }, Action = ["ecr:BatchGetImage"] }] })
}
resource "aws_ecs_task_definition" "t" {
  count                    = 2
  family                   = "web${count.index}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.r[0].arn
  skip_destroy             = local.c
  track_latest             = local.c
  container_definitions = jsonencode([{ name = "web", image = "web:1", portMappings = [{ containerPort = 80, name = "one" }, { containerPort = 81, name = "two" }] },
  { name = "other", image = "web:1", portMappings = [{ containerPort = 90 }] }])
  tags = local.tags
}
resource "aws_ecs_service" "s" {
  name                               = "web"
  cluster                            = aws_ecs_cluster.c.id
  task_definition                    = aws_ecs_task_definition.t[local.c ? 1 : 0].arn
  desired_count                      = 0
  launch_type                        = "FARGATE"
  platform_version                   = local.c ? "1.4.0" : "LATEST"
  deployment_minimum_healthy_percent = local.c ? 50 : 100
  deployment_maximum_percent         = local.c ? 150 : 200
  health_check_grace_period_seconds  = local.c ? 10 : 5
  enable_execute_command             = local.c
  enable_ecs_managed_tags            = local.c
  propagate_tags                     = local.c ? "SERVICE" : "TASK_DEFINITION"
  availability_zone_rebalancing      = local.c ? "ENABLED" : "DISABLED"
  force_new_deployment               = local.c
  wait_for_steady_state              = local.c
  force_delete                       = local.c
  triggers                           = { at = local.c ? "two" : "one" }
  deployment_circuit_breaker {
    enable   = local.c
    rollback = local.c
  }
  network_configuration {
    subnets          = local.c ? aws_subnet.s[*].id : slice(aws_subnet.s[*].id, 0, 2)
    security_groups  = [local.c ? aws_security_group.inline.id : aws_security_group.rules[0].id]
    assign_public_ip = local.c
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.t[local.c ? 1 : 0].arn
    container_name   = local.c ? "other" : "web"
    container_port   = local.c ? 90 : 80
  }
  service_registries {
    registry_arn   = aws_service_discovery_service.d[local.c ? 1 : 0].arn
    container_name = local.c ? "other" : "web"
    container_port = local.c ? 90 : 80
  }
  tags       = local.tags
  depends_on = [aws_lb_listener.moving, aws_lb_listener.weights, aws_lb_listener.headers]
}
resource "aws_ecs_service" "ports" {
  name                 = "ports"
  cluster              = aws_ecs_cluster.c.id
  task_definition      = aws_ecs_task_definition.t[0].arn
  desired_count        = local.c ? 1 : 0
  force_new_deployment = true
  capacity_provider_strategy {
    capacity_provider = local.c ? "FARGATE_SPOT" : "FARGATE"
    base              = local.c ? 2 : 1
    weight            = local.c ? 50 : 100
  }
  network_configuration {
    subnets = [aws_subnet.s[0].id]
  }
  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.n[local.c ? 1 : 0].arn
    log_configuration {
      log_driver = "awslogs"
      options    = { "awslogs-group" = local.c ? "/changes/1" : "/changes/0", "awslogs-region" = "us-west-2" }
    }
    service {
      port_name      = local.c ? "two" : "one"
      discovery_name = local.c ? "second" : "first"
      client_alias {
        port     = local.c ? 8081 : 8080
        dns_name = local.c ? "second" : "first"
      }
    }
  }
  lifecycle { ignore_changes = [launch_type] }
  depends_on = [aws_ecs_cluster_capacity_providers.p]
}
resource "aws_ecs_service" "switched" {
  name            = "switched"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t[0].arn
  desired_count   = 0
  launch_type     = "FARGATE"
  network_configuration {
    subnets = [aws_subnet.s[0].id]
  }
  service_connect_configuration {
    enabled = local.c
  }
}
resource "aws_appautoscaling_target" "t" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = local.c ? 4 : 2
  suspended_state {
    dynamic_scaling_in_suspended  = local.c
    dynamic_scaling_out_suspended = local.c
    scheduled_scaling_suspended   = local.c
  }
  tags = local.tags
}
resource "aws_appautoscaling_target" "least" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.ports.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = local.c ? 1 : 0
  max_capacity       = 4
}
resource "aws_appautoscaling_policy" "steps" {
  name               = "steps"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.t.service_namespace
  resource_id        = aws_appautoscaling_target.t.resource_id
  scalable_dimension = aws_appautoscaling_target.t.scalable_dimension
  step_scaling_policy_configuration {
    adjustment_type          = local.c ? "PercentChangeInCapacity" : "ChangeInCapacity"
    cooldown                 = local.c ? 30 : 60
    metric_aggregation_type  = local.c ? "Maximum" : "Average"
    min_adjustment_magnitude = local.c ? 1 : null
    step_adjustment {
      metric_interval_lower_bound = local.c ? 1 : 0
      metric_interval_upper_bound = local.c ? 20 : 10
      scaling_adjustment          = local.c ? 20 : 1
    }
  }
}
resource "aws_appautoscaling_policy" "cpu" {
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.t.service_namespace
  resource_id        = aws_appautoscaling_target.t.resource_id
  scalable_dimension = aws_appautoscaling_target.t.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = local.c ? 60 : 50
    disable_scale_in   = local.c
    scale_in_cooldown  = local.c ? 30 : 60
    scale_out_cooldown = local.c ? 30 : 60
    predefined_metric_specification {
      predefined_metric_type = local.c ? "ECSServiceAverageMemoryUtilization" : "ECSServiceAverageCPUUtilization"
    }
  }
}
resource "aws_appautoscaling_policy" "own" {
  name               = "own"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.least.service_namespace
  resource_id        = aws_appautoscaling_target.least.resource_id
  scalable_dimension = aws_appautoscaling_target.least.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value = 50
    customized_metric_specification {
      metric_name = local.c ? "Two" : "One"
      namespace   = local.c ? "Second" : "First"
      statistic   = local.c ? "Maximum" : "Average"
      unit        = local.c ? "Count" : "Percent"
      dimensions {
        name  = local.c ? "Colour" : "Shape"
        value = local.c ? "red" : "round"
      }
    }
  }
}
resource "aws_appautoscaling_policy" "formula" {
  name               = "formula"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.least.service_namespace
  resource_id        = aws_appautoscaling_target.least.resource_id
  scalable_dimension = aws_appautoscaling_target.least.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value = 50
    customized_metric_specification {
      metrics {
        id          = local.c ? "n" : "m"
        return_data = false
        metric_stat {
          stat = local.c ? "Maximum" : "Sum"
          unit = local.c ? "Count" : "Percent"
          metric {
            metric_name = local.c ? "Two" : "One"
            namespace   = local.c ? "Second" : "First"
            dimensions {
              name  = local.c ? "Colour" : "Shape"
              value = local.c ? "red" : "round"
            }
          }
        }
      }
      metrics {
        id          = "e"
        expression  = local.c ? "n * 2" : "m"
        label       = local.c ? "two" : "one"
        return_data = true
      }
    }
  }
}
resource "aws_route53_health_check" "h" {
  count             = 2
  fqdn              = "changes${count.index}.test"
  type              = "TCP"
  port              = local.c ? 81 : 80
  request_interval  = 30
  failure_threshold = local.c ? 4 : 3
  tags              = local.tags
}
resource "aws_route53_record" "weighted" {
  zone_id         = aws_route53_zone.z.zone_id
  name            = "weighted"
  type            = "A"
  ttl             = 60
  records         = ["192.0.2.1"]
  set_identifier  = local.c ? "two" : "one"
  health_check_id = aws_route53_health_check.h[local.c ? 1 : 0].id
  weighted_routing_policy {
    weight = local.c ? 20 : 10
  }
}
resource "aws_route53_record" "near" {
  zone_id        = aws_route53_zone.z.zone_id
  name           = "near"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.1"]
  set_identifier = "one"
  latency_routing_policy {
    region = local.c ? "eu-west-1" : "us-west-2"
  }
}
resource "aws_route53_record" "spare" {
  zone_id         = aws_route53_zone.z.zone_id
  name            = "spare"
  type            = "A"
  ttl             = 60
  records         = ["192.0.2.1"]
  set_identifier  = "one"
  health_check_id = aws_route53_health_check.h[0].id
  failover_routing_policy {
    type = local.c ? "SECONDARY" : "PRIMARY"
  }
}
resource "aws_route53_record" "land" {
  zone_id        = aws_route53_zone.z.zone_id
  name           = "land"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.1"]
  set_identifier = "one"
  geolocation_routing_policy {
    country     = local.c ? "US" : "DE"
    subdivision = local.c ? "CA" : null
  }
}
resource "aws_route53_record" "continent" {
  zone_id        = aws_route53_zone.z.zone_id
  name           = "continent"
  type           = "A"
  ttl            = 60
  records        = ["192.0.2.1"]
  set_identifier = "one"
  geolocation_routing_policy {
    continent = local.c ? "EU" : "NA"
  }
}
resource "aws_ecs_task_definition" "machine" {
  family                   = "machine"
  requires_compatibilities = ["EC2"]
  network_mode             = "awsvpc"
  container_definitions    = jsonencode([{ name = "web", image = "web:1", memory = 64 }])
}
resource "aws_ecs_service" "placed" {
  name            = "placed"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.machine.arn
  desired_count   = 0
  launch_type     = "EC2"
  network_configuration {
    subnets = [aws_subnet.s[0].id]
  }
  ordered_placement_strategy {
    type  = local.c ? "binpack" : "spread"
    field = local.c ? "memory" : "instanceId"
  }
  placement_constraints {
    type       = local.c ? "memberOf" : "distinctInstance"
    expression = local.c ? "attribute:ecs.availability-zone in [us-west-2a]" : null
  }
}
