"""The real Terraform with the real AWS provider, where they are installed: apply, empty plan, destroy.

The provider is looked for in the folder that LANDFALL_TERRAFORM_PLUGINS names, and in Terraform's usual places.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import REGION

PLACES = [os.environ.get("LANDFALL_TERRAFORM_PLUGINS", ""), "~/.terraform.d/plugins", "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"]


def plugins():
    for place in PLACES:
        folder = pathlib.Path(place).expanduser()
        if place and list(folder.glob("registry.terraform.io/hashicorp/aws/*/*/terraform-provider-aws*")):
            return folder
    return None


pytestmark = pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")

STACK = '''
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-west-2"
  skip_metadata_api_check = true
}
resource "aws_vpc" "v" {
  cidr_block           = "10.0.0.0/16"
  enable_dns_hostnames = true
  tags                 = { Name = "main" }
}
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone = element(["us-west-2a", "us-west-2b"], count.index)
}
resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route_table" "r" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
}
resource "aws_route_table_association" "a" {
  count          = 2
  subnet_id      = aws_subnet.s[count.index].id
  route_table_id = aws_route_table.r.id
}
resource "aws_eip" "e" {
  domain = "vpc"
}
resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.e.id
  subnet_id     = aws_subnet.s[0].id
  depends_on    = [aws_route_table.r]
}
resource "aws_security_group" "g" {
  name   = "web"
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_security_group" "task" {
  name_prefix = "task"
  vpc_id      = aws_vpc.v.id
}
resource "aws_vpc_security_group_ingress_rule" "from_balancer" {
  security_group_id            = aws_security_group.task.id
  referenced_security_group_id = aws_security_group.g.id
  ip_protocol                  = "tcp"
  from_port                    = 8080
  to_port                      = 8080
}
resource "aws_lb" "lb" {
  name            = "front"
  subnets         = aws_subnet.s[*].id
  security_groups = [aws_security_group.g.id]
  depends_on      = [aws_internet_gateway.i]
}
resource "aws_lb_target_group" "t" {
  name        = "prod"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
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
resource "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener.l.arn
  priority     = 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
  condition {
    host_header {
      values = ["*.example.com"]
    }
  }
}
resource "aws_route53_zone" "z" {
  name = "example.test"
}
resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "www"
  type    = "A"
  alias {
    name                   = aws_lb.lb.dns_name
    zone_id                = aws_lb.lb.zone_id
    evaluate_target_health = true
  }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
}
resource "aws_cloudwatch_log_group" "l" {
  name              = "/ecs/web"
  retention_in_days = 14
}
resource "aws_ecr_repository" "r" {
  name = "web"
}
resource "aws_iam_role" "exec" {
  name               = "exec"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}
resource "aws_iam_role_policy_attachment" "exec" {
  role       = aws_iam_role.exec.name
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
}
resource "aws_ecs_task_definition" "t" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "web", image = "${aws_ecr_repository.r.repository_url}:1", portMappings = [{ containerPort = 80 }] }])
}
resource "aws_ecs_service" "s" {
  name            = "web"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 0
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = aws_subnet.s[*].id
    security_groups = [aws_security_group.task.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.t.arn
    container_name   = "web"
    container_port   = 80
  }
  depends_on = [aws_lb_listener.l]
}
'''


def test_a_stack_applies_plans_empty_and_is_destroyed(own, tmp_path):
    key = own.key()
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{own.port}", "AWS_REGION": REGION,
                   "AWS_ACCESS_KEY_ID": key["access_key"], "AWS_SECRET_ACCESS_KEY": key["secret_key"], "CHECKPOINT_DISABLE": "1"}
    (tmp_path / "main.tf").write_text(STACK)

    def terraform(*words):
        return subprocess.run(["terraform", *words, "-no-color", "-input=false"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    done = terraform("init", f"-plugin-dir={plugins()}")
    assert done.returncode == 0, done.stderr
    done = terraform("apply", "-auto-approve", "-parallelism=30")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    done = terraform("plan", "-detailed-exitcode")
    assert done.returncode == 0, done.stdout
    done = terraform("destroy", "-auto-approve", "-parallelism=30")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert own.client("ec2").describe_vpcs()["Vpcs"] == []
    assert own.client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
