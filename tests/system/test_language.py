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


UNTIDY = 'variable "x" {\n type="list"\n}\nresource aws_vpc   main {\ncidr_block="${var.x}" # c\ntags={Name="a",B =1}\n}\nlocals {\na = [\n1,2,\n]\nlonger = <<-EOT\n   x ${ y }\n  EOT\n}\n'


def test_fmt_writes_checks_and_shows(tmp_path):
    (tmp_path / "sub").mkdir()
    for name in ["a.tf", "sub/b.tfvars", "skipped.txt"]:
        (tmp_path / name).write_text("x=1\n")
    done = landfall(tmp_path, "fmt", "-check", "-diff")
    assert done.returncode == 3 and done.stdout == "a.tf\n--- old/a.tf\n+++ new/a.tf\n@@ -1 +1 @@\n-x=1\n+x = 1\n"
    assert landfall(tmp_path, "fmt", "-recursive").stdout == "a.tf\nsub/b.tfvars\n"
    assert [(tmp_path / name).read_text() for name in ["a.tf", "sub/b.tfvars", "skipped.txt"]] == ["x = 1\n", "x = 1\n", "x=1\n"]
    assert landfall(tmp_path, "fmt", "-check", "-recursive").returncode == 0
    assert landfall(tmp_path, "fmt", "-", given="x=1\n").stdout == "x = 1\n"
    (tmp_path / "a.tf").write_text("x = [\n")
    done = landfall(tmp_path, "fmt")
    assert done.returncode == 2 and "a.tf line" in done.stderr


def untidy_expression(random, depth):
    gap = lambda: " " * random.randrange(3)
    inner = lambda: untidy_expression(random, depth - 1)
    simple = ["1", "var.a", "a.b[0]", "x[*].y", '"a b"', '"x${ var.a }y"', '"${  f( x )  }"', "- 2", "!  x", "f( 1,2 )", "g(a ...)", '"%{ if a }x%{ endif }"', "aws_x.y.0.id"]
    if depth == 0:
        return random.choice(simple)
    forms = [lambda: "[" + gap() + ("," + gap()).join(inner() for _ in range(random.randrange(4))) + gap() + "]",
             lambda: "{" + gap() + ("," + gap()).join(f"k{i}{gap()}={gap()}{inner()}" for i in range(random.randrange(3))) + gap() + "}",
             lambda: "[\n" + "".join(gap() + inner() + "," + random.choice(["", " # c"]) + "\n" for _ in range(2)) + "]",
             lambda: "{\n" + "".join(f"{gap()}{'k' * i}{gap()}={gap()}{inner()}{random.choice(['', '  // c'])}\n" for i in (1, 4)) + gap() + "}",
             lambda: inner() + gap() + random.choice(["+", "-", "*", "==", "&&", "<="]) + gap() + inner(),
             lambda: inner() + gap() + "?" + gap() + inner() + gap() + ":" + gap() + inner(),
             lambda: "(" + gap() + inner() + gap() + ")",
             lambda: "[for x in" + " " + inner() + gap() + ":" + gap() + inner() + random.choice(["", " if " + inner()]) + gap() + "]",
             lambda: "{for k,v in " + inner() + ":" + inner() + gap() + "=>" + gap() + inner() + "}"]
    return random.choice(forms)() if random.random() < 0.8 else random.choice(simple)


@needs_terraform
def test_fmt_lays_out_as_terraform_does(tmp_path):
    import random
    chance = random.Random(5)
    texts = [UNTIDY, "", "# c", "a = 1", "\ufeffa=1\n"]
    for _ in range(60):
        lines = [f"a{i}{' ' * chance.randrange(3)}={' ' * chance.randrange(3)}{untidy_expression(chance, 3)}{chance.choice(['', ' # c'])}\n" for i in range(5)]
        texts.append("".join(lines[:2]) + 'b  "l"{\n' + "".join(lines[2:]) + "}\n")
    for text in texts:
        ours, theirs = landfall(tmp_path, "fmt", "-", given=text), terraform(tmp_path, "fmt", "-", given=text)
        assert (ours.stdout, ours.returncode) == (theirs.stdout, theirs.returncode), text


def test_hcl_decode_reads_by_a_specification(tmp_path):
    (tmp_path / "s.hcldec").write_text('''
variables {
  greeting = "hi"
}
object {
  attr "name" {
    type     = string
    required = true
  }
  attr "other" {}
  attr "all" { type = any }
  block_map "operator" {
    labels = ["kind"]
    object {
      attr "a" { type = any }
    }
  }
  block_list "item" {
    max_items = 2
    attr { name = "n" }
  }
  default "port" {
    attr { type = number }
    literal { value = 80 }
  }
  transform "twice" {
    attr { name = "size" }
    result = nested * 2
  }
}
''')
    good = 'name = greeting\nsize = 4\noperator "==" {\n  a = 1 == 1\n}\noperator "!" {\n  a = !true\n}\nitem {\n  n = [1]\n}\n'
    done = landfall(tmp_path, "hcl", "decode", "--spec", "s.hcldec", given=good)
    assert json.loads(done.stdout) == {"name": "hi", "operator": {"==": {"a": True}, "!": {"a": False}}, "item": [[1]], "port": 80, "twice": 8}, done.stderr
    done = landfall(tmp_path, "hcl", "decode", "--spec=s.hcldec", "--with-type", "--keep-nulls", given=good)
    assert json.loads(done.stdout)["type"][1]["operator"] == ["map", ["object", {"a": "bool"}]] and json.loads(done.stdout)["value"]["other"] is None
    done = landfall(tmp_path, "hcl", "decode", "--spec=s.hcldec", "--var-refs", given=good)
    assert [r["root_name"] for r in json.loads(done.stdout)] == ["greeting"] and json.loads(done.stdout)[0]["value"] == "hi"
    done = landfall(tmp_path, "hcl", "decode", "--spec=s.hcldec", "--diags=json", given='nam = 1\nitem "x" {\n}\nsize = 1\n')
    problems = json.loads(done.stderr)["diagnostics"]
    assert done.returncode == 2 and [p["summary"] for p in problems] == ["Unsupported argument", "Extraneous label for item", "Missing required argument"]
    assert problems[1]["subject"]["start"] == {"line": 2, "column": 6, "byte": 13} and problems[1]["subject"]["end"] == {"line": 2, "column": 9, "byte": 16}
