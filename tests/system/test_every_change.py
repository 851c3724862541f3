"""Every argument that can be changed in place, changed: by our own engine, and by the real Terraform where it is installed. After
each change the plan is empty. docs/support.md says which arguments these are; NOT_CHANGED says why one is not."""
import json
import re
import shutil
import subprocess

import pytest

from conftest import ROOT
from test_terraform import Root, nothing_is_left, plugins
from test_types_more import Stack

STACK = ROOT / "tests/system/stacks/changes"

APART = "in test_types_breadth.py, with others of its kind"
OTHER = "not of provider 5, with which this runs"
ONE = "one value is carried, the others are refused by name"
FILLED = "the provider fills it in"
KEYS = "keys of KMS are not carried"
PASSING = "a subnet leaves for the ACL that takes it: the provider shows a change that does nothing, our own engine none"
BESIDE = {"aws_route53_health_check", "aws_vpc_peering_connection"}  # here for others' sake; what changes of them is in test_types_breadth.py
NOT_CHANGED = {
    "aws_appautoscaling_policy": {"policy_type": "another type has another block, which says more", "target_tracking_scaling_policy_configuration.customized_metric_specification.metrics.return_data": "one of the metrics has it, always",
                                  "target_tracking_scaling_policy_configuration.predefined_metric_specification.resource_label": "it goes with requests of a target, in test_types_more.py"} | {
        name: OTHER for name in ("adjustment_type", "cooldown", "metric_aggregation_type", "min_adjustment_magnitude", "step_adjustment.metric_interval_lower_bound", "step_adjustment.metric_interval_upper_bound", "step_adjustment.scaling_adjustment")},
    "aws_appautoscaling_target": {"role_arn": FILLED},
    "aws_cloudwatch_metric_alarm": {"metric_query.account_id": ONE, "metric_query.return_data": "one of the metrics has it, always", "threshold_metric_id": "refused: anomaly detection"},
    "aws_default_network_acl": {"subnet_ids": PASSING},
    "aws_default_security_group": {"revoke_rules_on_delete": "nothing is deleted"},
    "aws_dynamodb_table": {"ttl.attribute_name": FILLED},
    "aws_ecs_cluster": {name: OTHER for name in ("capacity_providers", "default_capacity_provider_strategy.base", "default_capacity_provider_strategy.capacity_provider", "default_capacity_provider_strategy.weight")} | {
        "configuration.execute_command_configuration.kms_key_id": KEYS, "setting.name": ONE},
    "aws_ecs_service": {"load_balancer.elb_name": FILLED, "service_connect_configuration.log_configuration.log_driver": "another driver has other options", "service_connect_configuration.log_configuration.secret_option.name": "awslogs has no secret",
                        "service_connect_configuration.log_configuration.secret_option.value_from": "awslogs has no secret", "service_registries.port": "with awsvpc the container's port says it"},
    "aws_eip": {"vpc": "domain says it"},
    "aws_iam_instance_profile": {"roles": OTHER},
    "aws_lb": {"enable_zonal_shift": ONE, "dns_record_client_routing_policy": ONE, "enable_waf_fail_open": ONE, "ip_address_type": ONE},
    "aws_lb_listener": {"protocol": "on the way back the provider keeps the policy, which AWS refuses"} | {f"default_action.jwt_validation.{name}": OTHER for name in ("additional_claim.format", "additional_claim.name", "additional_claim.values", "issuer", "jwks_endpoint")},
    "aws_lb_listener_rule": {f"action.jwt_validation.{name}": OTHER for name in ("additional_claim.format", "additional_claim.name", "additional_claim.values", "issuer", "jwks_endpoint")} | {
        name: OTHER for name in ("condition.field", "condition.values", "condition.host_header.regex_values", "condition.http_header.regex_values", "condition.path_pattern.regex_values", "transform.host_header_rewrite_config.rewrite.regex",
                                 "transform.host_header_rewrite_config.rewrite.replace", "transform.type", "transform.url_rewrite_config.rewrite.regex", "transform.url_rewrite_config.rewrite.replace")},
    "aws_lb_target_group": {"target_health_state.unhealthy_draining_interval": ONE, "health_check.enabled": "only targets that are functions go without"},
    "aws_lb_trust_store": {"ca_certificates_bundle_s3_object_version": "the bucket keeps no versions"},
    "aws_nat_gateway": {"availability_mode": OTHER},
    "aws_route53_record": {"multivalue_answer_routing_policy": "makes a new one with this provider", "type": "another type has other values"},
    "aws_s3_bucket": {name: APART for name in ("acceleration_status", "object_lock_configuration.object_lock_enabled", "object_lock_configuration.rule.default_retention.days", "object_lock_configuration.rule.default_retention.mode",
                                               "object_lock_configuration.rule.default_retention.years", "lifecycle_rule.noncurrent_version_transition.days", "lifecycle_rule.noncurrent_version_transition.storage_class",
                                               "lifecycle_rule.transition.date", "lifecycle_rule.transition.days", "lifecycle_rule.transition.storage_class")} | {name: FILLED for name in ("arn", "hosted_zone_id", "website_domain", "website_endpoint")} | {"acl": ONE, "request_payer": ONE, "server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm": ONE},
    "aws_s3_bucket_public_access_block": {"skip_destroy": OTHER},
    "aws_s3_bucket_server_side_encryption_configuration": {"rule.apply_server_side_encryption_by_default.sse_algorithm": ONE},
    "aws_s3_bucket_versioning": {"versioning_configuration.mfa_delete": ONE},
    "aws_s3_object": {"etag": FILLED, "server_side_encryption": ONE, "storage_class": ONE},
    "aws_secretsmanager_secret": {"replica.kms_key_id": KEYS, "replica.region": APART, "force_overwrite_replica_secret": "replicas are refused", "kms_key_id": KEYS},
    "aws_secretsmanager_secret_version": {"secret_string_wo": "its version, which makes a new one, says when it changes"},
    "aws_service_discovery_http_namespace": {"description": "makes a new one with this provider"},
    "aws_ssm_parameter": {"overwrite": "without it no change is taken", "arn": FILLED, "key_id": KEYS, "value_wo": "its version says when it changes"},
    "aws_subnet": {"private_dns_hostname_type_on_launch": ONE},
}


