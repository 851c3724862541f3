"""state show hides secrets, import knows the provider's default tags, force-unlock on S3."""
import json

import pytest

from conftest import REGION
from test_types_storage import Root
from test_workflow import landfall


@pytest.fixture
def root(shared, tmp_path):
    return Root(shared, tmp_path)


def test_state_show_hides_what_is_sensitive(tmp_path):
    (tmp_path / "main.tf").write_text('''
resource "random_password" "p" {
  length = 20
}
variable "s" {
  default   = "s3cret"
  sensitive = true
}
resource "local_file" "f" {
  filename = "${path.module}/made"
  content  = var.s
}
''')
    landfall(tmp_path, "apply", "-auto-approve")
    password = next(r for r in json.loads((tmp_path / "terraform.tfstate").read_text())["resources"] if r["type"] == "random_password")["instances"][0]["attributes"]["result"]
    for words in (["state", "show", "random_password.p"], ["state", "show", "local_file.f"], ["show"]):
        shown = landfall(tmp_path, *words)
        assert "(sensitive value)" in shown and password not in shown and "s3cret" not in shown
    assert json.dumps(password)[1:-1].replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e") in landfall(tmp_path, "show", "-json")


def test_import_leaves_default_tags_out_of_tags(root):
    ec2 = root.daemon.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.63.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": "x"}, {"Key": "Name", "Value": "v"}]}])["Vpc"]["VpcId"]
    (root.folder / "main.tf").write_text(f'''
locals {{
  team = "x"
}}
provider "aws" {{
  region = "{REGION}"
  default_tags {{
    tags = {{ team = local.team }}
  }}
}}
resource "aws_vpc" "v" {{
  cidr_block = "10.63.0.0/16"
  tags       = {{ Name = "v" }}
}}
''')
    root.run("import", "aws_vpc.v", vpc)
    values = root.values("aws_vpc.v")
    assert values["tags"] == {"Name": "v"} and values["tags_all"] == {"Name": "v", "team": "x"}
    root.run("plan", "-detailed-exitcode")
    root.destroy()


@pytest.mark.parametrize("lock", ['dynamodb_table = "unlocks"', "use_lockfile = true"], ids=["dynamodb", "lockfile"])
def test_force_unlock_on_s3(own, tmp_path, lock):
    root = Root(own, tmp_path)
    s3, dynamodb = own.client("s3"), own.client("dynamodb")
    s3.create_bucket(Bucket="unlocks", CreateBucketConfiguration={"LocationConstraint": REGION})
    dynamodb.create_table(TableName="unlocks", KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    (tmp_path / "main.tf").write_text(f'terraform {{\n  backend "s3" {{\n    bucket = "unlocks"\n    key = "a/state"\n    region = "{REGION}"\n    {lock}\n  }}\n}}\nresource "terraform_data" "a" {{}}\n')
    assert "is not locked" in root.run("force-unlock", "0a1b", code=1)
    held = json.dumps({"ID": "0a1b", "Who": "somebody@elsewhere"})
    dynamodb.put_item(TableName="unlocks", Item={"LockID": {"S": "unlocks/a/state"}, "Info": {"S": held}})
    s3.put_object(Bucket="unlocks", Key="a/state.tflock", Body=held.encode())
    assert "held by somebody else" in root.run("apply", "-auto-approve", code=1)
    assert 'lock ID "other" does not match existing lock ID "0a1b"' in root.run("force-unlock", "other", code=1)
    assert "successfully unlocked" in root.run("force-unlock", "0a1b")
    root.run("apply", "-auto-approve")
    root.run("destroy", "-auto-approve")
