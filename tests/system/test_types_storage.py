"""Resource types of network ACLs, buckets, secrets, parameters and Cloud Map through our own engine: apply, an empty plan,
each change that can be made in place, destroy, nothing left."""
import json
import random
import shutil
import subprocess

import pytest

import test_terraform
from conftest import PROGRAM, REGION, own_vpcs, wait_until
from test_fargate import image, place  # noqa: F401: fixtures

PROVIDER = f'provider "aws" {{\n  region = "{REGION}"\n}}\n'


class Root:
    """A folder with one configuration, run against a daemon."""

    def __init__(self, daemon, folder):
        self.daemon, self.folder = daemon, folder

    def run(self, *words, code=0):
        done = subprocess.run([PROGRAM, "--data-dir", self.daemon.folder, *words], cwd=self.folder, capture_output=True, text=True, timeout=120)
        assert done.returncode == code, f"{words} ended with {done.returncode}:\n{(done.stdout + done.stderr)[-4000:]}"
        return done.stdout + done.stderr

    def write(self, text):
        (self.folder / "main.tf").write_text(PROVIDER + text)

    def apply(self, text, summary=None, **variables):
        """Applies it and wants an empty plan after it."""
        self.write(text)
        given = [word for name, value in variables.items() for word in ("-var", f"{name}={value}")]
        shown = self.run("apply", "-auto-approve", *given)
        assert summary is None or summary in shown, shown
        self.run("plan", "-detailed-exitcode", *given)
        return shown

    def refuse(self, text, *sentences):
        self.write(text)
        shown = self.run("plan", code=1)
        assert [s for s in sentences if s not in shown] == [], shown

    def values(self, address):
        kind, name = address.removeprefix("data.").split(".")
        mode = "data" if address.startswith("data.") else "managed"
        state = json.loads((self.folder / "terraform.tfstate").read_text())
        return next(r["instances"][0]["attributes"] for r in state["resources"] if (r["mode"], r["type"], r["name"]) == (mode, kind, name))

    def destroy(self, **variables):
        self.run("destroy", "-auto-approve", *[word for name, value in variables.items() for word in ("-var", f"{name}={value}")])
        assert json.loads((self.folder / "terraform.tfstate").read_text())["resources"] == []


@pytest.fixture
def root(shared, tmp_path):
    return Root(shared, tmp_path)


# ── network ACLs ──

NETWORK = '''
resource "aws_vpc" "v" {
  cidr_block = "10.77.0.0/16"
}
resource "aws_subnet" "s" {
  count      = 3
  vpc_id     = aws_vpc.v.id
  cidr_block = cidrsubnet("10.77.0.0/16", 8, count.index)
}
'''
ACLS = NETWORK + '''
resource "aws_network_acl" "inline" {
  vpc_id     = aws_vpc.v.id
  subnet_ids = [aws_subnet.s[0].id]
  ingress {
    rule_no    = 100
    action     = "allow"
    protocol   = "tcp"
    cidr_block = "10.77.0.0/16"
    from_port  = 80
    to_port    = 80
  }
  ingress {
    rule_no    = 110
    action     = "deny"
    protocol   = "icmp"
    cidr_block = "0.0.0.0/0"
    icmp_type  = -1
    icmp_code  = -1
    from_port  = 0
    to_port    = 0
  }
  egress = [{
    rule_no         = 100
    action          = "allow"
    protocol        = "all"
    cidr_block      = "0.0.0.0/0"
    from_port       = 0
    to_port         = 0
    icmp_type       = null
    icmp_code       = null
    ipv6_cidr_block = null
  }]
  tags = {
    Name = "inline"
  }
}
resource "aws_network_acl" "rules" {
  vpc_id = aws_vpc.v.id
}
resource "aws_network_acl_rule" "in" {
  network_acl_id = aws_network_acl.rules.id
  rule_number    = 100
  protocol       = "tcp"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
  from_port      = 1024
  to_port        = 65535
}
resource "aws_network_acl_rule" "out" {
  network_acl_id = aws_network_acl.rules.id
  rule_number    = 100
  egress         = true
  protocol       = "-1"
  rule_action    = "allow"
  cidr_block     = "0.0.0.0/0"
}
resource "aws_network_acl_association" "a" {
  network_acl_id = aws_network_acl.rules.id
  subnet_id      = aws_subnet.s[1].id
}
resource "aws_default_network_acl" "d" {
  default_network_acl_id = aws_vpc.v.default_network_acl_id
  ingress {
    rule_no    = 200
    action     = "allow"
    protocol   = "6"
    cidr_block = "10.0.0.0/8"
    from_port  = 22
    to_port    = 22
  }
  depends_on = [aws_subnet.s]
}
'''


