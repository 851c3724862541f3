"""Forms that public stacks use: our own small cases of what was found when such stacks were run whole."""
import json
import shutil
import subprocess

import pytest

from conftest import PROGRAM
from test_types_more import Stack


@pytest.fixture
def stack(own, tmp_path):
    return Stack(own, tmp_path)


def write(stack, text, name="main.tf"):
    (stack.folder / name).write_text(text)


def test_a_backend_that_is_not_there_keeps_its_state_in_a_file_with_inert_all(stack):
    for backend in ('backend "remote" {\n    organization = "o"\n    workspaces {\n      name = "w"\n    }\n  }', 'cloud {\n    organization = "o"\n    workspaces {\n      name = "w"\n    }\n  }'):
        write(stack, 'terraform {\n  ' + backend + '\n}\nresource "aws_cloudwatch_log_group" "g" {\n  name = "g"\n}\n')
        done = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "plan"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "Unsupported backend type" in done.stderr and "--inert all" in done.stderr
        stack.run("init")
        stack.run("validate")
        assert stack.apply("--inert", "all") == {"aws_cloudwatch_log_group.g": "created"}
        assert stack.run("state", "list") == "aws_cloudwatch_log_group.g\n"  # there is a state now
        stack.run("destroy", "-auto-approve")
        for file in stack.folder.glob("terraform.tfstate*"):
            file.unlink()


def test_what_could_be_written_of_a_bucket_before_version_4(stack):
    write(stack, '''
resource "aws_s3_bucket" "b" {
  bucket = "stranger-bucket"
  arn    = "arn:aws:s3:::stranger-bucket"
}
output "zone" {
  value = aws_s3_bucket.b.hosted_zone_id
}
''')
    assert stack.apply() == {"aws_s3_bucket.b": "created"}
    assert stack.run("output", "-raw", "zone") == "Z3BJ6K6RIION7M"
    stack.run("destroy", "-auto-approve")


def test_outputs_of_a_workspace_of_another_root(stack):
    (stack.folder / "other").mkdir()
    write(stack, 'output "word" {\n  value = terraform.workspace\n}\n', "other/main.tf")
    stack.run("--chdir", "other", "workspace", "new", "blue")
    stack.run("--chdir", "other", "apply", "-auto-approve")
    write(stack, 'data "terraform_remote_state" "other" {\n  backend   = "local"\n  workspace = "blue"\n  config    = { workspace_dir = "other/terraform.tfstate.d" }\n}\noutput "word" {\n  value = data.terraform_remote_state.other.outputs.word\n}\n')
    stack.run("apply", "-auto-approve")
    assert stack.run("output", "-raw", "word") == "blue"


