"""What data sources tell, all of it: the official provider, where it is installed, tells the same of our state."""
import json
import shutil

import pytest

from test_strangers_more import stack, write  # noqa: F401: a fixture
from test_terraform import Root, plugins

SOURCES = '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone = element(["us-west-2a", "us-west-2b"], count.index)
}
resource "aws_lb" "l" {
  name     = "told"
  internal = true
  subnets  = aws_subnet.s[*].id
}
resource "aws_lb_target_group" "g" {
  name        = "told"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.g.arn
  }
}
resource "aws_ecs_cluster" "c" {
  name = "told"
}
resource "aws_ecs_task_definition" "t" {
  family                = "told"
  container_definitions = jsonencode([{ name = "a", image = "x", memory = 64 }])
}
resource "aws_s3_bucket" "b" {
  bucket        = "told-by-sources"
  force_destroy = true
}
resource "aws_s3_object" "o" {
  bucket             = aws_s3_bucket.b.id
  key                = "a.txt"
  content            = "hello"
  content_type       = "text/plain"
  checksum_algorithm = "SHA256"
}
data "aws_subnet" "s" {
  id = aws_subnet.s[0].id
}
data "aws_lb" "l" {
  arn = aws_lb.l.arn
}
data "aws_lb_target_group" "g" {
  arn = aws_lb_target_group.g.arn
}
data "aws_lb_listener" "l" {
  arn = aws_lb_listener.l.arn
}
data "aws_ecs_cluster" "c" {
  cluster_name = aws_ecs_cluster.c.name
}
data "aws_ecs_task_definition" "t" {
  task_definition = aws_ecs_task_definition.t.arn
}
data "aws_s3_object" "o" {
  bucket        = aws_s3_object.o.bucket
  key           = aws_s3_object.o.key
  checksum_mode = "ENABLED"
}
output "subnet" {
  value = data.aws_subnet.s
}
output "balancer" {
  value = data.aws_lb.l
}
output "group" {
  value = data.aws_lb_target_group.g
}
output "listener" {
  value = { for name, value in data.aws_lb_listener.l : name => value if name != "default_action" }
}
output "cluster" {
  value = data.aws_ecs_cluster.c
}
output "definition" {
  value = { for name, value in data.aws_ecs_task_definition.t : name => value if name != "container_definitions" } # the same said in other words
}
output "object" {
  value = data.aws_s3_object.o
}
'''


def told(stack):
    return {name: output["value"] for name, output in json.loads(stack.run("output", "-json")).items()}


def plain(value):
    """Nothing, an empty text and no rows mean the same, and numbers may be texts."""
    if isinstance(value, dict):
        return {name: plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [plain(element) for element in value] or ""
    return "" if value is None else str(value)


def apply_and_read(stack):
    """What is there is looked at again: addresses that are in use, balancers that a group has since."""
    write(stack, SOURCES)
    stack.run("apply", "-auto-approve")
    stack.run("apply", "-auto-approve")
    stack.run("plan", "-detailed-exitcode")


def test_sources_tell_what_is_off_and_what_is_not_there(stack):
    apply_and_read(stack)
    found = told(stack)
    assert found["subnet"]["private_dns_hostname_type_on_launch"] == "ip-name" and found["subnet"]["enable_dns64"] is False
    assert found["balancer"]["enable_zonal_shift"] is False
    assert found["balancer"]["access_logs"] == found["balancer"]["connection_logs"] == [{"bucket": "", "enabled": False, "prefix": ""}]
    assert found["group"]["lambda_multi_value_headers_enabled"] is None
    assert found["cluster"]["service_connect_defaults"] == [] and found["definition"]["proxy_configuration"] == []
    assert found["object"]["body"] == "hello" and found["object"]["checksum_sha256"] == "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="
    stack.run("destroy", "-auto-approve")


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_the_official_provider_tells_the_same(stack):
    apply_and_read(stack)
    ours = told(stack)
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("apply", "-auto-approve", "-parallelism=30")
    for name, theirs in told(stack).items():
        theirs.pop("timeouts", None)
        assert plain(theirs) == plain(ours[name]), name
    root.run("destroy", "-auto-approve", "-parallelism=30")


ADDRESSES = '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_internet_gateway" "i" {
  vpc_id = aws_vpc.v.id
}
resource "aws_eip" "gateway" {
  vpc                       = true
  associate_with_private_ip = "10.0.0.5"
  depends_on                = [aws_internet_gateway.i]
}
resource "aws_nat_gateway" "n" {
  allocation_id = aws_eip.gateway.id
  subnet_id     = aws_subnet.s.id
}
resource "aws_network_interface" "n" {
  subnet_id   = aws_subnet.s.id
  private_ips = ["10.0.0.20", "10.0.0.21"]
}
resource "aws_eip" "interface" {
  network_interface         = aws_network_interface.n.id
  associate_with_private_ip = "%s"
}
'''


