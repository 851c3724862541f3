"""plan, apply and destroy with -json: an object a line, as Terraform's."""
import json

import pytest

from test_workflow import landfall, needs_terraform, terraform

STACK = '''
variable "p" {
  default = 1
}
resource "terraform_data" "a" {
  input = var.p
  provisioner "local-exec" {
    command = var.p == "broken" ? "echo out; exit 3" : "echo hi; echo there"
  }
}
resource "terraform_data" "b" {
  for_each         = toset(["k"])
  input            = terraform_data.a.output
  triggers_replace = var.p
}
data "terraform_remote_state" "r" {
  backend = "local"
  config  = { path = "${path.module}/other.tfstate" }
}
module "m" {
  source = "./m"
}
output "x" {
  value = terraform_data.a.output
}
output "s" {
  value     = "x"
  sensitive = true
}
'''


@pytest.fixture
def root(tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_text('resource "terraform_data" "in" {\n  count = 2\n}\n')
    (tmp_path / "other.tfstate").write_text('{"version":4,"terraform_version":"1.11.4","serial":1,"lineage":"x","outputs":{},"resources":[],"check_results":null}')
    return tmp_path


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def run(folder, *words, code=0):
    return lines(landfall(folder, *words, code=code))


def of_type(found, kind):
    return [line for line in found if line["type"] == kind]


def test_a_plan_and_its_apply_are_told_by_lines(root):
    planned = run(root, "plan", "-json", "-out=p.plan")
    assert planned[0]["type"] == "version" and planned[0]["ui"] == "1.2"
    assert {line["@module"] for line in planned} == {"terraform.ui"}
    assert [line["change"]["resource"]["addr"] for line in of_type(planned, "planned_change")] == ["terraform_data.a", 'terraform_data.b["k"]', "module.m.terraform_data.in[0]", "module.m.terraform_data.in[1]"]
    assert of_type(planned, "change_summary")[0]["changes"] == {"add": 4, "change": 0, "import": 0, "remove": 0, "operation": "plan"}
    assert of_type(planned, "outputs")[0]["outputs"]["x"] == {"sensitive": False, "action": "create"}

    applied = run(root, "apply", "-json", "p.plan")
    resource = of_type(applied, "apply_complete")[0]["hook"]["resource"]
    assert set(resource) == {"addr", "module", "resource", "implied_provider", "resource_type", "resource_name", "resource_key"}
    assert [line["hook"]["output"] for line in of_type(applied, "provision_progress")][1:] == ["hi", "there"]
    assert of_type(applied, "outputs")[0]["outputs"] == {"s": {"sensitive": True, "type": "string"}, "x": {"sensitive": False, "type": "number", "value": 1}}

    changed = of_type(run(root, "plan", "-json", "-var", "p=2"), "planned_change")
    assert [(line["change"]["action"], line["change"].get("reason")) for line in changed] == [("update", None), ("replace", "cannot_update")]


def test_drift_is_told(root):
    landfall(root, "apply", "-auto-approve")
    (root / "main.tf").write_text(STACK.replace('"b" {', '"c" {') + 'moved {\n  from = terraform_data.b\n  to   = terraform_data.c\n}\n')
    moved = of_type(run(root, "plan", "-json"), "planned_change")
    assert [line["change"]["action"] for line in moved] == ["move"] and moved[0]["change"]["previous_resource"]["addr"] == 'terraform_data.b["k"]'


def test_failures_are_diagnostics(root):
    found = run(root, "apply", "-json", "-auto-approve", "-var", "p=broken", code=1)
    assert len(of_type(found, "provision_errored")) == len(of_type(found, "apply_errored")) == 1
    diagnostic = of_type(found, "diagnostic")[0]["diagnostic"]
    assert diagnostic["severity"] == "error" and diagnostic["range"]["filename"] == "main.tf" and "exit status 3" in diagnostic["detail"]
    assert of_type(run(root, "apply", "-json", code=1), "diagnostic")[0]["diagnostic"]["summary"] == "Plan file or auto-approve required"
    (root / "bad.tf").write_text("locals {\n  x = nope\n}\n")
    assert run(root, "plan", "-json", code=1)[-1]["@level"] == "error"


def told(found):
    """What lines say, whatever the order, times and ids."""
    def plain(value):
        if isinstance(value, dict):
            return {name: plain(inner) for name, inner in value.items() if name not in ("@timestamp", "id_value", "elapsed_seconds", "@message")}
        return value

    return sorted(json.dumps(plain(line)) + line["@message"].split(" [id=")[0] for line in found if line["type"] != "version")


@needs_terraform
def test_lines_are_terraforms(root, tmp_path_factory):
    other = tmp_path_factory.mktemp("terraform")
    for name in ("main.tf", "other.tfstate", "m/main.tf"):
        (other / name).parent.mkdir(exist_ok=True)
        (other / name).write_text((root / name).read_text())
    terraform(other, "init")
    for words in (["plan", "-json"], ["apply", "-json", "-auto-approve"], ["apply", "-json", "-auto-approve", "-var", "p=2", "-replace", "module.m.terraform_data.in[1]"], ["plan", "-json", "-destroy"], ["destroy", "-json", "-auto-approve"]):
        assert told(run(root, *words)) == told(lines(terraform(other, *words))), words
