"""The AWS endpoint beyond networks and containers: identities, secrets, parameters, buckets, scaling records, reset."""
import datetime
import json
import random
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import REGION, a_daemon, session_of_today, wait_until
from test_endpoint import code_of

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"AWS": "*"}}]})


def name():
    return f"t{random.randrange(10**9)}"


def with_key(daemon, service, key):
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{daemon.port}", region_name=REGION, aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"],
                        aws_session_token=key.get("SessionToken"), config=Config(retries={"max_attempts": 0}, proxies={}))


def in_region(daemon, service, region):
    key = daemon.key()
    return boto3.client(service, endpoint_url=f"http://127.0.0.1:{daemon.port}", region_name=region, aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"], config=Config(proxies={}))


def test_a_region_has_a_default_vpc_that_may_be_deleted_for_good(own):
    ec2 = in_region(own, "ec2", "eu-central-1")
    vpc = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"][0]
    assert vpc["CidrBlock"] == "172.31.0.0/16"
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert [(s["CidrBlock"], s["DefaultForAz"], s["MapPublicIpOnLaunch"]) for s in subnets] and len(subnets) == 3
    assert ec2.create_security_group(GroupName="g", Description="d")["GroupId"].startswith("sg-")
    assert code_of(ec2.create_default_vpc)[0] == "DefaultVpcAlreadyExists"
    assert in_region(own, "ec2", "us-east-1").describe_vpcs()["Vpcs"][0]["VpcId"] != vpc["VpcId"]

    ec2.delete_security_group(GroupName="g")
    gateway = ec2.describe_internet_gateways()["InternetGateways"][0]["InternetGatewayId"]
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=vpc["VpcId"])
    assert ec2.describe_vpcs()["Vpcs"] == []
    assert ec2.create_default_vpc()["Vpc"]["IsDefault"]


def test_network_acls_are_made_changed_and_associated(stack):
    ec2 = stack.ec2
    acl = ec2.create_network_acl(VpcId=stack.vpc)["NetworkAcl"]
    assert [e["RuleNumber"] for e in acl["Entries"]] == [32767, 32767]
    entry = dict(NetworkAclId=acl["NetworkAclId"], RuleNumber=100, Protocol="6", RuleAction="allow", Egress=False, CidrBlock="0.0.0.0/0", PortRange={"From": 80, "To": 80})
    ec2.create_network_acl_entry(**entry)
    assert code_of(ec2.create_network_acl_entry, **entry)[0] == "NetworkAclEntryAlreadyExists"
    assert code_of(ec2.delete_network_acl_entry, NetworkAclId=acl["NetworkAclId"], RuleNumber=5, Egress=True)[0] == "InvalidNetworkAclEntry.NotFound"
    default = ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [stack.subnets[0]]}])["NetworkAcls"][0]
    association = next(a for a in default["Associations"] if a["SubnetId"] == stack.subnets[0])["NetworkAclAssociationId"]
    moved = ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=acl["NetworkAclId"])["NewAssociationId"]
    assert code_of(ec2.delete_network_acl, NetworkAclId=acl["NetworkAclId"])[0] == "DependencyViolation"
    ec2.replace_network_acl_association(AssociationId=moved, NetworkAclId=default["NetworkAclId"])
    ec2.delete_network_acl(NetworkAclId=acl["NetworkAclId"])
    assert code_of(ec2.describe_network_acls, NetworkAclIds=[acl["NetworkAclId"]])[0] == "InvalidNetworkAclID.NotFound"


