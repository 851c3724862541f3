#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "terraform/aws/ec2.h"

/// Routes, as the ways of writing them share them.
namespace landfall::terraform::aws_types {

/// Where a route leads: exactly one of these is set.
struct RouteTarget {
  std::string gateway_id, nat_gateway_id, network_interface_id, vpc_peering_connection_id;
  bool operator==(const RouteTarget&) const = default;
};

/// What VPCs here have no routes to.
inline constexpr std::array kForeignTargets{"carrier_gateway_id", "core_network_arn", "egress_only_gateway_id", "instance_id", "local_gateway_id", "transit_gateway_id", "vpc_endpoint_id"};
inline constexpr std::array kTargets{"gateway_id", "nat_gateway_id", "network_interface_id", "vpc_peering_connection_id"};

RouteTarget target_of(const Record& route);
RouteTarget target_of(const aws::ec2::Route& route);
void tell_target(const aws::ec2::Route& route, Record& state);

/// A block in its one spelling, or a prefix list: how routes of a table are told apart.
std::string destination_of(const aws::ec2::Route& route);
std::string canonical_block(const std::string& block);

/// The VPC's own routes, and those that gateway endpoints keep.
bool is_kept_by_aws(const aws::ec2::Route& route);

Result<std::optional<aws::ec2::RouteTable>> find_route_table(const Cloud& cloud, const std::string& id);
/// `destination`: a block, or the id of a prefix list.
Result<void> create_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target);
Result<void> replace_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target);
Result<void> delete_route(const Cloud& cloud, const std::string& table, const std::string& destination);

}  // namespace landfall::terraform::aws_types
