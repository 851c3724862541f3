"""gRPC through a load balancer to a real gRPC server (grpc-js from the npm registry; where there is no npm the test says so)."""
import json
import shutil
import subprocess

import pytest

from conftest import ROOT, session_of_today, wait_until
from test_fargate import image, place  # noqa: F401 (fixtures)
from test_load_balancer import curl, group_open_to
from test_services import certificate_with_records

NAME = "grpc.test"


class Front:
    """An HTTPS listener in front of groups whose target is a task's address; programs are started in the task's namespace."""

    def __init__(self, place):
        self.place, self.programs = place, []
        self.elb, self.today = place.daemon.client("elbv2"), place.daemon.client("elbv2", session=session_of_today())
        self.group = group_open_to(place.ec2, place.vpc, 443)
        place.ec2.authorize_security_group_ingress(GroupId=place.group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 50051, "ToPort": 50059, "UserIdGroupPairs": [{"GroupId": self.group}]}])
        self.balancer = self.elb.create_load_balancer(Name="grpc", Subnets=place.subnets, SecurityGroups=[self.group])["LoadBalancers"][0]["LoadBalancerArn"]
        self.acm, self.certificate = certificate_with_records(place.daemon, [NAME])
        wait_until(lambda: self.acm.describe_certificate(CertificateArn=self.certificate)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")
        self.task = place.run(place.define("grpc"))
        place.wait_for(self.task, "RUNNING")
        self.listener = None

    def forward_to(self, name, port, version, **more):
        group = self.elb.create_target_group(Name=name, Protocol="HTTP", ProtocolVersion=version, Port=port, TargetType="ip", VpcId=self.place.vpc, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2, **more)["TargetGroups"][0]
        self.elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": self.place.address(self.task)}])
        actions = [{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}]
        if self.listener is None:
            self.listener = self.elb.create_listener(LoadBalancerArn=self.balancer, Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": self.certificate}], DefaultActions=actions)["Listeners"][0]["ListenerArn"]
        else:
            self.elb.modify_listener(ListenerArn=self.listener, DefaultActions=actions)
        return group

    def health(self, group):
        return self.elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"][0]["TargetHealth"]

    def address(self):
        return next(b for b in self.place.daemon.status()["load_balancers"] if b["name"] == "grpc")["addresses"][0]

    def start(self, folder, *words):
        program = subprocess.Popen(["ip", "netns", "exec", self.place.namespace(self.task), *words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.programs.append(program)
        assert program.stdout.readline() == "ready\n"
        return program

    def get(self, *words):
        ca = str(self.place.daemon.folder / "ca" / "root.pem")
        return curl("--cacert", ca, "--resolve", f"{NAME}:443:{self.address()}", "-o", "/dev/null", "-w", "%{http_code} %{http_version} %{content_type}", *words, f"https://{NAME}/test.Echo/Say")

    def remove(self):
        for program in self.programs:
            program.kill()
            program.wait()
        self.elb.delete_load_balancer(LoadBalancerArn=self.balancer)
        for group in self.elb.describe_target_groups()["TargetGroups"]:
            self.elb.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
        self.acm.delete_certificate(CertificateArn=self.certificate)
        self.place.ecs.stop_task(cluster=self.place.cluster, task=self.task)
        self.place.wait_for(self.task, "STOPPED")


@pytest.fixture(scope="module")
def front(place):  # noqa: F811
    made = Front(place)
    yield made
    made.remove()


def test_grpc_calls_of_every_kind_pass_and_other_requests_are_464(front, tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("no npm on this machine")
    folder = tmp_path / "grpc"
    shutil.copytree(ROOT / "tests/system/grpc", folder)
    installed = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], cwd=folder, capture_output=True, text=True)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    server = front.start(folder, "node", "server.js", "50051")
    group = front.forward_to("calls", 50051, "GRPC")
    assert (group["HealthCheckPath"], group["Matcher"]) == ("/AWS.ALB/healthcheck", {"GrpcCode": "12"})
    wait_until(lambda: front.health(group)["State"] == "healthy", "the server passes its checks: the method is not there, which is what the default matcher wants")

    ca = front.place.daemon.folder / "ca" / "root.pem"
    done = subprocess.run(["node", "client.js", front.address(), NAME, ca], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    met = json.loads(done.stdout)
    said = met["said"]
    assert (said["code"], said["answer"]) == (0, "you said hello") and said["trailers"]["x-forwarded"].count(".") == 3
    assert met["many"] and met["large"] == len("you said ") + 1_000_000
    assert (met["failed"]["code"], met["failed"]["details"]) == (5, "no thing")
    assert met["talk"] == {"code": 0, "heard": ["A", "B", "C"]}
    assert met["cancelled"] == 1 and server.stdout.readline() == "cancelled\n"
    assert met["missing"] == 12

    assert front.get("--http1.1").stdout == "464 1.1 "
    assert front.get("--http2").stdout == "464 2 ", "a GET is no call"
    server.kill()
    refused = lambda: front.get("--http2", "-X", "POST", "-H", "content-type: application/grpc").stdout == "502 2 application/grpc"
    wait_until(refused, "without a server the load balancer answers itself")

    status = lambda: subprocess.run(["node", "status.js", front.address(), NAME, ca], cwd=folder, capture_output=True, text=True, timeout=60).stdout
    assert status() == "14\n", "502 is UNAVAILABLE to a client"
    target = [{"Id": front.place.address(front.task)}]
    front.elb.deregister_targets(TargetGroupArn=group["TargetGroupArn"], Targets=target)
    wait_until(lambda: front.get("--http2", "-X", "POST", "-H", "content-type: application/grpc").stdout == "503 2 application/grpc", "no target is registered")
    assert status() == "14\n", "and so is 503"
    front.elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=target)
    guard = {"Type": "jwt-validation", "Order": 1, "JwtValidationConfig": {"JwksEndpoint": "https://keys.idp.test/", "Issuer": "https://idp.test"}}
    front.today.modify_listener(ListenerArn=front.listener, DefaultActions=[guard, {"Type": "fixed-response", "Order": 2, "FixedResponseConfig": {"StatusCode": "200"}}])
    wait_until(lambda: status() == "16\n", "401 is UNAUTHENTICATED")
    front.elb.modify_listener(ListenerArn=front.listener, DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}])

    front.elb.modify_target_group(TargetGroupArn=group["TargetGroupArn"], Matcher={"GrpcCode": "0"}, UnhealthyThresholdCount=2)
    front.start(folder, "node", "server.js", "50051")
    mismatch = {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch", "Description": "Health checks failed with these codes: [12]"}
    wait_until(lambda: front.health(group) == mismatch, "another grpc-status than the matcher's", 30)


def test_why_names_a_program_of_http1_behind_an_http2_group(front):
    group = front.forward_to("old", 50052, "HTTP2", UnhealthyThresholdCount=2, HealthCheckPath="/healthz")
    front.start("/", "/usr/bin/python3", "-uc", "import http.server as h; s = h.ThreadingHTTPServer(('0.0.0.0', 50052), h.BaseHTTPRequestHandler); print('ready'); s.serve_forever()")
    wait_until(lambda: front.health(group)["State"] == "unhealthy", "the program fails its checks", 30)
    assert front.health(group)["Reason"] == "Target.FailedHealthChecks"
    found = lambda: {f["code"]: f for f in front.place.daemon.why(group["TargetGroupArn"])["findings"]}
    wait_until(lambda: "Target.NotHttp2" in found(), "why names it", 30)
    finding = found()["Target.NotHttp2"]
    assert (finding["cause"], finding["attribute"]) == (group["TargetGroupArn"], "protocol_version")
    assert "answers HTTP/1.1 there with 501" in finding["sentence"]
    wait_until(lambda: front.get("--http2").stdout == "502 2 text/html", "with no healthy target all get requests, and this one answers none")