def arguments():
    """Of each type of the stack, those that docs/support.md does not call lasting."""
    table = (ROOT / "docs/support.md").read_text().partition("## Resource types")[2].partition("## Data sources")[0]
    ours = set(re.findall(r'^resource "(\w+)"', "\n".join(f.read_text() for f in STACK.glob("*.tf")), re.M)) - BESIDE
    found = {}
    for name, row in re.findall(r"^\| (\w+) \| (.*?) \|", table, re.M):
        if name in ours:
            found[name] = {word.strip("*`") for word in row.split(", ") if re.fullmatch(r"(\*\*)?`[^`]+`(\*\*)?", word)} - {"tags_all"}
    assert set(found) == ours
    return found


def leaves(value, path=()):
    """(argument, value) of all that a resource holds; an argument of a block as block.argument."""
    if isinstance(value, dict) and path == () or isinstance(value, list) and value and all(isinstance(v, dict) for v in value):
        for entry in value if isinstance(value, list) else [value]:
            for name, inner in entry.items():
                yield from leaves(inner, (*path, name))
    yield ".".join(path), json.dumps(value, sort_keys=True)


def changed(plan):
    """Of each type the arguments that the plan changes in place."""
    found = {}
    for change in plan["resource_changes"]:
        if change["change"]["actions"] == ["update"]:
            before, after = ({argument: sorted(v for a, v in leaves(side) if a == argument) for argument, _ in leaves(side)} for side in (change["change"]["before"], change["change"]["after"]))
            known = {argument for argument in before.keys() | after.keys() if before.get(argument) != after.get(argument)}
            unknown = {argument for argument, value in leaves(change["change"]["after_unknown"]) if value == "true" or "true" in value and argument not in after}
            found.setdefault(change["type"], set()).update(known | unknown)
    return found


def replaced(plan):
    return sorted(c["address"] for c in plan["resource_changes"] if c["change"]["actions"] in (["delete", "create"], ["create", "delete"]))


