"""A network load balancer in front of real tasks: TCP and TLS listeners, addresses of clients, zones, what is cut and what is not."""
import json
import os
import signal
import socket
import ssl
import subprocess

import pytest

from conftest import wait_until
from test_endpoint import code_of
from test_fargate import image, place  # noqa: F401 (fixtures)
from test_load_balancer import curl
from test_services import certificate_with_records

NAME = "nlb.test"

# Sends back what comes until the client's end, then says who the client is and closes.
ECHO = """
import socket, threading
def serve(talk, peer):
    try:
        while piece := talk.recv(65536):
            talk.sendall(piece)
        talk.sendall(("peer " + peer[0]).encode())
    except OSError:
        pass
    talk.close()
listening = socket.create_server(("0.0.0.0", 7), backlog=64)
print("ready", flush=True)
while True:
    talk, peer = listening.accept()
    threading.Thread(target=serve, args=(talk, peer), daemon=True).start()
"""


def rule(port, **source):
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}]


class Front:
    """A network load balancer without security groups over both zones; the web service behind ports 80 (TCP) and 443 (TLS), an echo behind 7."""

    def __init__(self, place):
        self.place, self.elb, self.ec2 = place, place.daemon.client("elbv2"), place.ec2
        self.vpc_only = [{"CidrIp": f"{place.base}.0.0/16"}]
        for port in (80, 7):
            self.ec2.authorize_security_group_ingress(GroupId=place.group, IpPermissions=rule(port, IpRanges=self.vpc_only))
        made = self.elb.create_load_balancer(Name="net", Type="network", Subnets=place.subnets)["LoadBalancers"][0]
        self.arn, self.dns_name = made["LoadBalancerArn"], made["DNSName"]
        self.acm, self.certificate = certificate_with_records(place.daemon, [NAME])
        wait_until(lambda: self.acm.describe_certificate(CertificateArn=self.certificate)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")
        self.web, self.echo = self.group("web", 80), self.group("echo", 7)
        self.listen(80, "TCP", self.web)
        self.listen(443, "TLS", self.web, Certificates=[{"CertificateArn": self.certificate}])
        self.listen(7, "TCP", self.echo)
        place.ecs.create_service(cluster=place.cluster, serviceName="web", taskDefinition=place.define("web", {"portMappings": [{"containerPort": 80}]}), desiredCount=1, launchType="FARGATE",
                                 loadBalancers=[{"targetGroupArn": self.web, "containerName": "web", "containerPort": 80}],
                                 networkConfiguration={"awsvpcConfiguration": {"subnets": [place.private], "securityGroups": [place.group]}})
        self.task = place.run(place.define("echo"))
        place.wait_for(self.task, "RUNNING")
        self.program = subprocess.Popen(["ip", "netns", "exec", place.namespace(self.task), "/usr/bin/python3", "-c", ECHO], stdout=subprocess.PIPE, text=True)
        assert self.program.stdout.readline() == "ready\n"
        self.elb.register_targets(TargetGroupArn=self.echo, Targets=[{"Id": place.address(self.task)}])
        wait_until(lambda: self.elb.describe_load_balancers(LoadBalancerArns=[self.arn])["LoadBalancers"][0]["State"]["Code"] == "active", "the load balancer is active")
        self.set(self.arn, "load_balancing.cross_zone.enabled", "true")
        for group in (self.web, self.echo):
            wait_until(lambda: self.health(group) == ["healthy"], f"the target of {group} is healthy", 60)
        self.addresses = next(b for b in place.daemon.status()["load_balancers"] if b["name"] == "net")["addresses"]

    def group(self, name, port):
        return self.elb.create_target_group(Name=name, Protocol="TCP", Port=port, TargetType="ip", VpcId=self.place.vpc, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2)["TargetGroups"][0]["TargetGroupArn"]

    def listen(self, port, protocol, group, **more):
        return self.elb.create_listener(LoadBalancerArn=self.arn, Protocol=protocol, Port=port, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}], **more)["Listeners"][0]["ListenerArn"]

    def set(self, arn, key, value):
        of_balancer = ":loadbalancer/" in arn
        call = self.elb.modify_load_balancer_attributes if of_balancer else self.elb.modify_target_group_attributes
        call(**{"LoadBalancerArn" if of_balancer else "TargetGroupArn": arn}, Attributes=[{"Key": key, "Value": value}])
        kept = {} if value in ("false", "300") else {key: value}  # defaults are left out

        def is_there(config):
            things = [config["balancer"]] if of_balancer else [g["group"] for g in config["groups"] if g["group"]["arn"] == arn]
            return all({k: v for k, v in thing.get("attributes", {}).items() if k == key} == kept for thing in things)
        self.settle(is_there)

    def settle(self, is_there=lambda config: True):
        """Until the worker has what the records say."""
        def is_current():
            for folder in (self.place.daemon.folder / "alb").iterdir():
                if not (folder / "state.json").exists():
                    return False
                config, state = (json.loads((folder / name).read_text()) for name in ("config.json", "state.json"))
                if config["balancer"]["arn"] == self.arn:
                    return state["revision"] == config["revision"] and is_there(config)
        wait_until(is_current, "the worker has the configuration")

    def listens_on(self, *ports):
        self.settle(lambda config: sorted(listener["listener"]["port"] for listener in config["listeners"]) == sorted(ports))

    def health(self, group):
        return [t["TargetHealth"]["State"] for t in self.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"] if t["TargetHealth"]["State"] != "draining"]

    def talk(self, port=7, address=None):
        return socket.create_connection((address or self.addresses[0], port), 5)

    def peer(self, address=None):
        """Who the echo takes this client for."""
        with self.talk(address=address) as talk:
            own = talk.getsockname()[0]
            talk.shutdown(socket.SHUT_WR)
            said = b""
            while piece := talk.recv(4096):
                said += piece
        return said.decode().removeprefix("peer "), own

    def worker_pid(self):
        return int((next((self.place.daemon.folder / "alb").iterdir()) / "worker.pid").read_text())

    def nodes(self):
        return sorted(i["PrivateIpAddress"] for i in self.ec2.describe_network_interfaces(Filters=[{"Name": "interface-type", "Values": ["network_load_balancer"]}])["NetworkInterfaces"])

    def remove(self):
        self.program.kill()
        self.program.wait()
        ecs = self.place.ecs
        ecs.update_service(cluster=self.place.cluster, service="web", desiredCount=0)
        ecs.delete_service(cluster=self.place.cluster, service="web", force=True)
        ecs.stop_task(cluster=self.place.cluster, task=self.task)
        self.place.wait_for(self.task, "STOPPED")
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)