def test_users_groups_and_keys(shared):
    iam, user, group = shared.client("iam"), name(), name()
    assert code_of(iam.get_user, UserName=user) == ("NoSuchEntity", f"The user with name {user} cannot be found.")
    arn = iam.create_user(UserName=user, Tags=[{"Key": "a", "Value": "b"}])["User"]["Arn"]
    assert code_of(iam.create_user, UserName=user)[0] == "EntityAlreadyExists"
    iam.create_group(GroupName=group)
    iam.add_user_to_group(GroupName=group, UserName=user)
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName=user)["Groups"]] == [group]
    key = iam.create_access_key(UserName=user)["AccessKey"]
    assert with_key(shared, "sts", key).get_caller_identity()["Arn"] == arn
    iam.update_access_key(UserName=user, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert code_of(with_key(shared, "sts", key).get_caller_identity)[0] == "InvalidClientTokenId"
    assert code_of(iam.delete_user, UserName=user)[0] == "DeleteConflict"
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    iam.remove_user_from_group(GroupName=group, UserName=user)
    iam.delete_group(GroupName=group)
    iam.delete_user(UserName=user)


def test_temporary_credentials_work_until_their_token_is_wrong(shared):
    iam, role = shared.client("iam"), name()
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    key = shared.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    assert with_key(shared, "sts", key).get_caller_identity()["Arn"].endswith(f"assumed-role/{role}/me")
    assert code_of(with_key(shared, "sts", {**key, "SessionToken": "x"}).get_caller_identity)[0] == "InvalidClientTokenId"
    iam.delete_role(RoleName=role)


def test_secrets_have_versions_and_stages(shared):
    secrets, secret = shared.client("secretsmanager"), name()
    first = secrets.create_secret(Name=secret, SecretString="one")
    second = secrets.put_secret_value(SecretId=first["ARN"], SecretString="two")
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] == "two"
    assert secrets.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")["SecretString"] == "one"
    assert secrets.describe_secret(SecretId=secret)["VersionIdsToStages"] == {first["VersionId"]: ["AWSPREVIOUS"], second["VersionId"]: ["AWSCURRENT"]}
    secrets.delete_secret(SecretId=secret)
    assert code_of(secrets.get_secret_value, SecretId=secret)[0] == "InvalidRequestException"
    secrets.restore_secret(SecretId=secret)
    secrets.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    assert code_of(secrets.describe_secret, SecretId=secret) == ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    assert len(secrets.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]) == 20


def test_parameters_have_paths_versions_and_labels(shared):
    ssm, path = shared.client("ssm"), "/" + name()
    ssm.put_parameter(Name=f"{path}/a", Value="1", Type="String")
    assert code_of(ssm.put_parameter, Name=f"{path}/a", Value="2", Type="String")[0] == "ParameterAlreadyExists"
    assert ssm.put_parameter(Name=f"{path}/a", Value="2", Overwrite=True)["Version"] == 2
    ssm.put_parameter(Name=f"{path}/b/c", Value="s", Type="SecureString")
    ssm.label_parameter_version(Name=f"{path}/a", ParameterVersion=1, Labels=["old"])
    assert ssm.get_parameter(Name=f"{path}/a:old")["Parameter"]["Value"] == "1"
    assert [p["Name"] for p in ssm.get_parameters_by_path(Path=path)["Parameters"]] == [f"{path}/a"]
    deep = ssm.get_parameters_by_path(Path=path, Recursive=True, WithDecryption=True)["Parameters"]
    assert [(p["Name"], p["Value"]) for p in deep] == [(f"{path}/a", "2"), (f"{path}/b/c", "s")]
    assert ssm.get_parameter(Name=f"{path}/b/c")["Parameter"]["Value"] != "s"
    assert ssm.delete_parameters(Names=[f"{path}/a", f"{path}/b/c", "nope"])["InvalidParameters"] == ["nope"]


def test_objects_keep_versions_and_come_in_parts(shared):
    s3, bucket = shared.client("s3"), name()
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"two", Tagging="a=1")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}]
    assert s3.get_object(Bucket=bucket, Key="k", VersionId=first)["Body"].read() == b"one"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] and code_of(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"two"
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    body = [b"a" * (5 << 20), b"b" * 10]
    parts = [{"PartNumber": n, "ETag": s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=n, Body=part)["ETag"]} for n, part in enumerate(body, 1)]
    assert len(s3.list_parts(Bucket=bucket, Key="big", UploadId=upload)["Parts"]) == 2
    assert s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})["ETag"].endswith('-2"')
    assert s3.get_object(Bucket=bucket, Key="big")["Body"].read() == b"".join(body)
    assert code_of(s3.delete_bucket, Bucket=bucket)[0] == "BucketNotEmpty"
    versions = s3.list_object_versions(Bucket=bucket)
    assert [v["Key"] for v in versions["Versions"]] == ["big", "copy", "k", "k"]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": v["Key"], "VersionId": v["VersionId"]} for v in versions["Versions"]]})
    s3.delete_bucket(Bucket=bucket)


