#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/iam.h"
#include "services/iam/inline_policies.h"
#include "services/iam/policy_document.h"
#include "services/iam/support.h"

namespace landfall::services::iam {

shapes::Role render_role(const model::Role& role) {
  shapes::Role out{.arn = role.arn, .assume_role_policy_document = percent_encode(role.assume_role_policy), .create_date = role.created_at,
                   .description = role.description.empty() ? std::nullopt : std::optional(role.description), .max_session_duration = role.max_session_duration,
                   .path = role.path, .role_id = role.id, .role_last_used = shapes::RoleLastUsed{}, .role_name = role.name, .tags = tag_list(role.tags)};
  if (!role.permissions_boundary.empty()) out.permissions_boundary = shapes::AttachedPermissionsBoundary{.permissions_boundary_arn = role.permissions_boundary, .permissions_boundary_type = "Policy"};
  return out;
}

namespace {

using model::Role;

Result<shapes::CreateRoleResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateRoleRequest& request) {
  TRY(check_name("roleName", text(request.role_name)));
  TRY(check_path(request.path));
  TRY(check_policy(text(request.assume_role_policy_document), PolicyKind::trust));
  const int seconds = request.max_session_duration.value_or(3600);
  if (seconds < 3600 || seconds > 43200) return fail("ValidationError", fmt::format("Member maxSessionDuration is {}; wanted 3600 to 43200", seconds));
  return transact<shapes::CreateRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRoleResponse> {
    auto its_tags = TRY(checked_tags(request.tags));
    Role role{.account = context.account, .name = text(request.role_name), .path = request.path.value_or("/"), .id = "AROA" + deps.ids.upper_alnum(17), .description = text(request.description),
              .assume_role_policy = text(request.assume_role_policy_document), .max_session_duration = seconds, .permissions_boundary = text(request.permissions_boundary), .created_at = deps.clock.wall(), .tags = std::move(its_tags)};
    if (request.permissions_boundary) TRY(check_attachable(tx, *request.permissions_boundary));
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", role.account, role.path, role.name);
    if (store::find<Role>(tx, role.key())) return fail("EntityAlreadyExists", fmt::format("Role with name {} already exists.", role.name));
    store::put(tx, role);
    return shapes::CreateRoleResponse{.role = render_role(role)};
  });
}

Result<shapes::DeleteRoleOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRoleRequest& request) {
  return transact<shapes::DeleteRoleOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRoleOutput> {
    const Role role = TRY(role_named(tx, context, request.role_name));
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
    if (role.path.starts_with(request.path_prefix.value_or("/"))) roles.push_back(render_role(role));
  }
  return listed(shapes::ListRolesResponse{}, &shapes::ListRolesResponse::roles, std::move(roles), request.max_items, request.marker);
}

/// "ecs.amazonaws.com" -> AWSServiceRoleForECS; the names of the services that Landfall carries (their user guides).
Result<shapes::CreateServiceLinkedRoleResponse> create_linked(const Deps& deps, const CallContext& context, const shapes::CreateServiceLinkedRoleRequest& request) {
  static const std::map<std::string, std::string> known{{"ecs.amazonaws.com", "AWSServiceRoleForECS"}, {"elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing"},
                                                        {"ecs.application-autoscaling.amazonaws.com", "AWSServiceRoleForApplicationAutoScaling_ECSService"}};
  const std::string service = text(request.aws_service_name);
  const auto name = known.find(service);
  if (name == known.end()) return fail("InvalidInput", fmt::format("Service {} is not one whose linked role Landfall knows", service));
  return transact<shapes::CreateServiceLinkedRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateServiceLinkedRoleResponse> {
    Role role{.account = context.account, .name = name->second, .path = fmt::format("/aws-service-role/{}/", service), .id = "AROA" + deps.ids.upper_alnum(17), .description = text(request.description),
              .assume_role_policy = fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{{"Service":["{}"]}}}}]}})", service), .created_at = deps.clock.wall()};
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", role.account, role.path, role.name);
    if (store::find<Role>(tx, role.key())) return fail("InvalidInput", fmt::format("Service role name {} has been taken in this account, please try a different suffix.", role.name));
    store::put(tx, role);
    return shapes::CreateServiceLinkedRoleResponse{.role = render_role(role)};
  });
}

