"""EC2 beyond what a stack needs: dry runs, interfaces, key pairs, DHCP options, prefix lists, rules by name, tags of everything."""
import base64
import hashlib
import subprocess

import pytest

from conftest import own_vpcs, REGION, session_of_today
from test_endpoint import code_of


@pytest.fixture
def ec2(shared):
    return shared.client("ec2")


@pytest.fixture
def net(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    yield vpc, subnet
    for interface in ec2.describe_network_interfaces(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkInterfaces"]:
        ec2.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
    for group in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["SecurityGroups"]:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
    ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=vpc)


def test_a_dry_run_tells_what_would_be_and_changes_nothing(ec2):
    before = own_vpcs(ec2)
    assert code_of(ec2.create_vpc, CidrBlock="10.9.0.0/16", DryRun=True) == ("DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
    assert own_vpcs(ec2) == before
    assert ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.9.0.0/16"]}])["Vpcs"] == []
    assert code_of(ec2.create_vpc, CidrBlock="10.0.0.0/8", DryRun=True)[0] == "InvalidVpc.Range"
    assert code_of(ec2.describe_vpcs, DryRun=True)[0] == "DryRunOperation"
    with pytest.raises(ec2.exceptions.ClientError) as caught:
        ec2.create_internet_gateway(DryRun=True)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412


def test_entries_of_a_network_acl_may_be_of_ipv6(ec2, net):
    acl = ec2.create_network_acl(VpcId=net[0])["NetworkAcl"]["NetworkAclId"]
    entry = dict(NetworkAclId=acl, Egress=False, RuleAction="allow")
    ec2.create_network_acl_entry(**entry, RuleNumber=101, Protocol="-1", Ipv6CidrBlock="2001:DB8:0::7/32")
    ec2.create_network_acl_entry(**entry, RuleNumber=102, Protocol="58", IcmpTypeCode={"Type": -1, "Code": -1}, Ipv6CidrBlock="::/0")
    assert code_of(ec2.create_network_acl_entry, **entry, RuleNumber=103, Protocol="-1", Ipv6CidrBlock="::/0", CidrBlock="0.0.0.0/0")[0] == "InvalidParameterCombination"
    assert code_of(ec2.create_network_acl_entry, **entry, RuleNumber=103, Protocol="-1", Ipv6CidrBlock="::/129")[0] == "InvalidParameterValue"
    assert code_of(ec2.create_network_acl_entry, **entry, RuleNumber=103, Protocol="58", Ipv6CidrBlock="::/0")[0] == "MissingParameter"
    found = ec2.describe_network_acls(Filters=[{"Name": "entry.ipv6-cidr", "Values": ["2001:db8::/32"]}])["NetworkAcls"]
    assert [a["NetworkAclId"] for a in found] == [acl]
    entries = [e for e in found[0]["Entries"] if not e["Egress"] and e["RuleNumber"] < 32767]
    assert entries == [{"Egress": False, "Ipv6CidrBlock": "2001:db8::/32", "Protocol": "-1", "RuleAction": "allow", "RuleNumber": 101},
                       {"Egress": False, "Ipv6CidrBlock": "::/0", "Protocol": "58", "RuleAction": "allow", "RuleNumber": 102, "IcmpTypeCode": {"Code": -1, "Type": -1}}]
    ec2.delete_network_acl(NetworkAclId=acl)


def test_an_action_of_a_network_acl_is_read_in_any_case(ec2, net):
    acl = ec2.create_network_acl(VpcId=net[0])["NetworkAcl"]["NetworkAclId"]
    entry = dict(NetworkAclId=acl, Egress=False, Protocol="-1", CidrBlock="10.0.0.0/8")
    ec2.create_network_acl_entry(**entry, RuleNumber=101, RuleAction="ALLOW")
    ec2.replace_network_acl_entry(**entry, RuleNumber=101, RuleAction="Deny")
    ec2.create_network_acl_entry(**entry, RuleNumber=102, RuleAction="Allow")
    told = ec2.describe_network_acls(NetworkAclIds=[acl])["NetworkAcls"][0]["Entries"]
    assert {e["RuleNumber"]: e["RuleAction"] for e in told if e["RuleNumber"] < 32767} == {101: "deny", 102: "allow"}
    ec2.delete_network_acl(NetworkAclId=acl)


def test_an_interface_of_the_users_own_lives_and_dies(ec2, net):
    vpc, subnet = net
    group = ec2.create_security_group(GroupName="mine", Description="d", VpcId=vpc)["GroupId"]
    made = ec2.create_network_interface(SubnetId=subnet, Description="one", PrivateIpAddress="10.77.1.50", Groups=[group], SecondaryPrivateIpAddressCount=1,
                                        TagSpecifications=[{"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}])["NetworkInterface"]
    eni = made["NetworkInterfaceId"]
    assert (made["Status"], made["PrivateIpAddress"], made["SourceDestCheck"], made["TagSet"]) == ("available", "10.77.1.50", True, [{"Key": "a", "Value": "b"}])
    assert "Attachment" not in made
    assert code_of(ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.77.1.50")[0] == "InvalidIPAddress.InUse"
    assert code_of(ec2.create_network_interface, SubnetId=subnet, PrivateIpAddress="10.77.2.50")[0] == "InvalidParameterValue"
    ec2.assign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.77.1.60"])
    addresses = {a["PrivateIpAddress"]: a["Primary"] for a in ec2.describe_network_interfaces(NetworkInterfaceIds=[eni])["NetworkInterfaces"][0]["PrivateIpAddresses"]}
    assert addresses == {"10.77.1.50": True, "10.77.1.4": False, "10.77.1.60": False}
    assert ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["AvailableIpAddressCount"] == 251 - 3
    ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni, PrivateIpAddresses=["10.77.1.4"])
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, SourceDestCheck={"Value": False})
    ec2.modify_network_interface_attribute(NetworkInterfaceId=eni, Description={"Value": "two"})
    assert ec2.describe_network_interface_attribute(NetworkInterfaceId=eni, Attribute="sourceDestCheck")["SourceDestCheck"] == {"Value": False}
    assert [i["NetworkInterfaceId"] for i in ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": ["two"]}, {"Name": "group-name", "Values": ["mine"]}])["NetworkInterfaces"]] == [eni]
    of_zone = lambda zone: [i["NetworkInterfaceId"] for i in ec2.describe_network_interfaces(NetworkInterfaceIds=[eni], Filters=[{"Name": "availability-zone-id", "Values": [zone]}])["NetworkInterfaces"]]
    assert (of_zone("usw2-az?"), of_zone("use1-az?")) == ([eni], [])
    assert ec2.describe_availability_zones(Filters=[{"Name": "parent-zone-name", "Values": ["*"]}])["AvailabilityZones"] == []
    assert code_of(ec2.delete_security_group, GroupId=group)[0] == "DependencyViolation"
    address = ec2.allocate_address(Domain="vpc")
    association = ec2.associate_address(AllocationId=address["AllocationId"], NetworkInterfaceId=eni, PrivateIpAddress="10.77.1.60")["AssociationId"]
    assert code_of(ec2.release_address, AllocationId=address["AllocationId"])[0] == "InvalidIPAddress.InUse"
    assert code_of(ec2.release_address, PublicIp=address["PublicIp"])[0] == "InvalidParameterValue"
    ec2.disassociate_address(AssociationId=association)
    ec2.release_address(AllocationId=address["AllocationId"])
    ec2.delete_network_interface(NetworkInterfaceId=eni)
    assert code_of(ec2.delete_network_interface, NetworkInterfaceId=eni)[0] == "InvalidNetworkInterfaceID.NotFound"


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_key_pair_is_a_real_one(ec2, tmp_path, kind):
    made = ec2.create_key_pair(KeyName=f"door-{kind}", KeyType=kind)
    try:
        told = ec2.describe_key_pairs(KeyNames=[f"door-{kind}"], IncludePublicKey=True)["KeyPairs"][0]
        assert (told["KeyFingerprint"], told["KeyType"], told["KeyPairId"]) == (made["KeyFingerprint"], kind, made["KeyPairId"])
        assert code_of(ec2.create_key_pair, KeyName=f"door-{kind}")[0] == "InvalidKeyPair.Duplicate"
        secret = tmp_path / "key"
        secret.write_text(made["KeyMaterial"])
        secret.chmod(0o600)
        if kind == "rsa":
            der = subprocess.run(["openssl", "pkcs8", "-in", secret, "-topk8", "-nocrypt", "-outform", "DER"], capture_output=True, check=True).stdout
            assert made["KeyFingerprint"] == ":".join(f"{b:02x}" for b in hashlib.sha1(der).digest())
        else:
            blob = base64.b64decode(told["PublicKey"].split()[1])
            assert made["KeyFingerprint"] == base64.b64encode(hashlib.sha256(blob).digest()).decode()
            assert blob[-32:] in base64.b64decode("".join(made["KeyMaterial"].splitlines()[1:-1]))
        again = ec2.import_key_pair(KeyName="brought", PublicKeyMaterial=told["PublicKey"].encode())
        assert ec2.describe_key_pairs(KeyPairIds=[again["KeyPairId"]])["KeyPairs"][0]["KeyType"] == kind
        assert code_of(ec2.import_key_pair, KeyName="bad", PublicKeyMaterial=b"no key")[0] == "InvalidKey.Format"
    finally:
        ec2.delete_key_pair(KeyName=f"door-{kind}")
        ec2.delete_key_pair(KeyName="brought")
    assert code_of(ec2.describe_key_pairs, KeyNames=[f"door-{kind}"]) == ("InvalidKeyPair.NotFound", f"The key pair 'door-{kind}' does not exist")


def test_dhcp_options_are_kept_and_a_vpc_takes_them(ec2, net):
    vpc, _ = net
    options = lambda **configuration: ec2.create_dhcp_options(DhcpConfigurations=[{"Key": k.replace("_", "-"), "Values": v} for k, v in configuration.items()])["DhcpOptions"]["DhcpOptionsId"]
    good = options(domain_name=[f"{REGION}.compute.internal"], domain_name_servers=["AmazonProvidedDNS"])
    other = options(domain_name_servers=["10.2.5.1", "10.2.5.2"], ntp_servers=["10.2.5.3"])
    assert code_of(ec2.create_dhcp_options, DhcpConfigurations=[{"Key": "invalid", "Values": ["x"]}])[0] == "InvalidParameterValue"
    for one in (other, "default"):
        ec2.associate_dhcp_options(DhcpOptionsId=one, VpcId=vpc)
        assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["DhcpOptionsId"] == one
    ec2.associate_dhcp_options(DhcpOptionsId=good, VpcId=vpc)
    assert ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["DhcpOptionsId"] == good
    assert code_of(ec2.delete_dhcp_options, DhcpOptionsId=good)[0] == "DependencyViolation"
    assert [o["DhcpOptionsId"] for o in ec2.describe_dhcp_options(Filters=[{"Name": "value", "Values": ["10.2.5.2"]}])["DhcpOptions"]] == [other]
    default = next(o["DhcpOptionsId"] for o in ec2.describe_dhcp_options()["DhcpOptions"] if o["DhcpOptionsId"] not in (good, other))
    ec2.associate_dhcp_options(DhcpOptionsId=default, VpcId=vpc)
    ec2.delete_dhcp_options(DhcpOptionsId=good)
    ec2.delete_dhcp_options(DhcpOptionsId=other)
    assert code_of(ec2.delete_dhcp_options, DhcpOptionsId=other)[0] == "InvalidDhcpOptionID.NotFound"
    assert code_of(ec2.delete_dhcp_options, DhcpOptionsId="foo")[0] == "InvalidDhcpOptionsId.Malformed"


def test_a_prefix_list_keeps_its_versions(ec2):
    made = ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=2, AddressFamily="IPv4", Entries=[{"Cidr": "10.0.0.0/8", "Description": "in"}])["PrefixList"]
    name = made["PrefixListId"]
    try:
        assert (made["Version"], made["State"]) == (1, "create-complete")
        changed = ec2.modify_managed_prefix_list(PrefixListId=name, CurrentVersion=1, AddEntries=[{"Cidr": "172.16.0.0/12"}], RemoveEntries=[{"Cidr": "10.0.0.0/8"}])["PrefixList"]
        assert (changed["Version"], changed["State"]) == (2, "modify-complete")
        assert [e["Cidr"] for e in ec2.get_managed_prefix_list_entries(PrefixListId=name)["Entries"]] == ["172.16.0.0/12"]
        assert ec2.get_managed_prefix_list_entries(PrefixListId=name, TargetVersion=1)["Entries"] == [{"Cidr": "10.0.0.0/8", "Description": "in"}]
        assert code_of(ec2.modify_managed_prefix_list, PrefixListId=name, CurrentVersion=1, AddEntries=[{"Cidr": "10.1.0.0/16"}])[0] == "PrefixListVersionMismatch"
        assert code_of(ec2.modify_managed_prefix_list, PrefixListId=name, CurrentVersion=2, AddEntries=[{"Cidr": "10.1.0.0/16"}, {"Cidr": "10.2.0.0/16"}])[0] == "PrefixListMaxEntriesExceeded"
    finally:
        ec2.delete_managed_prefix_list(PrefixListId=name)
    assert code_of(ec2.describe_managed_prefix_lists, PrefixListIds=[name])[0] == "InvalidPrefixListID.NotFound"


def test_rules_name_groups_by_name_and_descriptions_change_by_rule(ec2, net):
    vpc, _ = net
    one, two = (ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"] for name in ("one", "two"))
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupName": "two"}]}
    rule = ec2.authorize_security_group_ingress(GroupId=one, IpPermissions=[permission])["SecurityGroupRules"][0]
    assert rule["ReferencedGroupInfo"]["GroupId"] == two
    ec2.update_security_group_rule_descriptions_ingress(GroupId=one, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "Description": "web"}])
    assert ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])["SecurityGroupRules"][0]["Description"] == "web"
    assert [g["GroupId"] for g in ec2.describe_security_groups(Filters=[{"Name": "ip-permission.group-name", "Values": ["two"]}])["SecurityGroups"]] == [one]
    assert code_of(ec2.describe_security_groups, GroupNames=["siesta"])[0] == "InvalidGroup.NotFound"
    ec2.revoke_security_group_ingress(GroupId=one, IpPermissions=[permission])
    assert ec2.describe_security_groups(GroupIds=[one])["SecurityGroups"][0]["IpPermissions"] == []


def test_tags_are_told_by_kind_and_bad_ones_are_refused(ec2, net):
    vpc, _ = net
    assert code_of(ec2.create_tags, Resources=["vpc-0123456789abcdef0"], Tags=[{"Key": "a", "Value": "b"}]) == ("InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist")
    assert code_of(ec2.create_tags, Resources=[vpc], Tags=[{"Key": "aws:x", "Value": "b"}]) == ("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
    assert code_of(ec2.create_tags, Resources=[vpc], Tags=[{"Key": "k" * 129, "Value": "b"}])[0] == "InvalidParameterValue"
    key = ec2.create_key_pair(KeyName="tagged", TagSpecifications=[{"ResourceType": "key-pair", "Tags": [{"Key": "of", "Value": "key"}]}])["KeyPairId"]
    assert ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [key]}])["Tags"] == [{"Key": "of", "ResourceId": key, "ResourceType": "key-pair", "Value": "key"}]
    ec2.delete_key_pair(KeyPairId=key)


