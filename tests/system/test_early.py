"""Variables in backend blocks and in sources of modules."""
import json

import pytest

from test_workflow import landfall

ROOT = '''
variable "env" {
  default = "dev"
}
variable "secret" {
  sensitive = true
  default   = "s"
}
locals {
  folder = "./modules/${var.env}"
}
terraform {
  backend "local" {
    path = "states/${var.env}.tfstate"
  }
}
module "m" {
  source = local.folder
  inner  = "../leaf"
}
resource "terraform_data" "r" {}
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "main.tf").write_text(ROOT)
    for name in ("dev", "prod"):
        (tmp_path / "modules" / name).mkdir(parents=True)
        (tmp_path / "modules" / name / "main.tf").write_text(f'variable "inner" {{}}\nmodule "leaf" {{\n  source = var.inner\n}}\nresource "terraform_data" "{name}" {{}}\n')
    (tmp_path / "modules/leaf").mkdir()
    (tmp_path / "modules/leaf/main.tf").write_text('resource "terraform_data" "leaf" {}\n')
    return tmp_path


def test_variables_choose_state_and_modules(root):
    landfall(root, "apply", "-auto-approve")
    landfall(root, "apply", "-auto-approve", "-var", "env=prod")
    assert "module.m.terraform_data.dev" in landfall(root, "state", "list")
    prod = json.loads((root / "states/prod.tfstate").read_text())
    assert {(r.get("module"), r["name"]) for r in prod["resources"]} == {(None, "r"), ("module.m", "prod"), ("module.m.module.leaf", "leaf")}


def test_a_saved_plan_keeps_what_they_chose(root):
    landfall(root, "plan", "-out=p", "-var", "env=prod")
    landfall(root, "apply", "p")
    assert (root / "states/prod.tfstate").exists() and not (root / "states/dev.tfstate").exists()


def test_init_installs_what_variables_name(tmp_path):
    (tmp_path / "main.tf").write_text('variable "v" {\n  default = "1.0.0"\n}\nlocals {\n  who = "acme"\n}\nmodule "m" {\n  source  = "${local.who}/m/local"\n  version = var.v\n}\n')
    (tmp_path / "mirror/acme/m/local").mkdir(parents=True)
    (tmp_path / "mirror/acme/m/local/main.tf").write_text('resource "terraform_data" "inner" {}\n')
    landfall(tmp_path, "init", "-module-mirror", "mirror", "-var", "v=2.0.0")
    assert json.loads((tmp_path / ".terraform/modules/modules.json").read_text())["Modules"][1] == {"Key": "m", "Source": "acme/m/local", "Version": "2.0.0", "Dir": ".terraform/modules/m"}
    assert "Plan: 1 to add" in landfall(tmp_path, "plan")


@pytest.mark.parametrize("value, says", [("terraform_data.r.id", "terraform_data.r.id is not known before a plan is made"), ("var.secret", "Sensitive value in static context"), ("var.nope", 'name "nope" has not been declared')])
def test_what_is_not_static_is_refused(root, value, says):
    for old in ("local.folder", '"states/${var.env}.tfstate"'):
        (root / "main.tf").write_text(ROOT.replace(f" {old}\n  inner", f" {value}\n  inner") if old == "local.folder" else ROOT.replace(old, value))
        landfall(root, "plan", code=1, says=says)


def test_a_cycle_is_refused(root):
    (root / "main.tf").write_text(ROOT.replace('"./modules/${var.env}"', "local.folder"))
    landfall(root, "plan", code=1, says="Cycle")
