#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "aws/shapes/iam.h"
#include "terraform/aws/more_types.h"
#include "terraform/aws/types.h"

/// All the policies that a role, user or group has, by one resource alone: others are taken away. What is missing of inline
/// policies is not made, since only its name is known; destroying the resource leaves everything as it is.
namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;
using Texts = std::set<std::string>;

struct OfRole {
  static constexpr const char *argument = "role_name", *noun = "Role";
  using List = iam::ListRolePoliciesRequest;
  using ListAnswer = iam::ListRolePoliciesResponse;
  using Delete = iam::DeleteRolePolicyRequest;
  using DeleteAnswer = iam::DeleteRolePolicyOutput;
  using ListAttached = iam::ListAttachedRolePoliciesRequest;
  using ListAttachedAnswer = iam::ListAttachedRolePoliciesResponse;
  using Attach = iam::AttachRolePolicyRequest;
  using AttachAnswer = iam::AttachRolePolicyOutput;
  using Detach = iam::DetachRolePolicyRequest;
  using DetachAnswer = iam::DetachRolePolicyOutput;
  static auto& holder(auto& request) { return request.role_name; }
};
struct OfUser {
  static constexpr const char *argument = "user_name", *noun = "User";
  using List = iam::ListUserPoliciesRequest;
  using ListAnswer = iam::ListUserPoliciesResponse;
  using Delete = iam::DeleteUserPolicyRequest;
  using DeleteAnswer = iam::DeleteUserPolicyOutput;
  using ListAttached = iam::ListAttachedUserPoliciesRequest;
  using ListAttachedAnswer = iam::ListAttachedUserPoliciesResponse;
  using Attach = iam::AttachUserPolicyRequest;
  using AttachAnswer = iam::AttachUserPolicyOutput;
  using Detach = iam::DetachUserPolicyRequest;
  using DetachAnswer = iam::DetachUserPolicyOutput;
  static auto& holder(auto& request) { return request.user_name; }
};
struct OfGroup {
  static constexpr const char *argument = "group_name", *noun = "Group";
  using List = iam::ListGroupPoliciesRequest;
  using ListAnswer = iam::ListGroupPoliciesResponse;
  using Delete = iam::DeleteGroupPolicyRequest;
  using DeleteAnswer = iam::DeleteGroupPolicyOutput;
  using ListAttached = iam::ListAttachedGroupPoliciesRequest;
  using ListAttachedAnswer = iam::ListAttachedGroupPoliciesResponse;
  using Attach = iam::AttachGroupPolicyRequest;
  using AttachAnswer = iam::AttachGroupPolicyOutput;
  using Detach = iam::DetachGroupPolicyRequest;
  using DetachAnswer = iam::DetachGroupPolicyOutput;
  static auto& holder(auto& request) { return request.group_name; }
};

/// Nothing: the holder is gone.
template <class Answer, class Request>
Result<std::optional<Texts>> list(const Cloud& cloud, const std::string& operation, Request request, void (*add)(const Answer&, Texts&)) {
  Texts all;
  do {
    const auto page = TRY(look_up<Answer>(cloud, "iam", operation, request));
    if (!page) return std::optional<Texts>();
    add(*page, all);
    request.marker = page->marker;
  } while (request.marker);
  return std::optional(std::move(all));
}

/// One set of texts under a holder.
class Exclusive : public ResourceType {
 public:
  Exclusive(const char* holder, const char* texts) : holder_(holder), texts_(texts), schema_{.attributes = {text(holder).required().forces_new(), text_set(texts).required()}, .is_exact = true} {}
  const Schema& schema() const override { return schema_; }

