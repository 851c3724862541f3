"""Clients with certificates: trust stores made by Terraform, a listener that verifies, and who is let in."""
import shutil
import subprocess
import urllib.parse
import urllib.request
import xml.etree.ElementTree

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from conftest import REGION, wait_until
from test_load_balancer import curl, site  # noqa: F401: a fixture
from test_terraform import Root, plugins
from test_types_more import Stack as Files

STACK = '''
provider "aws" {{ region = "us-west-2" }}
resource "aws_s3_bucket" "b" {{
  bucket        = "trust"
  force_destroy = true
}}
resource "aws_s3_object" "ca" {{
  bucket = aws_s3_bucket.b.bucket
  key    = "ca.pem"
  source = "ca.pem"
}}
resource "aws_s3_object" "crl" {{
  bucket = aws_s3_bucket.b.bucket
  key    = "crl.pem"
  source = "crl.pem"
}}
resource "aws_lb_trust_store" "t" {{
  name                             = "clients"
  ca_certificates_bundle_s3_bucket = aws_s3_bucket.b.bucket
  ca_certificates_bundle_s3_key    = aws_s3_object.ca.key
  tags                             = {{ Owner = "me" }}
}}
resource "aws_lb_trust_store_revocation" "r" {{
  trust_store_arn       = aws_lb_trust_store.t.arn
  revocations_s3_bucket = aws_s3_bucket.b.bucket
  revocations_s3_key    = aws_s3_object.crl.key
}}
resource "aws_lb_listener" "l" {{
  load_balancer_arn = "{balancer}"
  port              = 8443
  protocol          = "HTTPS"
  certificate_arn   = "{certificate}"
  mutual_authentication {{
    mode            = "{mode}"
    {store}
  }}
  default_action {{
    type = "fixed-response"
    fixed_response {{
      content_type = "text/plain"
      message_body = "let in"
      status_code  = "200"
    }}
  }}
}}
'''


