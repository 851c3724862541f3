#include "model/unusable_address.h"

#include <algorithm>

namespace landfall::model {

bool is_address_of_balancer(const std::vector<LoadBalancer>& balancers, const TargetGroup& group, std::string_view address) {
  if (is_of_flows(group.protocol)) return false;
  return std::ranges::any_of(balancers, [&](const LoadBalancer& balancer) {
    return balancer.vpc_id == group.vpc_id && std::ranges::find(balancer.nodes, address, &LoadBalancerNode::private_ip) != balancer.nodes.end();
  });
}

}  // namespace landfall::model
