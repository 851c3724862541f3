#include "services/ecr/blobs.h"
#include "services/ecr/registry_password.h"
#include "services/ecr/support.h"

/// Layers through the API: the same blobs as those of the registry's own door.
namespace landfall::services::ecr {
namespace {

constexpr int64_t kPartSize = 10 << 20, kMostInPart = 20 << 20;  // ECR API: InitiateLayerUpload's partSize, UploadLayerPart
constexpr size_t kMostDigests = 100;
constexpr Duration kUrlLife = std::chrono::hours(1);

Result<void> check_upload(const Deps& deps, const Repository& repository, const std::string& id) {
  if (is_upload_id(id) && std::filesystem::exists(upload_path(deps, id))) return {};
  return fail("UploadNotFoundException", fmt::format("The upload with id '{}' could not be found in the repository with name '{}' in the registry with id '{}'", id, repository.name, repository.account));
}

Result<shapes::BatchCheckLayerAvailabilityResponse> check(const Deps& deps, const CallContext& context, const shapes::BatchCheckLayerAvailabilityRequest& request) {
  TRY(repository_named(deps.store, context, request.repository_name));
  if (request.layer_digests->size() > kMostDigests) return invalid_member("layerDigests", fmt::format("Member must have length less than or equal to {}", kMostDigests));
  shapes::BatchCheckLayerAvailabilityResponse answer{.failures = std::vector<shapes::LayerFailure>{}, .layers = std::vector<shapes::Layer>{}};
  for (const std::string& digest : *request.layer_digests) {
    if (digest.empty()) {
      answer.failures->push_back({.failure_code = "MissingLayerDigest", .failure_reason = "Invalid request parameters: layer digest cannot be null", .layer_digest = digest});
    } else if (!is_digest(digest)) {
      answer.failures->push_back({.failure_code = "InvalidLayerDigest", .failure_reason = "Invalid request parameters: layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'", .layer_digest = digest});
    } else {
      std::error_code error;
      const auto size = std::filesystem::file_size(blob_path(deps, digest), error);
      shapes::Layer layer{.layer_availability = error ? "UNAVAILABLE" : "AVAILABLE", .layer_digest = digest};
      if (!error) layer.layer_size = static_cast<int64_t>(size);
      answer.layers->push_back(std::move(layer));
    }
  }
  return answer;
}

Result<shapes::InitiateLayerUploadResponse> begin(const Deps& deps, const CallContext& context, const shapes::InitiateLayerUploadRequest& request) {
  TRY(repository_named(deps.store, context, request.repository_name));
  const std::string id = TRY(begin_upload(deps));
  return shapes::InitiateLayerUploadResponse{.part_size = kPartSize, .upload_id = id};
}

Result<shapes::UploadLayerPartResponse> upload(const Deps& deps, const CallContext& context, const shapes::UploadLayerPartRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  TRY(check_upload(deps, repository, *request.upload_id));
  const auto there = static_cast<int64_t>(std::filesystem::file_size(upload_path(deps, *request.upload_id)));
  const auto length = static_cast<int64_t>(request.layer_part_blob->size());
  if (length > kMostInPart) return invalid_member("layerPartBlob", fmt::format("Member must have length less than or equal to {}", kMostInPart));
  if (*request.part_last_byte - *request.part_first_byte + 1 != length) return invalid_member("partLastByte", fmt::format("The part has {} bytes, and {} to {} are {}", length, *request.part_first_byte, *request.part_last_byte, *request.part_last_byte - *request.part_first_byte + 1));
  if (*request.part_first_byte != there) {
    context.error_members = fmt::format(R"({{"registryId":"{}","repositoryName":"{}","uploadId":"{}","lastValidByteReceived":{}}})", context.account, repository.name, *request.upload_id, there - 1);
    return fail("InvalidLayerPartException", fmt::format("The layer part upload is not valid: the next part of upload '{}' begins at byte {}; found {}", *request.upload_id, there, *request.part_first_byte));
  }
  TRY(append_to_upload(deps, *request.upload_id, *request.layer_part_blob));
  return shapes::UploadLayerPartResponse{.last_byte_received = there + length - 1, .registry_id = context.account, .repository_name = repository.name, .upload_id = request.upload_id};
}

Result<shapes::CompleteLayerUploadResponse> complete(const Deps& deps, const CallContext& context, const shapes::CompleteLayerUploadRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  TRY(check_upload(deps, repository, *request.upload_id));
  const auto digest = std::ranges::find_if(*request.layer_digests, is_digest);
  if (digest == request.layer_digests->end()) return invalid_member("layerDigests", "A digest must satisfy regular expression 'sha256:[a-f0-9]{64}'");
  const auto path = upload_path(deps, *request.upload_id);
  if (std::filesystem::file_size(path) == 0) return fail("EmptyUploadException", fmt::format("The upload with id '{}' has no layer parts", *request.upload_id));
  if (std::filesystem::exists(blob_path(deps, *digest))) {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    return fail("LayerAlreadyExistsException", fmt::format("The layer with digest '{}' already exists in the repository with name '{}' in the registry with id '{}'", *digest, repository.name, repository.account));
  }
  if (auto done = finish_upload(deps, *request.upload_id, *digest); !done) {
    if (done.error().code == "DIGEST_INVALID") return fail("InvalidLayerException", done.error().what);
    return fail(done.error());
  }
  return shapes::CompleteLayerUploadResponse{.layer_digest = *digest, .registry_id = context.account, .repository_name = repository.name, .upload_id = request.upload_id};
}

/// An address of the registry's door that is open for this one layer for an hour.
Result<shapes::GetDownloadUrlForLayerResponse> url(const Deps& deps, const CallContext& context, const shapes::GetDownloadUrlForLayerRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  const std::string digest = *request.layer_digest;
  if (!is_digest(digest) || !std::filesystem::exists(blob_path(deps, digest))) {
    return fail("LayersNotFoundException", fmt::format("The layer with digest '{}' does not exist in the repository with name '{}' in the registry with id '{}'", digest, repository.name, repository.account));
  }
  const std::string password = layer_password(TRY(registry_secret(deps.data_dir)), digest, deps.clock.wall() + kUrlLife);
  const std::string host(context.request == nullptr ? "" : context.request->headers.find("host").value_or(""));
  const bool is_tls = context.request != nullptr && context.request->is_tls;
  return shapes::GetDownloadUrlForLayerResponse{.download_url = fmt::format("{}://{}/v2/{}/blobs/{}?token={}", is_tls ? "https" : "http", host, repository.name, digest, password), .layer_digest = digest};
}

}  // namespace

void register_layer(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::BatchCheckLayerAvailabilityRequest, shapes::BatchCheckLayerAvailabilityResponse>("ecr", "BatchCheckLayerAvailability", {"*"}, bind(check));
  registry.add<shapes::InitiateLayerUploadRequest, shapes::InitiateLayerUploadResponse>("ecr", "InitiateLayerUpload", {"*"}, bind(begin));
  registry.add<shapes::UploadLayerPartRequest, shapes::UploadLayerPartResponse>("ecr", "UploadLayerPart", {"*"}, bind(upload));
  registry.add<shapes::CompleteLayerUploadRequest, shapes::CompleteLayerUploadResponse>("ecr", "CompleteLayerUpload", {"*"}, bind(complete));
  registry.add<shapes::GetDownloadUrlForLayerRequest, shapes::GetDownloadUrlForLayerResponse>("ecr", "GetDownloadUrlForLayer", {"*"}, bind(url));
}

}  // namespace landfall::services::ecr
