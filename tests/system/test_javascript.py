"""The JavaScript SDK works unchanged. It comes from the npm registry; where there is no npm the test says so."""
import os
import shutil
import subprocess

import pytest

from conftest import REGION, ROOT


def test_the_javascript_sdk(shared, tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine")
    shutil.copytree(ROOT / "tests/system/javascript", tmp_path / "sdk")
    installed = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--prefer-offline"], cwd=tmp_path / "sdk", capture_output=True, text=True)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    key = shared.key()
    environment = os.environ | {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{shared.port}", "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": key["access_key"], "AWS_SECRET_ACCESS_KEY": key["secret_key"]}
    done = subprocess.run(["node", "smoke.js"], cwd=tmp_path / "sdk", env=environment, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "ok\n"), done.stderr
