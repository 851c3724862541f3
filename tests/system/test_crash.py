"""Kills, at moments chosen by chance: of the daemon, the CLI, the load balancer's worker, conmon, a container. The end is always as if nothing had happened.

LANDFALL_SEED repeats a run; LANDFALL_SWEEP=N makes N kills of each kind instead of a few.
"""
import os
import pathlib
import random
import shutil
import signal
import ssl
import subprocess
import threading
import time

import pytest

from conftest import PROGRAM, ROOT, free_port, remains, unstarted_daemon, wait_until
from test_deployments import CLUSTER, Traffic
from test_example import HOSTS
from test_fargate import image  # noqa: F401 (a fixture)

SEED = int(os.environ.get("LANDFALL_SEED", random.randrange(1_000_000)))
SWEEP = int(os.environ.get("LANDFALL_SWEEP", 0))
DOWN_TAKES = 1.0


def moments(kind, count, longest):
    """Delays after which to kill, spread over the whole time, from the seed."""
    chance = random.Random(f"{SEED}/{kind}")
    count = SWEEP or count
    return [round((i + chance.random()) * longest / count, 3) for i in range(count)]


class Site:
    """A copy of the example in a daemon that tests kill."""

    def __init__(self, daemon, archive):
        self.daemon, self.base = daemon, daemon.folder.parent
        shutil.copytree(ROOT / "examples/matabit", self.base / "matabit")
        self.roots = [self.base / "matabit/vpc", self.base / "matabit/ecs"]
        daemon.start()
        daemon.run("image", "push", archive, "matabit:latest")
        self.instance = daemon.instance()
        self.before = self.inventory()  # what a region has by itself: its default VPC
        began = time.monotonic()
        self.up()
        self.up_takes = time.monotonic() - began
        self.undisturbed = self.inventory()
        self.down()

    def start(self, verb):
        """Begins it, and comes back once it speaks to the daemon."""
        ports = ["--port", str(self.daemon.port), "--dns-port", str(self.daemon.dns_port)] if verb == "up" else []
        process = subprocess.Popen([PROGRAM, "--data-dir", self.daemon.folder, verb, *ports, *self.roots], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wait_until(lambda: process.poll() is not None or has_socket(process.pid), f"{verb} speaks to the daemon")
        return process

    def up(self):
        return self.daemon.run("up", *self.roots).stdout

    def down(self):
        self.daemon.run("down", *self.roots)

    def restart(self):
        """Kills the daemon and starts it; one that `up` started meanwhile, as it does when it finds none, has to go."""
        self.daemon.kill()
        for _ in range(5):
            try:
                return self.daemon.start()
            except AssertionError as error:
                if "is held by another landfall daemon" not in str(error) and "already taken" not in str(error):
                    raise
                self.daemon.run("stop", check=False)
        raise AssertionError("others start daemons again and again")

    def again(self, verb):
        """Runs it until it ends well; what the tries before said is kept for the message of a failure."""
        said = []
        for _ in range(4):
            done = self.daemon.run(verb, *self.roots, check=False)
            if done.returncode == 0:
                return done.stdout
            said.append(done.stdout[-1500:] + done.stderr[-3000:])
        raise AssertionError(f"{verb} does not end well any more:\n" + "\n---\n".join(said) + self.daemon.log()[-3000:])

    def inventory(self):
        """How many of each thing there are, in the API and on the host."""
        ec2, elb, ecs = self.daemon.client("ec2"), self.daemon.client("elbv2"), self.daemon.client("ecs")
        return {
            "vpcs": len(ec2.describe_vpcs()["Vpcs"]), "subnets": len(ec2.describe_subnets()["Subnets"]), "route tables": len(ec2.describe_route_tables()["RouteTables"]),
            "gateways": len(ec2.describe_internet_gateways()["InternetGateways"]), "security groups": len(ec2.describe_security_groups()["SecurityGroups"]),
            "interfaces": len(ec2.describe_network_interfaces()["NetworkInterfaces"]), "addresses": len(ec2.describe_addresses()["Addresses"]),
            "nat gateways": len([g for g in ec2.describe_nat_gateways()["NatGateways"] if g["State"] not in ("deleted", "deleting")]),
            "load balancers": len(elb.describe_load_balancers()["LoadBalancers"]), "target groups": len(elb.describe_target_groups()["TargetGroups"]),
            "tasks": len(ecs.list_tasks(cluster=CLUSTER)["taskArns"]) if ecs.list_clusters()["clusterArns"] else 0, "services": len(ecs.list_services(cluster=CLUSTER)["serviceArns"]) if ecs.list_clusters()["clusterArns"] else 0,
            "log groups": len(self.daemon.client("logs").describe_log_groups()["logGroups"]), "roles": len(self.daemon.client("iam").list_roles()["Roles"]),
            "zones": len(self.daemon.client("route53").list_hosted_zones()["HostedZones"]), "certificates": len(self.daemon.client("acm").list_certificates()["CertificateSummaryList"]),
            "namespaces": subprocess.run(["ip", "netns"], capture_output=True, text=True).stdout.count(f"lf{self.instance}"),
            "containers": len(self.containers()), "conmons": len(self.conmons()), "workers": len(subprocess.run(["pgrep", "-f", f"alb --config {self.daemon.folder}/"], capture_output=True, text=True).stdout.split()),
        }

    def containers(self):
        return [c for c in self.daemon.containers() if c["status"] == "running"]

    def conmons(self):
        return [int(pid) for pid in subprocess.run(["pgrep", "-f", f"^[^ ]*conmon .*{self.daemon.folder}"], capture_output=True, text=True).stdout.split()]

    def worker(self):
        return int(next((self.daemon.folder / "alb").glob("*/worker.pid")).read_text())

    @property
    def addresses(self):
        return self.daemon.status()["load_balancers"][0]["addresses"]

    def page(self, host):
        words = ["curl", "-sS", "-m", "10", "--noproxy", "*", "--cacert", self.daemon.folder / "ca/root.pem", "--resolve", f"{host}:443:{self.addresses[0]}", "-w", "\n%{http_code}", f"https://{host}/"]
        done = subprocess.run(words, capture_output=True, text=True)
        return done.stdout.rsplit("\n", 1)[-1], done.stderr

    def must_be_whole(self):
        """All three hosts answer, four tasks run, nothing is there twice, a second `up` finds nothing to do."""
        for host in HOSTS:
            assert self.page(host) == ("200", ""), host
        said = self.up()
        assert said.count("0 to add, 0 to change, 0 to destroy") == 2, said
        assert [t["status"] for t in self.daemon.status()["tasks"] if t["status"] != "STOPPED"] == ["RUNNING"] * 4
        wait_until(lambda: self.inventory() == self.undisturbed, f"nothing is left over or missing: {self.difference()}")

    def difference(self):
        now = self.inventory()
        return {kind: (now[kind], wanted) for kind, wanted in self.undisturbed.items() if now[kind] != wanted}

    def must_be_gone(self):
        def nothing():
            left = {kind: count for kind, count in self.inventory().items() if count != self.before[kind] and kind not in ("roles", "namespaces")}
            return not left or None
        wait_until(nothing, f"down leaves nothing: {self.inventory()}")
        assert remains(self.daemon.folder, self.instance) in ([], [str(p) for p in pathlib.Path("/sys/fs/cgroup").glob(f"**/landfall-{self.instance}")])


@pytest.fixture(scope="module")
def site(image):  # noqa: F811
    print(f"LANDFALL_SEED={SEED}")
    with unstarted_daemon() as daemon:
        yield Site(daemon, image)


def has_socket(pid):
    try:
        return any(os.readlink(path).startswith("socket:") for path in pathlib.Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # it ended, or a descriptor was closed while we looked
        return False


def end(process, seconds=60):
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError(f"it hangs: {process.communicate()}")


def test_the_daemon_is_killed_while_it_is_brought_up(site):
    for moment in moments("up", 8, site.up_takes):
        print(f"seed {SEED}: kill after {moment} s")
        process = site.start("up")
        time.sleep(moment)  # the moment of the kill is what is varied
        site.restart()
        end(process)
        site.again("up")
        site.must_be_whole()
        site.down()
        site.must_be_gone()


@pytest.fixture(scope="module")
def shim(tmp_path_factory):
    """What kills the daemon at a commit of its store; none where the program was built with a sanitizer, which must be loaded first."""
    if "libasan" in subprocess.run(["ldd", PROGRAM], capture_output=True, text=True).stdout:
        pytest.skip("the sanitizer's library must come before what is preloaded")
    built = tmp_path_factory.mktemp("shim") / "die_at_commit.so"
    subprocess.run(["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", built, ROOT / "tests/system/faults/die_at_commit.c", "-ldl"], check=True)
    return built


@pytest.mark.parametrize("verb", ["up", "down"])
def test_the_daemon_dies_at_a_commit(site, shim, tmp_path, verb):
    """LANDFALL_SWEEP: at each of them."""
    def run(**faults):
        site.daemon.run("stop")
        site.daemon.process.wait()
        try:
            site.daemon.start(environment={"LD_PRELOAD": str(shim)} | faults)
        except AssertionError:
            assert "DIE_AT" in faults and site.daemon.process.wait() == -signal.SIGKILL  # it starts with commits
            return None
        process = site.start(verb)
        said = end(process)
        return process.returncode, said

    other = "down" if verb == "up" else "up"
    site.again(other)
    counted = tmp_path / "commits"
    code, said = run(COMMITS=str(counted))
    assert code == 0, said
    commits = counted.stat().st_size
    assert commits > 20
    chance = random.Random(f"{SEED}/commit {verb}")
    chosen = range(1, commits + 1) if SWEEP else sorted(chance.sample(range(1, commits + 1), 4))
    for number, at in enumerate(chosen):
        print(f"seed {SEED}: {verb} dies at commit {at} of {commits}")
        site.again(other)
        run(DIE_AT=str(at), **({"DIE_BEFORE": "1"} if number % 2 else {}))
        site.restart()  # if there were fewer this time, a kill as well
        site.again(verb)
        site.must_be_whole() if verb == "up" else site.must_be_gone()
    site.again("down")
    site.must_be_gone()


def test_the_daemon_stays_dead_until_up_gave_up(site):
    process = site.start("up")
    time.sleep(moments("dead", 1, site.up_takes / 2)[0])  # the moment of the kill is what is varied
    site.daemon.kill()
    out, err = end(process)
    assert "Started the daemon" in out or (process.returncode == 1 and "127.0.0.1" in err), out + err
    site.daemon.run("stop", check=False)  # the one that it started, if it had not found the first yet
    site.daemon.start()
    site.again("up")
    site.must_be_whole()
    site.down()
    site.must_be_gone()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGINT], ids=["killed", "interrupted"])
