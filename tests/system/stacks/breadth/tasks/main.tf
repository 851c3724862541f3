variable "changed" {
  default = false
}

resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = "10.0.${count.index}.0/24"
  availability_zone = "us-west-2${["a", "b"][count.index]}"
}

resource "aws_ecs_cluster" "c" {
  name = "breadth"
}

resource "aws_ecs_task_definition" "t" {
  family                   = "breadth"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "x" }])
}

resource "aws_ecs_task_definition" "placed" {
  family                   = "breadth-placed"
  network_mode             = "bridge"
  ipc_mode                 = "task"
  requires_compatibilities = ["EC2"]
  container_definitions    = jsonencode([{ name = "a", image = "x", memory = 64 }])
  placement_constraints {
    type       = "memberOf"
    expression = "attribute:ecs.os-type == linux"
  }
  volume {
    name      = "host"
    host_path = "/srv"
  }
  volume {
    name = "docker"
    docker_volume_configuration {
      scope         = "shared"
      autoprovision = true
      driver        = "local"
      labels        = { k = "v" }
    }
  }
}

resource "aws_ecs_service" "placed" {
  name            = "breadth-placed"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.placed.arn
  desired_count   = 0
  launch_type     = "EC2"

  availability_zone_rebalancing = "ENABLED"
  ordered_placement_strategy {
    type  = "spread"
    field = "attribute:ecs.availability-zone"
  }
  ordered_placement_strategy {
    type  = "binpack"
    field = "memory"
  }
  placement_constraints {
    type = "distinctInstance"
  }
}

resource "aws_ecs_service" "s" {
  name          = "breadth"
  cluster       = aws_ecs_cluster.c.id
  desired_count = 0
  deployment_controller {
    type = "EXTERNAL"
  }
}

resource "aws_ecs_task_set" "t" {
  service         = aws_ecs_service.s.id
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  external_id     = "one"
  launch_type     = "FARGATE"
  force_delete    = true
  network_configuration {
    subnets = [aws_subnet.s[0].id]
  }
  scale {
    value = var.changed ? 50 : 100
  }
  tags = {
    Name = var.changed ? "after" : "before"
  }
}

resource "aws_service_discovery_public_dns_namespace" "n" {
  name        = "tasks.breadth.test"
  description = var.changed ? "after" : "before"
}

resource "aws_service_discovery_service" "s" {
  name = "web"
  dns_config {
    namespace_id = aws_service_discovery_public_dns_namespace.n.id
    dns_records {
      type = "A"
      ttl  = 10
    }
  }
}

data "aws_service_discovery_service" "s" {
  name         = aws_service_discovery_service.s.name
  namespace_id = aws_service_discovery_public_dns_namespace.n.id
}

resource "aws_security_group" "g" {
  name   = "breadth"
  vpc_id = aws_vpc.v.id
}

resource "aws_lb" "l" {
  name            = "breadth"
  internal        = true
  subnets         = aws_subnet.s[*].id
  security_groups = [aws_security_group.g.id]
}

resource "aws_lb_target_group" "t" {
  name        = "breadth"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}

resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener.l.arn
  priority     = 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
  condition {
    host_header {
      values = ["a.test"]
    }
  }
  condition {
    query_string {
      key   = "k"
      value = "v"
    }
  }
  tags = {
    Name = "rule"
  }
}

data "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener_rule.r.listener_arn
  priority     = aws_lb_listener_rule.r.priority
}

data "aws_lb_listener_rule" "by_arn" {
  arn = aws_lb_listener_rule.r.arn
}

output "same" {
  value = {
    set     = [aws_ecs_task_set.t.id == "${aws_ecs_task_set.t.task_set_id},${aws_ecs_service.s.id},${aws_ecs_cluster.c.id}"]
    service = [data.aws_service_discovery_service.s.id == aws_service_discovery_service.s.id, data.aws_service_discovery_service.s.dns_config[0].dns_records[0].ttl == 10]
    rule    = [data.aws_lb_listener_rule.r.arn == aws_lb_listener_rule.r.arn, data.aws_lb_listener_rule.by_arn.priority == 10, data.aws_lb_listener_rule.r.action[0].type == "forward", one(data.aws_lb_listener_rule.r.action[0].forward.target_group).arn == aws_lb_target_group.t.arn, data.aws_lb_listener_rule.r.action[0].redirect == null]
    when    = [[for c in data.aws_lb_listener_rule.r.condition : c.host_header.values if c.host_header != null] == [toset(["a.test"])], [for c in data.aws_lb_listener_rule.r.condition : one(c.query_string.values).value if c.query_string != null] == ["v"]]
    tags    = [data.aws_lb_listener_rule.r.tags.Name == "rule"]
  }
}
