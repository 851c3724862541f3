#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"
#include "services/iam/policy_document.h"

namespace landfall::services::iam {
namespace {

using model::Policy;
using model::PolicyVersion;

constexpr size_t kMaxVersions = 5;  // IAM quotas

/// As lists tell it: GetPolicy adds the description and the tags.
shapes::Policy in_short(const Transaction& tx, const CallContext& context, const Policy& policy) {
  return {.arn = policy.arn, .attachment_count = attachments_of(tx, context, policy.arn), .create_date = policy.created_at, .default_version_id = policy.default_version, .is_attachable = true, .path = policy.path,
          .permissions_boundary_usage_count = boundaries_of(tx, context, policy.arn), .policy_id = policy.id, .policy_name = policy.name, .update_date = policy.updated_at};
}

Result<Policy> policy_at(const Transaction& tx, const std::optional<std::string>& arn) {
  auto policy = store::find<Policy>(tx, text(arn));
  if (policy) return std::move(*policy);
  const ManagedPolicy* managed = aws_managed(text(arn));
  if (managed == nullptr) return fail("NoSuchEntity", fmt::format("Policy {} was not found.", text(arn)));
  return managed_record(*managed);
}

shapes::PolicyVersion render_version(const Policy& policy, const PolicyVersion& version, bool with_document) {
  shapes::PolicyVersion out{.create_date = version.created_at, .is_default_version = version.id == policy.default_version, .version_id = version.id};
  if (with_document) out.document = percent_encode(version.document);
  return out;
}

Result<shapes::CreatePolicyResponse> create(const Deps& deps, const CallContext& context, const shapes::CreatePolicyRequest& request) {
  TRY(check_name("policyName", text(request.policy_name)));
  TRY(check_path(request.path));
  TRY(check_policy(text(request.policy_document), PolicyKind::managed));
  auto its_tags = TRY(checked_tags(request.tags, TagKeys::as_written));
  return transact<shapes::CreatePolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreatePolicyResponse> {
    const WallTime now = deps.clock.wall();
    Policy policy{.account = context.account, .name = text(request.policy_name), .path = request.path.value_or("/"), .id = "ANPA" + deps.ids.upper_alnum(17), .description = text(request.description),
                  .versions = {{.id = "v1", .document = text(request.policy_document), .created_at = now}}, .created_at = now, .updated_at = now, .tags = its_tags};
    policy.arn = fmt::format("arn:aws:iam::{}:policy{}{}", policy.account, policy.path, policy.name);
    if (store::find<Policy>(tx, policy.arn)) return fail("EntityAlreadyExists", fmt::format("A policy called {} already exists. Duplicate names are not allowed.", policy.name));
    store::put(tx, policy);
    shapes::Policy told = in_short(tx, context, policy);
    told.tags = tags_if_any(request.tags);
    return shapes::CreatePolicyResponse{.policy = std::move(told)};
  });
}

Result<shapes::DeletePolicyOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeletePolicyRequest& request) {
  return transact<shapes::DeletePolicyOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeletePolicyOutput> {
    const auto policy = store::find<Policy>(tx, text(request.policy_arn));
    if (!policy) return fail("NoSuchEntity", fmt::format("Policy {} was not found.", text(request.policy_arn)));
    if (attachments_of(tx, context, policy->arn) > 0 || boundaries_of(tx, context, policy->arn) > 0) return fail("DeleteConflict", "Cannot delete a policy attached to entities.");
    if (policy->versions.size() > 1) return fail("DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");
    store::erase<Policy>(tx, policy->arn);
    return shapes::DeletePolicyOutput{};
  });
}

Result<shapes::GetPolicyResponse> get(const Deps& deps, const CallContext& context, const shapes::GetPolicyRequest& request) {
  return transact<shapes::GetPolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetPolicyResponse> {
    const Policy policy = TRY(policy_at(tx, request.policy_arn));
    shapes::Policy told = in_short(tx, context, policy);
    if (!policy.description.empty()) told.description = policy.description;
    told.tags = tag_list(policy.tags);
    return shapes::GetPolicyResponse{.policy = std::move(told)};
  });
}

