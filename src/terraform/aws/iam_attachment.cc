#include <algorithm>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

/// Who a managed policy can be attached to.
struct ToRole {
  static constexpr const char *argument = "role", *arguments = "roles", *noun = "Role";
  using Attach = iam::AttachRolePolicyRequest;
  using AttachAnswer = iam::AttachRolePolicyOutput;
  using Detach = iam::DetachRolePolicyRequest;
  using DetachAnswer = iam::DetachRolePolicyOutput;
  using List = iam::ListAttachedRolePoliciesRequest;
  using ListAnswer = iam::ListAttachedRolePoliciesResponse;
  static auto& holder(auto& request) { return request.role_name; }
};
struct ToUser {
  static constexpr const char *argument = "user", *arguments = "users", *noun = "User";
  using Attach = iam::AttachUserPolicyRequest;
  using AttachAnswer = iam::AttachUserPolicyOutput;
  using Detach = iam::DetachUserPolicyRequest;
  using DetachAnswer = iam::DetachUserPolicyOutput;
  using List = iam::ListAttachedUserPoliciesRequest;
  using ListAnswer = iam::ListAttachedUserPoliciesResponse;
  static auto& holder(auto& request) { return request.user_name; }
};
struct ToGroup {
  static constexpr const char *argument = "group", *arguments = "groups", *noun = "Group";
  using Attach = iam::AttachGroupPolicyRequest;
  using AttachAnswer = iam::AttachGroupPolicyOutput;
  using Detach = iam::DetachGroupPolicyRequest;
  using DetachAnswer = iam::DetachGroupPolicyOutput;
  using List = iam::ListAttachedGroupPoliciesRequest;
  using ListAnswer = iam::ListAttachedGroupPoliciesResponse;
  static auto& holder(auto& request) { return request.group_name; }
};

template <class To>
Result<void> attach(const Cloud& cloud, const std::string& holder, const std::string& arn) {
  typename To::Attach request;
  To::holder(request) = holder;
  request.policy_arn = arn;
  TRY(cloud.call<typename To::AttachAnswer>("iam", fmt::format("Attach{}Policy", To::noun), request));
  return {};
}

template <class To>
Result<void> detach(const Cloud& cloud, const std::string& holder, const std::string& arn) {
  typename To::Detach request;
  To::holder(request) = holder;
  request.policy_arn = arn;
  return ignore_gone(cloud.call<typename To::DetachAnswer>("iam", fmt::format("Detach{}Policy", To::noun), request));
}

/// aws_iam_role_policy_attachment, aws_iam_user_policy_attachment, aws_iam_group_policy_attachment.
template <class To>
class Attachment final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text(To::argument).required().forces_new(), text("policy_arn").required().forces_new()}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string holder = planned.text(To::argument);
    TRY(attach<To>(cloud, holder, planned.text("policy_arn")));
    state.set("id", fmt::format("{}-{}", holder, cloud.ids->digits(26)));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    typename To::List request;
    To::holder(request) = state.text(To::argument);
    for (;;) {
      const auto found = TRY(look_up<typename To::ListAnswer>(cloud, "iam", fmt::format("ListAttached{}Policies", To::noun), request));
      if (!found) return false;
      const auto policies = found->attached_policies.value_or(std::vector<iam::AttachedPolicy>{});
      if (std::ranges::any_of(policies, [&](const auto& policy) { return policy.policy_arn == state.text("policy_arn"); })) return true;
      if (!found->marker) return false;
      request.marker = found->marker;
    }
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return detach<To>(cloud, state.text(To::argument), state.text("policy_arn")); }

  /// "HOLDER/POLICY_ARN"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t slash = id.find('/');
    if (slash == std::string::npos || slash == 0) return fail("Import.Id", fmt::format("unexpected format of ID ({}), expected <{}-name>/<policy_arn>", id, To::argument));
    Record record;
    record.set(To::argument, id.substr(0, slash));
    record.set("policy_arn", id.substr(slash + 1));
    record.set("id", fmt::format("{}-{}", id.substr(0, slash), id.substr(slash + 1)));
    return record;
  }
};

/// aws_iam_policy_attachment: all that a policy is attached to, by one resource alone.
class PolicyAttachment final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("name").required().forces_new(), text("policy_arn").required().forces_new(), text_set("users"), text_set("roles"), text_set("groups")}};
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& p) const override {
    if (p.planned.text("name").empty() && p.planned.value("name").is_known()) return fail("Config.Empty", "expected \"name\" to not be an empty string");
    for (const char* name : {"users", "roles", "groups"}) {
      if (!p.planned.value(name).is_wholly_known() || !p.planned.texts(name).empty()) return {};
    }
    return fail("Config.Missing", fmt::format("No Users, Roles, or Groups specified for IAM Policy Attachment {}", p.planned.text("name")));
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", planned.text("name"));
    return change_all(cloud, Record(), planned, planned.text("policy_arn"));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    iam::ListEntitiesForPolicyRequest request;
    request.policy_arn = state.text("policy_arn");
    const auto found = TRY(look_up<iam::ListEntitiesForPolicyResponse>(cloud, "iam", "ListEntitiesForPolicy", request));
    if (!found) return false;
    std::vector<std::string> users, roles, groups;
    for (const auto& user : found->policy_users.value_or(std::vector<iam::PolicyUser>{})) users.push_back(user.user_name.value_or(""));
    for (const auto& role : found->policy_roles.value_or(std::vector<iam::PolicyRole>{})) roles.push_back(role.role_name.value_or(""));
    for (const auto& group : found->policy_groups.value_or(std::vector<iam::PolicyGroup>{})) groups.push_back(group.group_name.value_or(""));
    state.set("users", users);
    state.set("roles", roles);
    state.set("groups", groups);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return change_all(cloud, prior, planned, prior.text("policy_arn")); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return change_all(cloud, state, Record(), state.text("policy_arn")); }

  Result<Record> import(const Cloud&, const std::string&) const override { return fail("Import.Unsupported", "resource aws_iam_policy_attachment doesn't support import"); }

 private:
  template <class To>
  static Result<void> change(const Cloud& cloud, const Record& prior, const Record& planned, const std::string& arn) {
    const auto before = prior.texts(To::arguments), after = planned.texts(To::arguments);
    for (const std::string& holder : before) {
      if (std::ranges::count(after, holder) == 0) TRY(detach<To>(cloud, holder, arn));
    }
    for (const std::string& holder : after) {
      if (std::ranges::count(before, holder) == 0) TRY(attach<To>(cloud, holder, arn));
    }
    return {};
  }
  static Result<void> change_all(const Cloud& cloud, const Record& prior, const Record& planned, const std::string& arn) {
    TRY(change<ToUser>(cloud, prior, planned, arn));
    TRY(change<ToRole>(cloud, prior, planned, arn));
    return change<ToGroup>(cloud, prior, planned, arn);
  }
};

}  // namespace

void add_iam_attachment(Provider& provider) {
  provider.resources["aws_iam_role_policy_attachment"] = std::make_unique<Attachment<ToRole>>();
  provider.resources["aws_iam_user_policy_attachment"] = std::make_unique<Attachment<ToUser>>();
  provider.resources["aws_iam_group_policy_attachment"] = std::make_unique<Attachment<ToGroup>>();
  provider.resources["aws_iam_policy_attachment"] = std::make_unique<PolicyAttachment>();
}

}  // namespace landfall::terraform::aws_types