def test_what_a_bucket_tells_of_itself(shared):
    s3, bucket = shared.client("s3"), name()
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    for call, code in ((s3.get_bucket_policy, "NoSuchBucketPolicy"), (s3.get_bucket_cors, "NoSuchCORSConfiguration"), (s3.get_bucket_website, "NoSuchWebsiteConfiguration"),
                       (s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration"), (s3.get_bucket_replication, "ReplicationConfigurationNotFoundError"),
                       (s3.get_object_lock_configuration, "ObjectLockConfigurationNotFoundError"), (s3.get_bucket_tagging, "NoSuchTagSet")):
        assert code_of(call, Bucket=bucket)[0] == code
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "BucketOwner"
    assert code_of(s3.put_bucket_policy, Bucket=bucket, Policy="no")[0] == "MalformedPolicy"
    assert code_of(s3.put_bucket_replication, Bucket=bucket, ReplicationConfiguration={"Role": "arn:aws:iam::000000000000:role/r", "Rules": [{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": "arn:aws:s3:::other"}}]})[0] in ("InvalidAction", "NotImplemented")
    s3.delete_bucket(Bucket=bucket)


def test_metrics_are_kept_and_read_by_period(shared):
    watch = shared.client("cloudwatch")
    watch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "m", "Value": 3}, {"MetricName": "m", "Value": 5}])
    assert [m["MetricName"] for m in watch.list_metrics(Namespace="App")["Metrics"]] == ["m"]
    now = datetime.datetime.now(datetime.timezone.utc)
    span = dict(StartTime=now - datetime.timedelta(minutes=5), EndTime=now + datetime.timedelta(minutes=1))
    points = watch.get_metric_statistics(Namespace="App", MetricName="m", Period=60, Statistics=["Sum", "Average", "SampleCount"], **span)["Datapoints"]
    assert sum(p["Sum"] for p in points) == 8 and sum(p["SampleCount"] for p in points) == 2
    query = {"Id": "m1", "MetricStat": {"Metric": {"Namespace": "App", "MetricName": "m"}, "Period": 300, "Stat": "Sum"}, "ReturnData": False}
    answer = watch.get_metric_data(MetricDataQueries=[query, {"Id": "e", "Expression": "m1 * 10"}], **span)["MetricDataResults"]
    assert [(r["Id"], sum(r["Values"])) for r in answer] == [("e", 80)]
    assert code_of(watch.get_metric_data, MetricDataQueries=[{"Id": "e", "Expression": "SEARCH('x')"}], **span)[0] == "ValidationError"


def test_items_expire_by_their_time_to_live(shared):
    dynamo, table = shared.client("dynamodb"), name()
    dynamo.create_table(TableName=table, AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}], KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST")
    dynamo.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    now = int(datetime.datetime.now().timestamp())
    for key, until in (("old", now - 5), ("young", now + 3600)):
        dynamo.put_item(TableName=table, Item={"k": {"S": key}, "until": {"N": str(until)}})
    held = lambda key: "Item" in dynamo.get_item(TableName=table, Key={"k": {"S": key}})
    wait_until(lambda: not held("old"), "the item whose time is over goes", 30)
    assert held("young")
    dynamo.delete_table(TableName=table)


def test_policies_decide_when_they_are_enforced():
    with a_daemon("--enforce-iam") as daemon:
        iam = daemon.client("iam")
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        code, text = code_of(with_key(daemon, "ec2", key).describe_vpcs)
        assert code == "UnauthorizedOperation" and "ec2:DescribeVpcs" in text and "because no identity-based policy allows" in text
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps({"Statement": [{"Effect": "Allow", "Action": ["ec2:Describe*", "s3:*"], "Resource": "*"}, {"Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::keep"}]}))
        assert with_key(daemon, "ec2", key).describe_vpcs()["Vpcs"]
        s3 = with_key(daemon, "s3", key)
        s3.create_bucket(Bucket="keep", CreateBucketConfiguration={"LocationConstraint": REGION})
        code, text = code_of(s3.delete_bucket, Bucket="keep")
        assert code == "AccessDenied" and "explicit deny" in text
        assert code_of(with_key(daemon, "ecs", key).list_clusters)[0] == "AccessDeniedException"
        boundaries_limit(iam, s3)
        buckets_say_who_may(daemon, iam)
        roles_say_whom_they_trust(daemon, iam)
        repositories_say_who_may(daemon, iam)
        every_table_of_a_call_counts(daemon, iam)
        tables_say_who_may(daemon, iam)
        roles_are_passed_by_leave(daemon, iam)
        tags_decide(daemon, iam)


