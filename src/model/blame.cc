#include "model/blame.h"

#include <algorithm>

#include <fmt/format.h>

namespace landfall::model {
namespace {

bool leads_to_internet(const NetworkView& view, const RouteTable& table) {
  return std::ranges::any_of(table.routes, [&](const Route& route) {
    return std::ranges::any_of(view.internet_gateways, [&](const InternetGateway& gateway) { return gateway.id == route.gateway_id && gateway.vpc_id == table.vpc_id; });
  });
}

bool is_routed_to(const NetworkView& view, const NatGateway& nat) {
  return std::ranges::any_of(view.route_tables, [&](const RouteTable& table) { return std::ranges::find(table.routes, nat.id, &Route::nat_gateway_id) != table.routes.end(); });
}

}  // namespace

Blame blame_of_useless_nat(const NetworkView& view, const NatGateway& nat, const RouteTable& table) {
  const bool has_way = std::ranges::any_of(view.route_tables, [&](const RouteTable& other) { return other.vpc_id == nat.vpc_id && leads_to_internet(view, other); });
  if (has_way) return {nat.id, "subnet_id", "Create the NAT gateway in a subnet whose route table leads to an internet gateway."};
  if (is_implicit(table, nat.subnet_id)) return {nat.subnet_id, "route_table_association", "Associate the NAT gateway's subnet with a route table that leads to an internet gateway."};
  return {table.id, "route", "Add a default route to the internet gateway to the route table of the NAT gateway's subnet."};
}

Blame blame_of_private_address(const NetworkView& view, const NetworkInterface& interface, const RouteTable& table) {
  for (const NatGateway& nat : view.nat_gateways) {
    if (nat.vpc_id == interface.vpc_id && (nat.state == "available" || nat.state == "pending") && nat.connectivity == "public" && !is_routed_to(view, nat)) return {table.id, "route", fmt::format("Point the route to {}, which no route leads to.", nat.id)};
  }
  return {interface.id, "assign_public_ip", "Set assign_public_ip, or use a subnet that routes to a NAT gateway."};
}

}  // namespace landfall::model
