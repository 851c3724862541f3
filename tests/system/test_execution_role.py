"""With --enforce-iam, ECS does for a task what the task's execution role may, and takes only roles that trust it."""
import json
import subprocess

import pytest

from conftest import REGION, ROOT, a_daemon, wait_until

IMAGE = f"000000000000.dkr.ecr.{REGION}.amazonaws.com/web:v1"
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}]})


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image")
    subprocess.run(["gcc", "-O2", "-static", "-s", "-pthread", "-o", folder / "web", ROOT / "examples/web/web.c"], check=True)
    subprocess.run([ROOT / "tools/make-image", folder / "web.tar", "--binary", folder / "web", "--port", "80"], check=True, capture_output=True)
    with a_daemon("--enforce-iam") as daemon:
        daemon.run("image", "push", folder / "web.tar", "web:v1")
        daemon.client("ecs").create_cluster(clusterName="c")
        daemon.client("logs").create_log_group(logGroupName="/app")
        iam = daemon.client("iam")
        for name in ("execution", "task"):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
        yield daemon


def run(daemon, secrets=()):
    """A task's end, or that it runs; and what `why` says of it first."""
    ecs, ec2 = daemon.client("ecs"), daemon.client("ec2")
    logs = {"logDriver": "awslogs", "options": {"awslogs-group": "/app", "awslogs-region": REGION, "awslogs-stream-prefix": "s"}}
    made = ecs.register_task_definition(family="f", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512", executionRoleArn="arn:aws:iam::000000000000:role/execution", taskRoleArn="arn:aws:iam::000000000000:role/task",
                                        containerDefinitions=[{"name": "web", "image": IMAGE, "logConfiguration": logs, "secrets": list(secrets)}])["taskDefinition"]
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    task = ecs.run_task(cluster="c", taskDefinition=made["taskDefinitionArn"], launchType="FARGATE", networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "assignPublicIp": "ENABLED"}})["tasks"][0]["taskArn"]
    state = lambda: ecs.describe_tasks(cluster="c", tasks=[task])["tasks"][0]
    wait_until(lambda: state()["lastStatus"] in ("RUNNING", "STOPPED"), "the task runs or is over", 40)
    if state()["lastStatus"] == "RUNNING":
        ecs.stop_task(cluster="c", task=task)
        return "RUNNING", None
    findings = daemon.why(task.rsplit("/", 1)[1])["findings"]
    return state()["stoppedReason"], findings[0] if findings else None


def test_a_role_that_does_not_trust_ecs_is_not_taken(guarded):
    iam = guarded.client("iam")
    iam.attach_role_policy(RoleName="execution", PolicyArn=EXECUTION)
    for name in ("execution", "task"):
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("ecs.amazonaws.com"))
        reason, finding = run(guarded)
        assert reason.startswith(f"ECS was unable to assume the role 'arn:aws:iam::000000000000:role/{name}' that was provided for this task.")
        assert (finding["code"], finding["cause"], finding["attribute"]) == ("Task.RoleNotAssumable", f"arn:aws:iam::000000000000:role/{name}", "assume_role_policy")
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("ecs-tasks.amazonaws.com"))
    assert run(guarded) == ("RUNNING", None)
    iam.detach_role_policy(RoleName="execution", PolicyArn=EXECUTION)


def test_what_the_execution_role_may_not_is_told(guarded):
    iam = guarded.client("iam")
    reason, finding = run(guarded)
    assert "unable to retrieve ecr registry auth" in reason and "assumed-role/execution/" in reason and "ecr:GetAuthorizationToken on resource: *" in reason
    assert (finding["code"], finding["cause"], finding["attribute"]) == ("Task.RoleDenied", "arn:aws:iam::000000000000:role/execution", "policy")
    allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="execution", PolicyName="p", PolicyDocument=json.dumps(allow))
    reason, finding = run(guarded)
    assert reason.startswith("ResourceInitializationError: failed to validate logger args") and "logs:CreateLogStream" in reason
    allow["Statement"].append({"Effect": "Allow", "Action": "logs:*", "Resource": f"arn:aws:logs:{REGION}:000000000000:log-group:/app:*"})
    iam.put_role_policy(RoleName="execution", PolicyName="p", PolicyDocument=json.dumps(allow))
    assert run(guarded) == ("RUNNING", None)
    allow["Statement"][0]["Action"] = "ecr:GetAuthorizationToken"
    iam.put_role_policy(RoleName="execution", PolicyName="p", PolicyDocument=json.dumps(allow))
    reason, finding = run(guarded)
    assert reason.startswith("CannotPullContainerError") and "403 Forbidden" in reason and "ecr:BatchGetImage" in finding["sentence"]
    iam.delete_role_policy(RoleName="execution", PolicyName="p")


def test_a_secret_is_read_by_the_execution_role_not_by_the_task_role(guarded):
    iam = guarded.client("iam")
    secret = guarded.client("secretsmanager").create_secret(Name="key", SecretString="x")["ARN"]
    guarded.client("ssm").put_parameter(Name="/app/key", Value="y", Type="SecureString")
    secrets = [{"name": "A", "valueFrom": secret}, {"name": "B", "valueFrom": "/app/key"}]
    iam.attach_role_policy(RoleName="execution", PolicyArn=EXECUTION)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["secretsmanager:GetSecretValue", "ssm:GetParameters"], "Resource": "*"}]})
    iam.put_role_policy(RoleName="task", PolicyName="p", PolicyDocument=policy)
    reason, finding = run(guarded, secrets)
    assert f"failed to fetch secret {secret} from secrets manager: AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/execution/" in reason
    assert (finding["code"], finding["cause"]) == ("Task.RoleDenied", "arn:aws:iam::000000000000:role/execution") and "the task role arn:aws:iam::000000000000:role/task may" in finding["sentence"]
    only = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}]})
    iam.put_role_policy(RoleName="execution", PolicyName="p", PolicyDocument=only)
    reason, finding = run(guarded, secrets)
    assert "unable to retrieve secrets from ssm" in reason and f"arn:aws:ssm:{REGION}:000000000000:parameter/app/key" in reason
    iam.put_role_policy(RoleName="execution", PolicyName="p", PolicyDocument=policy)
    assert run(guarded, secrets) == ("RUNNING", None)
