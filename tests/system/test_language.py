"""The Terraform language through the program: console, fmt, hcl decode, beside the real terraform where it is installed."""
import json
import os
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT

needs_terraform = pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")
BANK = json.loads((ROOT / "tests/data/hcl/functions.json").read_text())


def landfall(folder, *words, given=None):
    return subprocess.run([PROGRAM, *words], cwd=folder, input=given, capture_output=True, text=True, timeout=60)


def terraform(folder, *words, given=None):
    settings = folder / ".terraformrc"
    settings.touch()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": str(settings), "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(["terraform", *words], cwd=folder, env=environment, input=given, capture_output=True, text=True, timeout=60)


def test_console_answers_every_case_of_the_bank(tmp_path):
    for name, text in BANK["fixtures"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    wrong = []
    for case in BANK["cases"]:
        variables = "".join(f'variable "{name}" {{\n  default = {json.dumps(value)}\n}}\n' for name, value in case.get("vars", {}).items())
        (tmp_path / "main.tf").write_text(variables or "# nothing\n")
        done = landfall(tmp_path, "console", given=case["expr"] + "\n")
        if case["expect"] == "error":
            holds = done.returncode != 0
        else:
            holds = done.returncode == 0 and done.stdout == case.get("console", done.stdout.rstrip("\n")) + "\n"
        if not holds:
            wrong.append((case["id"], case["expr"], done.stdout, done.stderr))
    assert wrong == []


def test_console_reads_several_lines_and_ends_at_the_first_error(tmp_path):
    done = landfall(tmp_path, "console", given='1 + 1\n[\n  1,\n  2]\n<<EOT\nhello\nEOT\n\nnope(1)\n"not reached"\n')
    assert done.stdout == '2\n[\n  1,\n  2,\n]\n<<EOT\nhello\n\nEOT\n'
    assert done.returncode == 1 and 'There is no function named "nope"' in done.stderr


def test_console_knows_the_folder(tmp_path):
    (tmp_path / "main.tf").write_text('variable "a" {\n  default = 4\n}\nvariable "b" {}\nlocals {\n  twice = var.a * 2\n}\nresource "terraform_data" "t" {\n  input = local.twice\n}\n')
    for expression, wanted in [("local.twice", "8\n"), ("var.b", "(known after apply)\n"), ("terraform_data.t.id", "(known after apply)\n"), ("type({a = [1]})", "object({\n    a: tuple([\n        number,\n    ]),\n})\n")]:
        assert landfall(tmp_path, "console", given=expression).stdout == wanted
    assert landfall(tmp_path, "console", "-var", "a=5", given="local.twice").stdout == "10\n"
    assert landfall(tmp_path, "console", given="var.c").returncode == 1


@needs_terraform
def test_console_prints_as_terraform_does(tmp_path):
    (tmp_path / "main.tf").write_text('variable "a" {\n  default = {x = 1}\n}\nvariable "s" {\n  sensitive = true\n  default = "x"\n}\nlocals {\n  l = [var.a, 2.50]\n}\n')
    for expression in ["var.a", "var.s", "[var.s]", "local.l", "path.cwd", "path.module", "terraform.workspace", "type(local.l)", "type(tomap({a = {b = 1}}))", "1/3", "var.nope", "local.nope", "plantimestamp()", "[type(1)]"]:
        ours, theirs = landfall(tmp_path, "console", given=expression + "\n"), terraform(tmp_path, "console", given=expression + "\n")
        assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode), expression
