#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"

/// ECR beside its repositories and images (storage.h).
namespace landfall::model {

/// Images of other registries that somebody gave to this daemon are repositories too: of an account called as the registry
/// ("docker.io"), in a region of this name. A registry of ECR is an account and a region of its own.
inline constexpr std::string_view kElsewhere = "elsewhere";
/// A request's header that names such a registry, or one of ECR: a push makes its repositories.
inline constexpr std::string_view kRegistryHeader = "x-landfall-registry";

/// What an account's registry of a region is set to; JSON as given, empty: the default.
struct RegistrySettings {
  std::string account, region, policy, scanning, replication;
  std::map<std::string, std::string> account_settings;
  FIELDS(account, region, policy, scanning, replication, account_settings)
  static constexpr std::string_view kTable = "registry_settings";
  std::string key() const { return account + "/" + region; }
};

/// Wildcards: tags of a repository for which the other mutability holds. Only with a mutability …_WITH_EXCLUSION.
struct TagExclusions {
  std::string repository_key;
  std::vector<std::string> filters;
  FIELDS(repository_key, filters)
  static constexpr std::string_view kTable = "tag_exclusions";
  std::string key() const { return repository_key; }
};

/// What repositories that come by replication or a push are made of: those whose names begin with the prefix, or (ROOT) any.
struct RepositoryTemplate {
  std::string account, region, prefix, body;  ///< JSON of RepositoryCreationTemplate
  FIELDS(account, region, prefix, body)
  static constexpr std::string_view kTable = "repository_template";
  std::string key() const { return account + "/" + region + "/" + prefix; }
};

struct PreviewedImage {
  std::string digest;
  std::vector<std::string> tags;
  int priority = 0;  ///< of the rule
  WallTime pushed_at;
  FIELDS(digest, tags, priority, pushed_at)
};

/// What a lifecycle policy would have let go when the preview was asked for.
struct LifecyclePreview {
  std::string repository_key, policy;
  std::vector<PreviewedImage> images;
  FIELDS(repository_key, policy, images)
  static constexpr std::string_view kTable = "lifecycle_preview";
  std::string key() const { return repository_key; }
};

}  // namespace landfall::model