def test_the_cli_is_ended_while_it_brings_up(site, ending):
    for moment in moments(f"cli {ending}", 4, site.up_takes):
        print(f"seed {SEED}: {ending} after {moment} s")
        process = site.start("up")
        time.sleep(moment)  # the moment of the signal is what is varied
        process.send_signal(ending)
        out, err = end(process)
        if ending == signal.SIGINT and process.returncode == 1:
            assert "interrupt" in err.lower(), out + err
        site.again("up")
        site.must_be_whole()
        site.down()
        site.must_be_gone()


def test_kills_while_it_is_taken_down(site):
    for number, moment in enumerate(moments("down", 4, DOWN_TAKES)):
        print(f"seed {SEED}: kill {'of the daemon' if number % 2 == 0 else 'of the CLI'} after {moment} s")
        site.up()
        process = site.start("down")
        time.sleep(moment)  # the moment of the kill is what is varied
        if number % 2 == 0:
            site.restart()
        else:
            process.kill()
        end(process)
        site.again("down")
        site.must_be_gone()


def test_requests_are_answered_while_the_daemon_is_dead(site):
    site.up()
    running = {t["id"] for t in site.daemon.status()["tasks"] if t["status"] == "RUNNING"}
    traffic = Traffic(RunningSite(site))
    with traffic:
        wait_until(lambda: traffic.count > 20, "traffic flows")
        site.daemon.kill()
        dead_at = traffic.count
        wait_until(lambda: traffic.count > dead_at + 200, "it flows without the daemon")
        site.daemon.start()
        back_at = traffic.count
        wait_until(lambda: traffic.count > back_at + 50, "it flows with the daemon again")
    assert traffic.failures == []
    assert {t["id"] for t in site.daemon.status()["tasks"] if t["status"] == "RUNNING"} == running
    site.must_be_whole()


