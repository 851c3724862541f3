#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::Route;
using model::RouteTable;

/// The arguments that CreateRoute and ReplaceRoute share.
struct RouteArguments {
  std::string table_id, destination, prefix_list_id, gateway_id, nat_gateway_id, network_interface_id, vpc_peering_connection_id;
};

template <class Request>
RouteArguments arguments_of(const Request& request) {
  return {text(request.route_table_id), text(request.destination_cidr_block), text(request.destination_prefix_list_id), text(request.gateway_id), text(request.nat_gateway_id), text(request.network_interface_id), text(request.vpc_peering_connection_id)};
}

Result<std::string> canonical(const std::string& destination) {
  if (destination.empty()) return fail("MissingParameter", "The request must contain the parameter destinationCidrBlock");
  const auto cidr = parse_cidr(destination);
  if (!cidr) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block.", destination));
  return to_string(*cidr);
}

/// A block, or a prefix list of the customer's.
Result<std::string> destination_of(const Transaction& tx, const CallContext& context, const std::string& block, const std::string& prefix_list_id) {
  if (prefix_list_id.empty()) return canonical(block);
  if (!block.empty()) return fail("InvalidParameterCombination", "The parameters destinationCidrBlock and destinationPrefixListId cannot be used together");
  if (!store::find<model::PrefixList>(tx, key_of(context, prefix_list_id))) return fail("InvalidPrefixListID.NotFound", fmt::format("The prefix list ID '{}' does not exist.", prefix_list_id));
  return prefix_list_id;
}

/// One that is not active yet can be routed to; the route is a blackhole until it is (VPC peering guide, Update your route tables).
Result<void> check_peering(const Deps& deps, const Transaction& tx, const CallContext& context, const RouteTable& table, Route& route) {
  const auto connection = visible_peering(deps, tx, context, route.vpc_peering_connection_id);
  if (!connection) return fail(not_found("InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection", route.vpc_peering_connection_id));
  if (connection->requester.vpc_id != table.vpc_id && connection->accepter.vpc_id != table.vpc_id) {
    return fail("InvalidParameterValue", fmt::format("route table {} and interface {} belong to different networks", table.id, connection->id));
  }
  if (connection->status != "active") route.state = "blackhole";
  return {};
}

/// A user's interface, which nothing attaches here: the route leads nowhere, as with any that is detached (VPC user guide, Route tables).
Result<void> check_interface(const Transaction& tx, const CallContext& context, const RouteTable& table, Route& route) {
  const auto interface = store::find<model::NetworkInterface>(tx, key_of(context, route.network_interface_id));
  if (!interface) return fail(not_found("InvalidNetworkInterfaceID.NotFound", "networkInterface", route.network_interface_id));
  if (interface->vpc_id != table.vpc_id) return fail("InvalidParameterValue", fmt::format("route table {} and interface {} belong to different networks", table.id, interface->id));
  if (!interface->requester_id.empty()) return fail("InvalidParameterValue", fmt::format("invalid value for parameter interface-id: {} belongs to {}", interface->id, interface->requester_id));
  route.state = "blackhole";
  return {};
}

/// One target, which exists and belongs to the table's VPC.
Result<Route> route_of(const Deps& deps, const Transaction& tx, const CallContext& context, const RouteTable& table, const RouteArguments& arguments) {
  auto its_destination = TRY(destination_of(tx, context, arguments.destination, arguments.prefix_list_id));
  Route route{.destination = std::move(its_destination), .gateway_id = arguments.gateway_id, .nat_gateway_id = arguments.nat_gateway_id,
              .network_interface_id = arguments.network_interface_id, .vpc_peering_connection_id = arguments.vpc_peering_connection_id};
  const int targets = !route.gateway_id.empty() + !route.nat_gateway_id.empty() + !route.network_interface_id.empty() + !route.vpc_peering_connection_id.empty();
  if (targets != 1) return fail("MissingParameter", "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId");
  if (!route.gateway_id.empty() && route.gateway_id != "local") {
    const auto gateway = store::find<model::InternetGateway>(tx, key_of(context, route.gateway_id));
    if (!gateway) return fail(not_found("InvalidInternetGatewayID.NotFound", "internetGateway", route.gateway_id));
    if (gateway->vpc_id != table.vpc_id) {
      return fail("InvalidParameterValue", fmt::format("route table {} and network gateway {} belong to different networks", table.id, gateway->id));
    }
  }
  if (!route.nat_gateway_id.empty()) {
    const auto nat = store::find<model::NatGateway>(tx, key_of(context, route.nat_gateway_id));
    if (!nat || nat->state == "deleted") return fail("InvalidNatGatewayID.NotFound", fmt::format("The natGateway ID '{}' does not exist", route.nat_gateway_id));
    if (nat->vpc_id != table.vpc_id) return fail("InvalidParameterValue", fmt::format("route table {} and NAT gateway {} belong to different networks", table.id, nat->id));
  }
  if (!route.vpc_peering_connection_id.empty()) TRY(check_peering(deps, tx, context, table, route));
  if (!route.network_interface_id.empty()) TRY(check_interface(tx, context, table, route));
  return route;
}

