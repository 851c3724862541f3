#include "alb/dns_failover.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace landfall::alb {
namespace {

constexpr std::string_view kThreshold = "target_group_health.dns_failover.minimum_healthy_targets.";

std::optional<Shortage> shortage_in(const UsedGroup& used, const model::LoadBalancer& balancer, const std::string& zone) {
  const bool stays_in_zone = !model::crosses_zones(used.group, balancer);
  Shortage found{.group_arn = used.group.arn, .group_name = used.group.name, .attribute = {}, .threshold = {}};
  for (const model::Target& target : used.targets) {
    const bool is_elsewhere = stays_in_zone && target.zone != zone && !target.zone.empty() && target.zone != "all";
    if (is_elsewhere || target.desired == "draining") continue;
    ++found.registered;
    if (used.is_healthy(target, zone)) ++found.healthy;
  }
  for (const std::string_view unit : {"count", "percentage"}) {
    found.attribute = std::string(kThreshold) + std::string(unit);
    found.threshold = model::target_group_attribute(used.group, found.attribute);
    const auto wanted = static_cast<size_t>(std::atoi(found.threshold.c_str()));  // "off" is 0
    if (unit == "count" ? found.healthy < wanted : found.healthy * 100 < wanted * found.registered) return found;
  }
  return std::nullopt;
}

}  // namespace

bool UsedGroup::is_healthy(const model::Target& target, const std::string& zone) const {
  const auto of_target = findings.find(target.key());
  if (of_target == findings.end() || !of_target->second.contains(zone)) return target.state == "healthy";
  return of_target->second.at(zone) == "healthy";
}

std::map<std::string, Shortage> zones_out_of_dns(const model::LoadBalancer& balancer, const std::vector<UsedGroup>& groups) {
  std::map<std::string, Shortage> out;
  for (const auto& node : balancer.nodes) {
    for (const UsedGroup& used : groups) {
      if (auto found = shortage_in(used, balancer, node.zone)) {
        out.emplace(node.zone, std::move(*found));
        break;
      }
    }
  }
  if (std::ranges::all_of(balancer.nodes, [&](const auto& node) { return out.contains(node.zone); })) out.clear();
  return out;
}

std::vector<UsedGroup> used_groups(const model::LoadBalancer& balancer, const std::vector<model::Listener>& listeners,
                                   const std::vector<model::Rule>& rules, const std::vector<model::TargetGroup>& groups,
                                   const std::vector<model::Target>& targets, const Findings& findings) {
  std::vector<UsedGroup> used;
  for (const model::TargetGroup& group : groups) {
    const auto users = model::load_balancers_of(group, listeners, rules);
    if (std::ranges::count(users, balancer.arn) == 0) continue;
    UsedGroup& made = used.emplace_back(UsedGroup{.group = group, .targets = {}, .findings = findings});
    std::ranges::copy_if(targets, std::back_inserter(made.targets), [&](const model::Target& target) { return target.target_group_arn == group.arn; });
  }
  return used;
}

}  // namespace landfall::alb
