"""The real Terraform with the real AWS provider, where they are installed: apply, empty plan, destroy.

The provider is looked for in the folder that LANDFALL_TERRAFORM_PLUGINS names, and in Terraform's usual places.
"""
import os
import pathlib
import shutil
import subprocess

import pytest

from conftest import PROGRAM, REGION, ROOT

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


class Root:
    """A root module in a folder of its own, and the terraform that works on it."""

    def __init__(self, daemon, folder):
        key = daemon.key()
        self.daemon, self.folder = daemon, folder
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{daemon.port}", "AWS_REGION": REGION,
                            "AWS_ACCESS_KEY_ID": key["access_key"], "AWS_SECRET_ACCESS_KEY": key["secret_key"], "CHECKPOINT_DISABLE": "1"}

    def start(self, *words):
        flags = [] if words[0] in ("workspace", "show") else ["-no-color", "-input=false"]
        return subprocess.Popen(["terraform", *words, *flags], cwd=self.folder, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *words, code=0):
        process = self.start(*words)
        said, _ = process.communicate(timeout=600)
        assert process.returncode == code, f"terraform {' '.join(words)} ended with {process.returncode}:\n{said[-6000:]}"
        return said

    def init(self, *words):
        return self.run("init", f"-plugin-dir={plugins()}", *words)

    def apply(self, *words):
        """An apply, after which nothing is left to change."""
        self.run("apply", "-auto-approve", "-parallelism=30", *words)
        self.run("plan", "-detailed-exitcode", "-parallelism=30", *words)


def nothing_is_left(daemon):
    assert [v for v in daemon.client("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]] == []
    assert daemon.client("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    assert daemon.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert daemon.client("iam").list_roles()["Roles"] == []
    assert daemon.client("s3").list_buckets()["Buckets"] == []


def test_a_stack_applies_plans_empty_and_is_destroyed(own, tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    root = Root(own, tmp_path)
    root.init()
    root.apply()
    root.run("destroy", "-auto-approve", "-parallelism=30")
    nothing_is_left(own)


def test_every_resource_applies_changes_in_place_and_is_destroyed(own, tmp_path):
    for file in (ROOT / "tests/system/stacks/wide").glob("*.tf"):
        shutil.copy(file, tmp_path)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=imported.test", "-addext", "subjectAltName=DNS:imported.test",
                    "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True)
    root = Root(own, tmp_path)
    root.init()
    root.apply()
    root.apply("-var", "changed=true")
    root.apply()
    root.run("destroy", "-auto-approve", "-parallelism=30")
    nothing_is_left(own)


BACKEND = '''
terraform {
  backend "s3" {
    bucket = "states"
    key    = "one/terraform.tfstate"
    region = "us-west-2"
    %s
    skip_metadata_api_check = true
  }
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-west-2"
  skip_metadata_api_check = true
}
resource "aws_ssm_parameter" "p" {
  count = 3
  name  = "/${terraform.workspace}/${count.index}"
  type  = "String"
  value = "v"
  provisioner "local-exec" {
    command = "sleep 2"
  }
}
'''


@pytest.mark.parametrize("lock", ["dynamodb_table = \"locks\"", "use_lockfile = true"], ids=["dynamodb", "lockfile"])
def test_state_lies_in_s3_and_is_locked(own, tmp_path, lock):
    own.client("s3").create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
    own.client("s3").put_bucket_versioning(Bucket="states", VersioningConfiguration={"Status": "Enabled"})
    own.client("dynamodb").create_table(TableName="locks", KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
                                        BillingMode="PAY_PER_REQUEST")
    (tmp_path / "main.tf").write_text(BACKEND % lock)
    root = Root(own, tmp_path)
    root.init()

    first, second = root.start("apply", "-auto-approve"), root.start("apply", "-auto-approve", "-lock-timeout=0s")
    said = [first.communicate(timeout=300)[0], second.communicate(timeout=300)[0]]

    assert sorted([first.returncode, second.returncode]) == [0, 1], said
    assert any("Error acquiring the state lock" in text for text in said)
    root.run("plan", "-detailed-exitcode")
    root.run("workspace", "new", "other")
    root.apply()
    assert own.client("ssm").get_parameter(Name="/other/0")["Parameter"]["Value"] == "v"
    root.run("destroy", "-auto-approve")
    root.run("workspace", "select", "default")
    root.run("workspace", "delete", "other")
    root.run("destroy", "-auto-approve")
    assert own.client("ssm").describe_parameters()["Parameters"] == []


def test_landfall_terraform_runs_the_users_own(own, tmp_path):
    (tmp_path / "main.tf").write_text('''
provider "aws" {
  region  = "us-west-2"
  profile = "prod"
}
resource "aws_ssm_parameter" "p" {
  name  = "/a"
  type  = "String"
  value = "v"
}
''')
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CHECKPOINT_DISABLE": "1"}

    def run(*words):
        return subprocess.run([PROGRAM, "--data-dir", own.folder, "terraform", "--", *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)

    assert run("init", "-no-color", f"-plugin-dir={plugins()}").returncode == 0
    done = run("apply", "-no-color", "-auto-approve")
    assert done.returncode == 0, done.stdout + done.stderr
    assert own.client("ssm").get_parameter(Name="/a")["Parameter"]["Value"] == "v"
    assert run("validate", "-nonsense").returncode == 1
    assert not (tmp_path / "landfall_override.tf").exists()
