#include "base/file.h"
#include "base/json.h"
#include "services/ecr/blobs.h"
#include "services/ecr/put_image.h"
#include "services/ecr/replicate.h"
#include "services/ecr/scanning.h"
#include "services/ecr/support.h"

/// Images of a repository: put, told, listed, fetched, deleted.
namespace landfall::services::ecr {
namespace {

constexpr size_t kMostNamed = 100;  // ECR API: imageIds

/// Whether a filter of DescribeImages or ListImages lets an image through; all images are active here.
template <class Filter>
bool fits(const std::optional<Filter>& filter, bool is_tagged) {
  if (!filter) return true;
  const std::string tags = filter->tag_status.value_or("ANY"), status = filter->image_status.value_or("ANY");
  return (tags == "ANY" || (tags == "TAGGED") == is_tagged) && (status == "ANY" || status == "ACTIVE");
}

Result<void> check_ids(const std::optional<std::vector<shapes::ImageIdentifier>>& ids) {
  if (ids && ids->size() > kMostNamed) return invalid_member("imageIds", fmt::format("Member must have length less than or equal to {}", kMostNamed));
  return {};
}

/// The media type of the image's config; an index has none.
std::string artifact_type_of(const Deps& deps, const Manifest& manifest) {
  const auto bytes = read_file(blob_path(deps, manifest.digest));
  const auto value = bytes ? parse_json(*bytes, "a manifest") : Result<json::value>(fail(bytes.error()));
  const json::object* config = value && value->is_object() ? object_member(value->get_object(), "config") : nullptr;
  return config == nullptr ? "" : std::string(string_member(*config, "mediaType"));
}

Result<shapes::DescribeImagesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeImagesRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  TRY(check_ids(request.image_ids));
  std::vector<Manifest> manifests;
  if (request.image_ids) {
    for (const auto& id : *request.image_ids) {
      const auto manifest = find_image(deps.store, repository, id);
      if (!manifest) return fail(no_image(repository, id));
      if (std::ranges::count(manifests, manifest->digest, &Manifest::digest) == 0) manifests.push_back(*manifest);
    }
  } else {
    manifests = store::all<Manifest>(deps.store, repository.key() + "/sha256:");
  }
  std::vector<shapes::ImageDetail> details;
  for (const Manifest& manifest : manifests) {
    const auto tags = tags_of(repository, manifest.digest);
    if (!request.image_ids && !fits(request.filter, !tags.empty())) continue;
    shapes::ImageDetail detail{.image_digest = manifest.digest, .image_manifest_media_type = manifest.media_type, .image_pushed_at = manifest.pushed_at, .image_size_in_bytes = manifest.image_size, .image_status = "ACTIVE", .registry_id = context.account, .repository_name = repository.name};
    if (const std::string type = artifact_type_of(deps, manifest); !type.empty()) detail.artifact_media_type = type;
    if (!tags.empty()) detail.image_tags = tags;
    detail.image_scan_status = scan_status_of(manifest);
    details.push_back(std::move(detail));
  }
  auto answer = TRY(page(std::move(details), request.max_results, request.next_token));
  shapes::DescribeImagesResponse result{.image_details = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::ListImagesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListImagesRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  std::vector<shapes::ImageIdentifier> ids;
  for (const Manifest& manifest : store::all<Manifest>(deps.store, repository.key() + "/sha256:")) {
    const auto tags = tags_of(repository, manifest.digest);
    if (!fits(request.filter, !tags.empty())) continue;
    if (tags.empty()) ids.push_back({.image_digest = manifest.digest});
    for (const std::string& tag : tags) ids.push_back({.image_digest = manifest.digest, .image_tag = tag});
  }
  auto answer = TRY(page(std::move(ids), request.max_results, request.next_token));
  shapes::ListImagesResponse result{.image_ids = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// The image of an identifier of a batch, or why there is none.
template <class From>
std::optional<Manifest> find_or_fail(const From& from, const Repository& repository, const shapes::ImageIdentifier& id, std::vector<shapes::ImageFailure>& failures) {
  const auto refuse = [&](const char* code, const char* why) { failures.push_back({.failure_code = code, .failure_reason = why, .image_id = id}); };
  if (!id.image_digest && !id.image_tag) return refuse("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null"), std::nullopt;
  if (id.image_digest && !is_digest(*id.image_digest)) return refuse("InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"), std::nullopt;
  auto manifest = find_image(from, repository, id);
  if (manifest) return manifest;
  const bool is_mismatch = id.image_digest && id.image_tag && repository.image_tags.contains(*id.image_tag) && store::find<Manifest>(from, repository.key() + "/" + *id.image_digest);
  if (is_mismatch) refuse("ImageTagDoesNotMatchDigest", "Requested image tag does not match the image digest");
  else refuse("ImageNotFound", "Requested image not found");
  return std::nullopt;
}

Result<shapes::BatchGetImageResponse> get(const Deps& deps, const CallContext& context, const shapes::BatchGetImageRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  TRY(check_ids(request.image_ids));
  shapes::BatchGetImageResponse result{.failures = std::vector<shapes::ImageFailure>{}, .images = std::vector<shapes::Image>{}};
  for (const auto& id : *request.image_ids) {
    const auto manifest = find_or_fail(deps.store, repository, id, *result.failures);
    if (!manifest) continue;
    const std::string bytes = TRY(read_file(blob_path(deps, manifest->digest)));
    shapes::ImageIdentifier found{.image_digest = manifest->digest};
    if (id.image_tag) found.image_tag = *id.image_tag;
    result.images->push_back({.image_id = found, .image_manifest = bytes, .image_manifest_media_type = manifest->media_type, .registry_id = context.account, .repository_name = repository.name});
  }
  return result;
}

/// The indexes of the repository that name the manifest.
std::vector<std::string> indexes_of(const Deps& deps, const Transaction& tx, const Manifest& manifest) {
  std::vector<std::string> indexes;
  for (const Manifest& other : store::all<Manifest>(tx, manifest.repository_key + "/sha256:")) {
    if (std::ranges::count(parts_of(deps, other), manifest.digest) > 0) indexes.push_back(other.digest);
  }
  return indexes;
}

/// With its last tag an image goes; by its digest with all its tags.
Result<shapes::BatchDeleteImageResponse> remove(const Deps& deps, const CallContext& context, const shapes::BatchDeleteImageRequest& request) {
  TRY(check_ids(request.image_ids));
  return transact<shapes::BatchDeleteImageResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::BatchDeleteImageResponse> {
    Repository repository = TRY(repository_named(tx, context, request.repository_name));
    shapes::BatchDeleteImageResponse result{.failures = std::vector<shapes::ImageFailure>{}, .image_ids = std::vector<shapes::ImageIdentifier>{}};
    for (const auto& id : *request.image_ids) {
      const auto manifest = find_or_fail(tx, repository, id, *result.failures);
      if (!manifest) continue;
      const auto tags = tags_of(repository, manifest->digest);
      const bool goes = !id.image_tag || tags.size() == 1;
      if (const auto indexes = goes ? indexes_of(deps, tx, *manifest) : std::vector<std::string>{}; !indexes.empty()) {
        result.failures->push_back({.failure_code = "ImageReferencedByManifestList", .failure_reason = fmt::format("Requested image referenced by manifest list: [{}]", join(indexes, ", ")), .image_id = id});
        continue;
      }
      if (id.image_tag) {
        repository.image_tags.erase(*id.image_tag);
        result.image_ids->push_back({.image_digest = manifest->digest, .image_tag = id.image_tag});
      } else {
        for (const std::string& tag : tags) {
          repository.image_tags.erase(tag);
          result.image_ids->push_back({.image_digest = manifest->digest, .image_tag = tag});
        }
        if (tags.empty()) result.image_ids->push_back({.image_digest = manifest->digest});
      }
      if (goes) store::erase<Manifest>(tx, manifest->key());
    }
    store::put(tx, repository);
    return result;
  });
}

Result<shapes::PutImageResponse> put(const Deps& deps, const CallContext& context, const shapes::PutImageRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  if (request.image_manifest->size() > kMaxManifest) return invalid_member("imageManifest", fmt::format("Member must have length less than or equal to {}", kMaxManifest));
  if (request.image_tag && !is_tag(*request.image_tag)) return invalid_member("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'");
  const std::string digest = TRY(put_image(deps, {.repository_key = repository.key(), .bytes = *request.image_manifest, .media_type = text(request.image_manifest_media_type), .tag = request.image_tag, .digest = request.image_digest, .refuses_what_is_there = true}));
  const auto manifest = store::find<Manifest>(deps.store, repository.key() + "/" + digest);
  return shapes::PutImageResponse{.image = shapes::Image{.image_id = shapes::ImageIdentifier{.image_digest = digest, .image_tag = request.image_tag}, .image_manifest = request.image_manifest,
                                                         .image_manifest_media_type = manifest ? manifest->media_type : text(request.image_manifest_media_type), .registry_id = context.account, .repository_name = repository.name}};
}

/// A copy is there with the push, or it is not made any more.
Result<shapes::DescribeImageReplicationStatusResponse> replication(const Deps& deps, const CallContext& context, const shapes::DescribeImageReplicationStatusRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  const auto image = find_image(deps.store, repository, *request.image_id);
  if (!image) return fail(no_image(repository, request.image_id));
  shapes::DescribeImageReplicationStatusResponse answer{.image_id = request.image_id, .replication_statuses = std::vector<shapes::ImageReplicationStatus>{}, .repository_name = repository.name};
  const auto settings = store::find<model::RegistrySettings>(deps.store, context.account + "/" + context.region);
  for (const std::string& region : replicas_of(settings ? settings->replication : "", repository)) {
    const bool is_there = store::find<Manifest>(deps.store, fmt::format("{}/{}/{}/{}", context.account, region, repository.name, image->digest)).has_value();
    if (is_there) answer.replication_statuses->push_back({.region = region, .registry_id = context.account, .status = "COMPLETE"});
  }
  return answer;
}

}  // namespace

void register_image(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::DescribeImagesRequest, shapes::DescribeImagesResponse>("ecr", "DescribeImages", {"*"}, bind(describe));
  registry.add<shapes::ListImagesRequest, shapes::ListImagesResponse>("ecr", "ListImages", {"*"}, bind(list));
  registry.add<shapes::BatchGetImageRequest, shapes::BatchGetImageResponse>("ecr", "BatchGetImage", {"*"}, bind(get));
  registry.add<shapes::BatchDeleteImageRequest, shapes::BatchDeleteImageResponse>("ecr", "BatchDeleteImage", {"*"}, bind(remove));
  registry.add<shapes::PutImageRequest, shapes::PutImageResponse>("ecr", "PutImage", {"*"}, bind(put));
  registry.add<shapes::DescribeImageReplicationStatusRequest, shapes::DescribeImageReplicationStatusResponse>("ecr", "DescribeImageReplicationStatus", {"*"}, bind(replication));
}

}  // namespace landfall::services::ecr
