#include "services/elbv2/support.h"

#include <fmt/format.h>

#include "services/elbv2/elbv2.h"

namespace landfall::services::elbv2 {

Result<void> check_name(std::string_view noun, const std::string& name) {
  if (name.size() > kMaxName) return fail("ValidationError", fmt::format("{} name '{}' cannot be longer than '32' characters", noun, name));
  const bool plain = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-'; });
  if (!plain || name.empty()) return fail("ValidationError", fmt::format("{} name '{}' can only contain characters that are alphanumeric characters or hyphens(-)", noun, name));
  if (name.front() == '-' || name.back() == '-') return fail("ValidationError", fmt::format("{} name '{}' cannot begin or end with '-'", noun, name));
  return {};
}

Result<model::Tags> tags_of(const std::optional<std::vector<shapes::Tag>>& tags) {
  model::Tags result;
  for (const auto& tag : list(tags)) {
    if (!result.emplace(text(tag.key), text(tag.value)).second) return fail("DuplicateTagKeys", fmt::format("A tag key was specified more than once: {}", text(tag.key)));
  }
  return result;
}

Result<model::LoadBalancer> balancer_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  return at_arn<model::LoadBalancer>(tx, context, arn, "LoadBalancerNotFound", "One or more load balancers not found");
}
Result<model::Listener> listener_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  return at_arn<model::Listener>(tx, context, arn, "ListenerNotFound", "One or more listeners not found");
}
Result<model::Rule> rule_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  return at_arn<model::Rule>(tx, context, arn, "RuleNotFound", "One or more rules not found");
}
Result<model::TargetGroup> group_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  return at_arn<model::TargetGroup>(tx, context, arn, "TargetGroupNotFound", "One or more target groups not found");
}
Result<model::TrustStore> trust_store_at(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  return at_arn<model::TrustStore>(tx, context, arn, "TrustStoreNotFound", "The specified trust store does not exist.");
}

void register_elbv2(aws::Registry& registry, const Deps& deps) {
  register_load_balancer(registry, deps);
  register_load_balancer_attributes(registry, deps);
  register_target_group(registry, deps);
  register_target(registry, deps);
  register_listener(registry, deps);
  register_listener_certificate(registry, deps);
  register_rule(registry, deps);
  register_tags(registry, deps);
  register_ssl_policies(registry, deps);
  register_account_limits(registry, deps);
  register_trust_store(registry, deps);
  register_trust_store_revocation(registry, deps);
}

}  // namespace landfall::services::elbv2
