"""--inert all: arguments and values that carried types refuse are recorded, told, and sent to nobody."""
import pytest

from conftest import session_of_today
from test_types_storage import Root

NETWORK = '''
resource "aws_vpc" "v" {
  cidr_block                       = "10.61.0.0/16"
  assign_generated_ipv6_cidr_block = true
}
resource "aws_subnet" "s" {
  vpc_id     = aws_vpc.v.id
  cidr_block = "10.61.1.0/24"
}
resource "aws_internet_gateway" "g" {
  vpc_id = aws_vpc.v.id
}
'''

STORAGE = '''
resource "aws_kms_key" "k" {}
resource "aws_efs_file_system" "f" {}
resource "aws_cloudwatch_log_group" "l" {
  name       = "inert-arguments"
  kms_key_id = aws_kms_key.k.arn
}
resource "aws_s3_bucket" "b" {
  bucket_prefix = "inert-arguments"
  force_destroy = true
  acl           = "public-read"
  lifecycle_rule {
    id      = "a"
    enabled = true
    expiration {
      days = 3
    }
  }
  lifecycle_rule {
    id      = "b"
    enabled = false
  }
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm     = "aws:kms"
        kms_master_key_id = aws_kms_key.k.arn
      }
    }
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "b" {
  bucket = aws_s3_bucket.b.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "aws:kms"
    }
  }
}
'''

CONTAINERS = '''
resource "aws_ecs_cluster" "c" {
  name = "inert-arguments"
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
  configuration {
    managed_storage_configuration {
      kms_key_id = "alias/k"
    }
  }
}
resource "aws_ecs_task_definition" "t" {
  family                   = "inert-arguments"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions = jsonencode([{
    name          = "a"
    image         = "x"
    restartPolicy         = { enabled = true }
    repositoryCredentials = { credentialsParameter = "arn:aws:secretsmanager:us-west-2:000000000000:secret:x" }
    mountPoints           = [{ sourceVolume = "efs", containerPath = "/d" }]
  }])
  volume {
    name = "efs"
    efs_volume_configuration {
      file_system_id = aws_efs_file_system.f.id
      authorization_config {
        iam = "ENABLED"
      }
    }
  }
  volume {
    name = "plain"
  }
}
resource "aws_ecs_service" "s" {
  name            = "inert-arguments"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 0
  launch_type     = "FARGATE"
  alarms {
    alarm_names = ["busy"]
    enable      = true
    rollback    = true
  }
  vpc_lattice_configurations {
    role_arn         = "arn:aws:iam::000000000000:role/lattice"
    target_group_arn = "arn:aws:vpc-lattice:us-west-2:000000000000:targetgroup/tg-1"
    port_name        = "http"
  }
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
}
'''

ROUTES = '''
resource "aws_route_table" "t" {
  vpc_id = aws_vpc.v.id
  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.g.id
  }
  route {
    cidr_block         = "10.99.0.0/16"
    transit_gateway_id = aws_ec2_transit_gateway.p.id
  }
}
resource "aws_ec2_transit_gateway" "p" {}
resource "aws_route_table" "other" {
  vpc_id = aws_vpc.v.id
}
resource "aws_route" "peer" {
  route_table_id         = aws_route_table.other.id
  destination_cidr_block = "10.98.0.0/16"
  transit_gateway_id     = aws_ec2_transit_gateway.p.id
}
resource "aws_route53_zone" "z" {
  name          = "inert-arguments.test"
  force_destroy = true
}
resource "aws_route53_record" "r" {
  for_each       = { blue = 90, green = 10 }
  zone_id        = aws_route53_zone.z.zone_id
  name           = "www"
  type           = "CNAME"
  ttl            = 60
  records        = ["${each.key}.test"]
  set_identifier = each.key
  cidr_routing_policy {
    collection_id = "places"
    location_name = tostring(each.value)
  }
}
'''


class InertRoot(Root):
    def run(self, *words, code=0):
        takes_inert = words[0] in ("validate", "plan", "apply", "destroy")
        return super().run(*words, *(["--inert", "all"] if takes_inert else []), code=code)


@pytest.fixture
def root(shared, tmp_path):
    return InertRoot(shared, tmp_path)


def is_told(shown, *lines):
    return [line for line in lines if f"  {line}: inert: not run\n" not in shown]


