"""A load balancer that serves: real packets through the internet gateway, real TLS, restarts and kills."""
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from conftest import PROGRAM, Stack, wait_until
from test_services import certificate_with_records


# Asks over a new connection each time until its input says stop; prints how many were answered and how many not.
ASKING = """
import select, socket, ssl, sys
context = ssl._create_unverified_context()
answered = failed = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    try:
        with socket.create_connection((sys.argv[1], int(sys.argv[2])), 5) as raw, context.wrap_socket(raw, server_hostname="www.site.test") as talk:
            talk.sendall(b"GET / HTTP/1.1\\r\\nHost: www.site.test\\r\\nConnection: close\\r\\n\\r\\n")
            answer = b""
            while piece := talk.recv(4096):
                answer += piece
            answered += answer.endswith(b"it serves")
            failed += not answer.endswith(b"it serves")
    except OSError:
        failed += 1
print(answered, failed)
"""


def curl(*words):
    return subprocess.run(["curl", "-s", "-S", "--max-time", "5", "--noproxy", "*", *words], capture_output=True, text=True)


def group_open_to(ec2, vpc, *ports):
    group = ec2.create_security_group(GroupName="front", Description="d", VpcId=vpc)["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": p, "ToPort": p, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]} for p in ports])
    return group


class Site:
    """www.site.test behind a load balancer: http redirects, https answers; port 8080 is closed by the group."""

    def __init__(self, daemon, name):
        self.daemon, self.stack, self.name = daemon, Stack(daemon), name
        self.elb = daemon.client("elbv2")
        self.group = group_open_to(self.stack.ec2, self.stack.vpc, 80, 443)
        self.arn = self.elb.create_load_balancer(Name="site", Subnets=self.stack.subnets, SecurityGroups=[self.group])["LoadBalancers"][0]["LoadBalancerArn"]
        acm, self.certificate = certificate_with_records(daemon, [name, f"*.{name}"])
        wait_until(lambda: acm.describe_certificate(CertificateArn=self.certificate)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")
        redirect = [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}}]
        answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "it serves"}}]
        for port, protocol, actions in ((80, "HTTP", redirect), (443, "HTTPS", answer), (8080, "HTTP", answer)):
            more = {"Certificates": [{"CertificateArn": self.certificate}]} if protocol == "HTTPS" else {}
            listener = self.elb.create_listener(LoadBalancerArn=self.arn, Protocol=protocol, Port=port, DefaultActions=actions, **more)["Listeners"][0]["ListenerArn"]
            self.https = listener if port == 443 else getattr(self, "https", None)
        wait_until(lambda: self.describe()["State"]["Code"] == "active", "the load balancer is active")
        self.addresses = daemon.status()["load_balancers"][0]["addresses"]

    def describe(self):
        return self.elb.describe_load_balancers(LoadBalancerArns=[self.arn])["LoadBalancers"][0]

    def get(self, url, address=None, *more):
        port = 8080 if ":8080" in url else 443 if url.startswith("https") else 80
        host = url.split("/")[2].split(":")[0]
        return curl("--cacert", str(self.daemon.folder / "ca" / "root.pem"), "--resolve", f"{host}:{port}:{address or self.addresses[0]}", *more, url)

    def target_in(self, subnet):
        """What answers at port 443 in one zone: a VPC endpoint's interface. Its endpoint and its address."""
        ec2 = self.stack.ec2
        endpoint = ec2.create_vpc_endpoint(VpcId=self.stack.vpc, ServiceName="com.amazonaws.us-west-2.logs", VpcEndpointType="Interface", SubnetIds=[subnet], SecurityGroupIds=[self.group], PrivateDnsEnabled=False)["VpcEndpoint"]
        interface = ec2.describe_network_interfaces(NetworkInterfaceIds=endpoint["NetworkInterfaceIds"])["NetworkInterfaces"][0]
        return endpoint["VpcEndpointId"], interface["PrivateIpAddress"]

    def of_endpoint(self):
        """What a target group says of such a target."""
        return {"Protocol": "HTTPS", "Port": 443, "VpcId": self.stack.vpc, "TargetType": "ip", "HealthCheckProtocol": "HTTPS", "HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2, "HealthCheckPath": "/", "Matcher": {"HttpCode": "200-499"}}

    def worker_pid(self):
        folders = list((self.daemon.folder / "alb").iterdir())
        return int((folders[0] / "worker.pid").read_text())

    def remove(self):
        self.elb.delete_load_balancer(LoadBalancerArn=self.arn)
        self.stack.ec2.delete_security_group(GroupId=self.group)
        self.daemon.client("acm").delete_certificate(CertificateArn=self.certificate)
        self.stack.remove()


@pytest.fixture
def site(own):
    made = Site(own, "site.test")
    yield made
    if own.process.poll() is None:
        made.remove()


def test_each_node_serves_with_a_certificate_that_the_client_accepts(site):
    assert len(site.addresses) == 2
    for address in site.addresses:
        done = site.get("https://www.site.test/", address)
        assert (done.returncode, done.stdout) == (0, "it serves"), done.stderr
    moved = site.get("http://www.site.test/a?b=c", None, "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}")
    assert moved.stdout in ("301 https://www.site.test:443/a?b=c", "301 https://www.site.test/a?b=c")
    wrong = site.get("https://a.b.site.test/")
    assert wrong.returncode == 60, "a wildcard covers one label"


def test_the_security_group_closes_a_listener_s_port(site):
    assert site.get("http://www.site.test:8080/").returncode == 28, "a dropped packet is a time-out"
    rule = {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    site.stack.ec2.authorize_security_group_ingress(GroupId=site.group, IpPermissions=[rule])
    wait_until(lambda: site.get("http://www.site.test:8080/").stdout == "it serves", "the port is open")
    site.stack.ec2.delete_route(RouteTableId=site.stack.table, DestinationCidrBlock="0.0.0.0/0")
    wait_until(lambda: site.get("http://www.site.test:8080/").returncode == 28, "no route to the internet gateway: no answer")
    site.stack.ec2.create_route(RouteTableId=site.stack.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=site.stack.gateway)
    wait_until(lambda: site.get("http://www.site.test:8080/").stdout == "it serves", "the route is back")


def test_the_worker_serves_while_the_daemon_is_dead_and_is_found_again(site):
    pid = site.worker_pid()
    site.daemon.kill()
    for _ in range(20):
        assert site.get("https://www.site.test/").stdout == "it serves"
    site.daemon.start()
    site.elb = site.daemon.client("elbv2")
    site.stack.ec2 = site.daemon.client("ec2")
    answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "MessageBody": "changed"}}]
    site.elb.modify_listener(ListenerArn=site.https, DefaultActions=answer)
    wait_until(lambda: site.get("https://www.site.test/").stdout == "changed", "the change is in force")
    assert site.worker_pid() == pid


