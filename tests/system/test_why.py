"""`landfall why` names the root cause of a fault: its address, attribute, file and line; and nothing on a healthy stack."""
import pathlib
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT, a_daemon, wait_until


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A daemon of this module's own, with the example's image."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run(["gcc", "-O2", "-static", "-s", "-pthread", "-o", folder / "web", ROOT / "examples/web/web.c"], check=True)
    subprocess.run([ROOT / "tools/make-image", folder / "web.tar", "--binary", folder / "web", "--port", "80"], check=True, capture_output=True)
    with a_daemon() as daemon:
        for name in ("web:v1", "matabit:latest"):
            daemon.run("image", "push", folder / "web.tar", name)
        yield daemon


class Dress:
    """A copy of a stack's files, applied. Faults are edits of its text; leaving a fault restores the text and applies it."""

    def __init__(self, daemon, source, folder, roots):
        self.daemon, self.folder = daemon, folder
        shutil.copytree(source, folder)
        self.roots = [folder / root for root in roots]
        self.pristine = {p: p.read_text() for p in folder.rglob("*") if p.suffix in (".tf", ".json")}
        daemon.run("up", *self.roots)

    def apply(self):
        for root in self.roots:
            done = subprocess.run([PROGRAM, "--data-dir", self.daemon.folder, "apply", "-auto-approve"], cwd=root, capture_output=True, text=True, timeout=20)
            if done.returncode != 0:
                break
        return done

    def edit(self, file, *changes):
        path = self.folder / file
        text = path.read_text()
        for old, new, *header in changes:
            start = text.index(header[0]) if header else 0
            end = text.index("\n}\n", start) + 1 if header else len(text)
            assert old in text[start:end], f"{file} does not hold {old!r}"
            text = text[:start] + text[start:end].replace(old, new, 1 if header else -1) + text[end:]
        path.write_text(text)

    def line_of(self, file, header):
        lines = (self.folder / file).read_text().splitlines()
        return next(i for i, line in enumerate(lines, 1) if line.startswith(header))

    def is_healthy(self):
        status = self.daemon.status()
        targets = [t for t in status["targets"] if t["state"] != "draining"]
        return status["steady"] and targets and all(t["state"] == "healthy" for t in targets) and not self.daemon.why()["findings"]

    def wait_healthy(self):
        try:
            wait_until(self.is_healthy, "the stack is healthy again and nothing is to be said", 60)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.daemon.run('status').stdout}\n{self.daemon.run('why').stdout}")

    def fault(self, *edits):
        return Fault(self, edits)


class Fault:
    """`with dress.fault((file, (old, new)), …) as fault:` the files are edited and applied; at the end they are as before."""

    def __init__(self, dress, edits):
        self.dress, self.edits = dress, edits

    def __enter__(self):
        for file, *changes in self.edits:
            self.dress.edit(file, *changes)
        self.applied = self.dress.apply()
        return self

    def __exit__(self, kind, *_):
        for path, text in self.dress.pristine.items():
            path.write_text(text)
        done = self.dress.apply()
        if kind is None:
            assert done.returncode == 0, done.stderr
            self.dress.wait_healthy()

    def first(self, question, seconds=40):
        """The first cause that the question gets, when it gets one."""
        findings = wait_until(lambda: self.dress.daemon.why(question)["findings"], f"why {question} knows a cause", seconds)
        return findings[0]

    def expect(self, code, address, attribute, file, header=None, asked=("",), seconds=40):
        """Each question gets this cause first. The header begins the line of the block that must change."""
        if header is None:
            kind, name = address.split("[")[0].rsplit(".", 2)[-2:]
            header = f'resource "{kind}" "{name}"'
        for question in asked:
            def is_first():
                findings = self.dress.daemon.why(question)["findings"]
                return findings and findings[0]["code"] == code and findings[0]["address"].split("[")[0] == address
            try:
                wait_until(is_first, f"why {question} says {code} about {address}", seconds)
            except AssertionError as error:
                raise AssertionError(f"{error}\napplied: {self.applied.stderr}\n{self.dress.daemon.run('why', *([question] if question else [])).stdout}\n{self.dress.daemon.run('status').stdout}")
            found = self.dress.daemon.why(question)["findings"][0]
            assert found["attribute"] == attribute
            assert (found["file"], found["line"]) == (str(self.dress.folder / file), self.dress.line_of(file, header))
            assert found["sentence"] and found["remedy"]
        return found