Error no_version(const std::string& arn, const std::optional<std::string>& id) { return {.code = "NoSuchEntity", .what = fmt::format("Policy {} version {} does not exist or is not attachable.", arn, text(id))}; }

Result<PolicyVersion> version_of(const Policy& policy, const std::optional<std::string>& id) {
  const auto found = std::ranges::find(policy.versions, text(id), &PolicyVersion::id);
  if (found == policy.versions.end()) return fail(no_version(policy.arn, id));
  return *found;
}

/// The policy of a call about one of its versions: a policy that is not there has not the version either.
Result<Policy> policy_with(const Transaction& tx, const std::optional<std::string>& arn, const std::optional<std::string>& version) {
  auto policy = policy_at(tx, arn);
  if (!policy) return fail(no_version(text(arn), version));
  return policy;
}

Result<shapes::GetPolicyVersionResponse> get_version(const Deps& deps, const CallContext&, const shapes::GetPolicyVersionRequest& request) {
  return transact<shapes::GetPolicyVersionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetPolicyVersionResponse> {
    const Policy policy = TRY(policy_with(tx, request.policy_arn, request.version_id));
    if (const ManagedPolicy* managed = aws_managed(policy.arn); managed != nullptr && managed->document.empty()) return fail("NoSuchEntity", fmt::format("Landfall knows the policy {} by name only, not its document", policy.arn));
    return shapes::GetPolicyVersionResponse{.policy_version = render_version(policy, TRY(version_of(policy, request.version_id)), true)};
  });
}

Result<shapes::CreatePolicyVersionResponse> create_version(const Deps& deps, const CallContext&, const shapes::CreatePolicyVersionRequest& request) {
  TRY(check_policy(text(request.policy_document), PolicyKind::managed));
  return transact<shapes::CreatePolicyVersionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreatePolicyVersionResponse> {
    Policy policy = TRY(policy_at(tx, request.policy_arn));
    if (policy.account == "aws") return fail("AccessDenied", fmt::format("Policy {} is managed by AWS and cannot be changed", policy.arn));
    if (policy.versions.size() >= kMaxVersions) return fail("LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.");
    const PolicyVersion version{.id = fmt::format("v{}", policy.next_version++), .document = text(request.policy_document), .created_at = deps.clock.wall()};
    policy.versions.push_back(version);
    policy.updated_at = version.created_at;
    if (request.set_as_default.value_or(false)) policy.default_version = version.id;
    store::put(tx, policy);
    return shapes::CreatePolicyVersionResponse{.policy_version = render_version(policy, version, false)};
  });
}

Result<shapes::DeletePolicyVersionOutput> delete_version(const Deps& deps, const CallContext&, const shapes::DeletePolicyVersionRequest& request) {
  return transact<shapes::DeletePolicyVersionOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeletePolicyVersionOutput> {
    Policy policy = TRY(policy_with(tx, request.policy_arn, request.version_id));
    TRY(version_of(policy, request.version_id));
    if (policy.default_version == text(request.version_id)) return fail("DeleteConflict", "Cannot delete the default version of a policy.");
    std::erase_if(policy.versions, [&](const PolicyVersion& v) { return v.id == text(request.version_id); });
    store::put(tx, policy);
    return shapes::DeletePolicyVersionOutput{};
  });
}

Result<shapes::ListPolicyVersionsResponse> list_versions(const Deps& deps, const CallContext&, const shapes::ListPolicyVersionsRequest& request) {
  return transact<shapes::ListPolicyVersionsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListPolicyVersionsResponse> {
    const Policy policy = TRY(policy_at(tx, request.policy_arn));
    std::vector<shapes::PolicyVersion> all;
    for (const PolicyVersion& version : policy.versions) all.insert(all.begin(), render_version(policy, version, false));
    return listed(shapes::ListPolicyVersionsResponse{}, &shapes::ListPolicyVersionsResponse::versions, std::move(all), request.max_items, request.marker);
  });
}