def entries(acl):
    return sorted((e["Egress"], e["RuleNumber"], e["RuleAction"], e["Protocol"], e["CidrBlock"], *e.get("PortRange", {}).values(), *e.get("IcmpTypeCode", {}).values()) for e in acl["Entries"] if e["RuleNumber"] != 32767)


def test_network_acls(root):
    ec2 = root.daemon.client("ec2")
    look = lambda acl: ec2.describe_network_acls(NetworkAclIds=[acl["id"]])["NetworkAcls"][0]
    root.apply(ACLS, "10 added")
    inline, rules, default = (root.values(f"aws_{name}") for name in ("network_acl.inline", "network_acl.rules", "default_network_acl.d"))
    assert inline["arn"] == f"arn:aws:ec2:{REGION}:{inline['owner_id']}:network-acl/{inline['id']}"
    assert entries(look(inline)) == [(False, 100, "allow", "6", "10.77.0.0/16", 80, 80), (False, 110, "deny", "1", "0.0.0.0/0", -1, -1), (True, 100, "allow", "-1", "0.0.0.0/0")]
    assert [a["SubnetId"] for a in look(inline)["Associations"]] == inline["subnet_ids"]
    assert entries(look(rules)) == [(False, 100, "allow", "6", "0.0.0.0/0", 1024, 65535), (True, 100, "allow", "-1", "0.0.0.0/0")]
    assert len(look(rules)["Associations"]) == 1
    assert entries(look(default)) == [(False, 200, "allow", "6", "10.0.0.0/8", 22, 22)]
    assert root.values("aws_network_acl_rule.in")["protocol"] == "6"

    changed = ACLS.replace("to_port    = 80\n", "to_port    = 443\n").replace("rule_no    = 110", "rule_no    = 120").replace("[aws_subnet.s[0].id]", "[aws_subnet.s[2].id]").replace('Name = "inline"', 'Name = "other"')
    root.apply(changed.replace("rule_no    = 200", "rule_no    = 210"), "0 added, 2 changed, 0 destroyed")
    assert entries(look(inline))[:2] == [(False, 100, "allow", "6", "10.77.0.0/16", 80, 443), (False, 120, "deny", "1", "0.0.0.0/0", -1, -1)]
    assert look(inline)["Tags"] == [{"Key": "Name", "Value": "other"}]
    assert [a["SubnetId"] for a in look(inline)["Associations"]] == root.values("aws_network_acl.inline")["subnet_ids"] != inline["subnet_ids"]
    assert entries(look(default)) == [(False, 210, "allow", "6", "10.0.0.0/8", 22, 22)]
    root.apply(changed.replace('rule_number    = 100\n  egress', 'rule_number    = 90\n  egress').replace("rule_no    = 200", "rule_no    = 210"), "1 added, 0 changed, 1 destroyed")

    root.run("state", "rm", "aws_network_acl_rule.in", "aws_default_network_acl.d")
    root.run("import", "aws_network_acl_rule.in", f"{rules['id']}:100:tcp:false")
    root.run("import", "aws_default_network_acl.d", default["id"])
    root.run("plan", "-detailed-exitcode")
    root.destroy()
    assert own_vpcs(ec2) == []


def test_network_acls_that_cannot_be(root):
    acl = 'resource "aws_network_acl" "a" {\n  vpc_id = "vpc-1"\n  ingress {\n    rule_no = 1\n    action = "%s"\n    protocol = "%s"\n    from_port = 0\n    to_port = %d\n    %s = "%s"\n  }\n}\n'
    root.refuse(acl % ("pass", "tcp", 80, "cidr_block", "10.0.0.0/8"), '"allow" or "deny"')
    root.refuse(acl % ("allow", "-1", 80, "cidr_block", "10.0.0.0/8"), "both 0")
    root.refuse(acl % ("allow", "tcp", 80, "cidr_block", "10.0.0.0"), "IPv4 blocks")


