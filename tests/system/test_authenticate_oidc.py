"""Users logged in by a load balancer: a small OpenID provider on the internet, a task that is told who the user is, and curl as the browser."""
import base64
import http.server
import json
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest

from conftest import REGION, wait_until
from test_fargate import image, place  # noqa: F401 (fixtures)
from test_grpc import NAME, Front
from test_jwt_validation import Outside, url64
from test_load_balancer import curl
from test_terraform import Root, plugins
from test_types_more import Stack as Files

ECHO = '''
import http.server, json
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        text = json.dumps({"path": self.path, "body": body, "fields": {k.lower(): v for k, v in self.headers.items()}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    do_POST = do_GET
    def log_message(self, *_):
        pass
server = http.server.ThreadingHTTPServer(("", 50051), Echo)
print("ready", flush=True)
server.serve_forever()
'''

STACK = '''
provider "aws" {{
  region                  = "us-west-2"
  skip_metadata_api_check = true
}}
resource "aws_lb_listener_rule" "app" {{
  listener_arn = "{listener}"
  priority     = 1
  action {{
    type = "authenticate-oidc"
    authenticate_oidc {{
      issuer                 = "https://login.idp.test"
      authorization_endpoint = "https://login.idp.test:{port}/authorize"
      token_endpoint         = "https://login.idp.test:{port}/token"
      user_info_endpoint     = "https://login.idp.test:{port}/userinfo"
      client_id              = "the client"
      client_secret          = "{secret}"
      scope                  = "openid email"
      authentication_request_extra_params = {{ prompt = "login" }}
    }}
  }}
  action {{
    type             = "forward"
    target_group_arn = "{group}"
  }}
  condition {{
    path_pattern {{ values = ["/app/*"] }}
  }}
}}
resource "aws_lb_listener" "other" {{
  load_balancer_arn = "{balancer}"
  port              = 8443
  protocol          = "HTTPS"
  certificate_arn   = "{certificate}"
  default_action {{
    type = "authenticate-oidc"
    authenticate_oidc {{
      issuer                     = "https://login.idp.test"
      authorization_endpoint     = "https://login.idp.test:{port}/authorize"
      token_endpoint             = "https://login.idp.test:{port}/token"
      user_info_endpoint         = "https://login.idp.test:{port}/userinfo"
      client_id                  = "the client"
      client_secret              = "{secret}"
      on_unauthenticated_request = "deny"
      session_cookie_name        = "other"
      session_timeout            = 60
    }}
  }}
  default_action {{
    type = "fixed-response"
    fixed_response {{
      content_type = "text/plain"
      message_body = "through"
      status_code  = "200"
    }}
  }}
}}
'''

SECRET = "only for the token endpoint/+="


