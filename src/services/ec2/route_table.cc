#include <algorithm>

#include <fmt/format.h>

#include "model/addressing.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::RouteTable;
using model::RouteTableAssociation;

std::optional<std::string> some(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); }

shapes::RouteTable render(const RouteTable& table) {
  shapes::RouteTable out{.associations = std::vector<shapes::RouteTableAssociation>{}, .owner_id = table.account, .propagating_vgws = std::vector<shapes::PropagatingVgw>{},
                         .route_table_id = table.id, .routes = std::vector<shapes::Route>{}, .tags = tag_list(table.tags), .vpc_id = table.vpc_id};
  for (const auto& a : table.associations) {
    out.associations->push_back({.association_state = shapes::RouteTableAssociationState{.state = "associated"}, .main = a.is_main,
                                 .route_table_association_id = a.id, .route_table_id = table.id, .subnet_id = some(a.subnet_id)});
  }
  for (const auto& r : table.routes) {
    const bool is_list = r.destination.starts_with("pl-");
    out.routes->push_back({.destination_cidr_block = is_list ? std::nullopt : std::optional(r.destination), .destination_prefix_list_id = is_list ? std::optional(r.destination) : std::nullopt, .gateway_id = some(r.gateway_id), .nat_gateway_id = some(r.nat_gateway_id),
                           .network_interface_id = some(r.network_interface_id), .origin = r.origin, .state = r.state, .vpc_peering_connection_id = some(r.vpc_peering_connection_id)});
  }
  return out;
}

Error missing(const std::string& id) { return not_found("InvalidRouteTableID.NotFound", "routeTable", id); }

Result<shapes::CreateRouteTableResult> create(const Deps& deps, const CallContext& context, const shapes::CreateRouteTableRequest& request) {
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "route-table"));
  return transact<shapes::CreateRouteTableResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateRouteTableResult> {
    const auto vpc = store::find<model::Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    RouteTable table{.account = context.account, .region = context.region, .id = deps.ids.ec2("rtb"), .vpc_id = vpc->id, .tags = tags};
    for (const Cidr& range : ranges_of(*vpc)) table.routes.push_back({.destination = to_string(range), .gateway_id = "local", .origin = "CreateRouteTable"});
    store::put(tx, table);
    return shapes::CreateRouteTableResult{.route_table = render(table)};
  });
}

Result<shapes::DeleteRouteTableOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteRouteTableRequest& request) {
  return transact<shapes::DeleteRouteTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteRouteTableOutput> {
    const auto table = store::find<RouteTable>(tx, key_of(context, text(request.route_table_id)));
    if (!table) return fail(missing(text(request.route_table_id)));
    if (!table->associations.empty()) return fail("DependencyViolation", fmt::format("The routeTable '{}' has dependencies and cannot be deleted.", table->id));
    store::erase<RouteTable>(tx, table->key());
    for (model::VpcEndpoint endpoint : store::all<model::VpcEndpoint>(tx, scope(context))) {
      if (std::erase(endpoint.route_table_ids, table->id) > 0) store::put(tx, endpoint);
    }
    return shapes::DeleteRouteTableOutput{};
  });
}

