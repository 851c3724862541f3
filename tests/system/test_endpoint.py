"""The AWS endpoint as real clients meet it: signatures, refusals, persistence."""
import os
import subprocess

import pytest
from botocore.exceptions import ClientError

from conftest import PROGRAM, ROOT, Stack, free_port


def code_of(call, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def test_the_caller_is_known(shared):
    assert shared.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_a_wrong_secret_is_refused_in_each_protocol(shared):
    wrong = "x" * 40
    assert code_of(shared.client("sts", wrong).get_caller_identity)[0] == "SignatureDoesNotMatch"
    assert code_of(shared.client("ec2", wrong).describe_vpcs)[0] == "AuthFailure"
    assert code_of(shared.client("ecs", wrong).list_clusters)[0] == "InvalidSignatureException"
    assert code_of(shared.client("route53", wrong).list_hosted_zones)[0] == "SignatureDoesNotMatch"


def test_what_is_not_carried_is_refused_by_name(shared):
    code, message = code_of(shared.client("ec2").create_transit_gateway)
    assert code == "InvalidAction" and "CreateTransitGateway" in message
    code, message = code_of(shared.client("ec2").create_vpc, CidrBlock="10.0.0.0/16", AmazonProvidedIpv6CidrBlock=True)
    assert "AmazonProvidedIpv6CidrBlock" in message


def test_an_oversized_body_is_refused(shared):
    code, message = code_of(shared.client("ecs").create_cluster, clusterName="c", tags=[{"key": "k", "value": "v" * 2_000_000}])
    assert code == "RequestEntityTooLarge"


def test_the_plain_aws_cli_works_with_the_exports(shared):
    exports = shared.run("env").stdout
    script = f'{exports}\n/usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" sts get-caller-identity --query Account --output text'
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"})
    assert done.stdout.strip() == "000000000000", done.stderr


def test_the_admin_key_is_readable_by_root_alone(shared):
    assert (shared.folder / "credentials.json").stat().st_mode & 0o777 == 0o600
    assert (shared.folder / "ca" / "root.key").stat().st_mode & 0o777 == 0o600


def test_a_port_that_is_taken_is_named(shared, tmp_path):
    done = subprocess.run([PROGRAM, "--data-dir", tmp_path, "serve", "--port", str(shared.port)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"port {shared.port}" in done.stderr and "already taken" in done.stderr


def test_a_second_daemon_on_one_data_directory_is_refused(shared):
    done = subprocess.run([PROGRAM, "--data-dir", shared.folder, "serve", "--port", str(free_port())], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "held by another landfall daemon" in done.stderr


def test_two_daemons_run_side_by_side(shared, own):
    a, b = Stack(shared, "10.77.0.0/16"), Stack(own, "10.77.0.0/16")
    assert shared.instance() != own.instance()
    assert shared.status()["endpoint"] != own.status()["endpoint"]
    a.remove()
    b.remove()


def test_what_was_acknowledged_survives_kill_9(own):
    ec2 = own.client("ec2")
    made = [ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]]
    for _ in range(3):
        own.kill()
        own.start()
        ec2 = own.client("ec2")
        assert sorted(v["VpcId"] for v in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]) == sorted(made)
        made.append(ec2.create_vpc(CidrBlock="10.2.0.0/16")["Vpc"]["VpcId"])


def test_usage_errors_end_with_2_and_failures_with_1(tmp_path):
    run = lambda *words: subprocess.run([PROGRAM, "--data-dir", tmp_path, *words], capture_output=True, text=True)
    assert run("nonsense").returncode == 2
    assert run("serve", "--account-id", "12").returncode == 2
    failed = run("status")
    assert failed.returncode == 1 and "no daemon runs" in failed.stderr
    assert "Example" in run("why", "--help").stdout


def test_the_table_of_what_is_supported_is_true():
    told = subprocess.run([PROGRAM, "support"], capture_output=True, text=True, check=True).stdout
    assert (ROOT / "docs" / "support.md").read_text() == told, "run: build/landfall support > docs/support.md"


def test_a_daemon_that_is_not_root_says_so(tmp_path):
    tmp_path.chmod(0o777)
    done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", PROGRAM, "--data-dir", tmp_path, "serve", "--port", str(free_port())], capture_output=True, text=True, timeout=20)
    assert done.returncode == 1 and "must run as root" in done.stderr and "65534" in done.stderr
