"""VPC endpoints: what the API says of them, and a private task that reaches AWS through them and no other way."""
import subprocess

import pytest

from conftest import REGION, wait_until
from test_endpoint import code_of
from test_fargate import Place, image, place  # noqa: F401  (fixtures)

S3, LOGS, ECR_API, ECR = (f"com.amazonaws.{REGION}.{name}" for name in ("s3", "logs", "ecr.api", "ecr.dkr"))


@pytest.fixture
def ec2(shared):
    return shared.client("ec2")


@pytest.fixture
def net(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.78.{n}.0/24", AvailabilityZone=REGION + zone)["Subnet"]["SubnetId"] for n, zone in enumerate("aab")]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    yield vpc, subnets, table
    endpoints = ec2.describe_vpc_endpoints(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["VpcEndpoints"]
    if endpoints:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[e["VpcEndpointId"] for e in endpoints])
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_route_table(RouteTableId=table)
    ec2.delete_vpc(VpcId=vpc)


def routes(ec2, table):
    return ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]


def test_a_gateway_endpoint_is_a_route_to_a_prefix_list(ec2, net):
    vpc, subnets, table = net
    assert code_of(ec2.create_vpc_endpoint, VpcId=vpc, ServiceName="com.amazonaws.nowhere.s3") == ("InvalidServiceName", "The Vpc Endpoint Service 'com.amazonaws.nowhere.s3' does not exist")
    assert code_of(ec2.create_vpc_endpoint, VpcId=vpc, ServiceName=LOGS) == ("InvalidParameter", "Endpoint type (Gateway) does not match available service types ([Interface]).")
    assert code_of(ec2.create_vpc_endpoint, VpcId=vpc, ServiceName=S3, SubnetIds=subnets[:1]) == ("InvalidParameter", "Subnet IDs are only supported for Interface type VPC Endpoints.")
    assert code_of(ec2.create_vpc_endpoint, VpcId="vpc-00000000000000001", ServiceName=S3)[0] == "InvalidVpcID.NotFound"
    assert code_of(ec2.create_vpc_endpoint, VpcId=vpc, ServiceName=S3, RouteTableIds=["rtb-00000000000000001"])[0] == "InvalidRouteTableId.NotFound"
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, RouteTableIds=[table], TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "a", "Value": "b"}]}])["VpcEndpoint"]
    name = made["VpcEndpointId"]
    assert (made["VpcEndpointType"], made["State"], made["RouteTableIds"], made["PrivateDnsEnabled"], made["Tags"]) == ("Gateway", "available", [table], False, [{"Key": "a", "Value": "b"}])
    lists = ec2.describe_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [S3]}])["PrefixLists"]
    assert len(lists) == 1 and len(lists[0]["Cidrs"]) == 1
    managed = ec2.describe_managed_prefix_lists(PrefixListIds=[lists[0]["PrefixListId"]])["PrefixLists"][0]
    assert (managed["OwnerId"], managed["PrefixListName"]) == ("AWS", S3)
    listed = lists[0]["PrefixListId"]
    assert {"DestinationPrefixListId": listed, "GatewayId": name, "Origin": "CreateRoute", "State": "active"} in routes(ec2, table)
    assert code_of(ec2.delete_route, RouteTableId=table, DestinationPrefixListId=listed)[0] == "InvalidParameterValue"
    assert code_of(ec2.create_vpc_endpoint, VpcId=vpc, ServiceName=S3, RouteTableIds=[table]) == ("RouteAlreadyExists", f"route table {table} already has a route with destination-prefix-list-id {listed}")
    ec2.modify_vpc_endpoint(VpcEndpointId=name, RemoveRouteTableIds=[table], PolicyDocument='{"Statement": []}')
    assert len(routes(ec2, table)) == 1
    told = ec2.describe_vpc_endpoints(Filters=[{"Name": "service-name", "Values": [S3]}, {"Name": "vpc-endpoint-type", "Values": ["Gateway"]}, {"Name": "tag:a", "Values": ["b"]}])["VpcEndpoints"]
    assert [(e["VpcEndpointId"], e["RouteTableIds"], e["PolicyDocument"]) for e in told] == [(name, [], '{"Statement": []}')]
    ec2.modify_vpc_endpoint(VpcEndpointId=name, AddRouteTableIds=[table], ResetPolicy=True)
    assert code_of(ec2.delete_vpc, VpcId=vpc)[0] == "DependencyViolation"
    gone = ec2.delete_vpc_endpoints(VpcEndpointIds=[name, "vpce-00000000000000001"])["Unsuccessful"]
    assert gone == [{"ResourceId": "vpce-00000000000000001", "Error": {"Code": "InvalidVpcEndpoint.NotFound", "Message": "The Vpc Endpoint Id 'vpce-00000000000000001' does not exist"}}]
    assert len(routes(ec2, table)) == 1
    assert code_of(ec2.describe_vpc_endpoints, VpcEndpointIds=[name]) == ("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{name}' does not exist")