Result<shapes::DescribeRouteTablesResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeRouteTablesRequest& request) {
  static const std::vector<std::string_view> known{"route-table-id", "vpc-id", "owner-id", "association.route-table-association-id", "association.subnet-id", "association.main",
                                                   "association.route-table-id", "route.destination-cidr-block", "route.gateway-id", "route.nat-gateway-id", "route.vpc-peering-connection-id", "route.state", "route.origin",
                                                   "association.gateway-id", "route.destination-ipv6-cidr-block", "route.destination-prefix-list-id", "route.egress-only-internet-gateway-id", "route.instance-id", "route.transit-gateway-id"};
  auto chosen = TRY(select<RouteTable>(deps, context, request.route_table_ids, request.filters, known, "InvalidRouteTableID.NotFound", "routeTable", [](const RouteTable& t) {
    Facts facts{{"route-table-id", t.id}, {"vpc-id", t.vpc_id}, {"owner-id", t.account}};
    for (const auto& a : t.associations) {
      facts.insert({{"association.route-table-association-id", a.id}, {"association.main", flag(a.is_main)}, {"association.route-table-id", t.id}});
      if (!a.subnet_id.empty()) facts.insert({"association.subnet-id", a.subnet_id});
    }
    for (const auto& r : t.routes) {
      facts.insert({{r.destination.starts_with("pl-") ? "route.destination-prefix-list-id" : "route.destination-cidr-block", r.destination}, {"route.gateway-id", r.gateway_id}, {"route.nat-gateway-id", r.nat_gateway_id}, {"route.vpc-peering-connection-id", r.vpc_peering_connection_id}, {"route.state", r.state}, {"route.origin", r.origin}});
    }
    return facts;
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeRouteTablesResult result{.next_token = token_of(answer.next), .route_tables = std::vector<shapes::RouteTable>{}};
  for (const auto& table : answer.items) result.route_tables->push_back(render(table));
  return result;
}

Result<shapes::AssociateRouteTableResult> associate(const Deps& deps, const CallContext& context, const shapes::AssociateRouteTableRequest& request) {
  return transact<shapes::AssociateRouteTableResult>(deps.store, [&](Transaction& tx) -> Result<shapes::AssociateRouteTableResult> {
    auto table = store::find<RouteTable>(tx, key_of(context, text(request.route_table_id)));
    if (!table) return fail(missing(text(request.route_table_id)));
    const auto subnet = store::find<model::Subnet>(tx, key_of(context, text(request.subnet_id)));
    if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", text(request.subnet_id)));
    if (subnet->vpc_id != table->vpc_id) return fail("InvalidParameterValue", fmt::format("Route table {} and subnet {} belong to different networks", table->id, subnet->id));
    for (const RouteTable& other : store::all<RouteTable>(tx, scope(context))) {
      for (const auto& a : other.associations) {
        if (a.subnet_id != subnet->id) continue;
        if (other.id == table->id) {
          return shapes::AssociateRouteTableResult{.association_id = a.id, .association_state = shapes::RouteTableAssociationState{.state = "associated"}};
        }
        return fail("Resource.AlreadyAssociated", fmt::format("the specified association for route table {} conflicts with an existing association", table->id));
      }
    }
    table->associations.push_back({.id = deps.ids.ec2("rtbassoc"), .subnet_id = subnet->id});
    store::put(tx, *table);
    return shapes::AssociateRouteTableResult{.association_id = table->associations.back().id, .association_state = shapes::RouteTableAssociationState{.state = "associated"}};
  });
}

/// The table that holds an association, with the association's place in it.
std::optional<std::pair<RouteTable, size_t>> holder_of(const Transaction& tx, const CallContext& context, const std::string& association_id) {
  for (const RouteTable& table : store::all<RouteTable>(tx, scope(context))) {
    for (size_t i = 0; i < table.associations.size(); ++i) {
      if (table.associations[i].id == association_id) return std::pair(table, i);
    }
  }
  return std::nullopt;
}

Error no_association(const std::string& id) { return not_found("InvalidAssociationID.NotFound", "association", id); }

Result<shapes::DisassociateRouteTableOutput> disassociate(const Deps& deps, const CallContext& context, const shapes::DisassociateRouteTableRequest& request) {
  return transact<shapes::DisassociateRouteTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DisassociateRouteTableOutput> {
    auto held = holder_of(tx, context, text(request.association_id));
    if (!held) return fail(no_association(text(request.association_id)));
    auto& [table, at] = *held;
    if (table.associations[at].is_main) return fail("InvalidParameterValue", fmt::format("cannot disassociate the main route table association {}", table.associations[at].id));
    table.associations.erase(table.associations.begin() + static_cast<long>(at));
    store::put(tx, table);
    return shapes::DisassociateRouteTableOutput{};
  });
}

/// Also how another table becomes the main one (EC2 API, ReplaceRouteTableAssociation).
Result<shapes::ReplaceRouteTableAssociationResult> replace(const Deps& deps, const CallContext& context, const shapes::ReplaceRouteTableAssociationRequest& request) {
  return transact<shapes::ReplaceRouteTableAssociationResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ReplaceRouteTableAssociationResult> {
    auto held = holder_of(tx, context, text(request.association_id));
    if (!held) return fail(no_association(text(request.association_id)));
    auto& [from, at] = *held;
    RouteTableAssociation moved = from.associations[at];
    from.associations.erase(from.associations.begin() + static_cast<long>(at));
    store::put(tx, from);
    auto to = store::find<RouteTable>(tx, key_of(context, text(request.route_table_id)));
    if (!to) return fail(missing(text(request.route_table_id)));
    if (to->vpc_id != from.vpc_id) return fail("InvalidParameterValue", fmt::format("Route table {} belongs to another network than {}", to->id, from.id));
    moved.id = deps.ids.ec2("rtbassoc");
    to->associations.push_back(moved);
    store::put(tx, *to);
    if (moved.is_main) {
      store::update<model::Vpc>(tx, key_of(context, to->vpc_id), [&](model::Vpc& vpc) { vpc.main_route_table_id = to->id; });
    }
    return shapes::ReplaceRouteTableAssociationResult{.association_state = shapes::RouteTableAssociationState{.state = "associated"}, .new_association_id = moved.id};
  });
}

}  // namespace

void register_route_table(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateRouteTableRequest, shapes::CreateRouteTableResult>("ec2", "CreateRouteTable", {"VpcId", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteRouteTableRequest, shapes::DeleteRouteTableOutput>("ec2", "DeleteRouteTable", {"RouteTableId"}, bind(remove));
  registry.add<shapes::DescribeRouteTablesRequest, shapes::DescribeRouteTablesResult>("ec2", "DescribeRouteTables", {"RouteTableIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
  registry.add<shapes::AssociateRouteTableRequest, shapes::AssociateRouteTableResult>("ec2", "AssociateRouteTable", {"RouteTableId", "SubnetId"}, bind(associate));
  registry.add<shapes::DisassociateRouteTableRequest, shapes::DisassociateRouteTableOutput>("ec2", "DisassociateRouteTable", {"AssociationId"}, bind(disassociate));
  registry.add<shapes::ReplaceRouteTableAssociationRequest, shapes::ReplaceRouteTableAssociationResult>("ec2", "ReplaceRouteTableAssociation", {"AssociationId", "RouteTableId"}, bind(replace));
}

}  // namespace landfall::services::ec2
