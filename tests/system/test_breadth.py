"""Route 53, ACM and Elastic Load Balancing: counts, limits, lists in order and in pages."""
import uuid

import pytest

from conftest import REGION
from test_endpoint import code_of


@pytest.fixture
def dns(shared):
    return shared.client("route53")


def test_counts_limits_and_tags_of_several_zones(dns):
    before = dns.get_hosted_zone_count()["HostedZoneCount"]
    zones = [dns.create_hosted_zone(Name=f"{name}.count.test", CallerReference=uuid.uuid4().hex)["HostedZone"]["Id"].split("/")[-1] for name in ("a", "b")]
    try:
        assert dns.get_hosted_zone_count()["HostedZoneCount"] == before + 2
        limit = dns.get_account_limit(Type="MAX_HOSTED_ZONES_BY_OWNER")
        assert (limit["Count"], limit["Limit"]) == (before + 2, {"Type": "MAX_HOSTED_ZONES_BY_OWNER", "Value": 500})
        dns.change_tags_for_resource(ResourceType="hostedzone", ResourceId=zones[1], AddTags=[{"Key": "k", "Value": "v"}])
        sets = dns.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=zones)["ResourceTagSets"]
        assert [(s["ResourceId"], s["Tags"]) for s in sets] == [(zones[0], []), (zones[1], [{"Key": "k", "Value": "v"}])]
        assert dns.get_dnssec(HostedZoneId=zones[0])["Status"] == {"ServeSignature": "NOT_SIGNING"}
    finally:
        for zone in zones:
            dns.delete_hosted_zone(Id=zone)
    assert dns.get_hosted_zone_count()["HostedZoneCount"] == before


def test_the_private_zones_of_a_vpc_are_told_in_pages(shared, dns):
    ec2 = shared.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    make = lambda name: dns.create_hosted_zone(Name=name, CallerReference=uuid.uuid4().hex, VPC={"VPCRegion": REGION, "VPCId": vpc})["HostedZone"]["Id"].split("/")[-1]
    zones = sorted([make("one.private.test"), make("two.private.test")])
    try:
        first = dns.list_hosted_zones_by_vpc(VPCId=vpc, VPCRegion=REGION, MaxItems="1")
        second = dns.list_hosted_zones_by_vpc(VPCId=vpc, VPCRegion=REGION, MaxItems="1", NextToken=first["NextToken"])
        assert [s["HostedZoneId"] for s in first["HostedZoneSummaries"] + second["HostedZoneSummaries"]] == zones
        assert "NextToken" not in second
        assert code_of(dns.list_hosted_zones_by_vpc, VPCId="vpc-0123456789abcdef0", VPCRegion=REGION)[0] == "InvalidVPCId"
        assert code_of(dns.get_dnssec, HostedZoneId=zones[0])[0] == "InvalidArgument"
    finally:
        for zone in zones:
            dns.delete_hosted_zone(Id=zone)
        ec2.delete_vpc(VpcId=vpc)


def test_limits_of_pages_are_checked(dns):
    assert code_of(dns.list_health_checks, MaxItems="0")[0] == "InvalidInput"


def test_certificates_are_listed_by_age(shared):
    acm = shared.client("acm")
    arns = [acm.request_certificate(DomainName=f"{name}.age.test", ValidationMethod="DNS")["CertificateArn"] for name in ("x", "y")]
    listed = lambda order: [c["CertificateArn"] for c in acm.list_certificates(SortBy="CREATED_AT", SortOrder=order)["CertificateSummaryList"] if c["CertificateArn"] in arns]
    assert listed("ASCENDING") == arns and listed("DESCENDING") == arns[::-1]
    assert code_of(acm.list_certificates, SortBy="CREATED_AT")[0] == "ValidationException"
    for arn in arns:
        acm.delete_certificate(CertificateArn=arn)


def test_the_limits_of_load_balancing_are_told_in_pages(shared):
    elb = shared.client("elbv2")
    told = [limit for page in elb.get_paginator("describe_account_limits").paginate(PaginationConfig={"PageSize": 2}) for limit in page["Limits"]]
    assert {"Name": "rules-per-application-load-balancer", "Max": "100"} in told and len({limit["Name"] for limit in told}) == len(told) == 17
