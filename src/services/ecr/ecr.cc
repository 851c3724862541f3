#include "services/ecr/ecr.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "aws/shapes/ecr.h"
#include "base/file.h"
#include "base/ids.h"
#include "base/text.h"
#include "model/storage.h"
#include "services/ecr/registry_password.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

namespace landfall::services::ecr {
namespace {

namespace shapes = landfall::aws::ecr;
using aws::CallContext;
using model::Manifest;
using model::Repository;
using store::Transaction;

constexpr Duration kTokenLife = std::chrono::hours(12);  // ECR API, GetAuthorizationToken

std::string key_of(const CallContext& context, std::string_view name) { return context.account + "/" + context.region + "/" + std::string(name); }

/// Registries of other accounts are not here.
template <class Request>
Result<void> check_registry(const CallContext& context, const Request& request) {
  if constexpr (requires { request.registry_id; }) {
    if (request.registry_id && *request.registry_id != context.account) return fail("RepositoryNotFoundException", fmt::format("The registry with id '{}' does not exist; this account's is '{}'", *request.registry_id, context.account));
  }
  return {};
}

template <class From>
Result<Repository> repository_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto repository = store::find<Repository>(from, key_of(context, text(name)));
  if (!repository) return fail("RepositoryNotFoundException", fmt::format("The repository with name '{}' does not exist in the registry with id '{}'", text(name), context.account));
  return std::move(*repository);
}

shapes::Repository render(const Repository& repository) {
  return {.created_at = repository.created_at, .encryption_configuration = shapes::EncryptionConfiguration{.encryption_type = repository.encryption_type},
          .image_scanning_configuration = shapes::ImageScanningConfiguration{.scan_on_push = repository.scan_on_push}, .image_tag_mutability = repository.tag_mutability, .registry_id = repository.account,
          .repository_arn = repository.arn, .repository_name = repository.name, .repository_uri = fmt::format("{}.dkr.ecr.{}.amazonaws.com/{}", repository.account, repository.region, repository.name)};
}

bool is_name(const std::string& name) {
  if (name.size() < 2 || name.size() > 256) return false;
  for (const std::string& part : split(name, '/')) {
    const bool plain = std::ranges::all_of(part, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; });
    if (part.empty() || !plain || std::isalnum(static_cast<unsigned char>(part.front())) == 0 || std::isalnum(static_cast<unsigned char>(part.back())) == 0) return false;
  }
  return true;
}

Result<shapes::CreateRepositoryResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateRepositoryRequest& request) {
  Repository repository{.account = context.account, .region = context.region, .name = text(request.repository_name), .tag_mutability = request.image_tag_mutability.value_or("MUTABLE"), .created_at = deps.clock.wall()};
  if (!is_name(repository.name)) return fail("InvalidParameterException", fmt::format("Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*''; found '{}'", repository.name));
  if (repository.tag_mutability != "MUTABLE" && repository.tag_mutability != "IMMUTABLE") return fail("InvalidParameterException", fmt::format("Landfall does not support the image tag mutability {} yet; wanted MUTABLE or IMMUTABLE", repository.tag_mutability));
  if (request.encryption_configuration && request.encryption_configuration->encryption_type.value_or("AES256") != "AES256") return fail("InvalidParameterException", "Landfall supports the encryption type AES256 only, so far.");
  if (request.image_scanning_configuration) repository.scan_on_push = request.image_scanning_configuration->scan_on_push.value_or(false);
  for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) repository.tags[text(tag.key)] = text(tag.value);
  repository.arn = fmt::format("arn:aws:ecr:{}:{}:repository/{}", context.region, context.account, repository.name);
  return transact<shapes::CreateRepositoryResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRepositoryResponse> {
    if (store::find<Repository>(tx, repository.key())) return fail("RepositoryAlreadyExistsException", fmt::format("The repository with name '{}' already exists in the registry with id '{}'", repository.name, context.account));
    store::put(tx, repository);
    return shapes::CreateRepositoryResponse{.repository = render(repository)};
  });
}

