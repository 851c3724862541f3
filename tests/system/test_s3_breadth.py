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
    one = s3.upload_part(Bucket=bucket, Key="whole", UploadId=upload, PartNumber=1, Body=first, ChecksumAlgorithm="SHA256")
    two = s3.upload_part_copy(Bucket=bucket, Key="whole", UploadId=upload, PartNumber=2, CopySource={"Bucket": bucket, "Key": "source"}, CopySourceRange="bytes=10-29")["CopyPartResult"]
    assert two["ETag"] == f'"{hashlib.md5(b"0123456789" * 2).hexdigest()}"'
    assert code_of(s3.upload_part_copy, Bucket=bucket, Key="whole", UploadId=upload, PartNumber=3, CopySource=f"{bucket}/source", CopySourceRange="bytes=0-99999")[0] == "InvalidArgument"
    told = s3.list_parts(Bucket=bucket, Key="whole", UploadId=upload)
    assert [(p["PartNumber"], p["Size"]) for p in told["Parts"]] == [(1, PART), (2, 20)] and told["Initiator"]["ID"]
    parts = [{"PartNumber": n, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]} for n, part in ((1, one), (2, two))]
    done = s3.complete_multipart_upload(Bucket=bucket, Key="whole", UploadId=upload, MultipartUpload={"Parts": parts})
    of_parts = hashlib.sha256(hashlib.sha256(first).digest() + hashlib.sha256(b"0123456789" * 2).digest()).digest()
    assert done["ChecksumSHA256"] == base64_of(of_parts) + "-2"
    part = s3.get_object(Bucket=bucket, Key="whole", PartNumber=2)
    assert (part["Body"].read(), part["PartsCount"], part["ResponseMetadata"]["HTTPStatusCode"]) == (b"0123456789" * 2, 2, 206)
    assert error_of(s3.get_object, Bucket=bucket, Key="whole", PartNumber=3)["ResponseMetadata"]["HTTPStatusCode"] == 416
    attributes = s3.get_object_attributes(Bucket=bucket, Key="whole", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"])
    assert attributes["Checksum"]["ChecksumSHA256"] == base64_of(of_parts)
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
    s3.put_object(Bucket=bucket, Key="a", Body=b"x", StorageClass="DEEP_ARCHIVE")
    assert code_of(s3.get_object, Bucket=bucket, Key="a")[0] == "InvalidObjectState"


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


def keys_of(answer, member="Contents"):
    return [p["Prefix"] for p in answer.get("CommonPrefixes", [])] + [o["Key"] for o in answer.get(member, [])]


def test_listings_page_over_prefixes_and_keys(s3, bucket):
    for key in ("a/1", "a/2", "b", "c/1", "d e"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    every = ["a/", "b", "c/", "d e"]
    one_by_one = lambda operation, member="Contents": [key for page in s3.get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1}) for key in keys_of(page, member)]
    assert one_by_one("list_objects") == every
    assert one_by_one("list_objects_v2") == every
    assert one_by_one("list_object_versions", "Versions") == every
    assert keys_of(s3.list_objects(Bucket=bucket, Delimiter="/", Marker="a/1")) == ["c/", "b", "d e"]
    assert "Delimiter" not in s3.list_objects_v2(Bucket=bucket, Delimiter="")
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=1, StartAfter="a/1")
    assert (first["StartAfter"], keys_of(first)) == ("a/1", ["a/2"])
    second = s3.list_objects_v2(Bucket=bucket, StartAfter="a/1", ContinuationToken=first["NextContinuationToken"])
    assert "StartAfter" not in second and keys_of(second) == ["b", "c/1", "d e"]
    assert s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)["MaxKeys"] == 1000
    error = error_of(s3.list_objects_v2, Bucket=bucket, ContinuationToken="")["Error"]
    assert (error["Code"], error["ArgumentName"], error["Message"]) == ("InvalidArgument", "continuation-token", "The continuation token provided is incorrect")
    versions = s3.list_object_versions(Bucket=bucket, Prefix="b")["Versions"][0]
    assert versions["ChecksumAlgorithm"] == ["CRC64NVME"] and versions["StorageClass"] == "STANDARD"
    prefix = s3.list_object_versions(Bucket=bucket, Delimiter="/", MaxKeys=1)
    assert prefix["NextKeyMarker"] == "a/" and "NextVersionIdMarker" not in prefix
    error = error_of(s3.list_object_versions, Bucket=bucket, VersionIdMarker="v")["Error"]
    assert (error["ArgumentName"], error["ArgumentValue"]) == ("version-id-marker", "v")


