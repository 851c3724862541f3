#include "services/ecr/registry.h"

#include <stdlib.h>

#include <filesystem>

#include <doctest/doctest.h>

#include "aws/shapes/ecr.h"
#include "base/digest.h"
#include "base/text.h"
#include "model/storage.h"
#include "services/ecr/ecr.h"
#include "services/ecr/expiry.h"
#include "services/ecr/registry_password.h"
#include "services/support/caller_for_test.h"
#include "store/table.h"

namespace landfall::services::ecr {
namespace {

namespace shapes = landfall::aws::ecr;

std::string digest_of(const std::string& bytes) { return "sha256:" + to_hex(sha256(bytes)); }

std::string new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "landfall-ecr-test.XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  return name;
}

/// The repository "web", and a registry that takes its pushes.
struct Pusher : CallerForTest {
  Pusher() : CallerForTest("ecr", new_folder()), distribution(deps, "000000000000", "us-west-2") {
    register_ecr(registry, deps);
    REQUIRE(call<shapes::CreateRepositoryResponse>("CreateRepository", shapes::CreateRepositoryRequest{.repository_name = "web"}));
    secret = registry_secret(deps.data_dir).value();
  }
  ~Pusher() { std::filesystem::remove_all(deps.data_dir); }

  http::Response send(std::string method, std::string path, std::string body = "", std::string query = "", std::string_view header = "", std::string_view value = "") {
    http::Request request{.method = std::move(method), .target = path, .path = path, .query = std::move(query), .body = std::move(body)};
    request.headers.set("Authorization", "Basic " + base64_encode("AWS:" + secret));
    if (!header.empty()) request.headers.set(header, value);
    return distribution.handle(request);
  }

  int push_blob(const std::string& bytes) { return send("POST", "/v2/web/blobs/uploads/", bytes, "digest=" + digest_of(bytes)).status; }
  http::Response push_manifest(const std::string& tag, const std::string& config) {
    return send("PUT", "/v2/web/manifests/" + tag, R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"digest":")" + digest_of(config) + R"("},"layers":[]})");
  }

  Distribution distribution;
  std::string secret;
};

TEST_CASE_FIXTURE(Pusher, "a push in pieces gets its name only when the digest is right") {
  const auto start = [&] { return std::string(send("POST", "/v2/web/blobs/uploads/").headers.find("location").value()); };
  const std::string upload = start();
  CHECK(send("PATCH", upload, "abc").status == 202);
  CHECK(send("PATCH", upload, "def").headers.find("range").value() == "0-5");
  CHECK(send("PUT", upload, "", "digest=" + digest_of("abcdef")).status == 201);
  CHECK(send("HEAD", "/v2/web/blobs/" + digest_of("abcdef")).status == 200);
  CHECK(send("PATCH", upload, "more").status == 404);
  const std::string wrong = start();
  CHECK(send("PUT", wrong, "abc", "digest=" + digest_of("xyz")).status == 400);
  CHECK(send("GET", "/v2/web/blobs/" + digest_of("xyz")).status == 404);
}

TEST_CASE_FIXTURE(Pusher, "a piece that does not follow on the one before is refused") {
  const std::string upload(send("POST", "/v2/web/blobs/uploads/").headers.find("location").value());
  CHECK(send("PATCH", upload, "abc", "", "Content-Range", "0-2").status == 202);
  CHECK(send("PATCH", upload, "xyz", "", "Content-Range", "7-9").status == 416);
  CHECK(send("PATCH", upload, "def", "", "Content-Range", "3-5").status == 202);
  CHECK(send("PUT", upload, "", "digest=" + digest_of("abcdef")).status == 201);
}

TEST_CASE_FIXTURE(Pusher, "part of a blob is given for a range") {
  REQUIRE(push_blob("0123456789") == 201);
  const std::string path = "/v2/web/blobs/" + digest_of("0123456789");
  const auto part = send("GET", path, "", "", "Range", "bytes=3-5");
  CHECK(part.status == 206);
  CHECK(part.file_offset == 3);
  CHECK(part.file_length == 3);
  CHECK(part.headers.find("content-range").value() == "bytes 3-5/10");
  CHECK(send("GET", path, "", "", "Range", "bytes=10-").status == 416);
  CHECK(send("GET", path).file_length == 10);
}

TEST_CASE_FIXTURE(Pusher, "a manifest waits for what it names, and tags are well formed") {
  CHECK(push_manifest("v1", "{}").status == 400);
  REQUIRE(push_blob("{}") == 201);
  CHECK(push_manifest("v1", "{}").status == 201);
  CHECK(push_manifest(".v1", "{}").status == 400);
  CHECK(push_manifest(std::string(129, 'a'), "{}").status == 400);
  CHECK(send("GET", "/v2/web/manifests/v1").headers.find("content-type").value() == "application/vnd.oci.image.manifest.v1+json");
}

