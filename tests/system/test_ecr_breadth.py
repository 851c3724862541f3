"""ECR through boto3: layers and images without a client of the registry, settings of the registry, templates, replication, previews."""
import json
import urllib.error
import urllib.request
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import session_of_today
from test_registry import Registry, digest_of


@pytest.fixture
def ecr(shared):
    return shared.client("ecr", session=session_of_today())


@pytest.fixture
def repository(ecr):
    name = "breadth/" + uuid.uuid4().hex[:8]
    ecr.create_repository(repositoryName=name)
    yield name
    ecr.delete_repository(repositoryName=name, force=True)


def refused(call, code, **arguments):
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def put_layer(ecr, repository, data):
    upload = ecr.initiate_layer_upload(repositoryName=repository)["uploadId"]
    half = len(data) // 2
    for first, part in ((0, data[:half]), (half, data[half:])):
        assert ecr.upload_layer_part(repositoryName=repository, uploadId=upload, partFirstByte=first, partLastByte=first + len(part) - 1, layerPartBlob=part)["lastByteReceived"] == first + len(part) - 1
    assert ecr.complete_layer_upload(repositoryName=repository, uploadId=upload, layerDigests=[digest_of(data)])["layerDigest"] == digest_of(data)
    return {"digest": digest_of(data), "size": len(data)}


def put_image(ecr, repository, tag=None, **more):
    layer, config = uuid.uuid4().bytes * 8, json.dumps({"architecture": "amd64", "os": "linux", "n": uuid.uuid4().hex}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **put_layer(ecr, repository, config)},
                           "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **put_layer(ecr, repository, layer)}]})
    tags = {"imageTag": tag} if tag else {}
    return manifest, ecr.put_image(repositoryName=repository, imageManifest=manifest, **tags, **more)["image"]


def test_layers_and_images_through_the_api_are_those_of_the_registry(shared, ecr, repository):
    manifest, image = put_image(ecr, repository, "v1")
    assert image["imageId"] == {"imageDigest": digest_of(manifest.encode()), "imageTag": "v1"} and image["imageManifest"] == manifest
    assert Registry(shared).call("GET", f"/v2/{repository}/manifests/v1")[2].decode() == manifest
    layer = json.loads(manifest)["layers"][0]
    there = ecr.batch_check_layer_availability(repositoryName=repository, layerDigests=[layer["digest"], "sha256:" + "0" * 64, "x"])
    assert [(l["layerAvailability"], l.get("layerSize")) for l in there["layers"]] == [("AVAILABLE", layer["size"]), ("UNAVAILABLE", None)] and there["failures"][0]["failureCode"] == "InvalidLayerDigest"
    url = ecr.get_download_url_for_layer(repositoryName=repository, layerDigest=layer["digest"])["downloadUrl"]
    with urllib.request.urlopen(url) as answer:
        assert digest_of(answer.read()) == layer["digest"]
    for other in (url.replace(layer["digest"], json.loads(manifest)["config"]["digest"]), url[:-1] + ("0" if url[-1] != "0" else "1")):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(other)
        assert caught.value.code == 403
    detail = ecr.describe_images(repositoryName=repository)["imageDetails"][0]
    assert (detail["imageTags"], detail["artifactMediaType"], detail["imageSizeInBytes"]) == (["v1"], "application/vnd.oci.image.config.v1+json", layer["size"])


def test_a_repository_below_another_keeps_its_images(ecr, repository):
    inner = repository + "/inner"
    ecr.create_repository(repositoryName=inner)
    put_image(ecr, inner, "v1")
    assert ecr.describe_images(repositoryName=repository)["imageDetails"] == [] == ecr.list_images(repositoryName=repository)["imageIds"]
    outer = repository.rsplit("/", 1)[0] + "/outer" + uuid.uuid4().hex[:8]
    for name in (outer, outer + "/inner"):
        ecr.create_repository(repositoryName=name)
    put_image(ecr, outer + "/inner", "v1")
    ecr.delete_repository(repositoryName=outer)
    assert len(ecr.describe_images(repositoryName=outer + "/inner")["imageDetails"]) == 1
    for name in (inner, outer + "/inner"):
        ecr.delete_repository(repositoryName=name, force=True)


