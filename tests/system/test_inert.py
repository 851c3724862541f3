"""Types that Landfall does not run: refused all at once by default, recorded with --inert and never called done."""
import json
import subprocess

import pytest

from conftest import PROGRAM
from test_utility import refused, write
from test_workflow import landfall

STACK = '''
variable "size" {
  default = "small"
}
resource "random_pet" "name" {}
resource "aws_db_instance" "main" {
  identifier     = random_pet.name.id
  instance_class = "db.${var.size}"
  subnet_ids     = toset(["b", "a"])
  password       = sensitive("s3cret")
  tags           = { Name = "x" }
  dynamic "parameter" {
    for_each = { a = 1, b = 2 }
    content {
      name  = parameter.key
      value = parameter.value
      inner {
        deep = true
      }
    }
  }
  timeouts {
    create = "1h"
  }
  lifecycle {
    create_before_destroy = true
  }
}
resource "aws_cloudfront_distribution" "cdn" {
  count = 2
  origin {
    type        = "string"
    value       = "x"
    domain_name = aws_db_instance.main.address
  }
}
resource "aws_eks_cluster" "c" {
  name = "c"
  vpc_config {
    subnet_ids = ["a"]
  }
}
data "aws_ami" "linux" {
  most_recent = true
}
output "all" {
  value = {
    endpoint  = aws_db_instance.main.endpoint
    port      = aws_db_instance.main.port
    upper     = upper(aws_db_instance.main.engine_version)
    domains   = aws_cloudfront_distribution.cdn[*].domain_name
    origin    = aws_cloudfront_distribution.cdn[0].origin[0].domain_name
    authority = aws_eks_cluster.c.certificate_authority[0].data
    group     = aws_eks_cluster.c.vpc_config[0].cluster_security_group_id
    image     = data.aws_ami.linux.image_id
    arn       = aws_eks_cluster.c.arn
  }
}
'''
RESOURCES = ["aws_cloudfront_distribution.cdn[0]", "aws_cloudfront_distribution.cdn[1]", "aws_db_instance.main", "aws_eks_cluster.c"]


def instances(folder):
    return {f"{r['type']}.{r['name']}": [i["attributes"] for i in r["instances"]] for r in json.loads((folder / "terraform.tfstate").read_text())["resources"]}


def test_all_that_is_missing_is_told_at_once(tmp_path):
    text = refused(write(tmp_path, STACK), "plan")
    assert text.count("Error:") == 1
    for part in ['resource type "aws_db_instance" at main.tf:6.', 'resource type "aws_cloudfront_distribution" at main.tf:29.', 'data source "aws_ami" at main.tf:43.', "--inert aws_ami,aws_cloudfront_distribution,aws_db_instance,aws_eks_cluster"]:
        assert part in text
    text = refused(tmp_path, "plan", "-inert", "aws_db_instance,aws_ami")
    assert "aws_eks_cluster" in text and "aws_db_instance" not in text.split("Landfall does not support:")[1]
    assert 'names "random_pet", which Landfall runs' in refused(tmp_path, "plan", "--inert", "all,random_pet")