class RunningSite:
    """What Traffic needs."""

    def __init__(self, site):
        self.addresses = site.addresses
        self.trust = ssl.create_default_context(cafile=str(site.daemon.folder / "ca/root.pem"))


def test_a_killed_worker_is_replaced_with_the_daemon_and_without(site):
    site.up()
    for is_daemon_dead in (False, True):
        before = site.worker()
        if is_daemon_dead:
            site.daemon.kill()
        os.kill(before, signal.SIGKILL)
        if is_daemon_dead:
            site.daemon.start()
        told = set()

        def serves():
            told.update(t["state"] for t in site.daemon.status()["targets"])
            return site.page("www.matabit.org")[0] == "200"
        wait_until(serves, "a new worker serves")
        assert site.worker() != before
        assert told - {"draining"} == {"healthy"}, "what the one before it knew is known"
    site.must_be_whole()


@pytest.mark.parametrize("victim", ["container", "conmon"])
@pytest.mark.parametrize("is_daemon_dead", [False, True], ids=["alive", "dead"])
def test_a_task_whose_process_was_killed_is_replaced(site, victim, is_daemon_dead):
    before = {t["id"] for t in site.daemon.status()["tasks"] if t["status"] == "RUNNING"}
    container = site.containers()[0]
    task = container["id"].rsplit("-", 1)[0]
    pid = container["pid"] if victim == "container" else next(p for p in site.conmons() if container["id"] in pathlib.Path(f"/proc/{p}/cmdline").read_text())
    if is_daemon_dead:
        site.daemon.kill()
    os.kill(pid, signal.SIGKILL)
    if is_daemon_dead:
        site.daemon.start()

    def replaced():
        now = {t["id"] for t in site.daemon.status()["tasks"] if t["status"] == "RUNNING"}
        return len(now) == 4 and task not in now
    wait_until(replaced, f"{task} of {before} is replaced", 30)
    wait_until(lambda: sorted(t["state"] for t in site.daemon.status()["targets"] if t["state"] != "draining") == ["healthy"] * 4, "its successor is healthy", 40)
    site.must_be_whole()