def test_an_interface_endpoint_has_an_interface_in_each_zone(ec2, net):
    vpc, subnets, table = net
    make = lambda **more: ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=LOGS, VpcEndpointType="Interface", **more)["VpcEndpoint"]
    assert code_of(make, SubnetIds=subnets[:1]) == ("InvalidParameter", f"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {vpc}")
    assert code_of(make, SubnetIds=subnets[:2], PrivateDnsEnabled=False) == ("DuplicateSubnetsInSameZone", f"Found another VPC endpoint subnet in the availability zone of {subnets[1]}")
    assert code_of(make, RouteTableIds=[table], PrivateDnsEnabled=False)[0] == "InvalidParameter"
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    made = make(SubnetIds=subnets[1:])
    name = made["VpcEndpointId"]
    tell = lambda: ec2.describe_vpc_endpoints(VpcEndpointIds=[name])["VpcEndpoints"][0]
    wait_until(lambda: tell()["State"] == "available", "the endpoint is available")
    told = tell()
    assert (told["PrivateDnsEnabled"], told["RequesterManaged"], told["SubnetIds"]) == (True, False, subnets[1:])
    names = [entry["DnsName"] for entry in told["DnsEntries"]]
    assert names[0].startswith(name) and names[0].endswith(f".logs.{REGION}.vpce.amazonaws.com") and f"logs.{REGION}.amazonaws.com" in names
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=told["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert {i["InterfaceType"] for i in interfaces} == {"vpc_endpoint"} and {i["Description"] for i in interfaces} == {f"VPC Endpoint Interface {name}"}
    default = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"][0]["GroupId"]
    assert [g["GroupId"] for g in told["Groups"]] == [default]
    assert code_of(make, SubnetIds=subnets[1:]) == ("InvalidParameter", f"private-dns-enabled cannot be set because there is already a conflicting DNS domain for logs.{REGION}.amazonaws.com in the VPC {vpc}")
    assert code_of(ec2.delete_subnet, SubnetId=subnets[1])[0] == "DependencyViolation"
    ec2.modify_vpc_endpoint(VpcEndpointId=name, RemoveSubnetIds=[subnets[1]], PrivateDnsEnabled=False)
    assert (tell()["SubnetIds"], tell()["PrivateDnsEnabled"], len(tell()["NetworkInterfaceIds"])) == (subnets[2:], False, 1)


def test_the_services_are_told(ec2):
    told = ec2.describe_vpc_endpoint_services()
    assert {S3, ECR, ECR_API, LOGS} <= set(told["ServiceNames"])
    s3 = ec2.describe_vpc_endpoint_services(ServiceNames=[S3])["ServiceDetails"][0]
    assert (s3["ServiceType"], s3["Owner"], s3["AcceptanceRequired"]) == ([{"ServiceType": "Gateway"}], "amazon", False)
    assert ec2.describe_vpc_endpoint_services(Filters=[{"Name": "service-type", "Values": ["Gateway"]}])["ServiceNames"] == [f"com.amazonaws.{REGION}.dynamodb", S3]
    assert code_of(ec2.describe_vpc_endpoint_services, ServiceNames=["nonsense"])[0] == "InvalidServiceName"


def test_rules_and_routes_by_prefix_list(ec2, net):
    vpc, subnets, table = net
    made = ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "203.0.113.0/24"}])["PrefixList"]["PrefixListId"]
    group = ec2.create_security_group(GroupName="listed", Description="d", VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": made, "Description": "office"}]}
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    assert (rule["PrefixListId"], rule["Description"]) == (made, "office")
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"][0]["PrefixListIds"] == permission["PrefixListIds"]
    assert code_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])[0] == "InvalidPermission.Duplicate"
    assert code_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission | {"PrefixListIds": [{"PrefixListId": "pl-00000000000000001"}]}])[0] == "InvalidPrefixListID.NotFound"
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_route(RouteTableId=table, DestinationPrefixListId=made, GatewayId=gateway)
    assert {"DestinationPrefixListId": made, "GatewayId": gateway, "Origin": "CreateRoute", "State": "active"} in routes(ec2, table)
    assert {a["ResourceId"] for a in ec2.get_managed_prefix_list_associations(PrefixListId=made)["PrefixListAssociations"]} == {table, group}
    assert code_of(ec2.delete_managed_prefix_list, PrefixListId=made)[0] == "DependencyViolation"
    ec2.delete_route(RouteTableId=table, DestinationPrefixListId=made)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_managed_prefix_list(PrefixListId=made)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)


