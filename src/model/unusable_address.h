#pragma once

#include <string_view>
#include <vector>

#include "model/load_balancing.h"

namespace landfall::model {

/// Whether an address is that of a node of one of the load balancers in the group's VPC: it cannot be a target of requests then, and
/// gets neither checks nor traffic. A group of connections may have it: a network load balancer stands in front of another one.
/// Source  ALB user guide, Target groups: Target type; ELBv2 API, TargetHealth: Target.IpUnusable
bool is_address_of_balancer(const std::vector<LoadBalancer>& balancers, const TargetGroup& group, std::string_view address);

}  // namespace landfall::model
