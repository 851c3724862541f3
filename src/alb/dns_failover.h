#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/load_balancing.h"

namespace landfall::alb {

/// Of each target, by its key: what the node of each zone finds (TargetState::found).
using Findings = std::map<std::string, std::map<std::string, std::string>>;

/// A target group that a load balancer forwards to, with its targets.
struct UsedGroup {
  model::TargetGroup group;
  std::vector<model::Target> targets;
  Findings findings{};  ///< of what is not in it, all nodes find what the record says

  bool is_healthy(const model::Target& target, const std::string& zone) const;
};

/// Why a zone's node is left out of DNS: too few healthy targets of one group.
struct Shortage {
  std::string group_arn, group_name;
  size_t healthy = 0, registered = 0;
  std::string attribute, threshold;  ///< what is not reached: "target_group_health.dns_failover.…count" and "2"
};

/// Zones of the load balancer whose nodes its name does not lead to, with the first group that falls short. None if that
/// would leave no zone: then all stay (fail open). Pure.
///
/// Each group counts by its own thresholds, either of which is enough; targets of all zones count for a group that serves
/// across zones, those of the zone alone otherwise, as the zone's node finds them. Draining targets are not registered.
/// Source  ALB user guide: Target group health, Availability Zones and load balancer nodes
std::map<std::string, Shortage> zones_out_of_dns(const model::LoadBalancer& balancer, const std::vector<UsedGroup>& groups);

/// The groups that the load balancer's listeners and rules forward to.
std::vector<UsedGroup> used_groups(const model::LoadBalancer& balancer, const std::vector<model::Listener>& listeners,
                                   const std::vector<model::Rule>& rules, const std::vector<model::TargetGroup>& groups,
                                   const std::vector<model::Target>& targets, const Findings& findings = {});

}  // namespace landfall::alb
