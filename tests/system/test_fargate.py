"""Tasks as real containers: pulled through their own interface, served, logged, limited, stopped, found again."""
import json
import os
import pathlib
import signal
import subprocess
import tarfile
import time

import boto3
import pytest

from conftest import REGION, ROOT, Stack, a_daemon, remains, session_of_today, wait_until
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
        self.ecs, self.logs = daemon.client("ecs", session=session_of_today()), daemon.client("logs")
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

    def pids(self, arn=""):
        """Of the containers that run, of one task or of all."""
        return sorted(c["pid"] for c in self.daemon.containers() if c["status"] == "running" and c["id"].startswith(arn.rsplit("/", 1)[-1]))

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
    with a_daemon() as daemon:
        yield Place(daemon, image)


def host_leftovers(daemon):
    return remains(daemon.folder, daemon.instance())


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


def test_commands_run_in_a_container(place):
    arn = place.run(place.define("commands"))
    place.wait_for(arn, "RUNNING")
    answer = place.exec(arn, "/bin/web", "-print", "hello")
    assert (answer.returncode, answer.stdout) == (0, "hello\n")
    assert place.exec(arn, "/bin/web", "-fail", "7").returncode == 7
    missing = place.exec(arn, "/bin/sh")
    assert missing.returncode != 0 and "/bin/sh" in missing.stderr
    other = place.exec(arn, "/bin/web", container="other")
    assert other.returncode == 1 and "has no container 'other'; it has web" in other.stderr
    place.ecs.stop_task(cluster=place.cluster, task=arn)
    place.wait_for(arn, "STOPPED")


def test_without_a_way_out_the_image_cannot_be_pulled(place):
    arn = place.run(place.define("lonely"), subnet=place.lonely)
    place.wait_for(arn, "PENDING")
    task = place.wait_for(arn, "STOPPED", 40)
    assert task["stopCode"] == "TaskFailedToStart"
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert task["stoppedReason"].startswith(f"CannotPullContainerError: pull image manifest has been retried 4 time(s): failed to resolve ref {host}/web:v1: "
                                            f'failed to do request: Head "https://{host}/v2/web/manifests/v1": dial tcp ')
    assert task["stoppedReason"].endswith(":443: i/o timeout")
    assert "exitCode" not in task["containers"][0]


def test_a_missing_tag_is_named(place):
    task = place.wait_for(place.run(place.define("untagged", {"image": place.image("none")})), "STOPPED")
    host = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
    assert task["stoppedReason"] == f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {host}/web:none: {host}/web:none: not found"


def test_an_exit_stops_the_task(place):
    arn = place.run(place.define("failing", {"command": ["-fail", "3"]}))
    task = place.wait_for(arn, "STOPPED")
    assert (task["stopCode"], task["stoppedReason"]) == ("EssentialContainerExited", "Essential container in task exited")
    assert task["containers"][0]["exitCode"] == 3
    assert place.messages(f"failing/web/{arn.rsplit('/', 1)[1]}") == ["failing as asked"]


def test_a_program_that_is_not_there(place):
    task = place.wait_for(place.run(place.define("nothing", {"entryPoint": ["/bin/nothing"]})), "STOPPED")
    assert task["stopCode"] == "TaskFailedToStart"
    assert "CannotStartContainerError: " in task["stoppedReason"] and "/bin/nothing" in task["stoppedReason"]


@pytest.mark.parametrize("limit", [{"memory": 32}, {}], ids=["container", "task"])
def test_memory_over_the_limit(place, limit):
    arn = place.run(place.define("hungry", limit))
    place.wait_for(arn, "RUNNING")
    place.fetch(arn, "/eat?mb=600")
    task = place.wait_for(arn, "STOPPED")
    container = task["containers"][0]
    assert (container["exitCode"], container["reason"]) == (137, "OutOfMemoryError: Container killed due to memory usage")


def test_a_log_group_must_exist(place):
    options = {"awslogs-group": "/none", "awslogs-region": REGION, "awslogs-stream-prefix": "x"}
    task = place.wait_for(place.run(place.define("unlogged", {"logConfiguration": {"logDriver": "awslogs", "options": options}})), "STOPPED")
    assert task["stoppedReason"].startswith("ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times")


def test_containers_of_a_task_wait_for_each_other(place):
    arn = place.run(place.define("together", {"name": "first", "essential": False, "entryPoint": ["/bin/web", "-print"], "command": ["done"]},
                                 {"name": "second", "essential": False, "environment": [{"name": "PORT", "value": "8081"}], "dependsOn": [{"containerName": "first", "condition": "SUCCESS"}],
                                  "healthCheck": {"command": ["CMD", "/bin/web", "-healthcheck"], "interval": 5}},
                                 {"name": "third", "dependsOn": [{"containerName": "second", "condition": "HEALTHY"}]}))
    task = place.wait_for(arn, "RUNNING")
    states = {c["name"]: (c["lastStatus"], c.get("exitCode")) for c in task["containers"]}
    assert states == {"first": ("STOPPED", 0), "second": ("RUNNING", None), "third": ("RUNNING", None)}
    place.ecs.stop_task(cluster=place.cluster, task=arn)
    place.wait_for(arn, "STOPPED")


