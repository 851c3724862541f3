"""Secrets Manager, parameters and Cloud Map through boto3, beyond what stacks need."""
import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import REGION, session_of_today


def refused(call, code, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def in_region(daemon, service, region):
    key = daemon.key()
    return boto3.client(service, region_name=region, endpoint_url=f"http://127.0.0.1:{daemon.port}", aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"])


@pytest.fixture
def secrets(shared):
    return shared.client("secretsmanager", session=session_of_today())


@pytest.fixture
def secret(secrets):
    name = "s/" + uuid.uuid4().hex[:8]
    secrets.create_secret(Name=name, SecretString="one")
    yield name
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_what_is_not_set_is_not_told(secrets):
    name = "empty/" + uuid.uuid4().hex[:8]
    secrets.create_secret(Name=name)
    told = secrets.describe_secret(SecretId=name)
    assert set(told) - {"ResponseMetadata"} == {"ARN", "Name", "CreatedDate", "LastChangedDate"}
    secrets.put_secret_value(SecretId=name, SecretString="x", VersionStages=["two", "one", "AWSCURRENT"])
    assert secrets.get_secret_value(SecretId=name)["VersionStages"] == ["AWSCURRENT", "one", "two"]
    assert secrets.describe_secret(SecretId=name)["LastAccessedDate"]
    entry = secrets.list_secret_version_ids(SecretId=name)["Versions"][0]
    assert entry["KmsKeyIds"] == ["DefaultEncryptionKey"] and entry["LastAccessedDate"]
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_replicas_follow(shared, secrets, secret):
    there = in_region(shared, "secretsmanager", "eu-west-1")
    status = secrets.replicate_secret_to_regions(SecretId=secret, AddReplicaRegions=[{"Region": "eu-west-1"}])["ReplicationStatus"]
    assert [(s["Region"], s["Status"]) for s in status] == [("eu-west-1", "InSync")]
    assert there.describe_secret(SecretId=secret)["PrimaryRegion"] == REGION == secrets.describe_secret(SecretId=secret)["PrimaryRegion"]
    secrets.put_secret_value(SecretId=secret, SecretString="two")
    assert there.get_secret_value(SecretId=secret)["SecretString"] == "two"
    assert "replica secret" in refused(there.put_secret_value, "InvalidRequestException", SecretId=secret, SecretString="three")
    assert "replica regions" in refused(secrets.delete_secret, "InvalidParameterException", SecretId=secret, ForceDeleteWithoutRecovery=True)
    refused(secrets.replicate_secret_to_regions, "InvalidParameterException", SecretId=secret, AddReplicaRegions=[{"Region": REGION}])
    there.stop_replication_to_replica(SecretId=secret)
    assert "ReplicationStatus" not in secrets.describe_secret(SecretId=secret)
    assert secrets.replicate_secret_to_regions(SecretId=secret, AddReplicaRegions=[{"Region": "eu-west-1"}])["ReplicationStatus"][0]["Status"] == "Failed"
    secrets.replicate_secret_to_regions(SecretId=secret, AddReplicaRegions=[{"Region": "eu-west-1"}], ForceOverwriteReplicaSecret=True)
    assert secrets.remove_regions_from_replication(SecretId=secret, RemoveReplicaRegions=["eu-west-1"])["ReplicationStatus"] == []
    refused(there.describe_secret, "ResourceNotFoundException", SecretId=secret)


def test_a_secret_is_made_with_its_replicas(shared, secrets):
    name, there = "s/" + uuid.uuid4().hex[:8], in_region(shared, "secretsmanager", "eu-west-1")
    made = secrets.create_secret(Name=name, SecretString="one", AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert [(s["Region"], s["Status"]) for s in made["ReplicationStatus"]] == [("eu-west-1", "InSync")]
    assert there.get_secret_value(SecretId=made["ARN"].replace(REGION, "eu-west-1"))["SecretString"] == "one"
    assert refused(secrets.create_secret, "InvalidParameterException", Name=name + "-x", SecretString="x", AddReplicaRegions=[{"Region": REGION}]) == "Invalid replica region."
    refused(secrets.describe_secret, "ResourceNotFoundException", SecretId=name + "-x")
    secrets.remove_regions_from_replication(SecretId=name, RemoveReplicaRegions=["eu-west-1"])
    secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def test_a_secret_that_had_tags_tells_that_it_has_none(secrets, secret):
    assert "Tags" not in secrets.describe_secret(SecretId=secret)
    secrets.tag_resource(SecretId=secret, Tags=[{"Key": "a", "Value": "b"}])
    secrets.untag_resource(SecretId=secret, TagKeys=["a"])
    assert secrets.describe_secret(SecretId=secret)["Tags"] == []


def test_filters_and_policies_that_are_refused(secrets):
    assert refused(secrets.list_secrets, "InvalidParameterException", Filters=[{"Values": ["x"]}]) == "Invalid filter key"
    assert refused(secrets.list_secrets, "InvalidParameterException", Filters=[{"Key": "name"}]) == "Invalid filter values for key: name"
    refused(secrets.put_resource_policy, "ResourceNotFoundException", SecretId="none", ResourcePolicy="{")


def test_rotation_and_policies(secrets, secret):
    assert refused(secrets.rotate_secret, "InvalidRequestException", SecretId=secret) == "No Lambda rotation function ARN is associated with this secret."
    assert "cannot invoke the specified Lambda function" in refused(secrets.rotate_secret, "AccessDeniedException", SecretId=secret, RotationLambdaARN="arn:aws:lambda:us-west-2:000000000000:function:f")
    refused(secrets.cancel_rotate_secret, "InvalidRequestException", SecretId=secret)
    public = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}]})
    refused(secrets.put_resource_policy, "PublicPolicyException", SecretId=secret, ResourcePolicy=public, BlockPublicPolicy=True)
    assert secrets.validate_resource_policy(ResourcePolicy=public)["PolicyValidationPassed"] is False
    refused(secrets.validate_resource_policy, "MalformedPolicyDocumentException", ResourcePolicy="{")
    secrets.put_resource_policy(SecretId=secret, ResourcePolicy=public)
    assert secrets.get_resource_policy(SecretId=secret)["ResourcePolicy"] == public
    values = secrets.batch_get_secret_value(SecretIdList=[secret, "none"])
    assert [v["SecretString"] for v in values["SecretValues"]] == ["one"] and values["Errors"][0]["ErrorCode"] == "ResourceNotFoundException"
    refused(secrets.batch_get_secret_value, "InvalidParameterException")
    refused(secrets.batch_get_secret_value, "InvalidParameterException", SecretIdList=[secret], MaxResults=1)


