"""graph, providers, force-unlock and -lock-timeout."""
import fcntl
import json
import threading
import time

import pytest

from test_workflow import STACK, landfall

LOCK = {"ID": "0a1b", "Operation": "OperationTypeApply", "Info": "", "Who": "somebody@else", "Version": "1.11.4", "Created": "2026-01-01T00:00:00Z", "Path": "terraform.tfstate"}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "main.tf").write_text(STACK)
    return tmp_path


class Held:
    """The state's lock, as another process holds it."""

    def __init__(self, folder):
        self.path = folder / ".terraform.tfstate.lock.info"

    def __enter__(self):
        self.file = open(self.path, "w+")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        json.dump(LOCK, self.file)
        self.file.flush()
        return self

    def free(self):
        self.path.unlink(missing_ok=True)
        self.file.close()

    def __exit__(self, *_):
        self.free()


def test_graph_tells_what_needs_what(root):
    text = landfall(root, "graph")
    assert text.startswith("digraph G {\n") and text.endswith("}\n")
    assert '  "terraform_data.secret" [label="terraform_data.secret"];\n' in text
    assert '  "terraform_data.b" -> "terraform_data.a";\n' in text
    assert "terraform_data.a\" ->" not in text


def test_providers_tells_what_is_needed(root):
    (root / "more.tf").write_text('resource "null_resource" "n" {}\n')
    text = landfall(root, "providers")
    assert "Providers required by configuration:" in text
    assert 'provider["terraform.io/builtin/terraform"]' in text and 'provider["registry.terraform.io/hashicorp/null"]' in text


def test_who_holds_the_state_is_named(root):
    with Held(root):
        landfall(root, "plan", code=1, says="somebody@else")
        landfall(root, "plan", "-lock-timeout=300ms", code=1, says="0a1b")
        landfall(root, "plan", "-lock-timeout=soon", code=2, says="'soon' is not a number with ms, s, m or h after it")
    assert "Plan: 4 to add" in landfall(root, "plan")


def test_lock_timeout_waits_for_who_holds_the_state(root):
    with Held(root) as held:
        freed = threading.Timer(4, held.free)  # by then the plan waits
        start = time.monotonic()
        freed.start()
        assert "waiting up to 30 s" in landfall(root, "plan", "-lock-timeout", "30s")
        assert 3.9 < time.monotonic() - start < 29
        freed.join()


def test_force_unlock_takes_away_a_lock_by_its_id(root):
    landfall(root, "force-unlock", "0a1b", code=1, says="is not locked")
    (root / ".terraform.tfstate.lock.info").write_text(json.dumps(LOCK))
    landfall(root, "force-unlock", "other", code=1, says='lock ID "other" does not match existing lock ID "0a1b"')
    assert "successfully unlocked" in landfall(root, "force-unlock", "-force", "0a1b")
    assert not (root / ".terraform.tfstate.lock.info").exists()