def test_a_subnets_and_a_vpcs_other_attributes(ec2, net):
    vpc, subnet = net
    assert ec2.modify_vpc_tenancy(VpcId=vpc, InstanceTenancy="default")["ReturnValue"] is True
    assert code_of(ec2.modify_vpc_tenancy, VpcId="vpc-0123456789abcdef0", InstanceTenancy="default")[0] == "InvalidVpcID.NotFound"
    ec2.modify_subnet_attribute(SubnetId=subnet, PrivateDnsHostnameTypeOnLaunch="ip-name")
    ec2.modify_subnet_attribute(SubnetId=subnet, EnableDns64={"Value": False})
    assert code_of(ec2.modify_subnet_attribute, SubnetId=subnet, AssignIpv6AddressOnCreation={"Value": True})[0] == "UnsupportedOperation"


def test_what_is_not_carried_is_an_empty_list(ec2):
    assert ec2.describe_instances()["Reservations"] == []
    assert code_of(ec2.describe_instances, InstanceIds=["i-0123456789abcdef0"]) == ("InvalidInstanceID.NotFound", "The instance ID 'i-0123456789abcdef0' does not exist")
    assert code_of(ec2.describe_instances, InstanceIds=["foo"]) == ("InvalidInstanceID.Malformed", 'Invalid id: "foo"')
    assert code_of(ec2.describe_volumes, VolumeIds=["vol-0123456789abcdef0"]) == ("InvalidVolume.NotFound", "The volume 'vol-0123456789abcdef0' does not exist.")
    assert ec2.describe_flow_logs()["FlowLogs"] == [] and ec2.describe_launch_templates()["LaunchTemplates"] == [] and ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"] == []
    regions = {r["RegionName"] for r in ec2.describe_regions()["Regions"]}
    assert {"us-east-1", REGION} <= regions and "af-south-1" not in regions
    assert ec2.describe_regions(AllRegions=True, Filters=[{"Name": "region-name", "Values": ["af-*"]}])["Regions"][0]["OptInStatus"] == "not-opted-in"


