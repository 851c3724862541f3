#include <string>

#include "aws/shapes/iam.h"
#include "terraform/aws/iam.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace iam = aws::iam;

/// Who can have policies of their own.
struct OfRole {
  static constexpr const char *argument = "role", *noun = "Role";
  using Put = iam::PutRolePolicyRequest;
  using PutAnswer = iam::PutRolePolicyOutput;
  using Get = iam::GetRolePolicyRequest;
  using GetAnswer = iam::GetRolePolicyResponse;
  using Delete = iam::DeleteRolePolicyRequest;
  using DeleteAnswer = iam::DeleteRolePolicyOutput;
  static auto& holder(auto& request) { return request.role_name; }
};
struct OfUser {
  static constexpr const char *argument = "user", *noun = "User";
  using Put = iam::PutUserPolicyRequest;
  using PutAnswer = iam::PutUserPolicyOutput;
  using Get = iam::GetUserPolicyRequest;
  using GetAnswer = iam::GetUserPolicyResponse;
  using Delete = iam::DeleteUserPolicyRequest;
  using DeleteAnswer = iam::DeleteUserPolicyOutput;
  static auto& holder(auto& request) { return request.user_name; }
};
struct OfGroup {
  static constexpr const char *argument = "group", *noun = "Group";
  using Put = iam::PutGroupPolicyRequest;
  using PutAnswer = iam::PutGroupPolicyOutput;
  using Get = iam::GetGroupPolicyRequest;
  using GetAnswer = iam::GetGroupPolicyResponse;
  using Delete = iam::DeleteGroupPolicyRequest;
  using DeleteAnswer = iam::DeleteGroupPolicyOutput;
  static auto& holder(auto& request) { return request.group_name; }
};

/// aws_iam_role_policy, aws_iam_user_policy, aws_iam_group_policy. The id is "HOLDER:NAME".
template <class Of>
class InlinePolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {text("id").read_only(), text("name").computed().forces_new(), text("name_prefix").computed().forces_new(), text(Of::argument).required().forces_new(), policy_text("policy")}};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string holder = planned.text(Of::argument), name = generated_name(cloud, planned);
    TRY(put(cloud, holder, name, planned.text("policy")));
    state.set("id", holder + ":" + name);
    if (!planned.has("name_prefix")) state.set("name_prefix", "");
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const std::string id = state.text("id");
    typename Of::Get request;
    Of::holder(request) = id.substr(0, id.find(':'));
    request.policy_name = id.substr(id.find(':') + 1);
    const auto found = TRY(look_up<typename Of::GetAnswer>(cloud, "iam", operation("Get"), request));
    if (!found) return false;
    state.set(Of::argument, *Of::holder(request));
    state.set("name", *request.policy_name);
    set_prefix(state, *request.policy_name);
    set_policy(state, "policy", found->policy_document);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return put(cloud, prior.text(Of::argument), prior.text("name"), planned.text("policy")); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    typename Of::Delete request;
    Of::holder(request) = state.text(Of::argument);
    request.policy_name = state.text("name");
    return ignore_gone(cloud.call<typename Of::DeleteAnswer>("iam", operation("Delete"), request));
  }

 private:
  static std::string operation(const char* verb) { return std::string(verb) + Of::noun + "Policy"; }

  static Result<void> put(const Cloud& cloud, const std::string& holder, const std::string& name, const std::string& policy) {
    typename Of::Put request;
    Of::holder(request) = holder;
    request.policy_name = name;
    request.policy_document = policy;
    TRY(cloud.call<typename Of::PutAnswer>("iam", operation("Put"), request));
    return {};
  }
};

}  // namespace

void add_iam_inline_policy(Provider& provider) {
  provider.resources["aws_iam_role_policy"] = std::make_unique<InlinePolicy<OfRole>>();
  provider.resources["aws_iam_user_policy"] = std::make_unique<InlinePolicy<OfUser>>();
  provider.resources["aws_iam_group_policy"] = std::make_unique<InlinePolicy<OfGroup>>();
}

}  // namespace landfall::terraform::aws_types
