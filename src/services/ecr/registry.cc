#include "services/ecr/registry.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "model/registry.h"
#include "model/storage.h"
#include "services/ecr/blobs.h"
#include "services/ecr/put_image.h"
#include "services/ecr/registry_password.h"
#include "services/ecr/template.h"
#include "services/s3/range.h"
#include "store/table.h"

namespace landfall::services::ecr {

/// Where a request points: "/v2/NAME/blobs/DIGEST" and the like, in the account and region of the host name.
struct Distribution::Place {
  std::string account, region, repository_key, name, kind, reference;
  bool is_given = false;  ///< by somebody who names another registry
};

namespace {

http::Response answer(int status) {
  http::Response response{.status = status};
  response.headers.set("Docker-Distribution-Api-Version", "registry/2.0");
  return response;
}

/// Errors in the form of the distribution spec.
http::Response refuse(int status, std::string_view code, const std::string& message) {
  http::Response response = answer(status);
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(json::object{{"errors", json::array{json::object{{"code", code}, {"message", message}}}}});
  return response;
}

/// The access key behind the password, "" for the daemon itself; none: a stranger.
std::optional<std::string> holder_of(const Deps& deps, const http::Request& request) {
  const auto header = request.headers.find("authorization");
  if (!header || !header->starts_with("Basic ")) return std::nullopt;
  const auto given = base64_decode(header->substr(6));
  const auto secret = registry_secret(deps.data_dir);
  if (!given || !secret || !given->starts_with("AWS:")) return std::nullopt;
  return holder_of_password(*secret, std::string_view(*given).substr(4), deps.clock.wall());
}

/// What a request asks of IAM (service authorization reference, Amazon ECR).
std::string action_of(std::string_view method, std::string_view kind) {
  const bool reads = method == "GET" || method == "HEAD";
  if (kind == "/tags/") return "ecr:ListImages";
  if (kind == "/manifests/") return reads ? "ecr:BatchGetImage" : "ecr:PutImage";
  if (kind == "/blobs/") return method == "HEAD" ? "ecr:BatchCheckLayerAvailability" : "ecr:GetDownloadUrlForLayer";
  return method == "POST" ? "ecr:InitiateLayerUpload" : method == "PATCH" ? "ecr:UploadLayerPart" : "ecr:CompleteLayerUpload";
}

/// ECR's codes of a manifest that is refused, in those of the distribution spec.
std::string_view code_of(const Error& error) {
  if (error.code == "ImageTagAlreadyExistsException") return "TAG_INVALID";
  if (error.code == "ImageDigestDoesNotMatchException") return "DIGEST_INVALID";
  if (error.code == "LayersNotFoundException" || error.code == "ReferencedImagesNotFoundException") return "MANIFEST_BLOB_UNKNOWN";
  if (error.code == "RepositoryNotFoundException") return "NAME_UNKNOWN";
  return error.code == "InvalidParameterException" ? "MANIFEST_INVALID" : "UNKNOWN";
}

std::string query_value(const http::Request& request, std::string_view name) {
  for (const std::string& pair : split(request.query, '&')) {
    const size_t equals = pair.find('=');
    if (std::string_view(pair).substr(0, equals) == name && equals != std::string::npos) return percent_decode(pair.substr(equals + 1));
  }
  return "";
}

http::Response file_answer(const std::filesystem::path& path, std::string_view type, std::string_view digest) {
  http::Response response = answer(200);
  response.headers.set("Content-Type", type);
  response.headers.set("Docker-Content-Digest", digest);
  std::error_code error;
  response.file_length = std::filesystem::file_size(path, error);
  response.body_file = path;
  return response;
}

}  // namespace

http::Response Distribution::handle(const http::Request& request) const {
  const auto holder = holder_of(deps_, request);
  const std::string token = query_value(request, "token");
  if (!holder && token.empty()) {
    http::Response response = refuse(401, "UNAUTHORIZED", "authentication required: Basic with the user AWS and the password of GetAuthorizationToken");
    response.headers.set("WWW-Authenticate", "Basic realm=\"Landfall ECR\",service=\"ecr\"");
    return response;
  }
  const bool is_root = request.path == "/v2/" || request.path == "/v2";
  if (is_root && holder) return answer(200);
  if (is_root) return refuse(403, "DENIED", "a layer's token opens its layer alone");
  std::string account = account_, region = region_;
  const auto named = request.headers.find(model::kRegistryHeader);
  const std::vector<std::string> host = split(named ? *named : request.headers.find("host").value_or(""), '.');
  if (host.size() == 6 && host[1] == "dkr" && host[2] == "ecr") {
    account = host[0];
    region = host[3];
  } else if (named) {
    account = *named;
    region = model::kElsewhere;
  }
  const std::string path = percent_decode(request.path.substr(4));
  for (const char* kind : {"/blobs/uploads/", "/blobs/uploads", "/blobs/", "/manifests/", "/tags/"}) {
    const size_t at = path.rfind(kind);
    if (at == std::string::npos || at == 0) continue;
    const Place place{.account = account, .region = region, .repository_key = account + "/" + region + "/" + path.substr(0, at), .name = path.substr(0, at), .kind = kind, .reference = path.substr(at + std::string_view(kind).size()), .is_given = named.has_value()};
    return holder ? admit(request, place, *holder) : open_layer(request, place, token);
  }
  return refuse(404, "UNSUPPORTED", request.method + " " + request.path + " is not part of the distribution API");
}

/// A layer's own address (GetDownloadUrlForLayer): it names no holder.
http::Response Distribution::open_layer(const http::Request& request, const Place& place, const std::string& token) const {
  const auto secret = registry_secret(deps_.data_dir);
  const bool is_open = secret && place.kind == "/blobs/" && (request.method == "GET" || request.method == "HEAD") && opens_layer(*secret, token, place.reference, deps_.clock.wall());
  return is_open ? blob(request, place) : refuse(403, "DENIED", "the token does not open this, or not any more");
}

http::Response Distribution::admit(const http::Request& request, const Place& place, const std::string& holder) const {
  const auto allowed = [&](const std::string& action, const std::string& arn) -> Result<void> { return authorize_ && !holder.empty() ? authorize_(holder, action, arn) : Result<void>{}; };
  auto repository = store::find<Repository>(deps_.store, place.repository_key);
  const bool may_create = !repository && request.method == "POST" && allowed("ecr:CreateRepository", arn_of_repository({.account = place.account, .region = place.region, .name = place.name})).has_value();
  if (may_create) repository = create_on_push(place);
  if (!repository) return refuse(404, "NAME_UNKNOWN", fmt::format("The repository with name '{}' does not exist in the registry with id '{}'", place.name, place.account));
  if (const auto may = allowed(action_of(request.method, place.kind), repository->arn); !may) return refuse(403, "DENIED", may.error().what);
  return dispatch(request, place);
}

/// Only where a template is for it, or where it is given to this daemon.
std::optional<Repository> Distribution::create_on_push(const Place& place) const {
  std::optional<Repository> made;
  const auto done = deps_.store.transact([&](store::Transaction& tx) -> Result<void> {
    const Wanted wanted{.account = place.account, .region = place.region, .name = place.name};
    made = from_template(tx, wanted, "CREATE_ON_PUSH", deps_.clock.wall());
    if (!made && place.is_given) made = Repository{.account = place.account, .region = place.region, .name = place.name, .arn = arn_of_repository(wanted), .created_at = deps_.clock.wall()};
    if (made) store::put(tx, *made);
    return {};
  });
  return done ? made : std::nullopt;
}

http::Response Distribution::dispatch(const http::Request& request, const Place& place) const {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (place.kind == "/tags/" && place.reference == "list" && reads) return tags(place);
  if (place.kind == "/manifests/") return reads ? manifest(request, place) : request.method == "PUT" ? put_manifest(request, place) : refuse(405, "UNSUPPORTED", "only GET, HEAD and PUT of manifests");
  if (place.kind == "/blobs/" && reads) return blob(request, place);
  if (place.kind.starts_with("/blobs/uploads") && request.method == "POST") return start_upload(request, place);
  if (place.kind == "/blobs/uploads/" && (request.method == "PATCH" || request.method == "PUT")) return continue_upload(request, place);
  return refuse(405, "UNSUPPORTED", request.method + " is not supported here");
}

http::Response Distribution::blob(const http::Request& request, const Place& place) const {
  if (!is_digest(place.reference)) return refuse(400, "DIGEST_INVALID", fmt::format("'{}' is not a sha256 digest", place.reference));
  const auto path = blob_path(deps_, place.reference);
  if (!std::filesystem::exists(path)) return refuse(404, "BLOB_UNKNOWN", fmt::format("blob {} is not in the registry", place.reference));
  http::Response response = file_answer(path, "application/octet-stream", place.reference);
  response.headers.set("Accept-Ranges", "bytes");
  const auto size = static_cast<int64_t>(response.file_length);
  const auto header = request.method == "GET" ? request.headers.find("range") : std::nullopt;
  if (!header) return response;
  const auto range = s3::range_of(std::string(*header), size);
  if (!range) {
    http::Response refused = refuse(416, "SIZE_INVALID", fmt::format("the range {} lies outside the blob's {} bytes", *header, size));
    refused.headers.set("Content-Range", fmt::format("bytes */{}", size));
    return refused;
  }
  if (!*range) return response;
  response.status = 206;
  response.headers.set("Content-Range", fmt::format("bytes {}-{}/{}", (*range)->first, (*range)->last, size));
  response.file_offset = static_cast<uint64_t>((*range)->first);
  response.file_length = static_cast<uint64_t>((*range)->length());
  return response;
}

http::Response Distribution::start_upload(const http::Request& request, const Place& place) const {
  const auto begun = begin_upload(deps_);
  if (!begun) return refuse(500, "UNKNOWN", begun.error().message());
  const std::string id = *begun;
  if (const auto taken = append(request, id); !taken) return refuse(500, "UNKNOWN", taken.error().message());
  if (const std::string digest = query_value(request, "digest"); !digest.empty()) {
    if (const auto done = finish_upload(deps_, id, digest); !done) return refuse(400, done.error().code, done.error().what);
    http::Response response = answer(201);
    response.headers.set("Location", fmt::format("/v2/{}/blobs/{}", place.name, digest));
    response.headers.set("Docker-Content-Digest", digest);
    return response;
  }
  http::Response response = answer(202);
  response.headers.set("Location", fmt::format("/v2/{}/blobs/uploads/{}", place.name, id));
  response.headers.set("Docker-Upload-UUID", id);
  response.headers.set("Range", "0-0");
  return response;
}

http::Response Distribution::continue_upload(const http::Request& request, const Place& place) const {
  if (!is_upload_id(place.reference) || !std::filesystem::exists(upload_path(deps_, place.reference))) return refuse(404, "BLOB_UPLOAD_UNKNOWN", fmt::format("there is no upload '{}'", place.reference));
  const auto there = std::filesystem::file_size(upload_path(deps_, place.reference));
  if (const auto piece = request.headers.find("content-range"); piece && !piece->starts_with(fmt::format("{}-", there))) {
    return refuse(416, "BLOB_UPLOAD_INVALID", fmt::format("the next piece of the upload starts at {}; found Content-Range '{}'", there, *piece));
  }
  if (const auto taken = append(request, place.reference); !taken) return refuse(500, "UNKNOWN", taken.error().message());
  if (request.method == "PATCH") {
    http::Response response = answer(202);
    response.headers.set("Location", fmt::format("/v2/{}/blobs/uploads/{}", place.name, place.reference));
    response.headers.set("Range", fmt::format("0-{}", std::max<uintmax_t>(std::filesystem::file_size(upload_path(deps_, place.reference)), 1) - 1));
    return response;
  }
  const std::string digest = query_value(request, "digest");
  if (const auto done = finish_upload(deps_, place.reference, digest); !done) return refuse(400, done.error().code, done.error().what);
  http::Response response = answer(201);
  response.headers.set("Location", fmt::format("/v2/{}/blobs/{}", place.name, digest));
  response.headers.set("Docker-Content-Digest", digest);
  return response;
}

Result<void> Distribution::append(const http::Request& request, const std::string& upload) const {
  return append_to_upload(deps_, upload, request.body_file ? TRY(read_file(*request.body_file)) : request.body);
}

http::Response Distribution::manifest(const http::Request&, const Place& place) const {
  std::string digest = place.reference;
  if (!is_digest(digest)) {
    const auto repository = store::find<Repository>(deps_.store, place.repository_key);
    const auto tag = repository->image_tags.find(place.reference);
    digest = tag == repository->image_tags.end() ? "" : tag->second;
  }
  const auto found = store::find<Manifest>(deps_.store, place.repository_key + "/" + digest);
  if (!found) return refuse(404, "MANIFEST_UNKNOWN", fmt::format("Requested image not found: {}:{}", place.name, place.reference));
  return file_answer(blob_path(deps_, digest), found->media_type, digest);
}

http::Response Distribution::put_manifest(const http::Request& request, const Place& place) const {
  if (request.body_file || request.body.size() > kMaxManifest) return refuse(413, "SIZE_INVALID", fmt::format("a manifest has at most {} bytes", kMaxManifest));
  if (!is_digest(place.reference) && !is_tag(place.reference)) return refuse(400, "TAG_INVALID", fmt::format("'{}' is neither a sha256 digest nor a tag: 1 to 128 letters, digits and ._-, no . or - first", place.reference));
  NewImage image{.repository_key = place.repository_key, .bytes = request.body, .media_type = std::string(request.headers.find("content-type").value_or(""))};
  (is_digest(place.reference) ? image.digest : image.tag) = place.reference;
  const auto digest = put_image(deps_, image);
  if (!digest) return refuse(digest.error().blame == Blame::host ? 500 : 400, code_of(digest.error()), digest.error().what);
  http::Response response = answer(201);
  response.headers.set("Location", fmt::format("/v2/{}/manifests/{}", place.name, *digest));
  response.headers.set("Docker-Content-Digest", *digest);
  return response;
}

http::Response Distribution::tags(const Place& place) const {
  json::array list;
  const auto repository = store::find<Repository>(deps_.store, place.repository_key);
  for (const auto& [tag, digest] : repository->image_tags) list.emplace_back(tag);
  http::Response response = answer(200);
  response.headers.set("Content-Type", "application/json");
  response.body = json::serialize(json::object{{"name", place.name}, {"tags", list}});
  return response;
}

}  // namespace landfall::services::ecr
