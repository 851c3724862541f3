"""The providers that make nothing in a cloud: plan, apply, plan empty, change, destroy; judged by real tools."""
import base64
import hashlib
import http.server
import json
import os
import shutil
import signal
import ssl
import subprocess
import threading
import time
import zipfile

import pytest

from conftest import PROGRAM, wait_until
from test_workflow import landfall


def refused(folder, *words):
    """The text of a failure, in one line."""
    done = subprocess.run([PROGRAM, "--data-dir", folder / "no-daemon", *words], cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def write(folder, text):
    (folder / "main.tf").write_text(text)
    return folder


def attributes(folder, address):
    """Of one instance, from the state."""
    kind, name = address.removeprefix("data.").split(".")
    mode = "data" if address.startswith("data.") else "managed"
    for resource in json.loads((folder / "terraform.tfstate").read_text())["resources"]:
        if (resource["mode"], resource["type"], resource["name"]) == (mode, kind, name):
            return resource["instances"][0]["attributes"]
    raise KeyError(address)


def applied(folder, *words):
    """Applies, and checks that nothing is left to do."""
    shown = landfall(folder, "apply", "-auto-approve", *words)
    landfall(folder, "plan", "-detailed-exitcode", *words)
    return shown


RANDOM = '''
variable "keeper" {
  default = "one"
}
resource "random_id" "id" {
  byte_length = 8
  prefix      = "web-"
  keepers     = { k = var.keeper }
}
resource "random_integer" "port" {
  min  = 1000
  max  = 2000
  seed = "s"
}
resource "random_password" "p" {
  length           = 24
  min_special      = 4
  override_special = "_-"
}
resource "random_string" "s" {
  length  = 12
  number  = false
  special = false
  upper   = false
}
resource "random_pet" "pet" {
  length    = 3
  separator = "_"
  prefix    = var.keeper
}
resource "random_shuffle" "zones" {
  input        = ["a", "b", "c"]
  result_count = 5
  seed         = "s"
}
resource "random_uuid" "u" {}
output "p" {
  value     = random_password.p.result
  sensitive = true
}
'''


def test_random(tmp_path):
    assert "7 added" in applied(write(tmp_path, RANDOM))
    made = attributes(tmp_path, "random_id.id")
    raw = base64.urlsafe_b64decode(made["id"] + "==")
    assert made["hex"] == "web-" + raw.hex() and made["dec"] == f"web-{int.from_bytes(raw)}" and made["b64_std"] == "web-" + base64.b64encode(raw).decode()
    port, shuffled, password = attributes(tmp_path, "random_integer.port"), attributes(tmp_path, "random_shuffle.zones")["result"], attributes(tmp_path, "random_password.p")
    assert 1000 <= port["result"] <= 2000 and port["id"] == str(port["result"])
    assert sorted(shuffled[:3]) == ["a", "b", "c"] and len(shuffled) == 5
    assert len(password["result"]) == 24 and sum(c in "_-" for c in password["result"]) >= 4 and landfall(tmp_path, "output", "-raw", "p") == password["result"]
    assert attributes(tmp_path, "random_string.s")["result"].isalpha()
    assert len(attributes(tmp_path, "random_pet.pet")["id"].split("_")) == 4

    shown = landfall(tmp_path, "plan", "-var", "keeper=two")
    assert "Plan: 2 to add, 0 to change, 2 to destroy" in shown and "forces replacement" in shown
    applied(tmp_path, "-var", "keeper=two")
    assert attributes(tmp_path, "random_id.id")["hex"] != made["hex"] and attributes(tmp_path, "random_password.p") == password

    landfall(tmp_path, "destroy", "-auto-approve")
    applied(tmp_path)
    assert (attributes(tmp_path, "random_integer.port")["result"], attributes(tmp_path, "random_shuffle.zones")["result"]) == (port["result"], shuffled)


def test_a_secret_stays_one(tmp_path):
    write(tmp_path, RANDOM + 'output "leak" {\n  value = "x${random_password.p.result}"\n}\n')
    assert "Output refers to sensitive values" in refused(tmp_path, "plan")
    write(tmp_path, RANDOM + 'resource "terraform_data" "t" {\n  input = random_password.p.result\n}\ndata "template_file" "t" {\n  template = "$${a}"\n  vars = { a = random_password.p.result }\n}\n')
    shown = applied(tmp_path)
    assert attributes(tmp_path, "random_password.p")["result"] not in shown
    resources = json.loads((tmp_path / "terraform.tfstate").read_text())["resources"]
    assert [[path[0]["value"] for path in r["instances"][0]["sensitive_attributes"]] for r in resources if r["type"] == "terraform_data"] == [["input"]]


def test_random_import(tmp_path):
    write(tmp_path, '''
resource "random_password" "p" {
  length = 9
}
resource "random_integer" "i" {
  min = 1
  max = 9
}
resource "random_id" "i" {
  byte_length = 3
  prefix      = "a-"
}
resource "random_uuid" "u" {}
import {
  to = random_password.p
  id = "pass-word"
}
import {
  to = random_integer.i
  id = "4,1,9"
}
import {
  to = random_id.i
  id = "a-,YWJj"
}
import {
  to = random_uuid.u
  id = "aabbccdd-eeff-0011-2233-445566778899"
}
''')
    assert "0 added, 0 changed" in applied(tmp_path)
    assert attributes(tmp_path, "random_password.p")["result"] == "pass-word" and attributes(tmp_path, "random_integer.i")["result"] == 4 and attributes(tmp_path, "random_id.i")["hex"] == "a-616263"


def test_arguments_that_do_not_fit_are_refused(tmp_path):
    for text, expected in [
        ('resource "random_string" "s" {\n  length = 2\n  min_upper = 3\n}', "length is 2; wanted at least 3"),
        ('resource "random_integer" "s" {\n  min = 2\n  max = 1\n}', "min is 2 and max is 1"),
        ('resource "local_file" "f" {\n  filename = "f"\n}', "one of content, content_base64, source, sensitive_content must be written"),
        ('resource "local_file" "f" {\n  filename = "f"\n  content = "a"\n  source = "b"\n}', "content and source"),
        ('resource "local_file" "f" {\n  filename = "f"\n  content = "a"\n  file_permission = "rw"\n}', "three or four octal digits"),
        ('resource "tls_private_key" "k" {\n  algorithm = "DSA"\n}', "to be one of"),
        ('resource "time_offset" "t" {}', "one of offset_years"),
        ('resource "time_sleep" "t" {\n  create_duration = "soon"\n}', "a number with a unit"),
        ('data "archive_file" "a" {\n  type = "tar.gz"\n  output_path = "a"\n  source_file = "main.tf"\n}', "to be one of"),
        ('data "archive_file" "a" {\n  type = "zip"\n  output_path = "a"\n}', "must be written"),
        ('data "cloudinit_config" "c" {\n  base64_encode = false\n  part {\n    content = "x"\n  }\n}', "base64_encode is needed"),
        ('data "template_file" "t" {\n  template = "$${missing}"\n}', 'no variable named "missing"'),
        ('data "tls_certificate" "c" {\n  content = "x"\n}', "certificates in PEM"),
        ('data "external" "e" {\n  program = ["no-such-program"]\n}', "no-such-program cannot be started"),
        ('data "external" "e" {\n  program = ["sh", "-c", "echo oh no >&2; exit 3"]\n}', "exit status 3: oh no"),
        ('data "external" "e" {\n  program = ["echo", "[1]"]\n}', "no object"),
        ('data "external" "e" {\n  program = ["echo", "{\\"a\\": 1}"]\n}', "all members must be strings"),
    ]:
        assert expected in refused(write(tmp_path, text), "plan"), text


LOCAL = '''
resource "local_file" "text" {
  filename             = "made/deep/text.txt"
  content              = "text\\n"
  file_permission      = "0640"
  directory_permission = "0750"
}
resource "local_file" "binary" {
  filename       = "binary"
  content_base64 = "AP8="
}
resource "local_file" "copy" {
  filename = "copy"
  source   = "source"
}
resource "local_sensitive_file" "secret" {
  filename = "secret"
  content  = "s3cret"
}
data "local_file" "source" {
  filename = "${path.module}/source"
}
output "source" {
  value = data.local_file.source.content
}
'''


def test_local(tmp_path):
    (tmp_path / "source").write_text("from here")
    shown = applied(write(tmp_path, LOCAL))
    assert "s3cret" not in shown and landfall(tmp_path, "output", "-raw", "source") == "from here"
    text, made = tmp_path / "made" / "deep" / "text.txt", attributes(tmp_path, "local_file.text")
    assert text.read_text() == "text\n" and text.stat().st_mode & 0o777 == 0o640 and text.parent.stat().st_mode & 0o777 == 0o750
    assert (tmp_path / "binary").read_bytes() == b"\x00\xff" and (tmp_path / "copy").read_text() == "from here" and (tmp_path / "secret").stat().st_mode & 0o777 == 0o700
    assert made["id"] == made["content_sha1"] == hashlib.sha1(b"text\n").hexdigest() and made["content_base64sha512"] == base64.b64encode(hashlib.sha512(b"text\n").digest()).decode()

    text.unlink()
    (tmp_path / "secret").write_text("other")
    assert "2 to add, 0 to change, 0 to destroy" in landfall(tmp_path, "plan")
    applied(tmp_path)
    assert (tmp_path / "secret").read_text() == "s3cret"
    applied(write(tmp_path, LOCAL.replace('"text\\n"', '"changed"')))
    assert text.read_text() == "changed"
    landfall(tmp_path, "destroy", "-auto-approve")
    assert not text.exists() and not (tmp_path / "binary").exists() and (tmp_path / "source").exists()


TLS = '''
variable "keys" {
  default = {
    rsa = ["RSA", "P256"], p224 = ["ECDSA", "P224"], p256 = ["ECDSA", "P256"], p384 = ["ECDSA", "P384"], p521 = ["ECDSA", "P521"], ed = ["ED25519", "P256"]
  }
}
resource "tls_private_key" "k" {
  for_each    = var.keys
  algorithm   = each.value[0]
  ecdsa_curve = each.value[1]
}
resource "tls_self_signed_cert" "ca" {
  for_each              = var.keys
  private_key_pem       = tls_private_key.k[each.key].private_key_pem
  is_ca_certificate     = true
  validity_period_hours = 24
  allowed_uses          = ["cert_signing", "crl_signing"]
  subject {
    common_name    = "CA ${each.key}"
    organization   = "Zoë, Inc"
    street_address = ["1 First", "2nd"]
  }
}
resource "tls_cert_request" "r" {
  for_each        = var.keys
  private_key_pem = tls_private_key.k[each.key].private_key_pem
  dns_names       = ["localhost", "*.example.com"]
  ip_addresses    = ["127.0.0.1", "::1"]
  uris            = ["spiffe://a/b"]
}
resource "tls_locally_signed_cert" "c" {
  for_each              = var.keys
  cert_request_pem      = tls_cert_request.r[each.key].cert_request_pem
  ca_cert_pem           = tls_self_signed_cert.ca["p384"].cert_pem
  ca_private_key_pem    = tls_private_key.k["p384"].private_key_pem
  validity_period_hours = 12
  early_renewal_hours   = 3
  allowed_uses          = ["key_encipherment", "digital_signature", "server_auth"]
}
data "tls_public_key" "pem" {
  for_each        = var.keys
  private_key_pem = tls_private_key.k[each.key].private_key_pem_pkcs8
}
data "tls_certificate" "c" {
  content = "${tls_locally_signed_cert.c["rsa"].cert_pem}${tls_self_signed_cert.ca["p384"].cert_pem}"
}
output "keys" {
  value     = tls_private_key.k
  sensitive = true
}
output "certificates" {
  value = { for name, c in tls_locally_signed_cert.c : name => c.cert_pem }
}
output "authorities" {
  value = { for name, c in tls_self_signed_cert.ca : name => c.cert_pem }
}
output "requests" {
  value = { for name, r in tls_cert_request.r : name => r.cert_request_pem }
}
output "public" {
  value = { for name, k in data.tls_public_key.pem : name => k.public_key_openssh }
}
output "read" {
  value = data.tls_certificate.c.certificates
}
'''


def openssl(*words, text=""):
    done = subprocess.run(["openssl", *words], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_tls_keys_and_certificates(tmp_path):
    applied(write(tmp_path, TLS))
    out = {name: json.loads(landfall(tmp_path, "output", "-json", name)) for name in ("keys", "certificates", "authorities", "requests", "public", "read")}
    (tmp_path / "ca.pem").write_text(out["authorities"]["p384"])
    for name, key in out["keys"].items():
        for form in ("private_key_pem", "private_key_pem_pkcs8"):
            assert openssl("pkey", "-pubout", text=key[form]) == key["public_key_pem"]
        assert openssl("x509", "-noout", "-pubkey", text=out["certificates"][name]) == openssl("req", "-noout", "-pubkey", text=out["requests"][name]) == key["public_key_pem"]
        (tmp_path / "c.pem").write_text(out["certificates"][name])
        (tmp_path / "self.pem").write_text(out["authorities"][name])
        openssl("verify", "-x509_strict", "-CAfile", tmp_path / "ca.pem", "-verify_hostname", "www.example.com", tmp_path / "c.pem")
        openssl("verify", "-x509_strict", "-CAfile", tmp_path / "self.pem", tmp_path / "self.pem")
        openssl("req", "-verify", "-noout", text=out["requests"][name])
        assert out["public"][name] == key["public_key_openssh"]
    text = openssl("x509", "-noout", "-text", text=out["certificates"]["rsa"])
    assert "DNS:localhost, DNS:*.example.com, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://a/b" in text and "TLS Web Server Authentication" in text and "CA:FALSE" in text
    leaf, root = out["read"]
    assert root["is_ca"] and not leaf["is_ca"] and root["subject"] == root["issuer"] == leaf["issuer"] and root["signature_algorithm"] == "ECDSA-SHA384" and leaf["public_key_algorithm"] == "RSA"
    assert leaf["sha1_fingerprint"] == hashlib.sha1(ssl.PEM_cert_to_DER_cert(leaf["cert_pem"])).hexdigest()
    assert f"{int(leaf['serial_number']):X}" in openssl("x509", "-noout", "-serial", text=leaf["cert_pem"])

    # Six hours before the end, nine hours after the beginning: only the early renewal moves.
    applied(write(tmp_path, TLS.replace("early_renewal_hours   = 3", "early_renewal_hours   = 4")))
    shown = landfall(write(tmp_path, TLS.replace("early_renewal_hours   = 3", "early_renewal_hours   = 12")), "apply", "-auto-approve")
    assert "0 added, 6 changed, 0 destroyed" in shown
    assert "6 to add, 0 to change, 6 to destroy" in landfall(tmp_path, "plan")
    landfall(tmp_path, "destroy", "-auto-approve")


@pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="ssh-keygen is not installed")
def test_tls_keys_are_openssh_keys(tmp_path):
    landfall(write(tmp_path, TLS), "apply", "-auto-approve")
    for name, key in json.loads(landfall(tmp_path, "output", "-json", "keys")).items():
        if name == "p224":
            assert key["public_key_openssh"] == key["private_key_openssh"] == key["public_key_fingerprint_md5"] == ""
            continue
        file = tmp_path / "key"
        file.unlink(missing_ok=True)
        file.touch(0o600)
        file.write_text(key["private_key_openssh"])
        ask = lambda *words: subprocess.run(["ssh-keygen", *words, "-f", file], capture_output=True, text=True, check=True).stdout.split()
        assert ask("-y")[:2] == key["public_key_openssh"].split()
        assert ask("-l")[1] == key["public_key_fingerprint_sha256"] and ask("-l", "-E", "md5")[1] == "MD5:" + key["public_key_fingerprint_md5"]
    # A key that ssh-keygen made itself.
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "2048", "-N", "", "-C", "me", "-f", tmp_path / "theirs"], check=True)
    write(tmp_path, 'data "tls_public_key" "k" {\n  private_key_openssh = file("theirs")\n}\noutput "k" {\n  value = data.tls_public_key.k.public_key_openssh\n}\n')
    landfall(tmp_path, "apply", "-auto-approve")
    assert landfall(tmp_path, "output", "-raw", "k").split() == (tmp_path / "theirs.pub").read_text().split()[:2]


