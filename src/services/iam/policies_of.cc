#include "services/iam/policies_of.h"

#include <algorithm>

#include "services/iam/support.h"

namespace landfall::services::iam {
namespace {

/// The current document of a policy, AWS's or one's own; "" if there is none.
std::string document_of(const Deps& deps, const std::string& arn) {
  if (const ManagedPolicy* managed = aws_managed(arn)) return std::string(managed->document);
  const auto policy = store::find<model::Policy>(deps.store, arn);
  for (const auto& version : policy ? policy->versions : std::vector<model::PolicyVersion>{}) {
    if (version.id == policy->default_version) return version.document;
  }
  return "";
}

template <class Holder>
void add_policies(const Deps& deps, const Holder& holder, std::vector<std::string>& into) {
  for (const auto& [name, document] : holder.inline_policies) into.push_back(document);
  for (const std::string& arn : holder.attached_policy_arns) into.push_back(document_of(deps, arn));
}

/// A boundary that is gone allows nothing.
void add_boundary(const Deps& deps, const std::string& arn, Policies& policies) {
  if (!arn.empty()) policies.boundary = document_of(deps, arn);
}

}  // namespace

Policies policies_of_user(const Deps& deps, const model::User& user) {
  Policies policies;
  add_policies(deps, user, policies.identity);
  add_boundary(deps, user.permissions_boundary, policies);
  for (const auto& group : store::all<model::Group>(deps.store, user.account + "/")) {
    if (std::ranges::count(group.user_names, user.name) > 0) add_policies(deps, group, policies.identity);
  }
  return policies;
}

Policies policies_of_role(const Deps& deps, const model::Role& role) {
  Policies policies;
  add_policies(deps, role, policies.identity);
  add_boundary(deps, role.permissions_boundary, policies);
  return policies;
}

Policies policies_of_group(const Deps& deps, const model::Group& group) {
  Policies policies;
  add_policies(deps, group, policies.identity);
  return policies;
}

}  // namespace landfall::services::iam
