"""Two VPCs that are peered, and a VPC with a second block: what the API says, and real packets."""
import random
import subprocess

import boto3
import pytest

from conftest import REGION, Stack, wait_until
from test_endpoint import code_of
from test_fargate import Place, image, place  # noqa: F401  (fixtures)


@pytest.fixture
def ec2(shared):
    return shared.client("ec2")


class Net:
    """VPCs that are taken away with all they hold."""

    def __init__(self, shared):
        self.shared, self.ec2, self.vpcs = shared, shared.client("ec2"), []

    def vpc(self, cidr, ec2=None):
        made = (ec2 or self.ec2).create_vpc(CidrBlock=cidr)["Vpc"]
        self.vpcs.append((ec2 or self.ec2, made["VpcId"]))
        return made["VpcId"]

    def main_table(self, vpc, ec2=None):
        return (ec2 or self.ec2).describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}])["RouteTables"][0]

    def remove(self):
        for ec2, vpc in self.vpcs:
            here = [{"Name": "vpc-id", "Values": [vpc]}]
            for side in ("requester", "accepter"):
                for pcx in ec2.describe_vpc_peering_connections(Filters=[{"Name": f"{side}-vpc-info.vpc-id", "Values": [vpc]}, {"Name": "status-code", "Values": ["active", "pending-acceptance"]}])["VpcPeeringConnections"]:
                    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=pcx["VpcPeeringConnectionId"])
            for subnet in ec2.describe_subnets(Filters=here)["Subnets"]:
                ec2.delete_subnet(SubnetId=subnet["SubnetId"])
            for group in ec2.describe_security_groups(Filters=here)["SecurityGroups"]:
                if group["GroupName"] != "default":
                    ec2.delete_security_group(GroupId=group["GroupId"])
            ec2.delete_vpc(VpcId=vpc)


@pytest.fixture
def net(shared):
    made = Net(shared)
    yield made
    made.remove()


def test_a_second_block_is_part_of_the_vpc(ec2, net):
    vpc = net.vpc("10.60.0.0/16")
    for cidr, code in (("10.60.128.0/17", "InvalidVpc.Range"), ("192.168.0.0/24", "InvalidVpc.Range"), ("172.16.0.0/16", "InvalidVpc.Range"), ("198.19.5.0/24", "InvalidVpc.Range"), ("100.64.0.0/10", "InvalidVpc.Range"), ("foo", "InvalidParameterValue")):
        assert code_of(ec2.associate_vpc_cidr_block, VpcId=vpc, CidrBlock=cidr)[0] == code, cidr
    assert "is restricted. Use a CIDR from the same private address range" in code_of(ec2.associate_vpc_cidr_block, VpcId=vpc, CidrBlock="192.168.0.0/24")[1]
    answer = ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock="100.64.3.4/16")
    block = answer["CidrBlockAssociation"]
    assert (answer["VpcId"], block["CidrBlock"], block["CidrBlockState"]) == (vpc, "100.64.0.0/16", {"State": "associating"})
    told = ec2.describe_vpcs(Filters=[{"Name": "cidr-block-association.cidr-block", "Values": ["100.64.0.0/16"]}])["Vpcs"]
    assert [v["VpcId"] for v in told] == [vpc]
    assert [(b["CidrBlock"], b["CidrBlockState"]["State"]) for b in told[0]["CidrBlockAssociationSet"]] == [("10.60.0.0/16", "associated"), ("100.64.0.0/16", "associated")]
    local = lambda: [r["DestinationCidrBlock"] for r in net.main_table(vpc)["Routes"] if r["GatewayId"] == "local"]
    assert local() == ["10.60.0.0/16", "100.64.0.0/16"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]
    assert [r["DestinationCidrBlock"] for r in table["Routes"]] == ["10.60.0.0/16", "100.64.0.0/16"]
    ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="100.64.1.0/24")["Subnet"]["SubnetId"]
    assert code_of(ec2.disassociate_vpc_cidr_block, AssociationId=block["AssociationId"])[0] == "InvalidCidrBlock.InUse"
    ec2.delete_subnet(SubnetId=subnet)
    primary = told[0]["CidrBlockAssociationSet"][0]["AssociationId"]
    assert code_of(ec2.disassociate_vpc_cidr_block, AssociationId=primary) == ("OperationNotPermitted", f"The vpc CIDR block with association ID {primary} may not be disassociated. It is the primary IPv4 CIDR block of the VPC")
    gone = ec2.disassociate_vpc_cidr_block(AssociationId=block["AssociationId"])
    assert gone["CidrBlockAssociation"]["CidrBlockState"]["State"] == "disassociating"
    assert code_of(ec2.disassociate_vpc_cidr_block, AssociationId=block["AssociationId"])[0] == "InvalidVpcCidrBlockAssociationID.NotFound"
    assert local() == ["10.60.0.0/16"]
    for number in range(4):
        ec2.associate_vpc_cidr_block(VpcId=vpc, CidrBlock=f"10.{61 + number}.0.0/16")
    assert code_of(ec2.associate_vpc_cidr_block, VpcId=vpc, CidrBlock="10.70.0.0/16") == ("CidrLimitExceeded", f"This network '{vpc}' has met its maximum number of allowed CIDRs: 5")


