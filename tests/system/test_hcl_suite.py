"""Cases in the form of HashiCorp's HCL specification suite (NAME.hcl or NAME.hcl.json, NAME.hcldec, NAME.t), each decoded by
`landfall hcl decode`: the value, or where each problem is."""
import json
import pathlib
import subprocess

import pytest

from conftest import PROGRAM

SUITE = pathlib.Path(__file__).resolve().parents[1] / "data" / "hcl" / "specsuite"
EXPECTATION = '''
object {
  attr "result" {
    type = any
  }
  block "diagnostics" {
    block_tuple "error" {
      object {
        block "from" {
          object {
            attr "line" {
              type = number
            }
            attr "column" {
              type = number
            }
            attr "byte" {
              type = number
            }
          }
        }
        block "to" {
          object {
            attr "line" {
              type = number
            }
            attr "column" {
              type = number
            }
            attr "byte" {
              type = number
            }
          }
        }
      }
    }
  }
}
'''


def decode(spec, document, *options):
    return subprocess.run([PROGRAM, "hcl", "decode", "--spec", spec, *options, document], capture_output=True, text=True, timeout=30)


@pytest.fixture(scope="module")
def expectation(tmp_path_factory):
    path = tmp_path_factory.mktemp("suite") / "t.hcldec"
    path.write_text(EXPECTATION)
    return path


def document_of(case):
    return next(path for path in (case.with_suffix(".hcl"), case.with_suffix(".hcl.json")) if path.exists())


@pytest.mark.parametrize("case", sorted(SUITE.rglob("*.t")), ids=lambda path: str(path.relative_to(SUITE).with_suffix("")))
def test_a_document_means_what_the_suite_says(case, expectation):
    read = decode(expectation, case, "--keep-nulls")
    assert read.returncode == 0, read.stderr
    wanted = json.loads(read.stdout)

    done = decode(case.with_suffix(".hcldec"), document_of(case), "--keep-nulls", "--diags=json")

    if wanted["diagnostics"] is None:
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == wanted["result"]
    else:
        assert done.returncode == 2, done.stdout
        places = [(one["subject"]["start"], one["subject"]["end"]) for one in json.loads(done.stderr)["diagnostics"]]
        assert places == [(one["from"], one["to"]) for one in wanted["diagnostics"]], done.stderr
