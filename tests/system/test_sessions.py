"""STS: temporary credentials, what limits them, and what is refused."""
import json
import uuid

import boto3
import pytest
from botocore.exceptions import ClientError

from conftest import REGION, a_daemon

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"AWS": "*"}}]})
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ECR_ONLY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:Describe*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def guarded():
    with a_daemon("--enforce-iam") as daemon:
        yield daemon


@pytest.fixture
def role(guarded):
    iam, name = guarded.client("iam"), "r-" + uuid.uuid4().hex[:8]
    made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, MaxSessionDuration=7200)["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=json.dumps(ALL))
    return made


def refused(call, code, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def with_credentials(daemon, service, credentials):
    return boto3.client(service, region_name=REGION, endpoint_url=f"http://127.0.0.1:{daemon.port}", aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials["SessionToken"])


def test_a_session_policy_limits_what_the_role_may(guarded, role):
    sts = guarded.client("sts")
    whole = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="whole")
    assert "PackedPolicySize" not in whole
    with_credentials(guarded, "ecs", whole["Credentials"]).list_clusters()
    some = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="some", Policy=json.dumps(ECR_ONLY))
    assert some["PackedPolicySize"] > 0 and some["AssumedRoleUser"]["AssumedRoleId"] == role["RoleId"] + ":some"
    with_credentials(guarded, "ecr", some["Credentials"]).describe_repositories()
    assert "no session policy allows the ecs:ListClusters action" in refused(with_credentials(guarded, "ecs", some["Credentials"]).list_clusters, "AccessDeniedException")


def test_a_federated_user_may_what_its_policy_says(guarded):
    sts = guarded.client("sts")
    bob = sts.get_federation_token(Name="bob", Policy=json.dumps(ECR_ONLY), DurationSeconds=900)
    assert bob["FederatedUser"] == {"FederatedUserId": "000000000000:bob", "Arn": "arn:aws:sts::000000000000:federated-user/bob"}
    assert with_credentials(guarded, "sts", bob["Credentials"]).get_caller_identity()["UserId"] == "000000000000:bob"
    with_credentials(guarded, "ecr", bob["Credentials"]).describe_repositories()
    refused(with_credentials(guarded, "ecs", bob["Credentials"]).list_clusters, "AccessDeniedException")
    nobody = sts.get_federation_token(Name="nobody")
    refused(with_credentials(guarded, "ecr", nobody["Credentials"]).describe_repositories, "AccessDeniedException")
    refused(with_credentials(guarded, "sts", bob["Credentials"]).get_federation_token, "AccessDenied", Name="x2")


def test_session_tags_are_conditions_and_go_on(guarded, role):
    iam = guarded.client("iam")
    iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="all")
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "a"}}}
    iam.put_role_policy(RoleName=role["RoleName"], PolicyName="team", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    sts = guarded.client("sts")
    for value, may in (("a", True), ("b", False)):
        session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="tagged", Tags=[{"Key": "team", "Value": value}], TransitiveTagKeys=["team"])
        ecs = with_credentials(guarded, "ecs", session["Credentials"])
        ecs.list_clusters() if may else refused(ecs.list_clusters, "AccessDeniedException")
        if may:
            chained = with_credentials(guarded, "sts", session["Credentials"])
            again = chained.assume_role(RoleArn=role["Arn"], RoleSessionName="again")
            with_credentials(guarded, "ecs", again["Credentials"]).list_clusters()
            assert "conflicts with a transitive tag key" in refused(chained.assume_role, "InvalidParameterValue", RoleArn=role["Arn"], RoleSessionName="again", Tags=[{"Key": "TEAM", "Value": "b"}])
            assert "role chaining" in refused(chained.assume_role, "ValidationError", RoleArn=role["Arn"], RoleSessionName="again", DurationSeconds=3601)


@pytest.mark.parametrize("change, code, text", [
    ({"RoleArn": "nothing-valid-in-here"}, "ValidationError", "nothing-valid-in-here is invalid"),
    ({"RoleSessionName": "Session1:2"}, "ValidationError", r"1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"),
    ({"RoleSessionName": "s" * 65}, "ValidationError", f"1 validation error detected: Value '{'s' * 65}' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64"),
    ({"DurationSeconds": 7201}, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
    ({"Policy": "{"}, "MalformedPolicyDocument", None),
    ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, "InvalidParameterValue", "Duplicate tag keys found. Please note that Tag keys are case insensitive."),
    ({"TransitiveTagKeys": ["a"]}, "InvalidParameterValue", "The specified transitive tag key must be included in the requested tags."),
])
def test_sessions_that_are_refused(guarded, role, change, code, text):
    message = refused(guarded.client("sts").assume_role, code, **({"RoleArn": role["Arn"], "RoleSessionName": "session"} | change))
    assert text is None or message == text


def test_other_refusals(guarded):
    sts = guarded.client("sts")
    refused(sts.decode_authorization_message, "InvalidAuthorizationMessageException", EncodedMessage="abc")
