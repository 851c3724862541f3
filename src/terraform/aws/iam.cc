#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "base/text.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

std::string generated_name(const Cloud& cloud, const Record& planned, const char* prefix = "terraform-") {
  if (planned.has("name")) return planned.text("name");
  return (planned.has("name_prefix") ? planned.text("name_prefix") : prefix) + cloud.ids->hex(26);
}

Attribute policy_text(const char* name) { return text(name).required().same_if(is_same_json); }

class Role final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {
        text("id").read_only(), text("arn").read_only(), text("unique_id").read_only(), text("create_date").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(),
        policy_text("assume_role_policy"), text("description"), text("path").defaults("/").forces_new(), number("max_session_duration").defaults(3600).checked(between(3600, 43200)),
        flag("force_detach_policies").defaults(false), refused(text("permissions_boundary")), text_set("managed_policy_arns").computed(),
    }, .blocks = {set_block("inline_policy", {.attributes = {text("name"), text("policy").same_if(is_same_json)}})}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::CreateRoleRequest request;
    request.role_name = generated_name(cloud, planned);
    request.assume_role_policy_document = planned.text("assume_role_policy");
    request.path = planned.text("path");
    if (!planned.text("description").empty()) request.description = planned.text("description");
    request.max_session_duration = static_cast<int32_t>(planned.number("max_session_duration"));
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
    state.set("name", role.role_name.value_or(""));
    state.set("arn", role.arn.value_or(""));
    state.set("unique_id", role.role_id.value_or(""));
    state.set("path", role.path.value_or("/"));
    state.set("create_date", role.create_date ? iso8601(*role.create_date) : "");
    state.set("description", role.description.value_or(""));
    state.set("max_session_duration", role.max_session_duration.value_or(3600));
    const Value policy = Value::string(percent_decode(role.assume_role_policy_document.value_or("")));
    if (!is_same_json(policy, state.value("assume_role_policy"))) state.set("assume_role_policy", policy);
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
    return update_tags(cloud, name, prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string name = state.text("id");
    for (const Record& inline_policy : state.blocks("inline_policy")) TRY(delete_inline(cloud, name, inline_policy.text("name")));
    if (state.flag("force_detach_policies")) {
      const auto still = attached(cloud, name);
      for (const std::string& arn : still.value_or(std::vector<std::string>{})) TRY(detach(cloud, name, arn));
    }
    iam::DeleteRoleRequest request;
    request.role_name = name;
    const auto is_passing = [](const Error& e) { return e.code == "DeleteConflict"; };
    return cloud.retry_while(std::chrono::seconds(60), is_passing, [&] { return ignore_gone(cloud.call<iam::DeleteRoleOutput>("iam", "DeleteRole", request)); });
  }

 private:
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
      const Value document = Value::string(percent_decode(found->policy_document.value_or("")));
      if (!is_same_json(document, written.value("policy"))) policy.set("policy", document);
      there.push_back(std::move(policy));
    }
    state.set("inline_policy", there);
    return {};
  }
  static Result<void> update_tags(const Cloud& cloud, const std::string& name, const Record& prior, const Record& planned) {
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
};

class RolePolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(), text("role").required().forces_new(), policy_text("policy")}};
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string name = generated_name(cloud, planned);
    TRY(put(cloud, planned.text("role"), name, planned.text("policy")));
    state.set("id", planned.text("role") + ":" + name);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return {};
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    iam::GetRolePolicyRequest request;
    request.role_name = id.substr(0, id.find(':'));
    request.policy_name = id.substr(id.find(':') + 1);
    const auto found = TRY(look_up<iam::GetRolePolicyResponse>(cloud, "iam", "GetRolePolicy", request));
    if (!found) return false;
    state.set("role", *request.role_name);
    state.set("name", *request.policy_name);
    const Value document = Value::string(percent_decode(found->policy_document.value_or("")));
    if (!is_same_json(document, state.value("policy"))) state.set("policy", document);
    return true;
  }
  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return put(cloud, prior.text("role"), prior.text("name"), planned.text("policy")); }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DeleteRolePolicyRequest request;
    request.role_name = state.text("role");
    request.policy_name = state.text("name");
    return ignore_gone(cloud.call<iam::DeleteRolePolicyOutput>("iam", "DeleteRolePolicy", request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const std::string& role, const std::string& name, const std::string& policy) {
    iam::PutRolePolicyRequest request;
    request.role_name = role;
    request.policy_name = name;
    request.policy_document = policy;
    TRY(cloud.call<iam::PutRolePolicyOutput>("iam", "PutRolePolicy", request));
    return {};
  }
};

