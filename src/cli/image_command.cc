#include <cstdio>

#include <fmt/format.h>

#include "aws/client.h"
#include "aws/shapes/ecr.h"
#include "base/digest.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/daemon_client.h"
#include "cli/image_archive.h"
#include "http/client.h"

namespace landfall::cli {
namespace {

namespace ecr = aws::ecr;

constexpr size_t kPiece = 8 << 20;
constexpr auto kTimeout = std::chrono::minutes(10);

/// Where an image goes. A registry that is not the account's own is one whose images the daemon has in its place.
struct Name {
  std::string registry, region, repository, tag;
  bool is_own = true;
};

std::string registry_of(std::string_view account, std::string_view region) { return fmt::format("{}.dkr.ecr.{}.amazonaws.com", account, region); }

/// "web:v1", or with a registry before it, as a container definition names it: "<account>.dkr.ecr.<region>.amazonaws.com/web:v1",
/// "docker.io/nginx:latest".
Result<Name> name_of(const DaemonAddress& daemon, const std::string& whole) {
  std::string text = whole;
  Name name{.registry = registry_of(daemon.account, daemon.region), .region = daemon.region, .repository = {}, .tag = {}};
  const size_t slash = text.find('/');
  const std::string first = slash == std::string::npos ? "" : text.substr(0, slash);
  if (first.find_first_of(".:") != std::string::npos || first == "localhost") {
    name.registry = first == "index.docker.io" ? "docker.io" : first;
    text = text.substr(slash + 1);
    const std::vector<std::string> parts = split(first, '.');
    if (parts.size() == 6 && parts[1] == "dkr" && parts[2] == "ecr") name.region = parts[3];
    name.is_own = first == registry_of(daemon.account, name.region);
    if (name.registry == "docker.io" && text.find('/') == std::string::npos) text = "library/" + text;
  }
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) return fail("Image.NoTag", fmt::format("{} has no tag; wanted is NAME:TAG", whole));
  name.repository = text.substr(0, colon);
  name.tag = text.substr(colon + 1);
  return name;
}

/// The pushing side of the OCI distribution protocol.
class Push {
 public:
  Push(const DaemonClient& daemon, const aws::Client& client, Name name) : daemon_(daemon), client_(client), name_(std::move(name)) {}

  /// The digest that NAME:TAG now stands for.
  Result<std::string> run(const ImageArchive& image) {
    const std::vector<ImageManifest> manifests = TRY(image.manifests());
    if (name_.is_own) TRY(make_repository());
    TRY(log_in());
    for (const ImageManifest& manifest : manifests) {
      for (const ImageBlob& blob : manifest.blobs) TRY(push(image, blob).while_doing("pushing " + blob.path));
      const bool is_last = &manifest == &manifests.back();
      TRY(ask({.method = "PUT", .url = url("/manifests/" + (is_last ? name_.tag : manifest.digest)), .headers = headers(manifest.media_type), .body = manifest.content}, 201));
    }
    return manifests.back().digest;
  }

 private:
  std::string url(const std::string& rest) const { return fmt::format("{}/v2/{}{}", daemon_.address().url(), name_.repository, rest); }

  http::Headers headers(const std::string& type = "application/octet-stream") const {
    http::Headers fields;
    fields.set("Authorization", authorization_);
    fields.set("Content-Type", type);
    fields.set("X-Landfall-Registry", name_.registry);
    return fields;
  }

  Result<http::Response> ask(http::Fetch request, int wanted) {
    request.timeout = kTimeout;
    http::Response response = TRY(http_.fetch(request));
    if (response.status == wanted) return response;
    return fail("Registry.Refused", fmt::format("{} {} was answered with {}: {}", request.method, request.url, response.status, trim(response.body)), Blame::remote);
  }

  Result<void> make_repository() {
    ecr::CreateRepositoryRequest request;
    request.repository_name = name_.repository;
    const auto made = client_.call<ecr::CreateRepositoryResponse>("ecr", "CreateRepository", request);
    if (made) std::printf("repository %s made\n", name_.repository.c_str());
    if (!made && made.error().code != "RepositoryAlreadyExistsException") return fail(made.error());
    return {};
  }

  Result<void> log_in() {
    const auto answer = TRY(client_.call<ecr::GetAuthorizationTokenResponse>("ecr", "GetAuthorizationToken", ecr::GetAuthorizationTokenRequest{}));
    if (!answer.authorization_data || answer.authorization_data->empty()) return fail("Registry.NoToken", "GetAuthorizationToken gave no token", Blame::remote);
    authorization_ = "Basic " + answer.authorization_data->front().authorization_token.value_or("");
    return {};
  }

  Result<void> push(const ImageArchive& image, const ImageBlob& blob) {
    const http::Response there = TRY(http_.fetch({.method = "HEAD", .url = url("/blobs/" + blob.digest), .headers = headers()}));
    if (there.status == 200) return {};
    const http::Response begun = TRY(ask({.method = "POST", .url = url("/blobs/uploads/"), .headers = headers()}, 202));
    std::string place(begun.headers.find("location").value_or(""));
    if (place.starts_with("/")) place = daemon_.address().url() + place;
    std::string piece;
    Sha256 digest;
    const auto send = [&]() -> Result<void> {
      digest.add(piece);
      TRY(ask({.method = "PATCH", .url = place, .headers = headers(), .body = std::move(piece)}, 202));
      piece.clear();
      return {};
    };
    TRY(image.read(blob.path, [&](std::string_view bytes) -> Result<void> {
      piece += bytes;
      return piece.size() < kPiece ? Result<void>() : send();
    }));
    if (!piece.empty()) TRY(send());
    const std::string found = "sha256:" + to_hex(digest.finish());
    if (found != blob.digest) return fail("Image.Malformed", fmt::format("{} has the digest {}; wanted {}", blob.path, found, blob.digest));
    TRY(ask({.method = "PUT", .url = place + "?digest=" + blob.digest, .headers = headers()}, 201));
    return {};
  }

  const DaemonClient& daemon_;
  const aws::Client& client_;
  Name name_;
  std::string authorization_;
  http::Client http_;
};

Result<std::string> push_image(const Global& global, const std::string& path, const std::string& name) {
  const DaemonClient daemon = TRY(DaemonClient::connect(global.data_dir));
  const Name parsed = TRY(name_of(daemon.address(), name));
  const ImageArchive image = TRY(ImageArchive::open(path));
  const aws::Client client({.endpoint_url = daemon.address().url(), .region = parsed.region, .access_key = daemon.key().access_key, .secret_key = daemon.key().secret_key, .session_token = "", .ca_file = ""});
  const std::string digest = TRY(Push(daemon, client, parsed).run(image));
  return fmt::format("{}/{}:{}  {}", parsed.registry, parsed.repository, parsed.tag, digest);
}

}  // namespace

int image_push_command(const Global& global, const std::string& image, const std::string& name) {
  const auto pushed = push_image(global, image, name);
  if (!pushed) return complain(pushed.error());
  std::printf("%s\n", pushed->c_str());
  return 0;
}

}  // namespace landfall::cli
