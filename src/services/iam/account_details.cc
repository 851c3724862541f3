#include <functional>
#include <ranges>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

/// Everything of the account at once: its authorization details.
namespace landfall::services::iam {
namespace {

using Details = shapes::GetAccountAuthorizationDetailsResponse;

template <class Holder>
std::vector<shapes::PolicyDetail> inline_details(const Holder& holder) {
  std::vector<shapes::PolicyDetail> all;
  for (const auto& [name, document] : holder.inline_policies) all.push_back({.policy_document = percent_encode(document), .policy_name = name});
  return all;
}

template <class Holder>
std::optional<shapes::AttachedPermissionsBoundary> boundary_of(const Holder& holder) {
  if (holder.permissions_boundary.empty()) return std::nullopt;
  return shapes::AttachedPermissionsBoundary{.permissions_boundary_arn = holder.permissions_boundary, .permissions_boundary_type = "Policy"};
}

shapes::UserDetail detail_of(const Transaction& tx, const model::User& user) {
  shapes::UserDetail out{.arn = user.arn, .attached_managed_policies = attached(user), .create_date = user.created_at, .group_list = std::vector<std::string>{}, .path = user.path, .permissions_boundary = boundary_of(user),
                         .user_id = user.id, .user_name = user.name, .user_policy_list = inline_details(user)};
  if (!user.tags.empty()) out.tags = tag_list(user.tags);
  for (const auto& group : store::all<model::Group>(tx, user.account + "/")) {
    if (std::ranges::count(group.user_names, user.name) > 0) out.group_list->push_back(group.name);
  }
  return out;
}

shapes::RoleDetail detail_of(const Transaction& tx, const model::Role& role) {
  shapes::RoleDetail out{.arn = role.arn, .assume_role_policy_document = percent_encode(role.assume_role_policy), .attached_managed_policies = attached(role), .create_date = role.created_at, .instance_profile_list = std::vector<shapes::InstanceProfile>{},
                         .path = role.path, .permissions_boundary = boundary_of(role), .role_id = role.id, .role_last_used = shapes::RoleLastUsed{}, .role_name = role.name, .role_policy_list = inline_details(role)};
  if (!role.tags.empty()) out.tags = tag_list(role.tags);
  for (const auto& profile : store::all<model::InstanceProfile>(tx, role.account + "/")) {
    if (profile.role_name != role.name) continue;
    out.instance_profile_list->push_back({.arn = profile.arn, .create_date = profile.created_at, .instance_profile_id = profile.id, .instance_profile_name = profile.name, .path = profile.path, .roles = std::vector{role_in_short(role)}});
  }
  return out;
}

shapes::ManagedPolicyDetail detail_of(const model::Policy& policy, int attachments, int boundaries) {
  shapes::ManagedPolicyDetail out{.arn = policy.arn, .attachment_count = attachments, .create_date = policy.created_at, .default_version_id = policy.default_version, .is_attachable = true, .path = policy.path, .permissions_boundary_usage_count = boundaries, .policy_id = policy.id, .policy_name = policy.name,
                                  .policy_version_list = std::vector<shapes::PolicyVersion>{}, .update_date = policy.updated_at};
  if (!policy.description.empty()) out.description = policy.description;
  for (const auto& version : std::views::reverse(policy.versions)) out.policy_version_list->push_back({.create_date = version.created_at, .document = percent_encode(version.document), .is_default_version = version.id == policy.default_version, .version_id = version.id});
  return out;
}

/// One page over all kinds, in a fixed order.
Result<Details> details(const Deps& deps, const CallContext& context, const shapes::GetAccountAuthorizationDetailsRequest& request) {
  return transact<Details>(deps.store, [&](Transaction& tx) -> Result<Details> {
    const auto wanted = [&](std::string_view kind) { return !request.filter || request.filter->empty() || std::ranges::count(*request.filter, kind) > 0; };
    const std::string mine = context.account + "/";
    std::vector<std::function<void(Details&)>> all;
    if (wanted("User")) for (auto& user : store::all<model::User>(tx, mine)) all.push_back([&tx, user](Details& to) { to.user_detail_list->push_back(detail_of(tx, user)); });
    if (wanted("Group")) for (auto& group : store::all<model::Group>(tx, mine)) all.push_back([group](Details& to) {
      to.group_detail_list->push_back({.arn = group.arn, .attached_managed_policies = attached(group), .create_date = group.created_at, .group_id = group.id, .group_name = group.name, .group_policy_list = inline_details(group), .path = group.path});
    });
    if (wanted("Role")) for (auto& role : store::all<model::Role>(tx, mine)) all.push_back([&tx, role](Details& to) { to.role_detail_list->push_back(detail_of(tx, role)); });
    if (wanted("LocalManagedPolicy")) for (auto& policy : store::all<model::Policy>(tx)) {
      if (policy.account == context.account) all.push_back([&tx, &context, policy](Details& to) { to.policies->push_back(detail_of(policy, attachments_of(tx, context, policy.arn), boundaries_of(tx, context, policy.arn))); });
    }
    if (wanted("AWSManagedPolicy")) for (const ManagedPolicy& managed : aws_managed_policies()) {
      const model::Policy policy = managed_record(managed);
      if (const int count = attachments_of(tx, context, policy.arn); count > 0) all.push_back([&tx, &context, policy, count](Details& to) { to.policies->push_back(detail_of(policy, count, boundaries_of(tx, context, policy.arn))); });
    }
    auto found = TRY(page(std::move(all), request.max_items, request.marker));
    Details answer{.group_detail_list = std::vector<shapes::GroupDetail>{}, .is_truncated = !found.next.empty(), .policies = std::vector<shapes::ManagedPolicyDetail>{}, .role_detail_list = std::vector<shapes::RoleDetail>{}, .user_detail_list = std::vector<shapes::UserDetail>{}};
    if (!found.next.empty()) answer.marker = found.next;
    for (const auto& add : found.items) add(answer);
    return answer;
  });
}

}  // namespace

void register_account_details(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetAccountAuthorizationDetailsRequest, shapes::GetAccountAuthorizationDetailsResponse>("iam", "GetAccountAuthorizationDetails", {"*"}, bind(details));
}

}  // namespace landfall::services::iam