@pytest.fixture(scope="module")
def matabit(cloud, tmp_path_factory):
    """The example: two roots in the syntax of 0.11, joined by remote state. Health checks are made quicker."""
    source = tmp_path_factory.mktemp("source") / "matabit"
    shutil.copytree(ROOT / "examples/matabit", source)
    balancer = source / "ecs/load-balancer.tf"
    text = balancer.read_text().replace('interval            = "30"', 'interval            = "5"').replace('timeout             = "5"', 'timeout             = "2"')
    # A group that a listener uses can only be replaced by one of another name.
    text = text.replace('  name        = "target-group-ecs-prod"\n', '  name_prefix = "prod-"\n  lifecycle { create_before_destroy = true }\n')
    balancer.write_text(text)
    dress = Dress(cloud, source, tmp_path_factory.mktemp("stack") / "matabit", ["vpc", "ecs"])
    dress.wait_healthy()
    yield dress
    cloud.run("down", *dress.roots)


@pytest.fixture(scope="module")
def modern(cloud, tmp_path_factory):
    """One root in today's syntax: tests/data/stack_r."""
    dress = Dress(cloud, ROOT / "tests/data/stack_r", tmp_path_factory.mktemp("stack") / "r", ["."])
    dress.wait_healthy()
    yield dress
    cloud.run("down", *dress.roots)


def test_seed_1_target_type(matabit):
    group = '  lifecycle { create_before_destroy = true }\n  port        = "80"\n  protocol    = "HTTP"\n'
    with matabit.fault(("ecs/load-balancer.tf", (group + '  target_type = "ip"\n', group))) as fault:
        assert fault.applied.returncode == 1
        fault.expect("TargetGroup.TargetTypeInstance", "aws_alb_target_group.alb_target_group_prod", "target_type", "ecs/load-balancer.tf", asked=("apply", "service/matabit-prod-service"))


def test_seed_2_rule_order(matabit):
    rule = """
resource "aws_lb_listener_rule" "catchall" {
  listener_arn = "${aws_alb_listener.frontend_https.arn}"
  priority     = 5

  action {
    type             = "forward"
    target_group_arn = "${aws_alb_target_group.alb_target_group_prod.id}"
  }

  condition {
    field  = "path-pattern"
    values = ["/*"]
  }
}
"""
    with matabit.fault(("ecs/services.tf", ('resource "aws_ecs_service" "matabit-prod-service"', rule + '\nresource "aws_ecs_service" "matabit-prod-service"'))) as fault:
        assert fault.applied.returncode == 0, fault.applied.stderr
        fault.expect("Rule.Shadowed", "aws_lb_listener_rule.catchall", "priority", "ecs/services.tf", asked=("", "https://staging.matabit.org/"))
        assert matabit.daemon.why("https://www.matabit.org/")["findings"] == []


def test_seed_3_certificate(matabit):
    record = """
resource "aws_route53_record" "deep" {
  zone_id = "${data.terraform_remote_state.vpc.zone_id}"
  name    = "www.deep.matabit.org"
  type    = "A"

  alias {
    name                   = "${aws_lb.alb.dns_name}"
    zone_id                = "${aws_lb.alb.zone_id}"
    evaluate_target_health = true
  }
}
"""
    with matabit.fault(("ecs/outputs.tf", ('output "url"', record + 'output "url"'))) as fault:
        assert fault.applied.returncode == 0, fault.applied.stderr
        fault.expect("Certificate.NameNotCovered", "aws_acm_certificate.matabit", "subject_alternative_names", "vpc/dns.tf", asked=("", "https://www.deep.matabit.org/"))
        assert matabit.daemon.why("https://blog.staging.matabit.org/")["findings"] == []


def test_seed_4_no_way_out(matabit):
    # A table without inline routes keeps those that it has: only an empty list takes them away.
    route = """  route {
    cidr_block = "0.0.0.0/0"
    nat_gateway_id = "${aws_nat_gateway.gateway.id}"
  }
"""
    with matabit.fault(("vpc/nat.tf", (route, "  route = []\n")), ("ecs/task-definitions/prod.json", ('"matabit prod"', '"new"'))) as fault:
        assert fault.applied.returncode == 0, fault.applied.stderr
        fault.expect("Task.CannotReachRegistry", "aws_route_table.private-rt", "route", "vpc/nat.tf", asked=("service/matabit-prod-service", "deploy"))