Result<RouteTable> table_of(const Transaction& tx, const CallContext& context, const std::string& id) {
  auto table = store::find<RouteTable>(tx, key_of(context, id));
  if (!table) return fail(not_found("InvalidRouteTableID.NotFound", "routeTable", id));
  return std::move(*table);
}

Result<shapes::CreateRouteResult> create(const Deps& deps, const CallContext& context, const shapes::CreateRouteRequest& request) {
  return transact<shapes::CreateRouteResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRouteResult> {
    RouteTable table = TRY(table_of(tx, context, text(request.route_table_id)));
    const Route route = TRY(route_of(deps, tx, context, table, arguments_of(request)));
    const auto existing = std::ranges::find(table.routes, route.destination, &Route::destination);
    if (existing != table.routes.end() && existing->gateway_id == route.gateway_id && existing->nat_gateway_id == route.nat_gateway_id && existing->network_interface_id == route.network_interface_id && existing->vpc_peering_connection_id == route.vpc_peering_connection_id && existing->state == route.state) {
      return shapes::CreateRouteResult{.return_ = true};
    }
    if (existing != table.routes.end()) return fail("RouteAlreadyExists", fmt::format("The route identified by {} already exists", route.destination));
    table.routes.push_back(route);
    store::put(tx, table);
    return shapes::CreateRouteResult{.return_ = true};
  });
}

Result<shapes::ReplaceRouteOutput> replace(const Deps& deps, const CallContext& context, const shapes::ReplaceRouteRequest& request) {
  return transact<shapes::ReplaceRouteOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ReplaceRouteOutput> {
    RouteTable table = TRY(table_of(tx, context, text(request.route_table_id)));
    const Route route = TRY(route_of(deps, tx, context, table, arguments_of(request)));
    const auto existing = std::ranges::find(table.routes, route.destination, &Route::destination);
    if (existing == table.routes.end()) {
      return fail("InvalidParameterValue", fmt::format("There is no route defined for '{}' in the route table. Use CreateRoute instead.", route.destination));
    }
    *existing = route;
    store::put(tx, table);
    return shapes::ReplaceRouteOutput{};
  });
}

Result<shapes::DeleteRouteOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRouteRequest& request) {
  return transact<shapes::DeleteRouteOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRouteOutput> {
    RouteTable table = TRY(table_of(tx, context, text(request.route_table_id)));
    const std::string destination = request.destination_prefix_list_id ? *request.destination_prefix_list_id : TRY(canonical(text(request.destination_cidr_block)));
    const auto existing = std::ranges::find(table.routes, destination, &Route::destination);
    if (existing == table.routes.end()) return fail("InvalidRoute.NotFound", fmt::format("no route with destination-{} {} in route table {}", request.destination_prefix_list_id ? "prefix-list-id" : "cidr-block", destination, table.id));
    if (existing->gateway_id == "local") return fail("InvalidParameterValue", fmt::format("cannot remove local route {} in route table {}", destination, table.id));
    if (existing->gateway_id.starts_with("vpce-")) return fail("InvalidParameterValue", fmt::format("cannot remove VPC endpoint route {} in route table {}", existing->gateway_id, table.id));
    table.routes.erase(existing);
    store::put(tx, table);
    return shapes::DeleteRouteOutput{};
  });
}

}  // namespace

void register_route(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> members{"RouteTableId", "DestinationCidrBlock", "DestinationPrefixListId", "GatewayId", "NatGatewayId", "NetworkInterfaceId", "VpcPeeringConnectionId"};
  registry.add<shapes::CreateRouteRequest, shapes::CreateRouteResult>("ec2", "CreateRoute", members, bind(create));
  registry.add<shapes::ReplaceRouteRequest, shapes::ReplaceRouteOutput>("ec2", "ReplaceRoute", members, bind(replace));
  registry.add<shapes::DeleteRouteRequest, shapes::DeleteRouteOutput>("ec2", "DeleteRoute", {"RouteTableId", "DestinationCidrBlock", "DestinationPrefixListId"}, bind(remove));
}

}  // namespace landfall::services::ec2
