"""S3: who may come in without a key, what browsers may, websites, forms, and versions that nobody takes away."""
import datetime
import json
import urllib.error
import urllib.request
import uuid

import boto3
import pytest
import requests
from botocore import UNSIGNED
from botocore.config import Config

from conftest import REGION
from test_endpoint import code_of
from test_s3_breadth import error_of


@pytest.fixture
def s3(shared):
    return shared.client("s3")


@pytest.fixture
def make(s3):
    """Buckets, emptied and deleted afterwards."""
    made = []

    def bucket(**options):
        name = f"access-{uuid.uuid4().hex[:8]}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}, **options)
        made.append(name)
        return name

    yield bucket
    for name in made:
        told = s3.list_object_versions(Bucket=name)
        bypass = {"BypassGovernanceRetention": True} if is_lockable(s3, name) else {}
        for version in told.get("Versions", []) + told.get("DeleteMarkers", []):
            if version["VersionId"] != "null":
                s3.put_object_legal_hold(Bucket=name, Key=version["Key"], VersionId=version["VersionId"], LegalHold={"Status": "OFF"}) if version in told.get("Versions", []) and bypass else None
            s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"], **bypass)
        s3.delete_bucket(Bucket=name)


def is_lockable(s3, name):
    try:
        s3.get_object_lock_configuration(Bucket=name)
    except s3.exceptions.ClientError:
        return False
    return True


def url(shared, path):
    return f"http://127.0.0.1:{shared.port}/{path}"


def opened(s3, bucket, ownership="ObjectWriter"):
    s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]})
    s3.delete_public_access_block(Bucket=bucket)


def public_policy(bucket):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}]})


def test_acls_are_kept_and_let_everybody_in(shared, s3, make):
    bucket = make()
    s3.put_object(Bucket=bucket, Key="a", Body=b"hello")
    assert code_of(s3.put_object, Bucket=bucket, Key="b", Body=b"x", ACL="public-read")[0] == "AccessControlListNotSupported"
    assert requests.get(url(shared, f"{bucket}/a")).status_code == 403
    opened(s3, bucket)
    s3.put_object_acl(Bucket=bucket, Key="a", ACL="public-read")
    grants = s3.get_object_acl(Bucket=bucket, Key="a")["Grants"]
    assert [(g["Grantee"].get("URI", "").split("/")[-1], g["Permission"]) for g in grants] == [("", "FULL_CONTROL"), ("AllUsers", "READ")]
    assert requests.get(url(shared, f"{bucket}/a")).text == "hello"
    assert requests.get(url(shared, bucket)).status_code == 403
    s3.put_bucket_acl(Bucket=bucket, GrantRead="uri=http://acs.amazonaws.com/groups/global/AllUsers")
    anyone = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name=REGION, config=Config(signature_version=UNSIGNED, retries={"max_attempts": 0}))
    assert [o["Key"] for o in anyone.list_objects_v2(Bucket=bucket)["Contents"]] == ["a"]
    assert code_of(anyone.put_object, Bucket=bucket, Key="c", Body=b"x")[0] == "AccessDenied"
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True})
    assert requests.get(url(shared, f"{bucket}/a")).status_code == 403
    assert code_of(s3.put_object_acl, Bucket=bucket, Key="a", ACL="public-read")[0] == "AccessDenied"
    assert code_of(s3.put_bucket_ownership_controls, Bucket=bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})[0] == "InvalidBucketAclWithObjectOwnership"


def test_a_new_bucket_takes_no_public_acl(s3):
    place = {"CreateBucketConfiguration": {"LocationConstraint": REGION}}
    assert code_of(s3.create_bucket, Bucket=f"x-{uuid.uuid4().hex}", ACL="public-read", **place)[0] == "InvalidBucketAclWithObjectOwnership"
    assert code_of(s3.create_bucket, Bucket=f"x-{uuid.uuid4().hex}", ACL="public-read", ObjectOwnership="ObjectWriter", **place)[0] == "InvalidBucketAclWithBlockPublicAccessError"


