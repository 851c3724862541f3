"""AssumeRoleWithWebIdentity through boto3: tokens of a real OpenID Connect provider on this machine, believed by its certificate."""
import http.server
import json
import ssl
import subprocess
import threading
import time
import uuid

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from conftest import REGION
from test_jwt_validation import url64


class Provider:
    """Its configuration and its keys over HTTPS; tokens by the openssl command."""

    def __init__(self, folder, daemon):
        self.folder, self.keys, self.calls = folder, ["k"], 0
        for name in ("k", "new", "other"):
            self.openssl("genrsa", "-out", f"{name}.key", "2048")
        self.openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=provider")
        (folder / "san").write_text("subjectAltName=IP:127.0.0.1")
        ca = daemon.folder / "ca"
        self.openssl("x509", "-req", "-in", "tls.csr", "-CA", str(ca / "root.pem"), "-CAkey", str(ca / "root.key"), "-set_serial", "78", "-days", "1", "-extfile", "san", "-out", "tls.pem")
        provider = self

        class Pages(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.calls += 1
                pages = {"/idp/.well-known/openid-configuration": {"issuer": provider.issuer, "jwks_uri": f"https://127.0.0.1:{provider.port}/keys"}, "/keys": {"keys": [provider.jwk(name) for name in provider.keys]}}
                body = json.dumps(pages.get(self.path, {})).encode()
                self.send_response(200 if self.path in pages else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.port = self.server.server_address[1]
        self.issuer = f"https://127.0.0.1:{self.port}/idp"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "tls.pem", folder / "tls.key")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def openssl(self, *words, data=None):
        return subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True, input=data).stdout

    def jwk(self, name):
        modulus = self.openssl("rsa", "-in", f"{name}.key", "-noout", "-modulus").decode().strip().split("=")[1]
        return {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": name, "n": url64(bytes.fromhex(modulus)), "e": "AQAB"}

    def token(self, key="k", signed_by=None, **claims):
        claims = {"iss": self.issuer, "sub": "repo:me/app", "aud": "sts.amazonaws.com", "iat": int(time.time()) - 5, "exp": int(time.time()) + 300} | claims
        signed = f"{url64({'alg': 'RS256', 'kid': key})}.{url64(claims)}"
        return f"{signed}.{url64(self.openssl('dgst', '-sha256', '-sign', f'{signed_by or key}.key', data=signed.encode()))}"


@pytest.fixture(scope="module")
def provider(shared, tmp_path_factory):
    one = Provider(tmp_path_factory.mktemp("provider"), shared)
    yield one
    one.server.shutdown()


@pytest.fixture
def role(shared, provider):
    """A role that trusts the provider, for one subject."""
    iam, name = shared.client("iam"), "web-" + uuid.uuid4().hex[:8]
    arn = iam.create_open_id_connect_provider(Url=provider.issuer, ClientIDList=["sts.amazonaws.com"], ThumbprintList=["a" * 40])["OpenIDConnectProviderArn"]
    host = provider.issuer.removeprefix("https://")
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity",
                                                      "Condition": {"StringEquals": {f"{host}:aud": "sts.amazonaws.com"}, "StringLike": {f"{host}:sub": "repo:me/*"}}}]}
    yield iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    iam.delete_role(RoleName=name)
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


@pytest.fixture
def sts(shared):
    return boto3.client("sts", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name=REGION, config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))


def assume(sts, role, token, **more):
    return sts.assume_role_with_web_identity(RoleArn=role["Arn"], RoleSessionName="run", WebIdentityToken=token, **more)


def refused(sts, role, token, code, **more):
    with pytest.raises(ClientError) as caught:
        assume(sts, role, token, **more)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def test_a_token_opens_a_session_of_the_role(shared, provider, role, sts):
    answer = assume(sts, role, provider.token(), DurationSeconds=900)
    assert answer["SubjectFromWebIdentityToken"] == "repo:me/app" and answer["Audience"] == "sts.amazonaws.com" and answer["Provider"] == provider.issuer
    assert answer["AssumedRoleUser"]["AssumedRoleId"] == role["RoleId"] + ":run"
    keys = answer["Credentials"]
    mine = boto3.client("sts", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name=REGION, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    assert mine.get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"] and answer["AssumedRoleUser"]["Arn"].endswith(f"assumed-role/{role['RoleName']}/run")


def test_tokens_that_open_nothing(provider, role, sts):
    assert "not a valid JWT" in refused(sts, role, "nonsense", "InvalidIdentityToken")
    assert refused(sts, role, provider.token(aud="other"), "InvalidIdentityToken") == "Incorrect token audience"
    assert refused(sts, role, provider.token(iss="https://elsewhere.test"), "InvalidIdentityToken") == "No OpenIDConnect provider found in your account for https://elsewhere.test"
    assert "could not be validated" in refused(sts, role, provider.token(signed_by="other"), "InvalidIdentityToken")
    assert refused(sts, role, provider.token(exp=int(time.time()) - 10), "ExpiredTokenException").startswith("Token expired: current date/time ")
    denied = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
    assert refused(sts, role, provider.token(sub="repo:you/app"), "AccessDenied") == denied
    assert refused(sts, role | {"Arn": role["Arn"] + "x"}, provider.token(), "AccessDenied") == denied
    refused(sts, role, provider.token(), "ValidationError", DurationSeconds=7200)


def test_keys_are_kept_until_a_token_names_another(provider, role, sts):
    assume(sts, role, provider.token())
    before = provider.calls
    assume(sts, role, provider.token())
    assert provider.calls == before
    provider.keys = ["k", "new"]
    assume(sts, role, provider.token(key="new"))
    assert provider.calls == before + 2
    assert "could not be validated" in refused(sts, role, provider.token(key="other"), "InvalidIdentityToken")


def test_a_role_that_trusts_nobody_by_token_stays_closed(shared, provider, role, sts):
    iam, name = shared.client("iam"), "plain-" + uuid.uuid4().hex[:8]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    plain = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    refused(sts, plain, provider.token(), "AccessDenied")
    iam.delete_role(RoleName=name)
