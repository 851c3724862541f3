"""Service Connect: tasks of a namespace reach each other's ports by name, through our engine and the real provider."""
import json
import pathlib
import shutil
import subprocess

import pytest

from conftest import session_of_today, wait_until
from test_fargate import image  # noqa: F401 (a fixture)
from test_network_terraform import Ours
from test_terraform import Root, plugins

STACK = '''
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "us-west-2"
}
variable "port" {
  default = 80
}
resource "aws_vpc" "v" {
  cidr_block = "10.61.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.61.0.0/24"
}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route" "out" {
  route_table_id         = aws_vpc.v.main_route_table_id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.g.id
}
resource "aws_security_group" "tasks" {
  vpc_id = aws_vpc.v.id
  ingress {
    from_port = 8080
    to_port   = 8080
    protocol  = "tcp"
    self      = true
  }
  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
resource "aws_service_discovery_http_namespace" "inner" {
  name = "inner"
}
resource "aws_ecs_cluster" "c" {
  name = "main"
  service_connect_defaults {
    namespace = aws_service_discovery_http_namespace.inner.arn
  }
}
resource "aws_ecs_task_definition" "t" {
  for_each                 = toset(["api", "client"])
  family                   = each.key
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions = jsonencode([{
    name         = each.key
    image        = "docker.io/library/web:1"
    essential    = true
    environment  = [{ name = "PORT", value = "8080" }]
    portMappings = [{ name = "http", containerPort = 8080, protocol = "tcp", appProtocol = "http" }]
  }])
}
resource "aws_ecs_service" "api" {
  name            = "api"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t["api"].arn
  desired_count   = 2
  launch_type     = "FARGATE"
  network_configuration {
    subnets          = [aws_subnet.s.id]
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = true
  }
  depends_on = [aws_route.out]
  service_connect_configuration {
    enabled   = true
    namespace = aws_service_discovery_http_namespace.inner.arn
    log_configuration {
      log_driver = "awslogs"
      options    = { awslogs-group = "/connect", awslogs-region = "us-west-2", awslogs-stream-prefix = "proxy" }
    }
    service {
      port_name      = "http"
      discovery_name = "api"
      client_alias {
        dns_name = "api.inner"
        port     = var.port
      }
    }
  }
}
resource "aws_ecs_service" "client" {
  name                  = "client"
  cluster               = aws_ecs_cluster.c.id
  task_definition       = aws_ecs_task_definition.t["client"].arn
  desired_count         = 1
  launch_type           = "FARGATE"
  wait_for_steady_state = true
  network_configuration {
    subnets          = [aws_subnet.s.id]
    security_groups  = [aws_security_group.tasks.id]
    assign_public_ip = true
  }
  service_connect_configuration {
    enabled = true
  }
  depends_on = [aws_ecs_service.api]
}
'''


class Inner:
    """The stack while it stands, seen from the client's task."""

    def __init__(self, daemon):
        self.daemon, self.ecs = daemon, daemon.client("ecs", session=session_of_today())

    def tasks(self, service):
        arns = self.ecs.list_tasks(cluster="main", serviceName=service)["taskArns"]
        return [t for t in self.ecs.describe_tasks(cluster="main", tasks=arns)["tasks"] if t["lastStatus"] == "RUNNING"] if arns else []

    def client_pid(self):
        identity = self.tasks("client")[0]["taskArn"].rsplit("/", 1)[1]
        return next(c["pid"] for c in self.daemon.containers() if c["id"].startswith(identity))

    def ask(self, port=80):
        """Which task answers, or how curl ended; None while there is no client."""
        if not self.tasks("client"):
            return None
        words = ["nsenter", "-t", str(self.client_pid()), "-n", "curl", "-sS", "-m", "5", "-H", "Accept: application/json", f"http://127.255.0.1:{port}/"]
        done = subprocess.run(words, capture_output=True, text=True)
        return json.loads(done.stdout)["task"] if done.returncode == 0 else done.returncode

    def hosts(self):
        return pathlib.Path(f"/proc/{self.client_pid()}/root/etc/hosts").read_text().splitlines()

    def ids(self, service="api"):
        return {t["taskArn"].rsplit("/", 1)[1] for t in self.tasks(service)}


@pytest.mark.parametrize("engine", ["ours", "provider"])
def test_a_task_reaches_the_services_of_its_namespace_by_name(own, tmp_path, image, engine):  # noqa: F811
    if engine == "provider" and (not shutil.which("terraform") or not plugins()):
        pytest.skip("terraform or its AWS provider is not installed")
    own.run("image", "push", image, "docker.io/library/web:1")
    (tmp_path / "main.tf").write_text(STACK)
    root = (Root if engine == "provider" else Ours)(own, tmp_path)
    root.init()
    root.apply()
    inner = Inner(own)
    wait_until(lambda: len(inner.ids()) == 2, "both tasks of api run")
    assert "127.255.0.1 api.inner" in inner.hosts()
    wait_until(lambda: {inner.ask() for _ in range(4)} == inner.ids(), "each task answers in turn")
    cloud_map = own.client("servicediscovery")
    resources = inner.ecs.describe_services(cluster="main", services=["api"])["services"][0]["deployments"][0]["serviceConnectResources"]
    assert [r["discoveryName"] for r in resources] == ["api"]
    found = cloud_map.list_instances(ServiceId=resources[0]["discoveryArn"].rsplit("/", 1)[1])["Instances"]
    assert {i["Attributes"]["AWS_INSTANCE_PORT"] for i in found} == {"8080"} and {i["Id"] for i in found} == inner.ids()

    inner.ecs.update_service(cluster="main", service="api", desiredCount=0)
    wait_until(lambda: not inner.ids(), "no task of api runs")
    wait_until(lambda: inner.ask() == 7, "connections are refused while nobody is there")
    inner.ecs.update_service(cluster="main", service="api", desiredCount=2)
    wait_until(lambda: {inner.ask() for _ in range(4)} == inner.ids() and len(inner.ids()) == 2, "the new tasks answer under the old name")

    own.kill()
    own.start()
    wait_until(lambda: inner.ask() in inner.ids(), "the name works after the daemon was killed")

    root.apply("-var", "port=81")
    wait_until(lambda: inner.ask() == 7, "a task knows the endpoints of its start: the old port leads nowhere")
    inner.ecs.update_service(cluster="main", service="client", forceNewDeployment=True)
    wait_until(lambda: len(inner.ids("client")) == 1 and inner.ask(81) in inner.ids(), "a new task finds the new port", 40)

    root.run("destroy", "-auto-approve", "-var", "port=81")
    assert cloud_map.list_services()["Services"] == [] and cloud_map.list_namespaces()["Namespaces"] == []
