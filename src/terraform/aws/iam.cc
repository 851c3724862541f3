#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/text.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/members.h"
#include "terraform/aws/role_tags.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

class Role final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("unique_id").read_only(), text("create_date").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
        policy_text("assume_role_policy"), text("description"), text("path").defaults("/").forces_new(), number("max_session_duration").defaults(3600).checked(between(3600, 43200)),
        flag("force_detach_policies").defaults(false), text("permissions_boundary"), text_set("managed_policy_arns").computed(),
    }, .blocks = {set_block("inline_policy", {.attributes = {text("name"), text("policy").same_if(is_same_json)}}).computed()}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateRoleRequest request;
    request.role_name = generated_name(cloud, planned);
    request.assume_role_policy_document = planned.text("assume_role_policy");
    request.path = planned.text("path");
    if (!planned.text("description").empty()) request.description = planned.text("description");
    request.max_session_duration = static_cast<int32_t>(planned.number("max_session_duration"));
    set_text(planned, "permissions_boundary", request.permissions_boundary);
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    TRY(cloud.call<iam::CreateRoleResponse>("iam", "CreateRole", request));
    state.set("id", *request.role_name);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    for (const Record& inline_policy : planned.blocks("inline_policy")) TRY(put_inline(cloud, *request.role_name, inline_policy));
    for (const std::string& arn : planned.texts("managed_policy_arns")) TRY(attach(cloud, *request.role_name, arn));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string name = state.text("id");
    iam::GetRoleRequest request;
    request.role_name = name;
    const auto found = TRY(look_up<iam::GetRoleResponse>(cloud, "iam", "GetRole", request));
    if (!found || !found->role) return false;
    const iam::Role& role = *found->role;
    state.set("name", name);
    set_prefix(state, name);
    state.set("arn", role.arn.value_or(""));
    state.set("unique_id", role.role_id.value_or(""));
    state.set("path", role.path.value_or("/"));
    state.set("create_date", role.create_date ? iso8601(*role.create_date) : "");
    state.set("description", role.description.value_or(""));
    state.set("max_session_duration", role.max_session_duration.value_or(3600));
    set_policy(state, "assume_role_policy", role.assume_role_policy_document);
    if (role.permissions_boundary) state.set("permissions_boundary", role.permissions_boundary->permissions_boundary_arn.value_or(""));
    else state.clear("permissions_boundary");
    state.set("managed_policy_arns", TRY(attached(cloud, name)));
    TRY(read_inline(cloud, name, state));
    set_tags(cloud, state, from_tags(role.tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    const std::string name = prior.text("id");
    if (differs(prior, planned, "assume_role_policy")) {
      iam::UpdateAssumeRolePolicyRequest request;
      request.role_name = name;
      request.policy_document = planned.text("assume_role_policy");
      TRY(cloud.call<iam::UpdateAssumeRolePolicyOutput>("iam", "UpdateAssumeRolePolicy", request));
    }
    if (differs(prior, planned, "description") || differs(prior, planned, "max_session_duration")) {
      iam::UpdateRoleRequest request;
      request.role_name = name;
      request.description = planned.text("description");
      request.max_session_duration = static_cast<int32_t>(planned.number("max_session_duration"));
      TRY(cloud.call<iam::UpdateRoleResponse>("iam", "UpdateRole", request));
    }
    if (differs(prior, planned, "permissions_boundary")) TRY(set_boundary(cloud, name, planned.text("permissions_boundary")));
    if (differs(prior, planned, "inline_policy")) {
      for (const Record& old : prior.blocks("inline_policy")) TRY(delete_inline(cloud, name, old.text("name")));
      for (const Record& now : planned.blocks("inline_policy")) TRY(put_inline(cloud, name, now));
    }
    if (differs(prior, planned, "managed_policy_arns") && planned.has("managed_policy_arns")) {
      const auto before = prior.texts("managed_policy_arns"), after = planned.texts("managed_policy_arns");
      for (const std::string& arn : before) {
        if (std::ranges::find(after, arn) == after.end()) TRY(detach(cloud, name, arn));
      }
      for (const std::string& arn : after) {
        if (std::ranges::find(before, arn) == before.end()) TRY(attach(cloud, name, arn));
      }
    }
    return change_role_tags(cloud, name, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("id");
    for (const Record& inline_policy : state.blocks("inline_policy")) TRY(delete_inline(cloud, name, inline_policy.text("name")));
    if (state.flag("force_detach_policies") || !state.texts("managed_policy_arns").empty()) {  // the provider, too, detaches what it knows of
      const auto still = attached(cloud, name);
      for (const std::string& arn : still.value_or(std::vector<std::string>{})) TRY(detach(cloud, name, arn));
    }
    iam::DeleteRoleRequest request;
    request.role_name = name;
    return delete_when_free(cloud, [&] { return ignore_gone(cloud.call<iam::DeleteRoleOutput>("iam", "DeleteRole", request)); });
  }

 private:
  static Result<void> set_boundary(const Cloud& cloud, const std::string& role, const std::string& arn) {
    if (arn.empty()) {
      iam::DeleteRolePermissionsBoundaryRequest request;
      request.role_name = role;
      return ignore_gone(cloud.call<iam::DeleteRolePermissionsBoundaryOutput>("iam", "DeleteRolePermissionsBoundary", request));
    }
    iam::PutRolePermissionsBoundaryRequest request;
    request.role_name = role;
    request.permissions_boundary = arn;
    TRY(cloud.call<iam::PutRolePermissionsBoundaryOutput>("iam", "PutRolePermissionsBoundary", request));
    return {};
  }
  static Result<void> attach(const Cloud& cloud, const std::string& role, const std::string& arn) {
    iam::AttachRolePolicyRequest request;
    request.role_name = role;
    request.policy_arn = arn;
    TRY(cloud.call<iam::AttachRolePolicyOutput>("iam", "AttachRolePolicy", request));
    return {};
  }
  static Result<void> detach(const Cloud& cloud, const std::string& role, const std::string& arn) {
    iam::DetachRolePolicyRequest request;
    request.role_name = role;
    request.policy_arn = arn;
    return ignore_gone(cloud.call<iam::DetachRolePolicyOutput>("iam", "DetachRolePolicy", request));
  }
  static Result<void> put_inline(const Cloud& cloud, const std::string& role, const Record& policy) {
    iam::PutRolePolicyRequest request;
    request.role_name = role;
    request.policy_name = policy.text("name");
    request.policy_document = policy.text("policy");
    TRY(cloud.call<iam::PutRolePolicyOutput>("iam", "PutRolePolicy", request));
    return {};
  }
  static Result<void> delete_inline(const Cloud& cloud, const std::string& role, const std::string& name) {
    iam::DeleteRolePolicyRequest request;
    request.role_name = role;
    request.policy_name = name;
    return ignore_gone(cloud.call<iam::DeleteRolePolicyOutput>("iam", "DeleteRolePolicy", request));
  }
  static Result<std::vector<std::string>> attached(const Cloud& cloud, const std::string& role) {
    iam::ListAttachedRolePoliciesRequest request;
    request.role_name = role;
    const auto found = TRY(cloud.call<iam::ListAttachedRolePoliciesResponse>("iam", "ListAttachedRolePolicies", request));
    std::vector<std::string> arns;
    for (const auto& policy : found.attached_policies.value_or(std::vector<iam::AttachedPolicy>{})) arns.push_back(policy.policy_arn.value_or(""));
    return arns;
  }
  /// Only the inline policies that are written here; others belong to aws_iam_role_policy.
  static Result<void> read_inline(const Cloud& cloud, const std::string& role, Record& state) {
    std::vector<Record> there;
    for (const Record& written : state.blocks("inline_policy")) {
      iam::GetRolePolicyRequest request;
      request.role_name = role;
      request.policy_name = written.text("name");
      const auto found = TRY(look_up<iam::GetRolePolicyResponse>(cloud, "iam", "GetRolePolicy", request));
      if (!found) continue;
      Record policy = written;
      set_policy(policy, "policy", found->policy_document);
      there.push_back(std::move(policy));
    }
    state.set("inline_policy", there);
    return {};
  }
};

class Policy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("policy_id").read_only(), number("attachment_count").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
                                                        text("path").defaults("/").forces_new(), text("description").forces_new(), policy_text("policy")}});
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreatePolicyRequest request;
    request.policy_name = generated_name(cloud, planned);
    request.path = planned.text("path");
    request.policy_document = planned.text("policy");
    if (!planned.text("description").empty()) request.description = planned.text("description");
    const Pairs tags = planned.pairs("tags_all");
    if (!tags.empty()) request.tags = to_tags<iam::Tag>(tags);
    const auto made = TRY(cloud.call<iam::CreatePolicyResponse>("iam", "CreatePolicy", request));
    state.set("id", made.policy->arn.value_or(""));
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return {};
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::GetPolicyRequest request;
    request.policy_arn = state.text("id");
    const auto found = TRY(look_up<iam::GetPolicyResponse>(cloud, "iam", "GetPolicy", request));
    if (!found || !found->policy) return false;
    const iam::Policy& policy = *found->policy;
    iam::GetPolicyVersionRequest version;
    version.policy_arn = state.text("id");
    version.version_id = policy.default_version_id;
    const auto document = TRY(cloud.call<iam::GetPolicyVersionResponse>("iam", "GetPolicyVersion", version));
    state.set("arn", policy.arn.value_or(""));
    state.set("name", policy.policy_name.value_or(""));
    set_prefix(state, state.text("name"));
    state.set("path", policy.path.value_or("/"));
    state.set("policy_id", policy.policy_id.value_or(""));
    state.set("attachment_count", policy.attachment_count.value_or(0));
    state.set("description", policy.description.value_or(""));
    set_policy(state, "policy", document.policy_version->document);
    set_tags(cloud, state, from_tags(policy.tags));
    return true;
  }
  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (!is_same_json(prior.value("policy"), planned.value("policy"))) TRY(put_version(cloud, prior.text("id"), planned.text("policy")));
    const TagChange change = tag_change(prior, planned);
    if (!change.removed.empty()) {
      iam::UntagPolicyRequest request;
      request.policy_arn = prior.text("id");
      request.tag_keys = change.removed;
      TRY(cloud.call<iam::UntagPolicyOutput>("iam", "UntagPolicy", request));
    }
    if (!change.put.empty()) {
      iam::TagPolicyRequest request;
      request.policy_arn = prior.text("id");
      request.tags = to_tags<iam::Tag>(change.put);
      TRY(cloud.call<iam::TagPolicyOutput>("iam", "TagPolicy", request));
    }
    return {};
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    for (const std::string& version : TRY(old_versions(cloud, state.text("id")))) TRY(delete_version(cloud, state.text("id"), version));
    iam::DeletePolicyRequest request;
    request.policy_arn = state.text("id");
    return delete_when_free(cloud, [&] { return ignore_gone(cloud.call<iam::DeletePolicyOutput>("iam", "DeletePolicy", request)); });
  }

 private:
  /// All but the default one, the oldest first.
  static Result<std::vector<std::string>> old_versions(const Cloud& cloud, const std::string& arn) {
    iam::ListPolicyVersionsRequest request;
    request.policy_arn = arn;
    const auto found = TRY(look_up<iam::ListPolicyVersionsResponse>(cloud, "iam", "ListPolicyVersions", request));
    std::vector<std::pair<WallTime, std::string>> old;
    if (found) {
      for (const auto& version : found->versions.value_or(std::vector<iam::PolicyVersion>{})) {
        if (!version.is_default_version.value_or(false)) old.emplace_back(version.create_date.value_or(WallTime{}), version.version_id.value_or(""));
      }
    }
    std::ranges::stable_sort(old, {}, &std::pair<WallTime, std::string>::first);
    std::vector<std::string> ids;
    for (auto& [date, id] : old) ids.push_back(std::move(id));
    return ids;
  }
  static Result<void> delete_version(const Cloud& cloud, const std::string& arn, const std::string& version) {
    iam::DeletePolicyVersionRequest request;
    request.policy_arn = arn;
    request.version_id = version;
    return ignore_gone(cloud.call<iam::DeletePolicyVersionOutput>("iam", "DeletePolicyVersion", request));
  }
  /// A policy has at most 5 versions (IAM quotas): the oldest makes room.
  static Result<void> put_version(const Cloud& cloud, const std::string& arn, const std::string& document) {
    const std::vector<std::string> old = TRY(old_versions(cloud, arn));
    if (old.size() >= 4) TRY(delete_version(cloud, arn, old.front()));
    iam::CreatePolicyVersionRequest request;
    request.policy_arn = arn;
    request.policy_document = document;
    request.set_as_default = true;
    TRY(cloud.call<iam::CreatePolicyVersionResponse>("iam", "CreatePolicyVersion", request));
    return {};
  }
};

}  // namespace