def test_a_lonely_task_pulls_and_calls_through_endpoints(place):  # noqa: F811
    ec2, vpc = place.ec2, place.vpc
    definition = place.define("endpoints")
    lost = place.run(definition, subnet=place.lonely)
    said = wait_until(lambda: [f for f in place.daemon.why()["findings"] if f["code"] == "Task.CannotReachRegistry"], "the daemon says why it does not start", 60)
    assert "interface endpoints" in str(said)
    place.ecs.stop_task(cluster=place.cluster, task=lost)

    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    door = ec2.create_security_group(GroupName="door", Description="d", VpcId=vpc)["GroupId"]
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": place.group}]}
    ec2.authorize_security_group_ingress(GroupId=door, IpPermissions=[https])
    made = [ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=service, VpcEndpointType="Interface", SubnetIds=[place.lonely], SecurityGroupIds=[door])["VpcEndpoint"]["VpcEndpointId"] for service in (ECR_API, ECR)]
    wait_until(lambda: all(e["State"] == "available" for e in ec2.describe_vpc_endpoints(VpcEndpointIds=made)["VpcEndpoints"]), "the endpoints are available")
    arn = place.run(definition, subnet=place.lonely)
    place.wait_for(arn, "RUNNING", 60)

    space = place.namespace(arn)
    inside = lambda *words: subprocess.run(["ip", "netns", "exec", space, *words], capture_output=True, text=True)
    resolve = lambda name: inside("dig", "+short", "+time=2", "+tries=1", "@169.254.169.253", name).stdout.split()
    own = [i["PrivateIpAddress"] for i in ec2.describe_network_interfaces(Filters=[{"Name": "interface-type", "Values": ["vpc_endpoint"]}])["NetworkInterfaces"]]
    assert set(resolve(f"api.ecr.{REGION}.amazonaws.com")) | set(resolve(f"000000000000.dkr.ecr.{REGION}.amazonaws.com")) == set(own)
    def status(name):
        address = resolve(name)[0]
        return inside("curl", "-sk", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", "--resolve", f"{name}:443:{address}", f"https://{name}/").stdout
    assert status(f"api.ecr.{REGION}.amazonaws.com") not in ("", "000")

    s3 = f"s3.{REGION}.amazonaws.com"
    assert resolve(s3)[0] not in own and status(s3) == "000"
    main = next(t["RouteTableId"] for t in ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}])["RouteTables"])
    gateway = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=S3, RouteTableIds=[main])["VpcEndpoint"]["VpcEndpointId"]
    wait_until(lambda: status(s3) not in ("", "000"), "S3 answers through the gateway endpoint")
    assert status(f"dynamodb.{REGION}.amazonaws.com") == "000"

    ec2.revoke_security_group_ingress(GroupId=door, IpPermissions=[https])
    wait_until(lambda: status(f"api.ecr.{REGION}.amazonaws.com") == "000", "the closed group shuts the door")
    ec2.delete_vpc_endpoints(VpcEndpointIds=[*made, gateway])
    wait_until(lambda: status(s3) == "000", "without its endpoint S3 is out of reach")
    place.ecs.stop_task(cluster=place.cluster, task=arn)
    place.wait_for(arn, "STOPPED")
    ec2.delete_security_group(GroupId=door)