class RolePolicyAttachment final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("role").required().forces_new(), text("policy_arn").required().forces_new()}};
    return schema;
  }
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    iam::AttachRolePolicyRequest request;
    request.role_name = planned.text("role");
    request.policy_arn = planned.text("policy_arn");
    TRY(cloud.call<iam::AttachRolePolicyOutput>("iam", "AttachRolePolicy", request));
    state.set("id", fmt::format("{}-{}", *request.role_name, cloud.ids->digits(26)));
    return {};
  }
  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::ListAttachedRolePoliciesRequest request;
    request.role_name = state.text("role");
    const auto found = TRY(look_up<iam::ListAttachedRolePoliciesResponse>(cloud, "iam", "ListAttachedRolePolicies", request));
    if (!found) return false;
    for (const auto& policy : found->attached_policies.value_or(std::vector<iam::AttachedPolicy>{})) {
      if (policy.policy_arn == state.text("policy_arn")) return true;
    }
    return false;
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::DetachRolePolicyRequest request;
    request.role_name = state.text("role");
    request.policy_arn = state.text("policy_arn");
    return ignore_gone(cloud.call<iam::DetachRolePolicyOutput>("iam", "DetachRolePolicy", request));
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
    state.set("path", policy.path.value_or("/"));
    state.set("policy_id", policy.policy_id.value_or(""));
    state.set("attachment_count", policy.attachment_count.value_or(0));
    state.set("description", policy.description.value_or(""));
    const Value text = Value::string(percent_decode(document.policy_version->document.value_or("")));
    if (!is_same_json(text, state.value("policy"))) state.set("policy", text);
    set_tags(cloud, state, from_tags(policy.tags));
    return true;
  }
  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (!(prior.pairs("tags_all") == planned.pairs("tags_all"))) return fail("Unsupported", "changing the tags of an aws_iam_policy is not supported by Landfall yet");
    iam::CreatePolicyVersionRequest request;
    request.policy_arn = prior.text("id");
    request.policy_document = planned.text("policy");
    request.set_as_default = true;
    TRY(cloud.call<iam::CreatePolicyVersionResponse>("iam", "CreatePolicyVersion", request));
    return {};
  }
  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    iam::ListPolicyVersionsRequest list;
    list.policy_arn = state.text("id");
    const auto versions = TRY(look_up<iam::ListPolicyVersionsResponse>(cloud, "iam", "ListPolicyVersions", list));
    if (!versions) return {};
    for (const auto& version : versions->versions.value_or(std::vector<iam::PolicyVersion>{})) {
      if (version.is_default_version.value_or(false)) continue;
      iam::DeletePolicyVersionRequest old;
      old.policy_arn = state.text("id");
      old.version_id = version.version_id;
      TRY(ignore_gone(cloud.call<iam::DeletePolicyVersionOutput>("iam", "DeletePolicyVersion", old)));
    }
    iam::DeletePolicyRequest request;
    request.policy_arn = state.text("id");
    const auto is_passing = [](const Error& e) { return e.code == "DeleteConflict"; };
    return cloud.retry_while(std::chrono::seconds(60), is_passing, [&] { return ignore_gone(cloud.call<iam::DeletePolicyOutput>("iam", "DeletePolicy", request)); });
  }
};

}  // namespace

void add_iam(Provider& provider) {
  provider.resources["aws_iam_role"] = std::make_unique<Role>();
  provider.resources["aws_iam_role_policy"] = std::make_unique<RolePolicy>();
  provider.resources["aws_iam_role_policy_attachment"] = std::make_unique<RolePolicyAttachment>();
  provider.resources["aws_iam_policy"] = std::make_unique<Policy>();
}

}  // namespace landfall::terraform::aws_types