def test_a_peering_connection_goes_through_its_states(ec2, net):
    one, two = net.vpc("10.61.0.0/16"), net.vpc("10.62.0.0/16")
    assert code_of(ec2.create_vpc_peering_connection, VpcId="vpc-00000000000000001", PeerVpcId=two)[0] == "InvalidVpcID.NotFound"
    made = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two, TagSpecifications=[{"ResourceType": "vpc-peering-connection", "Tags": [{"Key": "a", "Value": "b"}]}])["VpcPeeringConnection"]
    pcx = made["VpcPeeringConnectionId"]
    assert (made["Status"]["Code"], made["Tags"]) == ("initiating-request", [{"Key": "a", "Value": "b"}])
    tell = lambda: ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[pcx])["VpcPeeringConnections"][0]
    assert tell()["Status"] == {"Code": "pending-acceptance", "Message": f"Pending Acceptance by {made['AccepterVpcInfo']['OwnerId']}"}
    assert "ExpirationTime" in tell() and "CidrBlock" not in tell()["AccepterVpcInfo"]
    assert code_of(ec2.create_vpc_peering_connection, VpcId=two, PeerVpcId=one)[0] == "VpcPeeringConnectionAlreadyExists"
    table = net.main_table(one)["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.62.0.0/16", VpcPeeringConnectionId=pcx)
    route = lambda: next(r for r in net.main_table(one)["Routes"] if r.get("VpcPeeringConnectionId") == pcx)
    assert (route()["State"], route()["Origin"]) == ("blackhole", "CreateRoute")
    accepted = ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=pcx)["VpcPeeringConnection"]
    assert accepted["Status"] == {"Code": "active", "Message": "Active"} and "ExpirationTime" not in tell()
    assert tell()["AccepterVpcInfo"]["CidrBlockSet"] == [{"CidrBlock": "10.62.0.0/16"}]
    assert route()["State"] == "active"
    assert code_of(ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=pcx)[0] == "InvalidStateTransition"
    assert code_of(ec2.reject_vpc_peering_connection, VpcPeeringConnectionId=pcx)[0] == "InvalidStateTransition"
    assert code_of(ec2.associate_vpc_cidr_block, VpcId=two, CidrBlock="10.61.0.0/24")[0] == "InvalidVpc.Range"
    assert code_of(ec2.delete_vpc, VpcId=two)[0] == "DependencyViolation"
    assert code_of(ec2.modify_vpc_peering_connection_options, VpcPeeringConnectionId=pcx, RequesterPeeringConnectionOptions={"AllowDnsResolutionFromRemoteVpc": True})[0] == "UnsupportedOperation"
    ec2.create_tags(Resources=[pcx], Tags=[{"Key": "c", "Value": "d"}])
    assert {t["Key"] for t in ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [pcx]}])["Tags"]} == {"a", "c"}
    assert [c["VpcPeeringConnectionId"] for c in ec2.describe_vpc_peering_connections(Filters=[{"Name": "tag:c", "Values": ["d"]}, {"Name": "requester-vpc-info.cidr-block", "Values": ["10.61.0.0/16"]}])["VpcPeeringConnections"]] == [pcx]
    assert ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=pcx)["Return"] is True
    assert tell()["Status"]["Code"] == "deleted" and route()["State"] == "blackhole"
    assert code_of(ec2.delete_vpc_peering_connection, VpcPeeringConnectionId=pcx)[0] == "InvalidStateTransition"
    assert code_of(ec2.delete_vpc_peering_connection, VpcPeeringConnectionId="pcx-00000000000000001") == ("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID 'pcx-00000000000000001' does not exist")


