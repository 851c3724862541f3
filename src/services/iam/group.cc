#include <fmt/format.h>

#include "services/iam/inline_policies.h"
#include "services/iam/policy_document.h"

namespace landfall::services::iam {
namespace {

using model::Group;

constexpr size_t kMaxGroups = 10;  // IAM quotas: of one user

size_t groups_of(const Transaction& tx, const CallContext& context, const std::string& user) {
  const auto all = store::all<Group>(tx, context.account + "/");
  return static_cast<size_t>(std::ranges::count_if(all, [&](const Group& group) { return std::ranges::count(group.user_names, user) > 0; }));
}

shapes::Group render(const Group& group) { return {.arn = group.arn, .create_date = group.created_at, .group_id = group.id, .group_name = group.name, .path = group.path}; }

template <class From>
Result<Group> group_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto group = store::find<Group>(from, context.account + "/" + text(name));
  if (!group) return fail("NoSuchEntity", fmt::format("The group with name {} cannot be found.", text(name)));
  return std::move(*group);
}

/// The group of a call about one of its users; a user that is not there is told first.
template <class Request>
Result<Group> group_for(const Transaction& tx, const CallContext& context, const Request& request) {
  TRY(user_named(tx, context, request.user_name));
  return group_named(tx, context, request.group_name);
}

Result<shapes::CreateGroupResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateGroupRequest& request) {
  TRY(check_name("groupName", text(request.group_name)));
  TRY(check_path(request.path));
  Group group{.account = context.account, .name = text(request.group_name), .path = request.path.value_or("/"), .id = "AGPA" + deps.ids.upper_alnum(17), .created_at = deps.clock.wall()};
  group.arn = fmt::format("arn:aws:iam::{}:group{}{}", group.account, group.path, group.name);
  return transact<shapes::CreateGroupResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateGroupResponse> {
    if (store::find<Group>(tx, group.key())) return fail("EntityAlreadyExists", fmt::format("Group with name {} already exists.", group.name));
    store::put(tx, group);
    return shapes::CreateGroupResponse{.group = render(group)};
  });
}

Result<shapes::UpdateGroupOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateGroupRequest& request) {
  TRY(check_path(request.new_path));
  return transact<shapes::UpdateGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateGroupOutput> {
    Group group = TRY(group_named(tx, context, request.group_name));
    store::erase<Group>(tx, group.key());
    if (request.new_group_name) group.name = *request.new_group_name;
    if (request.new_path) group.path = *request.new_path;
    if (store::find<Group>(tx, group.key())) return fail("EntityAlreadyExists", fmt::format("Group with name {} already exists.", group.name));
    group.arn = fmt::format("arn:aws:iam::{}:group{}{}", group.account, group.path, group.name);
    store::put(tx, group);
    return shapes::UpdateGroupOutput{};
  });
}

Result<shapes::DeleteGroupOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteGroupRequest& request) {
  return transact<shapes::DeleteGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteGroupOutput> {
    const Group group = TRY(group_named(tx, context, request.group_name));
    if (!group.user_names.empty()) return fail("DeleteConflict", "Cannot delete entity, must remove users from group first.");
    if (!group.attached_policy_arns.empty()) return fail("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    if (!group.inline_policies.empty()) return fail("DeleteConflict", "Cannot delete entity, must delete policies first.");
    store::erase<Group>(tx, group.key());
    return shapes::DeleteGroupOutput{};
  });
}

Result<shapes::GetGroupResponse> get(const Deps& deps, const CallContext& context, const shapes::GetGroupRequest& request) {
  const Group group = TRY(group_named(deps.store, context, request.group_name));
  std::vector<shapes::User> users;
  for (const std::string& name : group.user_names) {
    const auto user = TRY(user_named(deps.store, context, name));
    users.push_back({.arn = user.arn, .create_date = user.created_at, .path = user.path, .user_id = user.id, .user_name = user.name});
  }
  return listed(shapes::GetGroupResponse{.group = render(group)}, &shapes::GetGroupResponse::users, std::move(users), request.max_items, request.marker);
}

template <class Answer, class Request, class Keep>
Result<Answer> groups(const Deps& deps, const CallContext& context, const Request& request, Keep keep) {
  std::vector<shapes::Group> found;
  for (const Group& group : store::all<Group>(deps.store, context.account + "/")) {
    if (keep(group)) found.push_back(render(group));
  }
  return listed(Answer{}, &Answer::groups, std::move(found), request.max_items, request.marker);
}

}  // namespace

