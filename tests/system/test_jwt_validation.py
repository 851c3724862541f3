"""Requests that must bring a token: keys published by a real endpoint on the host, found by name and believed by certificate."""
import base64
import ctypes
import http.server
import json
import os
import random
import ssl
import subprocess
import threading
import time

import pytest

from conftest import wait_until
from test_load_balancer import site  # noqa: F401: a fixture
from test_types_more import Stack as Files

STACK = '''
provider "aws" {{ region = "us-west-2" }}
resource "aws_lb_listener_rule" "r" {{
  listener_arn = "{listener}"
  priority     = 1
  action {{
    type  = "jwt-validation"
    order = 1
    jwt_validation {{
      issuer        = "https://idp.test"
      jwks_endpoint = "https://keys.idp.test:{port}/keys"
      additional_claim {{
        name   = "scope"
        format = "space-separated-values"
        values = ["read"]
      }}
    }}
  }}
  action {{
    type  = "fixed-response"
    order = 2
    fixed_response {{
      content_type = "text/plain"
      message_body = "through"
      status_code  = "200"
    }}
  }}
  condition {{
    path_pattern {{ values = ["/api/*"] }}
  }}
}}
'''


def url64(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else json.dumps(data).encode()).rstrip(b"=").decode()


class Outside:
    """A machine on the internet: a network namespace that the host routes to. It has no name: /run/netns is Landfall's."""

    def __init__(self):
        number = random.randrange(64)
        name, host, self.address = f"outside{number}", f"203.0.113.{4 * number + 1}", f"203.0.113.{4 * number + 2}"
        self.holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.space = f"/proc/{self.holder.pid}/ns/net"
        wait_until(lambda: os.readlink(self.space) != os.readlink("/proc/self/ns/net"), "the namespace is there")
        self.ip("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", str(self.holder.pid))
        self.ip("addr", "add", f"{host}/30", "dev", name)
        self.ip("link", "set", name, "up")
        for words in (["addr", "add", f"{self.address}/30", "dev", "eth0"], ["link", "set", "eth0", "up"], ["link", "set", "lo", "up"]):
            subprocess.run(["nsenter", f"--net={self.space}", "ip", *words], check=True)

    @staticmethod
    def ip(*words):
        subprocess.run(["ip", *words], check=True)

    def run(self, action):
        """Calls it on a thread in the namespace: sockets that it makes stay there."""
        results = []

        def inside():
            with open(self.space) as space:
                assert ctypes.CDLL(None, use_errno=True).setns(space.fileno(), 0x40000000) == 0
            results.append(action())

        thread = threading.Thread(target=inside)
        thread.start()
        thread.join()
        return results[0]

    def serve(self, folder, daemon, name, pages):
        """An HTTPS server here, with a certificate for the name by the daemon's authority."""
        openssl = lambda *words: subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
        ca = daemon.folder / "ca"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.csr", "-subj", f"/CN={name}")
        (folder / "san").write_text(f"subjectAltName=DNS:{name}")
        openssl("x509", "-req", "-in", "tls.csr", "-CA", str(ca / "root.pem"), "-CAkey", str(ca / "root.key"), "-set_serial", "77", "-days", "1", "-extfile", "san", "-out", "tls.pem")
        server = self.run(lambda: http.server.ThreadingHTTPServer((self.address, 0), pages))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server

    def remove(self):
        self.holder.kill()
        self.holder.wait()


class Provider:
    """An identity provider of RSA keys made by the openssl command."""

    def __init__(self, folder, daemon, outside):
        self.folder, self.calls = folder, 0
        for name in ("k", "other"):
            self.openssl("genrsa", "-out", f"{name}.key", "2048")
        provider = self

        class Keys(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.calls += 1
                body = json.dumps({"keys": [provider.jwk("k")]}).encode()
                self.send_response(200 if self.path == "/keys" else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = outside.serve(folder, daemon, "keys.idp.test", Keys)
        self.address, self.port = self.server.server_address

    def openssl(self, *words, data=None):
        return subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, input=data).stdout

    def jwk(self, name):
        modulus = self.openssl("rsa", "-in", f"{name}.key", "-noout", "-modulus").decode().strip().split("=")[1]
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": url64(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, key="k", header=None, **claims):
        text = url64(header or {"alg": "RS256", "kid": "k"}) + "." + url64({"iss": "https://idp.test", "exp": time.time() + 60, "scope": "read write"} | claims)
        return text + "." + url64(self.openssl("dgst", "-sha256", "-sign", f"{key}.key", data=text.encode()))


@pytest.fixture
def provider(site, tmp_path):
    folder = tmp_path / "idp"
    folder.mkdir()
    outside = Outside()
    made = Provider(folder, site.daemon, outside)
    yield made
    made.server.shutdown()
    made.server.server_close()
    outside.remove()


def test_a_rule_lets_through_whose_token_the_provider_signed(site, provider, tmp_path):
    dns = site.daemon.client("route53")
    zone = dns.create_hosted_zone(Name="idp.test", CallerReference="idp")["HostedZone"]["Id"]
    record = {"Name": "keys.idp.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": provider.address}]}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]})
    (tmp_path / "main.tf").write_text(STACK.format(listener=site.https, port=provider.port))
    files = Files(site.daemon, tmp_path)
    files.run("init")
    files.apply()

    def visit(*tokens):
        fields = [word for token in tokens for word in ("-H", f"Authorization: Bearer {token}")]
        return site.get("https://www.site.test/api/x", None, *fields, "-w", "%{http_code}").stdout

    wait_until(lambda: visit(provider.token()) == "through200", "a good token goes through")
    assert provider.calls >= 1
    refusals = {
        "no token": [],
        "expired": [provider.token(exp=time.time() - 1)],
        "not yet": [provider.token(nbf=time.time() + 60)],
        "of another issuer": [provider.token(iss="https://evil.test")],
        "signed by another key": [provider.token(key="other")],
        "without the claim": [provider.token(scope="write")],
        "unsigned": [provider.token(header={"alg": "none"}).rsplit(".", 1)[0] + "."],
        "of another algorithm": [provider.token(header={"alg": "HS256", "kid": "k"})],
        "two of them": [provider.token(), provider.token()],
    }
    for why, tokens in refusals.items():
        said = visit(*tokens)
        assert said.endswith("401") and "401 Authorization Required" in said, f"{why}: {said}"
    assert site.get("https://www.site.test/").stdout == "it serves", "other paths need no token"

    files.run("destroy", "-auto-approve")
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]})
    dns.delete_hosted_zone(Id=zone)
