"""Types for what else the endpoint carries: made, changed in place, taken away, by our own engine and by the real Terraform."""
import json
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT
from test_terraform import Root, plugins
from test_types_more import Stack

STACKS = ROOT / "tests/system/stacks/breadth"
NAMES = sorted(folder.name for folder in STACKS.iterdir())
WORDS = {("create",): "created", ("update",): "updated in-place", ("delete", "create"): "replaced", ("create", "delete"): "replaced", ("delete",): "destroyed"}


@pytest.fixture
def stack(own, tmp_path, request):
    shutil.copytree(STACKS / request.param, tmp_path, dirs_exist_ok=True)
    return Stack(own, tmp_path)


def told(stack):
    same = json.loads(stack.run("output", "-json", "same"))
    return {name: answers for name, answers in same.items() if not all(answers)}


@pytest.mark.parametrize("stack", NAMES, indirect=True)
def test_each_changes_in_place_and_nothing_is_left(stack):
    assert set(stack.apply().values()) == {"created"}
    assert told(stack) == {}
    changed = stack.apply("-var", "changed=true")
    assert changed and {address: verb for address, verb in changed.items() if verb != "updated in-place"} == {}
    assert told(stack) == {}
    assert set(stack.apply()) == set(changed)
    stack.run("destroy", "-auto-approve")
    assert stack.state()["resources"] == []


def imports(stack, name):
    """Addresses and the ids that the provider's documentation gives for their import."""
    def of(kind, label, what="id", index=0):
        return stack.attributes(kind, label, index)[what]

    if name == "names":
        zone = of("aws_route53_zone", "z")
        return {'aws_route53_record.weighted["blue"]': f"{zone}_w_CNAME_blue", "aws_route53_record.plain": f"{zone}_plain_one_A", "aws_route53_record.secondary": f"{zone}_f_A_s",
                "aws_route53_health_check.both": of("aws_route53_health_check", "both"), "aws_route53_health_check.alarm": of("aws_route53_health_check", "alarm"),
                "aws_route53_vpc_association_authorization.a": f"{of('aws_route53_zone', 'private')}:{of('aws_vpc', 'v', index=1)}"}
    if name == "network":
        table = of("aws_route_table", "other")
        return {"aws_route.peer": f"{table}_10.1.0.0/16", "aws_route.list": f"{table}_{of('aws_ec2_managed_prefix_list', 'l')}", "aws_vpc_peering_connection.p": of("aws_vpc_peering_connection", "p"),
                "aws_vpc_ipv4_cidr_block_association.more": of("aws_vpc_ipv4_cidr_block_association", "more"), "aws_egress_only_internet_gateway.e": of("aws_egress_only_internet_gateway", "e")}
    if name == "buckets":
        site, logs = of("aws_s3_bucket", "site"), of("aws_s3_bucket", "logs")
        plain = ["cors_configuration", "website_configuration", "logging", "accelerate_configuration", "request_payment_configuration", "lifecycle_configuration"]
        return {**{f"aws_s3_bucket_{kind}.site": site for kind in plain}, "aws_s3_bucket_acl.logs": f"{logs},log-delivery-write", "aws_s3_bucket_acl.granted": of("aws_s3_bucket", "granted"),
                "aws_s3_bucket_object_lock_configuration.locked": of("aws_s3_bucket", "locked"), "aws_s3_bucket_metric.m": f"{site}:all", "aws_s3_bucket_inventory.i": f"{site}:weekly", "aws_s3_bucket_analytics_configuration.a": f"{site}:kinds"}
    if name == "identities":
        return {**{f"aws_iam_{kind}_{what}_exclusive.{kind[0]}": "breadth" for kind in ("role", "user", "group") for what in ("policies", "policy_attachments")}, "aws_iam_virtual_mfa_device.d": "arn:aws:iam::000000000000:mfa/team/breadth",
                "aws_iam_signing_certificate.c": of("aws_iam_signing_certificate", "c")}
    if name == "registry":
        arn, account = of("aws_dynamodb_table", "t", "arn"), "000000000000"
        return {"aws_ecr_repository_creation_template.t": "team", "aws_ecr_registry_policy.p": account, "aws_ecr_registry_scanning_configuration.s": account, "aws_ecr_replication_configuration.r": account, "aws_ecr_account_setting.s": "BASIC_SCAN_TYPE_VERSION",
                "aws_dynamodb_resource_policy.p": arn, "aws_dynamodb_tag.t": f"{arn},stage", "aws_cloudwatch_log_delivery_destination.d": "breadth", "aws_cloudwatch_log_delivery_destination_policy.d": "breadth"}
    return {"aws_launch_template.requirements": of("aws_launch_template", "requirements")}