@pytest.fixture(scope="module")
def front(place):  # noqa: F811
    made = Front(place)
    yield made
    made.remove()


def test_http_and_https_reach_the_service_and_bytes_go_both_ways(front):
    ca = str(front.place.daemon.folder / "ca" / "root.pem")
    for address in front.addresses:
        assert curl("-o", "/dev/null", "-w", "%{http_code}", f"http://{address}/").stdout == "200"
        secure = curl("--cacert", ca, "--resolve", f"{NAME}:443:{address}", "-o", "/dev/null", "-w", "%{http_code} %{ssl_verify_result}", f"https://{NAME}/")
        assert secure.stdout == "200 0", secure.stderr
    big = os.urandom(5_000_000)
    with front.talk() as talk:
        talk.settimeout(20)
        heard = bytearray()
        sent = 0
        while len(heard) < len(big):
            if sent < len(big):
                sent += talk.send(big[sent:sent + 65536])
            heard += talk.recv(65536)
        assert bytes(heard) == big


def test_targets_see_the_node_or_the_client_as_the_group_says(front):
    """With the client's address the target's security group must admit the client, and the answers still come by the node."""
    said, own = front.peer()
    assert said in front.nodes()
    front.set(front.echo, "preserve_client_ip.enabled", "true")
    with pytest.raises(OSError):
        front.peer()  # the group admits the VPC alone
    assert front.health(front.echo) == ["healthy"], "checks come from the nodes"
    refused = lambda: {f["code"]: f for f in front.place.daemon.why(front.echo)["findings"]}.get("SecurityGroup.ClientsRefused")
    wait_until(refused, "why names the security group")
    assert (refused()["cause"], refused()["attribute"]) == (front.place.group, "ingress 7")
    front.ec2.authorize_security_group_ingress(GroupId=front.place.group, IpPermissions=rule(7, IpRanges=[{"CidrIp": "0.0.0.0/0"}]))
    for address in front.addresses:  # the second node's device is not the one of the default route
        wait_until(lambda: try_peer(front, address) == own, f"the target behind {address} sees the client's address")
    wait_until(lambda: refused() is None, "the reason ends with its cause")
    with front.talk() as talk:
        talk.sendall(b"x" * 200_000)
        talk.shutdown(socket.SHUT_WR)
        got = 0
        while piece := talk.recv(65536):
            got += len(piece)
        assert got == 200_000 + len(f"peer {own}")
    front.set(front.echo, "preserve_client_ip.enabled", "false")
    assert front.peer()[0] in front.nodes()