def test_a_daemon_of_another_program_replaces_the_worker_and_no_connection_is_refused(site, tmp_path):
    """What a new version does: its daemon finds workers of the old one, which hand over."""
    before = site.worker_pid()
    shutil.copy(PROGRAM, tmp_path / "landfall")
    site.daemon.kill()
    asking = subprocess.Popen([sys.executable, "-c", ASKING, site.addresses[0], "443"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)
    site.daemon.start(program=tmp_path / "landfall")
    wait_until(lambda: site.worker_pid() != before, "a worker of the new program is the folder's")
    wait_until(lambda: not os.path.exists(f"/proc/{before}"), "the old one has ended")
    assert os.readlink(f"/proc/{site.worker_pid()}/exe") == str(tmp_path / "landfall")
    answered, failed = asking.communicate("stop\n", timeout=30)[0].split()
    assert int(answered) > 20 and int(failed) == 0
    assert site.get("https://www.site.test/").stdout == "it serves"
    site.elb = site.daemon.client("elbv2")
    site.stack.ec2 = site.daemon.client("ec2")


def test_a_killed_worker_is_replaced(site):
    os.kill(site.worker_pid(), signal.SIGKILL)
    wait_until(lambda: site.get("https://www.site.test/").stdout == "it serves", "a new worker serves")


def test_the_worker_keeps_only_what_it_needs(site):
    status = open(f"/proc/{site.worker_pid()}/status").read()
    assert "CapEff:\t0000000000000400" in status and "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    site.elb.modify_listener(ListenerArn=site.https, DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "reloaded"}}])
    wait_until(lambda: site.get("https://www.site.test/").stdout == "reloaded", "the filter lets a configuration be reloaded")


def test_requests_are_logged_to_the_bucket_in_alb_s_format(site):
    s3 = site.daemon.client("s3")
    s3.create_bucket(Bucket="alb-logs", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name})
    on = [{"Key": "access_logs.s3.enabled", "Value": "true"}, {"Key": "access_logs.s3.bucket", "Value": "alb-logs"}, {"Key": "access_logs.s3.prefix", "Value": "site"}]
    site.elb.modify_load_balancer_attributes(LoadBalancerArn=site.arn, Attributes=on)

    def log():
        return "".join(path.read_text() for path in (site.daemon.folder / "alb").glob("*/access.log"))

    wait_until(lambda: site.get("https://www.site.test/logged") and "/logged" in log(), "a request is logged")
    off = [{"Key": "access_logs.s3.enabled", "Value": "false"}]
    site.elb.modify_load_balancer_attributes(LoadBalancerArn=site.arn, Attributes=off)  # what is there is shipped at once
    key = wait_until(lambda: s3.list_objects_v2(Bucket="alb-logs").get("Contents"), "the log is in the bucket")[0]["Key"]
    assert key.startswith("site/AWSLogs/") and "_app.site." in key and key.endswith(".log.gz")
    body = gzip.decompress(s3.get_object(Bucket="alb-logs", Key=key)["Body"].read()).decode()
    line = next(line for line in body.splitlines() if "/logged" in line)
    assert line.startswith("https ") or line.startswith("h2 ")
    assert '"GET https://www.site.test:443/logged HTTP/' in line and ' "www.site.test" "arn:aws:acm:' in line and '"fixed-response"' in line
    s3.delete_object(Bucket="alb-logs", Key=key)
    s3.delete_bucket(Bucket="alb-logs")


