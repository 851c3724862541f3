#include "services/ecr/support.h"

#include <set>

#include "base/file.h"
#include "base/json.h"
#include "services/ecr/blobs.h"
#include "services/ecr/ecr.h"

namespace landfall::services::ecr {

std::vector<std::string> tags_of(const Repository& repository, const std::string& digest) {
  std::vector<std::string> tags;
  for (const auto& [tag, of] : repository.image_tags) {
    if (of == digest) tags.push_back(tag);
  }
  return tags;
}

Error no_image(const Repository& repository, const std::optional<shapes::ImageIdentifier>& id) {
  const auto quoted = [](const std::optional<std::string>& value) { return value ? "'" + *value + "'" : "'null'"; };
  return {.code = "ImageNotFoundException", .what = fmt::format("The image with imageId {{imageDigest:{}, imageTag:{}}} does not exist within the repository with name '{}' in the registry with id '{}'",
                                                                 quoted(id ? id->image_digest : std::nullopt), quoted(id ? id->image_tag : std::nullopt), repository.name, repository.account)};
}

bool is_mutable(const Transaction& tx, const Repository& repository, const std::string& tag) {
  const auto exclusions = store::find<model::TagExclusions>(tx, repository.key());
  const bool is_excluded = exclusions && std::ranges::any_of(exclusions->filters, [&](const std::string& pattern) { return glob_match(pattern, tag, false); });
  return repository.tag_mutability.starts_with("MUTABLE") != is_excluded;
}

/// Digests that an index names; none of an image's manifest.
std::vector<std::string> parts_of(const Deps& deps, const Manifest& manifest) {
  std::vector<std::string> parts;
  if (manifest.media_type.find("index") == std::string::npos && manifest.media_type.find("manifest.list") == std::string::npos) return parts;
  const auto bytes = read_file(blob_path(deps, manifest.digest));
  const auto value = bytes ? parse_json(*bytes, "an index") : Result<json::value>(fail(bytes.error()));
  const json::array* named = value && value->is_object() ? array_member(value->get_object(), "manifests") : nullptr;
  for (const json::value& one : named == nullptr ? json::array{} : *named) {
    if (one.is_object()) parts.emplace_back(string_member(one.get_object(), "digest"));
  }
  return parts;
}

std::vector<LifecycleImage> images_of(const Deps& deps, const Transaction& tx, const Repository& repository) {
  std::vector<LifecycleImage> images;
  std::set<std::string> parts;
  for (const Manifest& manifest : store::all<Manifest>(tx, repository.key() + "/sha256:")) {
    LifecycleImage image{.digest = manifest.digest, .tags = {}, .pushed_at = manifest.pushed_at};
    for (const auto& [tag, digest] : repository.image_tags) {
      if (digest == manifest.digest) image.tags.push_back(tag);
    }
    parts.merge([&] { const auto named = parts_of(deps, manifest); return std::set<std::string>(named.begin(), named.end()); }());
    images.push_back(std::move(image));
  }
  for (LifecycleImage& image : images) image.is_part = parts.contains(image.digest);
  return images;
}


Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given) {
  constexpr size_t kMostTags = 50;
  model::Tags tags;
  for (const auto& tag : given.value_or(std::vector<shapes::Tag>{})) {
    if (text(tag.key).starts_with("aws:")) return fail("InvalidTagParameterException", fmt::format("Tag keys must not begin with 'aws:': {}", text(tag.key)));
    tags[text(tag.key)] = text(tag.value);
  }
  if (tags.size() > kMostTags) return fail("TooManyTagsException", fmt::format("A resource can have at most {} tags; found {}", kMostTags, tags.size()));
  return tags;
}

Result<void> check_mutability(const std::optional<std::string>& mutability, const ExclusionFilters& filters) {
  constexpr int kMostWildcards = 2;
  const bool has_exclusion = text(mutability).ends_with("_WITH_EXCLUSION");
  if (has_exclusion != (filters && !filters->empty())) return invalid_member("imageTagMutabilityExclusionFilters", has_exclusion ? "Filters are required with the mutability " + *mutability : "Filters need a mutability with exclusion");
  for (const auto& filter : filters.value_or(std::vector<shapes::ImageTagMutabilityExclusionFilter>{})) {
    if (std::ranges::count(text(filter.filter), '*') > kMostWildcards) return invalid_member("imageTagMutabilityExclusionFilters", "A filter has at most two wildcards");
  }
  return {};
}

void put_mutability(Transaction& tx, Repository& repository, const std::optional<std::string>& mutability, const ExclusionFilters& filters) {
  repository.tag_mutability = mutability.value_or("MUTABLE");
  model::TagExclusions exclusions{.repository_key = repository.key(), .filters = {}};
  for (const auto& filter : filters.value_or(std::vector<shapes::ImageTagMutabilityExclusionFilter>{})) exclusions.filters.push_back(text(filter.filter));
  if (exclusions.filters.empty()) store::erase<model::TagExclusions>(tx, exclusions.key());
  else store::put(tx, exclusions);
}

bool is_resource_policy(const std::string& policy, bool names_resources) {
  const auto value = parse_json(policy, "the policy");
  const json::value* given = value && value->is_object() ? value->get_object().if_contains("Statement") : nullptr;
  if (given == nullptr) return false;
  const json::array statements = given->is_array() ? given->get_array() : json::array{*given};
  const auto is_whole = [&](const json::value& one) {
    const json::object* statement = one.if_object();
    const auto has = [&](const char* name, const char* other) { return statement->contains(name) || statement->contains(other); };
    return statement != nullptr && statement->contains("Effect") && has("Principal", "NotPrincipal") && has("Action", "NotAction") && (!names_resources || has("Resource", "NotResource"));
  };
  return std::ranges::all_of(statements, is_whole);
}

Result<void> check_repository_policy(std::string_view member, const std::string& policy) {
  if (!is_resource_policy(policy, false)) return invalid_member(member, "Invalid repository policy provided");
  return {};
}

void register_ecr(aws::Registry& registry, const Deps& deps) {
  register_repository(registry, deps);
  register_image(registry, deps);
  register_layer(registry, deps);
  register_policy(registry, deps);
  register_lifecycle_preview(registry, deps);
  register_registry_settings(registry, deps);
  register_scanning(registry, deps);
  register_template(registry, deps);
  register_pull_through(registry, deps);
}

}  // namespace landfall::services::ecr