def test_an_acl_of_ours_stops_packets(place, tmp_path):  # noqa: F811
    root = Root(place.daemon, tmp_path)
    root.write(f'''
resource "aws_network_acl" "closed" {{
  vpc_id     = "{place.vpc}"
  subnet_ids = ["{place.private}"]
  ingress {{
    rule_no    = 100
    action     = "allow"
    protocol   = -1
    cidr_block = "0.0.0.0/0"
    from_port  = 0
    to_port    = 0
  }}
  egress {{
    rule_no    = 100
    action     = "deny"
    protocol   = "tcp"
    cidr_block = "0.0.0.0/0"
    from_port  = 443
    to_port    = 443
  }}
}}
''')
    task = place.run(place.define("closed"), subnet=place.private)
    place.wait_for(task, "RUNNING")
    namespace = place.namespace(task)
    endpoint = ".".join(json.loads((place.daemon.folder / "identity.json").read_text())["public_pool"].split(".")[:3]) + ".1"
    out = lambda: subprocess.run(["ip", "netns", "exec", namespace, "curl", "-skS", "-m", "2", "-o", "/dev/null", f"https://{endpoint}/"], capture_output=True, text=True).returncode
    assert out() == 0
    root.run("apply", "-auto-approve")
    wait_until(lambda: out() == 28, "a request from the subnet times out", 20)
    root.destroy()
    wait_until(lambda: out() == 0, "a request from the subnet is answered again", 20)
    place.ecs.stop_task(cluster=place.cluster, task=task)


# ── the default VPC, and data sources ──

DEFAULTS = '''
resource "aws_default_vpc" "d" {
  enable_dns_hostnames = HOSTNAMES
  tags = {
    Name = "default"
  }
}
resource "aws_default_subnet" "a" {
  availability_zone       = "us-west-2a"
  map_public_ip_on_launch = PUBLIC
}
'''


def test_the_default_vpc_is_taken_over_and_given_back(root):
    ec2 = root.daemon.client("ec2")
    text = lambda hostnames, public: DEFAULTS.replace("HOSTNAMES", hostnames).replace("PUBLIC", public)
    root.apply(text("true", "true"), "2 added")
    vpc, subnet = root.values("aws_default_vpc.d"), root.values("aws_default_subnet.a")
    assert (vpc["existing_default_vpc"], subnet["existing_default_subnet"], vpc["cidr_block"]) == (True, True, "172.31.0.0/16")
    assert subnet["vpc_id"] == vpc["id"]
    root.apply(text("false", "false"), "0 added, 2 changed, 0 destroyed")
    assert not ec2.describe_vpc_attribute(VpcId=vpc["id"], Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"]
    assert not ec2.describe_subnets(SubnetIds=[subnet["id"]])["Subnets"][0]["MapPublicIpOnLaunch"]
    root.apply(text("true", "true"))
    root.destroy()
    assert ec2.describe_vpcs(VpcIds=[vpc["id"]])["Vpcs"][0]["IsDefault"]
    ec2.delete_tags(Resources=[vpc["id"]], Tags=[{"Key": "Name"}])


def test_a_default_subnet_is_made_and_taken_away(root):
    ec2 = root.daemon.client("ec2")
    of_zone = lambda: ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}, {"Name": "availability-zone", "Values": ["us-west-2c"]}])["Subnets"]
    ec2.delete_subnet(SubnetId=of_zone()[0]["SubnetId"])
    root.apply('resource "aws_default_subnet" "c" {\n  availability_zone = "us-west-2c"\n  force_destroy     = true\n}\n', "1 added")
    assert root.values("aws_default_subnet.c")["existing_default_subnet"] is False and len(of_zone()) == 1
    root.destroy()
    assert of_zone() == []
    ec2.create_default_subnet(AvailabilityZone="us-west-2c")


def test_data_sources_of_networks(stack, root):
    filtered = 'filter {\n    name   = "vpc-id"\n    values = ["%s"]\n  }' % stack.vpc
    root.apply(f'''
data "aws_network_acls" "d" {{
  vpc_id = "{stack.vpc}"
}}
data "aws_route_tables" "d" {{
  vpc_id = "{stack.vpc}"
}}
data "aws_security_groups" "d" {{
  {filtered}
}}
data "aws_nat_gateways" "d" {{
  vpc_id = "{stack.vpc}"
}}
data "aws_internet_gateway" "d" {{
  filter {{
    name   = "attachment.vpc-id"
    values = ["{stack.vpc}"]
  }}
}}
data "aws_route_table" "d" {{
  subnet_id = "{stack.subnets[0]}"
}}
data "aws_vpc" "d" {{
  id = "{stack.vpc}"
}}
data "aws_subnet" "d" {{
  vpc_id            = "{stack.vpc}"
  availability_zone = "us-west-2b"
}}
output "attached" {{
  value = data.aws_internet_gateway.d.attachments[0].vpc_id
}}
''')
    assert len(root.values("data.aws_network_acls.d")["ids"]) == 1
    assert stack.table in root.values("data.aws_route_tables.d")["ids"]
    assert root.values("data.aws_security_groups.d")["vpc_ids"] == [stack.vpc]
    assert root.values("data.aws_nat_gateways.d")["ids"] == []
    assert root.run("output", "-raw", "attached") == stack.vpc
    table = root.values("data.aws_route_table.d")
    assert [(r["cidr_block"], r["gateway_id"]) for r in table["routes"]] == [("0.0.0.0/0", stack.gateway)]
    assert sorted(a["subnet_id"] for a in table["associations"]) == sorted(stack.subnets)
    vpc = root.values("data.aws_vpc.d")
    assert (vpc["enable_dns_support"], vpc["enable_dns_hostnames"], vpc["cidr_block_associations"][0]["cidr_block"]) == (True, False, vpc["cidr_block"])
    assert root.values("data.aws_subnet.d")["id"] == stack.subnets[1]