def test_names_are_of_groups_of_the_default_vpc(ec2, net):
    vpc, _ = net
    ec2.create_security_group(GroupName="elsewhere", Description="d", VpcId=vpc)
    assert code_of(ec2.describe_security_groups, GroupNames=["elsewhere"])[0] == "InvalidGroup.NotFound"
    told = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"]
    assert [g["GroupName"] for g in told] == ["default"] and told[0]["VpcId"] != vpc


@pytest.mark.parametrize("tags, what", [
    ([], "Tag specification must have at least one tag"),
    ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "Duplicate tag key 'a' specified."),
    ([{"Key": "", "Value": "1"}], "Value ( '' ) for parameter Tag key is invalid. Tag key cannot be null or empty."),
])
def test_tags_that_a_thing_is_not_made_with(ec2, tags, what):
    assert code_of(ec2.create_vpc, CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}]) == ("InvalidParameterValue", what)


def test_what_vpcs_and_tags_are_not_made_of(ec2, net):
    assert code_of(ec2.create_vpc, CidrBlock="10.0.0.0/16", InstanceTenancy="host") == ("InvalidParameterValue", "The tenancy value host is not supported.")
    assert code_of(ec2.create_tags, Resources=[net[0]], Tags=[]) == ("InvalidParameterValue", "You must specify one or more tags to create")


