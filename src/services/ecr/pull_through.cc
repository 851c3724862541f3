#include "services/ecr/support.h"

/// Pull through cache rules, of which there are none: nothing is fetched from other registries, and CreatePullThroughCacheRule is
/// refused by name.
namespace landfall::services::ecr {
namespace {

std::unexpected<Error> no_rule(const CallContext& context, const std::optional<std::string>& prefix) {
  return fail("PullThroughCacheRuleNotFoundException", fmt::format("The Pull Through Cache Rule with prefix '{}' does not exist in the registry with id '{}'", text(prefix), context.account));
}

Result<shapes::DescribePullThroughCacheRulesResponse> describe(const Deps&, const CallContext& context, const shapes::DescribePullThroughCacheRulesRequest& request) {
  if (request.ecr_repository_prefixes && !request.ecr_repository_prefixes->empty()) return no_rule(context, request.ecr_repository_prefixes->front());
  return shapes::DescribePullThroughCacheRulesResponse{.pull_through_cache_rules = std::vector<shapes::PullThroughCacheRule>{}};
}

}  // namespace

void register_pull_through(aws::Registry& registry, const Deps& deps) {
  const auto bind = binder(deps);
  registry.add<shapes::DescribePullThroughCacheRulesRequest, shapes::DescribePullThroughCacheRulesResponse>("ecr", "DescribePullThroughCacheRules", {"*"}, bind(describe));
  registry.add<shapes::UpdatePullThroughCacheRuleRequest, shapes::UpdatePullThroughCacheRuleResponse>("ecr", "UpdatePullThroughCacheRule", {"*"}, [](const CallContext& c, const auto& r) -> Result<shapes::UpdatePullThroughCacheRuleResponse> { return no_rule(c, r.ecr_repository_prefix); });
  registry.add<shapes::DeletePullThroughCacheRuleRequest, shapes::DeletePullThroughCacheRuleResponse>("ecr", "DeletePullThroughCacheRule", {"*"}, [](const CallContext& c, const auto& r) -> Result<shapes::DeletePullThroughCacheRuleResponse> { return no_rule(c, r.ecr_repository_prefix); });
  registry.add<shapes::ValidatePullThroughCacheRuleRequest, shapes::ValidatePullThroughCacheRuleResponse>("ecr", "ValidatePullThroughCacheRule", {"*"}, [](const CallContext& c, const auto& r) -> Result<shapes::ValidatePullThroughCacheRuleResponse> { return no_rule(c, r.ecr_repository_prefix); });
}

}  // namespace landfall::services::ecr