  Result<void> create(const Cloud& cloud, const Record& planned, Record&) const override { return make_so(cloud, planned); }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto there = TRY(all_of(cloud, state.text(holder_)));
    if (there) state.set(texts_, std::vector<std::string>(there->begin(), there->end()));
    return there.has_value();
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return make_so(cloud, planned); }
  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }

  Result<Record> import(const Cloud&, const std::string& id) const override {
    Record record;
    record.set(holder_, id);
    return record;
  }

 private:
  virtual Result<std::optional<Texts>> all_of(const Cloud& cloud, const std::string& holder) const = 0;
  virtual Result<void> add(const Cloud& cloud, const std::string& holder, const std::string& one) const = 0;
  virtual Result<void> remove(const Cloud& cloud, const std::string& holder, const std::string& one) const = 0;

  Result<void> make_so(const Cloud& cloud, const Record& planned) const {
    const std::string holder = planned.text(holder_);
    const std::vector<std::string> list = planned.texts(texts_);
    const Texts wanted(list.begin(), list.end());
    const auto there = TRY(all_of(cloud, holder));
    if (!there) return fail("NoSuchEntity", fmt::format("the {} {} does not exist", holder_, holder));
    for (const std::string& one : wanted) {
      if (!there->contains(one)) TRY(add(cloud, holder, one));
    }
    for (const std::string& one : *there) {
      if (!wanted.contains(one)) TRY(remove(cloud, holder, one));
    }
    return {};
  }

  const char *holder_, *texts_;
  Schema schema_;
};

template <class Of>
class ExclusivePolicies final : public Exclusive {
 public:
  ExclusivePolicies() : Exclusive(Of::argument, "policy_names") {}

 private:
  Result<std::optional<Texts>> all_of(const Cloud& cloud, const std::string& holder) const override {
    typename Of::List request;
    Of::holder(request) = holder;
    return list<typename Of::ListAnswer>(cloud, fmt::format("List{}Policies", Of::noun), request, [](const typename Of::ListAnswer& page, Texts& all) {
      for (const std::string& name : page.policy_names.value_or(std::vector<std::string>{})) all.insert(name);
    });
  }

  Result<void> add(const Cloud&, const std::string&, const std::string&) const override { return {}; }

  Result<void> remove(const Cloud& cloud, const std::string& holder, const std::string& name) const override {
    typename Of::Delete request;
    Of::holder(request) = holder;
    request.policy_name = name;
    return ignore_gone(cloud.call<typename Of::DeleteAnswer>("iam", fmt::format("Delete{}Policy", Of::noun), request));
  }
};

template <class Of>
class ExclusiveAttachments final : public Exclusive {
 public:
  ExclusiveAttachments() : Exclusive(Of::argument, "policy_arns") {}

 private:
  Result<std::optional<Texts>> all_of(const Cloud& cloud, const std::string& holder) const override {
    typename Of::ListAttached request;
    Of::holder(request) = holder;
    return list<typename Of::ListAttachedAnswer>(cloud, fmt::format("ListAttached{}Policies", Of::noun), request, [](const typename Of::ListAttachedAnswer& page, Texts& all) {
      for (const auto& policy : page.attached_policies.value_or(std::vector<iam::AttachedPolicy>{})) all.insert(policy.policy_arn.value_or(""));
    });
  }

  Result<void> add(const Cloud& cloud, const std::string& holder, const std::string& arn) const override {
    typename Of::Attach request;
    Of::holder(request) = holder;
    request.policy_arn = arn;
    TRY(cloud.call<typename Of::AttachAnswer>("iam", fmt::format("Attach{}Policy", Of::noun), request));
    return {};
  }

  Result<void> remove(const Cloud& cloud, const std::string& holder, const std::string& arn) const override {
    typename Of::Detach request;
    Of::holder(request) = holder;
    request.policy_arn = arn;
    return ignore_gone(cloud.call<typename Of::DetachAnswer>("iam", fmt::format("Detach{}Policy", Of::noun), request));
  }
};

}  // namespace

void add_iam_exclusive(Provider& provider) {
  provider.resources["aws_iam_role_policies_exclusive"] = std::make_unique<ExclusivePolicies<OfRole>>();
  provider.resources["aws_iam_user_policies_exclusive"] = std::make_unique<ExclusivePolicies<OfUser>>();
  provider.resources["aws_iam_group_policies_exclusive"] = std::make_unique<ExclusivePolicies<OfGroup>>();
  provider.resources["aws_iam_role_policy_attachments_exclusive"] = std::make_unique<ExclusiveAttachments<OfRole>>();
  provider.resources["aws_iam_user_policy_attachments_exclusive"] = std::make_unique<ExclusiveAttachments<OfUser>>();
  provider.resources["aws_iam_group_policy_attachments_exclusive"] = std::make_unique<ExclusiveAttachments<OfGroup>>();
}

}  // namespace landfall::terraform::aws_types