def test_without_inert_they_are_refused_by_name(shared, tmp_path):
    root = Root(shared, tmp_path)
    root.refuse(NETWORK, "assign_generated_ipv6_cidr_block", "does not support it yet, and --inert all would record it without effect")
    root.refuse('resource "aws_ecs_cluster" "c" {\n  name = "c"\n  configuration {\n    managed_storage_configuration {\n      kms_key_id = "k"\n    }\n  }\n}\n', "managed_storage_configuration", "--inert all would record it")
    root.refuse('resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n', "acl")


def test_arguments_of_storage_are_recorded_and_told(root):
    shown = root.apply(STORAGE, "3 added")
    assert is_told(shown, "aws_cloudwatch_log_group.l: kms_key_id", "aws_s3_bucket.b: acl", "aws_kms_key.k",
                   "aws_s3_bucket.b: server_side_encryption_configuration.rule.apply_server_side_encryption_by_default.sse_algorithm",
                   "aws_s3_bucket_server_side_encryption_configuration.b") == []
    assert "cors_rule: inert" not in shown
    rules = root.values("aws_s3_bucket.b")["lifecycle_rule"]
    assert [r["id"] for r in rules] == ["a", "b"] and rules[0]["expiration"][0]["days"] == 3
    assert root.values("aws_s3_bucket_server_side_encryption_configuration.b")["id"].startswith("inert-")
    shown = root.apply(STORAGE.replace("days = 3", "days = 4"), "1 changed")
    assert root.values("aws_s3_bucket.b")["lifecycle_rule"][0]["expiration"][0]["days"] == 4
    bucket = root.values("aws_s3_bucket.b")["id"]
    assert [(r["ID"], r["Expiration"]) for r in root.daemon.client("s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]] == [("a", {"Days": 4})]
    root.destroy()


def test_what_fargate_does_not_do_here_is_recorded_and_the_rest_is_made(root):
    shown = root.apply(NETWORK + CONTAINERS + 'resource "aws_efs_file_system" "f" {}\n')
    assert is_told(shown, "aws_ecs_cluster.c: configuration.managed_storage_configuration", "aws_ecs_task_definition.t: container_definitions", "aws_ecs_task_definition.t: volume.efs_volume_configuration.file_system_id",
                   "aws_ecs_task_definition.t: volume.efs_volume_configuration.authorization_config.iam", "aws_ecs_service.s: alarms", "aws_ecs_service.s: vpc_lattice_configurations",
                   "aws_vpc.v: assign_generated_ipv6_cidr_block", "aws_efs_file_system.f") == []
    assert "repositoryCredentials" in root.values("aws_ecs_task_definition.t")["container_definitions"]
    ecs = root.daemon.client("ecs", session=session_of_today())
    definition = ecs.describe_task_definition(taskDefinition="inert-arguments")["taskDefinition"]
    assert sorted(v["name"] for v in definition["volumes"]) == ["efs", "plain"] and "repositoryCredentials" not in definition["containerDefinitions"][0]
    assert definition["containerDefinitions"][0]["restartPolicy"] == {"enabled": True}
    service = ecs.describe_services(cluster="inert-arguments", services=["inert-arguments"])["services"][0]
    assert service["deploymentController"] == {"type": "ECS"}
    assert ecs.describe_clusters(clusters=["inert-arguments"], include=["SETTINGS"])["clusters"][0]["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    root.destroy()


def test_a_thing_that_a_refused_argument_decides_is_not_made(root):
    shown = root.apply(NETWORK + ROUTES)
    assert is_told(shown, "aws_route_table.t: route", "aws_route.peer", 'aws_route53_record.r["blue"]', 'aws_route53_record.r["green"]') == []
    assert root.values("aws_route.peer")["id"].startswith("inert-")
    ec2 = root.daemon.client("ec2")
    routes = ec2.describe_route_tables(RouteTableIds=[root.values("aws_route_table.t")["id"]])["RouteTables"][0]["Routes"]
    assert sorted(r["DestinationCidrBlock"] for r in routes) == ["0.0.0.0/0", "10.61.0.0/16"]
    # What decides is taken away: now it is made.
    plain = ROUTES.replace("  transit_gateway_id     = aws_ec2_transit_gateway.p.id\n}\nresource \"aws_route53", "  gateway_id = aws_internet_gateway.g.id\n}\nresource \"aws_route53")
    assert plain != ROUTES
    root.apply(NETWORK + plain, "1 added")
    assert not root.values("aws_route.peer")["id"].startswith("inert-")
    root.destroy()


def test_a_region_may_stand_at_every_resource_and_timeouts_may_be_dynamic(root):
    text = '''
    variable "region" {
      default = null
    }
    resource "aws_vpc" "v" {
      region     = var.region
      cidr_block = "10.62.0.0/16"
      dynamic "timeouts" {
        for_each = [{ create = "5m" }]
        content {
          create = timeouts.value.create
        }
      }
    }
    data "aws_caller_identity" "c" {}
    data "aws_vpc" "v" {
      region = var.region
      id     = aws_vpc.v.id
    }
    '''
    root.apply(text, "1 added")
    root.run("plan", "-detailed-exitcode", "-var", "region=us-west-2")
    assert "makes a resource in the region of its provider, which is \"us-west-2\"; found \"eu-west-1\"" in root.run("plan", "-var", "region=eu-west-1", code=1)
    root.destroy()
    root.refuse('resource "terraform_data" "d" {\n  region = "us-west-2"\n}\n', 'An argument named "region" is not expected here')


CAPACITY = '''
variable "weight" {
  default = 1
}
resource "aws_ecs_cluster" "c" {
  name = "capacity-strategies"
}
resource "aws_ecs_cluster_capacity_providers" "p" {
  cluster_name       = aws_ecs_cluster.c.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = 1
    weight            = 100
  }
}
resource "aws_ecs_cluster" "old" {
  name               = "capacity-strategies-old"
  capacity_providers = ["FARGATE"]
  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
  }
}
resource "aws_ecs_task_definition" "t" {
  family                   = "capacity-strategies"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "x" }])
}
resource "aws_ecs_service" "own" {
  name                 = "own"
  cluster              = aws_ecs_cluster.c.id
  task_definition      = aws_ecs_task_definition.t.arn
  desired_count        = 0
  force_new_deployment = true
  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = 3
  }
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = var.weight
    base              = 1
  }
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
  depends_on = [aws_ecs_cluster_capacity_providers.p]
}
resource "aws_ecs_service" "by_default" {
  name            = "by-default"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 0
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
  depends_on = [aws_ecs_cluster_capacity_providers.p]
}
'''


def test_services_take_capacity_provider_strategies(root):
    if "`capacityProviderStrategy.*`" not in root.daemon.run("support").stdout:
        pytest.skip("the endpoint's CreateService takes no capacityProviderStrategy")
    root.apply(NETWORK + CAPACITY)
    service = root.daemon.client("ecs").describe_services(cluster="capacity-strategies", services=["own"])["services"][0]
    assert sorted((s["capacityProvider"], s["weight"], s["base"]) for s in service["capacityProviderStrategy"]) == [("FARGATE", 1, 1), ("FARGATE_SPOT", 3, 0)]
    root.apply(NETWORK + CAPACITY, "1 changed", weight=2)
    root.destroy(weight=2)


BALANCER = NETWORK + '''
resource "aws_subnet" "other" {
  vpc_id               = aws_vpc.v.id
  cidr_block           = "10.61.2.0/24"
  availability_zone_id = "usw2-az2"
}
resource "aws_lb" "b" {
  name            = "inert-arguments"
  internal        = true
  ip_address_type = "dualstack"
  subnets         = [aws_subnet.s.id, aws_subnet.other.id]
  access_logs {
    bucket  = aws_s3_bucket.logs.bucket
    enabled = LOGGED
  }
}
resource "aws_s3_bucket" "logs" {
  bucket        = "inert-arguments-logs"
  force_destroy = true
}
resource "aws_lb_listener" "l" {
  load_balancer_arn = aws_lb.b.arn
  port              = 80
  default_action {
    type = "fixed-response"
    fixed_response {
      content_type = "text/plain"
      status_code  = "200"
    }
  }
}
'''


def test_a_balancer_with_an_inert_argument_is_made_with_its_access_logs(root):
    shown = root.apply(BALANCER.replace("LOGGED", "true"))
    assert is_told(shown, "aws_lb.b: ip_address_type") == [] and "access_logs" not in shown.partition("no effect")[2]
    arn = root.values("aws_lb.b")["arn"]
    told = {a["Key"]: a["Value"] for a in root.daemon.client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
    assert (told["access_logs.s3.enabled"], told["access_logs.s3.bucket"]) == ("true", "inert-arguments-logs")
    assert root.values("aws_lb.b")["access_logs"][0]["enabled"] and root.values("aws_lb.b")["arn"].startswith("arn:aws:elasticloadbalancing:")
    root.apply(BALANCER.replace("LOGGED", "false"))
    root.destroy()


NEEDING = '''
resource "aws_cloudfront_distribution" "d" {}
resource "aws_instance" "i" {}
resource "aws_route53_zone" "z" {
  name = "needing.test"
}
resource "aws_route53_record" "www" {
  zone_id = aws_route53_zone.z.zone_id
  name    = "www"
  type    = "A"
  alias {
    name                   = aws_cloudfront_distribution.d.domain_name
    zone_id                = aws_cloudfront_distribution.d.hosted_zone_id
    evaluate_target_health = false
  }
}
resource "aws_lb_target_group" "t" {
  name     = "needing"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.v.id
}
resource "aws_lb_target_group_attachment" "t" {
  target_group_arn = aws_lb_target_group.t.arn
  target_id        = aws_instance.i.id
}
'''

GATEWAY_BALANCER = '''
resource "aws_lb" "n" {
  name               = "needing"
  load_balancer_type = "gateway"
  subnets            = [aws_subnet.s.id]
}
resource "aws_lb_target_group" "n" {
  name        = "needing-geneve"
  port        = 6081
  protocol    = "GENEVE"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
  health_check {
    protocol = "TCP"
  }
}
resource "aws_lb_listener" "n" {
  load_balancer_arn = aws_lb.n.arn
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.n.arn
  }
}
resource "aws_ecs_cluster" "c" {
  name = "needing"
}
resource "aws_ecs_task_definition" "t" {
  family                   = "needing"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "x", portMappings = [{ containerPort = 80 }] }])
}
resource "aws_ecs_service" "s" {
  name            = "needing"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 0
  launch_type     = "FARGATE"
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.n.arn
    container_name   = "a"
    container_port   = 80
  }
}
output "url" {
  value = "http://${aws_lb.n.dns_name}"
}
'''


def test_what_needs_a_thing_that_is_not_made_is_recorded_too(root):
    shown = root.apply(NETWORK + NEEDING)
    assert is_told(shown, "aws_route53_record.www", "aws_lb_target_group_attachment.t", "aws_cloudfront_distribution.d", "aws_instance.i") == []
    assert root.values("aws_route53_record.www")["id"].startswith("inert-")
    assert not root.values("aws_lb_target_group.t")["id"].startswith("inert-")
    root.destroy()


def test_a_gateway_load_balancer_and_all_of_it_is_recorded_and_its_service_is_made_without_it(root):
    shown = root.apply(NETWORK + GATEWAY_BALANCER)
    assert is_told(shown, "aws_lb.n", "aws_lb_target_group.n", "aws_lb_listener.n", "aws_ecs_service.s: load_balancer.target_group_arn") == []
    assert ".inert.invalid" in root.values("aws_lb.n")["dns_name"]
    service = root.daemon.client("ecs").describe_services(cluster="needing", services=["needing"])["services"][0]
    assert service["status"] == "ACTIVE" and service["loadBalancers"] == []
    root.destroy()


SWITCHED = '''
resource "aws_lb_target_group" "t" {
  for_each    = toset(["blue", "green"])
  name        = "inert-${each.key}"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.v.id
}
resource "aws_lb_listener_rule" "r" {
  listener_arn = aws_lb_listener.l.arn
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.t["blue"].arn
  }
  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
resource "aws_ecs_cluster" "c" {
  name = "inert-switched"
}
resource "aws_ecs_task_definition" "t" {
  family                   = "inert-switched"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  container_definitions    = jsonencode([{ name = "a", image = "x", portMappings = [{ containerPort = 80 }] }])
}
resource "aws_ecs_service" "s" {
  name            = "inert-switched"
  cluster         = aws_ecs_cluster.c.id
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = 0
  launch_type     = "FARGATE"
  network_configuration {
    subnets = [aws_subnet.s.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.t["blue"].arn
    container_name   = "a"
    container_port   = 80
    advanced_configuration {
      alternate_target_group_arn = aws_lb_target_group.t["green"].arn
      production_listener_rule   = aws_lb_listener_rule.r.arn
      role_arn                   = "arn:aws:iam::000000000000:role/r"
    }
  }
  deployment_configuration {
    strategy = "BLUE_GREEN"
  }
}
'''


def test_an_inert_block_in_a_block_that_is_carried_is_no_change(root):
    shown = root.apply(BALANCER.replace("LOGGED", "false") + SWITCHED)
    assert is_told(shown, "aws_ecs_service.s: deployment_configuration", "aws_ecs_service.s: load_balancer.advanced_configuration") == []
    service = root.daemon.client("ecs").describe_services(cluster="inert-switched", services=["inert-switched"])["services"][0]
    assert [b["containerName"] for b in service["loadBalancers"]] == ["a"]
    root.destroy()
