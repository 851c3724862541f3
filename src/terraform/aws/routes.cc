#include "terraform/aws/routes.h"

#include "base/ip.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

void set_destination(const std::string& destination, auto& request) {
  (destination.starts_with("pl-") ? request.destination_prefix_list_id : request.destination_cidr_block) = destination;
}

template <class Request>
Request route_request(const std::string& table, const std::string& destination, const RouteTarget& target) {
  Request request;
  request.route_table_id = table;
  set_destination(destination, request);
  if (!target.gateway_id.empty()) request.gateway_id = target.gateway_id;
  if (!target.nat_gateway_id.empty()) request.nat_gateway_id = target.nat_gateway_id;
  if (!target.network_interface_id.empty()) request.network_interface_id = target.network_interface_id;
  if (!target.vpc_peering_connection_id.empty()) request.vpc_peering_connection_id = target.vpc_peering_connection_id;
  return request;
}

}  // namespace

RouteTarget target_of(const Record& route) {
  return {.gateway_id = route.text("gateway_id"), .nat_gateway_id = route.text("nat_gateway_id"), .network_interface_id = route.text("network_interface_id"), .vpc_peering_connection_id = route.text("vpc_peering_connection_id")};
}

RouteTarget target_of(const ec2::Route& route) {
  return {.gateway_id = route.gateway_id.value_or(""), .nat_gateway_id = route.nat_gateway_id.value_or(""), .network_interface_id = route.network_interface_id.value_or(""), .vpc_peering_connection_id = route.vpc_peering_connection_id.value_or("")};
}

void tell_target(const ec2::Route& route, Record& state) {
  const RouteTarget target = target_of(route);
  state.set("gateway_id", target.gateway_id);
  state.set("nat_gateway_id", target.nat_gateway_id);
  state.set("network_interface_id", target.network_interface_id);
  state.set("vpc_peering_connection_id", target.vpc_peering_connection_id);
}

std::string destination_of(const ec2::Route& route) { return route.destination_cidr_block ? *route.destination_cidr_block : route.destination_prefix_list_id.value_or(""); }

std::string canonical_block(const std::string& block) {
  const auto parsed = parse_cidr(block);
  return parsed ? to_string(*parsed) : block;
}

bool is_kept_by_aws(const ec2::Route& route) {
  const std::string gateway = route.gateway_id.value_or("");
  return gateway == "local" || route.origin == "EnableVgwRoutePropagation" || (gateway.starts_with("vpce-") && route.destination_prefix_list_id);
}

Result<std::optional<ec2::RouteTable>> find_route_table(const Cloud& cloud, const std::string& id) {
  ec2::DescribeRouteTablesRequest request;
  request.route_table_ids = std::vector<std::string>{id};
  auto found = TRY(look_up<ec2::DescribeRouteTablesResult>(cloud, "ec2", "DescribeRouteTables", request));
  if (!found || !found->route_tables || found->route_tables->empty()) return std::optional<ec2::RouteTable>();
  return std::optional<ec2::RouteTable>(std::move(found->route_tables->front()));
}

Result<void> create_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target) {
  TRY(cloud.call<ec2::CreateRouteResult>("ec2", "CreateRoute", route_request<ec2::CreateRouteRequest>(table, destination, target)));
  return {};
}

Result<void> replace_route(const Cloud& cloud, const std::string& table, const std::string& destination, const RouteTarget& target) {
  TRY(cloud.call<ec2::ReplaceRouteOutput>("ec2", "ReplaceRoute", route_request<ec2::ReplaceRouteRequest>(table, destination, target)));
  return {};
}

Result<void> delete_route(const Cloud& cloud, const std::string& table, const std::string& destination) {
  ec2::DeleteRouteRequest request;
  request.route_table_id = table;
  set_destination(destination, request);
  return ignore_gone(cloud.call<ec2::DeleteRouteOutput>("ec2", "DeleteRoute", request));
}

}  // namespace landfall::terraform::aws_types