def query(daemon, action, **parameters):
    """A call by hand: the SDK of the machine may be older than trust stores. The answer's elements by path, or the error's code."""
    key = daemon.key()
    body = urllib.parse.urlencode({"Action": action, "Version": "2015-12-01", **parameters})
    request = AWSRequest("POST", f"http://127.0.0.1:{daemon.port}/", data=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    SigV4Auth(Credentials(key["access_key"], key["secret_key"]), "elasticloadbalancing", REGION).add_auth(request)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(urllib.request.Request(request.url, data=body.encode(), headers=dict(request.headers))) as answer:
            text = answer.read().decode()
    except urllib.error.HTTPError as refused:
        text = refused.read().decode()
    return {element.tag.split("}")[1]: element.text for element in xml.etree.ElementTree.fromstring(text).iter() if element.text and element.text.strip()}


class Authority:
    """A certificate authority by the openssl command."""

    def __init__(self, folder):
        self.folder = folder
        self.run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=clients", "-days", "2")
        (folder / "index.txt").touch()
        (folder / "ca.cnf").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=1\npolicy=p\nnew_certs_dir=.\nrand_serial=yes\n[p]\ncommonName=supplied\n")

    def run(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def issue(self, name):
        self.run("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        self.run("ca", "-batch", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-in", f"{name}.csr", "-out", f"{name}.pem", "-days", "1", "-notext")

    def revoke(self, name):
        self.run("ca", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-revoke", f"{name}.pem")
        self.run("ca", "-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-gencrl", "-out", "crl.pem")


@pytest.fixture
def authority(tmp_path):
    made = Authority(tmp_path)
    for name in ("good", "withdrawn"):
        made.issue(name)
    made.revoke("withdrawn")
    other = tmp_path / "other"
    other.mkdir()
    Authority(other).issue("stranger")
    return made


def test_a_listener_lets_in_whom_its_trust_store_knows(site, authority, tmp_path):
    daemon = site.daemon
    site.stack.ec2.authorize_security_group_ingress(GroupId=site.group, IpPermissions=[{"IpProtocol": "tcp", "FromPort": 8443, "ToPort": 8443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    files = Files(daemon, tmp_path)

    def configure(mode, store=""):
        (tmp_path / "main.tf").write_text(STACK.format(balancer=site.arn, certificate=site.certificate, mode=mode, store=store))

    def visit(name=None):
        client = ["--cert", f"{tmp_path}/{name}.pem", "--key", f"{tmp_path}/{name}.key"] if name else []
        done = curl("--cacert", str(daemon.folder / "ca" / "root.pem"), "--resolve", f"www.site.test:8443:{site.addresses[0]}", *client, "https://www.site.test:8443/")
        return done.stdout if done.returncode == 0 else done.returncode

    configure("verify", "trust_store_arn = aws_lb_trust_store.t.arn")
    files.run("init")
    files.apply()
    wait_until(lambda: visit("good") == "let in", "the client of the authority is let in")
    for refused in (None, "other/stranger", "withdrawn"):
        assert isinstance(visit(refused), int), f"{refused} is not let in"

    trusted = files.attributes("aws_lb_trust_store", "t")["arn"]
    told = query(daemon, "DescribeTrustStores", **{"Names.member.1": "clients"})
    assert (told["TrustStoreArn"], told["Status"], told["NumberOfCaCertificates"], told["TotalRevokedEntries"]) == (trusted, "ACTIVE", "1", "1")
    assert query(daemon, "DescribeTrustStoreAssociations", TrustStoreArn=trusted)["ResourceArn"] == files.attributes("aws_lb_listener", "l")["arn"]
    assert query(daemon, "DeleteTrustStore", TrustStoreArn=trusted)["Code"] == "TrustStoreInUse"
    more = {"Name": "clients", "CaCertificatesBundleS3Bucket": "trust", "CaCertificatesBundleS3Key": "ca.pem"}
    assert query(daemon, "CreateTrustStore", **more)["Code"] == "DuplicateTrustStoreName"
    assert query(daemon, "CreateTrustStore", **more | {"Name": "b", "CaCertificatesBundleS3Key": "none"})["Code"] == "CaCertificatesBundleNotFound"
    assert query(daemon, "CreateTrustStore", **more | {"Name": "b", "CaCertificatesBundleS3Key": "crl.pem"})["Code"] == "InvalidCaCertificatesBundle"
    bad = {"TrustStoreArn": trusted, "RevocationContents.member.1.S3Bucket": "trust", "RevocationContents.member.1.S3Key": "ca.pem"}
    assert query(daemon, "AddTrustStoreRevocations", **bad)["Code"] == "InvalidRevocationContent"
    assert query(daemon, "RemoveTrustStoreRevocations", **{"TrustStoreArn": trusted, "RevocationIds.member.1": "9"})["Code"] == "RevocationIdNotFound"
    for call, more, file in (("GetTrustStoreCaCertificatesBundle", {}, "ca.pem"), ("GetTrustStoreRevocationContent", {"RevocationId": "1"}, "crl.pem")):
        assert curl(query(daemon, call, TrustStoreArn=trusted, **more)["Location"]).stdout == (tmp_path / file).read_text()

    assert query(daemon, "RemoveTrustStoreRevocations", **{"TrustStoreArn": trusted, "RevocationIds.member.1": "1"}).keys() == {"RequestId"}
    wait_until(lambda: visit("withdrawn") == "let in", "without the list nobody is withdrawn")
    files.apply()
    wait_until(lambda: isinstance(visit("withdrawn"), int), "Terraform put the list back")

    configure("passthrough")
    files.apply()
    wait_until(lambda: visit("other/stranger") == "let in" and visit() == "let in", "nothing is checked any more")
    files.run("destroy", "-auto-approve")
    assert query(daemon, "DescribeTrustStores").keys() == {"RequestId"}


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_the_official_provider_and_our_engine_take_turns_at_a_trust_store(site, authority, tmp_path):
    (tmp_path / "main.tf").write_text(STACK.format(balancer=site.arn, certificate=site.certificate, mode="verify", store="trust_store_arn = aws_lb_trust_store.t.arn").replace(
        '{ region = "us-west-2" }', '{\n  region                  = "us-west-2"\n  skip_metadata_api_check = true\n  s3_use_path_style       = true\n}'))
    official, ours = Root(site.daemon, tmp_path), Files(site.daemon, tmp_path)
    official.init()
    official.apply()
    ours.run("init")
    ours.run("plan", "-detailed-exitcode")
    ours.run("destroy", "-auto-approve")
    ours.apply()
    official.run("plan", "-detailed-exitcode")
    official.run("destroy", "-auto-approve")