def test_parameters_are_named_without_colons_and_filtered_by_options_of_their_key(shared):
    ssm = shared.client("ssm")
    assert "sub-paths divided by slash symbol" in refused(ssm.put_parameter, "ValidationException", Name="a:b", Value="v", Type="String")
    refused(ssm.get_parameter, "ParameterNotFound", Name="a")
    path = lambda option: refused(ssm.describe_parameters, "InvalidFilterOption", ParameterFilters=[{"Key": "Path", "Option": option, "Values": ["no-path"]}])
    assert path("Equals") == "The following filter option is not valid: Equals. Valid options include: [Recursive, OneLevel]."


def test_parameters_change_within_their_kind(shared):
    ssm, name = shared.client("ssm", session=session_of_today()), "/breadth/" + uuid.uuid4().hex[:8]
    assert ssm.put_parameter(Name=name, Value="x" * 5000, Type="String", Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert "downgrade" in refused(ssm.put_parameter, "ValidationException", Name=name, Value="x", Tier="Standard", Overwrite=True)
    refused(ssm.put_parameter, "HierarchyTypeMismatchException", Name=name, Value="x", Type="SecureString", Overwrite=True)
    assert "aws:" in refused(ssm.add_tags_to_resource, "ValidationException", ResourceType="Parameter", ResourceId=name, Tags=[{"Key": "aws:x", "Value": "y"}])
    twice = [{"Key": "Name", "Values": ["a"]}, {"Key": "Name", "Values": ["b"]}]
    assert "duplicated" in refused(ssm.describe_parameters, "ValidationException", ParameterFilters=twice)
    refused(ssm.describe_parameters, "InvalidFilterValue", ParameterFilters=[{"Key": "Type", "Values": ["None"]}])
    assert ssm.describe_parameters(Shared=True)["Parameters"] == []
    ssm.delete_parameter(Name=name)


def test_cloud_map(shared):
    cloud, zones = shared.client("servicediscovery", session=session_of_today()), shared.client("route53")
    name = uuid.uuid4().hex[:8] + ".test"
    target = lambda operation: cloud.get_operation(OperationId=operation["OperationId"])["Operation"]["Targets"]
    space = target(cloud.create_public_dns_namespace(Name=name))["NAMESPACE"]
    told = cloud.get_namespace(Id=space)["Namespace"]
    zone = told["Properties"]["DnsProperties"]["HostedZoneId"]
    assert told["Type"] == "DNS_PUBLIC" and zones.get_hosted_zone(Id=zone)["HostedZone"]["Config"]["PrivateZone"] is False
    assert [n["Id"] for n in cloud.list_namespaces(Filters=[{"Name": "TYPE", "Values": ["DNS_PUBLIC"]}])["Namespaces"]] == [space]
    service = cloud.create_service(Name="web", NamespaceId=space, DnsConfig={"DnsRecords": [{"Type": "A", "TTL": 5}]}, HealthCheckCustomConfig={"FailureThreshold": 1})["Service"]
    assert service["Type"] == "DNS_HTTP"
    here = {"NamespaceName": name, "ServiceName": "web"}
    before = cloud.discover_instances_revision(**here)["InstancesRevision"]
    for one in "ab":
        cloud.register_instance(ServiceId=service["Id"], InstanceId=one, Attributes={"AWS_INSTANCE_IPV4": "192.0.2.1" if one == "a" else "192.0.2.2", "kind": one})
    assert cloud.discover_instances_revision(**here)["InstancesRevision"] > before
    cloud.update_instance_custom_health_status(ServiceId=service["Id"], InstanceId="a", Status="UNHEALTHY")
    found = lambda **more: [i["InstanceId"] for i in cloud.discover_instances(**here, **more)["Instances"]]
    assert (found(), found(HealthStatus="ALL"), found(HealthStatus="UNHEALTHY")) == (["b"], ["a", "b"], ["a"])
    assert found(HealthStatus="ALL", OptionalParameters={"kind": "a"}) == ["a"] and found(HealthStatus="ALL", OptionalParameters={"kind": "c"}) == ["a", "b"]
    cloud.update_instance_custom_health_status(ServiceId=service["Id"], InstanceId="b", Status="UNHEALTHY")
    assert found(HealthStatus="HEALTHY_OR_ELSE_ALL") == ["a", "b"]
    assert cloud.get_instances_health_status(ServiceId=service["Id"])["Status"] == {"a": "UNHEALTHY", "b": "UNHEALTHY"}
    refused(cloud.get_instances_health_status, "InstanceNotFound", ServiceId=service["Id"], Instances=["c"])
    cloud.update_service_attributes(ServiceId=service["Id"], Attributes={"x": "1", "y": "2"})
    cloud.delete_service_attributes(ServiceId=service["Id"], Attributes=["x"])
    assert cloud.get_service_attributes(ServiceId=service["Id"])["ServiceAttributes"]["Attributes"] == {"y": "2"}
    listed = cloud.list_operations(Filters=[{"Name": "TYPE", "Values": ["CREATE_NAMESPACE"]}, {"Name": "NAMESPACE_ID", "Values": [space]}])["Operations"]
    assert [o["Status"] for o in listed] == ["SUCCESS"]
    refused(cloud.create_public_dns_namespace, "NamespaceAlreadyExists", Name=name)
    for one in "ab":
        cloud.deregister_instance(ServiceId=service["Id"], InstanceId=one)
    cloud.delete_service(Id=service["Id"])
    cloud.delete_namespace(Id=space)
    refused(zones.get_hosted_zone, "NoSuchHostedZone", Id=zone)


def test_cloud_map_records_follow_their_service(shared):
    cloud, zones = shared.client("servicediscovery", session=session_of_today()), shared.client("route53")
    name = uuid.uuid4().hex[:8] + ".test"
    space = cloud.get_operation(OperationId=cloud.create_public_dns_namespace(Name=name, CreatorRequestId="mine")["OperationId"])["Operation"]["Targets"]["NAMESPACE"]
    told = cloud.get_namespace(Id=space)["Namespace"]
    assert told["CreatorRequestId"] == "mine"
    zone = told["Properties"]["DnsProperties"]["HostedZoneId"]
    records = lambda: [(r["Type"], r.get("SetIdentifier"), r.get("Weight"), [v["Value"] for v in r["ResourceRecords"]]) for r in zones.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"] if r["Name"] == f"web.{name}."]
    refused(cloud.create_service, "InvalidInput", Name="web", NamespaceId=space, DnsConfig={"DnsRecords": [{"Type": "CNAME", "TTL": 5}]})
    service = cloud.create_service(Name="web", NamespaceId=space, Description="d", DnsConfig={"RoutingPolicy": "WEIGHTED", "DnsRecords": [{"Type": "CNAME", "TTL": 5}]})["Service"]["Id"]
    refused(cloud.register_instance, "InvalidInput", ServiceId=service, InstanceId="a", Attributes={"AWS_INSTANCE_IPV4": "192.0.2.1"})
    for one in "ab":
        cloud.register_instance(ServiceId=service, InstanceId=one, CreatorRequestId="r" + one, Attributes={"AWS_INSTANCE_CNAME": one + ".example.com"})
    assert records() == [("CNAME", "a", 1, ["a.example.com"]), ("CNAME", "b", 1, ["b.example.com"])]
    assert cloud.get_instance(ServiceId=service, InstanceId="a")["Instance"]["CreatorRequestId"] == "ra"
    cloud.deregister_instance(ServiceId=service, InstanceId="a")
    assert [r[1] for r in records()] == ["b"]
    cloud.update_service(Id=service, Service={"DnsConfig": {"DnsRecords": [{"Type": "AAAA", "TTL": 5}]}})
    cloud.register_instance(ServiceId=service, InstanceId="c", Attributes={"AWS_INSTANCE_IPV6": "2001:db8::1"})
    assert records() == [("AAAA", "c", 1, ["2001:db8::1"])]
    cloud.update_service(Id=service, Service={"Description": "other"})
    assert records() == [] and "DnsConfig" not in cloud.get_service(Id=service)["Service"]
    for one in "bc":
        cloud.deregister_instance(ServiceId=service, InstanceId=one)
    cloud.delete_service(Id=service)
    cloud.delete_namespace(Id=space)
