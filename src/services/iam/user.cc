#include <fmt/format.h>

#include "services/iam/inline_policies.h"
#include "services/iam/policy_document.h"

namespace landfall::services::iam {
namespace {

using model::User;

shapes::User render(const User& user) {
  shapes::User out{.arn = user.arn, .create_date = user.created_at, .path = user.path, .user_id = user.id, .user_name = user.name};
  if (!user.permissions_boundary.empty()) out.permissions_boundary = shapes::AttachedPermissionsBoundary{.permissions_boundary_arn = user.permissions_boundary, .permissions_boundary_type = "Policy"};
  if (!user.tags.empty()) out.tags = tag_list(user.tags);
  return out;
}

Result<shapes::CreateUserResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateUserRequest& request) {
  TRY(check_name("userName", text(request.user_name)));
  TRY(check_path(request.path));
  auto its_tags = TRY(checked_tags(request.tags));
  User user{.account = context.account, .name = text(request.user_name), .path = request.path.value_or("/"), .id = "AIDA" + deps.ids.upper_alnum(17), .permissions_boundary = text(request.permissions_boundary),
            .created_at = deps.clock.wall(), .tags = std::move(its_tags)};
  user.arn = fmt::format("arn:aws:iam::{}:user{}{}", user.account, user.path, user.name);
  return transact<shapes::CreateUserResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateUserResponse> {
    for (const User& other : store::all<User>(tx, context.account + "/")) {
      if (iequals(other.name, user.name)) return fail("EntityAlreadyExists", fmt::format("User with name {} already exists.", user.name));
    }
    if (request.permissions_boundary) TRY(check_boundary(tx, *request.permissions_boundary));
    store::put(tx, user);
    shapes::User told = render(user);
    told.tags = tags_if_any(request.tags);
    return shapes::CreateUserResponse{.user = std::move(told)};
  });
}

/// Without a name: who calls.
Result<shapes::GetUserResponse> get(const Deps& deps, const CallContext& context, const shapes::GetUserRequest& request) {
  if (!request.user_name && context.principal_arn.ends_with(":root")) return shapes::GetUserResponse{.user = shapes::User{.arn = context.principal_arn, .create_date = WallTime{0}, .path = "/", .user_id = context.account, .user_name = "root"}};
  return shapes::GetUserResponse{.user = render(TRY(user_or_caller(deps.store, context, request.user_name)))};
}

/// What is kept beside a user goes with the new name.
void rename_belongings(Transaction& tx, const User& before, const User& after) {
  const auto move = [&]<class Record>(const std::string& prefix) {
    for (Record record : store::all<Record>(tx, prefix)) {
      store::erase<Record>(tx, record.key());
      record.user_name = after.name;
      store::put(tx, record);
    }
  };
  if (const auto profile = store::find<model::LoginProfile>(tx, before.key())) move.template operator()<model::LoginProfile>(profile->key());
  move.template operator()<model::UserCredential>(before.key() + "/");
  move.template operator()<model::ServiceCredential>(before.key() + "/");
  for (model::MfaDevice device : store::all<model::MfaDevice>(tx)) {
    if (device.account != before.account || device.user_name != before.name) continue;
    device.user_name = after.name;
    store::put(tx, device);
  }
}

Result<shapes::UpdateUserOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateUserRequest& request) {
  TRY(check_path(request.new_path));
  return transact<shapes::UpdateUserOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateUserOutput> {
    User user = TRY(user_named(tx, context, request.user_name));
    const User before = user;
    const std::string old = user.name;
    if (request.new_user_name) {
      TRY(check_name("newUserName", *request.new_user_name));
      if (*request.new_user_name != old && store::find<User>(tx, context.account + "/" + *request.new_user_name)) return fail("EntityAlreadyExists", fmt::format("User with name {} already exists.", *request.new_user_name));
      user.name = *request.new_user_name;
    }
    if (request.new_path) user.path = *request.new_path;
    user.arn = fmt::format("arn:aws:iam::{}:user{}{}", user.account, user.path, user.name);
    store::erase<User>(tx, context.account + "/" + old);
    store::put(tx, user);
    if (user.name != old) rename_belongings(tx, before, user);
    for (model::AccessKey key : keys_of(tx, context, old)) {
      key.user_name = user.name;
      key.principal_arn = user.arn;
      store::put(tx, key);
    }
    for (model::Group group : store::all<model::Group>(tx, context.account + "/")) {
      std::ranges::replace(group.user_names, old, user.name);
      store::put(tx, group);
    }
    return shapes::UpdateUserOutput{};
  });
}