Result<shapes::DeleteRepositoryResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRepositoryRequest& request) {
  return transact<shapes::DeleteRepositoryResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRepositoryResponse> {
    const Repository repository = TRY(repository_named(tx, context, request.repository_name));
    const auto manifests = store::all<Manifest>(tx, repository.key() + "/");
    if (!manifests.empty() && !request.force.value_or(false)) return fail("RepositoryNotEmptyException", fmt::format("The repository with name '{}' in registry with id '{}' cannot be deleted because it still contains images", repository.name, context.account));
    for (const Manifest& manifest : manifests) store::erase<Manifest>(tx, manifest.key());
    store::erase<Repository>(tx, repository.key());
    return shapes::DeleteRepositoryResponse{.repository = render(repository)};
  });
}

Result<shapes::DescribeRepositoriesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeRepositoriesRequest& request) {
  std::vector<shapes::Repository> found;
  for (const std::string& name : request.repository_names.value_or(std::vector<std::string>{})) found.push_back(render(TRY(repository_named(deps.store, context, name))));
  if (!request.repository_names) {
    for (const Repository& repository : store::all<Repository>(deps.store, key_of(context, ""))) found.push_back(render(repository));
  }
  auto answer = TRY(page_of(std::move(found), request.max_results.value_or(100), request.next_token, Error{.code = "InvalidParameterException", .what = "Invalid nextToken"}));
  shapes::DescribeRepositoriesResponse result{.repositories = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::GetAuthorizationTokenResponse> token(const Deps& deps, const CallContext& context, const shapes::GetAuthorizationTokenRequest&) {
  const std::string secret = TRY(registry_secret(deps.data_dir));
  const WallTime expires_at = deps.clock.wall() + kTokenLife;
  shapes::AuthorizationData data{.authorization_token = base64_encode("AWS:" + registry_password(secret, context.access_key, expires_at)), .expires_at = expires_at,
                                 .proxy_endpoint = fmt::format("https://{}.dkr.ecr.{}.amazonaws.com", context.account, context.region)};
  return shapes::GetAuthorizationTokenResponse{.authorization_data = std::vector{data}};
}

std::vector<std::string> tags_of(const Repository& repository, const std::string& digest) {
  std::vector<std::string> tags;
  for (const auto& [tag, of] : repository.image_tags) {
    if (of == digest) tags.push_back(tag);
  }
  return tags;
}

/// The manifest that an identifier (digest or tag) names.
std::optional<Manifest> find_image(const store::Store& store, const Repository& repository, const shapes::ImageIdentifier& id) {
  std::string digest = text(id.image_digest);
  if (id.image_tag) {
    const auto tag = repository.image_tags.find(*id.image_tag);
    if (tag == repository.image_tags.end() || (!digest.empty() && digest != tag->second)) return std::nullopt;
    digest = tag->second;
  }
  return store::find<Manifest>(store, repository.key() + "/" + digest);
}

Result<shapes::DescribeImagesResponse> describe_images(const Deps& deps, const CallContext& context, const shapes::DescribeImagesRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  auto manifests = store::all<Manifest>(deps.store, repository.key() + "/");
  if (request.image_ids) {
    manifests.clear();
    for (const auto& id : *request.image_ids) {
      const auto manifest = find_image(deps.store, repository, id);
      if (!manifest) return fail("ImageNotFoundException", fmt::format("The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist within the repository with name '{}' in the registry with id '{}'", id.image_digest.value_or("null"), id.image_tag.value_or("null"), repository.name, context.account));
      manifests.push_back(*manifest);
    }
  }
  shapes::DescribeImagesResponse result{.image_details = std::vector<shapes::ImageDetail>{}};
  for (const Manifest& manifest : manifests) {
    shapes::ImageDetail detail{.image_digest = manifest.digest, .image_manifest_media_type = manifest.media_type, .image_pushed_at = manifest.pushed_at, .image_size_in_bytes = manifest.image_size, .registry_id = context.account, .repository_name = repository.name};
    if (const auto tags = tags_of(repository, manifest.digest); !tags.empty()) detail.image_tags = tags;
    result.image_details->push_back(detail);
  }
  return result;
}

Result<shapes::ListImagesResponse> list_images(const Deps& deps, const CallContext& context, const shapes::ListImagesRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  std::vector<shapes::ImageIdentifier> ids;
  const std::string wanted = request.filter ? text(request.filter->tag_status) : "";
  for (const Manifest& manifest : store::all<Manifest>(deps.store, repository.key() + "/")) {
    const auto tags = tags_of(repository, manifest.digest);
    if (tags.empty() && wanted != "TAGGED") ids.push_back({.image_digest = manifest.digest});
    for (const std::string& tag : tags) {
      if (wanted != "UNTAGGED") ids.push_back({.image_digest = manifest.digest, .image_tag = tag});
    }
  }
  auto answer = TRY(page_of(std::move(ids), request.max_results.value_or(100), request.next_token, Error{.code = "InvalidParameterException", .what = "Invalid nextToken"}));
  shapes::ListImagesResponse result{.image_ids = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::BatchGetImageResponse> get_images(const Deps& deps, const CallContext& context, const shapes::BatchGetImageRequest& request) {
  const Repository repository = TRY(repository_named(deps.store, context, request.repository_name));
  shapes::BatchGetImageResponse result{.failures = std::vector<shapes::ImageFailure>{}, .images = std::vector<shapes::Image>{}};
  for (const auto& id : request.image_ids.value_or(std::vector<shapes::ImageIdentifier>{})) {
    const auto manifest = find_image(deps.store, repository, id);
    if (!manifest) {
      result.failures->push_back({.failure_code = "ImageNotFound", .failure_reason = "Requested image not found", .image_id = id});
      continue;
    }
    const std::string bytes = TRY(read_file(std::filesystem::path(deps.data_dir) / "registry/blobs/sha256" / manifest->digest.substr(7)));
    shapes::ImageIdentifier found{.image_digest = manifest->digest};
    if (id.image_tag) found.image_tag = *id.image_tag;
    result.images->push_back({.image_id = found, .image_manifest = bytes, .image_manifest_media_type = manifest->media_type, .registry_id = context.account, .repository_name = repository.name});
  }
  return result;
}

Result<shapes::BatchDeleteImageResponse> delete_images(const Deps& deps, const CallContext& context, const shapes::BatchDeleteImageRequest& request) {
  return transact<shapes::BatchDeleteImageResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::BatchDeleteImageResponse> {
    Repository repository = TRY(repository_named(tx, context, request.repository_name));
    shapes::BatchDeleteImageResponse result{.failures = std::vector<shapes::ImageFailure>{}, .image_ids = std::vector<shapes::ImageIdentifier>{}};
    for (const auto& id : request.image_ids.value_or(std::vector<shapes::ImageIdentifier>{})) {
      const auto manifest = find_image(deps.store, repository, id);
      if (!manifest) {
        result.failures->push_back({.failure_code = "ImageNotFound", .failure_reason = "Requested image not found", .image_id = id});
        continue;
      }
      if (id.image_tag) repository.image_tags.erase(*id.image_tag);
      else std::erase_if(repository.image_tags, [&](const auto& tag) { return tag.second == manifest->digest; });
      if (tags_of(repository, manifest->digest).empty()) store::erase<Manifest>(tx, manifest->key());
      result.image_ids->push_back({.image_digest = manifest->digest, .image_tag = id.image_tag});
    }
    store::put(tx, repository);
    return result;
  });
}

template <class Answer, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const std::optional<std::string>& name, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Repository repository = TRY(repository_named(tx, context, name));
    apply(repository);
    store::put(tx, repository);
    return Answer{.registry_id = context.account, .repository_name = repository.name};
  });
}