ARCHIVE = '''
data "archive_file" "folder" {
  type        = "zip"
  source_dir  = "tree"
  output_path = "out/folder.zip"
  excludes    = ["node_modules", "**/*.log"]
}
data "archive_file" "texts" {
  type             = "zip"
  output_path      = "texts.zip"
  output_file_mode = "0600"
  source {
    content  = "one"
    filename = "a/one.txt"
  }
  source {
    content  = "two"
    filename = "two.txt"
  }
}
resource "archive_file" "file" {
  type        = "zip"
  source_file = "tree/run.sh"
  output_path = "file.zip"
}
output "folder" {
  value = data.archive_file.folder
}
'''


def test_archive(tmp_path):
    for name, text in {"run.sh": "#!", "sub/deep/x": "x" * 10000, "sub/y.log": "", "node_modules/m/z": ""}.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(text)
    (tmp_path / "tree" / "run.sh").chmod(0o755)
    applied(write(tmp_path, ARCHIVE))
    bytes_before, told = (tmp_path / "out/folder.zip").read_bytes(), json.loads(landfall(tmp_path, "output", "-json", "folder"))
    with zipfile.ZipFile(tmp_path / "out/folder.zip") as packed:
        assert packed.testzip() is None
        assert [(i.filename, i.date_time[0], i.external_attr >> 16 & 0o777) for i in packed.infolist()] == [("run.sh", 2049, 0o755), ("sub/deep/x", 2049, 0o644)]
        assert packed.read("sub/deep/x") == b"x" * 10000
    assert told["output_size"] == len(bytes_before) < 1000 and told["output_base64sha256"] == base64.b64encode(hashlib.sha256(bytes_before).digest()).decode() and told["id"] == hashlib.sha1(bytes_before).hexdigest()
    with zipfile.ZipFile(tmp_path / "texts.zip") as packed:
        assert {i.filename: (packed.read(i), i.external_attr >> 16 & 0o777) for i in packed.infolist()} == {"a/one.txt": (b"one", 0o600), "two.txt": (b"two", 0o600)}

    os.utime(tmp_path / "tree" / "run.sh", (1, 1))
    landfall(tmp_path, "plan", "-detailed-exitcode")
    assert (tmp_path / "out/folder.zip").read_bytes() == bytes_before
    (tmp_path / "tree" / "run.sh").write_text("#!/bin/sh")
    (tmp_path / "file.zip").unlink()
    assert "Plan: 1 to add" in landfall(tmp_path, "plan")
    landfall(tmp_path, "destroy", "-auto-approve")