Result<shapes::DeleteUserOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteUserRequest& request) {
  return transact<shapes::DeleteUserOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteUserOutput> {
    const User user = TRY(user_named(tx, context, request.user_name));
    if (!keys_of(tx, context, user.name).empty()) return fail("DeleteConflict", "Cannot delete entity, must delete access keys first.");
    if (!user.attached_policy_arns.empty()) return fail("DeleteConflict", "Cannot delete entity, must detach all policies first.");
    if (!user.inline_policies.empty()) return fail("DeleteConflict", "Cannot delete entity, must delete policies first.");
    for (const auto& group : store::all<model::Group>(tx, context.account + "/")) {
      if (std::ranges::count(group.user_names, user.name) > 0) return fail("DeleteConflict", "Cannot delete entity, must remove users from group first.");
    }
    if (store::find<model::LoginProfile>(tx, user.key())) return fail("DeleteConflict", "Cannot delete entity, must delete login profile first.");
    if (!store::all<model::UserCredential>(tx, user.key() + "/signing/").empty()) return fail("DeleteConflict", "Cannot delete entity, must delete signing certificates first.");
    if (!store::all<model::UserCredential>(tx, user.key() + "/ssh/").empty()) return fail("DeleteConflict", "Cannot delete entity, must delete SSH public keys first.");
    for (const auto& device : store::all<model::MfaDevice>(tx)) {
      if (device.account == user.account && device.user_name == user.name) return fail("DeleteConflict", "Cannot delete entity, must delete MFA device first.");
    }
    if (!store::all<model::ServiceCredential>(tx, user.key() + "/").empty()) return fail("DeleteConflict", "Cannot delete entity, must remove referenced objects first.");
    store::erase<User>(tx, user.key());
    return shapes::DeleteUserOutput{};
  });
}

Result<shapes::ListUsersResponse> list(const Deps& deps, const CallContext& context, const shapes::ListUsersRequest& request) {
  std::vector<shapes::User> users;
  for (const User& user : store::all<User>(deps.store, context.account + "/")) {
    if (!user.path.starts_with(request.path_prefix.value_or("/"))) continue;
    shapes::User out = render(user);
    out.tags.reset();
    out.permissions_boundary.reset();
    users.push_back(std::move(out));
  }
  return listed(shapes::ListUsersResponse{}, &shapes::ListUsersResponse::users, std::move(users), request.max_items, request.marker);
}

}  // namespace

