#include <fmt/format.h>

#include "aws/shapes/ecr.h"
#include "base/json.h"
#include "model/storage.h"
#include "services/ecr/ecr.h"
#include "services/ecr/lifecycle.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// Policies of a repository: who may pull, and which images go with time.
namespace landfall::services::ecr {
namespace {

namespace shapes = landfall::aws::ecr;
using aws::CallContext;
using model::Repository;
using store::Transaction;


template <class From>
Result<Repository> repository_named(const From& from, const CallContext& context, const std::optional<std::string>& name) {
  auto repository = store::find<Repository>(from, context.account + "/" + context.region + "/" + text(name));
  if (!repository) return fail("RepositoryNotFoundException", fmt::format("The repository with name '{}' does not exist in the registry with id '{}'", text(name), context.account));
  return std::move(*repository);
}

/// Changes one of the policies; `change` gets the repository and the answer to fill.
template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Repository repository = TRY(repository_named(tx, context, request.repository_name));
    Answer answer{};
    answer.registry_id = context.account;
    answer.repository_name = repository.name;
    TRY(apply(repository, answer));
    store::put(tx, repository);
    return answer;
  });
}

Error no_lifecycle(const Repository& r) { return {.code = "LifecyclePolicyNotFoundException", .what = fmt::format("Lifecycle policy does not exist for the repository with name '{}' in the registry with id '{}'", r.name, r.account)}; }
Error no_policy(const Repository& r) { return {.code = "RepositoryPolicyNotFoundException", .what = fmt::format("Repository policy does not exist for the repository with name '{}' in the registry with id '{}'", r.name, r.account)}; }

}  // namespace

void register_policy(aws::Registry& registry, const Deps& deps) {
  const std::vector<std::string> plain{"registryId", "repositoryName"};
  registry.add<shapes::PutLifecyclePolicyRequest, shapes::PutLifecyclePolicyResponse>("ecr", "PutLifecyclePolicy", {"registryId", "repositoryName", "lifecyclePolicyText"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::PutLifecyclePolicyResponse>(deps, c, r, [&](Repository& repository, auto& answer) -> Result<void> {
      (void)TRY(read_lifecycle(text(r.lifecycle_policy_text)));
      repository.lifecycle_evaluated_at = {};
      answer.lifecycle_policy_text = repository.lifecycle_policy = text(r.lifecycle_policy_text);
      return {};
    });
  });
  registry.add<shapes::GetLifecyclePolicyRequest, shapes::GetLifecyclePolicyResponse>("ecr", "GetLifecyclePolicy", plain, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::GetLifecyclePolicyResponse>(deps, c, r, [&](Repository& repository, auto& answer) -> Result<void> {
      if (repository.lifecycle_policy.empty()) return fail(no_lifecycle(repository));
      answer.lifecycle_policy_text = repository.lifecycle_policy;
      if (repository.lifecycle_evaluated_at) answer.last_evaluated_at = repository.lifecycle_evaluated_at;
      return {};
    });
  });
  registry.add<shapes::DeleteLifecyclePolicyRequest, shapes::DeleteLifecyclePolicyResponse>("ecr", "DeleteLifecyclePolicy", plain, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::DeleteLifecyclePolicyResponse>(deps, c, r, [&](Repository& repository, auto& answer) -> Result<void> {
      if (repository.lifecycle_policy.empty()) return fail(no_lifecycle(repository));
      answer.lifecycle_policy_text = std::exchange(repository.lifecycle_policy, "");
      return {};
    });
  });
  registry.add<shapes::SetRepositoryPolicyRequest, shapes::SetRepositoryPolicyResponse>("ecr", "SetRepositoryPolicy", {"registryId", "repositoryName", "policyText", "force"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::SetRepositoryPolicyResponse>(deps, c, r, [&](Repository& repository, auto& answer) -> Result<void> {
      const auto value = parse_json(text(r.policy_text), "the policy");
      if (!value || !value->is_object() || !value->get_object().contains("Statement")) return fail("InvalidParameterException", "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'");
      answer.policy_text = repository.policy = text(r.policy_text);
      return {};
    });
  });
  registry.add<shapes::GetRepositoryPolicyRequest, shapes::GetRepositoryPolicyResponse>("ecr", "GetRepositoryPolicy", plain, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::GetRepositoryPolicyResponse>(deps, c, r, [&](Repository& repository, auto& answer) -> Result<void> {
      if (repository.policy.empty()) return fail(no_policy(repository));
      answer.policy_text = repository.policy;
      return {};
    });
  });
  registry.add<shapes::DeleteRepositoryPolicyRequest, shapes::DeleteRepositoryPolicyResponse>("ecr", "DeleteRepositoryPolicy", plain, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::DeleteRepositoryPolicyResponse>(deps, c, r, [&](Repository& repository, auto& answer) -> Result<void> {
      if (repository.policy.empty()) return fail(no_policy(repository));
      answer.policy_text = std::exchange(repository.policy, "");
      return {};
    });
  });
}

}  // namespace landfall::services::ecr