def test_inert_types_are_recorded_and_never_called_done(tmp_path):
    shown = landfall(write(tmp_path, STACK), "plan", "-inert=all")
    assert [line.strip() for line in shown.splitlines() if line.endswith("inert: not run")] == [f"{a}: inert: not run" for a in ["data.aws_ami.linux", *RESOURCES]]
    shown = landfall(tmp_path, "apply", "-auto-approve", "-inert=all")
    assert "1 added, 0 changed, 0 destroyed" in shown and "aws_db_instance.main: inert: not run, only recorded" in shown
    assert "aws_db_instance.main: Creation complete" not in shown and "s3cret" not in shown
    for address in RESOURCES:
        assert f"  {address}: inert: not run\n" in shown.split("Apply complete!")[1]

    made = instances(tmp_path)
    (database,), (cluster,) = made["aws_db_instance.main"], made["aws_eks_cluster.c"]
    assert database["instance_class"] == "db.small" and database["subnet_ids"] == ["a", "b"] and database["password"] == "s3cret" and "timeouts" not in database
    assert database["parameter"] == [{"name": "a", "value": 1, "inner": [{"deep": True}]}, {"name": "b", "value": 2, "inner": [{"deep": True}]}]
    assert database["id"].startswith("inert-") and database["endpoint"] == database["address"] == f"{database['id']}.aws-db-instance.inert.invalid" and database["port"] == 5432
    assert made["aws_cloudfront_distribution.cdn"][0]["origin"] == [{"type": "string", "value": "x", "domain_name": database["address"]}]
    landfall(tmp_path, "plan", "-detailed-exitcode", "-inert=all")

    shown = landfall(tmp_path, "apply", "-auto-approve", "-inert=all", "-var", "size=large")
    assert "0 added, 0 changed, 0 destroyed" in shown and "aws_db_instance.main: inert: not run, only recorded anew" in shown
    (after,) = instances(tmp_path)["aws_db_instance.main"]
    assert after["instance_class"] == "db.large" and after["id"] == database["id"]

    # An argument that goes is a change, a block that goes is forgotten, one that is asked for more has more.
    text = STACK.replace('  tags           = { Name = "x" }\n', "").replace("size=", "").split('data "aws_ami"')[0] + 'output "zone" {\n  value = aws_db_instance.main.hosted_zone_id\n}\n'
    write(tmp_path, text.replace('resource "aws_eks_cluster" "c" {\n  name = "c"\n  vpc_config {\n    subnet_ids = ["a"]\n  }\n}\n', ""))
    shown = landfall(tmp_path, "apply", "-auto-approve", "-inert=all", "-var", "size=large")
    assert "aws_eks_cluster.c: inert: not run, only forgotten" in shown
    (after,) = instances(tmp_path)["aws_db_instance.main"]
    assert after.get("tags") is None and after["hosted_zone_id"] == database["id"]
    landfall(tmp_path, "plan", "-detailed-exitcode", "-inert=all", "-var", "size=large")
    assert "1 destroyed" in landfall(tmp_path, "destroy", "-auto-approve", "-inert=all")
    assert instances(tmp_path) == {}


def test_made_up_values_reach_whoever_asks(tmp_path):
    write(tmp_path, STACK.replace('output "all" {', 'resource "terraform_data" "all" {').replace("  value = {\n    endpoint", "  input = {\n    endpoint"))
    landfall(tmp_path, "apply", "-auto-approve", "-inert", "aws_db_instance,aws_cloudfront_distribution", "-inert", "aws_eks_cluster,aws_ami")
    made = instances(tmp_path)
    asked = made["terraform_data.all"][0]["input"]["value"]
    assert asked["authority"] == "inert-data" and asked["group"].startswith("inert-") and asked["image"].startswith("inert-") and asked["upper"] == "INERT-ENGINE-VERSION"
    assert asked["origin"] == made["aws_db_instance.main"][0]["address"] and len(set(asked["domains"])) == 2 and asked["arn"].endswith(f":aws_eks_cluster/{made['aws_eks_cluster.c'][0]['id']}")
    assert made["aws_eks_cluster.c"][0]["vpc_config"] == [{"subnet_ids": ["a"], "cluster_security_group_id": asked["group"]}]
    landfall(tmp_path, "plan", "-detailed-exitcode", "-inert=all")


def test_status_lists_what_is_inert(own, tmp_path):
    write(tmp_path, 'resource "aws_vpc" "v" {\n  cidr_block = "10.0.0.0/16"\n}\nresource "aws_db_instance" "d" {\n  vpc = aws_vpc.v.id\n}\n')
    done = subprocess.run([PROGRAM, "--data-dir", own.folder, "up", "--inert", "aws_db_instance", tmp_path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "aws_db_instance.d: inert: not run" in done.stdout, done.stdout + done.stderr
    assert [(i["address"], i["root"]) for i in own.status()["inert"]] == [("aws_db_instance.d", str(tmp_path))]
    assert "aws_db_instance.d: inert: not run" in own.run("status").stdout
    done = subprocess.run([PROGRAM, "--data-dir", own.folder, "down", "--inert", "all", tmp_path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert own.status()["inert"] == []
