"""VPC endpoints through our own engine, and through the official provider on our state."""
import json
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT, own_vpcs
from test_terraform import Root, plugins
from test_types_more import Stack, of

STACK = ROOT / "tests/system/stacks/vpc_endpoints"


@pytest.fixture
def stack(own, tmp_path):
    shutil.copy(STACK / "main.tf", tmp_path)
    return Stack(own, tmp_path)


def nothing_is_left(daemon):
    ec2 = daemon.client("ec2")
    assert own_vpcs(ec2) == [] and ec2.describe_vpc_endpoints()["VpcEndpoints"] == [] and ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_endpoints_change_in_place_and_nothing_is_left(stack):
    assert set(stack.apply().values()) == {"created"}
    answers = json.loads(stack.run("output", "-json", "answers"))
    assert {name: answer for name, answer in answers.items() if not answer} == {}

    changed = stack.apply("-var", "changed=true")
    assert of(changed, "aws_vpc_endpoint") == {"s3": "updated in-place", **{f'of["{name}"]': "updated in-place" for name in ("ecr.api", "ecr.dkr", "logs")}} and len(changed) == 4
    found = stack.daemon.client("ec2").describe_vpc_endpoints(Filters=[{"Name": "service-name", "Values": ["com.amazonaws.us-west-2.s3", "com.amazonaws.us-west-2.logs"]}])["VpcEndpoints"]
    s3, logs = sorted(found, key=lambda endpoint: endpoint["VpcEndpointType"])
    assert len(s3["RouteTableIds"]) == 2 and s3["Tags"] == [{"Key": "Name", "Value": "after"}] and json.loads(s3["PolicyDocument"])["Statement"][0]["Action"] == "s3:GetObject"
    assert (len(logs["SubnetIds"]), logs["PrivateDnsEnabled"], [g["GroupName"] for g in logs["Groups"]]) == (1, False, ["endpoints-1"])
    stack.apply()

    known = {"aws_vpc_endpoint.s3": stack.attributes("aws_vpc_endpoint", "s3")["id"]}
    joined = {"aws_vpc_endpoint_route_table_association.bare": "route_table_id", "aws_vpc_endpoint_subnet_association.exec": "subnet_id"}
    for address, argument in joined.items():
        attributes = stack.attributes(*address.split("."))
        known[address] = attributes["vpc_endpoint_id"] + "/" + attributes[argument]
    for address, identity in known.items():
        stack.run("state", "rm", address)
        stack.run("import", address, identity)
    stack.run("plan", "-detailed-exitcode")
    stack.run("destroy", "-auto-approve")
    nothing_is_left(stack.daemon)


def test_endpoints_that_are_not_of_aws_services_are_refused_or_inert(stack):
    (stack.folder / "main.tf").write_text('''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_vpc_endpoint" "e" {
  vpc_id            = aws_vpc.v.id
  service_name      = "com.amazonaws.vpce.us-west-2.vpce-svc-0123456789abcdef0"
  vpc_endpoint_type = "Interface"
}
''')
    done = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "plan"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "vpce-svc-0123456789abcdef0" in done.stderr
    stack.apply("--inert", "all")
    assert stack.attributes("aws_vpc_endpoint", "e")["id"].startswith("inert-")
    stack.run("destroy", "-auto-approve", "--inert", "all")
    nothing_is_left(stack.daemon)


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_terraform_reads_our_endpoints_and_agrees(stack):
    stack.apply()
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("plan", "-detailed-exitcode", "-parallelism=30")
    root.run("apply", "-auto-approve", "-parallelism=30", "-var", "changed=true")
    stack.run("plan", "-detailed-exitcode", "-var", "changed=true")
    root.run("destroy", "-auto-approve", "-parallelism=30")
    nothing_is_left(stack.daemon)