def test_what_was_acknowledged_is_there_after_a_kill(site):
    """Writers get answers until the daemon is killed; each answered write is found by the next daemon."""
    answered = []

    def write(writer):
        logs = site.daemon.client("logs")
        for number in range(100_000):
            try:
                logs.create_log_group(logGroupName=f"/crash/{writer}/{number}")
            except Exception:  # noqa: BLE001 (the daemon is dead: that one was not answered)
                return
            answered.append(f"/crash/{writer}/{number}")
    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for writer in writers:
        writer.start()
    enough = random.Random(SEED).randrange(50, 300)
    wait_until(lambda: len(answered) > enough, "writes are answered")
    site.daemon.kill()
    for writer in writers:
        writer.join()
    site.daemon.start()
    logs = site.daemon.client("logs")
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix="/crash/")
    found = {group["logGroupName"] for page in pages for group in page["logGroups"]}
    assert set(answered) <= found
    for name in found:
        logs.delete_log_group(logGroupName=name)
    site.must_be_whole()
    site.down()
    site.must_be_gone()


def test_of_daemons_that_start_at_once_on_one_folder_one_alone_lives(tmp_path):
    for round_number in range(5):
        folder = tmp_path / str(round_number)
        daemons = [subprocess.Popen([PROGRAM, "--data-dir", folder, "serve", "--port", str(free_port()), "--dns-port", str(free_port())], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
        try:
            wait_until(lambda: sum(d.poll() is not None for d in daemons) == 3, "three are refused")
            for daemon in daemons:
                if daemon.poll() is not None:
                    assert daemon.returncode == 1 and f"{folder}/store.db is held by another landfall daemon" in daemon.stderr.read()
            is_up = lambda: subprocess.run([PROGRAM, "--data-dir", folder, "status"], capture_output=True).returncode == 0
            wait_until(is_up, "the one that is left answers")
        finally:
            subprocess.run([PROGRAM, "--data-dir", folder, "stop", "--purge"], capture_output=True)
            for daemon in daemons:
                daemon.kill()
                daemon.communicate()
