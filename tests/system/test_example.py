"""The main job: ./run brings up examples/matabit, and what it prints is true and stays true."""
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, leftovers, remains, unstarted_daemon

HOSTS = {"www.matabit.org": "matabit prod", "staging.matabit.org": "matabit staging", "blog.staging.matabit.org": "matabit staging"}
ROOTS = ["examples/matabit/vpc", "examples/matabit/ecs"]


class Run:
    """`./run` with a data directory and ports of its own."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.environment = os.environ | {"LANDFALL_DATA_DIR": str(daemon.folder), "LANDFALL_PORT": str(daemon.port), "LANDFALL_DNS_PORT": str(daemon.dns_port)}

    def __call__(self, *words):
        return subprocess.run([ROOT / "run", *words], env=self.environment, capture_output=True, text=True, timeout=300)

    def get(self, url, *words, address=None):
        host, port = url.split("/")[2], 443 if url.startswith("https") else 80
        address = address or self.daemon.status()["load_balancers"][0]["addresses"][0]
        command = ["curl", "-sS", "-m", "10", "--noproxy", "*", "--cacert", self.daemon.folder / "ca/root.pem", "--resolve", f"{host}:{port}:{address}", "-H", "Accept: application/json", *words, url]
        return subprocess.run(command, capture_output=True, text=True)

    def page(self, host, address=None):
        done = self.get(f"https://{host}/", address=address)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def end(run):
    instance = run.daemon.instance()
    done = run("down")
    left = leftovers(instance) + remains(run.daemon.folder, instance)
    assert (done.returncode, left, run.daemon.folder.exists()) == (0, [], False), done.stderr


def start(run):
    done = run()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    return done.stdout


@contextlib.contextmanager
def a_run():
    with unstarted_daemon() as daemon:
        run = Run(daemon)
        try:
            yield run
        finally:
            end(run)


@pytest.fixture(scope="module")
def up():
    with a_run() as run:
        run.said = start(run)
        yield run


def test_the_hosts_answer_from_their_tasks_with_a_certificate_that_is_accepted(up):
    tasks = {t["id"]: t for t in up.daemon.status()["tasks"]}
    for host, site in HOSTS.items():
        for address in up.daemon.status()["load_balancers"][0]["addresses"]:
            page = up.page(host, address)
            assert page["site"] == site and page["host"] == host
            assert (page["zone"], page["address"]) == (tasks[page["task"]]["zone"], tasks[page["task"]]["address"])


def test_plain_http_is_sent_to_https(up):
    done = up.get("http://www.matabit.org/a?b=c", "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}")
    assert done.stdout in ("301 https://www.matabit.org:443/a?b=c", "301 https://www.matabit.org/a?b=c")


def test_an_unknown_host_gets_the_default_action(up):
    assert up.page("other.matabit.org")["site"] == "matabit prod"


def test_four_tasks_run_as_real_containers_in_private_subnets_over_zones(up):
    tasks = up.daemon.status()["tasks"]
    assert [t["status"] for t in tasks] == ["RUNNING"] * 4
    for service in ("matabit-prod-service", "matabit-staging-service"):
        zones = [t["zone"] for t in tasks if t["group"] == f"service:{service}"]
        assert len(zones) == len(set(zones)) == 2
    assert all(re.match(r"10\.10\.1[123]\.\d+$", t["address"]) for t in tasks)
    runc = up.daemon.containers()
    assert sorted(c["id"].rsplit("-", 1)[0] for c in runc if c["status"] == "running") == sorted(t["id"] for t in tasks)
    spaces = {os.readlink(f"/proc/{c['pid']}/ns/net") for c in runc}
    assert len(spaces) == 4 and os.readlink("/proc/self/ns/net") not in spaces
    described = up.daemon.client("ecs").describe_tasks(cluster="matabit-cluster", tasks=[t["id"] for t in tasks])["tasks"]
    pushed = up.daemon.client("ecr").describe_images(repositoryName="matabit")["imageDetails"][0]["imageDigest"]
    assert {c["imageDigest"] for t in described for c in t["containers"]} == {pushed}


def test_the_output_tells_how_it_went_and_how_to_try_it(up):
    assert re.search(r"2 of 2 running, matabit-staging-service 2 of 2 running; 4 of 4 targets healthy", up.said)
    for word in ("https://www.matabit.org/", "TASK ", "TARGET ", "SERVICE "):
        assert word in up.said
    curl = next(line for line in up.said.splitlines() if line.startswith("  curl "))
    assert "matabit prod" in subprocess.run(["bash", "-c", curl + " --noproxy '*' -sS"], capture_output=True, text=True).stdout


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_a_browser_shows_the_page(up, tmp_path):
    line = next(line for line in up.said.splitlines() if line.startswith("  chromium "))
    headless = line.replace("chromium ", "chromium --headless --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --dump-dom ", 1)
    headless = headless.replace("/tmp/landfall-chromium", str(tmp_path))
    assert "<h1>matabit prod</h1>" in subprocess.run(["bash", "-c", headless], capture_output=True, text=True, timeout=90).stdout


def test_nothing_is_held_up(up):
    assert up.daemon.why()["findings"] == []


def test_a_second_run_changes_nothing(up):
    before = {t["id"] for t in up.daemon.status()["tasks"]}
    said = start(up)
    assert said.count("0 to add, 0 to change, 0 to destroy") == 2
    assert {t["id"] for t in up.daemon.status()["tasks"]} == before


def test_two_daemons_serve_the_same_stack_side_by_side(up):
    with a_run() as other:
        start(other)
        addresses = [set(run.daemon.status()["load_balancers"][0]["addresses"]) for run in (up, other)]
        assert not addresses[0] & addresses[1]
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            pages = list(pool.map(lambda run: run.page("www.matabit.org"), (up, other)))
        tasks = [{t["id"] for t in run.daemon.status()["tasks"]} for run in (up, other)]
        assert pages[0]["task"] in tasks[0] and pages[1]["task"] in tasks[1]
    assert up.page("www.matabit.org")["site"] == "matabit prod"


def test_two_runs_at_once_end_in_one_stack():
    with a_run() as run:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda _: run(), range(2)))
        assert [d.returncode for d in done] == [0, 0], [d.stderr for d in done]
        assert len([t for t in run.daemon.status()["tasks"] if t["status"] != "STOPPED"]) == 4


def test_down_of_the_roots_takes_away_what_they_made():
    with a_run() as run:
        start(run)
        done = run.daemon.run("down", *[ROOT / root for root in ROOTS])
        assert done.stdout.rstrip().endswith("23 destroyed.")
        status = run.daemon.status()
        assert [status[kind] for kind in ("load_balancers", "services", "targets")] == [[], [], []]
        assert [t for t in status["tasks"] if t["status"] != "STOPPED"] == []
        ec2 = run.daemon.client("ec2")
        assert ec2.describe_network_interfaces()["NetworkInterfaces"] == [] and ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"] == []