TEST_CASE_FIXTURE(Pusher, "an image goes with its last tag, or whole by its digest") {
  REQUIRE(push_blob("{}") == 201);
  REQUIRE(push_manifest("v1", "{}").status == 201);
  const std::string digest(push_manifest("v2", "{}").headers.find("docker-content-digest").value());
  const auto drop = [&](shapes::ImageIdentifier id) { return call<shapes::BatchDeleteImageResponse>("BatchDeleteImage", shapes::BatchDeleteImageRequest{.image_ids = std::vector{std::move(id)}, .repository_name = "web"}); };
  REQUIRE(drop({.image_tag = "v1"}));
  CHECK(send("GET", "/v2/web/manifests/v1").status == 404);
  CHECK(send("GET", "/v2/web/manifests/" + digest).status == 200);
  CHECK(code_of(call<shapes::DeleteRepositoryResponse>("DeleteRepository", shapes::DeleteRepositoryRequest{.repository_name = "web"})) == "RepositoryNotEmptyException");
  REQUIRE(drop({.image_digest = digest}));
  CHECK(send("GET", "/v2/web/manifests/v2").status == 404);
  CHECK(drop({.image_tag = "v2"})->failures->size() == 1);
  CHECK(code_of(call<shapes::DeleteRepositoryResponse>("DeleteRepository", shapes::DeleteRepositoryRequest{.repository_name = "web"})) == "");
}

TEST_CASE_FIXTURE(Pusher, "images go as the lifecycle policy says, but no part of an index that stays") {
  const auto push = [&](const std::string& tag, const std::string& config) {
    REQUIRE(push_blob(config) == 201);
    const std::string digest(push_manifest(tag, config).headers.find("docker-content-digest").value());
    clock.advance(std::chrono::hours(24));
    return digest;
  };
  const std::string part = push("old-part", "{}"), old = push("old-2", "{ }");
  REQUIRE(send("PUT", "/v2/web/manifests/all", R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"digest":")" + part + R"("}]})").status == 201);
  const std::string fresh = push("new", "{  }");
  CHECK(expire_images(deps) == 0);
  const auto put = call<shapes::PutLifecyclePolicyResponse>("PutLifecyclePolicy", shapes::PutLifecyclePolicyRequest{
      .lifecycle_policy_text = R"({"rules":[{"rulePriority":1,"selection":{"tagStatus":"any","countType":"sinceImagePushed","countUnit":"days","countNumber":2},"action":{"type":"expire"}}]})", .repository_name = "web"});
  REQUIRE(put);

  CHECK(expire_images(deps) == 1);
  CHECK(send("GET", "/v2/web/manifests/old-2").status == 404);
  for (const std::string& stays : {part, std::string("all"), fresh}) CHECK(send("GET", "/v2/web/manifests/" + stays).status == 200);
  CHECK(call<shapes::GetLifecyclePolicyResponse>("GetLifecyclePolicy", shapes::GetLifecyclePolicyRequest{.repository_name = "web"})->last_evaluated_at == clock.wall());
}

TEST_CASE_FIXTURE(Pusher, "a password names its holder, who may only what he is allowed, until it is too old") {
  const auto answer = call<shapes::GetAuthorizationTokenResponse>("GetAuthorizationToken", shapes::GetAuthorizationTokenRequest{});
  REQUIRE(answer);
  std::string asked;
  const Distribution guarded(deps, "000000000000", "us-west-2", [&](const std::string& key, const std::string& action, const std::string& arn) -> Result<void> {
    asked = key + " " + action + " " + arn;
    if (action == "ecr:PutImage") return fail("AccessDenied", "not you");
    return {};
  });
  const auto with = [&](const std::string& method, const std::string& token) {
    http::Request request{.method = method, .target = "/v2/web/manifests/v1", .path = "/v2/web/manifests/v1"};
    request.headers.set("Authorization", "Basic " + token);
    return guarded.handle(request).status;
  };
  const std::string token = *answer->authorization_data->at(0).authorization_token;

  CHECK(with("GET", token) == 404);
  CHECK(asked == "AKIATEST ecr:BatchGetImage arn:aws:ecr:us-west-2:000000000000:repository/web");
  CHECK(with("PUT", token) == 403);
  CHECK(with("PUT", base64_encode("AWS:" + secret)) != 403);
  CHECK(with("GET", base64_encode("AWS:OTHER" + base64_decode(token)->substr(4))) == 401);
  clock.advance(std::chrono::hours(12));
  CHECK(with("GET", token) == 401);
}

TEST_CASE_FIXTURE(Pusher, "nothing is given to a stranger") {
  secret = "wrong";
  CHECK(send("GET", "/v2/").status == 401);
  CHECK(push_blob("{}") == 401);
}

}  // namespace
}  // namespace landfall::services::ecr
