"""Modules as the registry has them: they hold types that Landfall does not carry, for those who switch them on."""
import json
import pathlib
import shutil

import pytest

from test_types_storage import Root

STACK = pathlib.Path(__file__).parent / "stacks" / "switched"


@pytest.fixture
def root(shared, tmp_path):
    return Root(shared, tmp_path)


@pytest.fixture
def stack(shared, tmp_path):
    shutil.copytree(STACK, tmp_path, dirs_exist_ok=True)
    made = Root(shared, tmp_path)
    made.run("get")
    return made


def test_what_is_switched_off_is_no_reason_to_refuse_a_module(stack):
    stack.run("validate")
    stack.run("apply", "-auto-approve")
    stack.run("plan", "-detailed-exitcode")
    outputs = json.loads(stack.run("output", "-json"))
    assert outputs["endpoint"]["value"] == {} and outputs["task_definition"]["value"] == "switched:1"
    stack.destroy()


def test_what_is_switched_on_is_refused_by_name_all_at_once(stack):
    main = stack.folder / "main.tf"
    main.write_text(main.read_text().replace('source          = "./network"', 'source          = "./network"\n  enable_flow_log = true\n  endpoints       = { s3 = { service = "s3" } }'))
    shown = stack.run("plan", code=1)
    for part in ['resource type "aws_flow_log" at network/main.tf:', 'data source "aws_ec2_transit_gateway" at network/main.tf:', "--inert aws_ec2_transit_gateway,aws_flow_log "]:
        assert part in shown, shown
    assert "aws_lambda_permission" not in shown and shown.count("Error:") == 1
    stack.run("plan", "--inert", "aws_flow_log,aws_ec2_transit_gateway")


def test_a_type_that_is_never_switched_off_is_told_before_anything_is_asked(stack):
    (stack.folder / "more.tf").write_text('resource "aws_db_instance" "d" {}\n')
    assert 'resource type "aws_db_instance"' in stack.run("validate", code=1)


PROVIDERS = '''
variable "providers" {
  type    = map(any)
  default = {}
}
variable "policies" {
  type    = map(any)
  default = {}
}
resource "aws_ecs_cluster" "c" {
  name = "switched-providers"
}
resource "aws_ecs_capacity_provider" "p" {
  for_each = var.providers
  name     = each.key
  cluster  = each.value.role == null ? null : aws_ecs_cluster.c.name
  dynamic "auto_scaling_group_provider" {
    for_each = each.value.group == null ? [] : [each.value.group]
    content {
      auto_scaling_group_arn = auto_scaling_group_provider.value
    }
  }
  dynamic "managed_instances_provider" {
    for_each = each.value.role == null ? [] : [each.value.role]
    content {
      infrastructure_role_arn = managed_instances_provider.value
    }
  }
}
resource "aws_appautoscaling_policy" "p" {
  for_each           = var.policies
  name               = each.key
  policy_type        = each.value.type
  service_namespace  = "ecs"
  resource_id        = "service/switched-providers/web"
  scalable_dimension = "ecs:service:DesiredCount"
  dynamic "predictive_scaling_policy_configuration" {
    for_each = each.value.type == "PredictiveScaling" ? [each.value] : []
    content {
      mode = "ForecastOnly"
    }
  }
}
'''


def test_providers_of_instances_and_predictions_are_known_and_refused(root):
    root.apply(PROVIDERS, "1 added")
    managed = '{ instances = { group = null, role = "arn:aws:iam::000000000000:role/r" } }'
    shown = root.run("plan", "-var", f"providers={managed}", code=1)
    assert "expected managed_instances_provider to be left out" in shown and "expected cluster to be left out" in shown
    assert "one of `auto_scaling_group_provider,managed_instances_provider` must be specified" in root.run("plan", "-var", "providers={ none = { group = null, role = null } }", code=1)
    predicted = '{ forecast = { type = "PredictiveScaling" } }'
    assert "expected predictive_scaling_policy_configuration to be left out" in root.run("plan", "-var", f"policies={predicted}", code=1)
    shown = root.run("apply", "-auto-approve", "--inert", "all", "-var", f"providers={managed}", "-var", f"policies={predicted}")
    for address in ['aws_ecs_capacity_provider.p["instances"]', 'aws_appautoscaling_policy.p["forecast"]']:
        assert address + ": inert: not run" in shown, shown
    root.run("destroy", "-auto-approve", "--inert", "all")


