"""Ephemeral blocks, variables and outputs: values that a run has and nothing keeps."""
import json
import shutil
import subprocess

import pytest

from test_strangers_more import stack, write  # noqa: F401: a fixture
from test_terraform import Root, plugins

SECRET = '''
ephemeral "random_password" "p" {
  length  = 24
  special = false
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "own"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "v" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = ephemeral.random_password.p.result
  secret_string_wo_version = 1
}
ephemeral "aws_secretsmanager_secret_version" "v" {
  secret_id = aws_secretsmanager_secret_version.v.secret_id
}
locals {
  again = "again-${ephemeral.aws_secretsmanager_secret_version.v.secret_string}"
}
resource "aws_ssm_parameter" "again" {
  name             = "/own/again"
  type             = "SecureString"
  value_wo         = local.again
  value_wo_version = 1
}
resource "aws_db_instance" "d" {
  engine              = "mysql"
  password_wo         = local.again
  password_wo_version = 1
}
output "known" {
  value = ephemeralasnull(local.again) == null
}
'''


def test_what_is_ephemeral_goes_to_the_cloud_and_is_kept_nowhere(stack):
    write(stack, SECRET)
    stack.run("plan", "--inert", "all", "-out", "kept.plan")
    assert "random_password" not in (stack.folder / "kept.plan").read_bytes().decode(errors="replace").split('"files"')[0]
    stack.run("apply", "--inert", "all", "kept.plan")
    secret = stack.daemon.client("secretsmanager").get_secret_value(SecretId="own")["SecretString"]
    assert len(secret) == 24 and secret.isalnum()
    assert stack.daemon.client("ssm").get_parameter(Name="/own/again", WithDecryption=True)["Parameter"]["Value"] == "again-" + secret
    assert secret not in (stack.folder / "terraform.tfstate").read_text()
    assert {r["type"] for r in stack.state()["resources"]} == {"aws_secretsmanager_secret", "aws_secretsmanager_secret_version", "aws_ssm_parameter", "aws_db_instance"}
    assert stack.attributes("aws_db_instance", "d")["password_wo"] is None
    # Through what is ephemeral the parameter needs what that needs.
    parameter = next(r for r in stack.state()["resources"] if r["type"] == "aws_ssm_parameter")
    assert parameter["instances"][0]["dependencies"] == ["aws_secretsmanager_secret_version.v"]
    stack.run("plan", "-detailed-exitcode", "--inert", "all")
    stack.run("destroy", "-auto-approve", "--inert", "all")


@pytest.mark.parametrize("text, message", [
    ('ephemeral "random_password" "p" {\n  length = 8\n}\nresource "terraform_data" "d" {\n  input = ephemeral.random_password.p.result\n}\n', 'Ephemeral values are not valid for "input"'),
    ('ephemeral "random_password" "p" {\n  length = 8\n}\noutput "o" {\n  value = ephemeral.random_password.p.result\n}\n', "Ephemeral value not allowed"),
    ('output "o" {\n  value     = 1\n  ephemeral = true\n}\n', "Ephemeral output not allowed"),
    ('ephemeral "random_password" "p" {\n  size = 8\n}\n', 'An argument named "size" is not expected here'),
    ('ephemeral "random_pasword" "p" {\n  length = 8\n}\n', 'Landfall does not support ephemeral resource "random_pasword". Did you mean "random_password"?'),
    ('output "o" {\n  value = ephemeral.random_password.p.result\n}\n', 'An ephemeral resource "random_password" "p" has not been declared in the root module'),
    ('variable "v" {\n  ephemeral = true\n  default   = 1\n}\nresource "terraform_data" "d" {\n  input = var.v\n}\n', 'Ephemeral values are not valid for "input"'),
    ('variable "v" {\n  ephemeral = true\n  default   = 1\n}\nresource "terraform_data" "d" {\n  count = var.v\n}\n', "Invalid count argument"),
])
def test_what_is_kept_must_not_be_ephemeral(stack, text, message):
    write(stack, text)
    done = stack.fails("plan")
    assert message in done, done