class Provider:
    """An OpenID provider. Who comes to its authorization endpoint is logged in at once."""

    def __init__(self, folder, daemon, outside):
        self.outside, self.codes, self.calls, self.seen = outside, {}, [], []
        self.reset()
        provider = self

        class Pages(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                path, _, query = self.path.partition("?")
                {"/authorize": self.authorize, "/userinfo": self.userinfo}[path](dict(urllib.parse.parse_qsl(query)))

            def authorize(self, asked):
                provider.seen.append(asked)
                code = secrets.token_urlsafe(8)
                provider.codes[code] = asked
                given = {"error": provider.error} if provider.error else {"code": code}
                self.send_response(302)
                self.send_header("Location", asked["redirect_uri"] + "?" + urllib.parse.urlencode(given | {"state": asked["state"]}))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_POST(self):
                form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
                provider.calls.append(form["grant_type"])
                user = base64.b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode().split(":")
                if [urllib.parse.unquote(part) for part in user] != ["the client", SECRET]:
                    return self.tell({"error": "invalid_client"}, 401)
                if form["grant_type"] == "authorization_code":
                    asked = provider.codes.pop(form["code"], None)
                    if asked is None or asked["redirect_uri"] != form["redirect_uri"] or not provider.takes_codes:
                        return self.tell({"error": "invalid_grant"}, 400)
                elif not form.get("refresh_token", "").startswith("again-") or not provider.takes_refreshes:
                    return self.tell({"error": "invalid_grant"}, 400)
                claims = {"iss": "https://login.idp.test", "aud": "the client", "sub": "user-1", "exp": time.time() + 60}
                tokens = {"access_token": "access-" + str(len(provider.calls)), "token_type": "Bearer", "expires_in": provider.lasts, "refresh_token": "again-" + str(len(provider.calls)), "id_token": url64({}) + "." + url64(claims) + ".c2ln"}
                self.tell(tokens)

            def userinfo(self, _):
                assert self.headers["Authorization"].startswith("Bearer access-")
                self.tell({"sub": "user-1", "email": "user@idp.test", "more": provider.more})

            def tell(self, what, status=200):
                body = json.dumps(what).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = outside.serve(folder, daemon, "login.idp.test", Pages)
        self.address, self.port = self.server.server_address

    def reset(self):
        self.error, self.takes_codes, self.takes_refreshes, self.lasts, self.more = None, True, True, 3600, ""


class Site(Front):
    """What Terraform made: /app/* is for users of the provider, the rest for everybody."""

    def __init__(self, place, provider, folder):
        super().__init__(place)
        self.provider, self.folder, self.daemon = provider, folder, place.daemon
        (folder / "echo.py").write_text(ECHO)
        self.target = self.forward_to("app", 50051, "HTTP1")
        self.start(folder, sys.executable, "echo.py")
        self.dns = self.daemon.client("route53")
        self.zone = self.dns.create_hosted_zone(Name="idp.test", CallerReference="idp")["HostedZone"]["Id"]
        self.record("CREATE")
        (folder / "main.tf").write_text(STACK.format(listener=self.listener, group=self.target["TargetGroupArn"], balancer=self.balancer, certificate=self.certificate, port=provider.port, secret=SECRET))
        self.files = Files(self.daemon, folder)
        self.files.run("init")
        self.files.apply()
        self.rule = next(r for r in self.elb.describe_rules(ListenerArn=self.listener)["Rules"] if r["Priority"] == "1")
        wait_until(lambda: self.health(self.target)["State"] == "healthy", "the target is healthy")
        wait_until(lambda: self.ask("/app/").startswith("302"), "the rule is in force")

    def record(self, action):
        record = {"Name": "login.idp.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": self.provider.address}]}
        self.dns.change_resource_record_sets(HostedZoneId=self.zone, ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]})

    def change(self, **config):
        """Another setting of the rule's action; the secret stays."""
        actions = json.loads(json.dumps(self.rule["Actions"]))
        actions[0]["AuthenticateOidcConfig"] |= {"UseExistingClientSecret": True} | config
        before = self.config()["listeners"]
        self.elb.modify_rule(RuleArn=self.rule["RuleArn"], Actions=actions)
        wait_until(lambda: self.config()["listeners"] != before and self.state()["revision"] == self.config()["revision"], "the change is in force")

    def worker_folder(self):
        return next(f for f in (self.daemon.folder / "alb").iterdir() if "grpc" in (f / "config.json").read_text())

    def config(self):
        return json.loads((self.worker_folder() / "config.json").read_text())

    def state(self):
        return json.loads((self.worker_folder() / "state.json").read_text())

    def browse(self, path, *words):
        resolve = ["--resolve", f"{NAME}:443:{self.address()}", "--resolve", f"login.idp.test:{self.provider.port}:{self.provider.address}"]
        return curl("--cacert", str(self.daemon.folder / "ca" / "root.pem"), *resolve, *words, path if path.startswith("https") else f"https://{NAME}{path}").stdout

    def ask(self, path, *words):
        """Status and Location."""
        return self.browse(path, "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", *words)

    def visit(self, jar, path, *words):
        """As a browser does: with a cookie jar, wherever it is sent."""
        return self.browse(path, "-L", "-b", str(jar), "-c", str(jar), *words)

    def remove(self):
        self.files.run("destroy", "-auto-approve")
        self.record("DELETE")
        self.dns.delete_hosted_zone(Id=self.zone)
        super().remove()


