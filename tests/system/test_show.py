"""What show prints of states and plans, for people and for programs, beside the real terraform where it is installed."""
import json
import pathlib
import re
import subprocess

import pytest

from conftest import PROGRAM
from test_workflow import landfall, needs_terraform, terraform

STACKS = pathlib.Path(__file__).parent / "stacks"


@pytest.fixture
def root(tmp_path):
    """Every kind of value and change; `-var p=2` changes it."""
    (tmp_path / "main.tf").write_text((STACKS / "show/main.tf").read_text())
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_text((STACKS / "show/m/main.tf").read_text())
    return tmp_path


def plan_text(text):
    """The plan alone, without what was read before it and the hints after it. Terraform shows no value that forces a
    replacement where the type is `any`; Landfall does."""
    text = text.replace("Landfall", "Terraform").replace(" # forces replacement", "")
    text = re.sub(r"^.*: (Refreshing state|Reading|Read complete).*\n", "", text, flags=re.M)
    return text.split("\n─────")[0].strip("\n")


def plan_json(folder, *words):
    landfall(folder, "plan", "-out=l.plan", *words)
    return json.loads(landfall(folder, "show", "-json", "l.plan"))


def terraform_plan_json(folder, *words):
    terraform(folder, "plan", "-out=t.plan", *words)
    return json.loads(terraform(folder, "show", "-json", "t.plan"))


def comparable(plan):
    """Landfall works no relevant_attributes out, and its plans have no checks."""
    return {name: value for name, value in plan.items() if name not in ("timestamp", "relevant_attributes", "checks")}


def test_show_tells_the_state(root):
    assert landfall(root, "show") == "No state.\n"
    assert json.loads(landfall(root, "show", "-json")) == {"format_version": "1.0"}
    landfall(root, "apply", "-auto-approve")
    text = landfall(root, "show")
    assert '# terraform_data.secret["k"]:\nresource "terraform_data" "secret" {\n' in text and "    input  = (sensitive value)\n" in text
    assert '\nOutputs:\n' in text and "s3cret" in text  # terraform_data gives away what was sensitive, as in Terraform
    shown = json.loads(landfall(root, "show", "-json"))
    assert shown == json.loads(landfall(root, "show", "-json", "terraform.tfstate"))
    assert shown["format_version"] == "1.0" and shown["values"]["root_module"]["child_modules"][0]["address"] == 'module.m["x"]'


def test_show_tells_a_plan(root):
    landfall(root, "apply", "-auto-approve")
    landfall(root, "plan", "-out=p.plan", "-var", "p=2")
    (root / "main.tf").unlink()
    text = landfall(root, "show", "p.plan")
    assert "terraform_data.list must be replaced\n-/+ resource" in text and "# forces replacement" in text
    assert "because index [1] is out of range for count" in text
    plan = json.loads(landfall(root, "show", "-json", "p.plan"))
    changes = {change["address"]: change for change in plan["resource_changes"]}
    assert plan["format_version"] == "1.2" and plan["applyable"] and plan["complete"] and not plan["errored"]
    assert changes["terraform_data.list"]["change"]["actions"] == ["delete", "create"]
    assert changes["terraform_data.list"]["change"]["replace_paths"] == [["triggers_replace"]]
    assert changes["terraform_data.counted[1]"]["action_reason"] == "delete_because_count_index"
    assert plan["configuration"]["root_module"]["module_calls"]["m"]["source"] == "./m"


def test_a_moved_and_a_foreign_instance_are_told(tmp_path):
    (tmp_path / "main.tf").write_text('resource "terraform_data" "a" {}\n')
    landfall(tmp_path, "apply", "-auto-approve")
    (tmp_path / "main.tf").write_text('resource "terraform_data" "a" {\n  count = 1\n}\n')
    assert "# terraform_data.a has moved to terraform_data.a[0]" in landfall(tmp_path, "plan")
    assert plan_json(tmp_path)["resource_changes"][0]["previous_address"] == "terraform_data.a"
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    state["resources"][0] |= {"type": "acme_thing", "provider": 'provider["acme.example/acme/acme"]'}
    (tmp_path / "other.tfstate").write_text(json.dumps(state))
    resource = json.loads(landfall(tmp_path, "show", "-json", "other.tfstate"))["values"]["root_module"]["resources"][0]
    assert resource["type"] == "acme_thing" and resource["provider_name"] == "acme.example/acme/acme" and "id" in resource["values"]


def test_what_is_neither_state_nor_plan_is_refused_by_name(tmp_path):
    (tmp_path / "main.tf").write_text("# nothing\n")
    landfall(tmp_path, "show", "main.tf", code=1, says="main.tf is neither a state nor a plan")
    landfall(tmp_path, "show", "nothing", code=1, says="nothing")


def test_colours_are_for_terminals(root):
    def on_terminal(*words):
        command = " ".join([str(PROGRAM), "--data-dir", str(root / "d"), *words])
        return subprocess.run(["script", "-qec", command, "/dev/null"], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60).stdout

    assert "\033" not in landfall(root, "plan")
    shown = on_terminal("plan")
    assert "\033[32m+\033[0m" in shown and "\033[1mPlan:\033[0m" in shown
    assert "\033" not in on_terminal("plan", "-no-color")
    assert re.sub("\033\\[[0-9]*m", "", shown).replace("\r", "") == landfall(root, "plan")


@needs_terraform
@pytest.mark.parametrize("words", [[], ["-var", "p=2"], ["-destroy"]], ids=["same", "changed", "destroy"])
def test_plans_and_states_read_as_terraforms(root, words):
    terraform(root, "init")
    assert plan_text(landfall(root, "plan")) == plan_text(terraform(root, "plan", "-no-color"))
    assert comparable(plan_json(root)) == comparable(terraform_plan_json(root))
    terraform(root, "apply", "-auto-approve")
    assert landfall(root, "show") == terraform(root, "show", "-no-color")
    assert json.loads(landfall(root, "show", "-json")) == json.loads(terraform(root, "show", "-json"))
    if words:
        assert plan_text(landfall(root, "plan", *words)) == plan_text(terraform(root, "plan", "-no-color", *words))
    assert comparable(plan_json(root, *words)) == comparable(terraform_plan_json(root, *words))
