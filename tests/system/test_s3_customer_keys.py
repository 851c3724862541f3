"""Objects with keys that customers bring (SSE-C), through boto3."""
import base64
import hashlib
import uuid

import pytest
from botocore.exceptions import ClientError

ONE, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
def s3(shared):
    return shared.client("s3")


@pytest.fixture
def bucket(s3):
    name = "keys-" + uuid.uuid4().hex[:8]
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    yield name
    for version in s3.list_object_versions(Bucket=name).get("Versions", []):
        s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=name)


def with_key(key, prefix=""):
    return {f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key}


def written(key):
    """As it goes over the wire, where boto3 does not write it itself."""
    return base64.b64encode(key).decode()


def md5_of(key):
    return base64.b64encode(hashlib.md5(key).digest()).decode()


def refused(call, code, status=400, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status), response
    return response["Error"].get("Message")


def test_an_object_is_read_with_its_key_alone(s3, bucket):
    at = {"Bucket": bucket, "Key": "a"}
    put = s3.put_object(**at, Body=b"secret", **with_key(ONE))
    assert put["SSECustomerAlgorithm"] == "AES256" and put["SSECustomerKeyMD5"] == md5_of(ONE) and "ServerSideEncryption" not in put
    assert put["ETag"].strip('"') != hashlib.md5(b"secret").hexdigest()
    got = s3.get_object(**at, **with_key(ONE))
    assert got["Body"].read() == b"secret" and got["SSECustomerKeyMD5"] == md5_of(ONE) and got["ETag"] == put["ETag"]
    assert s3.get_object(**at, Range="bytes=1-3", **with_key(ONE))["Body"].read() == b"ecr"
    assert s3.head_object(**at, **with_key(ONE))["ContentLength"] == 6
    assert "The correct parameters must be provided" in refused(s3.get_object, "InvalidRequest", **at)
    assert "must provide the correct secret key" in refused(s3.get_object, "AccessDenied", 403, **at, **with_key(OTHER))
    refused(s3.head_object, "400", **at)
    refused(s3.head_object, "403", 403, **at, **with_key(OTHER))
    refused(s3.get_object_attributes, "InvalidRequest", **at, ObjectAttributes=["ObjectSize"])
    assert s3.get_object_attributes(**at, ObjectAttributes=["ObjectSize"], **with_key(written(ONE)), SSECustomerKeyMD5=md5_of(ONE))["ObjectSize"] == 6
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert refused(s3.get_object, "InvalidRequest", Bucket=bucket, Key="plain", **with_key(ONE)) == "The encryption parameters are not applicable to this object."


@pytest.mark.parametrize("change, code, message", [
    ({"SSECustomerAlgorithm": "AES128"}, "InvalidEncryptionAlgorithmError", "The Encryption request you specified is not valid. Supported value: AES256."),
    ({"SSECustomerKey": b"short"}, "InvalidArgument", "The secret key was invalid for the specified algorithm."),
    ({"SSECustomerKey": base64.b64encode(ONE).decode(), "SSECustomerKeyMD5": md5_of(OTHER)}, "InvalidArgument", "The calculated MD5 hash of the key did not match the hash that was provided."),
    ({"SSECustomerAlgorithm": None}, "InvalidArgument", "Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm."),
    ({"SSECustomerKey": None}, "InvalidArgument", "Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key."),
    ({"ServerSideEncryption": "AES256"}, "InvalidArgument", "Server Side Encryption with Customer provided key is incompatible with the encryption method specified"),
])
def test_keys_that_are_none(s3, bucket, change, code, message):
    given = {name: value for name, value in (with_key(ONE) | change).items() if value is not None}
    assert refused(s3.put_object, code, Bucket=bucket, Key="a", Body=b"x", **given) == message


def test_copies_change_the_key(s3, bucket):
    s3.put_object(Bucket=bucket, Key="a", Body=b"secret", **with_key(ONE))
    copy = {"Bucket": bucket, "Key": "b", "CopySource": {"Bucket": bucket, "Key": "a"}}
    refused(s3.copy_object, "InvalidRequest", **copy)
    refused(s3.copy_object, "AccessDenied", 403, **copy, **with_key(OTHER, "CopySource"))
    told = s3.copy_object(**copy, **with_key(ONE, "CopySource"), **with_key(OTHER))
    assert told["SSECustomerKeyMD5"] == md5_of(OTHER)
    assert s3.get_object(Bucket=bucket, Key="b", **with_key(OTHER))["Body"].read() == b"secret"
    assert s3.copy_object(**copy, **with_key(ONE, "CopySource"))["ServerSideEncryption"] == "AES256"
    assert s3.get_object(Bucket=bucket, Key="b")["Body"].read() == b"secret"


def test_parts_have_the_key_of_their_upload(s3, bucket):
    at = {"Bucket": bucket, "Key": "big"}
    upload = s3.create_multipart_upload(**at, **with_key(ONE))
    assert upload["SSECustomerKeyMD5"] == md5_of(ONE)
    part = at | {"UploadId": upload["UploadId"], "PartNumber": 1, "Body": b"x" * 100}
    assert "initiate requested encryption" in refused(s3.upload_part, "InvalidRequest", **part)
    assert refused(s3.upload_part, "InvalidRequest", **part, **with_key(OTHER)) == "The provided encryption parameters did not match the ones used originally."
    done = s3.upload_part(**part, **with_key(ONE))
    s3.complete_multipart_upload(**at, UploadId=upload["UploadId"], MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": done["ETag"]}]})
    refused(s3.get_object, "InvalidRequest", **at)
    assert s3.get_object(**at, **with_key(ONE))["Body"].read() == b"x" * 100
    plain = s3.create_multipart_upload(**at)["UploadId"]
    refused(s3.upload_part, "InvalidRequest", **(part | {"UploadId": plain}), **with_key(ONE))
    copied = s3.upload_part_copy(**at, UploadId=plain, PartNumber=1, CopySource=at, **with_key(ONE, "CopySource"))["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(**at, UploadId=plain, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": copied}]})
    assert s3.get_object(**at)["Body"].read() == b"x" * 100


def test_each_version_has_a_key_of_its_own(s3, bucket):
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    at = {"Bucket": bucket, "Key": "v"}
    first = s3.put_object(**at, Body=b"one", **with_key(ONE))["VersionId"]
    s3.put_object(**at, Body=b"two", **with_key(OTHER))
    refused(s3.get_object, "AccessDenied", 403, **at, **with_key(ONE))
    assert s3.get_object(**at, VersionId=first, **with_key(ONE))["Body"].read() == b"one"
    assert s3.get_object(**at, **with_key(OTHER))["Body"].read() == b"two"