def test_an_address_names_the_private_address_that_it_stands_for(stack):
    write(stack, ADDRESSES % "10.0.0.21")
    stack.apply()
    # Nothing is there to which the first could go: the address of the gateway is the gateway's own.
    assert stack.attributes("aws_eip", "gateway")["associate_with_private_ip"] == "10.0.0.5"
    assert stack.attributes("aws_eip", "interface")["private_ip"] == "10.0.0.21"
    write(stack, ADDRESSES % "10.0.0.20")
    assert stack.apply() == {"aws_eip.interface": "updated in-place"}
    stack.run("apply", "-auto-approve", "-refresh-only")
    assert stack.attributes("aws_eip", "interface")["private_ip"] == "10.0.0.20"
    stack.run("destroy", "-auto-approve")


NO_BLOCKS = '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_security_group" "g" {
  name   = "no-blocks"
  vpc_id = aws_vpc.v.id
  dynamic "ingress" {
    for_each = %s
    content {
      from_port   = 80
      to_port     = 80
      protocol    = "tcp"
      cidr_blocks = ["0.0.0.0/0"]
    }
  }
}
resource "aws_security_group_rule" "r" {
  count             = %s
  security_group_id = aws_security_group.g.id
  type              = "ingress"
  from_port         = 443
  to_port           = 443
  protocol          = "tcp"
  cidr_blocks       = ["10.0.0.0/8"]
}
'''


def test_a_dynamic_block_that_makes_none_leaves_the_rules_of_others_alone(stack):
    write(stack, NO_BLOCKS % ("[]", "1"))
    stack.run("apply", "-auto-approve")
    stack.run("plan", "-detailed-exitcode")
    root = Root(stack.daemon, stack.folder)
    if shutil.which("terraform") and plugins():
        root.init()
        root.run("plan", "-detailed-exitcode")
    write(stack, NO_BLOCKS % ("[1]", "0"))
    assert stack.apply()["aws_security_group.g"] == "updated in-place"
    stack.run("destroy", "-auto-approve")


WEIGHTED = '''
resource "aws_acm_certificate" "c" {
  domain_name               = "weighted.example"
  subject_alternative_names = ["*.weighted.example"]
  validation_method         = "DNS"
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, count.index)
  availability_zone = element(["us-west-2a", "us-west-2b"], count.index)
}
resource "aws_lb" "l" {
  name     = "weighted"
  internal = true
  subnets  = aws_subnet.s[*].id
  access_logs {
    bucket  = "%s"
    enabled = false
  }
}
resource "aws_lb_target_group" "g" {
  name        = "weighted"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  default_action {
    type = "forward"
    forward {
      target_group {
        arn = aws_lb_target_group.g.arn
      }
    }
  }
}
'''


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_what_the_official_provider_makes_of_what_is_off_is_no_change(stack):
    write(stack, WEIGHTED % "somewhere")
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("apply", "-auto-approve", "-parallelism=30")
    stack.run("plan", "-detailed-exitcode")
    write(stack, WEIGHTED % "elsewhere")
    stack.run("plan", "-detailed-exitcode")
    root.run("plan", "-detailed-exitcode")
    stack.run("destroy", "-auto-approve")


KEPT = '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_lb_target_group" "g" {
  name        = "sticky"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
  stickiness {
    type            = "app_cookie"
    cookie_name     = "SID"
    cookie_duration = 3600
  }
}
resource "aws_route53_zone" "z" {
  name = "kept.example"
}
resource "aws_route53_record" "r" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "_Proof.kept.example."
  type    = "CNAME"
  ttl     = 60
  records = ["proof.example."]
}
'''


def test_cookies_of_applications_and_names_that_end_with_a_dot(stack):
    write(stack, KEPT)
    stack.apply()
    group = stack.daemon.client("elbv2").describe_target_groups(Names=["sticky"])["TargetGroups"][0]["TargetGroupArn"]
    attributes = {a["Key"]: a["Value"] for a in stack.daemon.client("elbv2").describe_target_group_attributes(TargetGroupArn=group)["Attributes"]}
    assert attributes["stickiness.app_cookie.duration_seconds"] == "3600" and attributes["stickiness.lb_cookie.duration_seconds"] == "86400"
    assert stack.attributes("aws_route53_record", "r")["name"] == "_proof.kept.example"
    if shutil.which("terraform") and plugins():
        root = Root(stack.daemon, stack.folder)
        root.init()
        assert "must be replaced" not in root.run("plan")
    write(stack, KEPT.replace("3600", "7200"))
    assert stack.apply() == {"aws_lb_target_group.g": "updated in-place"}
    stack.run("destroy", "-auto-approve")
