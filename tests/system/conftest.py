"""A real daemon per test session (and per test, where a test kills it), driven by real clients."""
import atexit
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import boto3
import botocore.session
import pytest
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("LANDFALL", ROOT / "build" / "landfall"))
REGION = "us-west-2"


def session_of_today():
    """boto3 that knows today's calls: Debian's is years old, so it reads the models that the project keeps."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="landfall-test."))
    for path in (ROOT / "models").glob("*.json"):
        model = json.loads(path.read_text())
        for operation in model["operations"].values():
            operation["errors"] = [{"shape": name} for name in operation.get("errors", [])]
        into = folder / path.stem / model["metadata"]["apiVersion"]
        into.mkdir(parents=True)
        (into / "service-2.json").write_text(json.dumps(model))
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.insert(0, str(folder))
    atexit.register(shutil.rmtree, folder)
    return boto3.Session(botocore_session=session)


def free_port():
    """A port that nobody has, and that the kernel gives to nobody who wants just any."""
    first_of_any = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(10_000, first_of_any)
        with socket.socket() as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            try:
                stream.bind(("", port))
                datagrams.bind(("", port))
                return port
            except OSError:
                pass


PATIENCE = 3  # of tests with a machine that is slow, or does other things: how long a thing may take is no measure


def wait_until(condition, what, seconds=20):
    """Polls a condition; the only kind of waiting that tests do. `seconds`: what it takes at most on an idle machine."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


class Daemon:
    """One `landfall serve` and its data directory."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port, self.dns_port = free_port(), free_port()
        self.process = None

    def start(self, *options, environment=None, program=PROGRAM):
        log = open(self.folder.parent / (self.folder.name + ".log"), "ab")
        self.process = subprocess.Popen([program, "--data-dir", self.folder, "serve", "--port", str(self.port), "--dns-port", str(self.dns_port), *options],
                                        stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=os.environ | (environment or {}))
        wait_until(self.is_up, f"the daemon answers; its log:\n{self.log()}")
        return self

    def is_up(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log()}")
        return self.run("status", check=False).returncode == 0

    def log(self):
        path = self.folder.parent / (self.folder.name + ".log")
        return path.read_text() if path.exists() else ""

    def run(self, *words, check=True):
        done = subprocess.run([PROGRAM, "--data-dir", self.folder, *words], capture_output=True, text=True, timeout=120 * PATIENCE)
        if check and done.returncode != 0:
            raise AssertionError(f"landfall {' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return done

    def why(self, thing=""):
        return json.loads(self.run("why", "--json", *([thing] if thing else [])).stdout)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def key(self):
        return json.loads((self.folder / "credentials.json").read_text())

    def instance(self):
        return json.loads((self.folder / "identity.json").read_text())["instance"]

    def containers(self):
        """What runc knows of this daemon's containers; one that goes while runc reads its folder makes runc fail, so it is asked again."""
        words = ["runc", "--root", f"/run/landfall-{self.instance()}", "list", "-f", "json"]
        told = []

        def is_told():
            told[:] = [subprocess.run(words, capture_output=True, text=True)]
            return told[0].returncode == 0
        wait_until(is_told, "runc lists its containers")
        return json.loads(told[0].stdout) or []

    def client(self, service, secret=None, session=boto3):
        key = self.key()
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self.port}", region_name=REGION, aws_access_key_id=key["access_key"],
                            aws_secret_access_key=secret or key["secret_key"], config=Config(retries={"max_attempts": 0}, proxies={}))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def purge(self):
        if self.process.poll() is None:
            self.run("stop", "--purge", check=False)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()


def leftovers(instance):
    """What the kernel still has of a daemon."""
    found = [line for line in subprocess.run(["ip", "netns"], capture_output=True, text=True).stdout.splitlines() if line.startswith(f"lf{instance}")]
    found += [line for line in subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout.splitlines() if f"lf{instance}" in line]
    found += [line for line in subprocess.run(["ip", "-o", "link"], capture_output=True, text=True).stdout.splitlines() if f"lf{instance}" in line]
    return found


def remains(folder, instance):
    """Mounts and control groups of the tasks of a daemon; processes of these and of its load balancers."""
    tasks = str(folder / "tasks")
    found = [line for line in open("/proc/self/mountinfo").read().splitlines() if tasks in line]
    found += [str(p) for p in pathlib.Path("/sys/fs/cgroup").glob(f"**/landfall-{instance}*")]
    found += subprocess.run(["pgrep", "-af", f"{folder}/"], capture_output=True, text=True).stdout.splitlines()
    return found


def own_vpcs(ec2):
    """Ids of the VPCs that somebody made: all but the region's default one."""
    return [v["VpcId"] for v in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])["Vpcs"]]


@contextlib.contextmanager
def unstarted_daemon():
    """A daemon of the caller's own, in a folder of its own. However the block ends, nothing of it stays."""
    base = pathlib.Path(tempfile.mkdtemp(prefix="landfall-test."))
    try:
        daemon = Daemon(base / "data")
        try:
            yield daemon
        finally:
            left = take_away(daemon)
    finally:
        subprocess.run(["rm", "-rf", base])
    assert left == []


@contextlib.contextmanager
def a_daemon(*options):
    """The same, started."""
    with unstarted_daemon() as daemon:
        yield daemon.start(*options)


def take_away(daemon):
    """What is left of it all the same."""
    if daemon.process is None:
        return []
    if not (daemon.folder / "identity.json").exists():
        daemon.kill()
        return []
    instance = daemon.instance()
    if daemon.process.poll() is not None:
        daemon.start()
    daemon.purge()
    with contextlib.suppress(AssertionError):  # processes and devices take a moment
        wait_until(lambda: leftovers(instance) + remains(daemon.folder, instance) == [], "nothing is left", 5)
    return leftovers(instance) + remains(daemon.folder, instance)


@pytest.fixture(scope="session")
def shared():
    """A daemon for tests that leave it alone."""
    with a_daemon() as daemon:
        yield daemon


@pytest.fixture
def own():
    """A daemon for one test, which may kill it."""
    with a_daemon() as daemon:
        yield daemon


class Stack:
    """A VPC with two public subnets, made through boto3; ids as members."""

    def __init__(self, daemon, cidr=None):
        self.ec2 = daemon.client("ec2")
        cidr = cidr or f"10.{random.randrange(1, 250)}.0.0/16"
        self.base = cidr.rsplit(".", 2)[0]
        self.vpc = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=self.gateway)
        self.subnets = []
        for number, zone in enumerate("ab"):
            subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{self.base}.{number}.0/24", AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"]
            self.ec2.associate_route_table(RouteTableId=self.table, SubnetId=subnet)
            self.subnets.append(subnet)

    def remove(self):
        for table in self.ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["RouteTables"]:
            for association in table["Associations"]:
                if not association["Main"]:
                    self.ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
        self.ec2.delete_route_table(RouteTableId=self.table)
        for subnet in self.subnets:
            self.ec2.delete_subnet(SubnetId=subnet)
        self.ec2.detach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        self.ec2.delete_internet_gateway(InternetGatewayId=self.gateway)
        self.ec2.delete_vpc(VpcId=self.vpc)


@pytest.fixture
def stack(shared):
    made = Stack(shared)
    yield made
    made.remove()
