"""Forms that public stacks use: our own small cases of what was found when such stacks were run whole."""
import json
import shutil
import subprocess

import pytest

from conftest import PROGRAM, wait_until
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


CERTIFICATE = '''
resource "aws_acm_certificate" "c" {
  domain_name               = "www.elsewhere.example"
  subject_alternative_names = ["api.elsewhere.example"]
  validation_method         = "DNS"
}
resource "cloudflare_record" "validation" {
  for_each = { for o in aws_acm_certificate.c.domain_validation_options : o.domain_name => o }
  zone_id  = "z"
  name     = each.value.resource_record_name
  content  = each.value.resource_record_value
  type     = each.value.resource_record_type
}
resource "aws_acm_certificate_validation" "v" {
  certificate_arn         = aws_acm_certificate.c.arn
  validation_record_fqdns = [for record in cloudflare_record.validation : record.%s]
}
output "status" {
  value = aws_acm_certificate_validation.v.certificate_arn
}
'''


@pytest.mark.parametrize("name", ["hostname", "name"])
def test_a_certificate_whose_records_are_in_a_dns_that_is_only_recorded(stack, name):
    write(stack, CERTIFICATE % name)
    acm = stack.daemon.client("acm")
    said = stack.run("apply", "-auto-approve", "--inert", "all")
    arn = stack.run("output", "-raw", "status")
    assert f"{arn}: inert: issued without its validation records" in said
    assert 'cloudflare_record.validation["www.elsewhere.example"]: inert: not run' in said
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    stack.run("plan", "-detailed-exitcode", "--inert", "all")
    stack.run("destroy", "-auto-approve", "--inert", "all")
    # Where a zone of the account has the name, its records decide.
    stack.daemon.client("route53").create_hosted_zone(Name="elsewhere.example", CallerReference="1")
    if name == "hostname":
        done = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "apply", "-auto-approve", "--inert", "all"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "missing www.elsewhere.example DNS validation record" in done.stderr
        assert [c["Status"] for c in acm.list_certificates(CertificateStatuses=["PENDING_VALIDATION"])["CertificateSummaryList"]] in (["PENDING_VALIDATION"], [None])
        stack.run("destroy", "-auto-approve", "--inert", "all")