def test_a_token_makes_a_thing_once_and_is_for_one_request(shared, net):
    ec2, (vpc, _) = shared.client("ec2", session=session_of_today()), net
    make = lambda **more: ec2.create_network_acl(VpcId=vpc, ClientToken="once-" + vpc, **more)["NetworkAcl"]["NetworkAclId"]
    first = make()
    assert make() == first
    assert code_of(make, TagSpecifications=[{"ResourceType": "network-acl", "Tags": [{"Key": "a", "Value": "b"}]}]) == (
        "IdempotentParameterMismatch", "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).")
    ec2.delete_network_acl(NetworkAclId=first)


def test_ids_have_forms(ec2):
    assert code_of(ec2.describe_vpcs, VpcIds=["vpc-12345678"]) == ("InvalidVpcID.NotFound", "The vpc ID 'vpc-12345678' does not exist")
    assert code_of(ec2.describe_vpcs, VpcIds=["foo"]) == ("InvalidVpcID.NotFound", "The vpc ID 'foo' does not exist")
    assert code_of(ec2.delete_subnet, SubnetId="subnet-A")[0] == "InvalidSubnetID.NotFound"
    assert code_of(ec2.describe_security_groups, GroupIds=["default"])[0] == "InvalidGroupId.Malformed"
    usual = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]["VpcId"]
    assert code_of(ec2.describe_security_groups, GroupNames=["nobody"]) == ("InvalidGroup.NotFound", f"The security group 'nobody' does not exist in default VPC '{usual}'")
    assert code_of(ec2.delete_nat_gateway, NatGatewayId="x")[0] == "NatGatewayMalformed"
    assert code_of(ec2.describe_route_tables, MaxResults=101)[0] == "InvalidParameterValue"


