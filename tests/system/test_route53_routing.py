"""Route 53: routing policies answered by the resolver, health checks that look, zones of one name, delegation."""
import collections
import http.server
import ipaddress
import json
import socket
import struct
import subprocess
import threading
import uuid

import pytest

from conftest import wait_until
from test_endpoint import code_of


@pytest.fixture
def dns(shared):
    return shared.client("route53")


@pytest.fixture
def zone(dns):
    name = f"{uuid.uuid4().hex[:8]}.test"
    made = Zone(dns, name)
    yield made
    made.remove()


class Zone:
    def __init__(self, dns, name):
        self.dns, self.name = dns, name
        self.made = dns.create_hosted_zone(Name=name, CallerReference=uuid.uuid4().hex)
        self.id = self.made["HostedZone"]["Id"].split("/")[-1]

    def put(self, host, value, kind="A", action="CREATE", ttl=60, **policy):
        record = {"Name": f"{host}.{self.name}" if host else self.name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": v} for v in ([value] if isinstance(value, str) else value)], **policy}
        return self.dns.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]})

    def records(self):
        return [r for r in self.dns.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"] if r["Type"] not in ("SOA", "NS") or r["Name"] != self.name + "."]

    def remove(self):
        gone = [{"Action": "DELETE", "ResourceRecordSet": r} for r in self.records()]
        if gone:
            self.dns.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": gone})
        self.dns.delete_hosted_zone(Id=self.id)


def ask(daemon, name):
    """The A records that the daemon's resolver answers for a name."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.sendto(struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + question, ("127.0.0.1", daemon.dns_port))
        reply = s.recv(4096)
    at, addresses = 12 + len(question), []
    for _ in range(struct.unpack(">H", reply[6:8])[0]):
        while reply[at] and reply[at] < 192:
            at += 1 + reply[at]
        at += 2 if reply[at] else 1
        kind, _, _, size = struct.unpack(">HHIH", reply[at:at + 10])
        if kind == 1:
            addresses.append(socket.inet_ntoa(reply[at + 10:at + 14]))
        at += 10 + size
    return addresses


def test_weights_are_drawn(shared, zone):
    zone.put("w", "192.0.2.1", SetIdentifier="heavy", Weight=200)
    zone.put("w", "192.0.2.2", SetIdentifier="light", Weight=50)
    zone.put("w", "192.0.2.3", SetIdentifier="none", Weight=0)
    counts = collections.Counter(ask(shared, f"w.{zone.name}")[0] for _ in range(100))
    assert counts["192.0.2.3"] == 0 and counts["192.0.2.1"] > counts["192.0.2.2"] > 0
    told = {r["SetIdentifier"]: r["Weight"] for r in zone.records()}
    assert told == {"heavy": 200, "light": 50, "none": 0}
    assert "non-latency set exists" in code_of(zone.put, "w", "192.0.2.4", SetIdentifier="x", Region="us-east-1")[1]


def test_latency_and_geography_follow_the_region(shared, zone):
    zone.put("l", "192.0.2.1", SetIdentifier="here", Region="us-west-2")
    zone.put("l", "192.0.2.2", SetIdentifier="there", Region="eu-west-1")
    assert ask(shared, f"l.{zone.name}") == ["192.0.2.1"]
    zone.put("g", "192.0.2.1", SetIdentifier="eu", GeoLocation={"ContinentCode": "EU"})
    assert ask(shared, f"g.{zone.name}") == []
    zone.put("g", "192.0.2.2", SetIdentifier="us", GeoLocation={"CountryCode": "US"})
    zone.put("g", "192.0.2.3", SetIdentifier="all", GeoLocation={"CountryCode": "*"})
    assert ask(shared, f"g.{zone.name}") == ["192.0.2.2"]


def test_up_to_eight_values_of_multivalue_answers(shared, zone):
    for i in range(10):
        zone.put("m", f"192.0.2.{i}", SetIdentifier=str(i), MultiValueAnswer=True)
    assert len(set(ask(shared, f"m.{zone.name}"))) == 8


class Up(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        body = b"all is well"
        self.send_response(Up.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def endpoint(shared):
    """An HTTP server at the first public address, which stands on the host."""
    pool = json.loads((shared.folder / "identity.json").read_text())["public_pool"]
    address = str(ipaddress.ip_network(pool)[1])
    wait_until(lambda: address in subprocess.run(["ip", "-o", "addr"], capture_output=True, text=True).stdout, "the public address stands")
    server = http.server.ThreadingHTTPServer((address, 0), Up)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Up.status = 200
    yield server.server_address
    server.shutdown()


def test_a_failover_follows_a_health_check_that_looks(shared, dns, zone, endpoint):
    address, port = endpoint
    config = {"Type": "HTTP_STR_MATCH", "IPAddress": address, "Port": port, "ResourcePath": "/", "SearchString": "well", "RequestInterval": 10, "FailureThreshold": 1}
    check = dns.create_health_check(CallerReference=uuid.uuid4().hex, HealthCheckConfig=config)["HealthCheck"]
    total = dns.create_health_check(CallerReference=uuid.uuid4().hex, HealthCheckConfig={"Type": "CALCULATED", "ChildHealthChecks": [check["Id"]], "HealthThreshold": 1})["HealthCheck"]["Id"]
    try:
        zone.put("f", "192.0.2.1", SetIdentifier="p", Failover="PRIMARY", HealthCheckId=total)
        zone.put("f", "192.0.2.2", SetIdentifier="s", Failover="SECONDARY")
        status = lambda: [o["StatusReport"]["Status"] for o in dns.get_health_check_status(HealthCheckId=check["Id"])["HealthCheckObservations"]]
        wait_until(lambda: status() == ["Success: HTTP Status Code 200, OK"], "the first look succeeds")
        assert ask(shared, f"f.{zone.name}") == ["192.0.2.1"]
        Up.status = 503
        wait_until(lambda: ask(shared, f"f.{zone.name}") == ["192.0.2.2"], "the secondary answers", 30)
        assert "503" in dns.get_health_check_last_failure_reason(HealthCheckId=check["Id"])["HealthCheckObservations"][0]["StatusReport"]["Status"]
        updated = dns.update_health_check(HealthCheckId=check["Id"], HealthCheckVersion=1, Inverted=True)["HealthCheck"]
        assert (updated["HealthCheckVersion"], updated["HealthCheckConfig"]["Inverted"]) == (2, True)
        assert code_of(dns.update_health_check, HealthCheckId=check["Id"], HealthCheckVersion=1)[0] == "HealthCheckVersionMismatch"
        wait_until(lambda: ask(shared, f"f.{zone.name}") == ["192.0.2.1"], "what is inverted is healthy again", 30)
        dns.change_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"], AddTags=[{"Key": "k", "Value": "v"}])
        assert dns.list_tags_for_resource(ResourceType="healthcheck", ResourceId=check["Id"])["ResourceTagSet"]["Tags"] == [{"Key": "k", "Value": "v"}]
        assert code_of(dns.get_health_check_status, HealthCheckId=total)[0] == "InvalidInput"
    finally:
        dns.delete_health_check(HealthCheckId=total)
        dns.delete_health_check(HealthCheckId=check["Id"])
    assert code_of(dns.get_health_check, HealthCheckId=check["Id"])[0] == "NoSuchHealthCheck"


def test_of_two_zones_of_a_name_the_first_is_asked_and_a_delegation_leads_on(shared, dns, zone):
    other, below = Zone(dns, zone.name), Zone(dns, f"b.{zone.name}")
    try:
        zone.put("w", "192.0.2.1")
        other.put("w", "192.0.2.2")
        other.put("only", "192.0.2.2")
        assert ask(shared, f"w.{zone.name}") == ["192.0.2.1"]
        assert ask(shared, f"only.{zone.name}") == []
        below.put("x", "192.0.2.3")
        assert ask(shared, f"x.b.{zone.name}") == []
        zone.put("b", [s + "." for s in below.made["DelegationSet"]["NameServers"]], kind="NS")
        assert ask(shared, f"x.b.{zone.name}") == ["192.0.2.3"]
        answer = dns.test_dns_answer(HostedZoneId=other.id, RecordName=f"only.{zone.name}", RecordType="A")
        assert (answer["RecordData"], answer["ResponseCode"]) == (["192.0.2.2"], "NOERROR")
        assert dns.test_dns_answer(HostedZoneId=zone.id, RecordName=f"only.{zone.name}", RecordType="A")["ResponseCode"] == "NXDOMAIN"
        told = shared.why(f"http://only.{zone.name}/")
        assert "Dns.OtherZone" in json.dumps(told)
    finally:
        other.remove()
        below.remove()


def test_places_limits_and_delegation_sets(dns, zone):
    assert dns.get_geo_location(CountryCode="US", SubdivisionCode="OR")["GeoLocationDetails"]["SubdivisionName"] == "Oregon"
    assert code_of(dns.get_geo_location, CountryCode="QQ")[0] == "NoSuchGeoLocation"
    page = dns.list_geo_locations(MaxItems="3")
    assert [p["ContinentCode"] for p in page["GeoLocationDetailsList"]] == ["AF", "AN", "AS"] and page["NextContinentCode"] == "EU"
    assert dns.get_hosted_zone_limit(Type="MAX_RRSETS_BY_ZONE", HostedZoneId=zone.id)["Count"] == 2
    assert code_of(dns.get_hosted_zone_limit, Type="MAX_VPCS_ASSOCIATED_BY_ZONE", HostedZoneId=zone.id)[0] == "HostedZoneNotPrivate"
    shared_set = dns.create_reusable_delegation_set(CallerReference=uuid.uuid4().hex)["DelegationSet"]
    made = dns.create_hosted_zone(Name="set.test", CallerReference=uuid.uuid4().hex, DelegationSetId=shared_set["Id"])
    try:
        assert made["DelegationSet"]["NameServers"] == shared_set["NameServers"]
        assert [z["Id"] for z in dns.list_hosted_zones(DelegationSetId=shared_set["Id"])["HostedZones"]] == [made["HostedZone"]["Id"]]
        assert code_of(dns.delete_reusable_delegation_set, Id=shared_set["Id"])[0] == "DelegationSetInUse"
    finally:
        dns.delete_hosted_zone(Id=made["HostedZone"]["Id"])
        dns.delete_reusable_delegation_set(Id=shared_set["Id"])