def test_a_container_is_held_back(place):
    arn = place.run(place.define("held", {"user": "web", "environment": [{"name": "PORT", "value": "8080"}]}))
    place.wait_for(arn, "RUNNING")
    pid = place.pids(arn)[0]
    status = dict(line.split(":\t", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    assert status["Uid"].split() == ["1000"] * 4
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert int(status["CapEff"], 16) == 0 and int(status["CapBnd"], 16) == 0xa80425fb
    place.ecs.stop_task(cluster=place.cluster, task=arn)
    place.wait_for(arn, "STOPPED")


def test_tasks_survive_the_daemon(place):
    definition = place.define("surviving")
    arns = [place.run(definition) for _ in range(4)]
    for arn in arns:
        place.wait_for(arn, "RUNNING")
    before = {arn: place.look(arn)["startedAt"] for arn in arns}
    pids = place.pids()
    place.daemon.kill()
    place.daemon.start()
    for arn in arns:
        wait_until(lambda: json.loads(place.fetch(arn).stdout or "{}").get("task") == arn.rsplit("/", 1)[1], "the page answers")
        assert place.look(arn)["startedAt"] == before[arn]
    assert place.pids() == pids
    stream = lambda arn: f"surviving/web/{arn.rsplit('/', 1)[1]}"
    place.fetch(arns[0], "/log?text=after")
    wait_until(lambda: place.messages(stream(arns[0])) == ["listening on port 80", "after"], "no line is lost or repeated")
    place.daemon.kill()
    os.kill(pids[0], signal.SIGKILL)
    place.daemon.start()
    stopped = wait_until(lambda: [a for a in arns if place.look(a)["lastStatus"] == "STOPPED"], "the ended one is found")
    assert place.look(stopped[0])["containers"][0]["exitCode"] == 137
    for arn in arns:
        place.ecs.stop_task(cluster=place.cluster, task=arn)
    for arn in arns:
        place.wait_for(arn, "STOPPED")


def test_a_daemon_killed_while_tasks_start(place):
    definition = place.define("killed")
    arns = []
    for delay in (0.02, 0.05, 0.1, 0.2):
        arns.append(place.run(definition))
        time.sleep(delay)  # the moment of the kill is what is varied
        place.daemon.kill()
        place.daemon.start()
    for arn in arns:
        place.wait_for(arn, "RUNNING")
        assert json.loads(place.fetch(arn).stdout)["task"] == arn.rsplit("/", 1)[1]
    assert len(subprocess.run(["pgrep", "-f", f"conmon.*{place.daemon.folder}"], capture_output=True, text=True).stdout.split()) == len(arns)
    for arn in arns:
        place.ecs.stop_task(cluster=place.cluster, task=arn)
    for arn in arns:
        place.wait_for(arn, "STOPPED")


def test_secrets_and_the_roles_keys_reach_the_container(place):
    secret = place.daemon.client("secretsmanager").create_secret(Name="db", SecretString=json.dumps({"password": "hush"}))["ARN"]
    place.daemon.client("ssm").put_parameter(Name="/level", Value="debug", Type="String")
    definition = place.define("secret", {"secrets": [{"name": "PASSWORD", "valueFrom": f"{secret}:password::"}, {"name": "LEVEL", "valueFrom": "/level"}]}, taskRoleArn=place.role)
    task = place.run(definition)
    place.wait_for(task, "RUNNING")
    config = json.loads(next((place.daemon.folder / "tasks" / task.rsplit("/", 1)[1]).glob("*/config.json")).read_text())
    variables = dict(pair.split("=", 1) for pair in config["process"]["env"])
    assert (variables["PASSWORD"], variables["LEVEL"]) == ("hush", "debug")

    path = variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"]
    answer = subprocess.run(["ip", "netns", "exec", place.namespace(task), "curl", "-sS", "-m", "5", f"http://169.254.170.2{path}"], capture_output=True, text=True)
    key = json.loads(answer.stdout)
    assert key["RoleArn"] == place.role
    client = boto3.client("sts", endpoint_url=f"http://127.0.0.1:{place.daemon.port}", region_name=REGION, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"], aws_session_token=key["Token"])
    assert client.get_caller_identity()["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/execution/{task.rsplit('/', 1)[1]}"
    place.ecs.stop_task(cluster=place.cluster, task=task)

    missing = place.run(place.define("missing", {"secrets": [{"name": "A", "valueFrom": "/nowhere"}]}))
    assert "ResourceInitializationError: unable to pull secrets" in place.wait_for(missing, "STOPPED")["stoppedReason"]


def test_overrides_and_environment_files_reach_the_container(place):
    s3, iam = place.daemon.client("s3"), place.daemon.client("iam")
    s3.create_bucket(Bucket="env-files", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="env-files", Key="a.env", Body=b"# first\nFILE=one two\nBOTH=file\nQUOTED='x'\n")
    s3.put_object(Bucket="env-files", Key="b.env", Body=b"FILE=later\nOTHER=b\n")
    trust = json.dumps(iam.get_role(RoleName="execution")["Role"]["AssumeRolePolicyDocument"])
    other = iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    files = [{"type": "s3", "value": f"arn:aws:s3:::env-files/{name}.env"} for name in "ab"]
    definition = place.define("overridden", {"environmentFiles": files, "environment": [{"name": "BOTH", "value": "definition"}, {"name": "KEPT", "value": "1"}]})
    task = place.run(definition, overrides={"cpu": "512", "memory": "1 GB", "taskRoleArn": other, "containerOverrides": [{"name": "web", "memory": 700, "environment": [{"name": "KEPT", "value": "2"}]}]})
    place.wait_for(task, "RUNNING")
    config = json.loads(next((place.daemon.folder / "tasks" / task.rsplit("/", 1)[1]).glob("*/config.json")).read_text())
    variables = dict(pair.split("=", 1) for pair in config["process"]["env"])
    assert {name: variables[name] for name in ("FILE", "OTHER", "BOTH", "KEPT", "QUOTED")} == {"FILE": "one two", "OTHER": "b", "BOTH": "definition", "KEPT": "2", "QUOTED": "'x'"}
    assert config["linux"]["resources"]["memory"]["limit"] == 700 << 20 and "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" in variables
    told = place.look(task)
    assert (told["cpu"], told["memory"], told["overrides"]["taskRoleArn"]) == ("512", "1024", other)
    place.ecs.stop_task(cluster=place.cluster, task=task)
    missing = place.run(place.define("no-file", {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::env-files/none.env"}]}))
    assert place.wait_for(missing, "STOPPED")["stoppedReason"].startswith("ResourceInitializationError: failed to download env files: ")


def test_an_init_process_passes_signals_on_and_takes_orphans(place):
    task = place.run(place.define("init", {"linuxParameters": {"initProcessEnabled": True}, "stopTimeout": 100}))
    place.wait_for(task, "RUNNING")
    first = place.pids(task)[0]
    assert pathlib.Path(f"/proc/{first}/cmdline").read_text().split("\0")[:2] == ["/sbin/docker-init", "--"]
    children = lambda: pathlib.Path(f"/proc/{first}/task/{first}/children").read_text().split()
    assert len(children()) == 1 and place.fetch(task).returncode == 0
    began = time.monotonic()
    place.ecs.stop_task(cluster=place.cluster, task=task)
    stopped = place.wait_for(task, "STOPPED")
    assert time.monotonic() - began < 60 and stopped["containers"][0]["exitCode"] in (0, 143)


def test_a_container_is_started_again_in_its_task(place):
    definition = place.define("again", {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}})
    task = place.run(definition)
    place.wait_for(task, "RUNNING")
    pid = place.pids(task)[0]
    time.sleep(61)  # what is tested is that it has run so long
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: place.pids(task) not in ([], [pid]), "another process runs", 10)
    told = place.look(task)
    assert (told["lastStatus"], told["containers"][0]["lastStatus"]) == ("RUNNING", "RUNNING") and "exitCode" not in told["containers"][0]
    os.kill(place.pids(task)[0], signal.SIGKILL)
    stopped = place.wait_for(task, "STOPPED")
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)


def test_tasks_of_a_service_have_names_and_one_image(place, image):
    cloud = place.daemon.client("servicediscovery")
    place.ec2.modify_vpc_attribute(VpcId=place.vpc, EnableDnsHostnames={"Value": True})
    cloud.create_private_dns_namespace(Name="inner.test", Vpc=place.vpc)
    space = cloud.list_namespaces()["Namespaces"][0]["Id"]
    registry = cloud.create_service(Name="web", NamespaceId=space, DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 1}]})["Service"]
    definition = place.define("named")
    network = {"awsvpcConfiguration": {"subnets": [place.private], "securityGroups": [place.group]}}
    service = {"cluster": place.cluster, "service": "named"}
    place.ecs.create_service(cluster=place.cluster, serviceName="named", taskDefinition=definition, desiredCount=1, networkConfiguration=network, serviceRegistries=[{"registryArn": registry["Arn"]}])
    running = lambda n: wait_until(lambda: len(tasks := [t for t in place.ecs.list_tasks(cluster=place.cluster, serviceName="named")["taskArns"] if place.look(t)["lastStatus"] == "RUNNING"]) == n and tasks, f"{n} tasks run", 30)
    first = running(1)[0]
    instances = lambda: sorted(i["Attributes"]["AWS_INSTANCE_IPV4"] for i in cloud.list_instances(ServiceId=registry["Id"])["Instances"])
    wait_until(lambda: instances() == [place.address(first)], "the task is announced")
    # Another image under the tag: the deployment goes on with the one that its first task found.
    ecr = place.daemon.client("ecr")
    ecr.put_image(repositoryName=REPOSITORY, imageManifest=ecr.batch_get_image(repositoryName=REPOSITORY, imageIds=[{"imageTag": "v1"}])["images"][0]["imageManifest"] + " ", imageTag="v1")
    place.ecs.update_service(**service, desiredCount=2)
    tasks = running(2)
    assert {place.look(t)["containers"][0]["imageDigest"] for t in tasks} == {place.digest} and {place.look(t)["containers"][0]["image"] for t in tasks} == {place.image()}
    wait_until(lambda: instances() == sorted(place.address(t) for t in tasks), "both tasks are announced")
    asked = subprocess.run(["ip", "netns", "exec", place.namespace(first), "dig", "+short", "+time=2", "@169.254.169.253", "web.inner.test"], capture_output=True, text=True).stdout
    assert sorted(asked.split()) == instances()
    revision = place.ecs.describe_services(cluster=place.cluster, services=["named"])["services"][0]["currentServiceRevisions"][0]["arn"]
    assert place.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"][0]["containerImages"] == [{"containerName": "web", "image": place.image(), "imageDigest": place.digest}]
    place.ecs.delete_service(cluster=place.cluster, service="named", force=True)
    wait_until(lambda: instances() == [], "nobody is announced any more", 60)


def test_a_network_acl_stops_packets_that_groups_let_through(place):
    task = place.run(place.define("acl"), subnet=place.private)
    place.wait_for(task, "RUNNING")
    acl = place.ec2.create_network_acl(VpcId=place.vpc)["NetworkAcl"]["NetworkAclId"]
    default = place.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [place.private]}])["NetworkAcls"][0]
    association = next(a for a in default["Associations"] if a["SubnetId"] == place.private)["NetworkAclAssociationId"]
    namespace = place.namespace(task)
    endpoint = ".".join(json.loads((place.daemon.folder / "identity.json").read_text())["public_pool"].split(".")[:3]) + ".1"
    out = lambda: subprocess.run(["ip", "netns", "exec", namespace, "curl", "-skS", "-m", "2", "-o", "/dev/null", f"https://{endpoint}/"], capture_output=True, text=True).returncode
    assert out() == 0
    moved = place.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl)["NewAssociationId"]
    wait_until(lambda: out() == 28, "a request from the subnet times out", 20)
    place.ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=default["NetworkAclId"])
    wait_until(lambda: out() == 0, "a request from the subnet is answered again", 20)
    place.ec2.delete_network_acl(NetworkAclId=acl)
    place.ecs.stop_task(cluster=place.cluster, task=task)