def test_what_version_6_of_the_provider_has_more_may_be_switched_off(root):
    root.apply('''
resource "aws_vpc" "v" {
  cidr_block = "10.63.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id              = aws_vpc.v.id
  cidr_block          = "10.63.0.0/24"
  ipv4_ipam_pool_id   = null
  ipv4_netmask_length = null
  ipv6_ipam_pool_id   = null
  ipv6_netmask_length = null
}
resource "aws_lb_target_group" "g" {
  name_prefix = "v6-"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_target_group_attachment" "a" {
  target_group_arn = aws_lb_target_group.g.arn
  target_id        = "10.63.0.9"
  quic_server_id   = null
}
resource "aws_acm_certificate" "c" {
  domain_name       = "switched.example.com"
  validation_method = "DNS"
  options {
    certificate_transparency_logging_preference = "ENABLED"
    export                                      = null
  }
}
''')
    assert len(root.values("aws_lb_target_group.g")["name"]) == len("v6-") + 26, "as long as what the official provider makes, which tells by it what is a prefix"
    root.destroy()


def test_the_type_of_host_names_that_subnets_have_anyway_may_be_written(root):
    subnet = 'resource "aws_vpc" "v" {\n  cidr_block = "10.62.0.0/16"\n}\nresource "aws_subnet" "s" {\n  vpc_id     = aws_vpc.v.id\n  cidr_block = "10.62.0.0/24"\n%s}\n'
    root.apply(subnet % "")
    assert root.values("aws_subnet.s")["private_dns_hostname_type_on_launch"] == "ip-name"
    root.apply(subnet % '  private_dns_hostname_type_on_launch = "ip-name"\n', "0 added, 0 changed")
    root.refuse(subnet % '  private_dns_hostname_type_on_launch = "resource-name"\n', 'expected private_dns_hostname_type_on_launch to be one of ["ip-name"]')
    root.write(subnet % "")
    root.destroy()


def test_a_saved_plan_knows_what_is_inert(root):
    root.write('data "aws_kms_key" "k" {\n  key_id = "alias/aws/secretsmanager"\n}\nresource "aws_cloudwatch_log_group" "l" {\n  name = "switched-${data.aws_kms_key.k.arn == null ? 0 : 1}"\n}\n')
    root.run("plan", "-out=p.plan", "--inert", "aws_kms_key")
    assert "data.aws_kms_key.k" in root.run("show", "-json", "p.plan")
    assert "1 added" in root.run("apply", "p.plan")
    root.run("destroy", "-auto-approve", "--inert", "aws_kms_key")


ACTIONS = '''
resource "aws_vpc" "v" {
  cidr_block = "10.61.0.0/16"
}
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = cidrsubnet(aws_vpc.v.cidr_block, 8, count.index)
  availability_zone = "us-west-2${["a", "b"][count.index]}"
}
resource "aws_lb" "b" {
  name     = "switched-actions"
  internal = true
  subnets  = aws_subnet.s[*].id
}
resource "aws_lb_target_group" "g" {
  name        = "switched-actions"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.b.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "TYPE"
    target_group_arn = aws_lb_target_group.g.arn
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
}
resource "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener.l.arn
  priority     = 1
  action {
    type             = "TYPE"
    target_group_arn = aws_lb_target_group.g.arn
    redirect {
      port        = "443"
      protocol    = "HTTPS"
      status_code = "HTTP_301"
    }
  }
  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
'''


def test_what_actions_hold_of_other_types_counts_for_nothing(root):
    root.apply(ACTIONS.replace("TYPE", "redirect"), "7 added")
    [action] = root.values("aws_lb_listener.l")["default_action"]
    assert not action["target_group_arn"] and action["redirect"][0]["port"] == "443"
    root.apply(ACTIONS.replace("TYPE", "forward"), "0 added, 2 changed")
    for told in (root.values("aws_lb_listener.l")["default_action"], root.values("aws_lb_listener_rule.r")["action"]):
        assert told[0]["type"] == "forward" and told[0]["target_group_arn"] and not told[0]["redirect"]
    root.apply(ACTIONS.replace("TYPE", "redirect"), "0 added, 2 changed")
    root.destroy()