Result<shapes::ListPoliciesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListPoliciesRequest& request) {
  const std::string scope = request.scope.value_or("All");
  return transact<shapes::ListPoliciesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListPoliciesResponse> {
    std::vector<shapes::Policy> found;
    std::vector<Policy> all = scope == "AWS" ? std::vector<Policy>{} : store::all<Policy>(tx);
    std::erase_if(all, [&](const Policy& policy) { return policy.account != context.account; });
    for (const ManagedPolicy& managed : scope == "Local" ? std::span<const ManagedPolicy>{} : aws_managed_policies()) all.push_back(managed_record(managed));
    for (const Policy& policy : all) {
      if (!policy.path.starts_with(request.path_prefix.value_or("/"))) continue;
      const shapes::Policy told = in_short(tx, context, policy);
      const bool is_boundary = *told.permissions_boundary_usage_count > 0, is_attached = *told.attachment_count > 0;
      if (request.only_attached.value_or(false) && !is_attached && !is_boundary) continue;
      if (request.policy_usage_filter && !(*request.policy_usage_filter == "PermissionsBoundary" ? is_boundary : is_attached)) continue;
      found.push_back(told);
    }
    return listed(shapes::ListPoliciesResponse{}, &shapes::ListPoliciesResponse::policies, std::move(found), request.max_items, request.marker);
  });
}

Result<shapes::SetDefaultPolicyVersionOutput> set_default(const Deps& deps, const CallContext&, const shapes::SetDefaultPolicyVersionRequest& request) {
  return change_holder<shapes::SetDefaultPolicyVersionOutput>(deps, [&](const Transaction& tx) { return policy_with(tx, request.policy_arn, request.version_id); }, [&](const Transaction&, Policy& policy) -> Result<void> {
    policy.default_version = TRY(version_of(policy, request.version_id)).id;
    policy.updated_at = deps.clock.wall();
    return {};
  });
}

Result<shapes::ListEntitiesForPolicyResponse> entities(const Deps& deps, const CallContext& context, const shapes::ListEntitiesForPolicyRequest& request) {
  return transact<shapes::ListEntitiesForPolicyResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListEntitiesForPolicyResponse> {
    const std::string arn = TRY(policy_at(tx, request.policy_arn)).arn;
    const bool as_boundary = text(request.policy_usage_filter) == "PermissionsBoundary";
    shapes::ListEntitiesForPolicyResponse answer{.is_truncated = false, .policy_groups = std::vector<shapes::PolicyGroup>{}, .policy_roles = std::vector<shapes::PolicyRole>{}, .policy_users = std::vector<shapes::PolicyUser>{}};
    const auto wanted = [&](std::string_view kind) { return !request.entity_filter || *request.entity_filter == kind; };
    const auto holds = [&](const auto& holder) {
      bool has = !as_boundary && std::ranges::count(holder.attached_policy_arns, arn) > 0;
      if constexpr (requires { holder.permissions_boundary; }) has = has || ((as_boundary || !request.policy_usage_filter) && holder.permissions_boundary == arn);
      return has && holder.path.starts_with(request.path_prefix.value_or("/"));
    };
    const std::string mine = context.account + "/";
    std::vector<std::function<void()>> all;  // one page over the three kinds
    if (wanted("Group")) for (const auto& g : store::all<model::Group>(tx, mine)) if (holds(g)) all.emplace_back([&answer, g] { answer.policy_groups->push_back({.group_id = g.id, .group_name = g.name}); });
    if (wanted("User")) for (const auto& u : store::all<model::User>(tx, mine)) if (holds(u)) all.emplace_back([&answer, u] { answer.policy_users->push_back({.user_id = u.id, .user_name = u.name}); });
    if (wanted("Role")) for (const auto& r : store::all<model::Role>(tx, mine)) if (holds(r)) all.emplace_back([&answer, r] { answer.policy_roles->push_back({.role_id = r.id, .role_name = r.name}); });
    const auto found = TRY(page(std::move(all), request.max_items, request.marker));
    for (const auto& add : found.items) add();
    answer.is_truncated = !found.next.empty();
    if (!found.next.empty()) answer.marker = found.next;
    return answer;
  });
}

}  // namespace

