"""More forms that public stacks use: certificates of a DNS elsewhere, prefix lists, write-only values, what 0.11 took for blocks."""
import json
import subprocess

import pytest

from conftest import PROGRAM, wait_until
from test_types_more import Stack


@pytest.fixture
def stack(own, tmp_path):
    return Stack(own, tmp_path)


def write(stack, text, name="main.tf"):
    (stack.folder / name).write_text(text)


CERTIFICATE = '''
resource "aws_acm_certificate" "c" {
  domain_name               = "www.elsewhere.example"
  subject_alternative_names = ["api.elsewhere.example"]
  validation_method         = "DNS"
}
resource "cloudflare_record" "validation" {
  for_each = { for o in aws_acm_certificate.c.domain_validation_options : o.domain_name => o }
  zone_id  = "z"
  name     = each.value.resource_record_name
  content  = each.value.resource_record_value
  type     = each.value.resource_record_type
}
resource "aws_acm_certificate_validation" "v" {
  certificate_arn         = aws_acm_certificate.c.arn
  validation_record_fqdns = [for record in cloudflare_record.validation : record.%s]
}
output "status" {
  value = aws_acm_certificate_validation.v.certificate_arn
}
'''


@pytest.mark.parametrize("name", ["hostname", "name"])
def test_a_certificate_whose_records_are_in_a_dns_that_is_only_recorded(stack, name):
    write(stack, CERTIFICATE % name)
    acm = stack.daemon.client("acm")
    said = stack.run("apply", "-auto-approve", "--inert", "all")
    arn = stack.run("output", "-raw", "status")
    assert f"{arn}: inert: issued without its validation records" in said
    assert 'cloudflare_record.validation["www.elsewhere.example"]: inert: not run' in said
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    stack.run("plan", "-detailed-exitcode", "--inert", "all")
    stack.run("destroy", "-auto-approve", "--inert", "all")
    # Where a zone of the account has the name, its records decide.
    stack.daemon.client("route53").create_hosted_zone(Name="elsewhere.example", CallerReference="1")
    if name == "hostname":
        done = subprocess.run([PROGRAM, "--data-dir", stack.daemon.folder, "apply", "-auto-approve", "--inert", "all"], cwd=stack.folder, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and "missing www.elsewhere.example DNS validation record" in done.stderr
        assert [c["Status"] for c in acm.list_certificates(CertificateStatuses=["PENDING_VALIDATION"])["CertificateSummaryList"]] in (["PENDING_VALIDATION"], [None])
        stack.run("destroy", "-auto-approve", "--inert", "all")


def test_a_certificate_of_a_dns_elsewhere_is_confirmed_by_hand(stack):
    acm = stack.daemon.client("acm")
    arn = acm.request_certificate(DomainName="www.elsewhere.example", ValidationMethod="DNS")["CertificateArn"]
    stack.daemon.run("confirm-certificate", arn)
    wait_until(lambda: acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED", "the certificate is issued")


def test_write_only_values_go_to_the_cloud_and_nowhere_else(stack):
    text = '''
resource "aws_ssm_parameter" "p" {
  name             = "/p"
  type             = "SecureString"
  value_wo         = "%s"
  value_wo_version = %d
}
resource "aws_secretsmanager_secret" "s" {
  name                    = "s"
  recovery_window_in_days = 0
}
resource "aws_secretsmanager_secret_version" "s" {
  secret_id                = aws_secretsmanager_secret.s.id
  secret_string_wo         = "%s"
  secret_string_wo_version = %d
}
'''
    ssm, secrets = stack.daemon.client("ssm"), stack.daemon.client("secretsmanager")
    value = lambda: (ssm.get_parameter(Name="/p", WithDecryption=True)["Parameter"]["Value"], secrets.get_secret_value(SecretId="s")["SecretString"])
    write(stack, text % ("first-secret", 1, "first-secret", 1))
    stack.apply()
    assert value() == ("first-secret", "first-secret")
    write(stack, text % ("other-secret", 1, "other-secret", 1))
    stack.run("plan", "-detailed-exitcode")  # only its version says that there is another value
    write(stack, text % ("other-secret", 2, "other-secret", 2))
    assert stack.apply() == {"aws_ssm_parameter.p": "updated in-place", "aws_secretsmanager_secret_version.s": "replaced"}
    assert value() == ("other-secret", "other-secret")
    assert "-secret" not in (stack.folder / "terraform.tfstate").read_text()
    stack.run("destroy", "-auto-approve")


def test_no_color_at_every_command_and_a_folder_as_the_last_word(stack):
    (stack.folder / "infra").mkdir()
    write(stack, 'variable "n" {}\nresource "aws_cloudwatch_log_group" "g" {\n  name = "${var.n}"\n}\n', "infra/main.tf")
    write(stack, 'n = "g"\n', "values.tfvars")
    stack.run("init", "-no-color", "-get-plugins=true", "infra")
    stack.run("validate", "-no-color", "-check-variables=false", "infra")
    stack.run("plan", "-no-color", "-var-file=values.tfvars", "-out=kept.plan", "infra")
    assert (stack.folder / "kept.plan").exists()
    stack.run("apply", "-no-color", "-auto-approve", "-var-file=values.tfvars", "infra")
    inside = ["--chdir", "infra"]
    assert "aws_cloudwatch_log_group" in stack.run(*inside, "state", "show", "-no-color", "aws_cloudwatch_log_group.g")
    assert stack.run(*inside, "state", "list", "-no-color").strip() == "aws_cloudwatch_log_group.g"
    for words in (["workspace", "list"], ["workspace", "show"], ["providers"], ["version"], ["graph"]):
        stack.run(*inside, *words, "-no-color")
    stack.run("destroy", "-force", "-var-file=values.tfvars", "infra")
    assert stack.run("-chdir=infra", "state", "list") == ""


def test_what_modules_ask_of_networks_without_ipv6(stack):
    write(stack, '''
resource "aws_vpc" "v" {
  cidr_block = "10.0.0.0/16"
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.0.0.0/24"
}
output "all" {
  value = [aws_vpc.v.ipv6_association_id, aws_subnet.s.ipv6_cidr_block_association_id]
}
''')
    stack.apply()
    assert json.loads(stack.run("output", "-json", "all")) == ["", ""]
    stack.run("destroy", "-auto-approve")


def test_maps_and_lists_of_maps_stand_for_blocks_in_0_11(stack):
    (stack.folder / "m").mkdir()
    write(stack, '''
variable "health_check" {
  type = "map"
}
variable "vpc_id" {}
variable "create" {
  default = true
}
variable "words" {
  default = {}
}
resource "aws_lb_target_group" "t" {
  count        = "${var.create ? 1 : 0}"
  vpc_id       = "${var.vpc_id}"
  port         = "80"
  protocol     = "HTTP"
  target_type  = "ip"
  health_check = ["${var.health_check}"]
}
data "null_data_source" "words" {
  count = "${var.create * 2}"
  inputs = {
    name  = "${element(keys(var.words), count.index)}"
    value = "${element(values(var.words), count.index)}"
  }
}
output "json" {
  value = "${jsonencode(data.null_data_source.words.*.outputs)}"
}
output "arn" {
  value = "${element(concat(aws_lb_target_group.t.*.arn, list("")), 0)}"
}
''', "m/main.tf")
    write(stack, '''
data "aws_vpc" "d" {
  default = "true"
}
data "aws_subnet_ids" "d" {
  vpc_id = "${data.aws_vpc.d.id}"
}
resource "aws_lb" "l" {
  name    = "l"
  subnets = ["${data.aws_subnet_ids.d.ids}"]
}
module "m" {
  source = "./m"
  vpc_id = "${data.aws_vpc.d.id}"
  health_check {
    path = "/health"
    port = "traffic-port"
  }
  words {
    A = "1"
    B = "2"
  }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = "${aws_lb.l.arn}"
  port              = "80"
  default_action = {
    type             = "forward"
    target_group_arn = "${module.m.arn}"
  }
}
resource "aws_lb_listener_rule" "r" {
  listener_arn = "${aws_lb_listener.l.arn}"
  action = [
    {
      type             = "forward"
      target_group_arn = "${module.m.arn}"
    },
  ]
  condition {
    field  = "path-pattern"
    values = ["${list("/a")}"]
  }
}
output "json" {
  value = "${module.m.json}"
}
''')
    stack.apply()
    assert json.loads(stack.run("output", "-raw", "json")) == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    group = stack.daemon.client("elbv2").describe_target_groups()["TargetGroups"][0]
    assert group["HealthCheckPath"] == "/health"
    stack.run("destroy", "-auto-approve")


LISTS = '''
data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}
data "aws_ec2_managed_prefix_list" "s3" {
  name = "com.amazonaws.us-west-2.s3"
}
data "aws_vpc" "d" {
  default = true
}
resource "aws_security_group" "g" {
  name = "g"
  ingress {
    from_port       = 80
    to_port         = 80
    protocol        = "tcp"
    prefix_list_ids = [data.aws_ec2_managed_prefix_list.cloudfront.id]
    description     = "from CloudFront"
  }
}
resource "aws_security_group" "h" {
  name = "h"
}
resource "aws_security_group_rule" "r" {
  security_group_id = aws_security_group.h.id
  type              = "egress"
  from_port         = 443
  to_port           = 443
  protocol          = "tcp"
  prefix_list_ids   = [data.aws_ec2_managed_prefix_list.%s.id]
}
resource "aws_vpc_security_group_egress_rule" "r" {
  security_group_id = aws_security_group.h.id
  ip_protocol       = "udp"
  from_port         = 53
  to_port           = 53
  prefix_list_id    = data.aws_ec2_managed_prefix_list.%s.id
}
'''


def test_rules_of_groups_name_prefix_lists(stack):
    ec2 = stack.daemon.client("ec2")
    lists = {l["PrefixListName"]: l["PrefixListId"] for l in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    cloudfront, s3 = lists["com.amazonaws.global.cloudfront.origin-facing"], lists["com.amazonaws.us-west-2.s3"]

    def there():
        rules = ec2.describe_security_group_rules()["SecurityGroupRules"]
        return sorted((r["IpProtocol"], r["PrefixListId"]) for r in rules if r.get("PrefixListId"))
    write(stack, LISTS % ("s3", "s3"))
    stack.apply()
    assert there() == sorted([("tcp", cloudfront), ("tcp", s3), ("udp", s3)])
    assert stack.attributes("aws_security_group", "g")["ingress"][0]["prefix_list_ids"] == [cloudfront]
    write(stack, LISTS % ("cloudfront", "cloudfront"))
    assert stack.apply() == {"aws_security_group_rule.r": "replaced", "aws_vpc_security_group_egress_rule.r": "updated in-place"}
    assert there() == sorted([("tcp", cloudfront), ("tcp", cloudfront), ("udp", cloudfront)])
    stack.run("destroy", "-auto-approve")


def test_parameters_that_aws_publishes_are_made_up_with_inert_all(stack):
    write(stack, '''
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
}
resource "aws_instance" "bastion" {
  ami           = data.aws_ssm_parameter.image.value
  instance_type = "t3.micro"
}
output "image" {
  value = nonsensitive(aws_instance.bastion.ami)
}
''')
    stack.run("plan", "--inert", "aws_instance", code=1)
    said = stack.run("apply", "-auto-approve", "--inert", "all")
    assert "  data.aws_ssm_parameter.image: inert: not run\n" in said and "  aws_instance.bastion: inert: not run\n" in said
    assert stack.run("output", "-raw", "image").startswith("inert-")
    stack.run("plan", "-detailed-exitcode", "--inert", "all")
    stack.run("destroy", "-auto-approve", "--inert", "all")


def test_capacity_providers_go_when_the_services_that_have_them_are_gone(stack):
    write(stack, '''
data "aws_vpc" "d" {
  default = true
}
data "aws_subnets" "d" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.d.id]
  }
}
resource "aws_ecs_cluster" "c" {
  name = "c"
}
resource "aws_ecs_cluster_capacity_providers" "c" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}
resource "aws_ecs_task_definition" "t" {
  family                   = "t"
  cpu                      = "0.25 vCPU"
  memory                   = "0.5GB"
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "127.0.0.1:1/nowhere" }])
}
resource "aws_ecs_service" "s" {
  name            = "s"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 2
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
  network_configuration {
    subnets          = data.aws_subnets.d.ids
    assign_public_ip = true
  }
}
''')
    stack.apply()
    stack.run("destroy", "-auto-approve")
    assert stack.state()["resources"] == []


def test_protocols_and_actions_in_any_case(stack):
    write(stack, '''
data "aws_vpc" "d" {
  default = true
}
data "aws_subnets" "d" {
}
resource "aws_lb" "l" {
  name    = "l"
  subnets = data.aws_subnets.d.ids
}
resource "aws_lb_target_group" "t" {
  name             = "t"
  port             = 80
  protocol         = "HTTP"
  protocol_version = "http1"
  target_type      = "ip"
  vpc_id           = data.aws_vpc.d.id
  health_check {
    protocol = "http"
  }
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.l.arn
  port              = 80
  protocol          = "http"
  default_action {
    type             = "FORWARD"
    target_group_arn = aws_lb_target_group.t.arn
  }
}
''')
    stack.apply()
    stack.run("destroy", "-auto-approve")
