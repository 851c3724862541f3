#include "base/ids.h"
#include "services/ecr/registry_password.h"
#include "services/ecr/support.h"
#include "services/ecr/template.h"

/// Repositories, their tags, and the registry's password.
namespace landfall::services::ecr {
namespace {

constexpr Duration kTokenLife = std::chrono::hours(12);  // ECR API, GetAuthorizationToken

template <class From>
shapes::Repository render(const From& from, const Repository& repository) {
  return {.created_at = repository.created_at, .encryption_configuration = shapes::EncryptionConfiguration{.encryption_type = repository.encryption_type},
          .image_scanning_configuration = shapes::ImageScanningConfiguration{.scan_on_push = repository.scan_on_push}, .image_tag_mutability = repository.tag_mutability, .image_tag_mutability_exclusion_filters = exclusions_of(from, repository), .registry_id = repository.account,
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
  Repository repository{.account = context.account, .region = context.region, .name = text(request.repository_name), .created_at = deps.clock.wall()};
  if (!is_name(repository.name)) return invalid_member("repositoryName", "must satisfy regular expression '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'");
  TRY(check_mutability(request.image_tag_mutability, request.image_tag_mutability_exclusion_filters));
  if (request.encryption_configuration && request.encryption_configuration->encryption_type.value_or("AES256") != "AES256") return invalid_parameter("Landfall supports the encryption type AES256 only, so far.");
  if (request.image_scanning_configuration) repository.scan_on_push = request.image_scanning_configuration->scan_on_push.value_or(false);
  repository.tags = TRY(read_tags(request.tags));
  repository.arn = arn_of_repository({.account = context.account, .region = context.region, .name = repository.name});
  return transact<shapes::CreateRepositoryResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRepositoryResponse> {
    if (store::find<Repository>(tx, repository.key())) return fail("RepositoryAlreadyExistsException", fmt::format("The repository with name '{}' already exists in the registry with id '{}'", repository.name, context.account));
    put_mutability(tx, repository, request.image_tag_mutability, request.image_tag_mutability_exclusion_filters);
    store::put(tx, repository);
    return shapes::CreateRepositoryResponse{.repository = render(tx, repository)};
  });
}

Result<shapes::DeleteRepositoryResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRepositoryRequest& request) {
  return transact<shapes::DeleteRepositoryResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRepositoryResponse> {
    const Repository repository = TRY(repository_named(tx, context, request.repository_name));
    const auto manifests = store::all<Manifest>(tx, repository.key() + "/sha256:");
    if (!manifests.empty() && !request.force.value_or(false)) return fail("RepositoryNotEmptyException", fmt::format("The repository with name '{}' in registry with id '{}' cannot be deleted because it still contains images", repository.name, context.account));
    for (const Manifest& manifest : manifests) store::erase<Manifest>(tx, manifest.key());
    const auto told = render(tx, repository);
    store::erase<model::LifecyclePreview>(tx, repository.key());
    store::erase<model::TagExclusions>(tx, repository.key());
    store::erase<Repository>(tx, repository.key());
    return shapes::DeleteRepositoryResponse{.repository = told};
  });
}

Result<shapes::DescribeRepositoriesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeRepositoriesRequest& request) {
  std::vector<shapes::Repository> found;
  for (const std::string& name : request.repository_names.value_or(std::vector<std::string>{})) found.push_back(render(deps.store, TRY(repository_named(deps.store, context, name))));
  if (!request.repository_names) {
    for (const Repository& repository : store::all<Repository>(deps.store, scope(context))) found.push_back(render(deps.store, repository));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
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

template <class Answer, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const std::optional<std::string>& name, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Repository repository = TRY(repository_named(tx, context, name));
    TRY(apply(tx, repository));
    store::put(tx, repository);
    return Answer{.registry_id = context.account, .repository_name = repository.name};
  });
}

/// The repository of an ARN.
template <class From>
Result<Repository> repository_at(const From& from, const CallContext& context, const std::optional<std::string>& arn) {
  const size_t at = text(arn).find(":repository/");
  if (!text(arn).starts_with("arn:") || at == std::string::npos) return invalid_member("resourceArn", "Invalid ARN");
  return repository_named(from, context, arn->substr(at + 12));
}