void register_policy(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreatePolicyRequest, shapes::CreatePolicyResponse>("iam", "CreatePolicy", {"PolicyName", "Path", "PolicyDocument", "Description", "Tags.*"}, bind(create));
  registry.add<shapes::DeletePolicyRequest, shapes::DeletePolicyOutput>("iam", "DeletePolicy", {"PolicyArn"}, bind(remove));
  registry.add<shapes::GetPolicyRequest, shapes::GetPolicyResponse>("iam", "GetPolicy", {"PolicyArn"}, bind(get));
  registry.add<shapes::GetPolicyVersionRequest, shapes::GetPolicyVersionResponse>("iam", "GetPolicyVersion", {"PolicyArn", "VersionId"}, bind(get_version));
  registry.add<shapes::CreatePolicyVersionRequest, shapes::CreatePolicyVersionResponse>("iam", "CreatePolicyVersion", {"PolicyArn", "PolicyDocument", "SetAsDefault"}, bind(create_version));
  registry.add<shapes::DeletePolicyVersionRequest, shapes::DeletePolicyVersionOutput>("iam", "DeletePolicyVersion", {"PolicyArn", "VersionId"}, bind(delete_version));
  registry.add<shapes::ListPolicyVersionsRequest, shapes::ListPolicyVersionsResponse>("iam", "ListPolicyVersions", {"PolicyArn", "MaxItems", "Marker"}, bind(list_versions));
  registry.add<shapes::ListPoliciesRequest, shapes::ListPoliciesResponse>("iam", "ListPolicies", {"*"}, bind(list));
  registry.add<shapes::SetDefaultPolicyVersionRequest, shapes::SetDefaultPolicyVersionOutput>("iam", "SetDefaultPolicyVersion", {"*"}, bind(set_default));
  registry.add<shapes::ListEntitiesForPolicyRequest, shapes::ListEntitiesForPolicyResponse>("iam", "ListEntitiesForPolicy", {"*"}, bind(entities));
  registry.add<shapes::TagPolicyRequest, shapes::TagPolicyOutput>("iam", "TagPolicy", {"*"}, [&deps](const CallContext&, const auto& r) {
    return change_holder<shapes::TagPolicyOutput>(deps, [&](const Transaction& tx) { return policy_at(tx, r.policy_arn); }, [&](const Transaction&, Policy& policy) { return add_tags(policy.tags, r.tags, TagKeys::as_written); });
  });
  registry.add<shapes::UntagPolicyRequest, shapes::UntagPolicyOutput>("iam", "UntagPolicy", {"*"}, [&deps](const CallContext&, const auto& r) {
    return change_holder<shapes::UntagPolicyOutput>(deps, [&](const Transaction& tx) { return policy_at(tx, r.policy_arn); }, [&](const Transaction&, Policy& policy) -> Result<void> {
      for (const std::string& key : *r.tag_keys) policy.tags.erase(key);
      return {};
    });
  });
  registry.add<shapes::ListPolicyTagsRequest, shapes::ListPolicyTagsResponse>("iam", "ListPolicyTags", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::ListPolicyTagsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListPolicyTagsResponse> {
      return listed(shapes::ListPolicyTagsResponse{}, &shapes::ListPolicyTagsResponse::tags, *tag_list(TRY(policy_at(tx, r.policy_arn)).tags), r.max_items, r.marker);
    });
  });
}

}  // namespace landfall::services::iam