# ── buckets ──

BUCKETS = '''
variable "name" {}
resource "aws_s3_bucket" "b" {
  bucket        = "${var.name}-new"
  force_destroy = true
  tags = {
    Name = "one"
  }
}
data "aws_iam_policy_document" "read" {
  statement {
    principals {
      type        = "AWS"
      identifiers = ["arn:aws:iam::000000000000:root"]
    }
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
  }
}
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b.id
  policy = data.aws_iam_policy_document.read.json
}
resource "aws_s3_bucket_public_access_block" "p" {
  bucket              = aws_s3_bucket.b.id
  block_public_acls   = true
  block_public_policy = true
}
resource "aws_s3_bucket_versioning" "v" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  bucket = aws_s3_bucket.b.bucket
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}
resource "aws_s3_bucket_ownership_controls" "o" {
  bucket = aws_s3_bucket.b.id
  rule {
    object_ownership = "BucketOwnerPreferred"
  }
}
resource "aws_s3_bucket_acl" "a" {
  bucket     = aws_s3_bucket.b.id
  acl        = "private"
  depends_on = [aws_s3_bucket_ownership_controls.o]
}
resource "aws_s3_object" "text" {
  bucket        = aws_s3_bucket_versioning.v.bucket
  key           = "folder/a b.txt"
  content       = "hello"
  content_type  = "text/plain"
  cache_control = "no-store"
  metadata = {
    kind = "greeting"
  }
  tags = {
    Name = "a+b=c"
  }
}
resource "aws_s3_bucket_object" "file" {
  bucket = aws_s3_bucket.b.id
  key    = "file.bin"
  source = "${path.module}/file.bin"
  etag   = filemd5("${path.module}/file.bin")
}
data "aws_s3_bucket" "b" {
  bucket = aws_s3_bucket.b.id
}
data "aws_s3_object" "text" {
  bucket = aws_s3_object.text.bucket
  key    = aws_s3_object.text.id
}
resource "aws_s3_bucket" "old" {
  bucket = "${var.name}-old"
  acl    = "private"
  region = "us-west-2"
  versioning {
    enabled = true
  }
  server_side_encryption_configuration {
    rule {
      apply_server_side_encryption_by_default {
        sse_algorithm = "AES256"
      }
    }
  }
  policy = <<EOT
{"Version": "2012-10-17", "Statement": [{"Sid": "x", "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${var.name}-old/*"}]}
EOT
}
'''