std::string generated_name(const Cloud& cloud, const Record& planned, const char* prefix) {
  if (planned.has("name")) return planned.text("name");
  return (planned.has("name_prefix") ? planned.text("name_prefix") : prefix) + cloud.ids->hex(26);
}

void set_prefix(Record& state, const std::string& name) {
  constexpr size_t kSuffix = 26;
  if (state.has("name_prefix")) return;
  const bool is_generated = name.size() > kSuffix && name.find_first_not_of("0123456789abcdef", name.size() - kSuffix) == std::string::npos;
  state.set("name_prefix", is_generated ? name.substr(0, name.size() - kSuffix) : "");
}

Attribute policy_text(const char* name) { return text(name).required().same_if(is_same_json); }

void set_policy(Record& state, const char* name, const std::optional<std::string>& document) {
  const Value there = Value::string(percent_decode(document.value_or("")));
  if (!is_same_json(there, state.value(name))) state.set(name, there);
}

std::string check_iam_name(const Value& value) {
  const std::string name = value.as_string();
  const bool is_right = !name.empty() && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_+=,.@-").find(c) != std::string_view::npos; });
  return is_right ? "" : "to be letters, digits, and any of =,.@-_+, got " + name;
}

Result<void> renamed(const Planned& p) {
  if (p.prior == nullptr) return {};
  const bool is_renamed = differs(*p.prior, p.planned, "name");
  if (is_renamed) p.planned.set("id", Value::unknown(Type::string()));
  if (is_renamed || differs(*p.prior, p.planned, "path")) p.planned.set("arn", Value::unknown(Type::string()));
  return {};
}

Result<void> delete_when_free(const Cloud& cloud, const std::function<Result<void>()>& attempt) {
  return cloud.retry_while(std::chrono::seconds(60), [](const Error& e) { return e.code == "DeleteConflict"; }, attempt);
}

Result<void> change_role_tags(const Cloud& cloud, const std::string& name, const Record& prior, const Record& planned) {
  const TagChange change = tag_change(prior, planned);
  if (!change.removed.empty()) {
    iam::UntagRoleRequest request;
    request.role_name = name;
    request.tag_keys = change.removed;
    TRY(cloud.call<iam::UntagRoleOutput>("iam", "UntagRole", request));
  }
  if (!change.put.empty()) {
    iam::TagRoleRequest request;
    request.role_name = name;
    request.tags = to_tags<iam::Tag>(change.put);
    TRY(cloud.call<iam::TagRoleOutput>("iam", "TagRole", request));
  }
  return {};
}

void add_iam(Provider& provider) {
  provider.resources["aws_iam_role"] = std::make_unique<Role>();
  provider.resources["aws_iam_policy"] = std::make_unique<Policy>();
}

}  // namespace landfall::terraform::aws_types