def test_a_certificate_of_a_dns_elsewhere_is_confirmed_by_hand(stack):
    acm = stack.daemon.client("acm")
    arn = acm.request_certificate(DomainName="www.elsewhere.example", ValidationMethod="DNS")["CertificateArn"]
    stack.daemon.run("confirm-certificate", arn)
    wait_until(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")


def test_write_only_values_go_to_the_cloud_and_nowhere_else(stack):
    text = '''
resource "aws_ssm_parameter" "p" {
  name             = "/p"
  type             = "SecureString"
  value_wo         = "%s"
  value_wo_version = %d
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "s"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = "%s"
  secret_string_wo_version = %d
}
'''
    ssm, secrets = stack.daemon.client("ssm"), stack.daemon.client("secretsmanager")
    value = lambda: (ssm.get_parameter(Name="/p", WithDecryption=True)["Parameter"]["Value"], secrets.get_secret_value(SecretId="s")["SecretString"])
    write(stack, text % ("first-secret", 1, "first-secret", 1))
    stack.apply()
    assert value() == ("first-secret", "first-secret")
    write(stack, text % ("other-secret", 1, "other-secret", 1))
    stack.run("plan", "-detailed-exitcode")  # only its version says that there is another value
    write(stack, text % ("other-secret", 2, "other-secret", 2))
    assert stack.apply() == {"aws_ssm_parameter.p": "updated in-place", "aws_secretsmanager_secret_version.s": "replaced"}
    assert value() == ("other-secret", "other-secret")
    assert "-secret" not in (stack.folder / "terraform.tfstate").read_text()
    stack.run("destroy", "-auto-approve")


def test_no_color_at_every_command_and_a_folder_as_the_last_word(stack):
    (stack.folder / "infra").mkdir()
    write(stack, 'variable "n" {}\nresource "aws_cloudwatch_log_group" "g" {\n  name = "${var.n}"\n}\n', "infra/main.tf")
    write(stack, 'n = "g"\n', "values.tfvars")
    stack.run("init", "-no-color", "-get-plugins=true", "infra")
    stack.run("validate", "-no-color", "-check-variables=false", "infra")
    stack.run("plan", "-no-color", "-var-file=values.tfvars", "-out=kept.plan", "infra")
    assert (stack.folder / "kept.plan").exists()
    stack.run("apply", "-no-color", "-auto-approve", "-var-file=values.tfvars", "infra")
    inside = ["--chdir", "infra"]
    assert "aws_cloudwatch_log_group" in stack.run(*inside, "state", "show", "-no-color", "aws_cloudwatch_log_group.g")
    assert stack.run(*inside, "state", "list", "-no-color").strip() == "aws_cloudwatch_log_group.g"
    for words in (["workspace", "list"], ["workspace", "show"], ["providers"], ["version"], ["graph"]):
        stack.run(*inside, *words, "-no-color")
    stack.run("destroy", "-force", "-var-file=values.tfvars", "infra")
    assert stack.run("-chdir=infra", "state", "list") == ""


def test_what_modules_ask_of_networks_without_ipv6(stack):
    write(stack, '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
output "all" {
  value = [aws_vpc.v.ipv6_association_id, aws_subnet.s.ipv6_cidr_block_association_id]
}
''')
    stack.apply()
    assert json.loads(stack.run("output", "-json", "all")) == ["", ""]
    stack.run("destroy", "-auto-approve")


def test_maps_and_lists_of_maps_stand_for_blocks_in_0_11(stack):
    (stack.folder / "m").mkdir()
    write(stack, '''
variable "health_check" {
  type = "map"
}
variable "vpc_id" {}
variable "create" {
  default = true
}
variable "words" {
  default = {}
}
resource "aws_lb_target_group" "t" {
  count        = "${var.create ? 1 : 0}"
  vpc_id       = "${var.vpc_id}"
  port         = "80"
  protocol     = "HTTP"
  target_type  = "ip"
  health_check = ["${var.health_check}"]
}
data "null_data_source" "words" {
  count = "${var.create * 2}"
  inputs = {
    name  = "${element(keys(var.words), count.index)}"
    value = "${element(values(var.words), count.index)}"
  }
}
output "json" {
  value = "${jsonencode(data.null_data_source.words.*.outputs)}"
}
output "arn" {
  value = "${element(concat(aws_lb_target_group.t.*.arn, list("")), 0)}"
}
''', "m/main.tf")
    write(stack, '''
data "aws_vpc" "d" {
  default = "true"
}
data "aws_subnet_ids" "d" {
  vpc_id = "${data.aws_vpc.d.id}"
}
resource "aws_lb" "l" {
  name    = "l"
  subnets = ["${data.aws_subnet_ids.d.ids}"]
}
module "m" {
  source = "./m"
  vpc_id = "${data.aws_vpc.d.id}"
  health_check {
    path = "/health"
    port = "traffic-port"
  }
  words {
    A = "1"
    B = "2"
  }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = "${aws_lb.l.arn}"
  port              = "80"
  default_action = {
    type             = "forward"
    target_group_arn = "${module.m.arn}"
  }
}
resource "aws_lb_listener_rule" "r" {
  listener_arn = "${aws_lb_listener.l.arn}"
  action = [
    {
      type             = "forward"
      target_group_arn = "${module.m.arn}"
    },
  ]
  condition {
    field  = "path-pattern"
    values = ["${list("/a")}"]
  }
}
output "json" {
  value = "${module.m.json}"
}
''')
    stack.apply()
    assert json.loads(stack.run("output", "-raw", "json")) == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    group = stack.daemon.client("elbv2").describe_target_groups()["TargetGroups"][0]
    assert group["HealthCheckPath"] == "/health"
    stack.run("destroy", "-auto-approve")


LISTS = '''
data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}
data "aws_ec2_managed_prefix_list" "s3" {
  name = "com.amazonaws.us-west-2.s3"
}
data "aws_vpc" "d" {
  default = true
}
resource "aws_security_group" "g" {
  name = "g"
  ingress {
    from_port       = 80
    to_port         = 80
    protocol        = "tcp"
    prefix_list_ids = [data.aws_ec2_managed_prefix_list.cloudfront.id]
    description     = "from CloudFront"
  }
}
resource "aws_security_group" "h" {
  name = "h"
}
resource "aws_security_group_rule" "r" {
  security_group_id = aws_security_group.h.id
  type              = "egress"
  from_port         = 443
  to_port           = 443
  protocol          = "tcp"
  prefix_list_ids   = [data.aws_ec2_managed_prefix_list.%s.id]
}
resource "aws_vpc_security_group_egress_rule" "r" {
  security_group_id = aws_security_group.h.id
  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 53
  prefix_list_id    = data.aws_ec2_managed_prefix_list.%s.id
}
'''


def test_rules_of_groups_name_prefix_lists(stack):
    ec2 = stack.daemon.client("ec2")
    lists = {l["PrefixListName"]: l["PrefixListId"] for l in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    cloudfront, s3 = lists["com.amazonaws.global.cloudfront.origin-facing"], lists["com.amazonaws.us-west-2.s3"]

    def there():
        rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
        return sorted((r["IpProtocol"], r["PrefixListId"]) for r in rules if r.get("PrefixListId"))
    write(stack, LISTS % ("s3", "s3"))
    stack.apply()
    assert there() == sorted([("tcp", cloudfront), ("tcp", s3), ("udp", s3)])
    assert stack.attributes("aws_security_group", "g")["ingress"][0]["prefix_list_ids"] == [cloudfront]
    write(stack, LISTS % ("cloudfront", "cloudfront"))
    assert stack.apply() == {"aws_security_group_rule.r": "replaced", "aws_vpc_security_group_egress_rule.r": "updated in-place"}
    assert there() == sorted([("tcp", cloudfront), ("tcp", cloudfront), ("udp", cloudfront)])
    stack.run("destroy", "-auto-approve")


def test_parameters_that_aws_publishes_are_made_up_with_inert_all(stack):
    write(stack, '''
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}
resource "aws_instance" "bastion" {
  ami           = data.aws_ssm_parameter.image.value
  instance_type = "t3.micro"
}
output "image" {
  value = nonsensitive(aws_instance.bastion.ami)
}
''')
    stack.run("plan", "--inert", "aws_instance", code=1)
    said = stack.run("apply", "-auto-approve", "--inert", "all")
    assert "  data.aws_ssm_parameter.image: inert: not run\n" in said and "  aws_instance.bastion: inert: not run\n" in said
    assert stack.run("output", "-raw", "image").startswith("inert-")
    stack.run("plan", "-detailed-exitcode", "--inert", "all")
    stack.run("destroy", "-auto-approve", "--inert", "all")


def test_capacity_providers_go_when_the_services_that_have_them_are_gone(stack):
    write(stack, '''
