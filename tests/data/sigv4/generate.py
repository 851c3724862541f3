#!/usr/bin/env python3
"""Makes vectors.json: requests signed by botocore, after the cases of AWS's Signature Version 4 test suite.

Run where botocore is installed; the test (src/aws/sigv4_test.cc) needs vectors.json alone.
"""
import datetime
import json
import pathlib
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "AQoDYXdzEPT//////////wEXAMPLE/token+with=signs"
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0)
REGION, HOST = "us-east-1", "example.amazonaws.com"
FORM = "application/x-www-form-urlencoded"
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

# name: (method, target, headers, body)
HEADER_CASES = {
    "get-vanilla": ("GET", "/", [], ""),
    "get-vanilla-query": ("GET", "/?Param1=value1", [], ""),
    "get-vanilla-empty-query-key": ("GET", "/?Param1=", [], ""),
    "get-vanilla-query-order-key": ("GET", "/?Param1=value2&Param1=Value1", [], ""),
    "get-vanilla-query-order-key-case": ("GET", "/?Param2=value2&Param1=value1", [], ""),
    "get-vanilla-query-order-value": ("GET", "/?Param1=value2&Param1=value1", [], ""),
    "get-vanilla-query-unreserved": ("GET", f"/?{UNRESERVED}={UNRESERVED}", [], ""),
    "get-vanilla-utf8-query": ("GET", "/?%E1%88%B4=bar", [], ""),
    "get-vanilla-query-encoded": ("GET", "/?a=b%20c%2Fd%3D%26&z=%2B", [], ""),
    "get-unreserved": ("GET", f"/{UNRESERVED}", [], ""),
    "get-utf8": ("GET", "/%E1%88%B4", [], ""),
    "get-header-key-duplicate": ("GET", "/", [("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")], ""),
    "get-header-value-order": ("GET", "/", [("My-Header1", "value4"), ("My-Header1", "value1"), ("My-Header1", "value3"), ("My-Header1", "value2")], ""),
    "get-header-value-trim": ("GET", "/", [("My-Header1", " value1"), ("My-Header2", ' "a   b   c"')], ""),
    "get-header-order": ("GET", "/", [("Zoo", "z"), ("p", "phfft"), ("ZOO", "second")], ""),
    "get-relative": ("GET", "/example/..", [], ""),
    "get-relative-relative": ("GET", "/example1/example2/../..", [], ""),
    "get-slash": ("GET", "//", [], ""),
    "get-slash-dot-slash": ("GET", "/./", [], ""),
    "get-slash-pointless-dot": ("GET", "/./example", [], ""),
    "get-slashes": ("GET", "//example//", [], ""),
    "get-space": ("GET", "/example%20space/", [], ""),
    "post-vanilla": ("POST", "/", [], ""),
    "post-vanilla-query": ("POST", "/?Param1=value1", [], ""),
    "post-vanilla-empty-query-value": ("POST", "/?Param1=", [], ""),
    "post-header-key-case": ("POST", "/", [("MY-HEADER1", "value1")], ""),
    "post-header-key-sort": ("POST", "/", [("My-Header1", "value1"), ("a-header", "x")], ""),
    "post-header-value-case": ("POST", "/", [("My-Header1", "VALUE1")], ""),
    "post-x-www-form-urlencoded": ("POST", "/", [("Content-Type", FORM)], "Param1=value1"),
    "post-x-www-form-urlencoded-parameters": ("POST", "/", [("Content-Type", FORM + "; charset=utf8")], "Param1=value1"),
}
# S3 signs paths as they are.
S3_CASES = {
    "s3-get": ("GET", "/bucket/key", [], ""),
    "s3-dots-and-slashes": ("GET", "/bucket//a/../b/./c", [], ""),
    "s3-encoded-key": ("GET", "/bucket/a%20b%2Bc%C3%BC", [], ""),
    "s3-put": ("PUT", "/bucket/key", [("Content-Type", "text/plain"), ("x-amz-meta-colour", "blue")], "hello"),
    "s3-query": ("GET", "/bucket?list-type=2&prefix=a%2Fb&delimiter=%2F", [], ""),
    "s3-acl": ("GET", "/bucket?acl", [], ""),
}


class Clock(datetime.datetime):
    @classmethod
    def utcnow(cls):
        return NOW

    @classmethod
    def now(cls, tz=None):
        return NOW.replace(tzinfo=tz)


def sign(signer, case, token=None, **more):
    method, target, headers, body = case
    request = AWSRequest(method, f"https://{HOST}{target}", data=body.encode())
    for name, value in headers:
        request.headers.add_header(name, value)
    request.context.update(more)
    signer.add_auth(request)
    target = request.url[len(f"https://{HOST}"):]
    sent = [("Host", HOST)] + [(n, str(v)) for n, v in request.headers.items()]
    return {"method": method, "target": target, "headers": sent, "body": body}


def vectors():
    plain, session = Credentials(KEY, SECRET), Credentials(KEY, SECRET, TOKEN)
    for name, case in HEADER_CASES.items():
        yield name, sign(botocore.auth.SigV4Auth(plain, "service", REGION), case)
    before = sign(botocore.auth.SigV4Auth(session, "service", REGION), HEADER_CASES["post-vanilla"])
    yield "post-sts-header-before", {**before, "token": TOKEN}
    after = sign(botocore.auth.SigV4Auth(plain, "service", REGION), HEADER_CASES["post-vanilla"])
    after["headers"].append(("X-Amz-Security-Token", TOKEN))
    yield "post-sts-header-after", {**after, "token": TOKEN}
    for name, case in S3_CASES.items():
        yield name, sign(botocore.auth.S3SigV4Auth(plain, "s3", REGION), case)
    yield "s3-unsigned-payload", sign(botocore.auth.S3SigV4Auth(plain, "s3", REGION), ("PUT", "/bucket/key", [("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==")], "hello"), client_config=Config(s3={"payload_signing_enabled": False}))
    yield "s3-token", {**sign(botocore.auth.S3SigV4Auth(session, "s3", REGION), S3_CASES["s3-put"]), "token": TOKEN}
    for name in ("s3-get", "s3-encoded-key", "s3-query"):
        yield name + "-presigned", sign(botocore.auth.S3SigV4QueryAuth(plain, "s3", REGION, expires=300), S3_CASES[name])
    yield "s3-get-presigned-token", {**sign(botocore.auth.S3SigV4QueryAuth(session, "s3", REGION, expires=300), S3_CASES["s3-get"]), "token": TOKEN}
    yield "get-presigned", sign(botocore.auth.SigV4QueryAuth(plain, "sts", REGION, expires=60), ("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", [], ""))


def main():
    with mock.patch.object(botocore.auth, "datetime", mock.Mock(datetime=Clock)), mock.patch.object(botocore.auth, "get_current_datetime", lambda *a, **k: NOW, create=True):
        all_of_them = [{"name": name, **vector} for name, vector in vectors()]
    answer = {"access_key": KEY, "secret": SECRET, "now": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"), "vectors": all_of_them}
    pathlib.Path(__file__).with_name("vectors.json").write_text(json.dumps(answer, indent=1, ensure_ascii=False) + "\n")
    print(len(all_of_them), "vectors")


if __name__ == "__main__":
    main()
