"""The registry as an image client meets it: push, pull, refusals."""
import base64
import gzip
import hashlib
import io
import json
import tarfile
import urllib.error
import urllib.request

import pytest


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Registry:
    """A few calls of the distribution API over the daemon's plain port."""

    def __init__(self, daemon, password=None):
        token = daemon.client("ecr").get_authorization_token()["authorizationData"][0]["authorizationToken"]
        self.base = f"http://127.0.0.1:{daemon.port}"
        self.authorization = "Basic " + (base64.b64encode(f"AWS:{password}".encode()).decode() if password else token)

    def call(self, method, path, data=None, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()} | {"Authorization": self.authorization}
        request = urllib.request.Request(self.base + path if path.startswith("/") else path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read()

    def push_blob(self, name, data, pieces=1):
        status, headers, _ = self.call("POST", f"/v2/{name}/blobs/uploads/", b"")
        assert status == 202
        size = max(1, len(data) // pieces)
        for at in range(0, len(data), size):
            status, headers, body = self.call("PATCH", headers["Location"], data[at:at + size], Content_Type="application/octet-stream")
            assert status == 202, body
        status, _, body = self.call("PUT", headers["Location"] + "?digest=" + digest_of(data), b"")
        assert status == 201, body
        return {"digest": digest_of(data), "size": len(data)}

    def push_image(self, name, tag):
        layer = io.BytesIO()
        with tarfile.open(fileobj=layer, mode="w") as tar:
            entry = tarfile.TarInfo("hello")
            entry.size = 5
            tar.addfile(entry, io.BytesIO(b"hello"))
        compressed = gzip.compress(layer.getvalue(), mtime=0)
        config = json.dumps({"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest_of(layer.getvalue())]}}).encode()
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **self.push_blob(name, config)},
                    "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", **self.push_blob(name, compressed, pieces=3)}]}
        data = json.dumps(manifest).encode()
        return data, self.call("PUT", f"/v2/{name}/manifests/{tag}", data, Content_Type=manifest["mediaType"])


@pytest.fixture
def repository(shared):
    ecr = shared.client("ecr")
    ecr.create_repository(repositoryName="team/web")
    yield "team/web"
    ecr.delete_repository(repositoryName="team/web", force=True)


def test_an_image_comes_back_as_it_was_pushed(shared, repository):
    registry = Registry(shared)
    manifest, (status, headers, body) = registry.push_image(repository, "v1")
    assert status == 201, body
    assert headers["Docker-Content-Digest"] == digest_of(manifest)
    for reference in ("v1", digest_of(manifest)):
        status, headers, body = registry.call("GET", f"/v2/{repository}/manifests/{reference}")
        assert (status, body) == (200, manifest)
        assert headers["Content-Type"] == "application/vnd.oci.image.manifest.v1+json"
    layer = json.loads(manifest)["layers"][0]
    status, _, body = registry.call("GET", f"/v2/{repository}/blobs/{layer['digest']}")
    assert status == 200 and digest_of(body) == layer["digest"]
    assert registry.call("HEAD", f"/v2/{repository}/blobs/{layer['digest']}")[1]["Content-Length"] == str(layer["size"])
    details = shared.client("ecr").describe_images(repositoryName=repository)["imageDetails"]
    assert [(d["imageDigest"], d["imageTags"]) for d in details] == [(digest_of(manifest), ["v1"])]


def test_what_does_not_fit_is_refused(shared, repository):
    registry = Registry(shared)
    code = lambda answer: json.loads(answer[2])["errors"][0]["code"]
    _, headers, _ = registry.call("POST", f"/v2/{repository}/blobs/uploads/", b"data")
    assert code(registry.call("PUT", headers["Location"] + "?digest=sha256:" + "0" * 64, b"")) == "DIGEST_INVALID"
    assert code(registry.call("GET", f"/v2/{repository}/manifests/none")) == "MANIFEST_UNKNOWN"
    assert code(registry.call("GET", f"/v2/{repository}/blobs/sha256:" + "0" * 64)) == "BLOB_UNKNOWN"
    assert code(registry.call("GET", f"/v2/{repository}/blobs/sha256:..%2f..%2fstore.db")) == "DIGEST_INVALID"
    assert code(registry.call("GET", "/v2/other/manifests/v1")) == "NAME_UNKNOWN"
    needs = {"schemaVersion": 2, "config": {"digest": "sha256:" + "1" * 64}, "layers": []}
    assert code(registry.call("PUT", f"/v2/{repository}/manifests/v2", json.dumps(needs).encode())) == "MANIFEST_BLOB_UNKNOWN"
    assert Registry(shared, "wrong").call("GET", "/v2/")[0] == 401


def test_immutable_tags_do_not_move(shared, repository):
    shared.client("ecr").put_image_tag_mutability(repositoryName=repository, imageTagMutability="IMMUTABLE")
    registry = Registry(shared)
    manifest, (status, _, _) = registry.push_image(repository, "v1")
    assert status == 201
    other = json.dumps({**json.loads(manifest), "annotations": {"a": "b"}}).encode()
    assert registry.call("PUT", f"/v2/{repository}/manifests/v1", manifest)[0] == 201
    assert registry.call("PUT", f"/v2/{repository}/manifests/v1", other)[0] == 400
