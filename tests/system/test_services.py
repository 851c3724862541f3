"""Certificates, load balancers and ECS services through the API, and what `why` says of refusals."""
import json
import time

import pytest

from conftest import REGION, wait_until
from test_endpoint import code_of

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]})


@pytest.fixture
def front(shared, stack):
    """A load balancer with an HTTP listener that forwards to an ip target group."""
    elb = shared.client("elbv2")
    balancer = elb.create_load_balancer(Name="front", Subnets=stack.subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    group = elb.create_target_group(Name="prod", Protocol="HTTP", Port=80, TargetType="ip", VpcId=stack.vpc)["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=forward)["Listeners"][0]["ListenerArn"]
    yield {"elb": elb, "balancer": balancer, "group": group, "listener": listener, "forward": forward, "vpc": stack.vpc, "subnets": stack.subnets}
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    for other in elb.describe_target_groups()["TargetGroups"]:
        elb.delete_target_group(TargetGroupArn=other["TargetGroupArn"])


def certificate_with_records(shared, names):
    acm, dns = shared.client("acm"), shared.client("route53")
    zone = dns.create_hosted_zone(Name=names[0], CallerReference=names[0] + str(shared.port))["HostedZone"]["Id"]
    arn = acm.request_certificate(DomainName=names[0], SubjectAlternativeNames=names[1:] or names, ValidationMethod="DNS")["CertificateArn"]
    options = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "PENDING_VALIDATION"
    for record in {o["ResourceRecord"]["Name"]: o["ResourceRecord"] for o in options}.values():
        change = {"Action": "CREATE", "ResourceRecordSet": {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}}
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})
    return acm, arn


