#include "services/iam/linked_role.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

/// Service-linked roles: made for a service by its name, changed by nobody, and taken away by a task of their own.
namespace landfall::services::iam {
namespace {

using model::Role;

constexpr std::string_view kDomain = ".amazonaws.com";

Result<LinkedRole> role_of_service(const std::string& service) {
  for (const LinkedRole& role : linked_roles()) {
    if (service == std::string(role.service) + std::string(kDomain)) return role;
  }
  return fail("InvalidInput", fmt::format("Service {} is not one whose linked role Landfall knows", service));
}

Result<shapes::CreateServiceLinkedRoleResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateServiceLinkedRoleRequest& request) {
  const std::string service = text(request.aws_service_name);
  const LinkedRole linked = TRY(role_of_service(service));
  if (request.custom_suffix && linked.suffix == Suffix::refused) return fail("InvalidInput", fmt::format("Custom suffix is not allowed for {}", service));
  return transact<shapes::CreateServiceLinkedRoleResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateServiceLinkedRoleResponse> {
    const std::string suffix = request.custom_suffix ? "_" + *request.custom_suffix : "";
    Role role{.account = context.account, .name = fmt::format("AWSServiceRoleFor{}{}", linked.name, suffix), .path = fmt::format("/aws-service-role/{}/", service), .id = "AROA" + deps.ids.upper_alnum(17), .description = text(request.description),
              .assume_role_policy = fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{}"}},"Action":"sts:AssumeRole"}}]}})", service), .created_at = deps.clock.wall()};
    role.arn = fmt::format("arn:aws:iam::{}:role{}{}", role.account, role.path, role.name);
    role.attached_policy_arns.push_back("arn:aws:iam::aws:policy/" + std::string(linked.policy));
    if (store::find<Role>(tx, role.key())) return fail("InvalidInput", fmt::format("Service role name {} has been taken in this account, please try a different suffix.", role.name));
    store::put(tx, role);
    return shapes::CreateServiceLinkedRoleResponse{.role = role_in_short(role)};
  });
}

/// The role goes at once: the task that IAM would make for it has succeeded when it is asked about.
Result<shapes::DeleteServiceLinkedRoleResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteServiceLinkedRoleRequest& request) {
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

}  // namespace

void register_linked_role(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateServiceLinkedRoleRequest, shapes::CreateServiceLinkedRoleResponse>("iam", "CreateServiceLinkedRole", {"*"}, bind(create));
  registry.add<shapes::DeleteServiceLinkedRoleRequest, shapes::DeleteServiceLinkedRoleResponse>("iam", "DeleteServiceLinkedRole", {"*"}, bind(remove));
  registry.add<shapes::GetServiceLinkedRoleDeletionStatusRequest, shapes::GetServiceLinkedRoleDeletionStatusResponse>("iam", "GetServiceLinkedRoleDeletionStatus", {"*"}, bind(deletion_status));
}

}  // namespace landfall::services::iam
