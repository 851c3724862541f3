#pragma once

#include <optional>
#include <string>

#include "terraform/aws/ec2.h"

/// Routes, as the two ways of writing them share them.
namespace landfall::terraform::aws_types {

/// Where a route leads: exactly one of these is set.
struct RouteTarget {
  std::string gateway_id, nat_gateway_id;
  bool operator==(const RouteTarget&) const = default;
};

Result<std::optional<aws::ec2::RouteTable>> find_route_table(const Cloud& cloud, const std::string& id);
Result<void> create_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target);
Result<void> replace_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target);
Result<void> delete_route(const Cloud& cloud, const std::string& table, const std::string& destination);

}  // namespace landfall::terraform::aws_types
