# Types of scaling, alarms, images, logs and identities: each argument that can change in place changes with `changed`.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-west-2"
  skip_metadata_api_check = true
  default_tags {
    tags = { Stack = "types" }
  }
}
variable "changed" {
  type    = bool
  default = false
}
locals {
  tags  = var.changed ? { Name = "b", More = "x" } : { Name = "a" }
  trust = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
  read  = jsonencode({ Version = "2012-10-17", Statement = [{ Action = [var.changed ? "s3:ListBucket" : "s3:GetObject"], Effect = "Allow", Resource = ["*"] }] })
}

resource "aws_appautoscaling_target" "web" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s["web"].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = var.changed ? 8 : 4
  tags               = local.tags
}
resource "aws_appautoscaling_target" "api" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s["api"].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = 2
  suspended_state {
    dynamic_scaling_in_suspended = var.changed
    scheduled_scaling_suspended  = true
  }
}
resource "aws_appautoscaling_policy" "cpu" {
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.web.service_namespace
  resource_id        = aws_appautoscaling_target.web.resource_id
  scalable_dimension = aws_appautoscaling_target.web.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value       = var.changed ? 60.1 : 50
    disable_scale_in   = var.changed
    scale_in_cooldown  = var.changed ? 0 : 300
    scale_out_cooldown = var.changed ? null : 60
    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = var.changed ? "app/lb/1/targetgroup/b/2" : "app/lb/1/targetgroup/a/2"
    }
  }
}
resource "aws_appautoscaling_policy" "custom" {
  name               = "custom"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "ecs"
  resource_id        = aws_appautoscaling_target.web.resource_id
  scalable_dimension = "ecs:service:DesiredCount"
  target_tracking_scaling_policy_configuration {
    target_value = 5
    customized_metric_specification {
      metric_name = "depth"
      namespace   = "app"
      statistic   = var.changed ? "Maximum" : "Average"
      unit        = var.changed ? "Count" : null
      dimensions {
        name  = "queue"
        value = var.changed ? "b" : "a"
      }
      dimensions {
        name  = "stage"
        value = "prod"
      }
    }
  }
}
resource "aws_appautoscaling_policy" "steps" {
  name               = "steps"
  service_namespace  = "ecs"
  resource_id        = aws_appautoscaling_target.web.resource_id
  scalable_dimension = "ecs:service:DesiredCount"
  step_scaling_policy_configuration {
    adjustment_type          = var.changed ? "PercentChangeInCapacity" : "ChangeInCapacity"
    cooldown                 = var.changed ? 30 : 60
    metric_aggregation_type  = "Average"
    min_adjustment_magnitude = var.changed ? 2 : null
    step_adjustment {
      metric_interval_lower_bound = 0
      metric_interval_upper_bound = 10
      scaling_adjustment          = var.changed ? 20 : 1
    }
    step_adjustment {
      metric_interval_lower_bound = 10
      scaling_adjustment          = 3
    }
  }
}
resource "aws_appautoscaling_scheduled_action" "night" {
  name               = "night"
  service_namespace  = "ecs"
  resource_id        = aws_appautoscaling_target.web.resource_id
  scalable_dimension = "ecs:service:DesiredCount"
  schedule           = var.changed ? "cron(0 21 * * ? *)" : "cron(0 22 * * ? *)"
  timezone           = var.changed ? "Europe/Berlin" : null
  start_time         = var.changed ? null : "2031-01-01T01:00:00+01:00"
  end_time           = var.changed ? "2033-01-01T00:00:00Z" : "2032-01-01T00:00:00Z"
  scalable_target_action {
    min_capacity = var.changed ? null : 0
    max_capacity = var.changed ? 3 : 2
  }
}

resource "aws_cloudwatch_metric_alarm" "busy" {
  alarm_name                = "busy"
  alarm_description         = var.changed ? "two" : "one"
  actions_enabled           = !var.changed
  comparison_operator       = var.changed ? "GreaterThanOrEqualToThreshold" : "GreaterThanThreshold"
  evaluation_periods        = var.changed ? 3 : 2
  datapoints_to_alarm       = var.changed ? 2 : null
  metric_name               = "CPUUtilization"
  namespace                 = "AWS/ECS"
  period                    = var.changed ? 120 : 60
  statistic                 = var.changed ? "Maximum" : "Average"
  threshold                 = var.changed ? 0 : 80.5
  unit                      = var.changed ? "Percent" : null
  treat_missing_data        = var.changed ? "notBreaching" : null
  alarm_actions             = [aws_appautoscaling_policy.steps.arn]
  ok_actions                = var.changed ? ["arn:aws:sns:us-west-2:000000000000:ops"] : []
  insufficient_data_actions = var.changed ? [] : ["arn:aws:sns:us-west-2:000000000000:ops"]
  dimensions                = var.changed ? { ClusterName = "c", ServiceName = "web" } : { ClusterName = "c" }
  tags                      = local.tags
}
resource "aws_cloudwatch_metric_alarm" "share" {
  alarm_name          = "share"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  threshold           = 10
  metric_query {
    id          = "e"
    expression  = var.changed ? "b / a" : "b / a * 100"
    label       = "share of errors"
    return_data = true
  }
  dynamic "metric_query" {
    for_each = { a = "RequestCount", b = "HTTPCode_ELB_5XX_Count" }
    content {
      id = metric_query.key
      metric {
        metric_name = metric_query.value
        namespace   = "AWS/ApplicationELB"
        period      = var.changed ? 60 : 120
        stat        = "Sum"
        unit        = "Count"
        dimensions  = { LoadBalancer = "app/web" }
      }
    }
  }
}

