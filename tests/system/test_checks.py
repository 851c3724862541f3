"""Conditions and check blocks: what plans and states tell of them, and which attributes matter to a plan; as Terraform tells it
where it is installed."""
import json
import pathlib
import shutil

import pytest

from conftest import PROGRAM
from test_differential import run

STACK = pathlib.Path(__file__).parent / "stacks" / "checks"


def prepared(folder, program):
    shutil.copytree(STACK, folder)
    assert run(program, folder, "init").returncode == 0
    return folder


def planned(program, folder, *words):
    assert run(program, folder, "plan", "-no-color", "-out=p.plan", *words).returncode == 0
    return json.loads(run(program, folder, "show", "-json", "p.plan").stdout)


def told(folder):
    results = json.loads((folder / "terraform.tfstate").read_text())["check_results"]
    for result in results:
        result["objects"] = sorted(result["objects"] or [], key=lambda one: one["object_addr"])
    return {result["config_addr"]: result for result in results}


def statuses(checks):
    return {check["address"]["to_display"]: check["status"] for check in checks}


def test_checks_are_told_by_plans_and_states(tmp_path):
    folder = prepared(tmp_path / "ours", PROGRAM)
    plan = planned(PROGRAM, folder)
    assert statuses(plan["checks"]) == {"check.fails": "fail", "check.holds": "pass", "check.later": "fail", "module.m.check.inner": "unknown", "module.m.output.out": "unknown", "module.m.terraform_data.in": "unknown",
                                        "module.m.var.x": "unknown", "output.o": "pass", "terraform_data.none": "pass", "terraform_data.r": "unknown", "var.n": "pass"}
    done = run(PROGRAM, folder, "apply", "p.plan")
    assert done.returncode == 0 and "Check block assertion failed" in done.stdout + done.stderr
    assert told(folder)["check.fails"]["objects"] == [{"object_addr": "check.fails", "status": "fail", "failure_messages": ["bad is x", "n is not 7"]}]
    shown = json.loads(run(PROGRAM, folder, "show", "-json").stdout)
    assert statuses(shown["checks"])["module.m.check.inner"] == "fail"


@pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
def test_checks_and_relevant_attributes_are_terraforms(tmp_path):
    sides = {program: prepared(tmp_path / name, program) for name, program in (("ours", str(PROGRAM)), ("theirs", "terraform"))}

    def check_messages_apart(checks):
        """What a data source says of a missing state is in the words of each."""
        for check in checks:
            for instance in check.get("instances", []):
                if check["address"]["to_display"] == "check.later":
                    instance.pop("problems", None)
        return checks

    for words in ([], ["-var", "n=3"], ["-var", "bad=y"]):
        ours, theirs = (planned(program, folder, *words) for program, folder in sides.items())
        assert check_messages_apart(ours["checks"]) == check_messages_apart(theirs["checks"])
        key = lambda one: json.dumps(one)  # noqa: E731: Terraform's order is none
        assert sorted(ours["relevant_attributes"], key=key) == sorted(theirs["relevant_attributes"], key=key)
        for program, folder in sides.items():
            assert run(program, folder, "apply", "p.plan").returncode == 0
        ours, theirs = (told(folder) for folder in sides.values())
        assert {k: v for k, v in ours.items() if k != "check.later"} == {k: v for k, v in theirs.items() if k != "check.later"}