def user_key(iam, user):
    iam.create_user(UserName=user)
    return iam.create_access_key(UserName=user)["AccessKey"]


def statement(effect, action, **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, **more}]})


def boundaries_limit(iam, s3):
    boundary = iam.create_policy(PolicyName="ec2-only", PolicyDocument=statement("Allow", "ec2:*", Resource="*"))["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=boundary)
    code, text = code_of(s3.list_objects_v2, Bucket="keep")
    assert code == "AccessDenied" and "because no permissions boundary allows the s3:ListBucket action" in text
    iam.delete_user_permissions_boundary(UserName="u")
    assert s3.list_objects_v2(Bucket="keep")["KeyCount"] == 0


def buckets_say_who_may(daemon, iam):
    admin, ann = daemon.client("s3"), with_key(daemon, "s3", user_key(iam, "ann"))
    admin.put_object(Bucket="keep", Key="a", Body=b"x")
    assert code_of(ann.get_object, Bucket="keep", Key="a")[0] == "AccessDenied"
    admin.put_bucket_policy(Bucket="keep", Policy=statement("Allow", "s3:GetObject", Principal={"AWS": "arn:aws:iam::000000000000:user/ann"}, Resource="arn:aws:s3:::keep/*"))
    assert ann.get_object(Bucket="keep", Key="a")["Body"].read() == b"x"
    admin.put_bucket_policy(Bucket="keep", Policy=statement("Deny", "s3:*", Principal="*", Resource=["arn:aws:s3:::keep", "arn:aws:s3:::keep/*"], Condition={"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::000000000000:user/ann"}}))
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=statement("Allow", "s3:GetObject", Resource="*"))
    assert ann.get_object(Bucket="keep", Key="a")["ContentLength"] == 1
    key = iam.create_access_key(UserName="u")["AccessKey"]
    code, text = code_of(with_key(daemon, "s3", key).get_object, Bucket="keep", Key="a")
    assert code == "AccessDenied" and "with an explicit deny in a resource-based policy" in text


def roles_say_whom_they_trust(daemon, iam):
    bob = with_key(daemon, "sts", user_key(iam, "bob"))
    trusting = lambda principal, **more: statement("Allow", "sts:AssumeRole", Principal=principal, **more)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trusting({"Service": "ecs-tasks.amazonaws.com"}))["Role"]["Arn"]
    assume = lambda client, **more: client.assume_role(RoleArn=role, RoleSessionName="ses", **more)["Credentials"]
    assert code_of(assume, bob)[0] == "AccessDenied" and code_of(assume, daemon.client("sts"))[0] == "AccessDenied"
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trusting({"AWS": "arn:aws:iam::000000000000:root"}))
    assert code_of(assume, bob)[0] == "AccessDenied" and assume(daemon.client("sts"))
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=statement("Allow", "sts:AssumeRole", Resource=role))
    assert assume(bob)
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trusting({"AWS": "arn:aws:iam::000000000000:user/bob"}, Condition={"StringEquals": {"sts:ExternalId": "seven"}}))
    assert code_of(assume, bob)[0] == "AccessDenied"
    session = assume(bob, ExternalId="seven")
    assert with_key(daemon, "sts", session).get_caller_identity()["Arn"].endswith(":assumed-role/r/ses")
    assert code_of(with_key(daemon, "s3", session).list_buckets)[0] == "AccessDenied"