def test_why_names_a_shadowed_rule_and_a_name_without_certificate(site):
    daemon, elb = site.daemon, site.elb
    group = elb.create_target_group(Name="staging", Protocol="HTTP", Port=80, TargetType="ip", VpcId=site.stack.vpc)["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    teapot = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    staging = elb.create_rule(ListenerArn=site.https, Priority=10, Conditions=[{"Field": "host-header", "Values": ["*staging.site.test"]}], Actions=forward)["Rules"][0]["RuleArn"]

    def held_up():
        """All but port 8080, which the site's group closes on purpose."""
        return [f for f in daemon.why()["findings"] if f["code"] != "SecurityGroup.ListenerPort"]
    assert held_up() == []
    catchall = elb.create_rule(ListenerArn=site.https, Priority=5, Conditions=[{"Field": "path-pattern", "Values": ["/*"]}], Actions=teapot)["Rules"][0]["RuleArn"]
    finding = wait_until(lambda: [f for f in daemon.why()["findings"] if f["code"] == "Rule.Shadowed"], "the shadow is told")[0]
    assert (finding["code"], finding["cause"], finding["attribute"], finding["subject"]) == ("Rule.Shadowed", catchall, "priority", staging)
    elb.delete_rule(RuleArn=catchall)
    wait_until(lambda: held_up() == [], "nothing is held up again")

    dns = daemon.client("route53")
    zone = next(z["Id"] for z in dns.list_hosted_zones()["HostedZones"])
    balancer = site.describe()
    alias = {"HostedZoneId": balancer["CanonicalHostedZoneId"], "DNSName": balancer["DNSName"], "EvaluateTargetHealth": False}
    record = {"Action": "UPSERT", "ResourceRecordSet": {"Name": "blog.staging.site.test", "Type": "A", "AliasTarget": alias}}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [record]})
    finding = wait_until(lambda: [f for f in daemon.why("https://blog.staging.site.test/")["findings"] if f["code"].startswith("Certificate.")], "the uncovered name is told")[0]
    assert (finding["code"], finding["cause"], finding["attribute"]) == ("Certificate.NameNotCovered", site.certificate, "subject_alternative_names")
    assert "*.staging.site.test" in finding["remedy"]
    elb.delete_rule(RuleArn=staging)
    elb.delete_target_group(TargetGroupArn=group)


