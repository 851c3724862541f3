#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/iam.h"
#include "services/iam/inline_policies.h"
#include "services/iam/policy_document.h"
#include "services/iam/support.h"

namespace landfall::services::iam {

namespace {

using model::Role;

constexpr int kShortest = 3600;  // IAM API, CreateRole: seconds of a session

void add_boundary(const Role& role, shapes::Role& out) {
  if (!role.permissions_boundary.empty()) out.permissions_boundary = shapes::AttachedPermissionsBoundary{.permissions_boundary_arn = role.permissions_boundary, .permissions_boundary_type = "Policy"};
}

void add_description(const Role& role, shapes::Role& out) {
  if (!role.description.empty()) out.description = role.description;
}

/// As ListRoles tells it: no tags, no boundary, not when it was used.
shapes::Role in_list(const Role& role) {
  shapes::Role out = role_in_short(role);
  add_description(role, out);
  out.max_session_duration = role.max_session_duration;
  return out;
}

}  // namespace

shapes::Role role_in_short(const Role& role) {
  return {.arn = role.arn, .assume_role_policy_document = percent_encode(role.assume_role_policy), .create_date = role.created_at, .path = role.path, .role_id = role.id, .role_name = role.name};
}

shapes::Role render_role(const Role& role) {
  shapes::Role out = in_list(role);
  add_boundary(role, out);
  out.role_last_used = shapes::RoleLastUsed{};
  if (!role.tags.empty()) out.tags = tag_list(role.tags);
  return out;
}

Result<void> check_unprotected(const Role& role) {
  if (!role.path.starts_with("/aws-service-role/")) return {};
  return fail("UnmodifiableEntity", fmt::format("Cannot perform the operation on the protected role '{}' - this role is only modifiable by AWS", role.name));
}

namespace {

Result<shapes::CreateRoleResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateRoleRequest& request) {
  TRY(check_name("roleName", text(request.role_name)));
  TRY(check_path(request.path));
  TRY(check_policy(text(request.assume_role_policy_document), PolicyKind::trust));
  const int seconds = request.max_session_duration.value_or(kShortest);
  return transact<shapes::CreateRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRoleResponse> {
    auto its_tags = TRY(checked_tags(request.tags));
    Role role{.account = context.account, .name = text(request.role_name), .path = request.path.value_or("/"), .id = "AROA" + deps.ids.upper_alnum(17), .description = text(request.description),
              .assume_role_policy = text(request.assume_role_policy_document), .max_session_duration = seconds, .permissions_boundary = text(request.permissions_boundary), .created_at = deps.clock.wall(), .tags = std::move(its_tags)};
    if (request.permissions_boundary) TRY(check_boundary(tx, *request.permissions_boundary));
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", role.account, role.path, role.name);
    if (store::find<Role>(tx, role.key())) return fail("EntityAlreadyExists", fmt::format("Role with name {} already exists.", role.name));
    store::put(tx, role);
    shapes::Role told = role_in_short(role);
    add_boundary(role, told);
    told.tags = tags_if_any(request.tags);
    return shapes::CreateRoleResponse{.role = std::move(told)};
  });
}

Result<shapes::DeleteRoleOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRoleRequest& request) {
  return transact<shapes::DeleteRoleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRoleOutput> {
    const Role role = TRY(role_named(tx, context, request.role_name));
    TRY(check_unprotected(role));
    for (const auto& profile : store::all<model::InstanceProfile>(tx, context.account + "/")) {
      if (profile.role_name == role.name) return fail("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.");
    }
    if (!role.attached_policy_arns.empty()) return fail("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    if (!role.inline_policies.empty()) return fail("DeleteConflict", "Cannot delete entity, must delete policies first.");
    store::erase<Role>(tx, role.key());
    return shapes::DeleteRoleOutput{};
  });
}

Result<shapes::GetRoleResponse> get(const Deps& deps, const CallContext& context, const shapes::GetRoleRequest& request) {
  return transact<shapes::GetRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetRoleResponse> {
    return shapes::GetRoleResponse{.role = render_role(TRY(role_named(tx, context, request.role_name)))};
  });
}

Result<shapes::ListRolesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListRolesRequest& request) {
  std::vector<shapes::Role> roles;
  for (const Role& role : store::all<Role>(deps.store, context.account + "/")) {
    if (role.path.starts_with(request.path_prefix.value_or("/"))) roles.push_back(in_list(role));
  }
  return listed(shapes::ListRolesResponse{}, &shapes::ListRolesResponse::roles, std::move(roles), request.max_items, request.marker);
}

template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Role role = TRY(role_named(tx, context, request.role_name));
    TRY(apply(tx, role));
    store::put(tx, role);
    return Answer{};
  });
}

}  // namespace