def test_a_public_policy_is_blocked_until_it_may_be(shared, s3, make):
    bucket = make()
    s3.put_object(Bucket=bucket, Key="a", Body=b"hello")
    code, message = code_of(s3.put_bucket_policy, Bucket=bucket, Policy=public_policy(bucket))
    assert code == "AccessDenied" and "BlockPublicPolicy" in message
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
    assert s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    assert requests.get(url(shared, f"{bucket}/a")).text == "hello"
    missing = requests.get(url(shared, f"{bucket}/none"))
    assert missing.status_code == 403 and "<Code>AccessDenied</Code>" in missing.text and "<HostId>" in missing.text
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"RestrictPublicBuckets": True})
    assert requests.get(url(shared, f"{bucket}/a")).status_code == 403


def test_browsers_get_what_the_rules_allow(shared, s3, make):
    bucket = make()
    s3.put_object(Bucket=bucket, Key="a", Body=b"hello")
    preflight = lambda **headers: requests.options(url(shared, f"{bucket}/a"), headers={k.replace("_", "-"): v for k, v in headers.items()})
    assert preflight().status_code == 400
    off = preflight(Origin="https://a.test", Access_Control_Request_Method="PUT")
    assert off.status_code == 403 and "CORS is not enabled for this bucket" in off.text
    rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.test"], "AllowedHeaders": ["x-amz-*"], "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 3000}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    assert s3.get_bucket_cors(Bucket=bucket)["CORSRules"] == [rule]
    good = preflight(Origin="https://a.test", Access_Control_Request_Method="PUT", Access_Control_Request_Headers="X-Amz-Date")
    told = {k: v for k, v in good.headers.items() if k.startswith("Access-Control") or k == "Vary"}
    assert good.status_code == 200 and told == {
        "Access-Control-Allow-Origin": "https://a.test", "Access-Control-Allow-Credentials": "true", "Access-Control-Allow-Methods": "GET, PUT", "Access-Control-Allow-Headers": "x-amz-date",
        "Access-Control-Expose-Headers": "ETag", "Access-Control-Max-Age": "3000", "Vary": "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"}
    assert preflight(Origin="https://a.test", Access_Control_Request_Method="DELETE").status_code == 403
    assert preflight(Origin="https://a.other", Access_Control_Request_Method="GET").status_code == 403
    link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "a"})
    assert requests.get(link, headers={"Origin": "https://b.test"}).headers["Access-Control-Allow-Origin"] == "https://b.test"
    assert "Access-Control-Allow-Origin" not in requests.get(link, headers={"Origin": "https://b.other"}).headers
    assert code_of(s3.put_bucket_cors, Bucket=bucket, CORSConfiguration={"CORSRules": [{"AllowedMethods": ["PATCH"], "AllowedOrigins": ["*"]}]})[0] == "InvalidRequest"
    s3.delete_bucket_cors(Bucket=bucket)
    assert code_of(s3.get_bucket_cors, Bucket=bucket)[0] == "NoSuchCORSConfiguration"


def test_a_website_answers_at_its_host(shared, s3, make):
    bucket = make()
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"home", ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="docs/index.html", Body=b"docs", ContentType="text/html")
    s3.put_object(Bucket=bucket, Key="lost.html", Body=b"lost")
    s3.put_object(Bucket=bucket, Key="moved", Body=b"", WebsiteRedirectLocation="/docs/")
    visit = lambda path: requests.get(url(shared, path), headers={"Host": f"{bucket}.s3-website-{REGION}.amazonaws.com"}, allow_redirects=False)
    assert visit("").status_code == 404 and "NoSuchWebsiteConfiguration" in visit("").text
    assert code_of(s3.put_bucket_website, Bucket=bucket, WebsiteConfiguration={"ErrorDocument": {"Key": "lost.html"}})[0] == "InvalidArgument"
    rules = [{"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "docs/", "HttpRedirectCode": "302"}}]
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "lost.html"}, "RoutingRules": rules})
    assert s3.get_bucket_website(Bucket=bucket)["RoutingRules"] == rules
    assert visit("").status_code == 403 and "AccessDenied" in visit("").text
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=public_policy(bucket))
    assert (visit("").text, visit("").headers["Content-Type"], visit("docs/").text) == ("home", "text/html", "docs")
    assert (visit("docs").status_code, visit("docs").headers["Location"]) == (302, "/docs/")
    assert (visit("moved").status_code, visit("moved").headers["Location"]) == (301, "/docs/")
    assert (visit("old/x").status_code, visit("old/x").headers["Location"].endswith("/docs/x")) == (302, True)
    assert (visit("none").status_code, visit("none").text) == (403, "lost")
    s3.put_bucket_website(Bucket=bucket, WebsiteConfiguration={"RedirectAllRequestsTo": {"HostName": "a.test", "Protocol": "https"}})
    assert (visit("x?y=1").status_code, visit("x?y=1").headers["Location"]) == (301, "https://a.test/x?y=1")


