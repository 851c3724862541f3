"""S3 beyond what a backend needs: parts that are copied, checksums, attributes, classes, ACLs, what errors name."""
import base64
import datetime
import hashlib
import struct
import uuid
import zlib

import pytest

from conftest import REGION, wait_until
from test_endpoint import code_of

PART = 5 << 20


@pytest.fixture
def s3(shared):
    return shared.client("s3")


@pytest.fixture
def bucket(s3):
    name = f"breadth-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    yield name
    for listed in s3.list_objects_v2(Bucket=name).get("Contents", []):
        s3.delete_object(Bucket=name, Key=listed["Key"])
    s3.delete_bucket(Bucket=name)


def base64_of(raw):
    return base64.b64encode(raw).decode()


def error_of(call, **arguments):
    with pytest.raises(Exception) as caught:
        call(**arguments)
    return caught.value.response


def test_a_part_is_copied_from_a_range_and_parts_are_read_by_number(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"0123456789" * 1000)
    first = b"a" * PART
    upload = s3.create_multipart_upload(Bucket=bucket, Key="whole", ChecksumAlgorithm="SHA256")["UploadId"]
    one = s3.upload_part(Bucket=bucket, Key="whole", UploadId=upload, PartNumber=1, Body=first)
    two = s3.upload_part_copy(Bucket=bucket, Key="whole", UploadId=upload, PartNumber=2, CopySource={"Bucket": bucket, "Key": "source"}, CopySourceRange="bytes=10-29")["CopyPartResult"]
    assert two["ETag"] == f'"{hashlib.md5(b"0123456789" * 2).hexdigest()}"'
    assert code_of(s3.upload_part_copy, Bucket=bucket, Key="whole", UploadId=upload, PartNumber=3, CopySource=f"{bucket}/source", CopySourceRange="bytes=0-99999")[0] == "InvalidArgument"
    told = s3.list_parts(Bucket=bucket, Key="whole", UploadId=upload)
    assert [(p["PartNumber"], p["Size"]) for p in told["Parts"]] == [(1, PART), (2, 20)] and told["Initiator"]["ID"]
    parts = [{"PartNumber": 1, "ETag": one["ETag"]}, {"PartNumber": 2, "ETag": two["ETag"]}]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="whole", UploadId=upload, MultipartUpload={"Parts": parts})
    of_parts = hashlib.sha256(hashlib.sha256(first).digest() + hashlib.sha256(b"0123456789" * 2).digest()).digest()
    assert done["ChecksumSHA256"] == base64_of(of_parts) + "-2"
    part = s3.get_object(Bucket=bucket, Key="whole", PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"], part["ResponseMetadata"]["HTTPStatusCode"]) == (b"0123456789" * 2, 2, 206)
    assert error_of(s3.get_object, Bucket=bucket, Key="whole", PartNumber=3)["ResponseMetadata"]["HTTPStatusCode"] == 416
    attributes = s3.get_object_attributes(Bucket=bucket, Key="whole", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
    assert attributes["Checksum"]["ChecksumSHA256"] == base64_of(of_parts) + "-2"
    assert (attributes["ObjectParts"]["TotalPartsCount"], attributes["ObjectSize"], attributes["StorageClass"]) == (2, PART + 20, "STANDARD")
    assert attributes["ETag"] == done["ETag"].strip('"')


def test_checksums_are_kept_told_and_carried_by_a_copy(s3, bucket):
    crc = base64_of(struct.pack(">I", zlib.crc32(b"hello")))
    assert s3.put_object(Bucket=bucket, Key="a", Body=b"hello", ChecksumAlgorithm="CRC32")["ChecksumCRC32"] == crc
    assert s3.get_object(Bucket=bucket, Key="a", ChecksumMode="ENABLED")["ChecksumCRC32"] == crc
    assert "ChecksumCRC32" not in s3.head_object(Bucket=bucket, Key="a")
    assert s3.copy_object(Bucket=bucket, Key="b", CopySource=f"{bucket}/a")["CopyObjectResult"]["ChecksumCRC32"] == crc
    sha = base64_of(hashlib.sha1(b"hello").digest())
    assert s3.copy_object(Bucket=bucket, Key="c", CopySource=f"{bucket}/a", ChecksumAlgorithm="SHA1")["CopyObjectResult"]["ChecksumSHA1"] == sha
    assert s3.get_object_attributes(Bucket=bucket, Key="c", ObjectAttributes=["Checksum"])["Checksum"]["ChecksumSHA1"] == sha


def test_classes_redirects_and_expires_are_told_again(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", StorageClass="STANDARD_IA", WebsiteRedirectLocation="/b", Expires="2030-01-01T00:00:00Z")
    told = s3.head_object(Bucket=bucket, Key="a")
    assert (told["StorageClass"], told["WebsiteRedirectLocation"], told["Expires"].year) == ("STANDARD_IA", "/b", 2030)
    assert [o["StorageClass"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["STANDARD_IA"]
    s3.copy_object(Bucket=bucket, Key="a", CopySource=f"{bucket}/a", StorageClass="STANDARD")
    assert "StorageClass" not in s3.head_object(Bucket=bucket, Key="a")
    assert code_of(s3.put_object, Bucket=bucket, Key="a", Body=b"x", StorageClass="NOWHERE")[0] == "InvalidStorageClass"
    code, message = code_of(s3.put_object, Bucket=bucket, Key="a", Body=b"x", StorageClass="DEEP_ARCHIVE")
    assert code == "NotImplemented" and "DEEP_ARCHIVE" in message


def test_an_object_is_its_owners(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    told = s3.get_object_acl(Bucket=bucket, Key="a")
    assert told["Grants"] == [{"Grantee": {"ID": told["Owner"]["ID"], "Type": "CanonicalUser"}, "Permission": "FULL_CONTROL"}]
    assert code_of(s3.put_object_acl, Bucket=bucket, Key="a", ACL="public-read")[0] == "AccessControlListNotSupported"
    s3.put_object_acl(Bucket=bucket, Key="a", ACL="bucket-owner-full-control")
    assert code_of(s3.get_object_acl, Bucket=bucket, Key="none")[0] == "NoSuchKey"


def test_errors_name_what_they_are_about(shared, s3, bucket):
    missing = error_of(s3.get_object, Bucket=bucket, Key="no/such")
    assert (missing["Error"]["Key"], missing["ResponseMetadata"]["HTTPStatusCode"]) == ("no/such", 404)
    assert error_of(s3.list_objects_v2, Bucket="no-such-bucket-here")["Error"]["BucketName"] == "no-such-bucket-here"
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert error_of(s3.delete_bucket, Bucket=bucket)["Error"]["BucketName"] == bucket
    assert error_of(s3.get_bucket_cors, Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 404
    wrong = error_of(s3.get_object, Bucket=bucket, Key="a", VersionId="0" * 32)  # the bucket keeps no versions
    assert (wrong["Error"]["Code"], wrong["Error"]["Message"], wrong["Error"]["ArgumentName"]) == ("InvalidArgument", "Invalid version id specified", "versionId")
    new_only = shared.client("s3")
    new_only.meta.events.register("before-sign.s3.PutObject", lambda request, **_: request.headers.add_header("If-None-Match", "*"))
    changed = error_of(new_only.put_object, Bucket=bucket, Key="a", Body=b"y")["Error"]
    assert (changed["Code"], changed["Condition"]) == ("PreconditionFailed", "If-None-Match")
    assert error_of(s3.get_object, Bucket=bucket, Key="a", Range="bytes=9-")["Error"]["ActualObjectSize"] == "1"
    assert error_of(s3.list_parts, Bucket=bucket, Key="a", UploadId="none")["Error"]["UploadId"] == "none"


def test_a_lifecycle_is_kept_told_and_carried_out(s3, bucket):
    s3.put_object(Bucket=bucket, Key="logs/a", Body=b"x")
    s3.put_object(Bucket=bucket, Key="kept", Body=b"x")
    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == "NoSuchLifecycleConfiguration"
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Date": datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)}}
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"] == [rule]
    wait_until(lambda: [o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept"], "the log is gone", 40)
    s3.delete_bucket_lifecycle(Bucket=bucket)
    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=bucket)[0] == "NoSuchLifecycleConfiguration"
