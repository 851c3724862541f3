resource "aws_ecs_cluster" "main" {
  name = "main"
}

resource "aws_cloudwatch_log_group" "app" {
  name = "/app"
}

resource "aws_iam_role" "execution" {
  name               = "execution"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}

locals {
  image = "000000000000.dkr.ecr.us-west-2.amazonaws.com/web:v1"
  logs = {
    logDriver = "awslogs"
    options   = { "awslogs-group" = aws_cloudwatch_log_group.app.name, "awslogs-region" = "us-west-2", "awslogs-stream-prefix" = "web" }
  }
}

resource "aws_ecs_task_definition" "prod" {
  family                   = "prod"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([
    {
      name             = "web"
      image            = local.image
      portMappings     = [{ containerPort = 8080 }]
      environment      = [{ name = "NAME", value = "prod" }, { name = "PORT", value = "8080" }]
      logConfiguration = local.logs
    },
  ])
}

resource "aws_ecs_task_definition" "staging" {
  family                   = "staging"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode([
    {
      name             = "web"
      image            = local.image
      portMappings     = [{ containerPort = 8080 }]
      environment      = [{ name = "NAME", value = "staging" }, { name = "PORT", value = "8080" }]
      logConfiguration = local.logs
    },
    # A helper that ends, and may.
    { name = "helper", image = local.image, essential = false, entryPoint = ["/bin/web", "-print"], command = ["done"] },
  ])
}

resource "aws_ecs_service" "prod" {
  name                              = "prod"
  cluster                           = aws_ecs_cluster.main.id
  task_definition                   = aws_ecs_task_definition.prod.arn
  desired_count                     = 2
  launch_type                       = "FARGATE"
  health_check_grace_period_seconds = 30

  network_configuration {
    subnets         = [for s in aws_subnet.private : s.id]
    security_groups = [aws_security_group.task.id]
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.prod.arn
    container_name   = "web"
    container_port   = 8080
  }

  depends_on = [aws_lb_listener.https]
}

resource "aws_ecs_service" "staging" {
  name                              = "staging"
  cluster                           = aws_ecs_cluster.main.id
  task_definition                   = aws_ecs_task_definition.staging.arn
  desired_count                     = 2
  launch_type                       = "FARGATE"
  health_check_grace_period_seconds = 30

  network_configuration {
    subnets         = [for s in aws_subnet.private : s.id]
    security_groups = [aws_security_group.task.id]
    # Without effect behind a NAT gateway.
    assign_public_ip = true
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.staging.arn
    container_name   = "web"
    container_port   = 8080
  }

  depends_on = [aws_lb_listener_rule.staging]
}