def test_an_image_of_another_registry_may_be_given(place, image):
    names = ["docker.io/nginx:1.27", "public.ecr.aws/team/web:v2", f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v3", f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/web:v4"]
    for name in names:
        said = place.daemon.run("image", "push", image, name).stdout
        assert said.splitlines()[-1].split()[0] in (name, "docker.io/library/nginx:1.27"), said
    for name in ["nginx:1.27", *names[1:]]:
        task = place.wait_for(place.run(place.define("given", {"image": name})), "RUNNING")
        assert task["containers"][0]["image"] == name and task["containers"][0]["imageDigest"] == place.digest
        place.ecs.stop_task(cluster=place.cluster, task=task["taskArn"])
    listed = [r["repositoryName"] for r in place.daemon.client("ecr").describe_repositories()["repositories"]]
    assert listed == [REPOSITORY]  # they are no images of the account


def test_a_given_image_is_at_the_end_of_the_same_way(place, image):
    place.daemon.run("image", "push", image, "docker.io/team/lonely:v1")
    task = place.wait_for(place.run(place.define("lonely", {"image": "team/lonely:v1"}), subnet=place.lonely), "STOPPED", 60)
    assert "failed to resolve ref docker.io/team/lonely:v1" in task["stoppedReason"] and "registry-1.docker.io" in task["stoppedReason"]