def try_peer(front, address):
    try:
        return front.peer(address)[0]
    except OSError:
        return None


def test_a_zone_without_targets_leaves_dns_and_its_node_resets(front):
    ask = lambda name: sorted(subprocess.run(["dig", "+short", "+time=2", "+tries=1", "-p", str(front.place.daemon.dns_port), "@127.0.0.1", name], capture_output=True, text=True).stdout.split())
    assert ask(front.dns_name) == sorted(front.addresses)
    assert len(ask(f"us-west-2b.{front.dns_name}")) == 1
    front.set(front.arn, "load_balancing.cross_zone.enabled", "false")
    wait_until(lambda: len(ask(front.dns_name)) == 1, "the zone of the tasks alone is in DNS")
    here = ask(front.dns_name)[0]
    there = next(a for a in front.addresses if a != here)
    assert front.peer(here)[0] in front.nodes()
    with pytest.raises(ConnectionResetError):
        front.talk(address=there).recv(1)
    found = lambda: [f for f in front.place.daemon.why()["findings"] if f["code"] == "LoadBalancer.ZoneNotInDns"]
    wait_until(found, "why tells the zone")
    assert "enable_cross_zone_load_balancing" in found()[0]["remedy"]
    front.set(front.arn, "load_balancing.cross_zone.enabled", "true")
    wait_until(lambda: try_peer(front, there) in front.nodes(), "across zones it serves again")


def test_flows_outlive_changes_and_a_killed_worker_is_replaced(front):
    with front.talk() as talk:
        talk.sendall(b"before")
        assert talk.recv(6) == b"before"
        front.set(front.echo, "stickiness.enabled", "true")
        listener = front.listen(8080, "TCP", front.web)
        front.listens_on(80, 443, 7, 8080)
        front.elb.delete_listener(ListenerArn=listener)
        front.listens_on(80, 443, 7)
        talk.sendall(b"after")
        assert talk.recv(5) == b"after"
        pid = front.worker_pid()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(OSError):
            while talk.recv(4096):
                pass
            raise ConnectionResetError("ended")
    wait_until(lambda: front.worker_pid() != pid and try_peer(front, front.addresses[0]) in front.nodes(), "another worker serves")
    status = dict(line.split(":\t") for line in open(f"/proc/{front.worker_pid()}/status").read().splitlines() if ":\t" in line)
    assert int(status["CapEff"], 16) == 1 << 10 | 1 << 13, "low ports, and clients' addresses"


def test_a_deregistered_target_keeps_its_flows_until_they_are_to_be_terminated(front):
    target = [{"Id": front.place.address(front.task), "Port": 7}]
    front.set(front.echo, "deregistration_delay.timeout_seconds", "10")
    front.set(front.echo, "deregistration_delay.connection_termination.enabled", "true")
    with front.talk() as talk:
        talk.sendall(b"x")
        assert talk.recv(1) == b"x"
        front.elb.deregister_targets(TargetGroupArn=front.echo, Targets=target)
        wait_until(lambda: try_peer(front, front.addresses[0]) is None, "no new flow goes there")
        talk.sendall(b"y")
        assert talk.recv(1) == b"y", "what is open goes on"
        talk.settimeout(60)
        with pytest.raises(ConnectionResetError):
            talk.recv(1)
    front.elb.register_targets(TargetGroupArn=front.echo, Targets=target)
    wait_until(lambda: try_peer(front, front.addresses[0]) in front.nodes(), "it serves again", 30)


