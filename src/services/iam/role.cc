#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/iam.h"
#include "services/iam/support.h"

namespace landfall::services::iam {
namespace {

using model::Role;

shapes::Role render(const Role& role) {
  return {.arn = role.arn, .assume_role_policy_document = percent_encode(role.assume_role_policy), .create_date = role.created_at,
          .description = role.description.empty() ? std::nullopt : std::optional(role.description), .max_session_duration = role.max_session_duration,
          .path = role.path, .role_id = role.id, .role_name = role.name, .tags = tag_list(role.tags)};
}

Result<shapes::CreateRoleResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateRoleRequest& request) {
  TRY(check_policy(text(request.assume_role_policy_document)));
  const int seconds = request.max_session_duration.value_or(3600);
  if (seconds < 3600 || seconds > 43200) return fail("ValidationError", fmt::format("Member maxSessionDuration is {}; wanted 3600 to 43200", seconds));
  return transact<shapes::CreateRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRoleResponse> {
    Role role{.account = context.account, .name = text(request.role_name), .path = request.path.value_or("/"), .id = "AROA" + deps.ids.upper_alnum(17), .description = text(request.description),
              .assume_role_policy = text(request.assume_role_policy_document), .max_session_duration = seconds, .created_at = deps.clock.wall(), .tags = tags_of(request.tags)};
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", role.account, role.path, role.name);
    if (store::find<Role>(tx, role.key())) return fail("EntityAlreadyExists", fmt::format("Role with name {} already exists.", role.name));
    store::put(tx, role);
    return shapes::CreateRoleResponse{.role = render(role)};
  });
}

Result<shapes::DeleteRoleOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRoleRequest& request) {
  return transact<shapes::DeleteRoleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRoleOutput> {
    const Role role = TRY(role_named(tx, context, request.role_name));
    if (!role.attached_policy_arns.empty()) return fail("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    if (!role.inline_policies.empty()) return fail("DeleteConflict", "Cannot delete entity, must delete policies first.");
    store::erase<Role>(tx, role.key());
    return shapes::DeleteRoleOutput{};
  });
}

Result<shapes::GetRoleResponse> get(const Deps& deps, const CallContext& context, const shapes::GetRoleRequest& request) {
  return transact<shapes::GetRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetRoleResponse> {
    return shapes::GetRoleResponse{.role = render(TRY(role_named(tx, context, request.role_name)))};
  });
}

Result<shapes::ListRolesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListRolesRequest& request) {
  std::vector<shapes::Role> roles;
  for (const Role& role : store::all<Role>(deps.store, context.account + "/")) {
    if (role.path.starts_with(request.path_prefix.value_or("/"))) roles.push_back(render(role));
  }
  auto answer = TRY(page_of(std::move(roles), request.max_items, request.marker, Error{.code = "ValidationError", .what = "Invalid Marker."}));
  shapes::ListRolesResponse result{.is_truncated = !answer.next.empty(), .roles = answer.items};
  if (!answer.next.empty()) result.marker = answer.next;
  return result;
}

template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Role role = TRY(role_named(tx, context, request.role_name));
    apply(role);
    store::put(tx, role);
    return Answer{};
  });
}

}  // namespace

void register_role(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateRoleRequest, shapes::CreateRoleResponse>("iam", "CreateRole", {"RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteRoleRequest, shapes::DeleteRoleOutput>("iam", "DeleteRole", {"RoleName"}, bind(remove));
  registry.add<shapes::GetRoleRequest, shapes::GetRoleResponse>("iam", "GetRole", {"RoleName"}, bind(get));
  registry.add<shapes::ListRolesRequest, shapes::ListRolesResponse>("iam", "ListRoles", {"PathPrefix", "Marker", "MaxItems"}, bind(list));
  registry.add<shapes::UpdateRoleRequest, shapes::UpdateRoleResponse>("iam", "UpdateRole", {"RoleName", "Description", "MaxSessionDuration"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UpdateRoleResponse>(deps, c, r, [&](Role& role) {
      if (r.description) role.description = *r.description;
      if (r.max_session_duration) role.max_session_duration = *r.max_session_duration;
    });
  });
  registry.add<shapes::UpdateRoleDescriptionRequest, shapes::UpdateRoleDescriptionResponse>("iam", "UpdateRoleDescription", {"RoleName", "Description"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::UpdateRoleDescriptionResponse> {
    TRY((change<shapes::UpdateRoleDescriptionResponse>(deps, c, r, [&](Role& role) { role.description = text(r.description); })));
    return shapes::UpdateRoleDescriptionResponse{.role = TRY(get(deps, c, {.role_name = r.role_name})).role};
  });
  registry.add<shapes::UpdateAssumeRolePolicyRequest, shapes::UpdateAssumeRolePolicyOutput>("iam", "UpdateAssumeRolePolicy", {"RoleName", "PolicyDocument"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::UpdateAssumeRolePolicyOutput> {
    TRY(check_policy(text(r.policy_document)));
    return change<shapes::UpdateAssumeRolePolicyOutput>(deps, c, r, [&](Role& role) { role.assume_role_policy = text(r.policy_document); });
  });
  registry.add<shapes::TagRoleRequest, shapes::TagRoleOutput>("iam", "TagRole", {"RoleName", "Tags.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::TagRoleOutput>(deps, c, r, [&](Role& role) { for (const auto& [key, value] : tags_of(r.tags)) role.tags[key] = value; });
  });
  registry.add<shapes::UntagRoleRequest, shapes::UntagRoleOutput>("iam", "UntagRole", {"RoleName", "TagKeys.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UntagRoleOutput>(deps, c, r, [&](Role& role) { for (const auto& key : r.tag_keys.value_or(std::vector<std::string>{})) role.tags.erase(key); });
  });
  registry.add<shapes::ListRoleTagsRequest, shapes::ListRoleTagsResponse>("iam", "ListRoleTags", {"RoleName"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListRoleTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListRoleTagsResponse> {
      return shapes::ListRoleTagsResponse{.is_truncated = false, .tags = *tag_list(TRY(role_named(tx, c, r.role_name)).tags)};
    });
  });
  registry.add<shapes::ListInstanceProfilesForRoleRequest, shapes::ListInstanceProfilesForRoleResponse>("iam", "ListInstanceProfilesForRole", {"RoleName", "MaxItems", "Marker"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListInstanceProfilesForRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListInstanceProfilesForRoleResponse> {
      TRY(role_named(tx, c, r.role_name));
      return shapes::ListInstanceProfilesForRoleResponse{.instance_profiles = std::vector<shapes::InstanceProfile>{}, .is_truncated = false};
    });
  });
  registry.add<shapes::GetUserRequest, shapes::GetUserResponse>("iam", "GetUser", {"UserName"}, [](const CallContext& c, const auto& r) -> Result<shapes::GetUserResponse> {
    if (r.user_name) return fail("NoSuchEntity", fmt::format("The user with name {} cannot be found.", *r.user_name));
    return shapes::GetUserResponse{.user = shapes::User{.arn = c.principal_arn, .create_date = WallTime{0}, .path = "/", .user_id = c.account, .user_name = "root"}};
  });
}

void register_iam(aws::Registry& registry, const Deps& deps) {
  register_role(registry, deps);
  register_role_policy(registry, deps);
  register_policy(registry, deps);
}

}  // namespace landfall::services::iam