def test_seed_5_container_name(matabit):
    with matabit.fault(("ecs/services.tf", ("matabit-prod-container", "matabit-staging-container"))) as fault:
        assert fault.applied.returncode == 1
        fault.expect("Service.ContainerNotInTaskDefinition", "aws_ecs_service.matabit-prod-service", "load_balancer.container_name", "ecs/services.tf", asked=("apply", "service/matabit-prod-service"))


def inside(kind, name, old, new):
    """An edit of the first place inside one resource of the stack's files."""
    file = {"aws_lb": "edge.tf", "aws_lb_target_group": "edge.tf"}.get(kind, "services.tf")
    return file, (old, new, f'resource "{kind}" "{name}"')


def knob(service, name, value):
    """An edit of the container's environment."""
    return inside("aws_ecs_task_definition", service, 'environment      = [', f'environment      = [{{ name = "{name}", value = "{value}" }}, ')


def container(service, text):
    return inside("aws_ecs_task_definition", service, "image            = local.image", text + "\n      image            = local.image")


ACL = """
resource "aws_network_acl" "private" {{
  vpc_id     = aws_vpc.main.id
  subnet_ids = [for s in aws_subnet.private : s.id]

  ingress {{
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 65535
  }}
  egress {{
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = {ports[0]}
    to_port    = {ports[1]}
  }}
}}

"""

FAULTS = {
    # network, while tasks start
    "no address of its own": ([("services.tf", ("subnets         = [for s in aws_subnet.private : s.id]", "subnets         = [for s in aws_subnet.public : s.id]", 'resource "aws_ecs_service" "prod"'))],
                              "Task.CannotReachRegistry", "aws_ecs_service.prod", "network_configuration.assign_public_ip", "services.tf", ("service/prod", "deploy")),
    "not associated": ([("network.tf", ('resource "aws_route_table_association" "private" {\n  for_each       = local.zones', 'resource "aws_route_table_association" "private" {\n  for_each       = {}')), knob("prod", "A", "1")],
                       "Task.CannotReachRegistry", "aws_route_table_association.private", "route_table_association", "network.tf", ("service/prod",)),
    "no egress": ([("network.tf", ("""    security_groups = [aws_security_group.alb.id]
  }

  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
""", """    security_groups = [aws_security_group.alb.id]
  }

  egress = []
""")), knob("prod", "A", "2")], "Task.CannotReachRegistry", "aws_security_group.task", "egress", "network.tf", ("service/prod",)),
    "no route": ([("network.tf", ("""  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.main.id
  }
""", "  route = []\n")), knob("prod", "A", "3")], "Task.CannotReachRegistry", "aws_route_table.private", "route", "network.tf", ("service/prod",)),
    "NAT in private": ([("network.tf", ('subnet_id     = aws_subnet.public["a"].id', 'subnet_id     = aws_subnet.private["a"].id')), knob("prod", "A", "4")], "Task.CannotReachRegistry", "aws_nat_gateway.main", "subnet_id", "network.tf", ("service/prod",)),
    "ACL forgets answers": ([("network.tf", ('resource "aws_security_group" "task"', ACL.format(ports=(443, 443)) + 'resource "aws_security_group" "task"'))],
                            "Target.NetworkAclRefuses", "aws_network_acl.private", "egress", "network.tf", ("service/prod", "https://www.example.test/")),
    "ACL forgets the pull's answers": ([("network.tf", ('resource "aws_security_group" "task"', ACL.replace("to_port    = 65535", "to_port    = 8080", 1).format(ports=(0, 65535)) + 'resource "aws_security_group" "task"')), knob("prod", "A", "7")],
                                       "Task.CannotReachRegistry", "aws_network_acl.private", "ingress", "network.tf", ("service/prod",)),
    # deployment
    "no room": ([knob("prod", "A", "5"), ("services.tf", ("desired_count                     = 2", "desired_count                     = 2\n  deployment_minimum_healthy_percent = 100\n  deployment_maximum_percent = 100", 'resource "aws_ecs_service" "prod"'))],
                "Service.DeploymentBlocked", "aws_ecs_service.prod", "deployment_minimum_healthy_percent, deployment_maximum_percent", "services.tf", ("service/prod", "deploy")),
    # health
    "task group": ([("network.tf", ("from_port       = 8080\n    to_port         = 8080", "from_port       = 80\n    to_port         = 80"))],
                   "Target.SecurityGroupRefuses", "aws_security_group.task", "ingress", "network.tf", ("service/prod", "https://www.example.test/")),
}

