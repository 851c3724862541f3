# What data sources tell of things that this stack makes: the test looks at the output.
resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
}
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, count.index)
  availability_zone = ["us-west-2a", "us-west-2b"][count.index]
}
resource "aws_lb" "lb" {
  name     = "front"
  internal = true
  subnets  = aws_subnet.s[*].id
  tags     = { Role = "front" }
}
resource "aws_lb_target_group" "t" {
  name        = "web"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
  tags        = { Role = "web" }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
  tags = { Role = "web" }
}
resource "aws_ecs_task_definition" "t" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "web", image = "busybox:1.36", environment = [{ name = "A", value = "b" }], dockerLabels = { team = "x" } }])
}
resource "aws_ecs_service" "s" {
  for_each                      = toset(["web", "api"])
  name                          = each.key
  cluster                       = aws_ecs_cluster.c.id
  task_definition               = aws_ecs_task_definition.t.arn
  desired_count                 = 0
  availability_zone_rebalancing = "ENABLED"
  launch_type                   = "FARGATE"
  network_configuration {
    subnets = aws_subnet.s[*].id
  }
}
resource "aws_route53_zone" "public" {
  name = "example.test"
}
resource "aws_route53_zone" "private" {
  name = "example.test"
  tags = { Role = "inside" }
  vpc {
    vpc_id = aws_vpc.v.id
  }
}

data "aws_lb" "by_name" {
  name       = aws_lb.lb.name
  depends_on = [aws_lb.lb]
}
data "aws_alb" "by_tags" {
  tags       = { Role = "front" }
  depends_on = [aws_lb.lb]
}
data "aws_lbs" "all" {
  tags       = { Role = "front" }
  depends_on = [aws_lb.lb]
}
data "aws_lb_target_group" "t" {
  name       = aws_lb_target_group.t.name
  depends_on = [aws_lb_target_group.t]
}
data "aws_alb_target_group" "t" {
  arn = aws_lb_target_group.t.arn
}
data "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.lb.arn
  port              = aws_lb_listener.l.port
}
data "aws_alb_listener" "l" {
  arn = aws_lb_listener.l.arn
}
data "aws_ecs_cluster" "c" {
  cluster_name = aws_ecs_cluster.c.name
  depends_on   = [aws_ecs_cluster.c]
}
data "aws_ecs_service" "s" {
  service_name = aws_ecs_service.s["web"].name
  cluster_arn  = aws_ecs_cluster.c.arn
}
data "aws_ecs_task_definition" "t" {
  task_definition = aws_ecs_task_definition.t.family
  depends_on      = [aws_ecs_task_definition.t]
}
data "aws_ecs_container_definition" "web" {
  task_definition = aws_ecs_task_definition.t.arn
  container_name  = "web"
}
data "aws_route53_zone" "public" {
  name       = "example.test."
  depends_on = [aws_route53_zone.public, aws_route53_zone.private]
}
data "aws_route53_zone" "private" {
  name       = aws_route53_zone.private.name
  vpc_id     = aws_vpc.v.id
  depends_on = [aws_route53_zone.private]
}
data "aws_route53_zone" "by_tags" {
  name         = "example.test"
  private_zone = true
  tags         = { Role = "inside" }
  depends_on   = [aws_route53_zone.private]
}
data "aws_iam_role" "r" {
  name = aws_iam_role.other.name
}
data "aws_iam_user" "u" {
  user_name  = aws_iam_user.second.name
  depends_on = [aws_iam_user.second]
}
data "aws_iam_policy" "own" {
  arn = aws_iam_policy.shared.arn
}
data "aws_iam_group" "g" {
  group_name = aws_iam_group_membership.m.group
  depends_on = [aws_iam_group_membership.m]
}
data "aws_iam_instance_profile" "p" {
  name       = aws_iam_instance_profile.p.name
  depends_on = [aws_iam_instance_profile.p]
}
data "aws_ecr_repository" "r" {
  name       = aws_ecr_repository.r.name
  depends_on = [aws_ecr_repository.r]
}
data "aws_ecr_authorization_token" "t" {}
data "aws_canonical_user_id" "me" {}
data "aws_cloudwatch_log_group" "l" {
  name       = aws_cloudwatch_log_group.l.name
  depends_on = [aws_cloudwatch_log_group.l]
}
data "aws_cloudwatch_log_groups" "all" {
  log_group_name_prefix = "/ecs"
  depends_on            = [aws_cloudwatch_log_group.l]
}
data "aws_default_tags" "d" {}
data "aws_arn" "lb" {
  arn = aws_lb.lb.arn
}

