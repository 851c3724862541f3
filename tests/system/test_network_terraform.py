"""Network load balancers in Terraform: our engine and the real provider make, change and destroy the same stack."""
import json
import shutil
import subprocess

import pytest

from conftest import PROGRAM
from test_endpoint import code_of
from test_terraform import Root, nothing_is_left, plugins

STACK = '''
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
provider "aws" {
  region = "us-west-2"
}
variable "changed" {
  default = false
}
resource "aws_vpc" "v" {
  cidr_block = "10.60.0.0/16"
}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
resource "aws_subnet" "s" {
  count             = 2
  vpc_id            = aws_vpc.v.id
  cidr_block        = "10.60.${count.index}.0/24"
  availability_zone = "us-west-2${count.index == 0 ? "a" : "b"}"
}
resource "aws_security_group" "nlb" {
  vpc_id = aws_vpc.v.id
}
resource "aws_eip" "e" {
  count  = 2
  domain = "vpc"
}
resource "aws_lb" "outer" {
  name                             = "outer"
  load_balancer_type               = "network"
  enable_cross_zone_load_balancing = !var.changed
  dynamic "subnet_mapping" {
    for_each = aws_subnet.s
    content {
      subnet_id     = subnet_mapping.value.id
      allocation_id = aws_eip.e[subnet_mapping.key].id
    }
  }
  depends_on = [aws_internet_gateway.g]
}
resource "aws_lb" "inner" {
  name                                                         = "inner"
  internal                                                     = true
  load_balancer_type                                           = "network"
  security_groups                                              = [aws_security_group.nlb.id]
  enforce_security_group_inbound_rules_on_private_link_traffic = var.changed ? "off" : "on"
  subnet_mapping {
    subnet_id            = aws_subnet.s[0].id
    private_ipv4_address = "10.60.0.77"
  }
}
resource "aws_lb_target_group" "tcp" {
  name                   = "tcp"
  port                   = 5432
  protocol               = "TCP"
  target_type            = "ip"
  vpc_id                 = aws_vpc.v.id
  deregistration_delay   = var.changed ? 20 : 10
  connection_termination = true
  proxy_protocol_v2      = var.changed
  preserve_client_ip     = var.changed
  stickiness {
    type    = "source_ip"
    enabled = !var.changed
  }
  target_health_state {
    enable_unhealthy_connection_termination = var.changed
  }
  health_check {
    protocol = "TCP"
    interval = var.changed ? 20 : 10
  }
}
resource "aws_lb_target_group" "plain" {
  name        = "plain"
  port        = 80
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_target_group" "checked" {
  name        = "checked"
  port        = 80
  protocol    = "TCP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
  health_check {
    protocol = "HTTP"
    path     = "/health"
    matcher  = "200-299"
  }
}
resource "aws_lb_listener" "tcp" {
  load_balancer_arn        = aws_lb.outer.arn
  port                     = 5432
  protocol                 = "TCP"
  tcp_idle_timeout_seconds = var.changed ? 120 : 60
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.tcp.arn
  }
}
resource "aws_route53_zone" "z" {
  name = "nlb.test"
}
resource "aws_acm_certificate" "c" {
  domain_name       = "nlb.test"
  validation_method = "DNS"
}
resource "aws_route53_record" "v" {
  zone_id = aws_route53_zone.z.zone_id
  name    = tolist(aws_acm_certificate.c.domain_validation_options)[0].resource_record_name
  type    = "CNAME"
  ttl     = 60
  records = [tolist(aws_acm_certificate.c.domain_validation_options)[0].resource_record_value]
}
resource "aws_acm_certificate_validation" "c" {
  certificate_arn         = aws_acm_certificate.c.arn
  validation_record_fqdns = [aws_route53_record.v.fqdn]
}
resource "aws_lb_listener" "tls" {
  load_balancer_arn = aws_lb.outer.arn
  port              = 443
  protocol          = "TLS"
  certificate_arn   = aws_acm_certificate_validation.c.certificate_arn
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  alpn_policy       = var.changed ? "HTTP2Optional" : "HTTP2Preferred"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.plain.arn
  }
}
resource "aws_lb_listener" "inner" {
  load_balancer_arn = aws_lb.inner.arn
  port              = 80
  protocol          = "TCP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.checked.arn
  }
}
resource "aws_route53_record" "alias" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "nlb.test"
  type    = "A"
  alias {
    name                   = aws_lb.outer.dns_name
    zone_id                = aws_lb.outer.zone_id
    evaluate_target_health = true
  }
}
data "aws_lb" "outer" {
  arn = aws_lb.outer.arn
}
output "told" {
  value = [data.aws_lb.outer.load_balancer_type, data.aws_lb.outer.dns_name == aws_lb.outer.dns_name, length(data.aws_lb.outer.subnet_mapping)]
}
'''


