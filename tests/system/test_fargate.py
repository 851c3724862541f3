"""Tasks as real containers: pulled through their own interface, served, logged, limited, stopped, found again."""
import json
import os
import pathlib
import signal
import subprocess
import tarfile
import time

import pytest

from conftest import REGION, ROOT, Stack, make_daemon, leftovers, wait_until
from test_registry import Registry, digest_of

ACCOUNT = "000000000000"
REPOSITORY = "web"


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """The example's own image, as an OCI layout."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run(["gcc", "-O2", "-static", "-s", "-pthread", "-o", folder / "web", ROOT / "examples/web/web.c"], check=True)
    subprocess.run([ROOT / "tools/make-image", folder / "web.tar", "--binary", folder / "web", "--port", "80"], check=True, capture_output=True)
    return folder / "web.tar"


def push(daemon, layout, name, tag):
    daemon.client("ecr").create_repository(repositoryName=name)
    registry = Registry(daemon)
    with tarfile.open(layout) as tar:
        blob = lambda digest: tar.extractfile("blobs/sha256/" + digest[7:]).read()
        index = json.load(tar.extractfile("index.json"))
        manifest = blob(index["manifests"][0]["digest"])
        for part in [json.loads(manifest)["config"], *json.loads(manifest)["layers"]]:
            registry.push_blob(name, blob(part["digest"]))
    status, _, body = registry.call("PUT", f"/v2/{name}/manifests/{tag}", manifest, Content_Type="application/vnd.oci.image.manifest.v1+json")
    assert status == 201, body
    return digest_of(manifest)


class Place(Stack):
    """A stack with a private subnet behind a NAT gateway, a cluster, a role, a log group and the image."""

    def __init__(self, daemon, image):
        super().__init__(daemon)
        self.daemon = daemon
        self.private = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{self.base}.10.0/24", AvailabilityZone=REGION + "a")["Subnet"]["SubnetId"]
        self.lonely = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{self.base}.11.0/24", AvailabilityZone=REGION + "a")["Subnet"]["SubnetId"]
        address = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.nat = self.ec2.create_nat_gateway(SubnetId=self.subnets[0], AllocationId=address)["NatGateway"]["NatGatewayId"]
        self.private_table = self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.ec2.associate_route_table(RouteTableId=self.private_table, SubnetId=self.private)
        self.ec2.create_route(RouteTableId=self.private_table, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=self.nat)
        wait_until(lambda: self.ec2.describe_nat_gateways(NatGatewayIds=[self.nat])["NatGateways"][0]["State"] == "available", "the NAT gateway is available")
        self.group = self.ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=self.vpc)["GroupId"]
        self.ecs, self.logs = daemon.client("ecs"), daemon.client("logs")
        self.cluster = self.ecs.create_cluster(clusterName="main")["cluster"]["clusterArn"]
        trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
        self.role = daemon.client("iam").create_role(RoleName="execution", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        self.logs.create_log_group(logGroupName="/tasks")
        self.digest = push(daemon, image, REPOSITORY, "v1")

    def image(self, tag="v1"):
        return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}:{tag}"

    def define(self, family, *containers, **more):
        defaults = {"name": "web", "image": self.image(), "logConfiguration": {"logDriver": "awslogs", "options": {
            "awslogs-group": "/tasks", "awslogs-region": REGION, "awslogs-stream-prefix": family}}}
        definitions = [defaults | container for container in containers or ({},)]
        return self.ecs.register_task_definition(family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512",
                                                 executionRoleArn=self.role, containerDefinitions=definitions, **more)["taskDefinition"]["taskDefinitionArn"]

    def run(self, definition, subnet=None, count=1, **more):
        tasks = self.ecs.run_task(cluster=self.cluster, taskDefinition=definition, launchType="FARGATE", count=count, **more, networkConfiguration={
            "awsvpcConfiguration": {"subnets": [subnet or self.private], "securityGroups": [self.group]}})["tasks"]
        return tasks[0]["taskArn"] if count == 1 else [t["taskArn"] for t in tasks]

    def look(self, arn):
        return self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"][0]

    def wait_for(self, arn, status, seconds=30):
        def reached():
            task = self.look(arn)
            if task["lastStatus"] == "STOPPED" and status != "STOPPED":
                raise AssertionError(f"the task stopped: {task.get('stoppedReason')}\n{self.daemon.log()[-3000:]}")
            return task if task["lastStatus"] == status else None
        try:
            return wait_until(reached, f"{arn} is {status}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; now: {json.dumps(self.look(arn), default=str)}\n{self.daemon.log()[-3000:]}")

    def exec(self, arn, *words, container="web"):
        return self.daemon.run("exec", arn.rsplit("/", 1)[1], "--container", container, "--", *words, check=False)

    def namespace(self, arn):
        """The network namespace that holds the task's address."""
        ip = self.address(arn)
        for line in subprocess.run(["ip", "netns"], capture_output=True, text=True).stdout.splitlines():
            name = line.split()[0]
            if "-task-" in name and f" {ip}/" in subprocess.run(["ip", "-n", name, "-o", "addr"], capture_output=True, text=True).stdout:
                return name
        raise AssertionError(f"no namespace has {ip}")

    def address(self, arn):
        return next(d["value"] for d in self.look(arn)["attachments"][0]["details"] if d["name"] == "privateIPv4Address")

    def fetch(self, arn, path="/"):
        words = ["ip", "netns", "exec", self.namespace(arn), "curl", "-sS", "-m", "5", "-H", "Accept: application/json", f"http://{self.address(arn)}{path}"]
        return subprocess.run(words, capture_output=True, text=True)

    def messages(self, stream):
        try:
            return [e["message"] for e in self.logs.get_log_events(logGroupName="/tasks", logStreamName=stream, startFromHead=True)["events"]]
        except self.logs.exceptions.ResourceNotFoundException:
            return []


