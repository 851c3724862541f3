#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/shapes/ecr.h"
#include "base/text.h"
#include "model/registry.h"
#include "model/storage.h"
#include "services/deps.h"
#include "services/ecr/lifecycle.h"
#include "services/support/kept.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the ECR handlers share.
namespace landfall::services::ecr {

namespace shapes = landfall::aws::ecr;
using aws::CallContext;
using model::Manifest;
using model::Repository;
using store::Transaction;

inline std::unexpected<Error> invalid_parameter(const std::string& what) { return fail("InvalidParameterException", what); }

/// "Invalid parameter at 'MEMBER' failed to satisfy constraint: 'WHY'".
inline std::unexpected<Error> invalid_member(std::string_view member, std::string_view why) {
  return fail("InvalidParameterException", fmt::format("Invalid parameter at '{}' failed to satisfy constraint: '{}'", member, why));
}

/// Registries of other accounts are not here.
template <class Request>
Result<void> check_registry(const CallContext& context, const Request& request) {
  if constexpr (requires { request.registry_id; }) {
    if (!request.registry_id || *request.registry_id == context.account) return {};
    if constexpr (requires { request.repository_name; }) {
      return fail("RepositoryNotFoundException", fmt::format("The repository with name '{}' does not exist in the registry with id '{}'", text(request.repository_name), *request.registry_id));
    }
    return fail("RepositoryNotFoundException", fmt::format("The registry with id '{}' does not exist; this account's is '{}'", *request.registry_id, context.account));
  }
  return {};
}

template <class From>
Result<Repository> repository_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto repository = store::find<Repository>(from, scope(context) + text(name));
  if (!repository) return fail("RepositoryNotFoundException", fmt::format("The repository with name '{}' does not exist in the registry with id '{}'", text(name), context.account));
  return std::move(*repository);
}

/// The tags that name a digest.
std::vector<std::string> tags_of(const Repository& repository, const std::string& digest);

/// The manifest that an identifier (digest or tag) names.
template <class From>
std::optional<Manifest> find_image(const From& from, const Repository& repository, const shapes::ImageIdentifier& id) {
  std::string digest = text(id.image_digest);
  if (id.image_tag) {
    const auto tag = repository.image_tags.find(*id.image_tag);
    if (tag == repository.image_tags.end() || (!digest.empty() && digest != tag->second)) return std::nullopt;
    digest = tag->second;
  }
  return store::find<Manifest>(from, repository.key() + "/" + digest);
}
Error no_image(const Repository& repository, const std::optional<shapes::ImageIdentifier>& id);

/// Whether a tag that exists may move to another image (ECR user guide, Image tag mutability).
bool is_mutable(const Transaction& tx, const Repository& repository, const std::string& tag);

/// Digests that an index names; none of an image's manifest.
std::vector<std::string> parts_of(const Deps& deps, const Manifest& manifest);
std::vector<LifecycleImage> images_of(const Deps& deps, const Transaction& tx, const Repository& repository);

template <class T>
Result<Page<T>> page(std::vector<T> all, const std::optional<int32_t>& limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit.value_or(100), token, Error{.code = "InvalidParameterException", .what = "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid nextToken'"});
}

/// Binds a handler; the registry that its request names is checked first.
inline auto binder(const Deps& deps) {
  return [&deps](auto handler) {
    return [&deps, handler](const CallContext& c, const auto& r) -> decltype(handler(deps, c, r)) {
      TRY(check_registry(c, r));
      return handler(deps, c, r);
    };
  };
}

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given);
using ExclusionFilters = std::optional<std::vector<shapes::ImageTagMutabilityExclusionFilter>>;
/// Whether filters fit a mutability (MUTABLE without one). Errors: "InvalidParameterException".
Result<void> check_mutability(const std::optional<std::string>& mutability, const ExclusionFilters& filters);
void put_mutability(Transaction& tx, Repository& repository, const std::optional<std::string>& mutability, const ExclusionFilters& filters);  ///< of what is checked
template <class From>
ExclusionFilters exclusions_of(const From& from, const Repository& repository) {
  const auto exclusions = store::find<model::TagExclusions>(from, repository.key());
  if (!exclusions) return std::nullopt;
  std::vector<shapes::ImageTagMutabilityExclusionFilter> filters;
  for (const std::string& filter : exclusions->filters) filters.push_back({.filter = filter, .filter_type = "WILDCARD"});
  return filters;
}
/// Whether each statement has an effect, principals, actions and, if it `names_resources`, resources.
bool is_resource_policy(const std::string& policy, bool names_resources);
Result<void> check_repository_policy(std::string_view member, const std::string& policy);

void register_repository(aws::Registry&, const Deps&);
void register_image(aws::Registry&, const Deps&);
void register_layer(aws::Registry&, const Deps&);
void register_policy(aws::Registry&, const Deps&);
void register_lifecycle_preview(aws::Registry&, const Deps&);
void register_registry_settings(aws::Registry&, const Deps&);
void register_scanning(aws::Registry&, const Deps&);
void register_template(aws::Registry&, const Deps&);
void register_pull_through(aws::Registry&, const Deps&);

}  // namespace landfall::services::ecr
