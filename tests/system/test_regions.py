"""Things stay in the region of their provider, whatever becomes of their block; states stay where their bucket is."""
import boto3
import pytest
from botocore.config import Config

from test_types_more import Stack


@pytest.fixture
def stack(own, tmp_path):
    return Stack(own, tmp_path)


def client(daemon, service, region):
    key = daemon.key()
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{daemon.port}", region_name=region, aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"], config=Config(proxies={}))


def groups(stack, region):
    return sorted(group["logGroupName"] for group in client(stack.daemon, "logs", region).describe_log_groups()["logGroups"])


ROOT = '''
provider "aws" {
  region = "eu-west-1"
}
provider "aws" {
  alias  = "east"
  region = "us-east-1"
}
module "m" {
  source    = "./m"
  providers = {
    aws.other = aws.east
  }
}
'''
GROUP = 'resource "aws_cloudwatch_log_group" "%s" {\n  name = "%s"\n}\n'
INNER = 'provider "aws" {\n  alias = "other"\n}\nresource "aws_cloudwatch_log_group" "inner" {\n  provider = aws.other\n  count    = %d\n  name     = "inner-${count.index}"\n}\n'


def test_what_has_no_block_any_more_is_taken_away_in_its_region(stack):
    (stack.folder / "m").mkdir()
    (stack.folder / "main.tf").write_text(ROOT + GROUP % ("stays", "stays") + GROUP % ("goes", "goes"))
    (stack.folder / "m/main.tf").write_text(INNER % 2)
    stack.apply()
    assert groups(stack, "eu-west-1") == ["goes", "stays"]
    assert groups(stack, "us-east-1") == ["inner-0", "inner-1"]  # an empty block of a module only announces what is passed
    told = {f'{r.get("module", "")} {r["name"]}': r["provider"] for r in stack.state()["resources"]}
    assert told == {"module.m inner": 'provider["registry.terraform.io/hashicorp/aws"].east', " stays": 'provider["registry.terraform.io/hashicorp/aws"]', " goes": 'provider["registry.terraform.io/hashicorp/aws"]'}

    (stack.folder / "main.tf").write_text(ROOT + GROUP % ("stays", "stays"))
    (stack.folder / "m/main.tf").write_text(INNER % 1)
    assert stack.apply() == {"aws_cloudwatch_log_group.goes": "destroyed", "module.m.aws_cloudwatch_log_group.inner[1]": "destroyed"}
    assert groups(stack, "eu-west-1") == ["stays"] and groups(stack, "us-east-1") == ["inner-0"]

    (stack.folder / "main.tf").write_text('provider "aws" {\n  region = "eu-west-1"\n}\n')
    (stack.folder / "m/main.tf").unlink()
    stack.run("plan", code=1)  # the configuration that made inner-0 is gone: nobody can say where to look
    (stack.folder / "main.tf").write_text(ROOT.partition("module")[0])
    assert stack.apply() == {"aws_cloudwatch_log_group.stays": "destroyed", "module.m.aws_cloudwatch_log_group.inner[0]": "destroyed"}
    assert groups(stack, "eu-west-1") == groups(stack, "us-east-1") == []


def test_a_state_is_where_its_bucket_is(stack):
    for number, (bucket_region, said) in enumerate([("eu-west-1", 'region = "eu-west-1"'), ("us-east-1", 'region = "eu-west-1"'), ("ap-south-1", "")]):
        bucket = f"states-{number}"
        where = {} if bucket_region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": bucket_region}}
        client(stack.daemon, "s3", bucket_region).create_bucket(Bucket=bucket, **where)
        (stack.folder / "main.tf").write_text(f'terraform {{\n  backend "s3" {{\n    bucket = "{bucket}"\n    key    = "k"\n    {said}\n  }}\n}}\noutput "o" {{\n  value = {number}\n}}\n')
        stack.run("apply", "-auto-approve")
        other = stack.folder / "other"
        other.mkdir(exist_ok=True)
        (other / "main.tf").write_text(f'data "terraform_remote_state" "s" {{\n  backend = "s3"\n  config = {{\n    bucket = "{bucket}"\n    key    = "k"\n    region = "eu-west-1"\n  }}\n}}\noutput "o" {{\n  value = data.terraform_remote_state.s.outputs.o\n}}\n')
        stack.run("--chdir", "other", "apply", "-auto-approve")
        assert stack.run("--chdir", "other", "output", "o").strip() == str(number)


def test_ignored_tags_are_somebody_elses(stack):
    text = 'provider "aws" {\n  ignore_tags {\n    keys         = ["Owner"]\n    key_prefixes = ["corp:"]\n  }\n}\nresource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n  tags       = { Name = "%s" }\n}\n'
    (stack.folder / "main.tf").write_text(text % "a")
    stack.apply()
    vpc = stack.attributes("aws_vpc", "v")["id"]
    ec2 = stack.daemon.client("ec2")
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Owner", "Value": "x"}, {"Key": "corp:cost", "Value": "y"}])
    assert stack.plan() == {}
    (stack.folder / "main.tf").write_text(text % "b")
    assert stack.apply() == {"aws_vpc.v": "updated in-place"}
    assert {tag["Key"]: tag["Value"] for tag in ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Tags"]} == {"Name": "b", "Owner": "x", "corp:cost": "y"}
    stack.run("destroy", "-auto-approve")