def test_blocks_of_0_11_written_as_arguments_add_up(stack):
    write(stack, '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_internet_gateway" "i" {
  vpc_id = "${aws_vpc.v.id}"
}
resource "aws_route_table" "r" {
  vpc_id = "${aws_vpc.v.id}"
  route = {
    cidr_block = "0.0.0.0/0"
    gateway_id = "${aws_internet_gateway.i.id}"
  }
}
resource "aws_security_group" "g" {
  name   = "g"
  vpc_id = "${aws_vpc.v.id}"
  ingress = {
    from_port   = "80"
    to_port     = "80"
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
  ingress = {
    from_port = 443
    to_port   = 443
    protocol  = "tcp"
    self      = true
  }
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8"]
  }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
  default_capacity_provider_strategy = {
    capacity_provider = "FARGATE"
    weight            = "1"
  }
  default_capacity_provider_strategy = {
    capacity_provider = "FARGATE_SPOT"
    weight            = 2
  }
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
''')
    stack.apply()
    assert sorted(rule["from_port"] for rule in stack.attributes("aws_security_group", "g")["ingress"]) == [22, 80, 443]
    assert sorted(s["capacity_provider"] for s in stack.attributes("aws_ecs_cluster", "c")["default_capacity_provider_strategy"]) == ["FARGATE", "FARGATE_SPOT"]
    assert len(stack.attributes("aws_route_table", "r")["route"]) == 1
    stack.run("destroy", "-auto-approve")


def test_locals_of_0_11_may_be_an_argument(stack):
    write(stack, 'locals = {\n  name = "${var.n}-group"\n}\nvariable "n" {\n  default = "a"\n}\nresource "aws_cloudwatch_log_group" "g" {\n  name = "${local.name}"\n}\n')
    stack.apply()
    assert stack.attributes("aws_cloudwatch_log_group", "g")["name"] == "a-group"
    stack.run("destroy", "-auto-approve")


def test_quoted_types_beside_what_only_later_versions_read(stack):
    write(stack, 'variable "zones" {\n  type    = "list"\n  default = ["a", "b"]\n}\nvariable "names" {\n  type    = "map"\n  default = { a = "x" }\n}\nvariable "word" {\n  type    = "string"\n  default = "w"\n}\noutput "all" {\n  value = [for zone in var.zones : "${lookup(var.names, zone, var.word)}"]\n}\n')
    said = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "apply", "-auto-approve"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 0 and (said.stdout + said.stderr).count("Quoted type constraints are deprecated") >= 3
    assert stack.run("output", "-json", "all").split() == ["[", '"x",', '"w"', "]"] or stack.run("output", "-json", "all").strip() == '["x","w"]'
    write(stack, 'variable "n" {\n  type = "number"\n}\noutput "n" {\n  value = var.n == null ? 1 : 2\n}\n')
    said = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "validate"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and '"number" in quotes is no variable type' in said.stderr


VALIDATIONS = '''
variable "zones" {
  default = ["a", "b"]
}
variable "blocks" {
  type = list(string)
  validation {
    condition     = length(var.blocks) == length(var.zones) && alltrue([for block in var.blocks : startswith(block, local.beginning)])
    error_message = "There are ${length(var.zones)} zones, and ${length(var.blocks)} blocks."
  }
}
locals {
  beginning = "10."
}
output "blocks" {
  value = var.blocks
}
'''


def test_validations_refer_to_other_variables_and_locals(stack):
    write(stack, VALIDATIONS)
    stack.run("apply", "-auto-approve", "-var", 'blocks=["10.1", "10.2"]')
    said = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "plan", "-var", 'blocks=["10.1"]'], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and "There are 2 zones, and 1 blocks." in said.stderr
    write(stack, VALIDATIONS.replace("var.zones)}", "var.zoness)}"))
    said = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "validate"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and "Reference to undeclared input variable" in said.stderr and '"var.zones"' in said.stderr


def test_zones_are_those_of_the_region(stack):
    write(stack, 'provider "aws" {\n  region = "us-east-1"\n}\ndata "aws_availability_zones" "z" {\n}\nresource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\nresource "aws_subnet" "f" {\n  vpc_id            = aws_vpc.v.id\n  cidr_block        = "10.0.0.0/24"\n  availability_zone = "us-east-1f"\n}\noutput "zones" {\n  value = length(data.aws_availability_zones.z.names)\n}\n')
    stack.apply()
    assert stack.run("output", "zones").strip() == "6"
    stack.run("destroy", "-auto-approve")


def test_modules_of_0_11_are_beside_their_caller_and_blocks_in_blocks_are_objects(stack):
    (stack.folder / "mod/doc").mkdir(parents=True)
    write(stack, '''
variable "people" {
  type = "list"
}
data "aws_iam_policy_document" "d" {
  statement = {
    actions   = ["s3:GetObject"]
    resources = ["*"]
    principals = {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition = {
      test     = "StringLike"
      variable = "aws:userId"
      values   = ["root", "${formatlist("%s:%s", "id", var.people)}"]
    }
  }
  statement = {
    sid       = "second"
    actions   = ["s3:PutObject"]
    resources = ["*"]
  }
}
output "json" {
  value = "${data.aws_iam_policy_document.d.json}"
}
''', "mod/doc/main.tf")
    write(stack, 'module "doc" {\n  source = "mod/doc"\n  people = ["a", "b"]\n}\noutput "json" {\n  value = "${module.doc.json}"\n}\n')
    stack.run("init")
    stack.run("apply", "-auto-approve")
    first, second = json.loads(stack.run("output", "-raw", "json"))["Statement"]
    assert first["Condition"] == {"StringLike": {"aws:userId": ["root", "id:a", "id:b"]}} and first["Principal"] == {"AWS": "*"}
    assert second["Sid"] == "second"
    shutil.rmtree(stack.folder / ".terraform")
    write(stack, 'module "doc" {\n  source = "mod/doc"\n  people = [for p in ["a"] : p]\n}\n')  # of today: an address of a registry
    said = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "init"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert said.returncode == 1 and '"mod/doc"' in said.stderr


def test_list_and_map_are_there_until_0_15(stack):
    write(stack, 'variable "n" {\n  default = null\n}\noutput "o" {\n  value = merge(map("a", "x"), { b = element(concat(list("y"), ["z"]), 0) })\n}\n')
    stack.run("apply", "-auto-approve")
    assert json.loads(stack.run("output", "-json", "o")) == {"a": "x", "b": "y"}


def test_a_role_is_taken_away_with_the_policies_that_it_names(stack):
    trust = '{ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] }'
    write(stack, 'resource "aws_iam_role" "r" {\n  name                = "r"\n  assume_role_policy  = jsonencode(' + trust + ')\n  managed_policy_arns = ["arn:aws:iam::aws:policy/AWSCodeDeployRoleForECS"]\n}\n')
    stack.apply()
    stack.run("destroy", "-auto-approve")
    assert stack.daemon.client("iam").list_roles()["Roles"] == []


def test_another_type_is_no_slip(stack):
    write(stack, 'resource "aws_rds_cluster" "c" {\n}\nresource "aws_db_subnet_group" "g" {\n}\nresource "aws_security_gruop" "s" {\n}\n')
    said = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "validate"], cwd=stack.folder, capture_output=True, text=True, timeout=60).stderr
    assert said.count("Did you mean") == 1 and 'aws_security_gruop" at main.tf:5. Did you mean "aws_security_group"?' in said


def test_inert_things_are_asked_by_way_of_outputs_and_loops(stack):
    (stack.folder / "net").mkdir()
    write(stack, '''
resource "aws_networkfirewall_firewall" "f" {
  name = "f"
}
resource "aws_rds_cluster" "c" {
  for_each = toset(["a"])
}
output "endpoints" {
  value = { for state in aws_networkfirewall_firewall.f.firewall_status[0].sync_states : state.availability_zone => state.attachment[0].endpoint_id }
}
output "clusters" {
  value = aws_rds_cluster.c
}
''', "net/main.tf")
    write(stack, '''
module "net" {
  source = "./net"
}
module "app" {
  source   = "./app"
  for_each = module.net.clusters
  database = each.value
}
locals {
  all = { first = one(values(module.net.clusters)) }
}
output "words" {
  value = [module.net.endpoints["us-west-2b"], local.all.first.reader_endpoint, module.net.clusters["a"].port, module.app["a"].user, join(",", [for c in module.net.clusters : c.engine])]
}
''')
    (stack.folder / "app").mkdir()
    write(stack, 'variable "database" {}\noutput "user" {\n  value = var.database.master_username\n}\n', "app/main.tf")
    stack.run("init")
    stack.apply("--inert", "all")
    endpoint, reader, port, user, engine = json.loads(stack.run("output", "-json", "words"))
    assert endpoint.startswith("inert-") and reader.endswith(".inert.invalid") and port == 5432 and user == "inert-master-username" and engine == "inert-engine"
    stack.run("destroy", "-auto-approve", "--inert", "all")


def test_blocks_of_0_11_are_maps_to_variables_and_modules(stack):
    (stack.folder / "m").mkdir()
    write(stack, 'variable "tags" {\n  type = "map"\n}\nresource "aws_cloudwatch_log_group" "g" {\n  name = "${lookup(var.tags, "name")}"\n}\noutput "arn" {\n  value = "${aws_cloudwatch_log_group.g.arn}"\n}\n', "m/main.tf")
    write(stack, '''
provider "aws" {
  alias  = "east"
  region = "us-east-1"
}
variable "names" {
  type = "map"
  default {
    first = "a"
  }
}
module "m" {
  source = "./m"
  tags {
    name = "${var.names["first"]}"
  }
  providers {
    aws = "aws.east"
  }
}
output "arn" {
  value = "${module.m.arn}"
}
''')
    stack.apply()
    assert stack.run("output", "-raw", "arn") == "arn:aws:logs:us-east-1:000000000000:log-group:a"
    stack.run("destroy", "-auto-approve")


def test_a_data_source_waits_for_what_its_arguments_name(stack):
    (stack.folder / "m").mkdir()
    write(stack, 'data "aws_ecs_cluster" "c" {\n  cluster_name = "waits"\n}\noutput "arn" {\n  value = data.aws_ecs_cluster.c.arn\n}\n', "m/main.tf")
    text = '''
resource "aws_ecs_cluster" "c" {
  name = "waits"
}
data "aws_ecs_cluster" "c" {
  cluster_name = aws_ecs_cluster.c.name
}
module "m" {
  source     = "./m"
  depends_on = [aws_ecs_cluster.c]
}
output "same" {
  value = data.aws_ecs_cluster.c.arn == aws_ecs_cluster.c.arn && module.m.arn == aws_ecs_cluster.c.arn
}
'''
    write(stack, text)
    assert stack.apply() == {"aws_ecs_cluster.c": "created"}
    assert stack.run("output", "same").strip() == "true"
    stack.run("destroy", "-auto-approve")
    write(stack, text + 'locals {\n  name = aws_ecs_cluster.c.name\n}\ndata "aws_ecs_cluster" "d" {\n  cluster_name = local.name\n}\n')
    stack.run("plan", code=1)  # by way of a local, Terraform asks at once


def test_to_0_11_a_state_that_is_not_there_has_no_outputs(stack):
    write(stack, 'data "terraform_remote_state" "s" {\n  backend = "local"\n  config {\n    path = "${path.module}/nowhere.tfstate"\n  }\n}\noutput "o" {\n  value = "${path.module}"\n}\n')
    stack.run("apply", "-auto-approve")
    write(stack, 'data "terraform_remote_state" "s" {\n  backend = "local"\n  config  = { path = "nowhere.tfstate" }\n}\noutput "o" {\n  value = data.terraform_remote_state.s.outputs\n}\n')
    stack.run("plan", code=1)


def test_a_bucket_without_acls_is_private(stack):
    write(stack, 'resource "aws_s3_bucket" "b" {\n  bucket = "of-2022"\n}\nresource "aws_s3_bucket_acl" "b" {\n  bucket = aws_s3_bucket.b.id\n  acl    = "private"\n}\n')
    stack.apply()
    stack.run("destroy", "-auto-approve")