def test_a_form_uploads_what_its_policy_allows(shared, s3, make):
    bucket = make()
    signer = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name=REGION, aws_access_key_id=shared.key()["access_key"], aws_secret_access_key=shared.key()["secret_key"], config=Config(signature_version="s3v4"))
    form = signer.generate_presigned_post(bucket, "up/${filename}", Fields={"success_action_status": "201"}, Conditions=[["starts-with", "$key", "up/"], ["content-length-range", 1, 10], {"success_action_status": "201"}])
    post = lambda body, **more: requests.post(url(shared, bucket), data=form["fields"] | more, files={"file": ("a.txt", body)})
    done = post(b"hello")
    assert done.status_code == 201 and f"<Key>up/a.txt</Key>" in done.text
    assert s3.get_object(Bucket=bucket, Key="up/a.txt")["Body"].read() == b"hello"
    assert "<Code>EntityTooLarge</Code>" in post(b"x" * 11).text
    assert "Extra input fields: acl" in post(b"x", acl="private").text
    assert post(b"x", **{"x-amz-signature": "0" * 64}).status_code == 403


def test_locked_versions_stay(s3, make):
    bucket = make(ObjectLockEnabledForBucket=True)
    assert s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
    assert code_of(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})[0] == "InvalidBucketState"
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}}})
    version = s3.put_object(Bucket=bucket, Key="a", Body=b"x")["VersionId"]
    told = s3.head_object(Bucket=bucket, Key="a")
    assert told["ObjectLockMode"] == "GOVERNANCE" and told["ObjectLockRetainUntilDate"] > datetime.datetime.now(datetime.timezone.utc)
    assert s3.delete_object(Bucket=bucket, Key="a")["DeleteMarker"]
    code, message = code_of(s3.delete_object, Bucket=bucket, Key="a", VersionId=version)
    assert (code, message) == ("AccessDenied", "Access Denied because object protected by object lock.")
    errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "a", "VersionId": version}]})["Errors"]
    assert [(e["Code"], e["VersionId"]) for e in errors] == [("AccessDenied", version)]
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    shorter = {"Mode": "GOVERNANCE", "RetainUntilDate": soon}
    assert code_of(s3.put_object_retention, Bucket=bucket, Key="a", VersionId=version, Retention=shorter)[0] == "AccessDenied"
    s3.put_object_retention(Bucket=bucket, Key="a", VersionId=version, Retention=shorter, BypassGovernanceRetention=True)
    s3.put_object_legal_hold(Bucket=bucket, Key="a", VersionId=version, LegalHold={"Status": "ON"})
    assert code_of(s3.delete_object, Bucket=bucket, Key="a", VersionId=version, BypassGovernanceRetention=True)[0] == "AccessDenied"
    s3.put_object_legal_hold(Bucket=bucket, Key="a", VersionId=version, LegalHold={"Status": "OFF"})
    s3.delete_object(Bucket=bucket, Key="a", VersionId=version, BypassGovernanceRetention=True)
    assert code_of(s3.get_object_retention, Bucket=bucket, Key="a", VersionId=version)[0] == "NoSuchVersion"


def test_what_nobody_carries_out_is_refused(shared, s3, make):
    bucket = make()
    s3.put_bucket_request_payment(Bucket=bucket, RequestPaymentConfiguration={"Payer": "Requester"})
    assert s3.get_bucket_request_payment(Bucket=bucket)["Payer"] == "Requester"
    s3.put_bucket_accelerate_configuration(Bucket=bucket, AccelerateConfiguration={"Status": "Suspended"})
    assert s3.get_bucket_accelerate_configuration(Bucket=bucket)["Status"] == "Suspended"
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    code, message = code_of(s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert code == "NotImplemented" and "EventBridgeConfiguration" in message
    assert code_of(s3.put_bucket_logging, Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "none-such", "TargetPrefix": ""}})[0] == "InvalidTargetBucketForLogging"
    assert "<HostId>" in requests.get(url(shared, bucket) + "/a").text
    assert code_of(s3.put_object_legal_hold, Bucket=bucket, Key="a", LegalHold={"Status": "ON"})[0] == "NoSuchKey"