data "aws_vpc" "d" {
  default = true
}
data "aws_subnets" "d" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.d.id]
  }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
}
resource "aws_ecs_cluster_capacity_providers" "c" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
resource "aws_ecs_task_definition" "t" {
  family                   = "t"
  cpu                      = "0.25 vCPU"
  memory                   = "0.5GB"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "127.0.0.1:1/nowhere" }])
}
resource "aws_ecs_service" "s" {
  name            = "s"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 2
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
  network_configuration {
    subnets          = data.aws_subnets.d.ids
    assign_public_ip = true
  }
}
''')
    stack.apply()
    stack.run("destroy", "-auto-approve")
    assert stack.state()["resources"] == []


def test_protocols_and_actions_in_any_case(stack):
    write(stack, '''
data "aws_vpc" "d" {
  default = true
}
data "aws_subnets" "d" {
}
resource "aws_lb" "l" {
  name    = "l"
  subnets = data.aws_subnets.d.ids
}
resource "aws_lb_target_group" "t" {
  name             = "t"
  port             = 80
  protocol         = "HTTP"
  protocol_version = "http1"
  target_type      = "ip"
  vpc_id           = data.aws_vpc.d.id
  health_check {
    protocol = "http"
  }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  protocol          = "http"
  default_action {
    type             = "FORWARD"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
''')
    stack.apply()
    stack.run("destroy", "-auto-approve")
