"""Types of an account's own records through our own engine, beside those of test_types_more."""
import json
import shutil
import subprocess

import pytest

from conftest import ROOT
from test_terraform import Root, plugins
from test_types_more import Stack

STACK = ROOT / "tests/system/stacks/types_account"


@pytest.fixture
def stack(own, tmp_path):
    shutil.copy(STACK / "main.tf", tmp_path)
    return Stack(own, tmp_path)


def test_each_changes_in_place_and_nothing_is_left(stack):
    made = stack.apply()
    assert set(made.values()) == {"created"}
    same = json.loads(stack.run("output", "-json", "same"))
    assert {name: answers for name, answers in same.items() if not all(answers)} == {}
    assert stack.daemon.client("dynamodb").describe_time_to_live(TableName="account")["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}

    changed = stack.apply("-var", "changed=true")
    assert {address: verb for address, verb in changed.items() if verb != "updated in-place"} == {}
    table = stack.daemon.client("dynamodb").describe_table(TableName="account")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST" and [i["IndexName"] for i in table["GlobalSecondaryIndexes"]] == ["kinds"]
    assert stack.daemon.client("dynamodb").get_item(TableName="account", Key={"id": {"S": "x"}, "at": {"N": "1"}})["Item"]["title"] == {"S": "after"}
    entries = stack.daemon.client("ec2").get_managed_prefix_list_entries(PrefixListId=stack.attributes("aws_ec2_managed_prefix_list", "l")["id"])["Entries"]
    assert {entry["Cidr"]: entry["Description"] for entry in entries} == {"10.0.0.0/8": "ten", "172.16.0.0/12": "more"}
    stack.apply()
    stack.run("destroy", "-auto-approve")
    iam, ec2 = stack.daemon.client("iam"), stack.daemon.client("ec2")
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [] and iam.list_account_aliases()["AccountAliases"] == [] and iam.list_server_certificates()["ServerCertificateMetadataList"] == []
    assert ec2.describe_key_pairs()["KeyPairs"] == [] and ec2.describe_network_interfaces()["NetworkInterfaces"] == [] and ec2.describe_addresses()["Addresses"] == []
    assert stack.daemon.client("s3").list_buckets()["Buckets"] == [] and stack.daemon.client("dynamodb").list_tables()["TableNames"] == []


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_terraform_reads_our_state_and_agrees(stack):
    # The oracle has no provider "tls" here.
    text = (stack.folder / "main.tf").read_text()
    begin, end = text.index('resource "aws_iam_server_certificate"'), text.index("# ── S3, DynamoDB")
    (stack.folder / "main.tf").write_text(text[:begin] + text[end:])
    stack.apply()
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("plan", "-detailed-exitcode", "-parallelism=30")
    stack.run("destroy", "-auto-approve")
