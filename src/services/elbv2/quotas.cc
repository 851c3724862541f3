#include "services/elbv2/quotas.h"

#include <map>
#include <set>

#include <fmt/format.h>

namespace landfall::services::elbv2::quotas {
namespace {

using model::Listener;
using model::LoadBalancer;
using model::Rule;
using model::Target;
using model::TargetGroup;

template <class Record, class Is>
size_t number_of(const Transaction& tx, const Is& is) {
  return static_cast<size_t>(std::ranges::count_if(store::all<Record>(tx), is));
}

auto is_own(const CallContext& context) {
  return [&](const auto& record) { return record.account == context.account && record.region == context.region; };
}

std::vector<Listener> listeners_of(const Transaction& tx, const std::string& balancer_arn) {
  auto listeners = store::all<Listener>(tx);
  std::erase_if(listeners, [&](const Listener& listener) { return listener.load_balancer_arn != balancer_arn; });
  return listeners;
}

std::vector<Rule> rules_of(const Transaction& tx, const std::vector<Listener>& listeners) {
  auto rules = store::all<Rule>(tx);
  std::erase_if(rules, [&](const Rule& rule) { return std::ranges::find(listeners, rule.listener_arn, &Listener::arn) == listeners.end(); });
  return rules;
}

/// The target groups that the load balancer's default actions and rules name.
std::set<std::string> groups_of(const Transaction& tx, const std::string& balancer_arn) {
  std::set<std::string> arns;
  const auto add = [&](const std::vector<model::Action>& actions) {
    for (const auto& action : actions) {
      for (const auto& group : action.target_groups) arns.insert(group.arn);
    }
  };
  const auto listeners = listeners_of(tx, balancer_arn);
  for (const Listener& listener : listeners) add(listener.default_actions);
  for (const Rule& rule : rules_of(tx, listeners)) add(rule.actions);
  return arns;
}

/// Those that drain are on their way out and take no place.
std::vector<Target> registered_in(const Transaction& tx, const std::string& group_arn) {
  auto targets = store::all<Target>(tx, group_arn + "#");
  std::erase_if(targets, [](const Target& target) { return target.desired == "draining"; });
  return targets;
}

}  // namespace

Result<void> check_load_balancers(const Transaction& tx, const CallContext& context, std::string_view type) {
  const auto is_ours = is_own(context);
  if (number_of<LoadBalancer>(tx, [&](const LoadBalancer& other) { return is_ours(other) && other.type == type; }) < kLoadBalancers) return {};
  return fail("TooManyLoadBalancers", "The maximum number of load balancers has been reached");
}

Result<void> check_target_groups(const Transaction& tx, const CallContext& context) {
  if (number_of<TargetGroup>(tx, is_own(context)) < kTargetGroups) return {};
  return fail("TooManyTargetGroups", "The maximum number of target groups has been reached");
}

Result<void> check_listeners(const Transaction& tx, const LoadBalancer& balancer) {
  if (listeners_of(tx, balancer.arn).size() < kListeners) return {};
  return fail("TooManyListeners", fmt::format("The maximum number of listeners on load balancer {} has been reached", balancer.arn));
}

Result<void> check_rules(const Transaction& tx, const LoadBalancer& balancer) {
  if (rules_of(tx, listeners_of(tx, balancer.arn)).size() < kRules) return {};
  return fail("TooManyRules", fmt::format("The maximum number of rules on load balancer {} has been reached", balancer.arn));
}

Result<void> check_certificates(const Transaction& tx, const std::string& balancer_arn) {
  size_t count = 0;
  for (const Listener& listener : listeners_of(tx, balancer_arn)) count += static_cast<size_t>(std::ranges::count(listener.certificates, false, &model::ListenerCertificate::is_default));
  return count <= kCertificates ? Result<void>{} : fail("TooManyCertificates", "The maximum number of certificates has been reached");
}

Result<void> check_use(const Transaction& tx, const std::string& balancer_arn) {
  const auto balancer = store::find<LoadBalancer>(tx, balancer_arn);
  if (!balancer || balancer->type != "application") return {};
  const auto groups = groups_of(tx, balancer_arn);
  if (groups.size() > kTargetGroupsInUse) return fail("TooManyUniqueTargetGroupsPerLoadBalancer", fmt::format("You have reached the maximum number of unique target groups that you can associate with a load balancer of type 'application': [{}]", kTargetGroupsInUse));
  size_t targets = 0;
  std::map<std::string, size_t> registrations;
  for (const std::string& group : groups) {
    for (const Target& target : registered_in(tx, group)) {
      ++targets;
      if (++registrations[target.id] > kRegistrations) return fail("TooManyRegistrationsForTargetId", fmt::format("The maximum number of registrations of target '{}' per load balancer '{}' has been reached on load balancer '{}'", target.id, kRegistrations, balancer_arn));
    }
  }
  if (targets > kTargets) return fail("TooManyTargets", fmt::format("The maximum number of targets per load balancer '{}' has been reached on load balancer '{}'", kTargets, balancer_arn));
  return {};
}

Result<void> check_targets(const Transaction& tx, const TargetGroup& group) {
  if (registered_in(tx, group.arn).size() > kTargets) return fail("TooManyTargets", fmt::format("The maximum number of targets per target group '{}' has been reached on target group '{}'", kTargets, group.arn));
  for (const std::string& balancer : model::load_balancers_of(group, store::all<Listener>(tx), store::all<Rule>(tx))) TRY(check_use(tx, balancer));
  return {};
}

}  // namespace landfall::services::elbv2::quotas
