#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"
#include "services/iam/policy_document.h"
#include "services/iam/support.h"

namespace landfall::services::iam {
namespace {

using model::Role;

Error no_policy(const std::string& role, const std::string& policy) {
  return {.code = "NoSuchEntity", .what = fmt::format("The role policy with name {} cannot be found.", policy.empty() ? role : policy)};
}

Result<shapes::PutRolePolicyOutput> put(const Deps& deps, const CallContext& context, const shapes::PutRolePolicyRequest& request) {
  TRY(check_policy(text(request.policy_document), PolicyKind::inline_));
  return transact<shapes::PutRolePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutRolePolicyOutput> {
    Role role = TRY(role_named(tx, context, request.role_name));
    TRY(check_unprotected(role));
    role.inline_policies[text(request.policy_name)] = text(request.policy_document);
    store::put(tx, role);
    return shapes::PutRolePolicyOutput{};
  });
}

Result<shapes::GetRolePolicyResponse> get(const Deps& deps, const CallContext& context, const shapes::GetRolePolicyRequest& request) {
  return transact<shapes::GetRolePolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetRolePolicyResponse> {
    const Role role = TRY(role_named(tx, context, request.role_name));
    const auto found = role.inline_policies.find(text(request.policy_name));
    if (found == role.inline_policies.end()) return fail(no_policy(role.name, text(request.policy_name)));
    return shapes::GetRolePolicyResponse{.policy_document = percent_encode(found->second), .policy_name = found->first, .role_name = role.name};
  });
}

Result<shapes::DeleteRolePolicyOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRolePolicyRequest& request) {
  return transact<shapes::DeleteRolePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRolePolicyOutput> {
    Role role = TRY(role_named(tx, context, request.role_name));
    TRY(check_unprotected(role));
    if (role.inline_policies.erase(text(request.policy_name)) == 0) return fail(no_policy(role.name, text(request.policy_name)));
    store::put(tx, role);
    return shapes::DeleteRolePolicyOutput{};
  });
}

Result<shapes::ListRolePoliciesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListRolePoliciesRequest& request) {
  return transact<shapes::ListRolePoliciesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListRolePoliciesResponse> {
    const Role role = TRY(role_named(tx, context, request.role_name));
    return listed(shapes::ListRolePoliciesResponse{}, &shapes::ListRolePoliciesResponse::policy_names, inline_names(role), request.max_items, request.marker);
  });
}

Result<shapes::AttachRolePolicyOutput> attach_policy(const Deps& deps, const CallContext& context, const shapes::AttachRolePolicyRequest& request) {
  return transact<shapes::AttachRolePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AttachRolePolicyOutput> {
    Role role = TRY(role_named(tx, context, request.role_name));
    TRY(check_unprotected(role));
    TRY(attach(tx, role, text(request.policy_arn), "Role"));
    store::put(tx, role);
    return shapes::AttachRolePolicyOutput{};
  });
}

Result<shapes::DetachRolePolicyOutput> detach_policy(const Deps& deps, const CallContext& context, const shapes::DetachRolePolicyRequest& request) {
  return transact<shapes::DetachRolePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DetachRolePolicyOutput> {
    Role role = TRY(role_named(tx, context, request.role_name));
    TRY(check_unprotected(role));
    TRY(detach(role, text(request.policy_arn)));
    store::put(tx, role);
    return shapes::DetachRolePolicyOutput{};
  });
}

Result<shapes::ListAttachedRolePoliciesResponse> list_attached(const Deps& deps, const CallContext& context, const shapes::ListAttachedRolePoliciesRequest& request) {
  return transact<shapes::ListAttachedRolePoliciesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListAttachedRolePoliciesResponse> {
    const Role role = TRY(role_named(tx, context, request.role_name));
    auto all = attached(role);
    std::erase_if(all, [&](const auto& one) { return !path_of_policy(*one.policy_arn).starts_with(request.path_prefix.value_or("/")); });
    return listed(shapes::ListAttachedRolePoliciesResponse{}, &shapes::ListAttachedRolePoliciesResponse::attached_policies, std::move(all), request.max_items, request.marker);
  });
}

}  // namespace

void register_role_policy(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutRolePolicyRequest, shapes::PutRolePolicyOutput>("iam", "PutRolePolicy", {"RoleName", "PolicyName", "PolicyDocument"}, bind(put));
  registry.add<shapes::GetRolePolicyRequest, shapes::GetRolePolicyResponse>("iam", "GetRolePolicy", {"RoleName", "PolicyName"}, bind(get));
  registry.add<shapes::DeleteRolePolicyRequest, shapes::DeleteRolePolicyOutput>("iam", "DeleteRolePolicy", {"RoleName", "PolicyName"}, bind(remove));
  registry.add<shapes::ListRolePoliciesRequest, shapes::ListRolePoliciesResponse>("iam", "ListRolePolicies", {"RoleName", "MaxItems", "Marker"}, bind(list));
  registry.add<shapes::AttachRolePolicyRequest, shapes::AttachRolePolicyOutput>("iam", "AttachRolePolicy", {"RoleName", "PolicyArn"}, bind(attach_policy));
  registry.add<shapes::DetachRolePolicyRequest, shapes::DetachRolePolicyOutput>("iam", "DetachRolePolicy", {"RoleName", "PolicyArn"}, bind(detach_policy));
  registry.add<shapes::ListAttachedRolePoliciesRequest, shapes::ListAttachedRolePoliciesResponse>("iam", "ListAttachedRolePolicies", {"RoleName", "PathPrefix", "MaxItems", "Marker"}, bind(list_attached));
}

}  // namespace landfall::services::iam