CHILD = '''
variable "token" {
  type      = string
  ephemeral = true
}
resource "aws_ssm_parameter" "p" {
  name             = "/own/token"
  type             = "String"
  value_wo         = var.token
  value_wo_version = 1
}
output "token" {
  value     = "${var.token}!"
  ephemeral = true
}
'''
PARENT = '''
variable "token" {
  ephemeral = true
}
module "m" {
  source = "./m"
  token  = var.token
}
resource "aws_ssm_parameter" "p" {
  name             = "/own/told"
  type             = "String"
  value_wo         = module.m.token
  value_wo_version = 1
}
'''


def test_an_ephemeral_variable_is_given_again_to_a_saved_plan(stack):
    (stack.folder / "m").mkdir()
    write(stack, CHILD, "m/main.tf")
    write(stack, PARENT)
    stack.run("plan", "-var", "token=mysterious", "-out", "kept.plan")
    assert b"mysterious" not in (stack.folder / "kept.plan").read_bytes()
    assert "token" not in json.loads(stack.run("show", "-json", "kept.plan"))["variables"]
    stack.run("apply", "-var", "token=mysterious", "kept.plan")
    values = {p["Name"]: p["Value"] for p in stack.daemon.client("ssm").get_parameters(Names=["/own/token", "/own/told"])["Parameters"]}
    assert values == {"/own/token": "mysterious", "/own/told": "mysterious!"}
    assert "mysterious" not in (stack.folder / "terraform.tfstate").read_text()
    stack.run("plan", "-var", "token=x", "-out", "kept.plan")
    assert 'variable "token"' in stack.fails("apply", "kept.plan")
    stack.run("destroy", "-auto-approve", "-var", "token=x")


OFFICIAL = '''
resource "aws_secretsmanager_secret" "s" {
  name                    = "own"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = "open sesame"
}
resource "aws_ssm_parameter" "first" {
  name  = "/own/first"
  type  = "String"
  value = "first"
}
ephemeral "aws_secretsmanager_secret_version" "v" {
  secret_id = aws_secretsmanager_secret_version.v.secret_id
}
ephemeral "aws_secretsmanager_random_password" "r" {
  password_length     = 20
  exclude_punctuation = true
}
ephemeral "aws_ssm_parameter" "first" {
  arn = aws_ssm_parameter.first.arn
}
resource "aws_ssm_parameter" "p" {
  name             = "/own/p"
  type             = "String"
  value_wo         = join(" ", [ephemeral.aws_secretsmanager_secret_version.v.secret_string, ephemeral.aws_ssm_parameter.first.value, length(ephemeral.aws_secretsmanager_random_password.r.random_password)])
  value_wo_version = 1
}
'''


def value_of(stack):
    return stack.daemon.client("ssm").get_parameter(Name="/own/p")["Parameter"]["Value"]


def test_ephemeral_resources_of_aws(stack):
    write(stack, OFFICIAL)
    stack.apply()
    assert value_of(stack) == "open sesame first 20"
    stack.run("destroy", "-auto-approve")


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_terraform_opens_the_same(stack):
    write(stack, OFFICIAL)
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("apply", "-auto-approve")
    assert value_of(stack) == "open sesame first 20"
    stack.run("plan", "-detailed-exitcode")
    ours = json.loads(stack.run("providers", "schema", "-json"))["provider_schemas"]["registry.terraform.io/hashicorp/aws"]["ephemeral_resource_schemas"]
    schema = subprocess.run(["terraform", "providers", "schema", "-json"], cwd=stack.folder, env=root.environment, check=True, capture_output=True, text=True).stdout
    theirs = json.loads(schema)["provider_schemas"]["registry.terraform.io/hashicorp/aws"]["ephemeral_resource_schemas"]
    for name, schema in ours.items():
        assert set(schema["block"]["attributes"]) == set(theirs[name]["block"]["attributes"]), name
    root.run("destroy", "-auto-approve")
