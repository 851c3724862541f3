"""Plans that are kept in files: written by plan -out, carried out by apply, printed by show."""
import json

import pytest

from test_workflow import STACK, landfall

MODULE = '''
variable "k" {}
resource "terraform_data" "in" {
  input = [var.k, "x"]
}
'''
CALL = '''
module "m" {
  source   = "./m"
  for_each = toset(["x"])
  k        = terraform_data.a.output
}
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "main.tf").write_text(STACK + CALL)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_text(MODULE)
    return tmp_path


def state(folder):
    return json.loads((folder / "terraform.tfstate").read_text())


def test_a_plan_is_applied_as_it_was_made(root):
    assert "landfall apply \"p.plan\"" in landfall(root, "plan", "-out=p.plan", "-var", "v=two")
    assert (root / "p.plan").stat().st_mode & 0o777 == 0o600
    (root / "main.tf").write_text('resource "terraform_data" "other" {}\n')
    (root / "m/main.tf").unlink()
    assert "5 added, 0 changed, 0 destroyed" in landfall(root, "apply", "p.plan")
    assert (root / "made.txt").read_text() == "two\n"
    assert state(root)["outputs"]["a"]["value"] == "two"
    assert "module.m[\"x\"].terraform_data.in" in landfall(root, "state", "list")


def test_a_plan_of_changes_and_of_an_end_is_applied(root):
    landfall(root, "apply", "-auto-approve")
    landfall(root, "plan", "-out", "p.plan", "-var", "v=two", "-detailed-exitcode", code=2)
    assert "2 added, 2 changed, 2 destroyed" in landfall(root, "apply", "p.plan")
    landfall(root, "plan", "-out", "p.plan", "-destroy")
    assert "5 destroyed" in landfall(root, "apply", "p.plan")
    assert state(root)["resources"] == []
    landfall(root, "plan", "-out", "p.plan", "-destroy")
    assert "0 destroyed" in landfall(root, "apply", "p.plan")


def test_a_stale_plan_is_refused(root):
    landfall(root, "plan", "-out=p.plan")
    landfall(root, "apply", "-auto-approve")
    landfall(root, "apply", "p.plan", code=1, says="Saved plan is stale")
    landfall(root, "plan", "-out=p.plan", "-var", "v=two")
    other = state(root) | {"lineage": "another"}
    (root / "terraform.tfstate").write_text(json.dumps(other))
    landfall(root, "apply", "p.plan", code=1, says="Saved plan does not match the given state")


@pytest.mark.parametrize("option", [["-target", "terraform_data.a"], ["-exclude", "terraform_data.a"], ["-replace", "terraform_data.a"], ["-destroy"], ["-refresh-only"], ["-refresh=false"]], ids=lambda words: words[0])
def test_what_the_plan_has_settled_is_refused(root, option):
    landfall(root, "plan", "-out=p.plan")
    landfall(root, "apply", *option, "p.plan", code=1, says=option[0].split("=")[0] + " cannot be used when applying a saved plan")


def test_a_variable_of_a_plan_keeps_its_value(root):
    landfall(root, "plan", "-out=p.plan", "-var", "v=two")
    landfall(root, "apply", "-var", "v=three", "p.plan", code=1, says="Can't change variable when applying a saved plan")
    (root / "x.tfvars").write_text('v = "three"\n')
    landfall(root, "apply", "-var-file", "x.tfvars", "p.plan", code=1, says='a value of variable "v" already')
    landfall(root, "apply", "-var", "v=two", "p.plan")


def test_what_is_no_plan_is_refused_by_name(root):
    landfall(root, "apply", "main.tf", code=1, says="main.tf is not a plan")
    landfall(root, "apply", "nothing", code=1, says="nothing")
    landfall(root, "plan", "-out=p.plan")
    text = (root / "p.plan").read_text()
    (root / "p.plan").write_text(text[:len(text) // 2])
    landfall(root, "apply", "p.plan", code=1, says="reading the plan p.plan")
    (root / "p.plan").write_text(text.replace('"type":"terraform_data"', '"type":"terraform_nothing"'))
    landfall(root, "apply", "p.plan", code=1, says="terraform_nothing")


def test_a_plan_keeps_its_workspace(root):
    landfall(root, "workspace", "new", "blue")
    landfall(root, "plan", "-out=p.plan")
    landfall(root, "workspace", "select", "default")
    landfall(root, "apply", "p.plan")
    assert (root / "terraform.tfstate.d/blue/terraform.tfstate").exists() and not (root / "terraform.tfstate").exists()
