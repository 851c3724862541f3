"""What S3 answers besides data: members of errors, signed URLs and forms of either version, archived objects."""
import uuid

import boto3
import pytest
import requests
from botocore.client import Config
from botocore.exceptions import ClientError

from conftest import REGION


@pytest.fixture
def s3(shared):
    return shared.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"answers-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def refused(call, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return {name: value for name, value in caught.value.response["Error"].items() if name not in ("RequestId", "HostId")}


def fetch(url, method="GET", data=None, **headers):
    response = requests.request(method, url, data=data, headers=headers)
    return response.status_code, response.text


def test_errors_have_the_members_that_tell_what_was_wrong(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    assert refused(s3.get_object, Bucket="none-such", Key="k") == {"Code": "NoSuchBucket", "Message": "The specified bucket does not exist", "BucketName": "none-such"}
    assert refused(s3.copy_object, Bucket=bucket, Key="c", CopySource=f"{bucket}/missing")["Key"] == "missing"
    assert refused(s3.get_object, Bucket=bucket, Key="k", PartNumber=2) == {"Code": "InvalidPartNumber", "Message": "The requested partnumber is not satisfiable", "PartNumberRequested": "2", "ActualPartCount": "1"}
    assert refused(s3.put_bucket_acl, Bucket=bucket, ACL="no-such-acl")["ArgumentName"] == "x-amz-acl"
    assert refused(s3.put_bucket_versioning, Bucket=bucket, VersioningConfiguration={"Status": "enabled"})["Code"] == "MalformedXML"
    assert refused(s3.put_bucket_tagging, Bucket=bucket, Tagging={"TagSet": [{"Key": "a,b", "Value": "c"}]}) == {"Code": "InvalidTag", "Message": "The TagKey you have provided is invalid", "TagKey": "a,b"}
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    marker = s3.delete_object(Bucket=bucket, Key="k")["VersionId"]
    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=bucket, Key="k")
    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["x-amz-delete-marker"] == "true"
    assert refused(s3.get_object_tagging, Bucket=bucket, Key="k", VersionId=marker)["ResourceType"] == "DeleteMarker"
    for key in ("/first", "a//b", "x/"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode() == key


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_urls_and_forms_are_taken_in_either_signature_version(shared, bucket, version):
    key = shared.key()
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{shared.port}", region_name=REGION, aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"],
                      config=Config(signature_version=version, s3={"addressing_style": "path"}, proxies={}))
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k", "Metadata": {"who": "me"}})
    assert fetch(url, "PUT", b"bytes", **{"x-amz-meta-who": "me"})[0] == 200
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"who": "me"}
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    assert fetch(url) == (200, "bytes")
    status, page = fetch(url.replace("/k?", "/other?"))
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in page and "<StringToSignBytes>" in page
    form = s3.generate_presigned_post(bucket, "form", Conditions=[["content-length-range", 1, 4]])
    for body, expected in ((b"four", 204), (b"fives", 400)):
        parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form["fields"].items()]
        whole = "".join(parts).encode() + b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n' + body + b"\r\n--b--\r\n"
        status, page = fetch(form["url"], "POST", whole, **{"Content-Type": "multipart/form-data; boundary=b"})
        assert status == expected, page
    assert "<ProposedSize>5</ProposedSize>" in page
    tags = "<Tagging><TagSet><Tag><Key>of</Key><Value>a form</Value></Tag></TagSet></Tagging>"
    form = s3.generate_presigned_post(bucket, "tagged", Fields={"tagging": tags, "x-amz-meta-who": "me"}, Conditions=[{"tagging": tags}, {"x-amz-meta-who": "me"}])
    assert requests.post(form["url"], data=form["fields"], files={"file": b"four"}).status_code == 204
    assert shared.client("s3").get_object_tagging(Bucket=bucket, Key="tagged")["TagSet"] == [{"Key": "of", "Value": "a form"}]
    assert s3.head_object(Bucket=bucket, Key="tagged")["Metadata"] == {"who": "me"}


def test_an_archived_object_is_read_once_it_is_restored(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"old", StorageClass="DEEP_ARCHIVE")
    assert refused(s3.get_object, Bucket=bucket, Key="k")["Code"] == "InvalidObjectState"
    assert s3.restore_object(Bucket=bucket, Key="k", RestoreRequest={"Days": 1})["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert s3.head_object(Bucket=bucket, Key="k")["Restore"].startswith('ongoing-request="false"')
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"old"