def test_uploads_that_are_refused(ecr, repository):
    here = {"repositoryName": repository}
    upload = ecr.initiate_layer_upload(**here)
    assert upload["partSize"] == 10485760
    named = here | {"uploadId": upload["uploadId"]}
    refused(ecr.complete_layer_upload, "EmptyUploadException", **named, layerDigests=["sha256:" + "0" * 64])
    refused(ecr.upload_layer_part, "InvalidLayerPartException", **named, partFirstByte=5, partLastByte=6, layerPartBlob=b"ab")
    refused(ecr.upload_layer_part, "UploadNotFoundException", **here, uploadId=str(uuid.uuid4()), partFirstByte=0, partLastByte=1, layerPartBlob=b"ab")
    ecr.upload_layer_part(**named, partFirstByte=0, partLastByte=1, layerPartBlob=b"ab")
    refused(ecr.complete_layer_upload, "InvalidLayerException", **named, layerDigests=["sha256:" + "0" * 64])
    data = uuid.uuid4().bytes
    put_layer(ecr, repository, data)
    with pytest.raises(ClientError) as caught:
        put_layer(ecr, repository, data)
    assert caught.value.response["Error"]["Code"] == "LayerAlreadyExistsException"
    refused(ecr.put_image, "LayersNotFoundException", **here, imageManifest=json.dumps({"schemaVersion": 2, "mediaType": "m", "config": {"digest": "sha256:" + "1" * 64}, "layers": []}))
    refused(ecr.put_image, "InvalidParameterException", **here, imageManifest="x")
    manifest, _ = put_image(ecr, repository, "v1")
    refused(ecr.put_image, "ImageAlreadyExistsException", **here, imageManifest=manifest, imageTag="v1")
    refused(ecr.put_image, "ImageDigestDoesNotMatchException", **here, imageManifest=manifest, imageTag="v2", imageDigest="sha256:" + "2" * 64)
    ecr.put_image(**here, imageManifest=manifest, imageTag="v2")
    assert sorted(ecr.describe_images(**here)["imageDetails"][0]["imageTags"]) == ["v1", "v2"]


def test_images_are_listed_filtered_and_deleted(ecr, repository):
    here = {"repositoryName": repository}
    digests = [put_image(ecr, repository, tag)[1]["imageId"]["imageDigest"] for tag in ("a", "b", None)]
    assert {i["imageDigest"] for i in ecr.list_images(**here, filter={"tagStatus": "UNTAGGED"})["imageIds"]} == {digests[2]}
    assert {d["imageDigest"] for d in ecr.describe_images(**here, filter={"tagStatus": "TAGGED"})["imageDetails"]} == set(digests[:2])
    page = ecr.describe_images(**here, maxResults=2)
    assert len(page["imageDetails"]) == 2 and len(ecr.describe_images(**here, maxResults=2, nextToken=page["nextToken"])["imageDetails"]) == 1
    got = ecr.batch_get_image(**here, imageIds=[{"imageTag": "a"}, {"imageTag": "none"}, {}, {"imageDigest": "x"}, {"imageTag": "a", "imageDigest": digests[1]}])
    assert [i["imageId"]["imageTag"] for i in got["images"]] == ["a"]
    assert [f["failureCode"] for f in got["failures"]] == ["ImageNotFound", "MissingDigestAndTag", "InvalidImageDigest", "ImageTagDoesNotMatchDigest"]
    index = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [{"digest": digests[2], "size": 1}]})
    indexed = ecr.put_image(**here, imageManifest=index, imageTag="all")["image"]["imageId"]["imageDigest"]
    failure = ecr.batch_delete_image(**here, imageIds=[{"imageDigest": digests[2]}])["failures"][0]
    assert failure["failureCode"] == "ImageReferencedByManifestList" and indexed in failure["failureReason"]
    refused(ecr.delete_repository, "RepositoryNotEmptyException", **here)
    gone = ecr.batch_delete_image(**here, imageIds=[{"imageTag": "a"}, {"imageDigest": indexed}])
    assert [i["imageDigest"] for i in gone["imageIds"]] == [digests[0], indexed] and gone["failures"] == []
    refused(ecr.describe_images, "ImageNotFoundException", **here, imageIds=[{"imageTag": "a"}])