template <class Answer, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Repository repository = TRY(repository_at(tx, context, arn));
    TRY(apply(repository.tags));
    store::put(tx, repository);
    return Answer{};
  });
}

}  // namespace

void register_repository(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::CreateRepositoryRequest, shapes::CreateRepositoryResponse>("ecr", "CreateRepository", {"registryId", "repositoryName", "tags.*", "imageTagMutability", "imageTagMutabilityExclusionFilters.*", "imageScanningConfiguration.*", "encryptionConfiguration.encryptionType"}, bind(create));
  registry.add<shapes::DeleteRepositoryRequest, shapes::DeleteRepositoryResponse>("ecr", "DeleteRepository", {"registryId", "repositoryName", "force"}, bind(remove));
  registry.add<shapes::DescribeRepositoriesRequest, shapes::DescribeRepositoriesResponse>("ecr", "DescribeRepositories", {"registryId", "repositoryNames.*", "nextToken", "maxResults"}, bind(describe));
  registry.add<shapes::GetAuthorizationTokenRequest, shapes::GetAuthorizationTokenResponse>("ecr", "GetAuthorizationToken", {"registryIds.*"}, bind(token));
  registry.add<shapes::PutImageTagMutabilityRequest, shapes::PutImageTagMutabilityResponse>("ecr", "PutImageTagMutability", {"*"}, bind([](const Deps& d, const CallContext& c, const shapes::PutImageTagMutabilityRequest& r) -> Result<shapes::PutImageTagMutabilityResponse> {
    auto answer = TRY(change<shapes::PutImageTagMutabilityResponse>(d, c, r.repository_name, [&](Transaction& tx, Repository& repository) -> Result<void> {
      TRY(check_mutability(r.image_tag_mutability, r.image_tag_mutability_exclusion_filters));
      put_mutability(tx, repository, r.image_tag_mutability, r.image_tag_mutability_exclusion_filters);
      return {};
    }));
    answer.image_tag_mutability = r.image_tag_mutability;
    answer.image_tag_mutability_exclusion_filters = r.image_tag_mutability_exclusion_filters;
    return answer;
  }));
  registry.add<shapes::PutImageScanningConfigurationRequest, shapes::PutImageScanningConfigurationResponse>("ecr", "PutImageScanningConfiguration", {"*"}, bind([](const Deps& d, const CallContext& c, const shapes::PutImageScanningConfigurationRequest& r) -> Result<shapes::PutImageScanningConfigurationResponse> {
    const bool scan_on_push = r.image_scanning_configuration->scan_on_push.value_or(false);
    auto answer = TRY(change<shapes::PutImageScanningConfigurationResponse>(d, c, r.repository_name, [&](Transaction&, Repository& repository) -> Result<void> {
      repository.scan_on_push = scan_on_push;
      return {};
    }));
    answer.image_scanning_configuration = shapes::ImageScanningConfiguration{.scan_on_push = scan_on_push};
    return answer;
  }));
  registry.add<shapes::TagResourceRequest, shapes::TagResourceResponse>("ecr", "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::TagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& tags) -> Result<void> {
      for (const auto& [key, value] : TRY(read_tags(r.tags))) tags[key] = value;
      if (tags.size() > 50) return fail("TooManyTagsException", fmt::format("A resource can have at most 50 tags; found {}", tags.size()));
      return {};
    });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceResponse>("ecr", "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::UntagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& tags) -> Result<void> {
      for (const auto& key : *r.tag_keys) tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>("ecr", "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListTagsForResourceResponse> {
    shapes::ListTagsForResourceResponse result{.tags = std::vector<shapes::Tag>{}};
    const Repository repository = TRY(repository_at(deps.store, c, r.resource_arn));
    for (const auto& [key, value] : repository.tags) result.tags->push_back({.key = key, .value = value});
    return result;
  });
}

}  // namespace landfall::services::ecr
