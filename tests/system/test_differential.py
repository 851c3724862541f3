"""What is generated, through Landfall and through Terraform: expressions, changing configurations, layouts.
LANDFALL_DIFFERENTIAL_ROUNDS multiplies how much; LANDFALL_DIFFERENTIAL_SEED begins elsewhere. A failure names its seed."""
import json
import os
import random
import re
import shutil
import subprocess

import pytest

from conftest import PROGRAM
from differential.calls import call
from differential.configurations import MODULE, Configuration
from differential.expressions import expression
from differential.layouts import layout

pytestmark = pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
ROUNDS = int(os.environ.get("LANDFALL_DIFFERENTIAL_ROUNDS", "1"))
SEED = int(os.environ.get("LANDFALL_DIFFERENTIAL_SEED", "1"))
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def run(program, folder, *words, given=""):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}
    return subprocess.run([program, *words], cwd=folder, env=environment, input=given, capture_output=True, text=True, timeout=120)


def shown(program, folder, text):
    done = run(program, folder, "console", given=text + "\n")
    is_refused = done.returncode != 0 or "Error" in done.stderr
    return None if is_refused else done.stdout


@pytest.mark.parametrize("seed", range(SEED, SEED + 60 * ROUNDS))
def test_an_expression_has_one_value(tmp_path, seed):
    source = random.Random(seed)
    text = expression(source, source.choice([1, 2, 2, 3]))
    assert shown(PROGRAM, tmp_path, text) == shown("terraform", tmp_path, text), text


def shown_together(program, folder, texts):
    """What each is, or that it is refused, of one process: Terraform needs a second to start. Halves where one cannot be read at all."""
    listed = ", ".join(f'"@{i}", try([{text}], "refused")' for i, text in enumerate(texts))
    told = shown(program, folder, f'[{listed}, "@"]')
    if told is None:
        half = len(texts) // 2
        return ["unreadable"] if half == 0 else shown_together(program, folder, texts[:half]) + shown_together(program, folder, texts[half:])
    parts = re.split(r'^  "@\d*",$', told, flags=re.M)[1:-1]
    assert len(parts) == len(texts), told
    return parts


@pytest.mark.parametrize("seed", range(SEED, SEED + 8 * ROUNDS))
def test_a_call_has_one_value(tmp_path, seed):
    source = random.Random(seed)
    texts = sorted({call(source) for _ in range(250)})
    for text, ours, theirs in zip(texts, shown_together(PROGRAM, tmp_path, texts), shown_together("terraform", tmp_path, texts)):
        assert ours == theirs, text


@pytest.mark.parametrize("seed", range(SEED, SEED + 40 * ROUNDS))
def test_a_file_has_one_layout(tmp_path, seed):
    text = layout(random.Random(seed)).encode()
    ours, theirs = (subprocess.run([program, "fmt", "-"], cwd=tmp_path, input=text, capture_output=True, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)}) for program in (PROGRAM, "terraform"))
    assert (ours.returncode == 0) == (theirs.returncode == 0), text
    assert theirs.returncode != 0 or ours.stdout == theirs.stdout, text


def plain(value):
    """With ids that are made up at random all the same."""
    return json.loads(UUID.sub("UUID", json.dumps(value, sort_keys=True)))


def planned(program, folder, is_last):
    """The exit code, and of the plan what is to happen."""
    done = run(program, folder, "plan", "-input=false", "-no-color", "-out=p.plan", "-detailed-exitcode", *(["-destroy"] if is_last else []))
    if done.returncode not in (0, 2):
        return done.returncode, done.stderr + done.stdout
    document = json.loads(run(program, folder, "show", "-json", "p.plan").stdout)
    changes = [{k: v for k, v in change.items() if k != "provider_name"} for change in document.get("resource_changes", [])]
    return done.returncode, plain({"changes": sorted(changes, key=lambda c: c["address"]), "outputs": document.get("output_changes", {}), "drift": document.get("resource_drift")})


def reached(instance, instances):
    """Dependencies with what these depend on: Terraform writes all, Landfall those that are direct."""
    found, names = set(), list(instance.get("dependencies", []))
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            names += [d for resource, other in instances for d in other.get("dependencies", []) if ".".join(filter(None, [re.sub(r"\[[^]]*\]", "", resource.get("module", "")), resource["type"], resource["name"]])) == name]
    return sorted(found)


def state_of(folder):
    state = json.loads((folder / "terraform.tfstate").read_text())
    instances = [(resource, instance) for resource in state["resources"] for instance in resource["instances"]]
    rows = [[r.get("module", ""), r["name"], str(i.get("index_key")), i.get("status"), i["attributes"], sorted(json.dumps(p) for p in i.get("sensitive_attributes") or [])] for r, i in instances]
    return plain({"instances": sorted(rows, key=lambda row: row[:3]), "outputs": state["outputs"]}), {(r.get("module", ""), r["name"], str(i.get("index_key"))): reached(i, instances) for r, i in instances}


@pytest.mark.parametrize("seed", range(SEED, SEED + 4 * ROUNDS))
def test_a_configuration_goes_one_way(tmp_path, seed):
    source = random.Random(seed)
    configuration = Configuration(source)
    sides = {program: tmp_path / name for name, program in (("ours", str(PROGRAM)), ("theirs", "terraform"))}
    for step in range(4):
        for program, folder in sides.items():
            (folder / "mod").mkdir(parents=True, exist_ok=True)
            (folder / "mod" / "main.tf").write_text(MODULE)
            (folder / "main.tf").write_text(configuration.text())
            assert run(program, folder, "init", "-input=false").returncode == 0
        ours, theirs = (planned(program, folder, step == 3) for program, folder in sides.items())
        if theirs[0] == 1 and "no change found for" in theirs[1]:
            return  # Terraform's own error: replace_triggered_by of something that is only in the state
        assert ours[0] == theirs[0] and (ours[0] == 1 or ours == theirs), f"seed {seed}, step {step}"
        if ours[0] == 1:
            return
        codes = [run(program, folder, "apply", "-input=false", "p.plan").returncode for program, folder in sides.items()]
        assert codes[0] == codes[1], f"seed {seed}, step {step}"
        ours, theirs = (state_of(folder) for folder in sides.values())
        assert ours == theirs, f"seed {seed}, step {step}"
        if step < 2:  # Terraform tells of the outputs of a destruction what a plan before it would have made of them
            configuration.change()
