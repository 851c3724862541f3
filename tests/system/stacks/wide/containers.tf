resource "aws_ecs_cluster" "c" {
  name = "c"
  setting {
    name  = "containerInsights"
    value = "disabled"
  }
  tags = local.tags
}
resource "aws_ecs_cluster_capacity_providers" "p" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE"]
}
resource "aws_cloudwatch_log_group" "l" {
  name              = "/ecs/web"
  retention_in_days = var.changed ? 30 : 14
  tags              = local.tags
}
resource "aws_ecr_repository" "r" {
  name                 = "web"
  image_tag_mutability = var.changed ? "IMMUTABLE" : "MUTABLE"
  image_scanning_configuration {
    scan_on_push = var.changed
  }
  tags = local.tags
}
resource "aws_ecr_lifecycle_policy" "p" {
  repository = aws_ecr_repository.r.name
  policy = jsonencode({ rules = [{ rulePriority = 1, description = "few", action = { type = "expire" },
  selection = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = var.changed ? 5 : 10 } }] })
}
resource "aws_ecr_repository_policy" "p" {
  repository = aws_ecr_repository.r.name
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Sid = var.changed ? "b" : "a", Effect = "Allow", Principal = { AWS = data.aws_caller_identity.me.account_id },
  Action = ["ecr:BatchGetImage"] }] })
}
resource "aws_ecs_task_definition" "t" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "web", image = "${aws_ecr_repository.r.repository_url}:1", portMappings = [{ containerPort = 80 }] }])
  tags                     = local.tags
}
resource "aws_ecs_service" "s" {
  name                               = "web"
  cluster                            = aws_ecs_cluster.c.id
  task_definition                    = aws_ecs_task_definition.t.arn
  desired_count                      = 0
  launch_type                        = "FARGATE"
  deployment_minimum_healthy_percent = var.changed ? 50 : 100
  health_check_grace_period_seconds  = var.changed ? 10 : 0
  network_configuration {
    subnets         = aws_subnet.s[*].id
    security_groups = [aws_security_group.rules.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.service.arn
    container_name   = "web"
    container_port   = 80
  }
  tags       = local.tags
  depends_on = [aws_lb_listener.https]
}
resource "aws_appautoscaling_target" "t" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = 0
  max_capacity       = var.changed ? 4 : 2
}
resource "aws_appautoscaling_policy" "p" {
  name               = "cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.t.service_namespace
  resource_id        = aws_appautoscaling_target.t.resource_id
  scalable_dimension = aws_appautoscaling_target.t.scalable_dimension
  target_tracking_scaling_policy_configuration {
    target_value = var.changed ? 60 : 50
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
resource "aws_cloudwatch_metric_alarm" "a" {
  alarm_name          = "busy"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = var.changed ? 3 : 2
  metric_name         = "CPUUtilization"
  namespace           = "AWS/ECS"
  period              = 60
  statistic           = "Average"
  threshold           = 80
  dimensions          = { ClusterName = aws_ecs_cluster.c.name }
  tags                = local.tags
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "db"
  description             = var.changed ? "two" : "one"
  recovery_window_in_days = 0
  tags                    = local.tags
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = var.changed ? "two" : "one"
}
resource "aws_ssm_parameter" "p" {
  name        = "/app/level"
  type        = "String"
  value       = var.changed ? "debug" : "info"
  description = var.changed ? "two" : "one"
  tags        = local.tags
}