def test_a_certificate_is_issued_by_its_records_and_a_listener_takes_no_other(shared, front):
    elb = front["elb"]
    acm = shared.client("acm")
    pending = acm.request_certificate(DomainName="pending.test", ValidationMethod="DNS")["CertificateArn"]
    listen = lambda arn: elb.create_listener(LoadBalancerArn=front["balancer"], Protocol="HTTPS", Port=443, Certificates=[{"CertificateArn": arn}], DefaultActions=front["forward"])
    assert code_of(listen, pending)[0] == "UnsupportedCertificate"
    assert code_of(listen, pending[:-1] + "x")[0] == "CertificateNotFound"
    assert [f["code"] for f in shared.why(pending)["findings"]] == ["Certificate.NotValidated"]
    acm, arn = certificate_with_records(shared, ["site.test", "*.site.test"])
    wait_until(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")
    assert listen(arn)["Listeners"][0]["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    assert code_of(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"
    acm.delete_certificate(CertificateArn=pending)


def test_rules_keep_their_priorities_apart(front):
    elb = front["elb"]
    rule = lambda priority: elb.create_rule(ListenerArn=front["listener"], Priority=priority, Conditions=[{"Field": "host-header", "Values": ["*.test"]}], Actions=front["forward"])
    made = rule(10)["Rules"][0]
    assert made["Conditions"][0]["HostHeaderConfig"]["Values"] == ["*.test"]
    code, message = code_of(rule, 10)
    assert code == "PriorityInUse" and "10" in message
    assert [r["Priority"] for r in elb.describe_rules(ListenerArn=front["listener"])["Rules"]] == ["10", "default"]


def test_targets_are_unused_until_a_listener_names_their_group(front):
    elb = front["elb"]
    group = elb.create_target_group(Name="idle", Protocol="HTTP", Port=80, TargetType="ip", VpcId=front["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    assert code_of(elb.register_targets, TargetGroupArn=group, Targets=[{"Id": "8.8.8.8"}])[0] == "InvalidTarget"
    elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.255.0.9", "AvailabilityZone": "all"}])
    health = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["State"], health["Reason"]) == ("unused", "Target.NotInUse")


@pytest.fixture
def cluster(shared):
    ecs, iam = shared.client("ecs"), shared.client("iam")
    role = iam.create_role(RoleName="execution", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    arn = ecs.create_cluster(clusterName="c")["cluster"]["clusterArn"]
    container = {"name": "web", "image": "000000000000.dkr.ecr.us-west-2.amazonaws.com/web:1", "portMappings": [{"containerPort": 80}]}
    register = lambda **change: ecs.register_task_definition(**{**dict(family="web", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512", executionRoleArn=role, containerDefinitions=[container]), **change})
    yield {"ecs": ecs, "arn": arn, "register": register}
    ecs.delete_cluster(cluster=arn)
    iam.delete_role(RoleName="execution")


def test_fargate_sizes_outside_the_table_are_refused(cluster):
    assert code_of(cluster["register"], cpu="256", memory="4096") == ("ClientException", "No Fargate configuration exists for given values.")
    assert code_of(cluster["register"], networkMode="bridge")[0] == "ClientException"
    first, second = cluster["register"]()["taskDefinition"], cluster["register"](cpu=".25 vCPU", memory="0.5 GB")["taskDefinition"]
    assert second["revision"] == first["revision"] + 1 and second["cpu"] == "256" and second["memory"] == "512"


def create_service(cluster, front, **balancer):
    cluster["register"]()
    return cluster["ecs"].create_service(cluster="c", serviceName="web", taskDefinition="web", desiredCount=0, launchType="FARGATE",
                                         networkConfiguration={"awsvpcConfiguration": {"subnets": front["subnets"]}},
                                         loadBalancers=[{"targetGroupArn": front["group"], "containerName": "web", "containerPort": 80, **balancer}])


def test_a_wrong_container_name_is_explained(shared, cluster, front):
    code, message = code_of(create_service, cluster, front, containerName="web-staging")
    assert (code, message) == ("InvalidParameterException", "The container web-staging does not exist in the task definition.")
    finding = shared.why("web")["findings"][0] if shared.why("web")["known"] else shared.why()["findings"][0]
    assert finding["code"] == "Service.ContainerNotInTaskDefinition"
    assert finding["attribute"] == "load_balancer.container_name" and 'container_name = "web"' in finding["remedy"]
    create_service(cluster, front)
    assert all(f["code"] != "Service.ContainerNotInTaskDefinition" for f in shared.why()["findings"])
    cluster["ecs"].delete_service(cluster="c", service="web", force=True)
    wait_until(lambda: cluster["ecs"].describe_services(cluster="c", services=["web"])["services"][0]["status"] == "INACTIVE", "the service is inactive")


def test_refusals_name_what_is_wrong_with_the_target_group(shared, cluster, front):
    elb = front["elb"]
    instance = elb.create_target_group(Name="inst", Protocol="HTTP", Port=80, VpcId=front["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    lonely = elb.create_target_group(Name="lonely", Protocol="HTTP", Port=80, TargetType="ip", VpcId=front["vpc"])["TargetGroups"][0]["TargetGroupArn"]
    assert "has target type instance" in code_of(create_service, cluster, front, targetGroupArn=instance)[1]
    finding = next(f for f in shared.why()["findings"] if f["code"] == "TargetGroup.TargetTypeInstance")
    assert finding["cause"] == instance and finding["attribute"] == "target_type"
    assert code_of(create_service, cluster, front, targetGroupArn=lonely)[1] == f"The target group with targetGroupArn {lonely} does not have an associated load balancer."
    assert "did not have a container port 81 defined" in code_of(create_service, cluster, front, containerPort=81)[1]


def test_log_events_come_back(shared):
    logs = shared.client("logs")
    logs.create_log_group(logGroupName="/ecs/x")
    logs.create_log_stream(logGroupName="/ecs/x", logStreamName="s")
    now = int(time.time() * 1000)
    logs.put_log_events(logGroupName="/ecs/x", logStreamName="s", logEvents=[{"timestamp": now, "message": "hello"}, {"timestamp": now + 1, "message": "there"}])
    events = logs.get_log_events(logGroupName="/ecs/x", logStreamName="s", startFromHead=True)
    assert [e["message"] for e in events["events"]] == ["hello", "there"]
    again = logs.get_log_events(logGroupName="/ecs/x", logStreamName="s", nextToken=events["nextForwardToken"])
    assert again["events"] == [] and again["nextForwardToken"] == events["nextForwardToken"]
    assert [e["message"] for e in logs.filter_log_events(logGroupName="/ecs/x", filterPattern="there")["events"]] == ["there"]
    logs.delete_log_group(logGroupName="/ecs/x")


def test_the_state_of_a_terraform_backend_fits_in_a_bucket_and_a_lock_table(shared):
    s3, table = shared.client("s3"), shared.client("dynamodb")
    s3.create_bucket(Bucket="state-bucket", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert s3.get_bucket_location(Bucket="state-bucket")["LocationConstraint"] == REGION
    s3.put_object(Bucket="state-bucket", Key="env/terraform.tfstate", Body=b"{}", ContentType="application/json")
    assert s3.get_object(Bucket="state-bucket", Key="env/terraform.tfstate")["Body"].read() == b"{}"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="state-bucket", Prefix="env/")["Contents"]] == ["env/terraform.tfstate"]
    assert code_of(s3.delete_bucket, Bucket="state-bucket")[0] == "BucketNotEmpty"
    table.create_table(TableName="locks", KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
                       AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST")
    lock = lambda: table.put_item(TableName="locks", Item={"LockID": {"S": "state-bucket/env"}, "Info": {"S": "me"}}, ConditionExpression="attribute_not_exists(LockID)")
    lock()
    assert code_of(lock)[0] == "ConditionalCheckFailedException"
    table.delete_item(TableName="locks", Key={"LockID": {"S": "state-bucket/env"}})
    lock()
    table.delete_table(TableName="locks")
    s3.delete_object(Bucket="state-bucket", Key="env/terraform.tfstate")
    s3.delete_bucket(Bucket="state-bucket")