def test_a_zone_without_a_healthy_target_leaves_dns(site):
    ask = lambda: subprocess.run(["dig", "+short", "+time=2", "+tries=1", "-p", str(site.daemon.dns_port), "@127.0.0.1", site.describe()["DNSName"]], capture_output=True, text=True).stdout.split()
    assert sorted(ask()) == sorted(site.addresses)
    group = site.elb.create_target_group(Name="zonal", **site.of_endpoint())["TargetGroups"][0]["TargetGroupArn"]
    set_group = lambda key, value: site.elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[{"Key": key, "Value": value}])
    set_group("load_balancing.cross_zone.enabled", "false")
    rule = site.elb.create_rule(ListenerArn=site.https, Priority=5, Conditions=[{"Field": "path-pattern", "Values": ["/zonal"]}], Actions=[{"Type": "forward", "TargetGroupArn": group}])["Rules"][0]["RuleArn"]
    ec2 = site.stack.ec2
    node = next(i for i in ec2.describe_network_interfaces()["NetworkInterfaces"] if i.get("Association", {}).get("PublicIp") == site.addresses[0])
    endpoint, target = site.target_in(node["SubnetId"])
    site.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": target}])
    wait_until(lambda: ask() == [site.addresses[0]], "only the zone of the healthy target is in DNS")
    wait_until(lambda: [f["cause"] for f in site.daemon.why()["findings"] if f["code"] == "LoadBalancer.ZoneNotInDns"] == [group], "it is told which group is short")
    set_group("target_group_health.dns_failover.minimum_healthy_targets.count", "off")
    wait_until(lambda: sorted(ask()) == sorted(site.addresses), "without a threshold both zones are in DNS")
    site.elb.delete_rule(RuleArn=rule)
    site.elb.delete_target_group(TargetGroupArn=group)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])


def test_a_network_acl_that_cuts_one_node_shows_in_its_zone_alone(site):
    ec2, elb, cloudwatch = site.stack.ec2, site.elb, site.daemon.client("cloudwatch")
    ask = lambda: subprocess.run(["dig", "+short", "+time=2", "+tries=1", "-p", str(site.daemon.dns_port), "@127.0.0.1", site.describe()["DNSName"]], capture_output=True, text=True).stdout.split()
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    whole, cut = (next(i for i in interfaces if i.get("Association", {}).get("PublicIp") == address) for address in site.addresses)
    endpoint, target = site.target_in(whole["SubnetId"])
    acl = ec2.create_network_acl(VpcId=site.stack.vpc)["NetworkAcl"]["NetworkAclId"]
    for egress in (True, False):
        if egress:
            ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=10, Protocol="-1", RuleAction="deny", Egress=True, CidrBlock=target + "/32")
        ec2.create_network_acl_entry(NetworkAclId=acl, RuleNumber=20, Protocol="-1", RuleAction="allow", Egress=egress, CidrBlock="0.0.0.0/0")
    held = next(a for n in ec2.describe_network_acls()["NetworkAcls"] for a in n["Associations"] if a["SubnetId"] == cut["SubnetId"])
    moved = ec2.replace_network_acl_association(AssociationId=held["NetworkAclAssociationId"], NetworkAclId=acl)["NewAssociationId"]

    group = elb.create_target_group(Name="cut", **site.of_endpoint())["TargetGroups"][0]["TargetGroupArn"]
    rule = elb.create_rule(ListenerArn=site.https, Priority=6, Conditions=[{"Field": "path-pattern", "Values": ["/cut"]}], Actions=[{"Type": "forward", "TargetGroupArn": group}])["Rules"][0]["RuleArn"]
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": target}])
    state = lambda: elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"]["State"]
    wait_until(lambda: state() == "healthy", "the target is healthy though one node, alone, does not find it so", 60)
    wait_until(lambda: ask() == [site.addresses[0]], "the zone of the node that is cut is not in DNS")
    finding = wait_until(lambda: [f for f in site.daemon.why()["findings"] if f["code"] == "LoadBalancer.NodeMissesTargets"], "it is told which node is cut")[0]
    assert finding["cause"] == cut["SubnetId"] and "timed out" in finding["sentence"]
    assert state() == "healthy"

    of_group = [{"Name": "LoadBalancer", "Value": site.arn.split(":loadbalancer/")[1]}, {"Name": "TargetGroup", "Value": group.split(":")[-1]}]
    hosts = lambda zone: [p["Maximum"] for p in cloudwatch.get_metric_statistics(Namespace="AWS/ApplicationELB", MetricName="HealthyHostCount", Dimensions=of_group + [{"Name": "AvailabilityZone", "Value": zone}], StartTime=time.time() - 600, EndTime=time.time() + 60, Period=60, Statistics=["Maximum"])["Datapoints"]]
    wait_until(lambda: hosts(whole["AvailabilityZone"])[-1:] == [1.0] and hosts(cut["AvailabilityZone"])[-1:] == [0.0], "each zone has its own count", 40)

    ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=held["NetworkAclId"])
    wait_until(lambda: sorted(ask()) == sorted(site.addresses), "once it is not cut any more both zones are in DNS", 40)
    elb.delete_rule(RuleArn=rule)
    elb.delete_target_group(TargetGroupArn=group)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_network_acl(NetworkAclId=acl)
