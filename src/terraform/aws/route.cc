#include <algorithm>

#include "terraform/aws/exactly_one.h"
#include "terraform/aws/routes.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

constexpr const char* kDestinations[] = {"destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"};

/// As the API tells it: a block in its one spelling, or a prefix list.
std::string destination_in(const Record& record) {
  const std::string list = record.text("destination_prefix_list_id");
  return list.empty() ? canonical_block(record.text("destination_cidr_block")) : list;
}

void set_destination(Record& record, const std::string& destination) { record.set(destination.starts_with("pl-") ? "destination_prefix_list_id" : "destination_cidr_block", destination); }

class Route final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema = [] {
      Schema made{.attributes = {text("id").read_only(), text("route_table_id").required().forces_new(), text("destination_cidr_block").forces_new(), text("destination_prefix_list_id").forces_new(), text("gateway_id"), text("nat_gateway_id"),
                                 text("network_interface_id").computed(), text("vpc_peering_connection_id"), text("origin").read_only(), text("state").read_only(), text("instance_owner_id").read_only(), deciding(refused(text("destination_ipv6_cidr_block")))}};
      for (const char* name : kForeignTargets) made.attributes.push_back(deciding(refused(text(name))));
      return made;
    }();
    return schema;
  }

  Result<void> adjust(const Cloud&, const Planned& change) const override {
    TRY(exactly_one(change.config, kDestinations));
    TRY(exactly_one(change.config, kTargets));
    // An interface that was the target is none where another target is written.
    if (change.prior != nullptr && change.config.value("network_interface_id").is_null()) change.planned.set("network_interface_id", "");
    return {};
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string table = planned.text("route_table_id"), destination = destination_in(planned);
    TRY(create_route(cloud, table, destination, target_of(planned)));
    state.set("id", "r-" + table + destination);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto table = TRY(find_route_table(cloud, state.text("route_table_id")));
    const std::string wanted = destination_in(state);
    if (!table || !table->routes) return false;
    const auto route = std::ranges::find_if(*table->routes, [&](const ec2::Route& one) { return destination_of(one) == wanted && one.gateway_id.value_or("") != "local"; });
    if (route == table->routes->end()) return false;
    tell_target(*route, state);
    state.set("origin", route->origin.value_or(""));
    state.set("state", route->state.value_or(""));
    state.set("instance_owner_id", "");
    return true;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override { return replace_route(cloud, prior.text("route_table_id"), destination_in(prior), target_of(planned)); }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return delete_route(cloud, state.text("route_table_id"), destination_in(state)); }

  /// "rtb-1_0.0.0.0/0"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t bar = id.find('_');
    if (bar == std::string::npos) return fail("Import.Id", "unexpected format for import ID (" + id + "), expected ROUTETABLEID_DESTINATION");
    Record record;
    record.set("route_table_id", id.substr(0, bar));
    set_destination(record, id.substr(bar + 1));
    record.set("id", "r-" + id.substr(0, bar) + id.substr(bar + 1));
    return record;
  }
};

bool has_in_source(std::string_view target) { return target != "vpc_endpoint_id"; }

/// data aws_route: the one of a table with all that is asked for.
Result<void> read_source(const Cloud& cloud, Record& state) {
  const auto table = TRY(find_route_table(cloud, state.text("route_table_id")));
  if (!table) return fail(found_not_one(0, "EC2 Route Table"));
  std::vector<Record> fitting;
  for (const ec2::Route& route : table->routes.value_or(std::vector<ec2::Route>{})) {
    Record one = state;
    for (const char* name : kDestinations) one.set(name, "");
    for (const char* name : kForeignTargets) {
      if (has_in_source(name)) one.set(name, "");
    }
    if (!destination_of(route).empty()) set_destination(one, destination_of(route));
    tell_target(route, one);
    const auto fits = [&](const char* name) { return state.text(name).empty() || state.text(name) == one.text(name); };
    if (!is_kept_by_aws(route) && std::ranges::all_of(kDestinations, fits) && std::ranges::all_of(kTargets, fits) && std::ranges::all_of(kForeignTargets, fits)) fitting.push_back(std::move(one));
  }
  if (fitting.size() != 1) return fail(found_not_one(fitting.size(), "EC2 Route"));
  state = std::move(fitting[0]);
  state.set("id", "r-" + state.text("route_table_id") + destination_in(state));
  return {};
}

Schema source_schema() {
  Schema schema{.attributes = {text("id").read_only(), text("route_table_id").required()}};
  for (const char* name : kDestinations) schema.attributes.push_back(text(name).computed());
  for (const char* name : kTargets) schema.attributes.push_back(text(name).computed());
  for (const char* name : kForeignTargets) {
    if (has_in_source(name)) schema.attributes.push_back(text(name).computed());
  }
  return schema;
}

}  // namespace

void add_route(Provider& provider) {
  provider.resources["aws_route"] = std::make_unique<Route>();
  add_source(provider, "aws_route", source_schema(), read_source);
}

}  // namespace landfall::terraform::aws_types