# By service: edits, code, kind of resource, attribute, file.
OWN = {
    "path": lambda s: ([inside("aws_lb_target_group", s, '"/healthz"', '"/none"'), knob(s, "ANSWER", "/none=404")], "Target.PathNotFound", "aws_lb_target_group", "health_check.path", "edge.tf"),
    "redirect": lambda s: ([knob(s, "HTTPS_ONLY", "1")], "Target.Redirected", "aws_lb_target_group", "health_check.path", "edge.tf"),
    "port": lambda s: ([inside("aws_lb_target_group", s, '"traffic-port"', '"80"')], "Target.WrongPort", "aws_lb_target_group", "health_check.port", "edge.tf"),
    "slow": lambda s: ([knob(s, "LATENCY", "3000")], "Target.TooSlow", "aws_lb_target_group", "health_check.timeout", "edge.tf"),
    "loopback": lambda s: ([knob(s, "LISTEN", "127.0.0.1")], "Target.ListensOnLoopback", "aws_ecs_task_definition", "application: listen address", "services.tf"),
    "other port": lambda s: ([inside("aws_ecs_task_definition", s, 'value = "8080"', 'value = "3000"')], "Target.ListensElsewhere", "aws_ecs_task_definition", "application: listen port", "services.tf"),
    "host": lambda s: ([knob(s, "HOST", "example.test")], "Target.HostRefused", "aws_ecs_task_definition", "application: host allow-list", "services.tf"),
    "grace": lambda s: ([knob(s, "START_DELAY", "60"), inside("aws_ecs_service", s, "grace_period_seconds = 30", "grace_period_seconds = 0")],
                        "Target.NotListeningYet", "aws_ecs_service", "health_check_grace_period_seconds", "services.tf"),
    "tag": lambda s: ([inside("aws_ecs_task_definition", s, "local.image", '"${local.image}-none"')], "Image.NotFound", "aws_ecs_task_definition", "container_definitions[web].image", "services.tf"),
    "command": lambda s: ([container(s, 'entryPoint = ["serve --port 8080"]')], "Container.NotStarted", "aws_ecs_task_definition", "container_definitions[web].entryPoint", "services.tf"),
    "setting": lambda s: ([knob(s, "NEEDS", "DATABASE_URL")], "Container.Exited", "aws_ecs_task_definition", "container_definitions[web]", "services.tf"),
    "memory": lambda s: ([knob(s, "EAT", "600")], "Container.OutOfMemory", "aws_ecs_task_definition", "memory", "services.tf"),
    "helper": lambda s: ([inside("aws_ecs_task_definition", s, "jsonencode([\n", 'jsonencode([\n    { name = "migrate", image = "000000000000.dkr.ecr.us-west-2.amazonaws.com/web:v1", entryPoint = ["/bin/web", "-print"], command = ["done"] },\n')],
                         "Container.HelperEnded", "aws_ecs_task_definition", "container_definitions[migrate].essential", "services.tf"),
    "container check": lambda s: ([container(s, 'healthCheck = { command = ["CMD-SHELL", "curl -f http://localhost:8080/healthz"], interval = 5, retries = 1 }')],
                                  "Container.HealthCheckCannotRun", "aws_ecs_task_definition", "container_definitions[web].healthCheck.command", "services.tf"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault(modern, name):
    edits, code, address, attribute, file, asked = FAULTS[name]
    with modern.fault(*edits) as fault:
        fault.expect(code, address, attribute, file, asked=asked)


CATCHALL = """
resource "aws_lb_listener_rule" "catchall" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 5

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.prod.arn
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
"""
API = CATCHALL.replace("catchall", "api").replace("= 5", "= 20").replace('["/*"]', '["/api"]').replace("target_group.prod", "target_group.staging")
STAGING_RULE = 'resource "aws_lb_listener_rule" "staging" {\n  listener_arn = aws_lb_listener.https.arn'
ALB_443 = """  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }

"""

@pytest.mark.parametrize("of_prod, of_staging", [("path", "loopback"), ("redirect", "other port"), ("port", "host"), ("slow", "grace"), ("tag", "command"), ("setting", "memory"), ("helper", "container check")])
def test_each_service_has_its_own(modern, of_prod, of_staging):
    """One fault in each service, told apart."""
    faults = {"prod": OWN[of_prod]("prod"), "staging": OWN[of_staging]("staging")}
    with modern.fault(*faults["prod"][0], *faults["staging"][0]) as fault:
        for service, (_, code, kind, attribute, file) in faults.items():
            fault.expect(code, f"{kind}.{service}", attribute, file, asked=(f"service/{service}", f"https://{'www' if service == 'prod' else 'staging'}.example.test/"))


TRAFFIC = {
    "order": ([("edge.tf", ('resource "aws_route53_zone"', CATCHALL + 'resource "aws_route53_zone"'))], "Rule.Shadowed", "aws_lb_listener_rule.catchall", "priority", "edge.tf", ("https://staging.example.test/", "")),
    "bare host": ([("edge.tf", ('values = ["staging.example.test", "*.staging.example.test"]', 'values = ["*.staging.example.test"]'))], "Rule.HostMissed", "aws_lb_listener_rule.staging", "condition.host_header", "edge.tf", ("https://staging.example.test", "")),
    "other listener": ([("edge.tf", (STAGING_RULE, STAGING_RULE.replace("https.arn", "http.arn")))], "Rule.OnOtherListener", "aws_lb_listener_rule.staging", "listener_arn", "edge.tf", ("https://staging.example.test/", "")),
    "exact path": ([("edge.tf", ('resource "aws_route53_zone"', API + 'resource "aws_route53_zone"'))], "Rule.PathMissed", "aws_lb_listener_rule.api", "condition.path_pattern", "edge.tf", ("https://www.example.test/api/users",)),
    "certificate": ([("edge.tf", ('["*.example.test", "*.staging.example.test"]', '["*.example.test"]'))], "Certificate.NameNotCovered", "aws_acm_certificate.site", "subject_alternative_names", "edge.tf", ("https://www.staging.example.test/", "")),
    "plain": ([("edge.tf", ('  protocol          = "HTTPS"\n  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"\n  certificate_arn   = aws_acm_certificate_validation.site.certificate_arn\n', '  protocol          = "HTTP"\n'))],
              "Listener.NotHttps", "aws_lb_listener.https", "protocol", "edge.tf", ("https://www.example.test/", "")),
    "port closed": ([("network.tf", (ALB_443, ""))], "SecurityGroup.ListenerPort", "aws_security_group.alb", "ingress 443", "network.tf", ("https://www.example.test/", "")),
    "one private": ([("edge.tf", ('aws_subnet.public["c"].id]', 'aws_subnet.private["c"].id]'))], "LoadBalancer.SubnetNotPublic", "aws_lb.main", "subnets", "edge.tf", ("https://www.example.test/", "")),
    "all private": ([("edge.tf", ("  subnets         = [aws_subnet.public", "  subnets         = [aws_subnet.private"), ('aws_subnet.public["b"].id, aws_subnet.public["c"]', 'aws_subnet.private["b"].id, aws_subnet.private["c"]'))],
                    "LoadBalancer.SubnetNotPublic", "aws_lb.main", "subnets", "edge.tf", ("https://www.example.test/", "")),
}


@pytest.mark.parametrize("name", TRAFFIC)
def test_traffic(modern, name):
    edits, code, address, attribute, file, asked = TRAFFIC[name]
    with modern.fault(*edits) as fault:
        assert fault.applied.returncode == 0, fault.applied.stderr
        fault.expect(code, address, attribute, file, asked=asked)


REFUSALS = {
    "container port": ([("services.tf", ("container_port   = 8080", "container_port   = 80", 'resource "aws_ecs_service" "prod"'))], "Service.ContainerPortNotMapped", "aws_ecs_service.prod", "load_balancer.container_port", "services.tf"),
    "size": ([("services.tf", ("cpu                      = 256", "cpu                      = 512", 'resource "aws_ecs_task_definition" "prod"'))], "Apply.ClientException", "aws_ecs_task_definition.prod", "cpu, memory", "services.tf"),
    "execution role": ([("services.tf", ("  execution_role_arn       = aws_iam_role.execution.arn\n", "", 'resource "aws_ecs_task_definition" "prod"'))], "Apply.ClientException", "aws_ecs_task_definition.prod", "execution_role_arn", "services.tf"),
    "priority": ([("edge.tf", ('resource "aws_route53_zone"', CATCHALL.replace("= 5", "= 10") + 'resource "aws_route53_zone"'))], "Apply.PriorityInUse", "aws_lb_listener_rule.catchall", "priority", "edge.tf"),
    "cycle": ([("network.tf", ("""  egress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
""", """  egress {
    from_port       = 0
    to_port         = 0
    protocol        = "-1"
    security_groups = [aws_security_group.task.id]
  }
""", 'resource "aws_security_group" "alb"'))], "Plan.Cycle", "aws_security_group.alb", "inline rules", "network.tf"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(modern, name):
    edits, code, address, attribute, file = REFUSALS[name]
    with modern.fault(*edits) as fault:
        assert fault.applied.returncode == 1
        fault.expect(code, address, attribute, file, asked=("apply", ""))


RULE = """
resource "aws_security_group_rule" "more" {
  type              = "ingress"
  from_port         = 8081
  to_port           = 8081
  protocol          = "tcp"
  cidr_blocks       = ["10.0.0.0/16"]
  security_group_id = aws_security_group.task.id
}
"""


def test_an_answer_slower_than_the_idle_timeout(modern):
    with modern.fault(inside("aws_lb", "main", '  name            = "main"', '  name            = "main"\n  idle_timeout    = 1')) as fault:
        daemon = modern.daemon
        address = daemon.status()["load_balancers"][0]["addresses"][0]
        asked = subprocess.run(["curl", "-sS", "-m", "10", "--noproxy", "*", "--cacert", daemon.folder / "ca/root.pem", "--resolve", f"www.example.test:443:{address}", "-w", "%{http_code}", "-o", "/dev/null", "https://www.example.test/slow?ms=3000"], capture_output=True, text=True)
        assert asked.stdout == "504", asked
        fault.expect("Requests.IdleTimeout", "aws_lb.main", "idle_timeout", "edge.tf", asked=("https://www.example.test/slow", ""))


def test_an_apply_takes_back_what_ci_deployed(modern):
    ecs = modern.daemon.client("ecs")
    service = ecs.describe_services(cluster="main", services=["prod"])["services"][0]
    known = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    arguments = ecs.meta.service_model.operation_model("RegisterTaskDefinition").input_shape.members
    newer = ecs.register_task_definition(**{k: v for k, v in known.items() if k in arguments})["taskDefinition"]
    ecs.update_service(cluster="main", service="prod", taskDefinition=newer["taskDefinitionArn"])
    modern.wait_healthy()
    assert modern.apply().returncode == 0
    for question in ("service/prod", "apply", ""):
        found = modern.daemon.why(question)["findings"][0]
        assert (found["code"], found["address"], found["attribute"]) == ("Ownership.RevisionLowered", "aws_ecs_service.prod", "task_definition")
    assert "root with Boto3 had chosen the newer revision" in found["sentence"]
    with modern.fault(knob("prod", "A", "9")):  # a newer one still: over
        modern.wait_healthy()


def test_rules_owned_twice(modern):
    with modern.fault(("network.tf", ('resource "aws_internet_gateway"', RULE + 'resource "aws_internet_gateway"'))) as fault:
        fault.expect("Ownership.InlineAndSeparate", "aws_security_group.task", "ingress", "network.tf", asked=("", "apply"))


def test_a_group_that_no_rule_uses(modern):
    text = modern.pristine[modern.folder / "edge.tf"]
    rule = text[text.index('resource "aws_lb_listener_rule"'):text.index('resource "aws_route53_zone"')]
    with modern.fault(("edge.tf", (rule, "")), ("services.tf", ("depends_on = [aws_lb_listener_rule.staging]", ""))) as fault:
        fault.expect("Target.NotInUse", "aws_lb_target_group.staging", "listener or rule", "edge.tf", asked=("service/staging",))


def test_an_output_that_is_not_there(matabit):
    with matabit.fault(("vpc/outputs.tf", ('output "zone_id"', 'output "zone"'))) as fault:
        assert fault.applied.returncode == 1
        finding = fault.first("apply")
        assert (finding["code"], finding["address"], finding["attribute"]) == ("Plan.OutputMissing", "data.terraform_remote_state.vpc", "outputs.zone_id")
        assert finding["file"] == str(matabit.folder / "ecs/dns.tf")


def test_two_at_once_on_one_path(modern):
    """The network is seen first; where the program listens, from its socket table."""
    edits = FAULTS["task group"][0] + OWN["other port"]("prod")[0]
    with modern.fault(*edits) as fault:
        fault.expect("Target.SecurityGroupRefuses", "aws_security_group.task", "ingress", "network.tf", asked=("service/prod",))
        wait_until(lambda: [f["code"] for f in modern.daemon.why("service/prod")["findings"]] == ["Target.SecurityGroupRefuses", "Target.ListensElsewhere"], "both are told, in this order", 40)


def test_two_at_once_on_two_services(modern):
    with modern.fault(*OWN["tag"]("prod")[0], *OWN["grace"]("staging")[0]) as fault:
        fault.expect("Image.NotFound", "aws_ecs_task_definition.prod", "container_definitions[web].image", "services.tf", asked=("service/prod",))
        fault.expect("Target.NotListeningYet", "aws_ecs_service.staging", "health_check_grace_period_seconds", "services.tf", asked=("service/staging",))
        assert {f["address"] for f in modern.daemon.why("service/staging")["findings"]} == {"aws_ecs_service.staging"}
        assert {f["address"] for f in modern.daemon.why("service/prod")["findings"]} == {"aws_ecs_task_definition.prod"}
        # What is known outlives the daemon.
        modern.daemon.kill()
        modern.daemon.start()
        fault.expect("Image.NotFound", "aws_ecs_task_definition.prod", "container_definitions[web].image", "services.tf", asked=("service/prod",))
        fault.expect("Target.NotListeningYet", "aws_ecs_service.staging", "health_check_grace_period_seconds", "services.tf", asked=("service/staging",))


def test_two_at_once_of_two_requests(modern):
    with modern.fault(*TRAFFIC["certificate"][0], *TRAFFIC["bare host"][0]) as fault:
        fault.expect("Certificate.NameNotCovered", "aws_acm_certificate.site", "subject_alternative_names", "edge.tf", asked=("https://www.staging.example.test/",))
        fault.expect("Rule.HostMissed", "aws_lb_listener_rule.staging", "condition.host_header", "edge.tf", asked=("https://staging.example.test/",))


def test_nothing_to_say_while_a_deployment_goes_on(modern):
    """New targets are initial and old ones drain; then a task of a scale-in is ended."""
    quiet = lambda: [f for question in ("", "service/prod", "deploy", "https://www.example.test/", "http://www.example.test/") for f in modern.daemon.why(question)["findings"]]
    with modern.fault(knob("prod", "START_DELAY", "3")):
        states = set()

        def is_over():
            status = modern.daemon.status()
            states.update(t["state"] for t in status["targets"])
            assert quiet() == []
            return status["steady"] and "draining" in states
        wait_until(is_over, "the deployment ends", 40)
        assert {"initial", "healthy", "draining"} <= states
    with modern.fault(("services.tf", ("desired_count                     = 2", "desired_count                     = 1", 'resource "aws_ecs_service" "prod"'))):
        wait_until(lambda: [t["group"] for t in modern.daemon.status()["tasks"]].count("service:prod") == 1 and modern.daemon.status()["steady"], f"one task less: {modern.daemon.run('status').stdout}", 40)
        assert quiet() == []


def test_unknown_hosts_may_be_told_so(modern):
    default = '    type             = "forward"\n    target_group_arn = aws_lb_target_group.prod.arn\n'
    fixed = '    type = "fixed-response"\n\n    fixed_response {\n      content_type = "text/plain"\n      status_code  = "404"\n    }\n'
    rule = CATCHALL.replace("catchall", "prod").replace("= 5", "= 50").replace("path_pattern", "host_header").replace('["/*"]', '["example.test", "www.example.test"]')
    with modern.fault(("edge.tf", (default, fixed), ('resource "aws_route53_zone"', rule + 'resource "aws_route53_zone"'))) as fault:
        assert fault.applied.returncode == 0, fault.applied.stderr
        quiet = lambda: [f for question in ("", "https://www.example.test/", "https://staging.example.test/") for f in modern.daemon.why(question)["findings"]] == []
        wait_until(quiet, "nothing is found, once every node has looked at the group that came back")