def test_buckets_and_objects(root):
    s3, name = root.daemon.client("s3"), f"types-{random.randrange(10**9)}"
    (root.folder / "file.bin").write_bytes(b"\\0\\1\\2")
    root.apply(BUCKETS, "10 added", name=name)
    new, old = f"{name}-new", f"{name}-old"
    assert root.values("aws_s3_bucket.b")["bucket_regional_domain_name"] == f"{new}.s3.{REGION}.amazonaws.com"
    assert json.loads(s3.get_bucket_policy(Bucket=new)["Policy"])["Statement"][0]["Resource"] == f"arn:aws:s3:::{new}/*"
    assert s3.get_public_access_block(Bucket=new)["PublicAccessBlockConfiguration"] == {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": False, "RestrictPublicBuckets": False}
    assert s3.get_bucket_ownership_controls(Bucket=new)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    assert [s3.get_bucket_versioning(Bucket=b)["Status"] for b in (new, old)] == ["Enabled", "Enabled"]
    assert json.loads(s3.get_bucket_policy(Bucket=old)["Policy"])["Statement"][0]["Effect"] == "Deny"
    told = s3.get_object(Bucket=new, Key="folder/a b.txt")
    assert (told["Body"].read(), told["ContentType"], told["CacheControl"], told["Metadata"]) == (b"hello", "text/plain", "no-store", {"kind": "greeting"})
    assert s3.get_object_tagging(Bucket=new, Key="folder/a b.txt")["TagSet"] == [{"Key": "Name", "Value": "a+b=c"}]
    assert s3.get_object(Bucket=new, Key="file.bin")["Body"].read() == (root.folder / "file.bin").read_bytes()
    assert root.values("data.aws_s3_object.text")["body"] == "hello" and root.values("data.aws_s3_bucket.b")["region"] == REGION
    first = root.values("aws_s3_object.text")["version_id"]
    assert first != ""

    (root.folder / "file.bin").write_bytes(b"other")
    changed = BUCKETS.replace('Name = "one"', 'Name = "two"').replace("block_public_policy = true", "restrict_public_buckets = true").replace('["s3:GetObject"]', '["s3:GetObject", "s3:PutObject"]').replace('"BucketOwnerPreferred"', '"ObjectWriter"')
    changed = changed.replace('"hello"', '"good bye"').replace('status = "Enabled"', 'status = "Suspended"').replace("enabled = true", "enabled = false").replace('"Effect": "Deny"', '"Effect": "Allow"')
    root.apply(changed, "0 added, 8 changed, 0 destroyed", name=name)
    assert s3.get_bucket_tagging(Bucket=new)["TagSet"] == [{"Key": "Name", "Value": "two"}]
    assert json.loads(s3.get_bucket_policy(Bucket=new)["Policy"])["Statement"][0]["Action"] in (["s3:GetObject", "s3:PutObject"], ["s3:PutObject", "s3:GetObject"])
    assert s3.get_public_access_block(Bucket=new)["PublicAccessBlockConfiguration"] == {"BlockPublicAcls": True, "BlockPublicPolicy": False, "IgnorePublicAcls": False, "RestrictPublicBuckets": True}
    assert [s3.get_bucket_versioning(Bucket=b)["Status"] for b in (new, old)] == ["Suspended", "Suspended"]
    assert s3.get_object(Bucket=new, Key="folder/a b.txt")["Body"].read() == b"good bye"
    assert s3.get_object(Bucket=new, Key="file.bin")["Body"].read() == b"other"
    root.apply(changed.replace('"a+b=c"', '"c"'), "0 added, 1 changed, 0 destroyed", name=name)
    assert s3.get_object_tagging(Bucket=new, Key="folder/a b.txt")["TagSet"] == [{"Key": "Name", "Value": "c"}]

    root.run("state", "rm", "aws_s3_object.text", "aws_s3_bucket_policy.p", "aws_s3_bucket_versioning.v", "aws_s3_bucket_acl.a")
    for address, known in [("aws_s3_object.text", f"{new}/folder/a b.txt"), ("aws_s3_bucket_policy.p", new), ("aws_s3_bucket_versioning.v", new), ("aws_s3_bucket_acl.a", f"{new},private")]:
        root.run("import", "-var", f"name={name}", address, known)
    s3.put_object(Bucket=new, Key="by somebody else", Body=b"x")
    root.destroy(name=name)
    assert [b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"].startswith(name)] == []


def test_buckets_that_cannot_be(root):
    root.refuse('resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n', '"private"', "aws_s3_bucket_acl")
    root.refuse('resource "aws_s3_bucket" "b" {\n  lifecycle_rule {\n    id = "a"\n    enabled = true\n    transition {\n      days = 1\n      storage_class = "TAPE"\n    }\n  }\n}\n', "storage_class to be one of")
    root.refuse('resource "aws_s3_bucket" "b" {\n  region = "eu-west-1"\n}\n', "in the provider's region only")
    root.refuse('resource "aws_s3_bucket" "b" {\n  server_side_encryption_configuration {\n    rule {\n      apply_server_side_encryption_by_default {\n        sse_algorithm = "aws:kms"\n      }\n    }\n  }\n}\n', 'does not support "aws:kms" yet')
    root.refuse('resource "aws_s3_object" "o" {\n  bucket = "b"\n  key = "k"\n  content = "a"\n  source = "b"\n}\n', "conflict")
    root.refuse('resource "aws_s3_bucket_lifecycle_configuration" "l" {\n  bucket = "b"\n}\n', "Insufficient rule blocks")


# ── secrets and parameters ──

SECRETS = '''
resource "aws_secretsmanager_secret" "s" {
  name                    = "NAME/db"
  description             = "of the data base"
  recovery_window_in_days = 0
  policy                  = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Deny", Principal = "*", Action = "secretsmanager:DeleteSecret", Resource = "*" }] })
  tags = {
    Name = "db"
  }
}
resource "aws_secretsmanager_secret" "late" {
  name_prefix = "NAME-late"
}
resource "aws_secretsmanager_secret_version" "v" {
  secret_id     = aws_secretsmanager_secret.s.id
  secret_string = jsonencode({ user = "u", password = "first" })
}
resource "aws_secretsmanager_secret_version" "binary" {
  secret_id     = aws_secretsmanager_secret.late.arn
  secret_binary = base64encode("bytes")
}
data "aws_secretsmanager_secret" "s" {
  arn = aws_secretsmanager_secret.s.arn
}
data "aws_secretsmanager_secret_version" "v" {
  secret_id  = data.aws_secretsmanager_secret.s.id
  depends_on = [aws_secretsmanager_secret_version.v]
}
resource "aws_ssm_parameter" "plain" {
  name        = "/NAME/plain"
  type        = "String"
  value       = "one"
  description = "a parameter"
  tags = {
    Name = "plain"
  }
}
resource "aws_ssm_parameter" "hidden" {
  name      = "/NAME/hidden"
  type      = "SecureString"
  value     = "hush"
  overwrite = true
  tags = {
    Name = "hidden"
  }
}
resource "aws_ssm_parameter" "open" {
  name           = "/NAME/open"
  type           = "StringList"
  insecure_value = "a,b"
  tier           = "Standard"
}
data "aws_ssm_parameter" "hidden" {
  name       = aws_ssm_parameter.hidden.name
  depends_on = [aws_ssm_parameter.hidden]
}
data "aws_ssm_parameters_by_path" "all" {
  path       = "/NAME"
  depends_on = [aws_ssm_parameter.plain, aws_ssm_parameter.hidden, aws_ssm_parameter.open]
}
output "names" {
  value = join(" ", data.aws_ssm_parameters_by_path.all.names)
}
output "hidden" {
  value     = data.aws_ssm_parameter.hidden.value
  sensitive = true
}
'''


def test_secrets(root):
    name = f"types{random.randrange(10**9)}"
    text = SECRETS.replace("NAME", name)
    manager, ssm = root.daemon.client("secretsmanager"), root.daemon.client("ssm")
    shown = root.apply(text, "7 added")
    assert "first" not in shown and "hush" not in shown and "(sensitive value)" in shown
    secret = root.values("aws_secretsmanager_secret.s")
    assert secret["id"] == secret["arn"] == manager.describe_secret(SecretId=f"{name}/db")["ARN"]
    version = root.values("aws_secretsmanager_secret_version.v")
    assert version["id"] == f"{secret['arn']}|{version['version_id']}" and version["version_stages"] == ["AWSCURRENT"]
    assert json.loads(root.values("data.aws_secretsmanager_secret_version.v")["secret_string"])["password"] == "first"
    assert manager.get_secret_value(SecretId=root.values("aws_secretsmanager_secret.late")["id"])["SecretBinary"] == b"bytes"
    assert root.run("output", "-raw", "names") == f"/{name}/hidden /{name}/open /{name}/plain"
    assert root.run("output", "-raw", "hidden") == "hush"
    assert root.values("aws_ssm_parameter.hidden")["key_id"] == "alias/aws/ssm"
    assert ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=f"/{name}/hidden")["TagList"] == [{"Key": "Name", "Value": "hidden"}]
    state = json.loads((root.folder / "terraform.tfstate").read_text())
    assert [r["name"] for r in state["resources"] if r["type"] == "aws_ssm_parameter" and r["mode"] == "managed" and {"type": "get_attr", "value": "value"} in sum(r["instances"][0]["sensitive_attributes"], [])] == ["hidden", "open", "plain"]

    changed = text.replace("of the data base", "of another").replace('Name = "db"', 'Owner = "me"').replace('"Deny"', '"Allow"').replace('"one"', '"two"').replace('"a parameter"', '"the parameter"').replace('"hush"', '"quiet"').replace('"a,b"', '"a,b,c"').replace('Name = "plain"', 'Other = "plain"')
    root.apply(changed, "0 added, 4 changed, 0 destroyed")
    told = manager.describe_secret(SecretId=f"{name}/db")
    assert (told["Description"], told["Tags"]) == ("of another", [{"Key": "Owner", "Value": "me"}])
    assert json.loads(manager.get_resource_policy(SecretId=f"{name}/db")["ResourcePolicy"])["Statement"][0]["Effect"] == "Allow"
    assert [(p["Name"].rsplit("/", 1)[1], p["Value"], p["Version"]) for p in ssm.get_parameters_by_path(Path=f"/{name}", WithDecryption=True)["Parameters"]] == [("hidden", "quiet", 2), ("open", "a,b,c", 2), ("plain", "two", 2)]
    root.apply(changed.replace('"first"', '"second"'), "1 added, 0 changed, 1 destroyed")
    assert json.loads(manager.get_secret_value(SecretId=f"{name}/db")["SecretString"])["password"] == "second"
    staged = changed.replace('"first"', '"second"').replace("password = ", "password = ").replace('  secret_string = ', '  version_stages = ["AWSCURRENT", "mine"]\n  secret_string = ')
    root.apply(staged, "0 added, 1 changed, 0 destroyed")
    assert sorted(manager.get_secret_value(SecretId=f"{name}/db")["VersionStages"]) == ["AWSCURRENT", "mine"]
    root.apply(staged.replace(', "mine"', ""), "0 added, 1 changed, 0 destroyed")

    version = root.values("aws_secretsmanager_secret_version.v")
    root.run("state", "rm", "aws_secretsmanager_secret_version.v", "aws_ssm_parameter.plain", "aws_secretsmanager_secret.late")
    for address, known in [("aws_secretsmanager_secret_version.v", version["id"]), ("aws_ssm_parameter.plain", f"/{name}/plain")]:
        root.run("import", address, known)
    (late,) = [s["ARN"] for s in manager.list_secrets()["SecretList"] if s["Name"].startswith(f"{name}-late")]
    root.run("import", "aws_secretsmanager_secret.late", late)
    root.destroy()
    assert [s["Name"] for s in manager.list_secrets()["SecretList"] if s["Name"].startswith(name)] == []
    assert "DeletedDate" in manager.describe_secret(SecretId=late)
    assert ssm.get_parameters_by_path(Path=f"/{name}")["Parameters"] == []


COPIES = '''
resource "aws_ssm_parameter" "a" {
  name  = "/copies/a"
  type  = "SecureString"
  value = "WORD"
}
resource "aws_ssm_parameter" "b" {
  name        = "/copies/b"
  type        = "String"
  value       = "x"
  description = "like ${aws_ssm_parameter.a.value}"
}
'''


def test_what_refers_to_a_secret_is_secret(root):
    shown = root.apply(COPIES.replace("WORD", "hush-hush"), "2 added") + root.apply(COPIES.replace("WORD", "quiet-quiet"), "2 changed")
    assert "hush" not in shown and "quiet" not in shown
    assert root.values("aws_ssm_parameter.b")["description"] == "like quiet-quiet"
    root.refuse(COPIES.replace("WORD", "quiet-quiet") + 'output "o" {\n  value = aws_ssm_parameter.a.value\n}\n', "Output refers to sensitive values")
    root.apply(COPIES.replace("WORD", "quiet-quiet"), "0 changed")
    root.destroy()


def test_secrets_that_cannot_be(root):
    root.refuse('resource "aws_secretsmanager_secret" "s" {\n  recovery_window_in_days = 3\n}\n', "0 or in the range (7 - 30), got 3")
    root.refuse('resource "aws_ssm_parameter" "p" {\n  name = "a"\n  type = "Text"\n  value = "x"\n}\n', "type to be one of")
    root.refuse('resource "aws_ssm_parameter" "p" {\n  name = "a"\n  type = "String"\n  value = "x"\n  tier = "Intelligent-Tiering"\n}\n', "does not support")


# ── Cloud Map ──

DISCOVERY = '''
resource "aws_vpc" "v" {
  cidr_block = "10.78.0.0/16"
}
resource "aws_service_discovery_private_dns_namespace" "n" {
  name        = "types.local"
  description = "one"
  vpc         = aws_vpc.v.id
}
resource "aws_service_discovery_http_namespace" "h" {
  name        = "types-http"
  description = "one"
  tags = {
    Name = "h"
  }
}
resource "aws_service_discovery_service" "dns" {
  name = "api"
  dns_config {
    namespace_id = aws_service_discovery_private_dns_namespace.n.id
    dns_records {
      ttl  = 10
      type = "A"
    }
    routing_policy = "MULTIVALUE"
  }
  health_check_custom_config {
    failure_threshold = 1
  }
}
resource "aws_service_discovery_service" "http" {
  name          = "api"
  namespace_id  = aws_service_discovery_http_namespace.h.id
  force_destroy = true
}
data "aws_service_discovery_dns_namespace" "n" {
  name       = "types.local"
  type       = "DNS_PRIVATE"
  depends_on = [aws_service_discovery_private_dns_namespace.n]
}
data "aws_service_discovery_http_namespace" "h" {
  name       = "types-http"
  depends_on = [aws_service_discovery_http_namespace.h]
}
'''


def test_cloud_map(root):
    sd = root.daemon.client("servicediscovery")
    root.apply(DISCOVERY, "5 added")
    space, service = root.values("aws_service_discovery_private_dns_namespace.n"), root.values("aws_service_discovery_service.dns")
    assert root.values("data.aws_service_discovery_dns_namespace.n")["hosted_zone"] == space["hosted_zone"] != ""
    assert root.values("data.aws_service_discovery_http_namespace.h")["http_name"] == "types-http"
    assert service["dns_config"][0]["dns_records"] == [{"ttl": 10, "type": "A"}] and service["type"] == "DNS_HTTP"

    changed = DISCOVERY.replace('"one"', '"two"').replace("ttl  = 10", "ttl  = 20").replace('Name = "h"', 'Name = "i"').replace('name = "api"\n', 'name        = "api"\n  description = "first"\n', 1)
    root.apply(changed, "0 added, 3 changed, 0 destroyed")
    told = sd.get_service(Id=service["id"])["Service"]
    assert (told["Description"], told["DnsConfig"]["DnsRecords"]) == ("first", [{"Type": "A", "TTL": 20}])
    assert sd.get_namespace(Id=space["id"])["Namespace"]["Description"] == "two"
    assert sd.list_tags_for_resource(ResourceARN=root.values("aws_service_discovery_http_namespace.h")["arn"])["Tags"] == [{"Key": "Name", "Value": "i"}]

    sd.register_instance(ServiceId=root.values("aws_service_discovery_service.http")["id"], InstanceId="i", Attributes={"AWS_INSTANCE_IPV4": "10.78.0.9"})
    vpc = root.values("aws_vpc.v")["id"]
    root.run("state", "rm", "aws_service_discovery_private_dns_namespace.n", "aws_service_discovery_service.dns")
    root.run("import", "aws_service_discovery_private_dns_namespace.n", f"{space['id']}:{vpc}")
    root.run("import", "aws_service_discovery_service.dns", service["id"])
    root.run("plan", "-detailed-exitcode")
    root.destroy()
    assert sd.list_namespaces()["Namespaces"] == sd.list_services()["Services"] == []


def test_cloud_map_that_cannot_be(root):
    root.refuse('resource "aws_service_discovery_service" "s" {\n  name = "a"\n  dns_config {\n    namespace_id = "ns-1"\n    dns_records {\n      ttl = 1\n      type = "CNAME"\n    }\n  }\n}\n', 'does not support "CNAME" yet')
    root.refuse('resource "aws_service_discovery_service" "s" {\n  name = "a"\n  health_check_config {\n    type = "HTTP"\n  }\n}\n', "health_check_config", "does not support it yet")


# ── in turns with the official provider ──

TURNS = {
    "acls": ACLS[:ACLS.index('resource "aws_default_network_acl"')],
    "defaults": DEFAULTS.replace("HOSTNAMES", "true").replace("PUBLIC", "true"),
    "buckets": BUCKETS.replace('variable "name" {}', 'variable "name" {\n  default = "turns"\n}').replace('  region = "us-west-2"\n', ""),
    "secrets": SECRETS.replace("NAME", "turns"),
    "discovery": DISCOVERY,
}


@pytest.mark.skipif(not shutil.which("terraform") or not test_terraform.plugins(), reason="terraform or its AWS provider is not installed")
@pytest.mark.parametrize("name", TURNS)
def test_in_turns_with_the_official_provider(root, name):
    provider = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n' + PROVIDER.replace("}", "  skip_metadata_api_check = true\n  s3_use_path_style = true\n}")
    (root.folder / "file.bin").write_bytes(b"bytes")
    (root.folder / "main.tf").write_text(provider + TURNS[name])
    official = test_terraform.Root(root.daemon, root.folder)
    official.init()
    root.run("apply", "-auto-approve")
    official.run("plan", "-detailed-exitcode")
    root.destroy()
    official.run("apply", "-auto-approve", "-parallelism=30")
    root.run("plan", "-detailed-exitcode")
    root.destroy()