/// The role goes at once: the task that IAM would make for it has succeeded when it is asked about.
Result<shapes::DeleteServiceLinkedRoleResponse> delete_linked(const Deps& deps, const CallContext& context, const shapes::DeleteServiceLinkedRoleRequest& request) {
  return transact<shapes::DeleteServiceLinkedRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServiceLinkedRoleResponse> {
    const Role role = TRY(role_named(tx, context, request.role_name));
    if (!role.path.starts_with("/aws-service-role/")) return fail("InvalidInput", fmt::format("Invalid role name: {} is not a service-linked role", role.name));
    store::erase<Role>(tx, role.key());
    return shapes::DeleteServiceLinkedRoleResponse{.deletion_task_id = fmt::format("task{}{}/{}", role.path, role.name, deps.ids.uuid())};
  });
}

Result<shapes::GetServiceLinkedRoleDeletionStatusResponse> deletion_status(const Deps& deps, const CallContext& context, const shapes::GetServiceLinkedRoleDeletionStatusRequest& request) {
  const std::vector<std::string> parts = split(text(request.deletion_task_id), '/');
  if (parts.size() != 5 || parts[0] != "task" || parts[1] != "aws-service-role" || store::find<Role>(deps.store, context.account + "/" + parts[3])) return fail("NoSuchEntity", fmt::format("The deletion task {} cannot be found.", text(request.deletion_task_id)));
  return shapes::GetServiceLinkedRoleDeletionStatusResponse{.status = "SUCCEEDED"};
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
  registry.add<shapes::CreateRoleRequest, shapes::CreateRoleResponse>("iam", "CreateRole", {"RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteRoleRequest, shapes::DeleteRoleOutput>("iam", "DeleteRole", {"RoleName"}, bind(remove));
  registry.add<shapes::DeleteServiceLinkedRoleRequest, shapes::DeleteServiceLinkedRoleResponse>("iam", "DeleteServiceLinkedRole", {"*"}, bind(delete_linked));
  registry.add<shapes::GetServiceLinkedRoleDeletionStatusRequest, shapes::GetServiceLinkedRoleDeletionStatusResponse>("iam", "GetServiceLinkedRoleDeletionStatus", {"*"}, bind(deletion_status));
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
    TRY(check_policy(text(r.policy_document), PolicyKind::trust));
    return change<shapes::UpdateAssumeRolePolicyOutput>(deps, c, r, [&](Role& role) { role.assume_role_policy = text(r.policy_document); });
  });
  registry.add<shapes::TagRoleRequest, shapes::TagRoleOutput>("iam", "TagRole", {"RoleName", "Tags.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::TagRoleOutput>(deps, c, r, [&](Role& role) { for (const auto& [key, value] : tags_of(r.tags)) role.tags[key] = value; });
  });
  registry.add<shapes::UntagRoleRequest, shapes::UntagRoleOutput>("iam", "UntagRole", {"RoleName", "TagKeys.*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UntagRoleOutput>(deps, c, r, [&](Role& role) { for (const auto& key : r.tag_keys.value_or(std::vector<std::string>{})) role.tags.erase(key); });
  });
  registry.add<shapes::ListRoleTagsRequest, shapes::ListRoleTagsResponse>("iam", "ListRoleTags", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::ListRoleTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListRoleTagsResponse> {
      return shapes::ListRoleTagsResponse{.is_truncated = false, .tags = *tag_list(TRY(role_named(tx, c, r.role_name)).tags)};
    });
  });
  registry.add<shapes::PutRolePermissionsBoundaryRequest, shapes::PutRolePermissionsBoundaryOutput>("iam", "PutRolePermissionsBoundary", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_holder<shapes::PutRolePermissionsBoundaryOutput>(deps, [&](const Transaction& tx) { return role_named(tx, c, r.role_name); }, [&](const Transaction& tx, Role& role) -> Result<void> {
      TRY(check_attachable(tx, text(r.permissions_boundary)));
      role.permissions_boundary = text(r.permissions_boundary);
      return {};
    });
  });
  registry.add<shapes::DeleteRolePermissionsBoundaryRequest, shapes::DeleteRolePermissionsBoundaryOutput>("iam", "DeleteRolePermissionsBoundary", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::DeleteRolePermissionsBoundaryOutput>(deps, c, r, [&](Role& role) { role.permissions_boundary.clear(); });
  });
  registry.add<shapes::CreateServiceLinkedRoleRequest, shapes::CreateServiceLinkedRoleResponse>("iam", "CreateServiceLinkedRole", {"AWSServiceName", "Description"}, bind(create_linked));
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
  register_role_policy(registry, deps);
  register_policy(registry, deps);
}

}  // namespace landfall::services::iam