@pytest.mark.parametrize("stack, name", [(name, name) for name in NAMES if name not in ("old_buckets", "tasks")], indirect=["stack"])
def test_each_is_imported_as_it_is(stack, name):
    stack.apply()
    known = imports(stack, name)
    for address in known:
        stack.run("state", "rm", address)
    (stack.folder / "imports.tf").write_text("".join(f'import {{\n  to = {address}\n  id = "{identity}"\n}}\n' for address, identity in known.items()))
    said = stack.run("plan")
    assert said.count(" will be imported ") == len(known) and stack.plan() == {}
    stack.apply()
    (stack.folder / "imports.tf").unlink()
    stack.run("destroy", "-auto-approve")


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
@pytest.mark.parametrize("stack", NAMES, indirect=True)
def test_terraform_reads_our_state_and_agrees(stack):
    stack.apply()
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("plan", "-detailed-exitcode", "-parallelism=30")
    root.run("plan", "-out", "planned", "-var", "changed=true", "-parallelism=30")
    shown = subprocess.run(["terraform", "show", "-json", "planned"], cwd=stack.folder, env=root.environment, check=True, capture_output=True, text=True).stdout
    theirs = {change["address"]: WORDS[tuple(change["change"]["actions"])] for change in json.loads(shown)["resource_changes"] if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]}
    assert stack.plan("-var", "changed=true") == theirs
    root.run("apply", "-auto-approve", "-parallelism=30", "-var", "changed=true")
    stack.run("plan", "-detailed-exitcode", "-var", "changed=true")
    root.run("apply", "-auto-approve", "-parallelism=30")
    root.run("destroy", "-auto-approve", "-parallelism=30")


@pytest.mark.parametrize("text, message", [
    ('resource "aws_route53_record" "r" {\n  zone_id = "Z1"\n  name = "w"\n  type = "A"\n  ttl = 60\n  records = ["192.0.2.1"]\n  weighted_routing_policy {\n    weight = 1\n  }\n}', "all of `set_identifier,weighted_routing_policy` must be specified"),
    ('resource "aws_route53_record" "r" {\n  zone_id = "Z1"\n  name = "w"\n  type = "A"\n  ttl = 60\n  records = ["192.0.2.1"]\n  set_identifier = "x"\n  weighted_routing_policy {\n    weight = 1\n  }\n  latency_routing_policy {\n    region = "us-west-2"\n  }\n}', "conflicts with"),
    ('resource "aws_route" "r" {\n  route_table_id = "rtb-1"\n  destination_cidr_block = "0.0.0.0/0"\n}', "one of `gateway_id,nat_gateway_id,network_interface_id,vpc_peering_connection_id` must be specified"),
    ('resource "aws_route" "r" {\n  route_table_id = "rtb-1"\n  gateway_id = "igw-1"\n}', "one of `destination_cidr_block,destination_ipv6_cidr_block,destination_prefix_list_id` must be specified"),
    ('resource "aws_vpc_peering_connection" "p" {\n  vpc_id = "vpc-1"\n  peer_vpc_id = "vpc-2"\n  requester {\n    allow_remote_vpc_dns_resolution = true\n  }\n}', "allow_remote_vpc_dns_resolution"),
    ('resource "aws_s3_bucket_acl" "a" {\n  bucket = "b"\n}', "one of `access_control_policy,acl` must be specified"),
    ('resource "aws_launch_template" "t" {\n  name = "a"\n  name_prefix = "b"\n}', "only one of `name,name_prefix` can be specified"),
    ('data "aws_iam_roles" "r" {\n  name_regex = "("\n}', "name_regex"),
])
def test_wrong_arguments_are_told_before_anything_is_made(shared, tmp_path, text, message):
    (tmp_path / "main.tf").write_text(text)
    done = subprocess.run([PROGRAM, "--data-dir", shared.folder, "plan"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and message in " ".join(done.stderr.split()), done.stderr