def test_templates(tmp_path):
    write(tmp_path, '''
data "template_file" "t" {
  template = "$${name} is $${upper(name)}%%{ if n > 1 }, many%%{ endif }"
  vars = {
    name = "x"
    n    = 2
  }
}
data "cloudinit_config" "plain" {
  gzip          = false
  base64_encode = false
  part {
    content_type = "text/x-shellscript"
    content      = "baz"
    filename     = "a.sh"
    merge_type   = "list()"
  }
}
data "template_cloudinit_config" "packed" {
  part {
    content = "one"
  }
}
output "t" {
  value = data.template_file.t.rendered
}
output "plain" {
  value = data.cloudinit_config.plain.rendered
}
output "packed" {
  value = data.template_cloudinit_config.packed.rendered
}
''')
    applied(tmp_path)
    assert landfall(tmp_path, "output", "-raw", "t") == "x is X, many"
    import email
    import gzip
    message = email.message_from_string(attributes(tmp_path, "data.cloudinit_config.plain")["rendered"])
    (part,) = message.get_payload()
    assert part.get_content_type() == "text/x-shellscript" and part.get_filename() == "a.sh" and part["X-Merge-Type"] == "list()" and part.get_payload() == "baz"
    packed = gzip.decompress(base64.b64decode(landfall(tmp_path, "output", "-raw", "packed"))).decode()
    assert email.message_from_string(packed).get_payload()[0].get_payload() == "one"