std::string name_of_arn(const std::optional<std::string>& arn) {
  const std::string given = text(arn);
  const size_t at = given.find(":repository/");
  return at == std::string::npos ? given : given.substr(at + 12);
}

template <class Answer, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Repository repository = TRY(repository_named(tx, context, name_of_arn(arn)));
    apply(repository.tags);
    store::put(tx, repository);
    return Answer{};
  });
}

}  // namespace

void register_ecr(aws::Registry& registry, const Deps& deps) {
  register_policy(registry, deps);
  const auto bind = [&deps](auto handler) {
    return [&deps, handler](const CallContext& c, const auto& r) -> decltype(handler(deps, c, r)) {
      TRY(check_registry(c, r));
      return handler(deps, c, r);
    };
  };
  registry.add<shapes::CreateRepositoryRequest, shapes::CreateRepositoryResponse>("ecr", "CreateRepository", {"repositoryName", "tags.*", "imageTagMutability", "imageScanningConfiguration.*", "encryptionConfiguration.encryptionType"}, bind(create));
  registry.add<shapes::DeleteRepositoryRequest, shapes::DeleteRepositoryResponse>("ecr", "DeleteRepository", {"registryId", "repositoryName", "force"}, bind(remove));
  registry.add<shapes::DescribeRepositoriesRequest, shapes::DescribeRepositoriesResponse>("ecr", "DescribeRepositories", {"registryId", "repositoryNames.*", "nextToken", "maxResults"}, bind(describe));
  registry.add<shapes::GetAuthorizationTokenRequest, shapes::GetAuthorizationTokenResponse>("ecr", "GetAuthorizationToken", {}, bind(token));
  registry.add<shapes::DescribeImagesRequest, shapes::DescribeImagesResponse>("ecr", "DescribeImages", {"registryId", "repositoryName", "imageIds.*"}, bind(describe_images));
  registry.add<shapes::ListImagesRequest, shapes::ListImagesResponse>("ecr", "ListImages", {"registryId", "repositoryName", "nextToken", "maxResults", "filter.tagStatus"}, bind(list_images));
  registry.add<shapes::BatchGetImageRequest, shapes::BatchGetImageResponse>("ecr", "BatchGetImage", {"registryId", "repositoryName", "imageIds.*", "acceptedMediaTypes.*"}, bind(get_images));
  registry.add<shapes::BatchDeleteImageRequest, shapes::BatchDeleteImageResponse>("ecr", "BatchDeleteImage", {"registryId", "repositoryName", "imageIds.*"}, bind(delete_images));
  registry.add<shapes::PutImageTagMutabilityRequest, shapes::PutImageTagMutabilityResponse>("ecr", "PutImageTagMutability", {"registryId", "repositoryName", "imageTagMutability"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::PutImageTagMutabilityResponse> {
    TRY(check_registry(c, r));
    return change<shapes::PutImageTagMutabilityResponse>(deps, c, r.repository_name, [&](Repository& repository) { repository.tag_mutability = text(r.image_tag_mutability); });
  });
  registry.add<shapes::PutImageScanningConfigurationRequest, shapes::PutImageScanningConfigurationResponse>("ecr", "PutImageScanningConfiguration", {"registryId", "repositoryName", "imageScanningConfiguration.*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::PutImageScanningConfigurationResponse> {
    TRY(check_registry(c, r));
    return change<shapes::PutImageScanningConfigurationResponse>(deps, c, r.repository_name, [&](Repository& repository) { repository.scan_on_push = r.image_scanning_configuration->scan_on_push.value_or(false); });
  });
  registry.add<shapes::TagResourceRequest, shapes::TagResourceResponse>("ecr", "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::TagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& tags) { for (const auto& tag : *r.tags) tags[text(tag.key)] = text(tag.value); });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceResponse>("ecr", "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::UntagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& tags) { for (const auto& key : *r.tag_keys) tags.erase(key); });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>("ecr", "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListTagsForResourceResponse> {
    shapes::ListTagsForResourceResponse result{.tags = std::vector<shapes::Tag>{}};
    const Repository repository = TRY(repository_named(deps.store, c, name_of_arn(r.resource_arn)));
    for (const auto& [key, value] : repository.tags) result.tags->push_back({.key = key, .value = value});
    return result;
  });
}

}  // namespace landfall::services::ecr