resource "aws_ecr_repository" "r" {
  name = "team/web"
  tags = local.tags
}
resource "aws_ecr_lifecycle_policy" "p" {
  repository = aws_ecr_repository.r.name
  policy     = data.aws_ecr_lifecycle_policy_document.few.json
}
resource "aws_ecr_repository_policy" "p" {
  repository = aws_ecr_repository.r.name
  policy = jsonencode({ Version = "2008-10-17", Statement = [{ Sid = var.changed ? "b" : "a", Effect = "Allow", Principal = "*",
  Action = ["ecr:BatchGetImage"] }] })
}
data "aws_ecr_lifecycle_policy_document" "few" {
  rule {
    priority    = 1
    description = "few"
    selection {
      tag_status   = "any"
      count_type   = "imageCountMoreThan"
      count_number = 10
    }
    action {
      type = "expire"
    }
  }
}

resource "aws_cloudwatch_log_group" "l" {
  name              = "/ecs/web"
  retention_in_days = 14
  tags              = local.tags
}
resource "aws_cloudwatch_log_stream" "s" {
  count          = 2
  name           = "stream${count.index}"
  log_group_name = aws_cloudwatch_log_group.l.name
}

resource "aws_iam_role" "scaling" {
  name                 = "scaling"
  assume_role_policy   = local.trust
  permissions_boundary = var.changed ? aws_iam_policy.p.arn : null
}
resource "aws_iam_role_policy" "p" {
  name   = "own"
  role   = aws_iam_role.scaling.id
  policy = local.read
}
resource "aws_iam_policy" "p" {
  name   = "read"
  policy = local.read
  tags   = local.tags
}
resource "aws_iam_instance_profile" "p" {
  name = "profile"
  role = var.changed ? aws_iam_role.other.name : aws_iam_role.scaling.name
  tags = local.tags
}
resource "aws_iam_role" "other" {
  name_prefix        = "other-"
  assume_role_policy = local.trust
}
resource "aws_iam_role_policy_attachment" "r" {
  role       = aws_iam_role.other.name
  policy_arn = aws_iam_policy.p.arn
}
resource "aws_iam_user" "u" {
  name = "someone"
  path = var.changed ? "/people/" : "/"
  tags = local.tags
}
resource "aws_iam_user" "renamed" {
  name                 = var.changed ? "after" : "before"
  permissions_boundary = "arn:aws:iam::aws:policy/AdministratorAccess"
  force_destroy        = true
}
resource "aws_iam_access_key" "k" {
  user   = aws_iam_user.u.name
  status = var.changed ? "Inactive" : "Active"
}
resource "aws_iam_user_policy" "p" {
  name_prefix = "own-"
  user        = aws_iam_user.u.name
  policy      = local.read
}
resource "aws_iam_user_policy_attachment" "p" {
  user       = aws_iam_user.u.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
}
resource "aws_iam_group" "g" {
  name = var.changed ? "team" : "people"
  path = var.changed ? "/b/" : "/a/"
}
resource "aws_iam_group" "fixed" {
  name = "fixed"
}
resource "aws_iam_group_policy" "p" {
  name   = "own"
  group  = aws_iam_group.fixed.name
  policy = local.read
}
resource "aws_iam_group_policy_attachment" "p" {
  group      = aws_iam_group.fixed.name
  policy_arn = aws_iam_policy.p.arn
}
resource "aws_iam_group_membership" "m" {
  name  = "m"
  group = aws_iam_group.fixed.name
  users = var.changed ? [aws_iam_user.u.name, aws_iam_user.second.name] : [aws_iam_user.u.name]
}
resource "aws_iam_user" "second" {
  name = "second"
}
resource "aws_iam_group" "more" {
  count = 2
  name  = "more${count.index}"
}
resource "aws_iam_user_group_membership" "m" {
  user   = aws_iam_user.second.name
  groups = var.changed ? [aws_iam_group.more[1].name] : aws_iam_group.more[*].name
}
resource "aws_iam_policy" "shared" {
  name   = "shared"
  policy = local.trust == "" ? "" : jsonencode({ Version = "2012-10-17", Statement = [{ Action = "ecs:*", Effect = "Allow", Resource = "*" }] })
}
resource "aws_iam_policy_attachment" "shared" {
  name       = "everyone"
  policy_arn = aws_iam_policy.shared.arn
  users      = var.changed ? [] : [aws_iam_user.u.name]
  roles      = [aws_iam_role.scaling.name]
  groups     = var.changed ? [aws_iam_group.fixed.name] : null
}
