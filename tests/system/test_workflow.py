"""Plan, apply, change and destroy through the program on configurations without a cloud, and in turns with terraform."""
import json
import os
import shutil
import signal
import subprocess

import pytest

from conftest import PROGRAM

needs_terraform = pytest.mark.skipif(not shutil.which("terraform"), reason="terraform is not installed")

STACK = '''
variable "v" {
  default = "one"
}
resource "terraform_data" "a" {
  input = var.v
  provisioner "local-exec" {
    command = "echo ${self.input} >> made.txt"
  }
}
resource "terraform_data" "b" {
  count            = 2
  input            = { id = terraform_data.a.id, n = count.index }
  triggers_replace = var.v
}
resource "terraform_data" "secret" {
  input = sensitive("s3cret")
}
output "a" {
  value = terraform_data.a.output
}
'''


def landfall(folder, *words, code=0, says=""):
    """`says`: part of what goes to standard error."""
    done = subprocess.run([PROGRAM, "--data-dir", folder / "no-daemon", *words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    assert says in done.stderr
    return done.stdout


def terraform(folder, *words, code=0):
    (folder / ".terraformrc").touch()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": str(folder / ".terraformrc"), "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(["terraform", *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def stack(tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    return tmp_path


def test_apply_change_and_destroy(stack):
    assert "Plan: 4 to add" in landfall(stack, "plan", "-detailed-exitcode", code=2)
    assert "4 added" in landfall(stack, "apply", "-auto-approve")
    assert (stack / "made.txt").read_text() == "one\n"
    landfall(stack, "plan", "-detailed-exitcode")
    assert "2 added, 1 changed, 2 destroyed" in landfall(stack, "apply", "-auto-approve", "-var", "v=two")
    assert landfall(stack, "output", "-raw", "a") == "two"
    assert "3 to add" not in landfall(stack, "plan", "-var", "v=two", "-replace", "terraform_data.a")
    assert "4 destroyed" in landfall(stack, "destroy", "-auto-approve")
    assert json.loads((stack / "terraform.tfstate").read_text())["resources"] == []


@needs_terraform
def test_terraform_and_landfall_take_turns(stack):
    landfall(stack, "apply", "-auto-approve")
    terraform(stack, "plan", "-detailed-exitcode")
    ours = json.loads((stack / "terraform.tfstate").read_text())
    terraform(stack, "apply", "-auto-approve", "-var", "v=two")
    landfall(stack, "plan", "-detailed-exitcode", "-var", "v=two")
    theirs = json.loads((stack / "terraform.tfstate").read_text())
    assert [(r["type"], r["name"], sorted(r["instances"][0])) for r in ours["resources"]] == [(r["type"], r["name"], sorted(r["instances"][0])) for r in theirs["resources"]]
    secret = [r["instances"][0]["sensitive_attributes"] for state in (ours, theirs) for r in state["resources"] if r["name"] == "secret"]
    assert secret[0] == secret[1] != []
    landfall(stack, "destroy", "-auto-approve", "-var", "v=two")
    assert "No changes" in terraform(stack, "plan", "-destroy", "-var", "v=two")


def test_moved_removed_imported(stack):
    landfall(stack, "apply", "-auto-approve")
    text = STACK.replace('"b" {', '"c" {').replace('resource "terraform_data" "secret" {\n  input = sensitive("s3cret")\n}\n', "")
    (stack / "main.tf").write_text(text + '''
moved {
  from = terraform_data.b
  to   = terraform_data.c
}
removed {
  from = terraform_data.secret
  lifecycle {
    destroy = false
  }
}
import {
  to = terraform_data.known
  id = "abc"
}
resource "terraform_data" "known" {}
''')
    shown = landfall(stack, "plan")
    assert "terraform_data.b[0] has moved to terraform_data.c[0]" in shown and "will no longer be managed" in shown and "will be imported [id=abc]" in shown
    assert "0 added, 0 changed, 0 destroyed" in landfall(stack, "apply", "-auto-approve")
    assert landfall(stack, "state", "list") == "terraform_data.a\nterraform_data.c[0]\nterraform_data.c[1]\nterraform_data.known\n"
    landfall(stack, "plan", "-detailed-exitcode")


def test_triggers_overrides_json_and_checks(tmp_path):
    (tmp_path / "main.tf").write_text('''
resource "terraform_data" "a" {
  input = 1
}
resource "terraform_data" "b" {
  lifecycle {
    replace_triggered_by = [terraform_data.a]
  }
}
check "two" {
  assert {
    condition     = terraform_data.a.input == 2
    error_message = "a is not two"
  }
}
''')
    (tmp_path / "more.tf.json").write_text('{"resource": {"terraform_data": {"j": {"input": "${terraform_data.a.id}-x", "lifecycle": {"create_before_destroy": true}}}}, "output": {"x": {"value": "${terraform_data.a.input}"}}}')
    landfall(tmp_path, "apply", "-auto-approve")
    assert landfall(tmp_path, "output", "-raw", "x") == "1"
    (tmp_path / "override.tf").write_text('resource "terraform_data" "a" {\n  input = 2\n}\n')
    assert "1 added, 1 changed, 1 destroyed" in landfall(tmp_path, "apply", "-auto-approve")
    assert landfall(tmp_path, "output", "-raw", "x") == "2"


def test_a_block_without_instances_hides_nothing_that_others_wait_for(tmp_path):
    (tmp_path / "main.tf").write_text('''
resource "terraform_data" "first" {
  provisioner "local-exec" {
    when    = destroy
    command = "echo first >> ended.txt"
  }
}
resource "terraform_data" "none" {
  count = 0
  input = terraform_data.first.id
}
resource "terraform_data" "last" {
  input = length(terraform_data.none)
  provisioner "local-exec" {
    when    = destroy
    command = "sleep 0.2; echo last >> ended.txt"
  }
}
''')
    landfall(tmp_path, "apply", "-auto-approve")
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    last = next(r for r in state["resources"] if r["name"] == "last")
    assert last["instances"][0]["dependencies"] == ["terraform_data.first", "terraform_data.none"]
    landfall(tmp_path, "destroy", "-auto-approve")
    assert (tmp_path / "ended.txt").read_text() == "last\nfirst\n"


def test_targets_and_exclusions(stack):
    assert "Plan: 2 to add" in landfall(stack, "plan", "-target", "terraform_data.b[1]")
    assert "Plan: 1 to add" in landfall(stack, "plan", "-exclude", "terraform_data.a")
    landfall(stack, "apply", "-auto-approve", "-target", "terraform_data.secret")
    assert landfall(stack, "state", "list") == "terraform_data.secret\n"


def test_commands_on_the_state(stack):
    landfall(stack, "apply", "-auto-approve")
    landfall(stack, "taint", "terraform_data.a")
    assert "tainted, so it must be replaced" in landfall(stack, "plan")
    landfall(stack, "untaint", "terraform_data.a")
    landfall(stack, "state", "mv", "terraform_data.b", "terraform_data.d")
    landfall(stack, "state", "rm", "terraform_data.d[1]")
    assert landfall(stack, "state", "list") == "terraform_data.a\nterraform_data.d[0]\nterraform_data.secret\n"
    landfall(stack, "import", "terraform_data.b[0]", "some-id")
    (stack / "copy").write_text(landfall(stack, "state", "pull"))
    landfall(stack, "state", "rm", "terraform_data.a")
    landfall(stack, "state", "push", "copy", code=1)
    landfall(stack, "state", "push", "-force", "copy")
    assert "terraform_data.a" in landfall(stack, "state", "list")


def test_workspaces_validation_and_modules(tmp_path):
    (tmp_path / "main.tf").write_text('module "m" {\n  source = "registry.terraform.io/acme/m/local"\n}\nresource "terraform_data" "w" {\n  input = terraform.workspace\n}\n')
    (tmp_path / "mirror/acme/m/local").mkdir(parents=True)
    (tmp_path / "mirror/acme/m/local/main.tf").write_text('resource "terraform_data" "inner" {}\n')
    landfall(tmp_path, "validate", code=1)
    landfall(tmp_path, "init", "-module-mirror", "mirror")
    assert json.loads(landfall(tmp_path, "validate", "-json"))["valid"] is True
    landfall(tmp_path, "workspace", "new", "blue")
    landfall(tmp_path, "apply", "-auto-approve")
    assert landfall(tmp_path, "state", "list") == "terraform_data.w\nmodule.m.terraform_data.inner\n"
    landfall(tmp_path, "workspace", "select", "default")
    assert landfall(tmp_path, "state", "list") == ""
    landfall(tmp_path, "workspace", "delete", "blue", code=1)


def test_init_keeps_modules_that_somebody_installed(tmp_path):
    call = 'module "m" {{\n  source  = "acme/m/local"\n  version = "{}"\n}}\n'
    (tmp_path / "main.tf").write_text(call.format("~> 2.1"))
    folder = tmp_path / ".terraform/modules/m"
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text('module "inner" {\n  source = "./inner"\n}\n')
    (folder / "inner").mkdir()
    (folder / "inner/main.tf").write_text('resource "terraform_data" "inner" {}\n')
    noted = [{"Key": "", "Source": "", "Dir": "."}, {"Key": "m", "Source": "registry.terraform.io/acme/m/local", "Version": "2.4.0", "Dir": ".terraform/modules/m"},
             {"Key": "m.inner", "Source": "./inner", "Dir": ".terraform/modules/m/inner"}]
    (tmp_path / ".terraform/modules/modules.json").write_text(json.dumps({"Modules": noted}))
    landfall(tmp_path, "init")
    assert json.loads((tmp_path / ".terraform/modules/modules.json").read_text())["Modules"] == noted
    assert "Plan: 1 to add" in landfall(tmp_path, "plan")
    (tmp_path / "main.tf").write_text(call.format("~> 3.0"))
    landfall(tmp_path, "init", code=1, says='"acme/m/local" ~> 3.0 is neither installed')
    assert (folder / "main.tf").exists()
    (tmp_path / "main.tf").write_text(call.format("~> 2.1"))
    landfall(tmp_path, "init", "-upgrade", code=1, says="neither installed")
    (tmp_path / "mirror/acme/m").mkdir(parents=True)
    shutil.copytree(folder, tmp_path / "mirror/acme/m/local")
    landfall(tmp_path, "init", "-upgrade", "-module-mirror", "mirror")
    assert "Plan: 1 to add" in landfall(tmp_path, "plan")
    assert {m["Key"]: m.get("Version") for m in json.loads((tmp_path / ".terraform/modules/modules.json").read_text())["Modules"]} == {"": None, "m": "2.1.0", "m.inner": None}
    landfall(tmp_path, "init")


def test_a_mirror_may_hold_several_versions_of_a_module(tmp_path):
    for version in ("1.9.0", "1.10.0", "2.0.0", "3.0.0-rc1"):
        folder = tmp_path / "mirror/acme/m/local" / version
        folder.mkdir(parents=True)
        (folder / "main.tf").write_text(f'output "version" {{\n  value = "{version}"\n}}\n')
    (tmp_path / "mirror/github.com/acme/m/v1").mkdir(parents=True)
    (tmp_path / "mirror/github.com/acme/m/v1/main.tf").write_text('output "version" {\n  value = "v1"\n}\n')
    calls = {"any": "", "one": "~> 1.0", "exact": "1.9.0", "early": "3.0.0-rc1"}
    text = "".join(f'module "{name}" {{\n  source = "acme/m/local"\n' + (f'  version = "{version}"\n' if version else "") + "}\n" for name, version in calls.items())
    text += 'module "git" {\n  source = "github.com/acme/m?ref=v1"\n}\n'
    text += "".join(f'output "{name}" {{\n  value = module.{name}.version\n}}\n' for name in [*calls, "git"])
    (tmp_path / "main.tf").write_text(text)
    landfall(tmp_path, "init", "-module-mirror", "mirror")
    landfall(tmp_path, "apply", "-auto-approve")
    assert {name: o["value"] for name, o in json.loads(landfall(tmp_path, "output", "-json")).items()} == {"any": "2.0.0", "one": "1.10.0", "exact": "1.9.0", "early": "3.0.0-rc1", "git": "v1"}
    noted = {m["Key"]: m.get("Version") for m in json.loads((tmp_path / ".terraform/modules/modules.json").read_text())["Modules"]}
    assert noted["one"] == "1.10.0" and noted["any"] == "2.0.0"
    (tmp_path / "main.tf").write_text('module "m" {\n  source  = "acme/m/local"\n  version = "~> 4.0"\n}\n')
    landfall(tmp_path, "init", "-module-mirror", "mirror", code=1, says="2.0.0, 1.10.0, 1.9.0; wanted is ~> 4.0")


def test_validate_minds_constants(tmp_path):
    (tmp_path / "main.tf").write_text('''
resource "aws_lb_target_group" "g" {
  count = 0
  port  = "http"
  health_check {
    enabled = "perhaps"
  }
}
resource "aws_lb" "b" {
  count                      = 0
  enable_zonal_shift         = true
  idle_timeout               = 5000
  xff_header_processing_mode = "drop"
  desync_mitigation_mode     = var.mode
}
variable "mode" {
  default = "defensive"
}
''')
    found = json.loads(landfall(tmp_path, "validate", "-json", code=1))
    assert sorted((d["range"]["start"]["line"], d["summary"]) for d in found["diagnostics"]) == [
        (4, "Incorrect attribute value type"), (6, "Incorrect attribute value type"), (12, "expected idle_timeout to be in the range (1 - 4000), got 5000"),
        (13, 'expected xff_header_processing_mode to be one of ["append" "preserve" "remove"], got drop')]


def test_modules_come_by_git_at_whatever_git_finds(tmp_path):
    repository = tmp_path / "repository"
    (repository / "modules/two").mkdir(parents=True)

    def git(*words):
        identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}
        return subprocess.run(["git", "-C", repository, *words], check=True, capture_output=True, text=True, env=os.environ | identity).stdout.strip()
    git("init", "--quiet", "--initial-branch=main")
    for version in ("one", "two", "three"):
        (repository / "main.tf").write_text(f'output "v" {{\n  value = "{version}"\n}}\n')
        (repository / "modules/two/main.tf").write_text(f'output "v" {{\n  value = "inner {version}"\n}}\n')
        git("add", ".")
        git("commit", "--quiet", "-m", version)
        git("tag", version)
    git("branch", "side", "two")
    root = tmp_path / "root"
    root.mkdir()
    seen = {"?ref=one": "one", "?ref=tags/two": "two", "?ref=" + git("rev-parse", "one"): "one", "?ref=side": "two", "": "three", "//modules/two?ref=tags%2Fone": "inner one", "?depth=1&ref=two": "two"}
    calls = [f'module "m{i}" {{\n  source = "git::file://{repository}{query}"\n}}\noutput "m{i}" {{\n  value = module.m{i}.v\n}}\n' for i, query in enumerate(seen)]
    (root / "main.tf").write_text("".join(calls))
    landfall(root, "init")
    landfall(root, "apply", "-auto-approve")
    assert [value["value"] for value in json.loads(landfall(root, "output", "-json")).values()] == list(seen.values())
    (root / "main.tf").write_text(f'module "m" {{\n  source = "git::file://{repository}?ref=none"\n}}\n')
    landfall(root, "init", code=1, says="at none failed")
    (root / "main.tf").write_text(f'module "m" {{\n  source = "git::file://{repository}?ref=--orphan"\n}}\n')
    landfall(root, "init", code=1, says='ref "--orphan" is no branch')


def test_a_killed_apply_loses_nothing(tmp_path):
    (tmp_path / "main.tf").write_text('resource "terraform_data" "quick" {\n  count = 50\n}\nresource "terraform_data" "slow" {\n  depends_on = [terraform_data.quick]\n  provisioner "local-exec" {\n    command = "sleep 30"\n  }\n}\n')
    process = subprocess.Popen([PROGRAM, "--data-dir", tmp_path / "d", "apply", "-auto-approve"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if "Provisioning" in line:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(landfall(tmp_path, "state", "list").splitlines()) == 51
    assert "tainted" not in landfall(tmp_path, "plan", "-target", "terraform_data.quick")


def test_init_gives_what_a_backend_s_block_leaves_out(tmp_path):
    (tmp_path / "main.tf").write_text('terraform {\n  backend "local" {}\n}\nresource "terraform_data" "a" {}\n')
    (tmp_path / "ci.tfbackend").write_text('path = "from-file.tfstate"\n')
    landfall(tmp_path, "init", "-backend-config=ci.tfbackend")
    landfall(tmp_path, "apply", "-auto-approve")
    assert json.loads((tmp_path / "from-file.tfstate").read_text())["resources"]
    landfall(tmp_path, "init", "-reconfigure", "-backend-config=path=other.tfstate")
    assert "No state" not in landfall(tmp_path, "plan", "-detailed-exitcode", code=2), "another state: all is new"
    landfall(tmp_path, "init", "-backend-config=ci2.tfbackend", code=1, says="ci2.tfbackend")
    (tmp_path / "bad.tfbackend").write_text("path = [1]\n")
    landfall(tmp_path, "init", "-backend-config=bad.tfbackend", code=1, says='the argument "path" has no plain value')
    (tmp_path / "main.tf").write_text('terraform {\n  backend "s3" {}\n}\nresource "terraform_data" "a" {}\n')
    landfall(tmp_path, "init", "-backend=false")
    landfall(tmp_path, "validate")


def test_what_init_is_given_goes_before_what_a_backend_s_block_has(tmp_path):
    for path in ("", "in-block.tfstate"):
        (tmp_path / "main.tf").write_text(f'terraform {{\n  backend "local" {{\n    path = "{path}"\n  }}\n}}\nresource "terraform_data" "a" {{}}\n')
        landfall(tmp_path, "init", "-reconfigure", "-backend-config=path=given.tfstate")
        landfall(tmp_path, "apply", "-auto-approve")
    assert json.loads((tmp_path / "given.tfstate").read_text())["resources"] and not (tmp_path / "in-block.tfstate").exists()


def test_refresh_get_and_version(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m/main.tf").write_text('output "x" { value = 1 }\n')
    (tmp_path / "main.tf").write_text('module "m" { source = "./m" }\noutput "y" { value = module.m.x }\n')
    landfall(tmp_path, "get", "-update")
    landfall(tmp_path, "refresh")
    assert landfall(tmp_path, "output", "-raw", "y") == "1"
    assert json.loads(landfall(tmp_path, "version", "-json"))["terraform_version"].startswith("1.")


@needs_terraform
def test_settings_of_terraform_s_init_are_found(tmp_path):
    (tmp_path / "main.tf").write_text('terraform {\n  backend "local" {}\n}\nresource "terraform_data" "a" {}\n')
    terraform(tmp_path, "init", "-backend-config=path=shared.tfstate")
    terraform(tmp_path, "apply", "-auto-approve")
    landfall(tmp_path, "plan", "-detailed-exitcode")
    landfall(tmp_path, "destroy", "-auto-approve")
    assert not json.loads((tmp_path / "shared.tfstate").read_text())["resources"]
