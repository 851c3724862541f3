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
