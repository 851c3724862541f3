"""Types of scaling, alarms, images, logs and identities through our own engine: made, changed in place, imported, taken away."""
import json
import re
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT
from test_terraform import Root, plugins

STACK = ROOT / "tests/system/stacks/types_more"


class Stack:
    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder

    def run(self, *words, code=0):
        done = subprocess.run([PROGRAM, "--data-dir", self.daemon.folder, *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, f"landfall {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def fails(self, *words):
        """What is said of it."""
        done = subprocess.run([PROGRAM, "--data-dir", self.daemon.folder, *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 1, f"landfall {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stderr

    def plan(self, *words):
        """What an apply would do, by address."""
        said = self.run("plan", *words)
        return {address: verb for address, verb in re.findall(r"# (\S+) (?:will be|must be) (created|updated in-place|replaced|destroyed)", said)}

    def apply(self, *words):
        """An apply, after which nothing is left to change. What it did, by address."""
        changes = self.plan(*words)
        self.run("apply", "-auto-approve", *words)
        self.run("plan", "-detailed-exitcode", *words)
        return changes

    def state(self):
        return json.loads((self.folder / "terraform.tfstate").read_text())

    def attributes(self, type_name, name, index=0):
        return next(r["instances"][index]["attributes"] for r in self.state()["resources"] if r["mode"] == "managed" and (r["type"], r["name"]) == (type_name, name))


@pytest.fixture
def stack(own, tmp_path):
    for file in STACK.glob("*.tf"):
        shutil.copy(file, tmp_path)
    return Stack(own, tmp_path)


def of(changes, type_name):
    return {address.partition(".")[2]: actions for address, actions in changes.items() if address.startswith(type_name + ".")}


def nothing_is_left(daemon):
    def all_of(service, call, member, **given):
        return getattr(daemon.client(service), call)(**given)[member]

    assert all_of("application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs") == []
    assert all_of("application-autoscaling", "describe_scaling_policies", "ScalingPolicies", ServiceNamespace="ecs") == []
    assert all_of("application-autoscaling", "describe_scheduled_actions", "ScheduledActions", ServiceNamespace="ecs") == []
    assert all_of("cloudwatch", "describe_alarms", "MetricAlarms") == []
    assert all_of("ecr", "describe_repositories", "repositories") == []
    assert all_of("logs", "describe_log_groups", "logGroups") == []
    for call, member in [("list_users", "Users"), ("list_groups", "Groups"), ("list_roles", "Roles"), ("list_instance_profiles", "InstanceProfiles")]:
        assert all_of("iam", call, member) == []
    assert all_of("iam", "list_policies", "Policies", Scope="Local") == []
    assert all_of("elbv2", "describe_load_balancers", "LoadBalancers") == []
    assert all_of("route53", "list_hosted_zones", "HostedZones") == []


def imports(stack):
    """Addresses and the ids that the provider's documentation gives for their import."""
    key = stack.attributes("aws_iam_access_key", "k")["id"]
    other = stack.attributes("aws_iam_role", "other")["id"]
    policy = stack.attributes("aws_iam_policy", "p")["arn"]
    prefixed = stack.attributes("aws_iam_user_policy", "p")["id"]
    target = "ecs/service/c/web/ecs:service:DesiredCount"
    return {
        "aws_appautoscaling_target.web": target,
        "aws_appautoscaling_policy.cpu": target + "/cpu",
        "aws_appautoscaling_policy.steps": target + "/steps",
        "aws_appautoscaling_policy.custom": target + "/custom",
        "aws_cloudwatch_metric_alarm.busy": "busy",
        "aws_cloudwatch_metric_alarm.share": "share",
        "aws_ecr_lifecycle_policy.p": "team/web",
        "aws_ecr_repository_policy.p": "team/web",
        "aws_cloudwatch_log_stream.s[0]": "/ecs/web:stream0",
        "aws_iam_user.u": "someone",
        "aws_iam_group.fixed": "fixed",
        "aws_iam_user_policy.p": prefixed,
        "aws_iam_group_policy.p": "fixed:own",
        "aws_iam_user_policy_attachment.p": "someone/arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        "aws_iam_group_policy_attachment.p": f"fixed/{policy}",
        "aws_iam_role_policy_attachment.r": f"{other}/{policy}",
        "aws_iam_user_group_membership.m": "second/more0/more1",
        "aws_iam_instance_profile.p": "profile",
        "aws_iam_access_key.k": key,
    }


def test_every_argument_changes_in_place_and_nothing_is_left(stack):
    made = stack.apply()
    assert set(made.values()) == {"created"}
    same = json.loads(stack.run("output", "-json", "same"))
    assert {name: answers for name, answers in same.items() if not all(answers)} == {}
    key = stack.attributes("aws_iam_access_key", "k")
    assert key["id"].startswith("AKIA") and key["secret"] and key["ses_smtp_password_v4"]
    assert stack.attributes("aws_appautoscaling_target", "web")["id"] == "service/c/web"
    assert stack.attributes("aws_appautoscaling_scheduled_action", "night")["id"] == "night-ecs-service/c/web"
    assert len(stack.attributes("aws_appautoscaling_policy", "cpu")["alarm_arns"]) == 2

    changed = stack.apply("-var", "changed=true")
    assert {address: actions for address, actions in changed.items() if actions != "updated in-place"} == {}
    assert len(of(changed, "aws_appautoscaling_policy")) == 3 and len(of(changed, "aws_cloudwatch_metric_alarm")) == 2
    alarm = stack.daemon.client("cloudwatch").describe_alarms(AlarmNames=["busy"])["MetricAlarms"][0]
    assert (alarm["Threshold"], alarm["Statistic"], alarm["Period"], alarm["TreatMissingData"], alarm["ActionsEnabled"]) == (0, "Maximum", 120, "notBreaching", False)
    action = stack.daemon.client("application-autoscaling").describe_scheduled_actions(ServiceNamespace="ecs")["ScheduledActions"][0]
    assert (action["Timezone"], action.get("StartTime"), action["ScalableTargetAction"]) == ("Europe/Berlin", None, {"MaxCapacity": 3})
    assert stack.attributes("aws_iam_user", "renamed")["id"] == "after"

    back = stack.apply()
    assert set(back) == set(changed) and set(back.values()) == {"updated in-place"}

    known = imports(stack)
    for address in known:
        stack.run("state", "rm", address)
    (stack.folder / "imports.tf").write_text("".join(f'import {{\n  to = {address}\n  id = "{identity}"\n}}\n' for address, identity in known.items()))
    said = stack.run("plan")
    assert said.count(" will be imported ") == len(known) and stack.plan() == {}
    stack.apply()

    stack.run("destroy", "-auto-approve")
    nothing_is_left(stack.daemon)


def test_more_than_five_versions_of_a_policy(stack):
    for file in stack.folder.glob("*.tf"):
        file.unlink()
    (stack.folder / "main.tf").write_text('variable "n" {}\nresource "aws_iam_policy" "p" {\n  name = "p"\n  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Action = "s3:*", Effect = "Allow", Resource = "arn:aws:s3:::${var.n}" }] })\n}\n')
    for n in range(7):
        stack.apply("-var", f"n={n}")
    stack.run("destroy", "-auto-approve", "-var", "n=7")
    nothing_is_left(stack.daemon)


@pytest.mark.parametrize("text, message", [
    ('resource "aws_cloudwatch_metric_alarm" "a" {\n  alarm_name = "a"\n  comparison_operator = "GreaterThanThreshold"\n  evaluation_periods = 1\n  metric_name = "m"\n  namespace = "n"\n  period = 60\n}', "One of `statistic` or `extended_statistic` must be set for a cloudwatch metric alarm"),
    ('resource "aws_cloudwatch_metric_alarm" "a" {\n  alarm_name = "a"\n  comparison_operator = "Above"\n  evaluation_periods = 1\n}', "expected comparison_operator to be one of"),
    ('resource "aws_appautoscaling_policy" "p" {\n  name = "p"\n  policy_type = "Magic"\n  resource_id = "service/c/s"\n  scalable_dimension = "ecs:service:DesiredCount"\n  service_namespace = "ecs"\n}', "expected policy_type to be one of"),
    ('resource "aws_iam_access_key" "k" {\n  user = "u"\n  pgp_key = "keybase:me"\n}', "pgp_key"),
    ('resource "aws_iam_policy_attachment" "p" {\n  name = "p"\n  policy_arn = "arn:aws:iam::aws:policy/AdministratorAccess"\n}', "No Users, Roles, or Groups specified for IAM Policy Attachment p"),
    ('variable "w" {\n  default = "w"\n}\nresource "aws_lb" "l" {\n  name = "${var.w}-abcdefghijklmnopqrstuvwxyz-abcde"\n}', "expected name to have at most 32 characters, found 34"),
    ('resource "aws_alb_target_group" "g" {\n  name = "under_score"\n}', "expected name to have letters, digits and hyphens only"),
    ('resource "aws_lb_target_group" "g" {\n  name_prefix = "service-"\n}', "expected name_prefix to have at most 6 characters"),
    ('resource "aws_ecr_repository_policy" "p" {\n  repository = "r"\n  policy = "{"\n}', "JSON"),
])
def test_wrong_arguments_are_told_before_anything_is_made(stack, text, message):
    for file in stack.folder.glob("*.tf"):
        file.unlink()
    (stack.folder / "main.tf").write_text(text)
    done = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "plan"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and message in " ".join(done.stderr.split()), done.stderr


OLD = '''
resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }] })
}
resource "aws_iam_instance_profile" "p" {
  name  = "p"
  roles = [aws_iam_role.r.name]
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_ecs_cluster" "c" {
  name = "c"
}
resource "aws_ecs_task_definition" "t" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  container_definitions    = jsonencode([{ name = "web", image = "busybox" }])
}
resource "aws_ecs_service" "s" {
  name            = "s"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  launch_type     = "FARGATE"
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
}
resource "aws_appautoscaling_target" "t" {
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.c.name}/${aws_ecs_service.s.name}"
  scalable_dimension = "ecs:service:DesiredCount"
  role_arn           = aws_iam_role.r.arn
  min_capacity       = 0
  max_capacity       = 2
}
resource "aws_appautoscaling_policy" "p" {
  name                    = "p"
  service_namespace       = "ecs"
  resource_id             = aws_appautoscaling_target.t.resource_id
  scalable_dimension      = "ecs:service:DesiredCount"
  adjustment_type         = "ChangeInCapacity"
  cooldown                = var.cooldown
  metric_aggregation_type = "Average"
  step_adjustment {
    metric_interval_lower_bound = "0.0"
    scaling_adjustment          = -1
  }
}
variable "cooldown" {
  default = 60
}
data "aws_iam_role" "r" {
  role_name = aws_iam_role.r.id
}
data "aws_iam_policy" "managed" {
  name = "AmazonECSTaskExecutionRolePolicy"
}
output "managed" {
  value = data.aws_iam_policy.managed.arn
}
output "id" {
  value = data.aws_iam_role.r.role_id == aws_iam_role.r.unique_id
}
'''


def test_forms_of_old_provider_versions_and_what_means_the_same(stack):
    for file in stack.folder.glob("*.tf"):
        file.unlink()
    (stack.folder / "main.tf").write_text(OLD)
    stack.apply()
    assert stack.run("output", "id").strip() == "true"
    assert stack.run("output", "-raw", "managed") == "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
    assert stack.apply("-var", "cooldown=90") == {"aws_appautoscaling_policy.p": "updated in-place"}
    stack.run("destroy", "-auto-approve")
    nothing_is_left(stack.daemon)


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_terraform_reads_our_state_and_agrees(stack):
    stack.apply()
    root = Root(stack.daemon, stack.folder)
    root.init()
    root.run("plan", "-detailed-exitcode", "-parallelism=30")
    root.run("plan", "-out", "planned", "-var", "changed=true", "-parallelism=30")
    shown = subprocess.run(["terraform", "show", "-json", "planned"], cwd=stack.folder, env=root.environment, check=True, capture_output=True, text=True).stdout
    words = {("create",): "created", ("update",): "updated in-place", ("delete", "create"): "replaced", ("delete",): "destroyed"}
    theirs = {change["address"]: words[tuple(change["change"]["actions"])] for change in json.loads(shown)["resource_changes"] if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]}
    assert stack.plan("-var", "changed=true") == theirs
    root.run("apply", "-auto-approve", "-parallelism=30", "-var", "changed=true")
    stack.run("plan", "-detailed-exitcode", "-var", "changed=true")
    root.run("destroy", "-auto-approve", "-parallelism=30")
    nothing_is_left(stack.daemon)


DEPLOYED = '''
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_ecs_cluster" "c" {
  name = "deployed"
}
resource "aws_ecs_task_definition" "t" {
  family                   = "deployed"
  cpu                      = 256
  memory                   = %d
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "x" }])
}
resource "aws_ecs_service" "s" {
  name                  = "deployed"
  cluster               = aws_ecs_cluster.c.id
  task_definition       = aws_ecs_task_definition.t.arn
  desired_count         = 0
  launch_type           = "FARGATE"
  wait_for_steady_state = true
  deployment_controller {
    type = "CODE_DEPLOY"
  }
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
  lifecycle {
    ignore_changes = [%s]
  }
}
'''


def test_a_service_that_codedeploy_deploys_keeps_its_revision(own, tmp_path):
    stack = Stack(own, tmp_path)
    (stack.folder / "main.tf").write_text(DEPLOYED % (512, "task_definition"))
    stack.apply()
    assert stack.plan() == {} and stack.attributes("aws_ecs_service", "s")["deployment_controller"] == [{"type": "CODE_DEPLOY"}]
    (stack.folder / "main.tf").write_text(DEPLOYED % (1024, "task_definition"))
    assert stack.apply() == {"aws_ecs_task_definition.t": "replaced"}
    (stack.folder / "main.tf").write_text(DEPLOYED % (1024, ""))
    done = subprocess.run([PROGRAM, "--data-dir", own.folder, "apply", "-auto-approve"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "Unable to update task definition on services with a CODE_DEPLOY deployment controller." in done.stderr
    assert "ignore_changes = [task_definition, load_balancer]" in stack.run("why", "apply")
    stack.run("destroy", "-auto-approve")