void register_role(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateRoleRequest, shapes::CreateRoleResponse>("iam", "CreateRole", {"RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteRoleRequest, shapes::DeleteRoleOutput>("iam", "DeleteRole", {"RoleName"}, bind(remove));
  registry.add<shapes::GetRoleRequest, shapes::GetRoleResponse>("iam", "GetRole", {"RoleName"}, bind(get));
  registry.add<shapes::ListRolesRequest, shapes::ListRolesResponse>("iam", "ListRoles", {"PathPrefix", "Marker", "MaxItems"}, bind(list));
  registry.add<shapes::UpdateRoleRequest, shapes::UpdateRoleResponse>("iam", "UpdateRole", {"RoleName", "Description", "MaxSessionDuration"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UpdateRoleResponse>(deps, c, r, [&](const Transaction&, Role& role) -> Result<void> {
      if (r.description) role.description = *r.description;
      if (r.max_session_duration) {
        TRY(check_unprotected(role));
        role.max_session_duration = *r.max_session_duration;
      }
      return {};
    });
  });
  registry.add<shapes::UpdateRoleDescriptionRequest, shapes::UpdateRoleDescriptionResponse>("iam", "UpdateRoleDescription", {"RoleName", "Description"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::UpdateRoleDescriptionResponse> {
    shapes::UpdateRoleDescriptionResponse answer;
    TRY((change<shapes::UpdateRoleDescriptionResponse>(deps, c, r, [&](const Transaction&, Role& role) -> Result<void> {
      role.description = text(r.description);
      answer.role = role_in_short(role);
      add_description(role, *answer.role);
      return {};
    })));
    return answer;
  });
  registry.add<shapes::UpdateAssumeRolePolicyRequest, shapes::UpdateAssumeRolePolicyOutput>("iam", "UpdateAssumeRolePolicy", {"RoleName", "PolicyDocument"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::UpdateAssumeRolePolicyOutput> {
    TRY(check_policy(text(r.policy_document), PolicyKind::trust));
    return change<shapes::UpdateAssumeRolePolicyOutput>(deps, c, r, [&](const Transaction&, Role& role) -> Result<void> {
      TRY(check_unprotected(role));
      role.assume_role_policy = text(r.policy_document);
      return {};
    });
  });
  registry.add<shapes::TagRoleRequest, shapes::TagRoleOutput>("iam", "TagRole", {"RoleName", "Tags.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::TagRoleOutput>(deps, c, r, [&](const Transaction&, Role& role) { return add_tags(role.tags, r.tags); });
  });
  registry.add<shapes::UntagRoleRequest, shapes::UntagRoleOutput>("iam", "UntagRole", {"RoleName", "TagKeys.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UntagRoleOutput>(deps, c, r, [&](const Transaction&, Role& role) -> Result<void> {
      for (const std::string& key : *r.tag_keys) role.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListRoleTagsRequest, shapes::ListRoleTagsResponse>("iam", "ListRoleTags", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListRoleTagsResponse> {
    return listed(shapes::ListRoleTagsResponse{}, &shapes::ListRoleTagsResponse::tags, *tag_list(TRY(role_named(deps.store, c, r.role_name)).tags), r.max_items, r.marker);
  });
  registry.add<shapes::PutRolePermissionsBoundaryRequest, shapes::PutRolePermissionsBoundaryOutput>("iam", "PutRolePermissionsBoundary", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::PutRolePermissionsBoundaryOutput>(deps, c, r, [&](const Transaction& tx, Role& role) -> Result<void> {
      TRY(check_unprotected(role));
      TRY(check_boundary(tx, text(r.permissions_boundary)));
      role.permissions_boundary = text(r.permissions_boundary);
      return {};
    });
  });
  registry.add<shapes::DeleteRolePermissionsBoundaryRequest, shapes::DeleteRolePermissionsBoundaryOutput>("iam", "DeleteRolePermissionsBoundary", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::DeleteRolePermissionsBoundaryOutput>(deps, c, r, [&](const Transaction&, Role& role) -> Result<void> {
      TRY(check_unprotected(role));
      role.permissions_boundary.clear();
      return {};
    });
  });
}

void register_iam(aws::Registry& registry, const Deps& deps) {
  register_user(registry, deps);
  register_group(registry, deps);
  register_access_key(registry, deps);
  register_instance_profile(registry, deps);
  register_account(registry, deps);
  register_password(registry, deps);
  register_identity_provider(registry, deps);
  register_server_certificate(registry, deps);
  register_user_credential(registry, deps);
  register_mfa(registry, deps);
  register_account_details(registry, deps);
  register_simulate(registry, deps);
  register_role(registry, deps);
  register_linked_role(registry, deps);
  register_service_credential(registry, deps);
  register_credential_report(registry, deps);
  register_role_policy(registry, deps);
  register_policy(registry, deps);
}

}  // namespace landfall::services::iam