class Ours:
    """The same words through our engine."""

    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder

    def run(self, *words, code=0):
        done = subprocess.run([PROGRAM, "--data-dir", self.daemon.folder, *words], cwd=self.folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, f"landfall {' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def init(self):
        pass

    def apply(self, *words):
        self.run("apply", "-auto-approve", *words)
        self.run("plan", "-detailed-exitcode", *words)


@pytest.mark.parametrize("engine", ["ours", "provider"])
def test_network_load_balancers_are_made_changed_in_place_and_destroyed(own, tmp_path, engine):
    if engine == "provider" and (not shutil.which("terraform") or not plugins()):
        pytest.skip("terraform or its AWS provider is not installed")
    (tmp_path / "main.tf").write_text(STACK)
    root = (Root if engine == "provider" else Ours)(own, tmp_path)
    root.init()
    root.apply()
    elb = own.client("elbv2")
    balancers = {b["LoadBalancerName"]: b for b in elb.describe_load_balancers()["LoadBalancers"]}
    assert {name: b["Type"] for name, b in balancers.items()} == {"outer": "network", "inner": "network"}
    assert balancers["inner"]["AvailabilityZones"][0]["LoadBalancerAddresses"][0]["PrivateIPv4Address"] == "10.60.0.77"
    assert len({z["LoadBalancerAddresses"][0]["AllocationId"] for z in balancers["outer"]["AvailabilityZones"]}) == 2
    held = next(a for a in own.client("ec2").describe_addresses()["Addresses"] if a.get("AssociationId"))
    assert code_of(own.client("ec2").disassociate_address, AssociationId=held["AssociationId"])[0] == "AuthFailure", "a node keeps its Elastic IP"
    groups = lambda: {g["TargetGroupName"]: g for g in elb.describe_target_groups()["TargetGroups"]}
    attributes = lambda name: {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=groups()[name]["TargetGroupArn"])["Attributes"]}
    assert attributes("tcp")["stickiness.enabled"] == "true" and attributes("tcp")["preserve_client_ip.enabled"] == "false"
    assert (groups()["checked"]["HealthCheckPath"], groups()["checked"]["Matcher"]) == ("/health", {"HttpCode": "200-299"})
    assert groups()["plain"]["HealthCheckProtocol"] == "TCP"
    assert json.loads((tmp_path / "terraform.tfstate").read_text())["outputs"]["told"]["value"] == ["network", True, 2]
    before = {g["TargetGroupArn"] for g in groups().values()} | {b["LoadBalancerArn"] for b in balancers.values()}

    root.apply("-var", "changed=true")
    assert before == {g["TargetGroupArn"] for g in groups().values()} | {b["LoadBalancerArn"] for b in elb.describe_load_balancers()["LoadBalancers"]}, "all in place"
    told = attributes("tcp")
    assert (told["proxy_protocol_v2.enabled"], told["preserve_client_ip.enabled"], told["target_health_state.unhealthy.connection_termination.enabled"], told["deregistration_delay.timeout_seconds"]) == ("true", "true", "true", "20")
    tls = next(l for l in elb.describe_listeners(LoadBalancerArn=balancers["outer"]["LoadBalancerArn"])["Listeners"] if l["Protocol"] == "TLS")
    assert tls["AlpnPolicy"] == ["HTTP2Optional"]
    cross_zone = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=balancers["outer"]["LoadBalancerArn"])["Attributes"]}["load_balancing.cross_zone.enabled"]
    assert cross_zone == "false"
    root.run("destroy", "-auto-approve", "-var", "changed=true")
    nothing_is_left(own)