def test_old_templates_are_rendered(tmp_path):
    write(tmp_path, '''
data "template_file" "t" {
  template = "${file("t.tpl")}"

  vars {
    port = "80"
  }
}
output "t" {
  value = "${data.template_file.t.rendered}"
}
''')
    (tmp_path / "t.tpl").write_text('{"port": ${port}}')
    applied(tmp_path)
    assert landfall(tmp_path, "output", "-raw", "t") == '{"port": 80}'


TIME = '''
variable "months" {
  default = 1
}
resource "time_static" "now" {}
resource "time_static" "then" {
  rfc3339 = "2024-02-29T01:02:03Z"
}
resource "time_offset" "later" {
  base_rfc3339  = "2024-01-31T00:00:00Z"
  offset_months = var.months
}
resource "time_rotating" "yearly" {
  rotation_years = 1
}
resource "time_sleep" "wait" {
  create_duration = "1200ms"
}
output "later" {
  value = time_offset.later.rfc3339
}
'''


def test_time(tmp_path):
    began = time.monotonic()
    applied(write(tmp_path, TIME))
    assert time.monotonic() - began >= 1.2
    then = attributes(tmp_path, "time_static.then")
    assert [then[p] for p in ("year", "month", "day", "hour", "minute", "second", "unix")] == [2024, 2, 29, 1, 2, 3, 1709168523]
    assert landfall(tmp_path, "output", "-raw", "later") == "2024-03-02T00:00:00Z"
    shown = applied(tmp_path, "-var", "months=2")
    assert "0 added, 1 changed, 0 destroyed" in shown and landfall(tmp_path, "output", "-raw", "later") == "2024-03-31T00:00:00Z"
    # A year later than it was made.
    state = tmp_path / "terraform.tfstate"
    text = state.read_text()
    rotation = attributes(tmp_path, "time_rotating.yearly")["rotation_rfc3339"]
    state.write_text(text.replace(rotation, "2020-01-01T00:00:00Z"))
    shown = landfall(tmp_path, "plan", "-var", "months=2")
    assert "time_rotating.yearly must be replaced" in shown and "1 to add, 0 to change, 1 to destroy" in shown
    landfall(tmp_path, "destroy", "-auto-approve")