def test_a_launch_template_has_versions_that_stay(shared):
    ec2 = shared.client("ec2", session=session_of_today())
    named = {"LaunchTemplateName": "web(1)"}
    made = ec2.create_launch_template(**named, VersionDescription="first", LaunchTemplateData={"ImageId": "ami-1", "EbsOptimized": True, "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]},
                                      TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "of", "Value": "it"}]}])["LaunchTemplate"]
    assert (made["DefaultVersionNumber"], made["LatestVersionNumber"], made["Tags"]) == (1, 1, [{"Key": "of", "Value": "it"}])
    by_id = {"LaunchTemplateId": made["LaunchTemplateId"]}
    assert code_of(ec2.create_launch_template, **named, LaunchTemplateData={"ImageId": "x"}) == ("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.")
    assert code_of(ec2.create_launch_template, LaunchTemplateName="a b c", LaunchTemplateData={"ImageId": "x"})[0] == "InvalidLaunchTemplateName.MalformedException"
    assert code_of(ec2.create_launch_template, LaunchTemplateName="abc", LaunchTemplateData={})[0] == "MissingParameter"
    assert code_of(ec2.create_launch_template, LaunchTemplateName="abc", LaunchTemplateData={"UserData": "?"})[0] == "InvalidUserData.Malformed"

    second = ec2.create_launch_template_version(**named, SourceVersion="1", LaunchTemplateData={"ImageId": "ami-2"})["LaunchTemplateVersion"]
    assert (second["VersionNumber"], second["DefaultVersion"]) == (2, False)
    assert second["LaunchTemplateData"] == {"ImageId": "ami-2", "EbsOptimized": True, "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "a", "Value": "b"}]}]}
    numbers = lambda **more: [v["VersionNumber"] for v in ec2.describe_launch_template_versions(**more)["LaunchTemplateVersions"]]
    assert numbers(**by_id) == [2, 1] and numbers(**by_id, MaxVersion="1") == [1] and numbers(**by_id, Versions=["$Default"]) == [1] and numbers(Versions=["$Latest"]) == [2]
    assert numbers(**by_id, Filters=[{"Name": "image-id", "Values": ["ami-1"]}]) == [1]
    assert code_of(numbers)[0] == "MissingParameter"
    assert code_of(numbers, LaunchTemplateName="nope") == ("InvalidLaunchTemplateName.NotFoundException", "The specified launch template, with template name nope, does not exist.")
    assert code_of(ec2.modify_launch_template, **by_id, DefaultVersion="9")[0] == "InvalidLaunchTemplateId.VersionNotFound"
    assert ec2.modify_launch_template(**by_id, DefaultVersion="2")["LaunchTemplate"]["DefaultVersionNumber"] == 2
    gone = ec2.delete_launch_template_versions(**by_id, Versions=["1", "2", "7"])
    assert [v["VersionNumber"] for v in gone["SuccessfullyDeletedLaunchTemplateVersions"]] == [1]
    assert [v["ResponseError"]["Code"] for v in gone["UnsuccessfullyDeletedLaunchTemplateVersions"]] == ["unexpectedError", "launchTemplateVersionDoesNotExist"]
    assert [t["LaunchTemplateId"] for t in ec2.describe_launch_templates(Filters=[{"Name": "tag:of", "Values": ["it"]}])["LaunchTemplates"]] == [made["LaunchTemplateId"]]
    assert code_of(ec2.describe_launch_templates, LaunchTemplateNames=["nope"])[0] == "InvalidLaunchTemplateName.NotFoundException"
    ec2.delete_launch_template(**by_id)
    assert code_of(ec2.delete_launch_template, **by_id)[0] == "InvalidLaunchTemplateId.NotFound"


def test_an_egress_only_gateway_holds_its_vpc(shared):
    ec2 = shared.client("ec2", session=session_of_today())
    vpc = ec2.create_vpc(CidrBlock="10.78.0.0/16")["Vpc"]["VpcId"]
    gateway = ec2.create_egress_only_internet_gateway(VpcId=vpc)["EgressOnlyInternetGateway"]
    assert gateway["Attachments"] == [{"State": "attached", "VpcId": vpc}]
    named = {"EgressOnlyInternetGatewayId": gateway["EgressOnlyInternetGatewayId"]}
    ec2.create_tags(Resources=[gateway["EgressOnlyInternetGatewayId"]], Tags=[{"Key": "a", "Value": "b"}])
    assert [g["EgressOnlyInternetGatewayId"] for g in ec2.describe_egress_only_internet_gateways(Filters=[{"Name": "tag:a", "Values": ["b"]}])["EgressOnlyInternetGateways"]] == list(named.values())
    assert code_of(ec2.delete_vpc, VpcId=vpc)[0] == "DependencyViolation"
    assert code_of(ec2.create_egress_only_internet_gateway, VpcId="vpc-1")[0] == "InvalidVpcID.NotFound"
    assert ec2.delete_egress_only_internet_gateway(**named)["ReturnCode"] is True
    assert code_of(ec2.delete_egress_only_internet_gateway, **named)[0] == "InvalidGatewayID.NotFound"
    ec2.delete_vpc(VpcId=vpc)


def test_a_group_takes_each_rule_once_and_tells_what_it_gave_up(shared, net):
    ec2, (vpc, _) = shared.client("ec2", session=session_of_today()), net
    assert code_of(ec2.create_security_group, GroupName="g", Description="", VpcId=vpc) == ("MissingParameter", "The request must contain the parameter GroupDescription")
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    assert code_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[rule, rule]) == ("InvalidParameterValue", "The same permission must not appear multiple times")
    assert code_of(ec2.authorize_security_group_ingress, GroupId="sg-123abc", IpPermissions=[{}]) == ("InvalidGroup.NotFound", "The security group 'sg-123abc' does not exist")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    revoked = ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])["RevokedSecurityGroupRules"]
    assert [(r["GroupId"], r["IsEgress"], r["CidrIpv4"], r["FromPort"], r["SecurityGroupRuleId"][:4]) for r in revoked] == [(group, False, "10.0.0.0/8", 80, "sgr-")]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}])
    assert code_of(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "foo"}]}]) == ("InvalidParameterValue", "CIDR block foo is malformed")
    assert len(ec2.describe_security_groups(Filters=[{"Name": "ip-permission.group-id", "Values": [group]}])["SecurityGroups"]) == 1


def test_a_route_to_an_interface_that_nothing_attaches_is_a_blackhole(ec2, net):
    vpc, subnet = net
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    route = lambda target: ec2.create_route(RouteTableId=table, DestinationCidrBlock="192.0.2.0/24", NetworkInterfaceId=target)
    assert code_of(route, "eni-1234abcd")[0] == "InvalidNetworkInterfaceID.NotFound"
    route(interface)
    told = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"][-1]
    assert (told["NetworkInterfaceId"], told["State"]) == (interface, "blackhole")
    ec2.delete_route_table(RouteTableId=table)