def test_a_scan_ends_as_that_of_an_image_that_is_not_supported(ecr, repository):
    put_image(ecr, repository, "v1")
    at = {"repositoryName": repository, "imageId": {"imageTag": "v1"}}
    refused(ecr.start_image_scan, "RepositoryNotFoundException", repositoryName="none", imageId={"imageTag": "v1"})
    refused(ecr.start_image_scan, "ImageNotFoundException", repositoryName=repository, imageId={"imageTag": "none"})
    refused(ecr.describe_image_scan_findings, "ScanNotFoundException", **at)
    begun = ecr.start_image_scan(**at)
    assert begun["imageScanStatus"] == {"status": "IN_PROGRESS"} and begun["imageId"]["imageTag"] == "v1" and begun["imageId"]["imageDigest"].startswith("sha256:")
    told = ecr.describe_image_scan_findings(**at)
    assert told["imageScanStatus"]["status"] == "FAILED" and told["imageScanStatus"]["description"].startswith("UnsupportedImageError") and "imageScanFindings" not in told
    assert refused(ecr.start_image_scan, "LimitExceededException", **at) == "The scan quota per image has been exceeded. Wait and try again."
    assert ecr.describe_images(repositoryName=repository)["imageDetails"][0]["imageScanStatus"]["status"] == "FAILED"
    ecr.put_image_scanning_configuration(repositoryName=repository, imageScanningConfiguration={"scanOnPush": True})
    put_image(ecr, repository, "v2")
    assert ecr.describe_image_scan_findings(repositoryName=repository, imageId={"imageTag": "v2"})["imageScanStatus"]["status"] == "FAILED"


def test_policies_need_whole_statements(ecr, repository):
    whole = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:root"}, "Action": ["ecr:ReplicateImage"], "Resource": "*"}
    policy = lambda *left_out: json.dumps({"Version": "2012-10-17", "Statement": [{name: value for name, value in whole.items() if name not in left_out}]})
    assert "Invalid repository policy provided" in refused(ecr.set_repository_policy, "InvalidParameterException", repositoryName=repository, policyText=policy("Principal"))
    ecr.set_repository_policy(repositoryName=repository, policyText=policy("Resource"))
    assert "Invalid registry policy provided" in refused(ecr.put_registry_policy, "InvalidParameterException", policyText=policy("Resource"))
    ecr.put_registry_policy(policyText=policy())
    ecr.delete_registry_policy()


def test_mutability_with_exclusions(ecr, repository):
    here = {"repositoryName": repository}
    told = ecr.put_image_tag_mutability(**here, imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=[{"filterType": "WILDCARD", "filter": "dev-*"}])
    assert told["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert ecr.describe_repositories(repositoryNames=[repository])["repositories"][0]["imageTagMutabilityExclusionFilters"] == [{"filterType": "WILDCARD", "filter": "dev-*"}]
    for tag in ("v1", "dev-1"):
        put_image(ecr, repository, tag)
    put_image(ecr, repository, "dev-1")
    with pytest.raises(ClientError) as caught:
        put_image(ecr, repository, "v1")
    assert caught.value.response["Error"]["Code"] == "ImageTagAlreadyExistsException"
    refused(ecr.put_image_tag_mutability, "InvalidParameterException", **here, imageTagMutability="IMMUTABLE_WITH_EXCLUSION")


def test_a_preview_tells_what_a_policy_would_let_go(ecr, repository):
    here = {"repositoryName": repository}
    refused(ecr.start_lifecycle_policy_preview, "LifecyclePolicyNotFoundException", **here)
    refused(ecr.get_lifecycle_policy_preview, "LifecyclePolicyPreviewNotFoundException", **here)
    for tag in "abc":
        put_image(ecr, repository, tag)
    policy = json.dumps({"rules": [{"rulePriority": 7, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}]})
    assert ecr.start_lifecycle_policy_preview(**here, lifecyclePolicyText=policy)["status"] == "IN_PROGRESS"
    preview = ecr.get_lifecycle_policy_preview(**here)
    assert (preview["status"], preview["summary"]["expiringImageTotalCount"]) == ("COMPLETE", 2)
    assert {(r["action"]["type"], r["appliedRulePriority"]) for r in preview["previewResults"]} == {("EXPIRE", 7)} and len(ecr.describe_images(**here)["imageDetails"]) == 3


def test_settings_of_the_registry(own):
    ecr = own.client("ecr", session=session_of_today())
    assert ecr.describe_registry()["replicationConfiguration"] == {"rules": []}
    refused(ecr.get_registry_policy, "RegistryPolicyNotFoundException")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    ecr.put_registry_policy(policyText=policy)
    assert ecr.get_registry_policy()["policyText"] == policy == ecr.delete_registry_policy()["policyText"]
    refused(ecr.delete_registry_policy, "RegistryPolicyNotFoundException")
    assert ecr.get_registry_scanning_configuration()["scanningConfiguration"] == {"scanType": "BASIC", "rules": []}
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "prod*", "filterType": "WILDCARD"}]}]
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=rules)
    for name in ("prod", "test"):
        ecr.create_repository(repositoryName=name)
    told = ecr.batch_get_repository_scanning_configuration(repositoryNames=["prod", "test", "none"])
    assert [(c["repositoryName"], c["scanFrequency"]) for c in told["scanningConfigurations"]] == [("prod", "SCAN_ON_PUSH"), ("test", "MANUAL")] and told["failures"][0]["failureCode"] == "REPOSITORY_NOT_FOUND"
    assert "ENHANCED" in refused(ecr.put_registry_scanning_configuration, "InvalidParameterException", scanType="ENHANCED")
    put_image(ecr, "prod", "v1")
    assert ecr.describe_image_scan_findings(repositoryName="prod", imageId={"imageTag": "v1"})["imageScanStatus"]["status"] == "FAILED"
    assert ecr.get_account_setting(name="BASIC_SCAN_TYPE_VERSION")["value"] == "AWS_NATIVE"
    ecr.put_account_setting(name="BASIC_SCAN_TYPE_VERSION", value="CLAIR")
    assert ecr.get_account_setting(name="BASIC_SCAN_TYPE_VERSION")["value"] == "CLAIR"
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []
    assert "CreatePullThroughCacheRule" in refused(ecr.create_pull_through_cache_rule, "UnknownOperationException", ecrRepositoryPrefix="quay", upstreamRegistryUrl="quay.io")