def test_a_sleep_can_be_cut_short(tmp_path):
    write(tmp_path, 'resource "time_sleep" "long" {\n  create_duration = "1h"\n}\n')
    process = subprocess.Popen([PROGRAM, "--data-dir", tmp_path / "no-daemon", "apply", "-auto-approve"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    wait_until(lambda: (tmp_path / ".terraform.tfstate.lock.info").exists(), "the apply holds the lock")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "Interrupted" in out
    assert "1 to add" in landfall(tmp_path, "plan")


class Answers(http.server.BaseHTTPRequestHandler):
    failures = 0

    def do_GET(self):
        if self.path == "/flaky" and Answers.failures > 0:
            Answers.failures -= 1
            self.send_response(503)
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("content-type", "text/plain")
        self.send_header("x-a", "1")
        self.send_header("x-a", "2")
        self.end_headers()
        self.wfile.write(f"{self.command} {self.path} {self.headers.get('X-Ask', '')}".encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(201)
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """An HTTP server of this process; `wrap` puts TLS around what it accepts."""
    one = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=one.serve_forever, daemon=True).start()
    yield one
    one.shutdown()
    one.server_close()


def test_http(tmp_path, server):
    Answers.failures = 2
    write(tmp_path, f'''
locals {{
  base = "http://127.0.0.1:{server.server_port}"
}}
data "http" "get" {{
  url             = "${{local.base}}/a"
  request_headers = {{ X-Ask = "this" }}
}}
data "http" "post" {{
  url          = "${{local.base}}/b"
  method       = "POST"
  request_body = "abc"
}}
data "http" "none" {{
  url = "${{local.base}}/none"
}}
data "http" "flaky" {{
  url = "${{local.base}}/flaky"
  retry {{
    attempts     = 3
    min_delay_ms = 1
  }}
}}
output "all" {{
  value = [data.http.get, data.http.post, data.http.none, data.http.flaky]
}}
''')
    landfall(tmp_path, "apply", "-auto-approve")
    get, post, none, flaky = json.loads(landfall(tmp_path, "output", "-json", "all"))
    assert get["response_body"] == get["body"] == "GET /a this" and get["response_headers"]["X-A"] == "1, 2" and get["response_headers"]["Content-Type"] == "text/plain"
    assert (post["status_code"], post["response_body"], post["response_body_base64"]) == (201, "cba", base64.b64encode(b"cba").decode())
    assert (none["status_code"], flaky["status_code"]) == (404, 200)
    write(tmp_path, 'data "http" "x" {\n  url = "http://127.0.0.1:1/"\n}')
    assert "connection refused" in refused(tmp_path, "plan")


def test_what_a_tls_server_shows(tmp_path, server, monkeypatch):
    applied(write(tmp_path, TLS))
    out = {name: json.loads(landfall(tmp_path, "output", "-json", name)) for name in ("keys", "certificates", "authorities")}
    (tmp_path / "chain.pem").write_text(out["certificates"]["rsa"] + out["authorities"]["p384"])
    (tmp_path / "key.pem").write_text(out["keys"]["rsa"]["private_key_pem"])
    (tmp_path / "ca.pem").write_text(out["authorities"]["p384"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://localhost:{server.server_port}/a"
    folder = tmp_path / "asks"
    folder.mkdir()
    text = f'data "tls_certificate" "c" {{\n  url = "{url}"\n}}\ndata "http" "h" {{\n  url = "{url}"\n  ca_cert_pem = file("../ca.pem")\n}}\noutput "c" {{\n  value = [data.tls_certificate.c.certificates[*].cert_pem, data.http.h.status_code]\n}}\n'
    assert "self-signed certificate" in refused(write(folder, text), "plan")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    landfall(folder, "apply", "-auto-approve")
    shown, status = json.loads(landfall(folder, "output", "-json", "c"))
    assert shown == [out["authorities"]["p384"], out["certificates"]["rsa"]] and status == 200
    monkeypatch.delenv("SSL_CERT_FILE")
    write(folder, text.replace(f'url = "{url}"\n}}\ndata', f'url = "{url}"\n  verify_chain = false\n}}\ndata'))
    landfall(folder, "plan")


def test_external(tmp_path):
    (tmp_path / "sub").mkdir()
    write(tmp_path, '''
data "external" "e" {
  program     = ["sh", "-c", "printf '{\\"query\\": \\"%s\\", \\"folder\\": \\"%s\\"}' \\"$(base64 -w0)\\" \\"$PWD\\""]
  working_dir = "sub"
  query       = { b = "2", a = 1 }
}
output "e" {
  value = data.external.e.result
}
''')
    landfall(tmp_path, "apply", "-auto-approve")
    result = json.loads(landfall(tmp_path, "output", "-json", "e"))
    assert json.loads(base64.b64decode(result["query"])) == {"a": "1", "b": "2"} and result["folder"] == str(tmp_path / "sub")
