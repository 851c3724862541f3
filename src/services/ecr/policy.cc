#include "services/ecr/support.h"

/// Policies of a repository: who may pull, and which images go with time.
namespace landfall::services::ecr {
namespace {

/// Changes one of the policies; `change` gets the repository and the answer to fill.
template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, Change apply) {
  TRY(check_registry(context, request));
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
      TRY(check_repository_policy("PolicyText", text(r.policy_text)));
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
