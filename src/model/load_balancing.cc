#include "model/load_balancing.h"

#include <algorithm>
#include <set>

namespace landfall::model {
namespace {

bool forwards_to(const std::vector<Action>& actions, std::string_view group_arn) {
  return std::ranges::any_of(actions, [&](const Action& action) {
    return std::ranges::any_of(action.target_groups,
                               [&](const WeightedTargetGroup& group) { return group.arn == group_arn; });
  });
}

std::string attribute(const std::map<std::string, std::string>& set,
                      const std::map<std::string, std::string>& defaults, std::string_view name) {
  if (const auto found = set.find(std::string(name)); found != set.end()) return found->second;
  const auto found = defaults.find(std::string(name));
  return found == defaults.end() ? "" : found->second;
}

}  // namespace

bool is_of_flows(std::string_view protocol) { return protocol == "TCP" || protocol == "TLS"; }

bool crosses_zones(const TargetGroup& group, const LoadBalancer& balancer) {
  const std::string own = target_group_attribute(group, "load_balancing.cross_zone.enabled");
  return (own == "use_load_balancer_configuration" ? load_balancer_attribute(balancer, "load_balancing.cross_zone.enabled") : own) == "true";
}

bool is_zone_enabled(const LoadBalancer& balancer, std::string_view zone) {
  return zone.empty() || zone == "all" || std::ranges::any_of(balancer.nodes, [&](const auto& node) { return node.zone == zone; });
}

std::vector<std::string> load_balancers_of(const TargetGroup& group, const std::vector<Listener>& listeners,
                                           const std::vector<Rule>& rules) {
  std::set<std::string> arns;
  for (const Listener& listener : listeners) {
    const bool named_by_rule = std::ranges::any_of(rules, [&](const Rule& rule) {
      return rule.listener_arn == listener.arn && forwards_to(rule.actions, group.arn);
    });
    if (named_by_rule || forwards_to(listener.default_actions, group.arn)) arns.insert(listener.load_balancer_arn);
  }
  return {arns.begin(), arns.end()};
}

std::string target_group_attribute(const TargetGroup& group, std::string_view name) {
  return attribute(group.attributes, target_group_attribute_defaults(group), name);
}

std::string load_balancer_attribute(const LoadBalancer& balancer, std::string_view name) {
  return attribute(balancer.attributes, load_balancer_attribute_defaults(balancer.type), name);
}

}  // namespace landfall::model
