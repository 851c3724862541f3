"""`landfall why` names the root cause of a fault: its address, attribute, file and line; and nothing on a healthy stack."""
import pathlib
import shutil
import subprocess

import pytest

from conftest import PROGRAM, ROOT, leftovers, make_daemon, wait_until


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    """A daemon of this module's own, with the example's image."""
    folder = tmp_path_factory.mktemp("image")
    subprocess.run(["gcc", "-O2", "-static", "-s", "-pthread", "-o", folder / "web", ROOT / "examples/web/web.c"], check=True)
    subprocess.run([ROOT / "tools/make-image", folder / "web.tar", "--binary", folder / "web", "--port", "80"], check=True, capture_output=True)
    base, daemon = make_daemon()
    daemon.start()
    for name in ("web:v1", "matabit:latest"):
        daemon.run("image", "push", folder / "web.tar", name)
    yield daemon
    if daemon.process.poll() is not None:
        daemon.start()
    daemon.purge()
    left = leftovers(daemon.instance())
    subprocess.run(["rm", "-rf", base])
    assert left == []


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
        for old, new, *count in changes:
            assert old in text, f"{file} does not hold {old!r}"
            text = text.replace(old, new, *count)
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


def knob(service, name, value):
    """An edit of the container's environment."""
    place = f'environment      = [{{ name = "NAME", value = "{service}" }}, '
    return "services.tf", (place, place + f'{{ name = "{name}", value = "{value}" }}, ')


def prod_definition(old, new):
    """An edit inside the task definition of prod only, which stands first."""
    return "services.tf", (old, new, 1)


FAULTS = {
    # network, while tasks start
    "no address of its own": ([("services.tf", ("subnets         = [for s in aws_subnet.private : s.id]", "subnets         = [for s in aws_subnet.public : s.id]", 1))],
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
    # health
    "task group": ([("network.tf", ("from_port       = 8080\n    to_port         = 8080", "from_port       = 80\n    to_port         = 80"))],
                   "Target.SecurityGroupRefuses", "aws_security_group.task", "ingress", "network.tf", ("service/prod", "https://www.example.test/")),
    "path": ([("edge.tf", ('path                = "/healthz"', 'path                = "/none"', 1)), knob("prod", "ANSWER", "/none=404")], "Target.PathNotFound", "aws_lb_target_group.prod", "health_check.path", "edge.tf", ("service/prod", "https://www.example.test/")),
    "redirect": ([knob("prod", "HTTPS_ONLY", "1")], "Target.Redirected", "aws_lb_target_group.prod", "health_check.path", "edge.tf", ("service/prod",)),
    "port": ([("edge.tf", ('port                = "traffic-port"', 'port                = "80"'))], "Target.WrongPort", "aws_lb_target_group.prod", "health_check.port", "edge.tf", ("service/prod",)),
    "loopback": ([knob("prod", "LISTEN", "127.0.0.1")], "Target.ListensOnLoopback", "aws_ecs_task_definition.prod", "application: listen address", "services.tf", ("service/prod",)),
    "other port": ([prod_definition('value = "8080"', 'value = "3000"')], "Target.ListensElsewhere", "aws_ecs_task_definition.prod", "application: listen port", "services.tf", ("service/prod",)),
    "host": ([knob("prod", "HOST", "example.test")], "Target.HostRefused", "aws_ecs_task_definition.prod", "application: host allow-list", "services.tf", ("service/prod",)),
    "grace": ([knob("prod", "START_DELAY", "60"), ("services.tf", ("health_check_grace_period_seconds = 30", "health_check_grace_period_seconds = 0", 1))],
              "Target.NotListeningYet", "aws_ecs_service.prod", "health_check_grace_period_seconds", "services.tf", ("service/prod",)),
    "slow": ([knob("prod", "LATENCY", "3000")], "Target.TooSlow", "aws_lb_target_group.prod", "health_check.timeout", "edge.tf", ("service/prod",)),
    # start
    "tag": ([("services.tf", ("image            = local.image", 'image            = "${local.image}-none"', 1))], "Image.NotFound", "aws_ecs_task_definition.prod", "container_definitions[web].image", "services.tf", ("service/prod",)),
    "command": ([("services.tf", ("image            = local.image", 'entryPoint = ["serve --port 8080"]\n      image            = local.image', 1))], "Container.NotStarted", "aws_ecs_task_definition.prod", "container_definitions[web].entryPoint", "services.tf", ("service/prod",)),
    "setting": ([knob("prod", "NEEDS", "DATABASE_URL")], "Container.Exited", "aws_ecs_task_definition.prod", "container_definitions[web]", "services.tf", ("service/prod",)),
    "memory": ([knob("prod", "EAT", "600")], "Container.OutOfMemory", "aws_ecs_task_definition.prod", "memory", "services.tf", ("service/prod",)),
    "helper": ([("services.tf", ("      logConfiguration = local.logs\n    },\n", '      logConfiguration = local.logs\n    },\n    { name = "migrate", image = local.image, entryPoint = ["/bin/web", "-print"], command = ["done"] },\n', 1))],
               "Container.HelperEnded", "aws_ecs_task_definition.prod", "container_definitions[migrate].essential", "services.tf", ("service/prod",)),
    "container check": ([("services.tf", ("image            = local.image", 'healthCheck = { command = ["CMD-SHELL", "curl -f http://localhost:8080/healthz"], interval = 5, retries = 1 }\n      image            = local.image', 1))],
                        "Container.HealthCheckCannotRun", "aws_ecs_task_definition.prod", "container_definitions[web].healthCheck.command", "services.tf", ("service/prod",)),
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
    "container port": ([("services.tf", ("container_port   = 8080", "container_port   = 80", 1))], "Service.ContainerPortNotMapped", "aws_ecs_service.prod", "load_balancer.container_port", "services.tf"),
    "size": ([("services.tf", ("cpu                      = 256", "cpu                      = 512", 1))], "Apply.ClientException", "aws_ecs_task_definition.prod", "cpu, memory", "services.tf"),
    "execution role": ([("services.tf", ("  execution_role_arn       = aws_iam_role.execution.arn\n", "", 1))], "Apply.ClientException", "aws_ecs_task_definition.prod", "execution_role_arn", "services.tf"),
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
""", 1))], "Plan.Cycle", "aws_security_group.alb", "inline rules", "network.tf"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal(modern, name):
    edits, code, address, attribute, file = REFUSALS[name]
    with modern.fault(*edits) as fault:
        assert fault.applied.returncode == 1
        fault.expect(code, address, attribute, file, asked=("apply", ""))