output "same" {
  value = {
    lb       = [data.aws_lb.by_name.dns_name == aws_lb.lb.dns_name, data.aws_alb.by_tags.arn == aws_lb.lb.arn, one(data.aws_lbs.all.arns) == aws_lb.lb.arn, data.aws_lb.by_name.subnets == aws_lb.lb.subnets]
    group    = [data.aws_lb_target_group.t.arn == aws_lb_target_group.t.arn, data.aws_alb_target_group.t.health_check[0].path == aws_lb_target_group.t.health_check[0].path, data.aws_alb_target_group.t.tags.Role == "web"]
    listener = [data.aws_lb_listener.l.arn == aws_lb_listener.l.arn, data.aws_alb_listener.l.default_action[0].target_group_arn == aws_lb_target_group.t.arn, data.aws_alb_listener.l.port == 80]
    ecs      = [data.aws_ecs_cluster.c.arn == aws_ecs_cluster.c.arn, data.aws_ecs_cluster.c.tags.Role == "web", data.aws_ecs_service.s.task_definition == aws_ecs_task_definition.t.arn, data.aws_ecs_service.s.launch_type == "FARGATE"]
    task = [data.aws_ecs_task_definition.t.arn == aws_ecs_task_definition.t.arn, data.aws_ecs_task_definition.t.revision == aws_ecs_task_definition.t.revision, data.aws_ecs_task_definition.t.cpu == "256",
    jsondecode(data.aws_ecs_task_definition.t.container_definitions)[0].name == "web", data.aws_ecs_container_definition.web.environment.A == "b", data.aws_ecs_container_definition.web.image_digest == "1.36"]
    zones = [data.aws_route53_zone.public.zone_id == aws_route53_zone.public.zone_id, data.aws_route53_zone.private.zone_id == aws_route53_zone.private.zone_id, data.aws_route53_zone.by_tags.zone_id == aws_route53_zone.private.zone_id,
    length(data.aws_route53_zone.public.name_servers) == 4]
    iam = [data.aws_iam_role.r.arn == aws_iam_role.other.arn, data.aws_iam_user.u.user_id == aws_iam_user.second.unique_id, jsondecode(data.aws_iam_policy.own.policy).Statement[0].Action == "ecs:*", contains(data.aws_iam_group.g.users[*].user_name, "someone"), data.aws_iam_instance_profile.p.role_name == aws_iam_instance_profile.p.role]
    ecr = [data.aws_ecr_repository.r.repository_url == aws_ecr_repository.r.repository_url, data.aws_ecr_authorization_token.t.user_name == "AWS", startswith(aws_ecr_repository.r.repository_url, trimprefix(data.aws_ecr_authorization_token.t.proxy_endpoint, "https://"))]
    account = [length(data.aws_canonical_user_id.me.id) == 64, data.aws_cloudwatch_log_group.l.arn == aws_cloudwatch_log_group.l.arn, data.aws_cloudwatch_log_groups.all.arns == toset([aws_cloudwatch_log_group.l.arn]),
    data.aws_default_tags.d.tags.Stack == "types", data.aws_arn.lb.service == "elasticloadbalancing", startswith(data.aws_arn.lb.resource, "loadbalancer/")]
  }
}