def repositories_say_who_may(daemon, iam):
    ecr, key = daemon.client("ecr"), user_key(iam, "eve")
    ecr.create_repository(repositoryName="web")
    iam.put_user_policy(UserName="eve", PolicyName="p", PolicyDocument=statement("Allow", "ecr:GetAuthorizationToken", Resource="*"))
    token = with_key(daemon, "ecr", key).get_authorization_token()["authorizationData"][0]["authorizationToken"]
    list_images = lambda: with_key(daemon, "ecr", key).list_images(repositoryName="web")

    def pull():
        request = urllib.request.Request(f"http://127.0.0.1:{daemon.port}/v2/web/manifests/1", headers={"Authorization": f"Basic {token}"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
        return refused.value.code

    assert code_of(list_images)[0] == "AccessDeniedException" and pull() == 403
    ecr.set_repository_policy(repositoryName="web", policyText=statement("Allow", ["ecr:ListImages", "ecr:BatchGetImage"], Principal={"AWS": "arn:aws:iam::000000000000:user/eve"}))
    assert list_images()["imageIds"] == [] and pull() == 404


def tables_say_who_may(daemon, iam):
    admin, fay = daemon.client("dynamodb", session=session_of_today()), with_key(daemon, "dynamodb", user_key(iam, "fay"))
    table = f"arn:aws:dynamodb:{REGION}:000000000000:table/mine"
    read = lambda: fay.get_item(TableName="mine", Key={"id": {"S": "dan"}})["Item"]
    assert code_of(read)[0] == "AccessDeniedException"
    admin.put_resource_policy(ResourceArn=table, Policy=statement("Allow", "dynamodb:GetItem", Principal={"AWS": "arn:aws:iam::000000000000:user/fay"}, Resource=table))
    assert read() == {"id": {"S": "dan"}}
    assert code_of(fay.scan, TableName="mine")[0] == "AccessDeniedException"
    admin.delete_resource_policy(ResourceArn=table)
    assert code_of(read)[0] == "AccessDeniedException"


def every_table_of_a_call_counts(daemon, iam):
    admin, dan = daemon.client("dynamodb"), with_key(daemon, "dynamodb", user_key(iam, "dan"))
    for name in ("mine", "other"):
        admin.create_table(TableName=name, KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    may = lambda **more: iam.put_user_policy(UserName="dan", PolicyName="p", PolicyDocument=statement("Allow", "dynamodb:*", Resource=f"arn:aws:dynamodb:{REGION}:000000000000:table/mine", **more))
    put = lambda table, key: {"PutRequest": {"Item": {"id": {"S": key}}}}
    may()
    dan.batch_write_item(RequestItems={"mine": [put("mine", "dan")]})
    code, text = code_of(dan.batch_write_item, RequestItems={"mine": [put("mine", "a")], "other": [put("other", "a")]})
    assert code == "AccessDeniedException" and "dynamodb:BatchWriteItem on resource: arn:aws:dynamodb:" in text and "table/other" in text
    assert code_of(dan.transact_write_items, TransactItems=[{"Put": {"TableName": "mine", "Item": {"id": {"S": "a"}}}}, {"Delete": {"TableName": "other", "Key": {"id": {"S": "a"}}}}])[0] == "AccessDeniedException"
    assert code_of(dan.batch_get_item, RequestItems={"other": {"Keys": [{"id": {"S": "a"}}]}})[0] == "AccessDeniedException"
    may(Condition={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:username}"]}})
    query = lambda key: dan.query(TableName="mine", KeyConditionExpression="id = :k", ExpressionAttributeValues={":k": {"S": key}})
    assert dan.get_item(TableName="mine", Key={"id": {"S": "dan"}})["Item"] and query("dan")["Count"] == 1
    assert code_of(dan.get_item, TableName="mine", Key={"id": {"S": "eve"}})[0] == "AccessDeniedException" and code_of(query, "eve")[0] == "AccessDeniedException"
    assert code_of(dan.batch_write_item, RequestItems={"mine": [put("mine", "dan"), put("mine", "eve")]})[0] == "AccessDeniedException"


def roles_are_passed_by_leave(daemon, iam):
    pat = with_key(daemon, "ecs", user_key(iam, "pat"))
    role = iam.create_role(RoleName="task", AssumeRolePolicyDocument=statement("Allow", "sts:AssumeRole", Principal={"Service": "ecs-tasks.amazonaws.com"}))["Role"]["Arn"]
    register = lambda **more: pat.register_task_definition(family="f", containerDefinitions=[{"name": "c", "image": "i", "memory": 64}], **more)
    iam.put_user_policy(UserName="pat", PolicyName="p", PolicyDocument=statement("Allow", "ecs:*", Resource="*"))
    register()
    code, text = code_of(register, taskRoleArn=role)
    assert code == "AccessDeniedException" and f"iam:PassRole on resource: {role}" in text
    passing = lambda service: iam.put_user_policy(UserName="pat", PolicyName="pass", PolicyDocument=statement("Allow", "iam:PassRole", Resource=role, Condition={"StringEquals": {"iam:PassedToService": service}}))
    passing("lambda.amazonaws.com")
    assert code_of(register, taskRoleArn=role)[0] == "AccessDeniedException"
    passing("ecs-tasks.amazonaws.com")
    register(taskRoleArn=role)


def tags_decide(daemon, iam):
    admin, tom = daemon.client("ec2"), with_key(daemon, "ec2", user_key(iam, "tom"))
    tagged = lambda value: [{"ResourceType": "vpc", "Tags": [{"Key": "team", "Value": value}]}]
    red, blue = (admin.create_vpc(CidrBlock="10.77.0.0/16", TagSpecifications=tagged(team))["Vpc"]["VpcId"] for team in ("red", "blue"))
    iam.put_user_policy(UserName="tom", PolicyName="p", PolicyDocument=json.dumps({"Statement": [
        {"Effect": "Allow", "Action": ["ec2:DeleteVpc", "ec2:ModifyVpcAttribute"], "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}},
        {"Effect": "Allow", "Action": "ec2:CreateVpc", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestTag/team": "red"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}},
        {"Effect": "Allow", "Action": "ec2:CreateRouteTable", "Resource": "*", "Condition": {"ArnEqualsIfExists": {"ec2:Vpc": f"arn:aws:ec2:{REGION}:000000000000:vpc/{blue}"}}}]}))
    assert code_of(tom.create_vpc, CidrBlock="10.78.0.0/16", TagSpecifications=tagged("blue"))[0] == "UnauthorizedOperation"
    assert code_of(tom.create_vpc, CidrBlock="10.78.0.0/16")[0] == "UnauthorizedOperation"
    tom.create_vpc(CidrBlock="10.78.0.0/16", TagSpecifications=tagged("red"))
    assert code_of(tom.delete_vpc, VpcId=blue)[0] == "UnauthorizedOperation" and code_of(tom.create_route_table, VpcId=red)[0] == "UnauthorizedOperation"
    tom.create_route_table(VpcId=blue)
    tom.delete_vpc(VpcId=red)


def test_secrets_stand_in_no_event(own):
    secret = "hunter2-" + "s3cret"
    own.client("secretsmanager").create_secret(Name="s", SecretString=secret)
    own.client("ssm").put_parameter(Name="p", Value=secret, Type="SecureString")
    own.client("iam").create_user(UserName="u")
    own.client("iam").create_login_profile(UserName="u", Password=secret + "A!")
    code_of(own.client("secretsmanager").create_secret, Name="long", SecretString=secret * 10_000)
    code_of(own.client("iam").create_login_profile, UserName="u", Password=secret * 20)
    own.client("secretsmanager").get_secret_value(SecretId="s")
    events = own.run("events", "--json").stdout
    assert "CreateSecret" in events and "ValidationException" in events and secret not in events


def test_calls_are_told_as_events(own):
    own.client("ssm").put_parameter(Name="a", Value="v", Type="String")
    code_of(own.client("ssm").get_parameter, Name="b")
    events = [json.loads(line) for line in own.run("events", "--json").stdout.splitlines()]
    assert [(e["eventName"], e.get("errorCode")) for e in events if e["eventSource"].startswith("ssm")] == [("PutParameter", None), ("GetParameter", "ParameterNotFound")]
    assert events[0]["userIdentity"]["type"] == "Root"


def test_reset_empties_everything_and_the_daemon_runs_on(own):
    ec2, s3 = own.client("ec2"), own.client("s3")
    ec2.create_vpc(CidrBlock="10.5.0.0/16")
    s3.create_bucket(Bucket="gone", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="gone", Key="k", Body=b"x")
    pid = own.process.pid
    own.run("reset")
    assert own.process.poll() is None and own.process.pid == pid
    assert [v["CidrBlock"] for v in own.client("ec2").describe_vpcs()["Vpcs"]] == ["172.31.0.0/16"]
    assert own.client("s3").list_buckets()["Buckets"] == []
    assert list((own.folder / "objects").glob("*/*")) == []