void register_user(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const auto change = [&deps]<class Answer>(const CallContext& c, const std::optional<std::string>& name, auto apply) {
    return change_holder<Answer>(deps, [&](const Transaction& tx) { return user_named(tx, c, name); }, apply);
  };
  registry.add<shapes::CreateUserRequest, shapes::CreateUserResponse>("iam", "CreateUser", {"*"}, bind(create));
  registry.add<shapes::GetUserRequest, shapes::GetUserResponse>("iam", "GetUser", {"*"}, bind(get));
  registry.add<shapes::UpdateUserRequest, shapes::UpdateUserOutput>("iam", "UpdateUser", {"*"}, bind(update));
  registry.add<shapes::DeleteUserRequest, shapes::DeleteUserOutput>("iam", "DeleteUser", {"*"}, bind(remove));
  registry.add<shapes::ListUsersRequest, shapes::ListUsersResponse>("iam", "ListUsers", {"*"}, bind(list));
  registry.add<shapes::TagUserRequest, shapes::TagUserOutput>("iam", "TagUser", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::TagUserOutput>(c, r.user_name, [&](const Transaction&, User& user) -> Result<void> { return add_tags(user.tags, r.tags); });
  });
  registry.add<shapes::UntagUserRequest, shapes::UntagUserOutput>("iam", "UntagUser", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::UntagUserOutput>(c, r.user_name, [&](const Transaction&, User& user) -> Result<void> {
      for (const std::string& key : *r.tag_keys) user.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListUserTagsRequest, shapes::ListUserTagsResponse>("iam", "ListUserTags", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListUserTagsResponse> {
    return listed(shapes::ListUserTagsResponse{}, &shapes::ListUserTagsResponse::tags, *tag_list(TRY(user_named(deps.store, c, r.user_name)).tags), r.max_items, r.marker);
  });
  registry.add<shapes::PutUserPermissionsBoundaryRequest, shapes::PutUserPermissionsBoundaryOutput>("iam", "PutUserPermissionsBoundary", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::PutUserPermissionsBoundaryOutput>(c, r.user_name, [&](const Transaction& tx, User& user) -> Result<void> {
      TRY(check_boundary(tx, text(r.permissions_boundary)));
      user.permissions_boundary = text(r.permissions_boundary);
      return {};
    });
  });
  registry.add<shapes::DeleteUserPermissionsBoundaryRequest, shapes::DeleteUserPermissionsBoundaryOutput>("iam", "DeleteUserPermissionsBoundary", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::DeleteUserPermissionsBoundaryOutput>(c, r.user_name, [&](const Transaction&, User& user) -> Result<void> {
      user.permissions_boundary.clear();
      return {};
    });
  });
  registry.add<shapes::PutUserPolicyRequest, shapes::PutUserPolicyOutput>("iam", "PutUserPolicy", {"*"}, [change](const CallContext& c, const auto& r) -> Result<shapes::PutUserPolicyOutput> {
    TRY(check_policy(text(r.policy_document), PolicyKind::inline_));
    return change.template operator()<shapes::PutUserPolicyOutput>(c, r.user_name, [&](const Transaction&, User& user) -> Result<void> {
      user.inline_policies[text(r.policy_name)] = text(r.policy_document);
      return {};
    });
  });
  registry.add<shapes::GetUserPolicyRequest, shapes::GetUserPolicyResponse>("iam", "GetUserPolicy", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::GetUserPolicyResponse> {
    const User user = TRY(user_named(deps.store, c, r.user_name));
    return shapes::GetUserPolicyResponse{.policy_document = TRY(inline_policy(user, "user", text(r.policy_name))), .policy_name = r.policy_name, .user_name = user.name};
  });
  registry.add<shapes::DeleteUserPolicyRequest, shapes::DeleteUserPolicyOutput>("iam", "DeleteUserPolicy", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::DeleteUserPolicyOutput>(c, r.user_name, [&](const Transaction&, User& user) -> Result<void> {
      if (user.inline_policies.erase(text(r.policy_name)) == 0) return fail(no_inline_policy("user", text(r.policy_name)));
      return {};
    });
  });
  registry.add<shapes::ListUserPoliciesRequest, shapes::ListUserPoliciesResponse>("iam", "ListUserPolicies", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListUserPoliciesResponse> {
    return listed(shapes::ListUserPoliciesResponse{}, &shapes::ListUserPoliciesResponse::policy_names, inline_names(TRY(user_named(deps.store, c, r.user_name))), r.max_items, r.marker);
  });
  registry.add<shapes::AttachUserPolicyRequest, shapes::AttachUserPolicyOutput>("iam", "AttachUserPolicy", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::AttachUserPolicyOutput>(c, r.user_name, [&](const Transaction& tx, User& user) { return attach(tx, user, text(r.policy_arn), "User"); });
  });
  registry.add<shapes::DetachUserPolicyRequest, shapes::DetachUserPolicyOutput>("iam", "DetachUserPolicy", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::DetachUserPolicyOutput>(c, r.user_name, [&](const Transaction&, User& user) { return detach(user, text(r.policy_arn)); });
  });
  registry.add<shapes::ListAttachedUserPoliciesRequest, shapes::ListAttachedUserPoliciesResponse>("iam", "ListAttachedUserPolicies", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListAttachedUserPoliciesResponse> {
    auto all = attached(TRY(user_named(deps.store, c, r.user_name)));
    std::erase_if(all, [&](const auto& one) { return !path_of_policy(*one.policy_arn).starts_with(r.path_prefix.value_or("/")); });
    return listed(shapes::ListAttachedUserPoliciesResponse{}, &shapes::ListAttachedUserPoliciesResponse::attached_policies, std::move(all), r.max_items, r.marker);
  });
}

}  // namespace landfall::services::iam
