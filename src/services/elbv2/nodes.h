#pragma once

#include <string>
#include <vector>

#include "services/elbv2/support.h"

/// The subnets of load balancers, and in each of them a node.
namespace landfall::services::elbv2 {

/// What a request asks of one subnet.
struct Placing {
  model::Subnet subnet;
  std::string allocation_id{};  ///< Elastic IP of a node that faces the internet
  std::string private_ip{};     ///< of an internal one
};

/// From `subnets` and `mappings` of a request, a subnet once. Of a network load balancer one is enough and its nodes' addresses
/// may be chosen; others need two zones. Sources: ALB and NLB user guides, Availability Zones.
Result<std::vector<Placing>> read_placings(const Transaction& tx, const CallContext& context, const model::LoadBalancer& balancer, const std::optional<std::vector<std::string>>& subnets,
                                           const std::optional<std::vector<shapes::SubnetMapping>>& mappings);

/// An ENI of the balancer in the subnet, with a public address if it faces the internet. Errors "InvalidSubnet": no room for nodes.
Result<model::LoadBalancerNode> make_node(const Deps& deps, Transaction& tx, const model::LoadBalancer& balancer, const Placing& placing);

/// Whether the node is where the request wants it, with the addresses that it names.
bool fits(const Placing& placing, const model::LoadBalancerNode& node);

shapes::AvailabilityZone render_node(const model::LoadBalancerNode& node);

/// "net/NAME/ID" or "app/NAME/ID" of the ARN of a load balancer or of what belongs to one.
std::string arn_tail(const std::string& arn);

}  // namespace landfall::services::elbv2
