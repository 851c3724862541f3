"""Wrong input that must be held up: each time a message that names the thing, the value found and the value wanted."""
import datetime
import fcntl
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
from unittest import mock

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from conftest import PROGRAM, REGION, ROOT, Daemon, a_daemon, own_vpcs, wait_until
from test_fargate import image  # noqa: F401 (a fixture)

HOST = "000000000000.dkr.ecr.us-west-2.amazonaws.com"
EXAMPLE = ROOT / "examples/matabit"


class Root:
    """A folder of .tf files and the commands on it."""

    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, text, name="main.tf"):
        (self.folder / name).write_text(text)
        return self

    def run(self, verb, *words):
        return self.daemon.run("--chdir", self.folder, verb, *words, check=False)

    def apply(self, *words):
        return self.run("apply", "-auto-approve", *words)

    def must_apply(self, *words):
        done = self.apply(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def must_destroy(self):
        done = self.run("destroy", "-auto-approve")
        assert done.returncode == 0, done.stdout + done.stderr

    def must_fail(self, verb, *wanted):
        done = self.run(verb, *(["-auto-approve"] if verb == "apply" else []))
        assert done.returncode == 1, done.stdout + done.stderr
        for text in wanted:
            assert text in done.stderr, done.stderr
        return done


@pytest.fixture(scope="module")
def daemon(image):  # noqa: F811
    with a_daemon() as made:
        made.run("image", "push", image, "web:v1")
        yield made


@pytest.fixture
def root(daemon, tmp_path):
    made = Root(daemon, tmp_path / "root")
    yield made
    if (made.folder / "main.tf").exists() and made.run("plan").returncode == 0:
        made.must_destroy()


# ---- the language: nothing is asked of anybody, the place is told to the column

LANGUAGE = {
    "a resource type that is not there": ('resource "aws_vcp" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n',
                                          ['on main.tf line 1, column 10, in resource "aws_vcp" "main":', '   1: resource "aws_vcp" "main" {', 'does not support resource type "aws_vcp". Did you mean "aws_vpc"?']),
    "a data source that is not there": ('data "aws_ami" "a" {}\n', ["line 1, column 6", "   1: data \"aws_ami\" \"a\" {}", 'does not support data source "aws_ami"']),
    "an attribute that is not there": ('resource "aws_vpc" "main" {\n  cidr_blok = "10.0.0.0/16"\n}\n', ["line 2, column 3", "   2:   cidr_blok =", '"cidr_blok" is not expected here', 'Did you mean "cidr_block"?']),
    "an attribute that is missing": ('resource "aws_subnet" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n', ["line 3, column 1, in resource \"aws_subnet\" \"main\":", "   3: }", 'The argument "vpc_id" is required']),
    "a value of another type": ('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n  enable_dns_hostnames = "maybe"\n}\n', ["line 3, column 26", '   3:   enable_dns_hostnames = "maybe"', "bool"]),
    "a function that is not there": ('output "o" {\n  value = uper("a")\n}\n', ["line 2, column 11", '   2:   value = uper("a")', 'no function named "uper"', 'Did you mean "upper"?']),
    "a function's argument": ('output "o" {\n  value = cidrsubnet("10.0.0.0/16", 20, 0)\n}\n', ["line 2, column 11", "cidrsubnet", "to extend prefix of 16 by 20"]),
    "a reference to nothing": ('output "o" {\n  value = aws_vpc.main.id\n}\n', ["line 2, column 11", "   2:   value = aws_vpc.main.id", '"aws_vpc" "main" has not been declared']),
    "a variable that is not there": ('output "o" {\n  value = var.nam\n}\nvariable "name" {\n  default = 1\n}\n', ["line 2, column 11", '"nam"', 'Did you mean "var.name"?']),
    "a member that is not there": ('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\noutput "o" {\n  value = aws_vpc.main.idd\n}\n', ["line 5, column", "   5:   value = aws_vpc.main.idd", '"idd"']),
    "a cycle": ('resource "aws_security_group" "a" {\n  name = aws_security_group.b.name\n}\nresource "aws_security_group" "b" {\n  name = aws_security_group.a.name\n}\n', ["Cycle: ", "on main.tf line ", "aws_security_group.a on main.tf line 1, column 1", "aws_security_group.b on main.tf line 4, column 1"]),
    "a string without its end": ('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16\n}\n', ["line 2, column", '   2:   cidr_block = "10.0.0.0/16']),
    "a block without its end": ('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n', ["main.tf line 1", "column"]),
    "an expression without its end": ('output "o" {\n  value = (1 + \n}\n', ["main.tf line ", "column"]),
    "a name twice": ('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\nresource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/16"\n}\n', ["line 4, column 1", "main.tf:1"]),
    "a variable without value": ('variable "name" {}\n', ["line 1, column 1", 'variable "name"']),
    "a backend that is not there": ('terraform {\n  backend "gcs" {}\n}\n', ["line 2, column 11", '"gcs" is not supported', '"local", "s3" and "http"']),
    "an address range that is none": ('resource "aws_vpc" "main" {\n  cidr_block = "10.0.0/16"\n}\n', ["main.tf line 2, column 16", "expected cidr_block to be an IPv4 block like 10.0.0.0/16, got \"10.0.0/16\""]),
}


@pytest.mark.parametrize("name", LANGUAGE)
def test_the_language(root, name):
    text, wanted = LANGUAGE[name]
    done = root.write(text).must_fail("plan", *wanted)
    assert "Error: " in done.stderr and "Plan:" not in done.stdout


# Errors of the old dialect are of the same kind: the example's own files, with one line changed.
EXAMPLE_FAULTS = {
    "a resource type": ("vpc", "network.tf", 'resource "aws_vpc"', 'resource "aws_vpcs"', ["on network.tf line 1, column 10", '"aws_vpcs"', 'Did you mean "aws_vpc"?']),
    "an attribute": ("vpc", "network.tf", "enable_dns_hostnames", "enable_dns_hostname", ["on network.tf line 3, column 3", 'Did you mean "enable_dns_hostnames"?']),
    "a function": ("vpc", "network.tf", "${element(var.public_subnet_cidrs, 0)}", "${elemen(var.public_subnet_cidrs, 0)}", ["on network.tf line ", "column", '"elemen"', 'Did you mean "element"?']),
    "a reference": ("vpc", "network.tf", "${aws_vpc.default.id}", "${aws_vpc.defaul.id}", ["on network.tf line ", '"aws_vpc" "defaul"']),
    "a brace": ("vpc", "nat.tf", "vpc = true\n  tags {", "vpc = true\n  tags [", ["on nat.tf line 4", "tags ["]),
    "a file": ("ecs", "cluster.tf", "task-definitions/prod.json", "task-definitions/prd.json", ["on cluster.tf line ", "task-definitions/prd.json"]),
}


@pytest.mark.parametrize("name", EXAMPLE_FAULTS)
def test_the_example_with_one_word_changed(daemon, tmp_path, name):
    which, file, old, new, wanted = EXAMPLE_FAULTS[name]
    shutil.copytree(EXAMPLE, tmp_path / "matabit")
    path = tmp_path / "matabit" / which / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    done = daemon.run("up", tmp_path / "matabit" / which, check=False)
    assert done.returncode == 1
    for text in wanted:
        assert text in done.stderr, done.stderr
    assert own_vpcs(daemon.client("ec2")) == []


# ---- what the services refuse, in AWS's words, at the block that asked for it

BASE = '''
variable "cpu" { default = 256 }
resource "aws_vpc" "v" { cidr_block = "10.50.0.0/16" }
resource "aws_internet_gateway" "i" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, count.index)
  availability_zone = ["us-west-2a", "us-west-2b"][count.index]
}
resource "aws_lb" "lb" {
  name       = "refused"
  subnets    = aws_subnet.s[*].id
  depends_on = [aws_internet_gateway.i]
}
resource "aws_lb_target_group" "t" {
  name        = "refused"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 80
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
resource "aws_ecs_cluster" "c" { name = "refused" }
resource "aws_iam_role" "exec" {
  name               = "refused"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}
resource "aws_ecs_task_definition" "t" {
  family                   = "refused"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = 512
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions    = jsonencode([{ name = "web", image = "000000000000.dkr.ecr.us-west-2.amazonaws.com/web:v1", portMappings = [{ containerPort = 80 }] }])
}
'''

SERVICE = '''
resource "aws_ecs_service" "s" {
  name            = "refused"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets = aws_subnet.s[*].id
  }
  load_balancer {
    target_group_arn = %s
    container_name   = "%s"
    container_port   = %d
  }
  depends_on = [aws_lb_listener.l]
}
'''

OTHER_GROUP = '''
resource "aws_lb_target_group" "other" {
  name        = "other"
  port        = 80
  protocol    = "HTTP"
  target_type = "%s"
  vpc_id      = aws_vpc.v.id
}
'''

RULE = '''
resource "aws_lb_listener_rule" "%s" {
  listener_arn = aws_lb_listener.l.arn
  priority     = 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t.arn
  }
  condition {
    path_pattern { values = ["/%s"] }
  }
}
'''

INSTANCE_LISTENER = '''
resource "aws_lb_listener" "other" {
  load_balancer_arn = aws_lb.lb.arn
  port              = 81
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.other.arn
  }
}
'''

REFUSED = {
    "container_name": (SERVICE % ("aws_lb_target_group.t.arn", "wob", 80), "aws_ecs_service.s", ["InvalidParameterException", "The container wob does not exist in the task definition."]),
    "container_port": (SERVICE % ("aws_lb_target_group.t.arn", "web", 8080), "aws_ecs_service.s", ["InvalidParameterException", "The container web did not have a container port 8080 defined."]),
    "a target group of instances": (OTHER_GROUP % "instance" + INSTANCE_LISTENER + SERVICE % ("aws_lb_target_group.other.arn", "web", 80), "aws_ecs_service.s",
                                    ["has target type instance, which is incompatible with the awsvpc network mode specified in the task definition."]),
    "a target group without load balancer": (OTHER_GROUP % "ip" + SERVICE % ("aws_lb_target_group.other.arn", "web", 80), "aws_ecs_service.s", ["The target group with targetGroupArn arn:aws:elasticloadbalancing:", "targetgroup/other/", "does not have an associated load balancer."]),
    "a priority twice": (RULE % ("a", "a") + RULE % ("b", "b"), "aws_lb_listener_rule.", ["PriorityInUse", "Priority '10' is currently in use"]),
    "subnets that overlap": ('resource "aws_subnet" "x" {\n  vpc_id     = aws_vpc.v.id\n  cidr_block = "10.50.1.128/25"\n  depends_on = [aws_subnet.s]\n}\n', "aws_subnet.x", ["InvalidSubnet.Conflict", "The CIDR '10.50.1.128/25' conflicts with another subnet"]),
    "a subnet outside the VPC": ('resource "aws_subnet" "x" {\n  vpc_id     = aws_vpc.v.id\n  cidr_block = "10.51.1.0/24"\n}\n', "aws_subnet.x", ["InvalidSubnet.Range", "10.51.1.0/24"]),
    "a certificate that nobody has": ('data "aws_acm_certificate" "x" {\n  domain   = "nobody.test"\n  statuses = ["ISSUED"]\n}\n', "aws_acm_certificate.x", ["nobody.test"]),
}


@pytest.fixture(scope="module")
def refused(daemon, tmp_path_factory):
    made = Root(daemon, tmp_path_factory.mktemp("refused"))
    made.write(BASE).must_apply()
    yield made
    made.must_destroy()


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_in_aws_s_words_at_its_block(refused, name):
    text, address, wanted = REFUSED[name]
    refused.write(text, "more.tf")
    try:
        done = refused.must_fail("apply", *wanted)
        kind, name = address.split(".")
        assert re.search(rf'on more.tf line \d+, column \d+, in (resource|data) "{kind}" "{name}', done.stderr), done.stderr
    finally:
        (refused.folder / "more.tf").unlink()
        refused.must_apply()


def test_a_size_that_fargate_does_not_have(refused):
    done = refused.apply("-var", "cpu=300")
    assert done.returncode == 1
    assert "No Fargate configuration exists for given values" in done.stderr and "on main.tf line" in done.stderr and "aws_ecs_task_definition.t" in done.stderr
    refused.must_apply()


# ---- what is accepted and cannot work: one stack with one service for each fault

BROKEN = '''
variable "image" {}
variable "has_way_out" {
  type    = bool
  default = false
}
locals {
  sick = {
    lonely = {}
    closed = {}
    moved  = { port = "8080" }
    exits  = { command = ["-fail", "3"] }
    untold = { tag = "none" }
    hungry = { path = "/eat?mb=600" }
    lost   = { matcher = "204" }
  }
}
resource "aws_vpc" "v" { cidr_block = "10.60.0.0/16" }
resource "aws_internet_gateway" "i" { vpc_id = aws_vpc.v.id }
resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, count.index)
  availability_zone = ["us-west-2a", "us-west-2b"][count.index]
}
resource "aws_subnet" "private" {
  for_each          = toset(["usual", "lonely"])
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, each.key == "usual" ? 10 : 11)
  availability_zone = "us-west-2a"
}
resource "aws_route_table" "public" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.i.id
  }
}
resource "aws_route_table_association" "public" {
  count          = 2
  subnet_id      = aws_subnet.public[count.index].id
  route_table_id = aws_route_table.public.id
}
resource "aws_eip" "e" { domain = "vpc" }
resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.e.id
  subnet_id     = aws_subnet.public[0].id
  depends_on    = [aws_route_table_association.public]
}
resource "aws_route_table" "private" {
  for_each = aws_subnet.private
  vpc_id   = aws_vpc.v.id
}
resource "aws_route" "out" {
  for_each               = { for name, table in aws_route_table.private : name => table.id if name == "usual" || var.has_way_out }
  route_table_id         = each.value
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = aws_nat_gateway.n.id
}
resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private[each.key].id
}
resource "aws_security_group" "open" {
  name   = "open"
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 0
    to_port     = 65535
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
resource "aws_security_group" "closed" {
  name   = "closed"
  vpc_id = aws_vpc.v.id
  ingress {
    from_port   = 81
    to_port     = 81
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
resource "aws_lb" "lb" {
  name            = "broken"
  subnets         = aws_subnet.public[*].id
  security_groups = [aws_security_group.open.id]
  depends_on      = [aws_internet_gateway.i]
}
resource "aws_lb_target_group" "t" {
  for_each             = local.sick
  name                 = each.key
  port                 = 80
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = aws_vpc.v.id
  deregistration_delay = 0
  health_check {
    interval            = 5
    timeout             = 2
    healthy_threshold   = 2
    unhealthy_threshold = 2
    path                = lookup(each.value, "path", "/health")
    matcher             = lookup(each.value, "matcher", "200")
  }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.lb.arn
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
  for_each     = aws_lb_target_group.t
  listener_arn = aws_lb_listener.l.arn
  priority     = index(keys(local.sick), each.key) + 1
  action {
    type             = "forward"
    target_group_arn = each.value.arn
  }
  condition {
    path_pattern { values = ["/${each.key}"] }
  }
}
resource "aws_ecs_cluster" "c" { name = "broken" }
resource "aws_iam_role" "exec" {
  name               = "broken"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "sts:AssumeRole", Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}
resource "aws_ecs_task_definition" "t" {
  for_each                 = local.sick
  family                   = each.key
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.exec.arn
  container_definitions = jsonencode([merge({
    name         = "web"
    image        = "${var.image}:${lookup(each.value, "tag", "v1")}"
    portMappings = [{ containerPort = 80 }]
    environment  = [{ name = "PORT", value = lookup(each.value, "port", "80") }]
  }, lookup(each.value, "command", null) == null ? {} : { command = each.value.command })])
}
resource "aws_ecs_service" "s" {
  for_each        = local.sick
  name            = each.key
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t[each.key].arn
  desired_count   = 1
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = [aws_subnet.private[each.key == "lonely" ? "lonely" : "usual"].id]
    security_groups = [each.key == "closed" ? aws_security_group.closed.id : aws_security_group.open.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.t[each.key].arn
    container_name   = "web"
    container_port   = 80
  }
  depends_on = [aws_lb_listener_rule.r]
}
'''


class Broken(Root):
    def prepare(self):
        self.write(BROKEN).write(f'image = "{HOST}/web"\n', "terraform.tfvars")
        self.said = self.daemon.run("up", "--wait", "1", self.folder, check=False)
        self.ecs, self.elb = self.daemon.client("ecs"), self.daemon.client("elbv2")
        return self

    def tasks(self, service, status):
        arns = self.ecs.list_tasks(cluster="broken", serviceName=service, desiredStatus=status)["taskArns"]
        return self.ecs.describe_tasks(cluster="broken", tasks=arns)["tasks"] if arns else []

    def stopped(self, service, seconds=60):
        return wait_until(lambda: [t for t in self.tasks(service, "STOPPED") if t["lastStatus"] == "STOPPED"], f"a task of {service} stopped", seconds)[0]

    def health(self, service, reason, seconds=60):
        """The states that the service's targets go through, until one has this reason."""
        group = self.elb.describe_target_groups(Names=[service])["TargetGroups"][0]["TargetGroupArn"]
        seen = []

        def found():
            for target in self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
                if target["TargetHealth"] not in seen:
                    seen.append(target["TargetHealth"])
                if target["TargetHealth"].get("Reason") == reason and target["TargetHealth"]["State"] == "unhealthy":
                    return target["TargetHealth"]
            return None
        try:
            return wait_until(found, reason, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; seen {seen}; {self.events(service)}")

    def events(self, service):
        return [e["message"] for e in self.ecs.describe_services(cluster="broken", services=[service])["services"][0]["events"]]


@pytest.fixture(scope="module")
def broken(daemon, tmp_path_factory):
    made = Broken(daemon, tmp_path_factory.mktemp("broken")).prepare()
    yield made
    made.must_destroy()


def test_up_says_that_it_is_not_steady_and_why(broken):
    assert broken.said.returncode == 1, broken.said.stderr
    assert "error: not steady after 1 s" in broken.said.stderr
    assert 'aws_ecs_task_definition.t["untold"]' in broken.said.stderr and f"{broken.folder}/main.tf:" in broken.said.stderr, broken.said.stderr
    assert "more.tf" not in broken.said.stderr, f"what another root was refused, and does not want any more: {broken.said.stderr}"


def test_a_security_group_without_the_port(broken):
    assert broken.health("closed", "Target.Timeout") == {"State": "unhealthy", "Reason": "Target.Timeout", "Description": "Request timed out"}
    wait_until(lambda: any("is unhealthy in (target-group " in m and "due to (reason Request timed out)" in m for m in broken.events("closed")), "the service tells it")


def test_a_container_on_another_port(broken):
    assert broken.health("moved", "Target.FailedHealthChecks") == {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}


def test_an_answer_that_the_health_check_does_not_want(broken):
    assert broken.health("lost", "Target.ResponseCodeMismatch") == {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch", "Description": "Health checks failed with these codes: [200]"}


def test_an_image_tag_that_is_not_there(broken):
    task = broken.stopped("untold")
    assert task["stopCode"] == "TaskFailedToStart"
    assert re.fullmatch(rf"CannotPullContainerError: pull image manifest has been retried \d time\(s\): failed to resolve ref {HOST}/web:none: {HOST}/web:none: not found", task["stoppedReason"]), task["stoppedReason"]


def test_a_container_that_exits(broken):
    task = broken.stopped("exits")
    assert (task["stopCode"], task["stoppedReason"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", "Essential container in task exited", 3)
    wait_until(lambda: len(broken.events("exits")) > 1, "it is started again")


def test_a_container_over_its_memory(broken):
    task = broken.stopped("hungry")
    assert (task["containers"][0]["exitCode"], task["containers"][0]["reason"]) == (137, "OutOfMemoryError: Container killed due to memory usage")


def test_without_the_nat_route_tasks_stay_pending_then_stop_and_with_it_the_service_recovers(broken):
    task = broken.stopped("lonely")
    assert task["stopCode"] == "TaskFailedToStart"
    assert re.match(rf"CannotPullContainerError: pull image manifest has been retried \d time\(s\): failed to resolve ref {HOST}/web:v1: "
                    rf'failed to do request: Head "https://{HOST}/v2/web/manifests/v1": dial tcp [\d.]+:443: i/o timeout$', task["stoppedReason"]), task["stoppedReason"]
    seen = set()

    def is_pending():
        seen.update(t["lastStatus"] for t in broken.tasks("lonely", "RUNNING"))
        return "PENDING" in seen
    wait_until(is_pending, f"the next one is pending: {seen}", 60)
    assert "RUNNING" not in seen
    broken.must_apply("-var", "has_way_out=true")
    wait_until(lambda: [t["lastStatus"] for t in broken.tasks("lonely", "RUNNING")] == ["RUNNING"], "the service recovers by itself", 90)
    address = broken.daemon.status()["load_balancers"][0]["addresses"][0]
    wait_until(lambda: subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy", "*", f"http://{address}/lonely"], capture_output=True, text=True).stdout == "200", "its page is reached", 30)
    broken.must_apply()


# ---- state

LOCAL = 'terraform {\n  backend "local" {\n    path = "%s"\n  }\n}\nresource "aws_vpc" "v" {\n  cidr_block = "10.70.0.0/16"\n  tags       = { Name = "%s" }\n}\n'


@pytest.mark.parametrize("damage, says", [(lambda text: text[:len(text) // 2], "terraform.tfstate"), (lambda text: "garbage", "terraform.tfstate"), (lambda text: "", "terraform.tfstate"),
                                          (lambda text: json.dumps({"version": 9}), "9"), (lambda text: text.replace('"instances"', '"instance"'), '"instances"')], ids=["cut", "garbage", "empty", "version", "member"])
def test_a_damaged_state_is_named_and_left_alone(root, damage, says):
    path = root.folder / "terraform.tfstate"
    root.write(LOCAL % (path, "a")).must_apply()
    good = path.read_text()
    path.write_text(damage(good))
    for verb in ("plan", "apply"):
        done = root.must_fail(verb, str(path), says)
        assert path.read_text() == damage(good), done.stderr
    path.write_text(good)


def test_a_locked_state_names_its_holder(root):
    path = root.folder / "terraform.tfstate"
    root.write(LOCAL % (path, "a")).must_apply()
    with open(root.folder / ".terraform.tfstate.lock.info", "w+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(json.dumps({"ID": "0f3c", "Who": "ann@elsewhere", "Operation": "OperationTypeApply", "Path": str(path)}))
        lock.flush()
        root.must_fail("apply", "Error acquiring the state lock", str(path), "ann@elsewhere", "0f3c", "OperationTypeApply")
    root.must_apply()


# ---- the disk is full

@pytest.fixture
def tiny(tmp_path):
    """A file system of 1 MiB, and a way to fill it."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    file = os.open(folder / "ballast", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(file, b"\0" * 4096):
            pass
    except OSError:
        os.close(file)


def test_a_full_disk_under_the_state_loses_nothing(root, tiny):
    path = tiny / "terraform.tfstate"
    root.write(LOCAL % (path, "a")).must_apply()
    before = path.read_text()
    root.write(LOCAL % (path, "a") + 'resource "aws_vpc" "more" {\n  cidr_block = "10.71.0.0/16"\n}\n')
    fill(tiny)
    root.must_fail("apply", "writing the lock file", str(tiny), "No space left on device")
    os.truncate(tiny / "ballast", (tiny / "ballast").stat().st_size - 4096)  # room for the lock, none for a state
    root.must_fail("apply", "Failed to save state", str(path), "No space left on device")
    assert path.read_text() == before
    vpcs = lambda: sorted(v["CidrBlock"] for v in root.daemon.client("ec2").describe_vpcs()["Vpcs"] if v["CidrBlock"].startswith("10.7"))
    (tiny / "ballast").unlink()
    root.must_apply()
    assert vpcs() == ["10.70.0.0/16", "10.71.0.0/16"], "what was made without being written is found, not made again"
    root.must_destroy()
    assert vpcs() == []


def test_a_full_disk_under_the_store_refuses_writes_and_serves_reads(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    daemon = Daemon(folder / "data")
    try:
        daemon.start()
        ec2 = daemon.client("ec2")
        first = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
        fill(folder)
        refused = None
        for _ in range(2000):  # the log of the store may have room left in its last page
            try:
                ec2.create_tags(Resources=[first], Tags=[{"Key": "k" * 100, "Value": "v" * 200}, {"Key": "n", "Value": str(_)}])
            except Exception as error:  # noqa: BLE001
                refused = error
                break
        assert refused is not None and refused.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
        assert "store.db" in str(refused) and "full" in str(refused), refused
        assert own_vpcs(ec2) == [first]
        (folder / "ballast").unlink()
        second = ec2.create_vpc(CidrBlock="10.81.0.0/16")["Vpc"]["VpcId"]
        daemon.kill()
        daemon.start()
        assert set(own_vpcs(daemon.client("ec2"))) == {first, second}
    finally:
        (folder / "ballast").unlink(missing_ok=True)
        if daemon.process.poll() is not None:
            daemon.start()
        daemon.purge()
        subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_under_the_images(tmp_path, image):  # noqa: F811
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], check=True)
    daemon = Daemon(folder / "data")
    try:
        daemon.start()
        daemon.client("ecr").create_repository(repositoryName="web")
        fill(folder)
        done = daemon.run("image", "push", image, "web:v1", check=False)
        assert done.returncode == 1 and "No space left on device" in done.stderr and str(daemon.folder) in done.stderr, done.stderr
        (folder / "ballast").unlink()
        daemon.run("image", "push", image, "web:v1")
        assert len(daemon.client("ecr").describe_images(repositoryName="web")["imageDetails"]) == 1
    finally:
        (folder / "ballast").unlink(missing_ok=True)
        daemon.purge()
        subprocess.run(["umount", "-l", folder], check=True)


# ---- the daemon and the command line

def test_a_port_that_is_taken(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for verb in ("serve", "start"):
            done = subprocess.run([PROGRAM, "--data-dir", tmp_path / verb, verb, "--port", str(port)], capture_output=True, text=True, timeout=30)
            assert done.returncode == 1
            assert f"port {port} on 127.0.0.1 is already taken" in done.stderr and "--port" in done.stderr, done.stderr


def commands(*before):
    """Every command and subcommand that --help lists."""
    told = subprocess.run([PROGRAM, *before, "--help"], capture_output=True, text=True, check=True).stdout
    for name in re.findall(r"^  ([a-z-]+)  ", told.split("Subcommands:")[1], re.M) if "Subcommands:" in told else []:
        yield [*before, name]
        yield from commands(*before, name)


def test_every_command_has_help_with_an_example():
    listed = list(commands())
    assert len(listed) > 20 and ["state", "show"] in listed
    for command in listed:
        done = subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, ""), command
        assert re.search(r"Example:\n  .*landfall .*" + command[-1], done.stdout), f"{command}: {done.stdout}"


@pytest.mark.parametrize("words", [["nothing"], [], ["up"], ["up", "/does/not/exist"], ["plan", "--no-such-option"], ["serve", "--port", "99999"], ["image"], ["state"]], ids=" ".join)
def test_wrong_usage_ends_with_2_and_says_so_on_stderr(words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_a_misspelt_command_is_named_with_the_nearest():
    for words, near in ((["lgos"], '"logs"'), (["state", "lst"], '"list"')):
        done = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
        assert done.returncode == 2 and done.stdout == ""
        assert f'unknown command "{words[-1]}"; did you mean {near}?' in done.stderr


def test_without_a_daemon_a_command_says_how_to_start_one(tmp_path):
    for words in (["plan"], ["status"], ["down", str(EXAMPLE / "vpc")]):
        done = subprocess.run([PROGRAM, "--data-dir", tmp_path, *words], cwd=EXAMPLE / "vpc", capture_output=True, text=True)
        assert done.returncode == 1 and done.stdout == ""
        assert str(tmp_path) in done.stderr and "landfall --data-dir" in done.stderr


def test_an_archive_that_is_no_image(daemon, tmp_path):
    (tmp_path / "a.tar").write_bytes(b"nothing of the kind" * 100)
    for path in (tmp_path / "a.tar", tmp_path / "none.tar"):
        done = daemon.run("image", "push", path, "web:v2", check=False)
        assert done.returncode == 1 and str(path) in done.stderr


# ---- requests

def signed_with_a_clock_off_by(daemon, shift):
    class Skewed(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.utcnow() + shift
    key = daemon.key()
    request = AWSRequest("POST", f"http://127.0.0.1:{daemon.port}/", data="Action=GetCallerIdentity&Version=2011-06-15", headers={"Content-Type": "application/x-www-form-urlencoded"})
    with mock.patch.object(botocore.auth, "datetime", mock.Mock(datetime=Skewed)):
        botocore.auth.SigV4Auth(Credentials(key["access_key"], key["secret_key"]), "sts", REGION).add_auth(request)
    sent = request.prepare()
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=10)
    connection.request("POST", "/", sent.body, dict(sent.headers))
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_a_wrong_signature_an_old_one_and_a_large_body(daemon):
    with pytest.raises(ClientError) as wrong:
        daemon.client("sts", secret="x" * 40).get_caller_identity()
    assert wrong.value.response["Error"]["Code"] == "SignatureDoesNotMatch"
    for shift in (datetime.timedelta(minutes=-20), datetime.timedelta(minutes=20)):
        status, said = signed_with_a_clock_off_by(daemon, shift)
        assert status == 403 and "SignatureDoesNotMatch" in said and re.search(r"Signature (expired|not yet current): \d{8}T\d{6}Z is now .* 15 min\.", said), said
    assert signed_with_a_clock_off_by(daemon, datetime.timedelta(minutes=10))[0] == 200
    with pytest.raises(ClientError) as large:
        daemon.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="x" * (2 << 20))
    assert large.value.response["Error"]["Code"] == "RequestEntityTooLarge" and "1048576" in str(large.value)
