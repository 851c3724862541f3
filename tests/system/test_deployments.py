"""Services change while their clients go on asking: deployments, scaling, deaths. No request may fail that need not."""
import json
import os
import signal
import socket
import ssl
import subprocess
import threading

import pytest

from conftest import ROOT, a_daemon, wait_until
from test_fargate import image  # noqa: F401 (a fixture)

CLUSTER = "matabit-cluster"
PROD, STAGING = "matabit-prod-service", "matabit-staging-service"


class Running:
    """The example in a daemon of its own."""

    def __init__(self, daemon, archive):
        self.daemon = daemon
        daemon.run("image", "push", archive, "matabit:latest")
        daemon.run("up", ROOT / "examples/matabit/vpc", ROOT / "examples/matabit/ecs")
        self.ecs, self.elb = daemon.client("ecs"), daemon.client("elbv2")
        self.addresses = daemon.status()["load_balancers"][0]["addresses"]
        self.trust = ssl.create_default_context(cafile=str(daemon.folder / "ca/root.pem"))

    def service(self, name=PROD):
        return self.ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]

    def wait_until_steady(self, name=PROD, seconds=60):
        def is_steady():
            service = self.service(name)
            return len(service["deployments"]) == 1 and service["runningCount"] == service["desiredCount"] and service["deployments"][0]["rolloutState"] == "COMPLETED" and self.are_targets_healthy(name)
        wait_until(is_steady, f"{name} is steady: {json.dumps(self.service(name)['events'][:3], default=str)}", seconds)

    def targets(self, name=PROD):
        group = self.service(name)["loadBalancers"][0]["targetGroupArn"]
        return {t["Target"]["Id"]: t["TargetHealth"]["State"] for t in self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]}

    def are_targets_healthy(self, name):
        live = [state for state in self.targets(name).values() if state != "draining"]
        return live == ["healthy"] * self.service(name)["desiredCount"]

    def tasks(self, name=PROD):
        arns = self.ecs.list_tasks(cluster=CLUSTER, serviceName=name)["taskArns"]
        return self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []

    def ids(self, name=PROD):
        return {t["taskArn"].rsplit("/", 1)[1] for t in self.tasks(name)}

    def register(self, **changed):
        definition = self.ecs.describe_task_definition(taskDefinition="matabit-prod:1")["taskDefinition"]
        keys = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "containerDefinitions")
        definition = {key: definition[key] for key in keys}
        definition["containerDefinitions"][0].update(changed)
        return self.ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]


class Traffic:
    """Keep-alive clients that ask without pause, each on its own connection; what fails is kept."""

    def __init__(self, running, host="www.matabit.org", clients=4):
        self.running, self.host, self.count, self.failures, self.seen = running, host, 0, [], set()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(running.addresses[i % 3],)) for i in range(clients)]

    def ask(self, address):
        reader = None
        while not self.stop.is_set():
            try:
                if reader is None:
                    plain = socket.create_connection((address, 443), timeout=10)
                    connection = self.running.trust.wrap_socket(plain, server_hostname=self.host)
                    reader = connection.makefile("rb")
                connection.sendall(f"GET / HTTP/1.1\r\nHost: {self.host}\r\nAccept: application/json\r\n\r\n".encode())
                status = int(reader.readline().split()[1])
                headers = dict(line.decode().strip().lower().split(": ", 1) for line in iter(reader.readline, b"\r\n"))
                body = reader.read(int(headers["content-length"]))
                if status != 200:
                    self.failures.append((status, body[:80]))
                else:
                    self.seen.add(json.loads(body)["task"])
                    self.count += 1
                if headers.get("connection") == "close":
                    reader = None
            except (OSError, IndexError, ValueError, KeyError) as error:
                self.failures.append(repr(error))
                reader = None

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.fixture(scope="module")
def running(image):  # noqa: F811
    with a_daemon() as daemon:
        yield Running(daemon, image)


def test_a_forced_deployment_replaces_every_task_without_a_failed_request(running):
    before = running.ids()
    with Traffic(running) as traffic:
        running.ecs.update_service(cluster=CLUSTER, service=PROD, forceNewDeployment=True)
        running.wait_until_steady()
        wait_until(lambda: traffic.seen >= running.ids(), "every new task answers")
    assert traffic.failures == [] and traffic.count > 100
    assert not before & running.ids() and len(running.ids()) == 2
    messages = [e["message"] for e in running.service()["events"]]
    assert messages[0] == f"(service {PROD}) has reached a steady state."
    assert any("has begun draining connections on" in m for m in messages) and any("deployment completed." in m for m in messages)


def test_a_service_is_scaled_out_and_in_without_a_failed_request(running):
    with Traffic(running) as traffic:
        running.ecs.update_service(cluster=CLUSTER, service=PROD, desiredCount=4)
        running.wait_until_steady()
        assert sorted(t["availabilityZone"][-1] for t in running.tasks()) in (["a", "a", "b", "c"], ["a", "b", "b", "c"], ["a", "b", "c", "c"])
        wait_until(lambda: traffic.seen >= running.ids(), "every task answers")
        running.ecs.update_service(cluster=CLUSTER, service=PROD, desiredCount=2)
        running.wait_until_steady()
    assert traffic.failures == []
    assert len({t["availabilityZone"] for t in running.tasks()}) == 2


