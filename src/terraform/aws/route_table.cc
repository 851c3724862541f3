#include <map>

#include <fmt/format.h>

#include "base/ip.h"
#include "terraform/aws/routes.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;
using Routes = std::map<std::string, RouteTarget>;

Type route_type() {
  std::vector<Type::Attribute> members;
  for (const char* name : {"cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"}) members.push_back({.name = name, .type = Type::string()});
  for (const char* name : kTargets) members.push_back({.name = name, .type = Type::string()});
  for (const char* name : kForeignTargets) members.push_back({.name = name, .type = Type::string()});
  return Type::object(std::move(members));
}

/// What of a route Landfall's VPCs cannot do.
std::string uncarried_part(const Record& route) {
  if (!route.text("ipv6_cidr_block").empty()) return "ipv6_cidr_block";
  for (const char* name : kForeignTargets) {
    if (!route.text(name).empty()) return name;
  }
  return "";
}

std::string check_routes(const Value& routes) {
  Record holder;
  holder.set("route", routes);
  for (const Record& route : holder.blocks("route")) {
    if (const std::string part = uncarried_part(route); !part.empty()) return fmt::format("to have no {}: Landfall does not support it yet", part);
    if (!route.text("cidr_block").empty() && !parse_cidr(route.text("cidr_block"))) return "to have IPv4 blocks as cidr_block, got " + route.text("cidr_block");
  }
  return "";
}

Routes routes_of(const Record& record) {
  Routes routes;
  for (const Record& route : record.blocks("route")) {
    const std::string list = route.text("destination_prefix_list_id");
    routes[list.empty() ? canonical_block(route.text("cidr_block")) : list] = target_of(route);
  }
  return routes;
}

std::vector<Record> to_records(const ec2::RouteTable& table) {
  std::vector<Record> records;
  const Type members = route_type();
  for (const ec2::Route& route : table.routes.value_or(std::vector<ec2::Route>{})) {
    if (is_kept_by_aws(route)) continue;
    Record record;
    for (const auto& member : members.attributes()) record.set(member.name, "");
    record.set("cidr_block", route.destination_cidr_block.value_or(""));
    record.set("destination_prefix_list_id", route.destination_prefix_list_id.value_or(""));
    tell_target(route, record);
    records.push_back(std::move(record));
  }
  return records;
}

Result<void> change_routes(const Cloud& cloud, const std::string& table, const Routes& before, const Routes& after) {
  for (const auto& [destination, target] : before) {
    if (!after.contains(destination)) TRY(delete_route(cloud, table, destination));
  }
  for (const auto& [destination, target] : after) {
    const auto old = before.find(destination);
    if (old == before.end()) TRY(create_route(cloud, table, destination, target));
    else if (!(old->second == target)) TRY(replace_route(cloud, table, destination, target));
  }
  return {};
}

Attribute route_attribute() {
  return of_type("route", Type::set(route_type())).computed().blocks().checked(check_routes).carried_if([](const Value& route) { return uncarried_part(Record(route)).empty(); }).same_if([](const Value& there, const Value& wanted) {
    Record a, b;
    a.set("route", there);
    b.set("route", wanted);
    return routes_of(a) == routes_of(b);
  });
}

class RouteTable : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("vpc_id").required().forces_new(), route_attribute(),
                                                        refused(text_set("propagating_vgws"))}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    ec2::CreateRouteTableRequest request;
    request.vpc_id = planned.text("vpc_id");
    request.tag_specifications = tag_specifications<ec2::TagSpecification, ec2::Tag>("route-table", planned);
    const auto made = TRY(cloud.call<ec2::CreateRouteTableResult>("ec2", "CreateRouteTable", request));
    state.set("id", made.route_table->route_table_id.value_or(""));
    return change_routes(cloud, state.text("id"), {}, routes_of(planned));
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto table = TRY(find_route_table(cloud, state.text("id")));
    if (!table) return false;
    state.set("vpc_id", table->vpc_id.value_or(""));
    state.set("owner_id", table->owner_id.value_or(""));
    state.set("arn", arn_of(cloud, "ec2", "route-table/" + state.text("id")));
    state.set("route", to_records(*table));
    set_tags(cloud, state, from_tags(table->tags));
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    if (planned.has("route")) TRY(change_routes(cloud, prior.text("id"), routes_of(prior), routes_of(planned)));
    return update_ec2_tags(cloud, prior.text("id"), prior, planned);
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override {
    const std::string id = state.text("id");
    const auto table = TRY(find_route_table(cloud, id));
    if (!table) return {};
    for (const auto& association : table->associations.value_or(std::vector<ec2::RouteTableAssociation>{})) {
      ec2::DisassociateRouteTableRequest request;
      request.association_id = association.route_table_association_id;
      TRY(ignore_gone(cloud.call<ec2::DisassociateRouteTableOutput>("ec2", "DisassociateRouteTable", request)));
    }
    ec2::DeleteRouteTableRequest request;
    request.route_table_id = id;
    return cloud.retry_while(kEmptying, is_in_use, [&] { return ignore_gone(cloud.call<ec2::DeleteRouteTableOutput>("ec2", "DeleteRouteTable", request)); });
  }
};

/// The table that came with the VPC: taken over, its routes made those that are written; given back as it is.
class DefaultRouteTable final : public RouteTable {
 public:
  const Schema& schema() const override {
    static const Schema schema = tagged({.attributes = {text("id").read_only(), text("arn").read_only(), text("owner_id").read_only(), text("vpc_id").read_only(),
                                                        text("default_route_table_id").required().forces_new(), route_attribute(), refused(text_set("propagating_vgws"))}});
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    state.set("id", planned.text("default_route_table_id"));
    Record there = state;
    if (!TRY(RouteTable::read(cloud, there))) return fail("InvalidRouteTableID.NotFound", "the route table " + state.text("id") + " does not exist");
    if (planned.has("route")) TRY(change_routes(cloud, state.text("id"), routes_of(there), routes_of(planned)));
    return update_ec2_tags(cloud, state.text("id"), there, planned);
  }

  Result<void> destroy(const Cloud&, const Record&) const override { return {}; }
};

}  // namespace

void add_route_table(Provider& provider) {
  provider.resources["aws_route_table"] = std::make_unique<RouteTable>();
  provider.resources["aws_default_route_table"] = std::make_unique<DefaultRouteTable>();
}

}  // namespace landfall::terraform::aws_types
