#include "base/ip.h"
#include "base/text.h"
#include "terraform/aws/routes.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

RouteTarget target_of(const Record& record) { return {.gateway_id = record.text("gateway_id"), .nat_gateway_id = record.text("nat_gateway_id")}; }

class Route final : public ResourceType {
 public:
  const Schema& schema() const override {
    static const Schema schema{.attributes = {
        text("id").read_only(), text("route_table_id").required().forces_new(), text("destination_cidr_block").forces_new(),
        text("gateway_id"), text("nat_gateway_id"), text("origin").read_only(), text("state").read_only(),
        deciding(refused(text("destination_ipv6_cidr_block"))), deciding(refused(text("destination_prefix_list_id"))), deciding(refused(text("egress_only_gateway_id"))), deciding(refused(text("network_interface_id"))),
        deciding(refused(text("transit_gateway_id"))), deciding(refused(text("vpc_endpoint_id"))), deciding(refused(text("vpc_peering_connection_id"))), deciding(refused(text("instance_id"))), deciding(refused(text("carrier_gateway_id"))), deciding(refused(text("core_network_arn"))), deciding(refused(text("local_gateway_id"))),
    }};
    return schema;
  }

  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override {
    const std::string table = planned.text("route_table_id"), destination = planned.text("destination_cidr_block");
    TRY(create_route(cloud, table, destination, target_of(planned)));
    state.set("id", "r-" + table + destination);
    return {};
  }

  Result<bool> read(const Cloud& cloud, Record& state) const override {
    const auto table = TRY(find_route_table(cloud, state.text("route_table_id")));
    const auto wanted = parse_cidr(state.text("destination_cidr_block"));
    if (!table || !table->routes || !wanted) return false;
    for (const ec2::Route& route : *table->routes) {
      if (route.destination_cidr_block.value_or("") != to_string(*wanted) || route.gateway_id.value_or("") == "local") continue;
      state.set("gateway_id", route.gateway_id.value_or(""));
      state.set("nat_gateway_id", route.nat_gateway_id.value_or(""));
      state.set("origin", route.origin.value_or(""));
      state.set("state", route.state.value_or(""));
      return true;
    }
    return false;
  }

  Result<void> update(const Cloud& cloud, const Record& prior, const Record& planned) const override {
    return replace_route(cloud, prior.text("route_table_id"), prior.text("destination_cidr_block"), target_of(planned));
  }

  Result<void> destroy(const Cloud& cloud, const Record& state) const override { return delete_route(cloud, state.text("route_table_id"), state.text("destination_cidr_block")); }

  /// "rtb-1_0.0.0.0/0"
  Result<Record> import(const Cloud&, const std::string& id) const override {
    const size_t bar = id.find('_');
    if (bar == std::string::npos) return fail("Import.Id", "unexpected format for import ID (" + id + "), expected ROUTETABLEID_DESTINATION");
    Record record;
    record.set("route_table_id", id.substr(0, bar));
    record.set("destination_cidr_block", id.substr(bar + 1));
    record.set("id", "r-" + id.substr(0, bar) + id.substr(bar + 1));
    return record;
  }
};

}  // namespace

void add_route(Provider& provider) { provider.resources["aws_route"] = std::make_unique<Route>(); }

}  // namespace landfall::terraform::aws_types