class Ours(Stack):
    def init(self):
        self.run("init")


def make_certificates(folder, i):
    """An authority's, which serves as one of its own too, and one that it signed."""
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN=changes{i}.test", "-addext", f"subjectAltName=DNS:changes{i}.test", "-keyout", f"key{i}.pem", "-out", f"cert{i}.pem")
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=leaf.test", "-keyout", f"leafkey{i}.pem", "-out", f"leaf{i}.csr")
    openssl("x509", "-req", "-days", "2", "-in", f"leaf{i}.csr", "-CA", f"cert{i}.pem", "-CAkey", f"key{i}.pem", "-CAcreateserial", "-out", f"leaf{i}.pem")


def needs_terraform(*given):
    return pytest.param(*given, marks=pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed"))


@pytest.mark.parametrize("engine", [Ours, needs_terraform(Root)], ids=["landfall", "terraform"])
def test_every_argument_that_can_change_is_changed_in_place(own, tmp_path, engine):
    for file in STACK.glob("*.tf"):
        shutil.copy(file, tmp_path)
    for i in (0, 1):
        make_certificates(tmp_path, i)
    root = engine(own, tmp_path)
    root.init()
    root.apply()
    root.run("plan", "-var", "changed=true", "-out=changes")
    plan = json.loads(root.run("show", "-json", "changes"))

    in_place = changed(plan)
    missed = {name: sorted(wanted - in_place.get(name, set()) - NOT_CHANGED.get(name, {}).keys()) for name, wanted in arguments().items()}
    stale = {name: sorted({argument for argument, reason in told.items() if reason not in (FILLED, PASSING)} & in_place.get(name, set())) for name, told in NOT_CHANGED.items()}
    assert ({n: a for n, a in missed.items() if a}, {n: a for n, a in stale.items() if a}) == ({}, {})
    assert replaced(plan) == []

    root.apply("-var", "changed=true")
    root.apply()
    root.run("destroy", "-auto-approve")
    nothing_is_left(own)


REPLACED = '''
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region                  = "us-west-2"
  skip_metadata_api_check = true
}
variable "changed" {
  type    = bool
  default = false
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_network_interface" "primary" {
  subnet_id   = aws_subnet.s.id
  private_ips = [var.changed ? "10.0.0.11" : "10.0.0.10"]
}
resource "aws_network_interface" "secondary" {
  subnet_id   = aws_subnet.s.id
  private_ips = var.changed ? ["10.0.0.20", "10.0.0.21"] : ["10.0.0.20"]
}
resource "aws_ecs_cluster" "c" {
  name = "c"
}
resource "aws_ecs_cluster_capacity_providers" "p" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
resource "aws_ecs_task_definition" "t" {
  family                   = "t"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "web", image = "web:1" }])
}
resource "aws_ecs_service" "s" {
  for_each             = toset(["forced", "kept"])
  name                 = each.key
  cluster              = aws_ecs_cluster.c.id
  task_definition      = aws_ecs_task_definition.t.arn
  desired_count        = 0
  force_new_deployment = each.key == "forced"
  capacity_provider_strategy {
    capacity_provider = var.changed ? "FARGATE_SPOT" : "FARGATE"
    weight            = 1
  }
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
  depends_on = [aws_ecs_cluster_capacity_providers.p]
}
'''


@pytest.mark.parametrize("engine", [Ours, needs_terraform(Root)], ids=["landfall", "terraform"])
def test_what_another_value_replaces_sometimes(own, tmp_path, engine):
    (tmp_path / "main.tf").write_text(REPLACED)
    root = engine(own, tmp_path)
    root.init()
    root.apply()
    root.run("plan", "-var", "changed=true", "-out=changes")
    assert replaced(json.loads(root.run("show", "-json", "changes"))) == ["aws_ecs_service.s[\"kept\"]", "aws_network_interface.primary"]
    root.run("apply", "-auto-approve", "-var", "changed=true")
    root.run("plan", "-detailed-exitcode", "-var", "changed=true")
    root.run("destroy", "-auto-approve")
