"""Modules as the registry has them: they hold types that Landfall does not carry, for those who switch them on."""
import json
import pathlib
import shutil

import pytest

from test_types_storage import Root

STACK = pathlib.Path(__file__).parent / "stacks" / "switched"


@pytest.fixture
def stack(shared, tmp_path):
    shutil.copytree(STACK, tmp_path, dirs_exist_ok=True)
    made = Root(shared, tmp_path)
    made.run("get")
    return made


def test_what_is_switched_off_is_no_reason_to_refuse_a_module(stack):
    stack.run("validate")
    stack.run("apply", "-auto-approve")
    stack.run("plan", "-detailed-exitcode")
    outputs = json.loads(stack.run("output", "-json"))
    assert outputs["endpoint"]["value"] == {} and outputs["task_definition"]["value"] == "switched:1"
    stack.destroy()


def test_what_is_switched_on_is_refused_by_name_all_at_once(stack):
    main = stack.folder / "main.tf"
    main.write_text(main.read_text().replace('source          = "./network"', 'source          = "./network"\n  enable_flow_log = true\n  endpoints       = { s3 = { service = "s3" } }'))
    shown = stack.run("plan", code=1)
    for part in ['resource type "aws_flow_log" at network/main.tf:', 'data source "aws_ec2_transit_gateway" at network/main.tf:', "--inert aws_ec2_transit_gateway,aws_flow_log "]:
        assert part in shown, shown
    assert "aws_lambda_permission" not in shown and shown.count("Error:") == 1
    stack.run("plan", "--inert", "aws_flow_log,aws_ec2_transit_gateway")


def test_a_type_that_is_never_switched_off_is_told_before_anything_is_asked(stack):
    (stack.folder / "more.tf").write_text('resource "aws_db_instance" "d" {}\n')
    assert 'resource type "aws_db_instance"' in stack.run("validate", code=1)
