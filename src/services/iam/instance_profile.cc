#include <fmt/format.h>

#include "services/iam/inline_policies.h"

namespace landfall::services::iam {
namespace {

using model::InstanceProfile;

template <class From>
Result<InstanceProfile> profile_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto profile = store::find<InstanceProfile>(from, context.account + "/" + text(name));
  if (!profile) return fail("NoSuchEntity", fmt::format("Instance Profile {} cannot be found.", text(name)));
  return std::move(*profile);
}

/// As lists tell it: GetInstanceProfile adds the tags.
template <class From>
shapes::InstanceProfile render(const From& from, const InstanceProfile& profile) {
  shapes::InstanceProfile out{.arn = profile.arn, .create_date = profile.created_at, .instance_profile_id = profile.id, .instance_profile_name = profile.name, .path = profile.path, .roles = std::vector<shapes::Role>{}};
  if (const auto role = store::find<model::Role>(from, profile.account + "/" + profile.role_name); role && !profile.role_name.empty()) out.roles->push_back(role_in_short(*role));
  return out;
}

Result<shapes::CreateInstanceProfileResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateInstanceProfileRequest& request) {
  TRY(check_name("instanceProfileName", text(request.instance_profile_name)));
  TRY(check_path(request.path));
  auto its_tags = TRY(checked_tags(request.tags));
  InstanceProfile profile{.account = context.account, .name = text(request.instance_profile_name), .path = request.path.value_or("/"), .id = "AIPA" + deps.ids.upper_alnum(17), .created_at = deps.clock.wall(), .tags = std::move(its_tags)};
  profile.arn = fmt::format("arn:aws:iam::{}:instance-profile{}{}", profile.account, profile.path, profile.name);
  return transact<shapes::CreateInstanceProfileResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateInstanceProfileResponse> {
    if (store::find<InstanceProfile>(tx, profile.key())) return fail("EntityAlreadyExists", fmt::format("Instance Profile {} already exists.", profile.name));
    store::put(tx, profile);
    shapes::InstanceProfile told = render(tx, profile);
    told.tags = tags_if_any(request.tags);
    return shapes::CreateInstanceProfileResponse{.instance_profile = std::move(told)};
  });
}

Result<shapes::DeleteInstanceProfileOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteInstanceProfileRequest& request) {
  return transact<shapes::DeleteInstanceProfileOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteInstanceProfileOutput> {
    const InstanceProfile profile = TRY(profile_named(tx, context, request.instance_profile_name));
    if (!profile.role_name.empty()) return fail("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.");
    store::erase<InstanceProfile>(tx, profile.key());
    return shapes::DeleteInstanceProfileOutput{};
  });
}

Result<shapes::GetInstanceProfileResponse> get(const Deps& deps, const CallContext& context, const shapes::GetInstanceProfileRequest& request) {
  const InstanceProfile profile = TRY(profile_named(deps.store, context, request.instance_profile_name));
  shapes::InstanceProfile told = render(deps.store, profile);
  told.tags = tag_list(profile.tags);
  return shapes::GetInstanceProfileResponse{.instance_profile = std::move(told)};
}

template <class Answer, class Request, class Keep>
Result<Answer> profiles(const Deps& deps, const CallContext& context, const Request& request, Keep keep) {
  std::vector<shapes::InstanceProfile> found;
  for (const InstanceProfile& profile : store::all<InstanceProfile>(deps.store, context.account + "/")) {
    if (keep(profile)) found.push_back(render(deps.store, profile));
  }
  return listed(Answer{}, &Answer::instance_profiles, std::move(found), request.max_items, request.marker);
}

Result<shapes::AddRoleToInstanceProfileOutput> add_role(const Deps& deps, const CallContext& context, const shapes::AddRoleToInstanceProfileRequest& request) {
  return transact<shapes::AddRoleToInstanceProfileOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AddRoleToInstanceProfileOutput> {
    InstanceProfile profile = TRY(profile_named(tx, context, request.instance_profile_name));
    const model::Role role = TRY(role_named(tx, context, request.role_name));
    if (!profile.role_name.empty()) return fail("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1");
    profile.role_name = role.name;
    store::put(tx, profile);
    return shapes::AddRoleToInstanceProfileOutput{};
  });
}

