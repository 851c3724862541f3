#include "aws/shapes/ecr.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ecr = aws::ecr;

/// What a policy of a repository is: when images go, or who may pull them.
struct Lifecycle {
  static constexpr bool is_replaced = true;  ///< a change makes a new one (provider, aws_ecr_lifecycle_policy)
  static constexpr const char *put = "PutLifecyclePolicy", *get = "GetLifecyclePolicy", *remove = "DeleteLifecyclePolicy";
  using Put = ecr::PutLifecyclePolicyRequest;
  using PutAnswer = ecr::PutLifecyclePolicyResponse;
  using Get = ecr::GetLifecyclePolicyRequest;
  using GetAnswer = ecr::GetLifecyclePolicyResponse;
  using Delete = ecr::DeleteLifecyclePolicyRequest;
  using DeleteAnswer = ecr::DeleteLifecyclePolicyResponse;
  static auto& document(auto& message) { return message.lifecycle_policy_text; }
};
struct Access {
  static constexpr bool is_replaced = false;
  static constexpr const char *put = "SetRepositoryPolicy", *get = "GetRepositoryPolicy", *remove = "DeleteRepositoryPolicy";
  using Put = ecr::SetRepositoryPolicyRequest;
  using PutAnswer = ecr::SetRepositoryPolicyResponse;
  using Get = ecr::GetRepositoryPolicyRequest;
  using GetAnswer = ecr::GetRepositoryPolicyResponse;
  using Delete = ecr::DeleteRepositoryPolicyRequest;
  using DeleteAnswer = ecr::DeleteRepositoryPolicyResponse;
  static auto& document(auto& message) { return message.policy_text; }
};

/// aws_ecr_lifecycle_policy, aws_ecr_repository_policy. The id is the repository's name.
template <class Kind>
class RepositoryPolicy final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Attribute policy = text("policy").required().same_if(is_same_json).checked(check_json);
      policy.is_forced_new = Kind::is_replaced;
      return Schema{.attributes = {text("id").read_only(), text("registry_id").read_only(), text("repository").required().forces_new(), std::move(policy)}};
    }();
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    TRY(put(cloud, planned));
    state.set("id", planned.text("repository"));
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    typename Kind::Get request;
    request.repository_name = state.text("id");
    const auto found = TRY(look_up<typename Kind::GetAnswer>(cloud, "ecr", Kind::get, request));
    if (!found) return false;
    state.set("repository", found->repository_name.value_or(""));
    state.set("registry_id", found->registry_id.value_or(""));
    const Value document = Value::string(Kind::document(*found).value_or(""));
    if (!is_same_json(document, state.value("policy"))) state.set("policy", document);
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    typename Kind::Delete request;
    request.repository_name = state.text("id");
    return ignore_gone(cloud.call<typename Kind::DeleteAnswer>("ecr", Kind::remove, request));
  }

 private:
  static Result<void> put(const Cloud& cloud, const Record& planned) {
    typename Kind::Put request;
    request.repository_name = planned.text("repository");
    Kind::document(request) = planned.text("policy");
    TRY(cloud.call<typename Kind::PutAnswer>("ecr", Kind::put, request));
    return {};
  }
};

}  // namespace

void add_ecr_policy(Provider& provider) {
  provider.resources["aws_ecr_lifecycle_policy"] = std::make_unique<RepositoryPolicy<Lifecycle>>();
  provider.resources["aws_ecr_repository_policy"] = std::make_unique<RepositoryPolicy<Access>>();
}

}  // namespace landfall::terraform::aws_types