@pytest.fixture(scope="module")
def place(image):
    base, daemon = make_daemon()
    daemon.start()
    made = Place(daemon, image)
    yield made
    daemon.purge()
    left = leftovers(daemon.instance()) + host_leftovers(daemon)
    subprocess.run(["rm", "-rf", base])
    assert left == []


def host_leftovers(daemon):
    """Mounts, control groups and processes of a daemon's tasks."""
    found = [line for line in open("/proc/self/mountinfo").read().splitlines() if str(daemon.folder / "tasks") in line]
    found += [str(p) for p in pathlib.Path("/sys/fs/cgroup").glob(f"**/landfall-{daemon.instance()}*")]
    found += subprocess.run(["pgrep", "-af", str(daemon.folder / "tasks")], capture_output=True, text=True).stdout.splitlines()
    return found


def test_a_task_serves_from_a_private_subnet(place):
    definition = place.define("serving")
    arn = place.run(definition)
    task = place.wait_for(arn, "RUNNING")
    page = json.loads(place.fetch(arn).stdout)
    assert page["task"] == arn.rsplit("/", 1)[1]
    assert page["zone"] == task["availabilityZone"] == REGION + "a"
    assert page["address"] == place.address(arn)
    assert task["containers"][0]["imageDigest"] == place.digest
    assert place.fetch(arn, "/log?text=hello").returncode == 0
    stream = f"serving/web/{page['task']}"
    wait_until(lambda: place.messages(stream) == ["listening on port 80", "hello"], "the lines arrive in order")

    place.ecs.stop_task(cluster=place.cluster, task=arn, reason="enough")
    stopped = place.wait_for(arn, "STOPPED")
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "enough")
    assert stopped["containers"][0]["exitCode"] == 0
    assert place.ec2.describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": [place.private]}])["NetworkInterfaces"] == []
    assert host_leftovers(place.daemon) == [str(p) for p in pathlib.Path("/sys/fs/cgroup").glob(f"**/landfall-{place.daemon.instance()}")]
