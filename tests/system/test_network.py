"""VPCs through the API, and their effect on real packets."""
import subprocess

import pytest

from conftest import REGION, Stack, wait_until
from test_endpoint import code_of


def test_cidrs_are_canonical_and_five_addresses_are_reserved(shared):
    ec2 = shared.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.201.3.4/16")["Vpc"]
    assert vpc["CidrBlock"] == "10.201.0.0/16"
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.201.1.7/28")["Subnet"]
    assert subnet["CidrBlock"] == "10.201.1.0/28" and subnet["AvailableIpAddressCount"] == 11
    assert code_of(ec2.create_subnet, VpcId=vpc["VpcId"], CidrBlock="10.201.1.8/29")[0] == "InvalidSubnet.Range"
    code, message = code_of(ec2.create_subnet, VpcId=vpc["VpcId"], CidrBlock="10.201.0.0/20")
    assert code == "InvalidSubnet.Conflict" and "10.201.0.0/20" in message
    assert code_of(ec2.create_subnet, VpcId=vpc["VpcId"], CidrBlock="10.202.1.0/24")[0] == "InvalidSubnet.Range"
    assert code_of(ec2.delete_vpc, VpcId=vpc["VpcId"])[0] == "DependencyViolation"
    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])


def test_unknown_ids_fail_whole_and_filters_give_nothing(shared):
    ec2 = shared.client("ec2")
    assert code_of(ec2.describe_vpcs, VpcIds=["vpc-00000000000000000"])[0] == "InvalidVpcID.NotFound"
    assert ec2.describe_vpcs(Filters=[{"Name": "vpc-id", "Values": ["vpc-00000000000000000"]}])["Vpcs"] == []
    code, message = code_of(ec2.describe_vpcs, Filters=[{"Name": "colour", "Values": ["x"]}])
    assert "colour" in message


def test_security_group_rules_come_back_as_they_went_in(stack):
    ec2 = stack.ec2
    group = ec2.create_security_group(GroupName="web", Description="d", VpcId=stack.vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "all"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    code, message = code_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[rule])
    assert code == "InvalidPermission.Duplicate"
    assert 'the specified rule "peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW" already exists' in message
    found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert found["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0", "Description": "all"}]
    assert found["IpPermissionsEgress"][0]["IpProtocol"] == "-1"
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    ec2.delete_security_group(GroupId=group)


def test_each_vpc_has_a_namespace_that_comes_back_when_it_is_removed(own):
    made = Stack(own)
    prefix = f"lf{own.instance()}-vpc-"
    spaces = lambda: [line.split()[0] for line in subprocess.run(["ip", "netns"], capture_output=True, text=True).stdout.splitlines() if line.startswith(prefix)]
    name = wait_until(spaces, "the VPC's namespace")[0]
    subprocess.run(["ip", "netns", "delete", name], check=True)
    wait_until(spaces, "the namespace is repaired", seconds=45)
    made.remove()
    wait_until(lambda: not spaces(), "the namespace is gone with its VPC", seconds=45)


def test_a_nat_gateway_becomes_available_when_the_kernel_has_it(stack):
    ec2 = stack.ec2
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=stack.subnets[0], AllocationId=address)["NatGateway"]
    assert nat["State"] == "pending"
    state = lambda: ec2.describe_nat_gateways(NatGatewayIds=[nat["NatGatewayId"]])["NatGateways"][0]["State"]
    wait_until(lambda: state() == "available", "the NAT gateway is available")
    assert code_of(ec2.release_address, AllocationId=address)[0] == "InvalidIPAddress.InUse"
    ec2.delete_nat_gateway(NatGatewayId=nat["NatGatewayId"])
    wait_until(lambda: state() == "deleted", "the NAT gateway is deleted")
    ec2.release_address(AllocationId=address)


def test_names_of_the_stack_are_answered_for_the_host(shared, stack):
    elb = shared.client("elbv2")
    balancer = elb.create_load_balancer(Name="named", Subnets=stack.subnets)["LoadBalancers"][0]
    ask = lambda name: subprocess.run(["dig", "+short", "+time=2", "+tries=1", "-p", str(shared.dns_port), "@127.0.0.1", name], capture_output=True, text=True).stdout.split()
    assert len(wait_until(lambda: ask(balancer["DNSName"]), "the load balancer's name")) == 2
    elb.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    assert ask(balancer["DNSName"]) == []