void register_group(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const auto change = [&deps]<class Answer>(const CallContext& c, const std::optional<std::string>& name, auto apply) {
    return change_holder<Answer>(deps, [&](const Transaction& tx) { return group_named(tx, c, name); }, apply);
  };
  registry.add<shapes::CreateGroupRequest, shapes::CreateGroupResponse>("iam", "CreateGroup", {"*"}, bind(create));
  registry.add<shapes::UpdateGroupRequest, shapes::UpdateGroupOutput>("iam", "UpdateGroup", {"*"}, bind(update));
  registry.add<shapes::DeleteGroupRequest, shapes::DeleteGroupOutput>("iam", "DeleteGroup", {"*"}, bind(remove));
  registry.add<shapes::GetGroupRequest, shapes::GetGroupResponse>("iam", "GetGroup", {"*"}, bind(get));
  registry.add<shapes::ListGroupsRequest, shapes::ListGroupsResponse>("iam", "ListGroups", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return groups<shapes::ListGroupsResponse>(deps, c, r, [&](const Group& group) { return group.path.starts_with(r.path_prefix.value_or("/")); });
  });
  registry.add<shapes::ListGroupsForUserRequest, shapes::ListGroupsForUserResponse>("iam", "ListGroupsForUser", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListGroupsForUserResponse> {
    const std::string name = TRY(user_named(deps.store, c, r.user_name)).name;
    return groups<shapes::ListGroupsForUserResponse>(deps, c, r, [&](const Group& group) { return std::ranges::count(group.user_names, name) > 0; });
  });
  registry.add<shapes::AddUserToGroupRequest, shapes::AddUserToGroupOutput>("iam", "AddUserToGroup", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_holder<shapes::AddUserToGroupOutput>(deps, [&](const Transaction& tx) { return group_for(tx, c, r); }, [&](const Transaction& tx, Group& group) -> Result<void> {
      const std::string name = text(r.user_name);
      if (std::ranges::count(group.user_names, name) > 0) return {};
      if (groups_of(tx, c, name) >= kMaxGroups) return fail("LimitExceeded", fmt::format("Cannot exceed quota for GroupsPerUser: {}", kMaxGroups));
      group.user_names.push_back(name);
      return {};
    });
  });
  registry.add<shapes::RemoveUserFromGroupRequest, shapes::RemoveUserFromGroupOutput>("iam", "RemoveUserFromGroup", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_holder<shapes::RemoveUserFromGroupOutput>(deps, [&](const Transaction& tx) { return group_for(tx, c, r); }, [&](const Transaction&, Group& group) -> Result<void> {
      std::erase(group.user_names, text(r.user_name));  // who is not in it is out of it
      return {};
    });
  });
  registry.add<shapes::PutGroupPolicyRequest, shapes::PutGroupPolicyOutput>("iam", "PutGroupPolicy", {"*"}, [change](const CallContext& c, const auto& r) -> Result<shapes::PutGroupPolicyOutput> {
    TRY(check_policy(text(r.policy_document), PolicyKind::inline_));
    return change.template operator()<shapes::PutGroupPolicyOutput>(c, r.group_name, [&](const Transaction&, Group& group) -> Result<void> {
      group.inline_policies[text(r.policy_name)] = text(r.policy_document);
      return {};
    });
  });
  registry.add<shapes::GetGroupPolicyRequest, shapes::GetGroupPolicyResponse>("iam", "GetGroupPolicy", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::GetGroupPolicyResponse> {
    const Group group = TRY(group_named(deps.store, c, r.group_name));
    auto its_policy_document = TRY(inline_policy(group, "group", text(r.policy_name)));
    return shapes::GetGroupPolicyResponse{.group_name = group.name, .policy_document = std::move(its_policy_document), .policy_name = r.policy_name};
  });
  registry.add<shapes::DeleteGroupPolicyRequest, shapes::DeleteGroupPolicyOutput>("iam", "DeleteGroupPolicy", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::DeleteGroupPolicyOutput>(c, r.group_name, [&](const Transaction&, Group& group) -> Result<void> {
      if (group.inline_policies.erase(text(r.policy_name)) == 0) return fail(no_inline_policy("group", text(r.policy_name)));
      return {};
    });
  });
  registry.add<shapes::ListGroupPoliciesRequest, shapes::ListGroupPoliciesResponse>("iam", "ListGroupPolicies", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListGroupPoliciesResponse> {
    return listed(shapes::ListGroupPoliciesResponse{}, &shapes::ListGroupPoliciesResponse::policy_names, inline_names(TRY(group_named(deps.store, c, r.group_name))), r.max_items, r.marker);
  });
  registry.add<shapes::AttachGroupPolicyRequest, shapes::AttachGroupPolicyOutput>("iam", "AttachGroupPolicy", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::AttachGroupPolicyOutput>(c, r.group_name, [&](const Transaction& tx, Group& group) { return attach(tx, group, text(r.policy_arn), "Group"); });
  });
  registry.add<shapes::DetachGroupPolicyRequest, shapes::DetachGroupPolicyOutput>("iam", "DetachGroupPolicy", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::DetachGroupPolicyOutput>(c, r.group_name, [&](const Transaction&, Group& group) { return detach(group, text(r.policy_arn)); });
  });
  registry.add<shapes::ListAttachedGroupPoliciesRequest, shapes::ListAttachedGroupPoliciesResponse>("iam", "ListAttachedGroupPolicies", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListAttachedGroupPoliciesResponse> {
    auto all = attached(TRY(group_named(deps.store, c, r.group_name)));
    std::erase_if(all, [&](const auto& one) { return !path_of_policy(*one.policy_arn).starts_with(r.path_prefix.value_or("/")); });
    return listed(shapes::ListAttachedGroupPoliciesResponse{}, &shapes::ListAttachedGroupPoliciesResponse::attached_policies, std::move(all), r.max_items, r.marker);
  });
}

}  // namespace landfall::services::iam