def test_images_are_replicated_and_repositories_come_of_templates(own):
    ecr = own.client("ecr", session=session_of_today())
    key = own.key()
    there = session_of_today().client("ecr", region_name="eu-west-1", endpoint_url=f"http://127.0.0.1:{own.port}", aws_access_key_id=key["access_key"], aws_secret_access_key=key["secret_key"])
    there.create_repository_creation_template(prefix="team", appliedFor=["REPLICATION"], imageTagMutability="IMMUTABLE", resourceTags=[{"Key": "a", "Value": "b"}])
    refused(there.create_repository_creation_template, "TemplateAlreadyExistsException", prefix="team", appliedFor=["REPLICATION"])
    rules = [{"destinations": [{"region": "eu-west-1", "registryId": "000000000000"}], "repositoryFilters": [{"filter": "team", "filterType": "PREFIX_MATCH"}]}]
    assert ecr.put_replication_configuration(replicationConfiguration={"rules": rules})["replicationConfiguration"]["rules"] == rules == ecr.describe_registry()["replicationConfiguration"]["rules"]
    for name in ("team/web", "other"):
        ecr.create_repository(repositoryName=name)
        put_image(ecr, name, "v1")
    assert [(r["repositoryName"], r["imageTagMutability"]) for r in there.describe_repositories()["repositories"]] == [("team/web", "IMMUTABLE")]
    copy, first = there.describe_images(repositoryName="team/web")["imageDetails"][0], ecr.describe_images(repositoryName="team/web")["imageDetails"][0]
    assert (copy["imageDigest"], copy["imageTags"]) == (first["imageDigest"], ["v1"])
    assert ecr.describe_image_replication_status(repositoryName="team/web", imageId={"imageTag": "v1"})["replicationStatuses"] == [{"region": "eu-west-1", "registryId": "000000000000", "status": "COMPLETE"}]
    assert ecr.describe_image_replication_status(repositoryName="other", imageId={"imageTag": "v1"})["replicationStatuses"] == []
    same = [{"destinations": [{"region": "us-west-2", "registryId": "000000000000"}]}]
    refused(ecr.put_replication_configuration, "InvalidParameterException", replicationConfiguration={"rules": same})

    registry = Registry(own)
    assert registry.call("POST", "/v2/pushed/web/blobs/uploads/", b"")[0] == 404
    ecr.create_repository_creation_template(prefix="pushed", appliedFor=["CREATE_ON_PUSH"])
    assert registry.push_image("pushed/web", "v1")[1][0] == 201
    assert ecr.update_repository_creation_template(prefix="pushed", description="d")["repositoryCreationTemplate"]["appliedFor"] == ["CREATE_ON_PUSH"]
    assert [t["prefix"] for t in ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]] == ["pushed"]
    ecr.delete_repository_creation_template(prefix="pushed")
    refused(ecr.delete_repository_creation_template, "TemplateNotFoundException", prefix="pushed")
