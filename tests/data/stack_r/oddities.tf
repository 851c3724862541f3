# What looks wrong and works: `why` has nothing to say about it. (Also: one NAT gateway for three zones, and http that is
# answered with 301.)

# A route table that no subnet uses.
resource "aws_route_table" "unused" {
  vpc_id = aws_vpc.main.id
}

# A target group that no service and no listener uses.
resource "aws_lb_target_group" "unused" {
  name        = "unused"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.main.id
}

# A service that is switched off, without a load balancer.
resource "aws_ecs_service" "off" {
  name            = "off"
  cluster         = aws_ecs_cluster.main.id
  task_definition = aws_ecs_task_definition.prod.arn
  desired_count   = 0
  launch_type     = "FARGATE"

  network_configuration {
    subnets         = [for s in aws_subnet.private : s.id]
    security_groups = [aws_security_group.task.id]
  }
}