@pytest.fixture(scope="module")
def provider(place, tmp_path_factory):  # noqa: F811
    outside = Outside()
    made = Provider(tmp_path_factory.mktemp("idp"), place.daemon, outside)
    yield made
    made.server.shutdown()
    made.server.server_close()
    outside.remove()


@pytest.fixture(scope="module")
def made(place, provider, tmp_path_factory):  # noqa: F811
    made = Site(place, provider, tmp_path_factory.mktemp("oidc"))
    yield made
    made.remove()


@pytest.fixture
def site(made):
    made.provider.reset()
    yield made


@pytest.fixture
def jar(tmp_path):
    return tmp_path / "jar"


def part(token, index):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[index]))


def check_signature(site, token, folder):
    """With the key that the balancer's region publishes, by the openssl command."""
    kid = part(token, 0)["kid"]
    key = curl("-H", f"Host: public-keys.auth.elb.{REGION}.amazonaws.com", f"http://127.0.0.1:{site.daemon.port}/{kid}").stdout
    assert key.startswith("-----BEGIN PUBLIC KEY-----")
    signed, signature = token.rsplit(".", 1)
    raw = base64.urlsafe_b64decode(signature)
    der = lambda tag, content: bytes([tag, len(content)]) + content
    number = lambda raw: der(2, b"\0" * (raw.lstrip(b"\0")[0] > 127) + raw.lstrip(b"\0"))
    body = number(raw[:32]) + number(raw[32:])
    (folder / "key.pem").write_text(key)
    (folder / "sig").write_bytes(der(0x30, body))
    (folder / "data").write_text(signed)
    subprocess.run(["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "sig", "data"], cwd=folder, check=True, capture_output=True)


def test_a_user_logs_in_once_and_the_target_is_told_who_it_is(site, jar, tmp_path):
    calls = len(site.provider.calls)
    said = json.loads(site.visit(jar, "/app/x?y=1&z", "-H", "x-amzn-oidc-identity: somebody else", "-H", "X-Amzn-Oidc-Data: made up"))
    assert said["path"] == "/app/x?y=1&z", "back where the user wanted to go"
    fields = said["fields"]
    assert fields["x-amzn-oidc-identity"] == "user-1"
    assert re.fullmatch(r"access-\d+", fields["x-amzn-oidc-accesstoken"])
    token = fields["x-amzn-oidc-data"]
    head, claims = part(token, 0), part(token, 1)
    assert all(len(piece) % 4 == 0 for piece in token.split(".")), "padded"
    assert (head["alg"], head["signer"], head["iss"], head["client"]) == ("ES256", site.balancer, "https://login.idp.test", "the client")
    assert claims["sub"] == "user-1" and claims["email"] == "user@idp.test" and time.time() < claims["exp"] <= time.time() + 130
    check_signature(site, token, tmp_path)
    asked = site.provider.seen[-1]
    assert asked.pop("state")
    assert asked == {"client_id": "the client", "redirect_uri": f"https://{NAME}/oauth2/idpresponse", "response_type": "code", "scope": "openid email", "prompt": "login"}

    again = json.loads(site.browse("/app/later", "-b", str(jar), "-X", "POST", "-d", "a body"))
    assert (again["body"], again["fields"]["x-amzn-oidc-identity"]) == ("a body", "user-1")
    assert len(site.provider.calls) == calls + 1, "the second request needed no provider"
    kept = jar.read_text()
    assert "#HttpOnly_" + NAME in kept and "AWSELBAuthSessionCookie-0" in kept and "AWSALBAuthNonce" in kept
    assert "user-1" not in kept and "user@idp.test" not in kept
    everybody = json.loads(site.browse("/", "-H", "x-amzn-oidc-identity: somebody else"))
    assert not any(name.startswith("x-amzn-oidc") for name in everybody["fields"]), "only the balancer says who the user is"


def test_what_a_browser_did_not_get_from_us_is_no_session_and_no_login(site, jar, tmp_path):
    assert json.loads(site.visit(jar, "/app/"))["path"] == "/app/"
    session = re.search(r"AWSELBAuthSessionCookie-0\t(\S+)", jar.read_text())[1]
    changed = session[:40] + ("A" if session[40] != "A" else "B") + session[41:]
    assert site.ask("/app/", "-b", f"AWSELBAuthSessionCookie-0={session}").startswith("200")
    assert site.ask("/app/", "-b", f"AWSELBAuthSessionCookie-0={changed}").startswith("302")

    begun = tmp_path / "begun"
    location = site.browse("/app/", "-o", "/dev/null", "-c", str(begun), "-w", "%{redirect_url}")
    callback = site.browse(location, "-o", "/dev/null", "-w", "%{redirect_url}")
    state = urllib.parse.parse_qs(urllib.parse.urlsplit(callback).query)["state"][0]
    calls = len(site.provider.calls)
    assert site.ask(callback).startswith("401"), "another browser, without the nonce"
    assert site.ask(callback, "-b", "AWSALBAuthNonce=abcdefghijklmnop").startswith("401"), "another nonce"
    assert site.ask("/oauth2/idpresponse?code=x", "-b", str(begun)).startswith("401"), "no state"
    assert site.ask("/oauth2/idpresponse?code=x&state=" + urllib.parse.quote("A" + state[1:] if state[0] != "A" else "B" + state[1:], safe=""), "-b", str(begun)).startswith("401"), "another state"
    assert len(site.provider.calls) == calls, "no code was spent"
    assert site.ask(callback, "-b", str(begun)) == f"302 https://{NAME}:443/app/" or site.ask(callback, "-b", str(begun)) == f"302 https://{NAME}/app/"


def test_what_the_provider_refuses_is_told_as_aws_does(site, tmp_path):
    visit = lambda name: site.visit(tmp_path / name, "/app/", "-o", "/dev/null", "-w", "%{http_code}")
    site.provider.error = "access_denied"
    assert visit("denied") == "401"
    site.provider.error = "server_error"
    assert visit("broken") == "561"
    site.provider.reset()
    site.provider.takes_codes = False
    assert visit("spent") == "561"
    site.provider.reset()
    site.provider.more = "x" * 12_000
    assert visit("large") == "401"
    site.provider.more = "x" * 4_000  # curl sends no more than 8 KiB of cookies
    assert visit("shards") == "200"
    assert "AWSELBAuthSessionCookie-1" in (tmp_path / "shards").read_text()
    page = site.visit(tmp_path / "again", "/app/", "-w", "%{http_code}")
    assert page.endswith("200")


def test_an_endpoint_that_is_not_there_is_500_and_others_are_served_meanwhile(site, jar, tmp_path):
    assert site.visit(jar, "/app/", "-o", "/dev/null", "-w", "%{http_code}") == "200"
    site.change(TokenEndpoint=f"https://{site.provider.address}:1/token")
    assert site.visit(tmp_path / "refused", "/app/", "-o", "/dev/null", "-w", "%{http_code}") == "500"
    silent = socket_that_says_nothing(site.provider)
    site.change(TokenEndpoint=f"https://{site.provider.address}:{silent.getsockname()[1]}/token")
    began, codes = time.monotonic(), []
    waiting = threading.Thread(target=lambda: codes.append(site.visit(tmp_path / "silent", "/app/", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20")))
    waiting.start()
    assert site.ask("/").startswith("200") and time.monotonic() - began < 4, "the lane did not wait"
    waiting.join()
    assert codes == ["500"] and time.monotonic() - began >= 4
    silent.close()
    site.change()


def socket_that_says_nothing(provider):
    return provider.outside.run(lambda: socket.create_server((provider.address, 0)))


def test_a_request_without_a_user_is_allowed_or_denied(site):
    site.change(OnUnauthenticatedRequest="allow")
    said = json.loads(site.browse("/app/open", "-H", "x-amzn-oidc-data: made up"))
    assert said["path"] == "/app/open" and not any(name.startswith("x-amzn-oidc") for name in said["fields"])
    site.change(OnUnauthenticatedRequest="deny")
    assert site.ask("/app/open") == "401 "
    site.change()
    assert site.ask("/app/open").startswith("302")


def test_a_session_ends_and_is_refreshed_until_then(site, jar):
    site.change(SessionTimeout=15)
    site.provider.lasts = 1
    first = json.loads(site.visit(jar, "/app/"))["fields"]["x-amzn-oidc-accesstoken"]
    site.provider.calls.clear()
    look = lambda: site.browse("/app/", "-b", str(jar), "-c", str(jar), "-X", "POST", "-d", "kept", "-w", "%{http_code}")
    wait_until(lambda: look() and site.provider.calls, "the access token has ended")
    assert set(site.provider.calls) == {"refresh_token"}
    said = json.loads(look().removesuffix("200"))
    assert said["body"] == "kept" and said["fields"]["x-amzn-oidc-accesstoken"] != first
    session = re.search(r"AWSELBAuthSessionCookie-0\t(\S+)", jar.read_text())[1]
    wait_until(lambda: site.ask("/app/", "-b", f"AWSELBAuthSessionCookie-0={session}").startswith("302"), "the session is over, whatever the browser keeps")
    site.change()


def test_a_refresh_that_fails_asks_the_user_again(site, jar):
    site.provider.lasts, site.provider.takes_refreshes = 1, False
    assert json.loads(site.visit(jar, "/app/"))["path"] == "/app/"
    wait_until(lambda: site.ask("/app/", "-b", str(jar)).startswith("302"), "the user has to log in again")


def test_over_http2_too(site, jar):
    said = json.loads(site.visit(jar, "/app/two", "--http2"))
    assert (said["path"], said["fields"]["x-amzn-oidc-identity"]) == ("/app/two", "user-1")


def test_the_secret_is_told_to_nobody(site):
    told = json.dumps([site.elb.describe_rules(ListenerArn=site.listener), site.elb.describe_listeners(LoadBalancerArn=site.balancer)], default=str)
    assert "AuthenticateOidcConfig" in told and SECRET not in told and "ClientSecret" not in told
    config = site.worker_folder() / "config.json"
    assert SECRET in config.read_text() and config.stat().st_mode & 0o077 == 0
    logs = [log for log in site.daemon.folder.rglob("*.log") if log.is_file()]
    assert logs and not any(SECRET in log.read_text() for log in logs)


def test_logins_are_counted(site, jar, tmp_path):
    metrics = site.daemon.client("cloudwatch")
    names = lambda: {m["MetricName"] for page in metrics.get_paginator("list_metrics").paginate(Namespace="AWS/ApplicationELB") for m in page["Metrics"]}
    visit = lambda jar: site.visit(jar, "/app/", "-o", "/dev/null")
    wait_until(lambda: "NewConnectionCount" in names() or site.ask("/") == "", "the load balancer is measured", seconds=60)
    site.provider.lasts = 1
    visit(jar)
    site.provider.calls.clear()
    wait_until(lambda: visit(jar) or "refresh_token" in site.provider.calls, "a session is refreshed")
    site.provider.error = "access_denied"
    visit(tmp_path / "denied")
    site.provider.error = "server_error"
    visit(tmp_path / "broken")
    site.provider.reset()
    site.provider.more = "x" * 12_000
    visit(tmp_path / "large")
    wanted = {"ELBAuthSuccess", "ELBAuthFailure", "ELBAuthError", "ELBAuthLatency", "ELBAuthRefreshTokenSuccess", "ELBAuthUserClaimsSizeExceeded"}
    wait_until(lambda: wanted <= names(), "CloudWatch knows of the logins", seconds=60)


@pytest.mark.skipif(not shutil.which("terraform") or not plugins(), reason="terraform or its AWS provider is not installed")
def test_the_official_provider_and_our_engine_take_turns_at_logins(site):
    official = Root(site.daemon, site.folder)
    official.init()
    official.run("plan", "-detailed-exitcode")
    official.run("destroy", "-auto-approve")
    official.apply()
    site.files.run("plan", "-detailed-exitcode")
    site.rule = next(r for r in site.elb.describe_rules(ListenerArn=site.listener)["Rules"] if r["Priority"] == "1")