def test_what_passes_is_measured_under_the_names_of_network_load_balancers(front):
    watch = front.place.daemon.client("cloudwatch")
    names = lambda: {m["MetricName"] for m in watch.list_metrics(Namespace="AWS/NetworkELB")["Metrics"]}
    front.peer()
    wait_until(lambda: {"NewFlowCount", "ProcessedBytes", "HealthyHostCount"} <= names(), "metrics are told", 40)
    series = [{d["Name"]: d["Value"] for d in m["Dimensions"]} for m in watch.list_metrics(Namespace="AWS/NetworkELB", MetricName="NewFlowCount")["Metrics"]]
    whole = {"LoadBalancer": front.arn.split("loadbalancer/")[1]}
    assert whole in series, "of the load balancer"
    assert any(one == {**whole, "AvailabilityZone": one.get("AvailabilityZone")} for one in series), "and of the zone whose node took the flow"


def test_a_program_that_does_not_listen_is_named(front):
    group = front.elb.create_target_group(Name="wrong", Protocol="TCP", Port=9, TargetType="ip", VpcId=front.place.vpc, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2)["TargetGroups"][0]["TargetGroupArn"]
    listener = front.listen(9, "TCP", group)
    front.ec2.authorize_security_group_ingress(GroupId=front.place.group, IpPermissions=rule(9, IpRanges=front.vpc_only))
    front.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": front.place.address(front.task)}])
    health = lambda: front.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"]
    wait_until(lambda: health() == {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": "Health checks failed"}, "nothing listens on 9", 30)
    wait_until(lambda: "Target.ListensElsewhere" in [f["code"] for f in front.place.daemon.why(group)["findings"]], "why names the port", 30)
    with pytest.raises(ConnectionResetError):
        front.talk(9).recv(1)
    front.elb.delete_listener(ListenerArn=listener)
    front.elb.delete_target_group(TargetGroupArn=group)


def test_targets_may_refer_to_the_load_balancer_s_security_group(front):
    """Also where they see the clients' addresses: what the load balancer sends comes from its group."""
    group = front.ec2.create_security_group(GroupName="nlb", Description="d", VpcId=front.place.vpc)["GroupId"]
    front.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=rule(17, IpRanges=[{"CidrIp": "0.0.0.0/0"}]))
    front.ec2.revoke_security_group_ingress(GroupId=front.place.group, IpPermissions=rule(7, IpRanges=[{"CidrIp": "0.0.0.0/0"}]) )
    front.ec2.revoke_security_group_ingress(GroupId=front.place.group, IpPermissions=rule(7, IpRanges=front.vpc_only))
    front.ec2.authorize_security_group_ingress(GroupId=front.place.group, IpPermissions=rule(7, UserIdGroupPairs=[{"GroupId": group}]))
    guarded = front.elb.create_load_balancer(Name="guarded", Type="network", Subnets=front.place.subnets[:1], SecurityGroups=[group])["LoadBalancers"][0]["LoadBalancerArn"]
    behind = front.elb.create_target_group(Name="behind", Protocol="TCP", Port=7, TargetType="ip", VpcId=front.place.vpc, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2)["TargetGroups"][0]["TargetGroupArn"]
    front.elb.modify_target_group_attributes(TargetGroupArn=behind, Attributes=[{"Key": "preserve_client_ip.enabled", "Value": "true"}])
    for port in (17, 18):
        front.elb.create_listener(LoadBalancerArn=guarded, Protocol="TCP", Port=port, DefaultActions=[{"Type": "forward", "TargetGroupArn": behind}])
    front.elb.register_targets(TargetGroupArn=behind, Targets=[{"Id": front.place.address(front.task)}])
    wait_until(lambda: front.health(behind) == ["healthy"], "checks pass the group reference", 30)
    address = next(b for b in front.place.daemon.status()["load_balancers"] if b["name"] == "guarded")["addresses"][0]
    with socket.create_connection((address, 17), 5) as talk:
        own = talk.getsockname()[0]
        talk.shutdown(socket.SHUT_WR)
        assert talk.recv(100) == f"peer {own}".encode()
    with pytest.raises(OSError):
        socket.create_connection((address, 18), 2)  # its own group does not admit the port
    assert code_of(front.elb.set_security_groups, LoadBalancerArn=front.arn, SecurityGroups=[group])[0] == "InvalidConfigurationRequest"
    front.elb.delete_load_balancer(LoadBalancerArn=guarded)
    front.elb.delete_target_group(TargetGroupArn=behind)
