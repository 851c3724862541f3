#include "services/ecr/registry.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/json.h"
#include "base/text.h"
#include "model/storage.h"
#include "services/ecr/registry_password.h"
#include "services/s3/range.h"
#include "store/table.h"

namespace landfall::services::ecr {

using model::Manifest;
using model::Repository;

/// Where a request points: "/v2/NAME/blobs/DIGEST" and the like, in the account and region of the host name.
struct Distribution::Place {
  std::string repository_key, name, kind, reference;
};

namespace {

constexpr size_t kMaxManifest = 4 << 20;  // distribution spec: 4 MiB

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

bool is_digest(std::string_view text) {
  return text.size() == 71 && text.starts_with("sha256:") && std::ranges::all_of(text.substr(7), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// Distribution spec: [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}.
bool is_tag(std::string_view text) {
  const auto fits = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-'; };
  return !text.empty() && text.size() <= 128 && text[0] != '.' && text[0] != '-' && std::ranges::all_of(text, fits);
}

bool is_upload_id(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789abcdef-") == std::string_view::npos; }

std::filesystem::path blob_path(const Deps& deps, std::string_view digest) { return std::filesystem::path(deps.data_dir) / "registry/blobs/sha256" / std::string(digest.substr(7)); }
std::filesystem::path upload_path(const Deps& deps, const std::string& id) { return std::filesystem::path(deps.data_dir) / "registry/uploads" / id; }

Result<std::string> digest_of_file(const std::filesystem::path& path) {
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail(errno_error("reading " + path.string(), errno));
  Sha256 digest;
  std::string piece(1 << 20, '\0');
  ssize_t got = 0;
  while ((got = read(fd.get(), piece.data(), piece.size())) > 0) digest.add({piece.data(), static_cast<size_t>(got)});
  if (got < 0) return fail(errno_error("reading " + path.string(), errno));
  return "sha256:" + to_hex(digest.finish());
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

/// Digests that a manifest needs: config and layers of an image, manifests of an index.
std::vector<std::pair<std::string, bool>> needs_of(const json::object& manifest) {
  std::vector<std::pair<std::string, bool>> needs;
  if (const json::object* config = object_member(manifest, "config")) needs.emplace_back(string_member(*config, "digest"), false);
  for (const char* list : {"layers", "manifests"}) {
    const json::array* array = array_member(manifest, list);
    if (array == nullptr) continue;
    for (const json::value& entry : *array) {
      if (entry.is_object()) needs.emplace_back(string_member(entry.get_object(), "digest"), std::string_view(list) == "manifests");
    }
  }
  return needs;
}

int64_t size_of_layers(const json::object& manifest) {
  int64_t total = 0;
  if (const json::array* layers = array_member(manifest, "layers")) {
    for (const json::value& layer : *layers) {
      const json::value* size = layer.is_object() ? layer.get_object().if_contains("size") : nullptr;
      if (size != nullptr && size->is_int64()) total += size->get_int64();
    }
  }
  return total;
}

}  // namespace

http::Response Distribution::handle(const http::Request& request) const {
  const auto holder = holder_of(deps_, request);
  if (!holder) {
    http::Response response = refuse(401, "UNAUTHORIZED", "authentication required: Basic with the user AWS and the password of GetAuthorizationToken");
    response.headers.set("WWW-Authenticate", "Basic realm=\"Landfall ECR\",service=\"ecr\"");
    return response;
  }
  if (request.path == "/v2/" || request.path == "/v2") return answer(200);
  std::string account = account_, region = region_;
  const std::vector<std::string> host = split(request.headers.find("host").value_or(""), '.');
  if (host.size() == 6 && host[1] == "dkr" && host[2] == "ecr") {
    account = host[0];
    region = host[3];
  }
  const std::string path = percent_decode(request.path.substr(4));
  for (const char* kind : {"/blobs/uploads/", "/blobs/uploads", "/blobs/", "/manifests/", "/tags/"}) {
    const size_t at = path.rfind(kind);
    if (at == std::string::npos || at == 0) continue;
    const Place place{.repository_key = account + "/" + region + "/" + path.substr(0, at), .name = path.substr(0, at), .kind = kind, .reference = path.substr(at + std::string_view(kind).size())};
    const auto repository = store::find<Repository>(deps_.store, place.repository_key);
    if (!repository) return refuse(404, "NAME_UNKNOWN", fmt::format("The repository with name '{}' does not exist in the registry with id '{}'", place.name, account));
    if (authorize_ && !holder->empty()) {
      if (const auto allowed = authorize_(*holder, action_of(request.method, place.kind), repository->arn); !allowed) return refuse(403, "DENIED", allowed.error().what);
    }
    return dispatch(request, place);
  }
  return refuse(404, "UNSUPPORTED", request.method + " " + request.path + " is not part of the distribution API");
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
  const std::string id = deps_.ids.uuid();
  for (const char* folder : {"registry/uploads", "registry/blobs/sha256"}) {
    if (const auto made = make_directories(std::filesystem::path(deps_.data_dir) / folder, 0700); !made) return refuse(500, "UNKNOWN", made.error().message());
  }
  if (const auto begun = append(request, id); !begun) return refuse(500, "UNKNOWN", begun.error().message());
  if (const std::string digest = query_value(request, "digest"); !digest.empty()) {
    if (const auto done = finish(id, digest); !done) return refuse(400, done.error().code, done.error().what);
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
  if (const auto done = finish(place.reference, digest); !done) return refuse(400, done.error().code, done.error().what);
  http::Response response = answer(201);
  response.headers.set("Location", fmt::format("/v2/{}/blobs/{}", place.name, digest));
  response.headers.set("Docker-Content-Digest", digest);
  return response;
}

Result<void> Distribution::append(const http::Request& request, const std::string& upload) const {
  const auto path = upload_path(deps_, upload);
  const Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return fail(errno_error("writing " + path.string(), errno));
  const std::string body = request.body_file ? TRY(read_file(*request.body_file)) : request.body;
  std::string_view left = body;
  while (!left.empty()) {
    const ssize_t written = write(fd.get(), left.data(), left.size());
    if (written < 0) return fail(errno_error("writing " + path.string(), errno));
    left.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(fd.get()) != 0) return fail(errno_error("syncing " + path.string(), errno));
  return {};
}

/// The upload gets the name of its digest only if that is its digest.
Result<void> Distribution::finish(const std::string& upload, const std::string& digest) const {
  const auto path = upload_path(deps_, upload);
  if (!is_digest(digest)) return fail("DIGEST_INVALID", fmt::format("'{}' is not a sha256 digest", digest));
  const std::string found = TRY(digest_of_file(path));
  if (found != digest) {
    unlink(path.c_str());
    return fail("DIGEST_INVALID", fmt::format("the upload's digest is {}, not {}", found, digest));
  }
  std::error_code error;
  std::filesystem::rename(path, blob_path(deps_, digest), error);
  if (error) return fail("UNKNOWN", error.message(), Blame::host);
  return {};
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

/// A manifest is taken only when everything it names is there; a tag moves unless the repository's tags are immutable.
http::Response Distribution::put_manifest(const http::Request& request, const Place& place) const {
  if (request.body_file || request.body.size() > kMaxManifest) return refuse(413, "SIZE_INVALID", fmt::format("a manifest has at most {} bytes", kMaxManifest));
  if (!is_digest(place.reference) && !is_tag(place.reference)) return refuse(400, "TAG_INVALID", fmt::format("'{}' is neither a sha256 digest nor a tag: 1 to 128 letters, digits and ._-, no . or - first", place.reference));
  const auto value = parse_json(request.body, "the manifest");
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return refuse(400, "MANIFEST_INVALID", value ? "the manifest is not a JSON object" : value.error().what);
  const std::string digest = "sha256:" + to_hex(sha256(request.body));
  if (is_digest(place.reference) && place.reference != digest) return refuse(400, "DIGEST_INVALID", fmt::format("the manifest's digest is {}, not {}", digest, place.reference));
  for (const auto& [needed, is_manifest] : needs_of(*object)) {
    const bool there = is_manifest ? store::find<Manifest>(deps_.store, place.repository_key + "/" + needed).has_value() : is_digest(needed) && std::filesystem::exists(blob_path(deps_, needed));
    if (!there) return refuse(400, "MANIFEST_BLOB_UNKNOWN", fmt::format("the manifest names {}, which is not in the registry", needed));
  }
  std::string type(request.headers.find("content-type").value_or(""));
  if (type.empty()) type = string_member(*object, "mediaType");
  if (const auto written = write_file_atomic(blob_path(deps_, digest), request.body, 0600); !written) return refuse(500, "UNKNOWN", written.error().message());
  const auto done = deps_.store.transact([&](store::Transaction& tx) -> Result<void> {
    auto repository = store::find<Repository>(tx, place.repository_key);
    if (!repository) return fail("NAME_UNKNOWN", "the repository is gone");
    if (!is_digest(place.reference)) {
      const auto tag = repository->image_tags.find(place.reference);
      const bool moves = tag != repository->image_tags.end() && tag->second != digest;
      if (moves && repository->tag_mutability == "IMMUTABLE") return fail("TAG_INVALID", fmt::format("The image tag '{}' already exists in the '{}' repository and cannot be overwritten because the tag is immutable.", place.reference, place.name));
      repository->image_tags[place.reference] = digest;
      store::put(tx, *repository);
    }
    store::put(tx, Manifest{.repository_key = place.repository_key, .digest = digest, .media_type = type, .size = static_cast<int64_t>(request.body.size()), .image_size = size_of_layers(*object), .pushed_at = deps_.clock.wall()});
    return {};
  });
  if (!done) return refuse(done.error().code == "Store.Unavailable" ? 500 : 400, done.error().code, done.error().what);
  http::Response response = answer(201);
  response.headers.set("Location", fmt::format("/v2/{}/manifests/{}", place.name, digest));
  response.headers.set("Docker-Content-Digest", digest);
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