def test_a_killed_container_is_replaced_and_the_other_one_serves(running):
    victim = running.tasks()[0]
    identity = victim["taskArn"].rsplit("/", 1)[1]
    os.kill(next(c["pid"] for c in running.daemon.containers() if c["id"].startswith(identity)), signal.SIGKILL)
    wait_until(lambda: identity not in running.ids(), "the task is gone")
    running.wait_until_steady()
    stopped = running.ecs.describe_tasks(cluster=CLUSTER, tasks=[victim["taskArn"]])["tasks"][0]
    assert (stopped["stopCode"], stopped["containers"][0]["exitCode"]) == ("EssentialContainerExited", 137)
    with Traffic(running) as traffic:
        wait_until(lambda: traffic.seen >= running.ids(), "both answer")
    assert traffic.failures == []


def test_a_deployment_that_cannot_pull_leaves_the_old_tasks_serving(running):
    before, good = running.ids(), running.service()["taskDefinition"]
    bad = running.register(image="000000000000.dkr.ecr.us-west-2.amazonaws.com/matabit:none")
    with Traffic(running) as traffic:
        running.ecs.update_service(cluster=CLUSTER, service=PROD, taskDefinition=bad)
        wait_until(lambda: running.service()["deployments"][0]["failedTasks"] >= 2, "tasks of the new deployment failed")
        assert before <= running.ids()
        assert running.daemon.why(f"service/{PROD}")["findings"][0]["code"] == "Image.NotFound"
        running.ecs.update_service(cluster=CLUSTER, service=PROD, taskDefinition=good)
        running.wait_until_steady()
    assert traffic.failures == []
    wait_until(lambda: running.daemon.why()["findings"] == [], "nothing is held up any more")


def test_a_circuit_breaker_rolls_back(running):
    before, good = running.ids(), running.service()["taskDefinition"]
    bad = running.register(entryPoint=["/bin/nothing"])
    running.ecs.update_service(cluster=CLUSTER, service=PROD, taskDefinition=bad, deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})
    wait_until(lambda: running.service()["taskDefinition"] == good and len(running.service()["deployments"]) == 1, "it is rolled back", 120)
    running.wait_until_steady()
    assert running.ids() == before
    messages = [e["message"] for e in running.service()["events"]]
    assert any("deployment failed: tasks failed to start." in m for m in messages) and any("rolling back to deployment ecs-svc/" in m for m in messages)
    finding = running.daemon.why(f"service/{PROD}")["findings"][0]
    assert finding["code"] == "Container.NotStarted" and "/bin/nothing" in finding["sentence"]
    running.ecs.update_service(cluster=CLUSTER, service=PROD, forceNewDeployment=True)
    wait_until(lambda: running.daemon.why()["findings"] == [], "a deployment that works ends it")
    running.wait_until_steady()


def test_a_request_in_flight_outlives_the_stop_of_its_task(running):
    """Draining: the task gets SIGTERM when its last request is answered."""
    task = running.tasks(STAGING)[0]["taskArn"].rsplit("/", 1)[1]
    answers = {}

    def ask(number):
        words = ["curl", "-sS", "-m", "30", "--cacert", running.daemon.folder / "ca/root.pem", "--resolve", f"staging.matabit.org:443:{running.addresses[number % 3]}", "-w", "\n%{http_code}", "https://staging.matabit.org/slow?ms=4000"]
        answers[number] = subprocess.run(words, capture_output=True, text=True)
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    running.ecs.update_service(cluster=CLUSTER, service=STAGING, forceNewDeployment=True)
    for thread in threads:
        thread.join()
    assert [a.stdout.rsplit("\n", 1)[1] for a in answers.values()] == ["200"] * 6
    running.wait_until_steady(STAGING)
    assert task not in running.ids(STAGING)


def test_run_task_and_stop_task(running):
    network = running.service()["networkConfiguration"]
    started = running.ecs.run_task(cluster=CLUSTER, taskDefinition="matabit-staging", launchType="FARGATE", networkConfiguration=network, overrides={
        "containerOverrides": [{"name": "matabit-staging-container", "command": ["-print", "a job"]}]})["tasks"][0]["taskArn"]
    wait_until(lambda: running.ecs.describe_tasks(cluster=CLUSTER, tasks=[started])["tasks"][0]["lastStatus"] == "STOPPED", "the job ends")
    job = running.ecs.describe_tasks(cluster=CLUSTER, tasks=[started])["tasks"][0]
    assert (job["stopCode"], job["containers"][0]["exitCode"]) == ("EssentialContainerExited", 0)
    wait_until(lambda: "a job" in running.daemon.run("logs", started.rsplit("/", 1)[1]).stdout, "what it said is in its log")
    wait_until(lambda: running.daemon.why()["findings"] == [], "nothing is held up")