Result<shapes::RemoveRoleFromInstanceProfileOutput> remove_role(const Deps& deps, const CallContext& context, const shapes::RemoveRoleFromInstanceProfileRequest& request) {
  return transact<shapes::RemoveRoleFromInstanceProfileOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RemoveRoleFromInstanceProfileOutput> {
    InstanceProfile profile = TRY(profile_named(tx, context, request.instance_profile_name));
    if (profile.role_name.empty() || profile.role_name != text(request.role_name)) return fail("NoSuchEntity", fmt::format("The role with name {} cannot be found.", text(request.role_name)));
    profile.role_name.clear();
    store::put(tx, profile);
    return shapes::RemoveRoleFromInstanceProfileOutput{};
  });
}

}  // namespace

void register_instance_profile(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const auto change = [&deps]<class Answer>(const CallContext& c, const std::optional<std::string>& name, auto apply) {
    return change_holder<Answer>(deps, [&](const Transaction& tx) { return profile_named(tx, c, name); }, apply);
  };
  registry.add<shapes::CreateInstanceProfileRequest, shapes::CreateInstanceProfileResponse>("iam", "CreateInstanceProfile", {"*"}, bind(create));
  registry.add<shapes::DeleteInstanceProfileRequest, shapes::DeleteInstanceProfileOutput>("iam", "DeleteInstanceProfile", {"*"}, bind(remove));
  registry.add<shapes::GetInstanceProfileRequest, shapes::GetInstanceProfileResponse>("iam", "GetInstanceProfile", {"*"}, bind(get));
  registry.add<shapes::AddRoleToInstanceProfileRequest, shapes::AddRoleToInstanceProfileOutput>("iam", "AddRoleToInstanceProfile", {"*"}, bind(add_role));
  registry.add<shapes::RemoveRoleFromInstanceProfileRequest, shapes::RemoveRoleFromInstanceProfileOutput>("iam", "RemoveRoleFromInstanceProfile", {"*"}, bind(remove_role));
  registry.add<shapes::ListInstanceProfilesRequest, shapes::ListInstanceProfilesResponse>("iam", "ListInstanceProfiles", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return profiles<shapes::ListInstanceProfilesResponse>(deps, c, r, [&](const InstanceProfile& profile) { return profile.path.starts_with(r.path_prefix.value_or("/")); });
  });
  registry.add<shapes::ListInstanceProfilesForRoleRequest, shapes::ListInstanceProfilesForRoleResponse>("iam", "ListInstanceProfilesForRole", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListInstanceProfilesForRoleResponse> {
    const std::string role = TRY(role_named(deps.store, c, r.role_name)).name;
    return profiles<shapes::ListInstanceProfilesForRoleResponse>(deps, c, r, [&](const InstanceProfile& profile) { return profile.role_name == role; });
  });
  registry.add<shapes::TagInstanceProfileRequest, shapes::TagInstanceProfileOutput>("iam", "TagInstanceProfile", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::TagInstanceProfileOutput>(c, r.instance_profile_name, [&](const Transaction&, InstanceProfile& profile) { return add_tags(profile.tags, r.tags); });
  });
  registry.add<shapes::UntagInstanceProfileRequest, shapes::UntagInstanceProfileOutput>("iam", "UntagInstanceProfile", {"*"}, [change](const CallContext& c, const auto& r) {
    return change.template operator()<shapes::UntagInstanceProfileOutput>(c, r.instance_profile_name, [&](const Transaction&, InstanceProfile& profile) -> Result<void> {
      for (const std::string& key : *r.tag_keys) profile.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListInstanceProfileTagsRequest, shapes::ListInstanceProfileTagsResponse>("iam", "ListInstanceProfileTags", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListInstanceProfileTagsResponse> {
    return listed(shapes::ListInstanceProfileTagsResponse{}, &shapes::ListInstanceProfileTagsResponse::tags, *tag_list(TRY(profile_named(deps.store, c, r.instance_profile_name)).tags), r.max_items, r.marker);
  });
}

}  // namespace landfall::services::iam
