"""Certificates, load balancers and ECS services through the API, and what `why` says of refusals."""
import json
import subprocess
import time

import pytest

from conftest import REGION, session_of_today, wait_until
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
    wait_until(lambda: [f["code"] for f in shared.why(pending)["findings"]] == ["Certificate.NotValidated"], "it is told that the certificate is not validated")
    acm, arn = certificate_with_records(shared, ["site.test", "*.site.test"])
    wait_until(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")
    assert listen(arn)["Listeners"][0]["SslPolicy"] == "ELBSecurityPolicy-2016-08"
    assert code_of(acm.delete_certificate, CertificateArn=arn)[0] == "ResourceInUseException"
    acm.delete_certificate(CertificateArn=pending)


def test_a_certificate_leaves_with_its_key_if_that_was_asked_for(shared):
    acm, dns = shared.client("acm", session=session_of_today()), shared.client("route53")
    zone = dns.create_hosted_zone(Name="leaves.test", CallerReference="leaves" + str(shared.port))["HostedZone"]["Id"]
    ask = lambda **more: acm.request_certificate(DomainName="leaves.test", ValidationMethod="DNS", **more)["CertificateArn"]
    kept, arn = ask(), ask(Options={"Export": "ENABLED"})
    told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (told["KeyAlgorithm"], told["Subject"], told["KeyUsages"], told["Options"]["Export"]) == ("RSA-2048", "CN=leaves.test", [], "ENABLED")
    assert code_of(acm.export_certificate, CertificateArn=kept, Passphrase=b"open sesame")[0] == "ValidationException"
    assert code_of(acm.export_certificate, CertificateArn=arn, Passphrase=b"open sesame")[0] == "RequestInProgressException"
    record = told["DomainValidationOptions"][0]["ResourceRecord"]
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": {"Name": record["Name"], "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": record["Value"]}]}}]})
    wait_until(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")
    told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert [u["Name"] for u in told["KeyUsages"]] == ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"] and [u["OID"] for u in told["ExtendedKeyUsages"]] == ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]
    left = acm.export_certificate(CertificateArn=arn, Passphrase=b"open sesame")
    public = lambda *command, text: subprocess.run(["openssl", *command], input=text, capture_output=True, text=True).stdout
    assert left["PrivateKey"].startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert public("pkey", "-pubout", "-passin", "pass:open sesame", text=left["PrivateKey"]) == public("x509", "-noout", "-pubkey", text=left["Certificate"]) != ""
    assert public("pkey", "-pubout", "-passin", "pass:wrong", text=left["PrivateKey"]) == ""
    summary = next(c for c in acm.list_certificates()["CertificateSummaryList"] if c["CertificateArn"] == arn)
    assert (summary["Exported"], summary["ExtendedKeyUsages"]) == (True, ["TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"])

    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    assert code_of(acm.add_tags_to_certificate, CertificateArn=arn, Tags=[{"Key": "aws:x", "Value": "1"}]) == ("ValidationException", "AWS internal tags cannot be changed with this API")
    assert code_of(acm.add_tags_to_certificate, CertificateArn=arn, Tags=[{"Key": f"k{i}", "Value": ""} for i in range(49)])[0] == "TooManyTagsException"
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "other"}, {"Key": "b"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    mail = ask(DomainValidationOptions=[{"DomainName": "leaves.test", "ValidationDomain": "leaves.test"}])
    assert code_of(ask, DomainValidationOptions=[{"DomainName": "leaves.test", "ValidationDomain": "other.test"}])[0] == "InvalidDomainValidationOptionsException"
    for one in (kept, arn, mail):
        acm.delete_certificate(CertificateArn=one)


def test_what_is_made_again_with_the_same_settings_is_the_same(front):
    elb = front["elb"]
    again = lambda **other: elb.create_load_balancer(**{"Name": "front", "Subnets": front["subnets"][::-1], **other})["LoadBalancers"][0]["LoadBalancerArn"]
    assert again() == front["balancer"]
    assert code_of(again, Scheme="internal") == ("DuplicateLoadBalancerName", "A load balancer with the same name 'front' exists, but with different settings")
    group = lambda **other: elb.create_target_group(**{"Name": "prod", "Protocol": "HTTP", "Port": 80, "TargetType": "ip", "VpcId": front["vpc"], **other})["TargetGroups"][0]["TargetGroupArn"]
    assert group() == front["group"]
    assert code_of(group, Port=81) == ("DuplicateTargetGroupName", "A target group with the same name 'prod' exists, but with different settings")
    listen = lambda actions: elb.create_listener(LoadBalancerArn=front["balancer"], Protocol="HTTP", Port=80, DefaultActions=actions)["Listeners"][0]["ListenerArn"]
    assert listen(front["forward"]) == front["listener"]
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200", "ContentType": "text/plain"}}
    assert code_of(listen, [fixed]) == ("DuplicateListener", f"A listener already exists on this port for this load balancer '{front['balancer']}'")
    assert code_of(elb.delete_target_group, TargetGroupArn=front["group"]) == ("ResourceInUse", f"Target group '{front['group']}' is currently in use by a listener or a rule")
    fixed["FixedResponseConfig"]["ContentType"] = "text"
    assert code_of(listen, [fixed])[0] == "InvalidLoadBalancerAction"
    assert code_of(elb.add_tags, ResourceArns=[front["group"]], Tags=[{"Key": f"k{i}", "Value": ""} for i in range(51)])[0] == "TooManyTags"


def test_what_load_balancing_refuses_it_refuses_in_its_words(front):
    elb = front["elb"]
    invalid = lambda call, **arguments: code_of(call, **arguments)[1] if code_of(call, **arguments)[0] == "ValidationError" else code_of(call, **arguments)
    assert invalid(elb.describe_listeners) == "You must specify either listener ARNs or a load balancer ARN"
    assert invalid(elb.describe_rules) == "You must specify either listener rule ARNs or a listener ARN"
    group = dict(Name="g", Protocol="HTTP", Port=80, VpcId=front["vpc"])
    assert invalid(elb.create_target_group, Name="g", Protocol="HTTP") == "A port must be specified"
    assert invalid(elb.create_target_group, Name="g", Protocol="HTTP", Port=80) == "A VPC ID must be specified"
    assert invalid(elb.create_target_group, **group, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=6) == "Health check interval must be greater than the timeout."
    assert invalid(elb.create_target_group, **group, HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=5) == "Health check timeout '5' must be smaller than the interval '5'"
    for name in ("-name", "name-", "na--me"):
        assert "(?!.*--)(?!^-)(?!.*-$)" in invalid(elb.create_target_group, **{**group, "Name": name})
    cases = [({"Field": "host-header", "Values": ["x" * 129]}, "The 'host-header' value is too long; the limit is '128'"),
             ({"Field": "host-header", "Values": ["one", "two"]}, "The 'host-header' field contains too many values; the limit is '1'"),
             ({"Field": "path-pattern"}, "A condition value must be specified"),
             ({"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "x" * 41, "Values": ["y"]}}, "The 'HttpHeaderName' value is too long; the limit is '40'"),
             ({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["get"]}}, "The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore"),
             ({"Field": "http-request-method", "HttpRequestMethodConfig": {"Values": ["X" * 41]}}, "The 'http-request-method' value is too long; the limit is '40'"),
             ({"Field": "http-request-method"}, "A 'HttpRequestMethodConfig' must be specified with 'http-request-method'"),
             ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "x" * 129, "Value": "y"}]}}, "The 'Key' value is too long; the limit is '128'"),
             ({"Field": "query-string", "QueryStringConfig": {"Values": [{"Key": "x"}]}}, "A 'Value' must be specified in 'QueryStringKeyValuePair'"),
             ({"Field": "source-ip", "SourceIpConfig": {"Values": []}}, "A 'source-ip' value must be specified"),
             ({"Field": "source-ip"}, "A 'SourceIpConfig' must be specified with 'source-ip'")]
    for condition, message in cases:
        assert invalid(elb.create_rule, ListenerArn=front["listener"], Priority=7, Conditions=[condition], Actions=front["forward"]) == message