def test_overlapping_or_unknown_vpcs_fail_as_a_state_and_a_request_can_be_rejected(ec2, net):
    one, two, three = net.vpc("10.61.0.0/16"), net.vpc("10.61.128.0/20"), net.vpc("10.63.0.0/16")
    for peer in (two, "vpc-00000000000000001"):
        pcx = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=peer)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
        assert ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[pcx])["VpcPeeringConnections"][0]["Status"] == {"Code": "failed", "Message": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"}
        assert code_of(ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=pcx)[0] == "InvalidStateTransition"
    pcx = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=three)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=pcx)
    assert ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[pcx])["VpcPeeringConnections"][0]["Status"]["Code"] == "rejected"
    ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=three)


def test_a_peer_of_another_region_accepts_in_its_own(shared, ec2, net):
    key = shared.key()
    other = boto3.client("ec2", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name="eu-west-1", aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"])
    one, two = net.vpc("10.61.0.0/16"), net.vpc("10.62.0.0/16", other)
    pcx = ec2.create_vpc_peering_connection(VpcId=one, PeerVpcId=two, PeerRegion="eu-west-1")["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    code, message = code_of(ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=pcx)
    assert code == "OperationNotPermitted" and message == f"Incorrect region ({REGION}) specified for this request. VPC peering connection {pcx} must be accepted in region eu-west-1"
    assert other.accept_vpc_peering_connection(VpcPeeringConnectionId=pcx)["VpcPeeringConnection"]["Status"]["Code"] == "active"
    assert ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[pcx])["VpcPeeringConnections"][0]["AccepterVpcInfo"]["Region"] == "eu-west-1"


def test_tasks_of_peered_vpcs_reach_each_other_if_both_sides_let_them(place):  # noqa: F811
    ec2 = place.ec2
    far = Stack(place.daemon, cidr=f"172.{20 + random.randrange(8)}.0.0/16")
    group = ec2.create_security_group(GroupName="far", Description="d", VpcId=far.vpc)["GroupId"]
    run = lambda subnet, its_group: place.ecs.run_task(cluster=place.cluster, taskDefinition=definition, launchType="FARGATE", networkConfiguration={
        "awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [its_group], "assignPublicIp": "ENABLED"}})["tasks"][0]["taskArn"]
    definition = place.define("peers")
    here, there = run(place.subnets[0], place.group), run(far.subnets[0], group)
    for arn in (here, there):
        place.wait_for(arn, "RUNNING", 60)
    cidrs = {vpc: ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["CidrBlock"] for vpc in (place.vpc, far.vpc)}

    def status():
        words = ["ip", "netns", "exec", place.namespace(here), "curl", "-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}", f"http://{place.address(there)}/"]
        return subprocess.run(words, capture_output=True, text=True).stdout

    pcx = ec2.create_vpc_peering_connection(VpcId=place.vpc, PeerVpcId=far.vpc)["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=pcx)
    ec2.create_route(RouteTableId=place.table, DestinationCidrBlock=cidrs[far.vpc], VpcPeeringConnectionId=pcx)
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": place.group, "VpcId": place.vpc}]}
    pair = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]["ReferencedGroupInfo"]
    assert (pair["GroupId"], pair["VpcId"]) == (place.group, place.vpc)
    assert [r["ReferencingVpcId"] for r in ec2.describe_security_group_references(GroupId=[place.group])["SecurityGroupReferenceSet"]] == [far.vpc]
    assert status() == "000"  # no way back
    ec2.create_route(RouteTableId=far.table, DestinationCidrBlock=cidrs[place.vpc], VpcPeeringConnectionId=pcx)
    wait_until(lambda: status() == "200", "the far task answers over the peering connection")
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    wait_until(lambda: status() == "000", "the far group is closed")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    wait_until(lambda: status() == "200", "the far group is open again")
    ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=pcx)
    wait_until(lambda: status() == "000", "nothing connects the VPCs any more")
    assert [g["GroupId"] for g in ec2.describe_stale_security_groups(VpcId=far.vpc)["StaleSecurityGroupSet"]] == [group]
    ec2.delete_route(RouteTableId=place.table, DestinationCidrBlock=cidrs[far.vpc])
    for arn in (here, there):
        place.ecs.stop_task(cluster=place.cluster, task=arn)
        place.wait_for(arn, "STOPPED")
    ec2.delete_security_group(GroupId=group)
    far.remove()