def test_uploads_are_listed_page_by_page(s3, bucket):
    ids = {key: s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"] for key in ("f/1", "f/2", "g")}
    second = s3.create_multipart_upload(Bucket=bucket, Key="g", StorageClass="STANDARD_IA")["UploadId"]
    every = s3.list_multipart_uploads(Bucket=bucket)
    assert [(u["Key"], u["UploadId"]) for u in every["Uploads"]] == [("f/1", ids["f/1"]), ("f/2", ids["f/2"]), ("g", ids["g"]), ("g", second)]
    assert every["Uploads"][3]["StorageClass"] == "STANDARD_IA" and every["Uploads"][0]["Initiator"]["ID"] == every["Uploads"][0]["Owner"]["ID"]
    assert (every["KeyMarker"], every["UploadIdMarker"], every["NextUploadIdMarker"]) == ("", "", second)
    rolled = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
    assert ([p["Prefix"] for p in rolled["CommonPrefixes"]], [u["UploadId"] for u in rolled["Uploads"]]) == (["f/"], [ids["g"], second])
    page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=3)
    assert page["IsTruncated"] and (page["NextKeyMarker"], page["NextUploadIdMarker"]) == ("g", ids["g"])
    rest = s3.list_multipart_uploads(Bucket=bucket, KeyMarker="g", UploadIdMarker=ids["g"])
    assert [u["UploadId"] for u in rest["Uploads"]] == [second] and not rest["IsTruncated"]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket, KeyMarker="g")
    error = error_of(s3.list_multipart_uploads, Bucket=bucket, KeyMarker="f/1", UploadIdMarker=ids["g"])["Error"]
    assert (error["Code"], error["Message"], error["ArgumentName"]) == ("InvalidArgument", "Invalid uploadId marker", "upload-id-marker")
    parts = s3.list_parts(Bucket=bucket, Key="g", UploadId=second)
    assert (parts["PartNumberMarker"], parts["NextPartNumberMarker"]) == (0, 0)
    for key, upload in [*ids.items(), ("g", second)]:
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)


def test_attributes_tell_parts_by_their_checksums(s3, bucket):
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")["UploadId"]
    sent = [s3.upload_part(Bucket=bucket, Key="k", UploadId=upload, PartNumber=n, Body=body, ChecksumAlgorithm="SHA256") for n, body in ((1, b"x" * PART), (2, b"end"))]
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": n + 1, "ETag": p["ETag"], "ChecksumSHA256": p["ChecksumSHA256"]} for n, p in enumerate(sent)]})
    ask = lambda **more: s3.get_object_attributes(Bucket=bucket, Key="k", ObjectAttributes=["ObjectParts"], **more)["ObjectParts"]
    assert [(p["PartNumber"], p["Size"], p["ChecksumSHA256"]) for p in ask()["Parts"]] == [(1, PART, sent[0]["ChecksumSHA256"]), (2, 3, sent[1]["ChecksumSHA256"])]
    page = ask(MaxParts=1)
    assert (page["IsTruncated"], page["NextPartNumberMarker"], page["TotalPartsCount"]) == (True, 1, 2)
    none = ask(MaxParts=1, PartNumberMarker=10)
    assert (none["IsTruncated"], none["NextPartNumberMarker"], none["PartNumberMarker"], "Parts" in none) == (False, 0, 10, False)