def test_quotas_of_load_balancing_have_their_codes_on_the_wire(front):
    elb, redirect = front["elb"], lambda **parts: [{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_302", **parts}}]
    make = lambda priority, actions: elb.create_rule(ListenerArn=front["listener"], Priority=priority, Conditions=[{"Field": "path-pattern", "Values": [f"/{priority}"]}], Actions=actions)
    rules = [make(priority, redirect(Host="elsewhere.test"))["Rules"][0]["RuleArn"] for priority in range(1, 101)]
    with pytest.raises(elb.exceptions.TooManyRulesException) as refused:
        make(101, front["forward"])
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Code"] == "TooManyRules"
    assert refused.value.response["Error"]["Message"] == f"The maximum number of rules on load balancer {front['balancer']} has been reached"
    elb.delete_rule(RuleArn=rules.pop())
    assert code_of(make, 101, redirect(Path="#{path}")) == ("InvalidLoadBalancerAction", "The Path parameter must be a valid path, should start with a '/', and may contain up to one of each of these placeholders: '#{path}', '#{host}', '#{port}'.")
    assert code_of(make, 101, redirect(Query="a=b")) == ("InvalidLoadBalancerAction", "The redirect configuration is not valid because it creates a loop.")
    make(101, redirect(Host="www.#{host}", Path="/#{host}/#{path}"))
    limits = {limit["Name"]: limit["Max"] for limit in elb.describe_account_limits()["Limits"]}
    assert limits["rules-per-application-load-balancer"] == "100" and limits["condition-wildcards-per-alb-rule"] == "5"


def test_a_load_balancer_s_address_is_no_target(shared, front):
    node = next(i for i in shared.client("ec2").describe_network_interfaces()["NetworkInterfaces"] if i["Description"].startswith("ELB app/front/"))
    front["elb"].register_targets(TargetGroupArn=front["group"], Targets=[{"Id": node["PrivateIpAddress"]}])
    health = front["elb"].describe_target_health(TargetGroupArn=front["group"])["TargetHealthDescriptions"][0]["TargetHealth"]
    assert health == {"State": "unused", "Reason": "Target.IpUnusable", "Description": "The IP address cannot be used as a target, as it is in use by a load balancer"}


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
