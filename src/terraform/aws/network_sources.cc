#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "terraform/aws/ec2.h"
#include "terraform/aws/routes.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {

Error found_not_one(size_t count, const std::string& what) {
  if (count == 0) return {.code = "NotFound", .what = fmt::format("no matching {} found", what)};
  return {.code = "NotUnique", .what = fmt::format("multiple {}s matched ({}); use additional constraints to reduce matches to a single {}", what, count, what)};
}

namespace {

namespace ec2 = aws::ec2;

constexpr const char* kRouteMembers[] = {"cidr_block", "ipv6_cidr_block", "destination_prefix_list_id", "carrier_gateway_id", "core_network_arn", "egress_only_gateway_id", "gateway_id", "instance_id",
                                         "local_gateway_id", "nat_gateway_id", "network_interface_id", "transit_gateway_id", "vpc_endpoint_id", "vpc_peering_connection_id"};
constexpr const char* kAssociationMembers[] = {"route_table_association_id", "route_table_id", "subnet_id", "gateway_id"};
constexpr const char* kAttachmentMembers[] = {"state", "vpc_id"};
constexpr const char* kSubnetFlags[] = {"enable_dns64", "enable_resource_name_dns_a_record_on_launch", "enable_resource_name_dns_aaaa_record_on_launch", "ipv6_native", "map_customer_owned_ip_on_launch"};  // all off
constexpr const char* kBlockMembers[] = {"association_id", "cidr_block", "state"};

/// A read-only list of objects whose members are strings, and `flags`.
Attribute objects(const char* name, std::span<const char* const> texts, std::initializer_list<const char*> flags = {}) {
  std::vector<Type::Attribute> members;
  for (const char* member : texts) members.push_back({.name = member, .type = Type::string()});
  for (const char* member : flags) members.push_back({.name = member, .type = Type::boolean()});
  return of_type(name, Type::list(Type::object(std::move(members)))).read_only();
}

Result<void> read_zones(const Cloud& cloud, Record& state) {
  ec2::DescribeAvailabilityZonesRequest request;
  std::vector<ec2::Filter> filters = filters_of(state, {{"state", "state"}});
  set_filters(request, std::move(filters));
  const auto found = TRY(cloud.call<ec2::DescribeAvailabilityZonesResult>("ec2", "DescribeAvailabilityZones", request));
  std::vector<std::pair<std::string, std::string>> zones;
  const auto excluded = state.texts("exclude_names"), excluded_ids = state.texts("exclude_zone_ids");
  for (const auto& zone : found.availability_zones.value_or(std::vector<ec2::AvailabilityZone>{})) {
    const std::string name = zone.zone_name.value_or(""), id = zone.zone_id.value_or("");
    if (std::ranges::find(excluded, name) == excluded.end() && std::ranges::find(excluded_ids, id) == excluded_ids.end()) zones.emplace_back(name, id);
  }
  std::ranges::sort(zones);
  std::vector<std::string> names, ids;
  for (const auto& [name, id] : zones) {
    names.push_back(name);
    ids.push_back(id);
  }
  state.set("id", cloud.region);
  state.set("names", names);
  state.set("zone_ids", ids);
  state.set("group_names", std::vector<std::string>{cloud.region});
  return {};
}

Result<void> read_vpc(const Cloud& cloud, Record& state) {
  ec2::DescribeVpcsRequest request;
  if (!state.text("id").empty()) request.vpc_ids = std::vector<std::string>{state.text("id")};
  std::vector<ec2::Filter> filters = filters_of(state, {{"cidr_block", "cidr"}, {"state", "state"}});
  if (state.has("default")) filters.push_back(filter("isDefault", state.flag("default") ? "true" : "false"));
  set_filters(request, std::move(filters));
  const auto found = TRY(cloud.call<ec2::DescribeVpcsResult>("ec2", "DescribeVpcs", request));
  const auto vpcs = found.vpcs.value_or(std::vector<ec2::Vpc>{});
  if (vpcs.size() != 1) return fail(found_not_one(vpcs.size(), "EC2 VPC"));
  const ec2::Vpc& vpc = vpcs[0];
  const std::string id = vpc.vpc_id.value_or("");
  state.set("id", id);
  state.set("arn", arn_of(cloud, "ec2", "vpc/" + id));
  state.set("cidr_block", vpc.cidr_block.value_or(""));
  state.set("default", vpc.is_default.value_or(false));
  state.set("state", vpc.state.value_or(""));
  state.set("owner_id", vpc.owner_id.value_or(""));
  state.set("instance_tenancy", vpc.instance_tenancy.value_or(""));
  state.set("dhcp_options_id", vpc.dhcp_options_id.value_or(""));
  state.set("tags", from_tags(vpc.tags));
  state.set("ipv6_association_id", "");
  state.set("ipv6_cidr_block", "");
  state.set("enable_network_address_usage_metrics", false);
  state.set("enable_dns_support", TRY(vpc_dns_attribute(cloud, id, "enableDnsSupport")));
  state.set("enable_dns_hostnames", TRY(vpc_dns_attribute(cloud, id, "enableDnsHostnames")));
  std::vector<Record> blocks;
  for (const auto& association : vpc.cidr_block_association_set.value_or(std::vector<ec2::VpcCidrBlockAssociation>{})) {
    Record& one = blocks.emplace_back();
    one.set("association_id", association.association_id.value_or(""));
    one.set("cidr_block", association.cidr_block.value_or(""));
    one.set("state", association.cidr_block_state ? association.cidr_block_state->state.value_or("") : "");
  }
  state.set("cidr_block_associations", blocks);
  ec2::DescribeRouteTablesRequest tables;
  tables.filters = std::vector<ec2::Filter>{filter("vpc-id", id), filter("association.main", "true")};
  const auto main = TRY(cloud.call<ec2::DescribeRouteTablesResult>("ec2", "DescribeRouteTables", tables));
  state.set("main_route_table_id", main.route_tables && !main.route_tables->empty() ? main.route_tables->front().route_table_id.value_or("") : "");
  return {};
}

Result<std::vector<ec2::Subnet>> find_subnets(const Cloud& cloud, const ec2::DescribeSubnetsRequest& request) {
  return TRY(cloud.call<ec2::DescribeSubnetsResult>("ec2", "DescribeSubnets", request)).subnets.value_or(std::vector<ec2::Subnet>{});
}

Result<void> read_subnet(const Cloud& cloud, Record& state) {
  ec2::DescribeSubnetsRequest request;
  if (!state.text("id").empty()) request.subnet_ids = std::vector<std::string>{state.text("id")};
  auto filters = filters_of(state, {{"vpc_id", "vpc-id"}, {"availability_zone", "availability-zone"}, {"availability_zone_id", "availability-zone-id"}, {"cidr_block", "cidr-block"}, {"state", "state"}});
  if (state.has("default_for_az")) filters.push_back(filter("default-for-az", state.flag("default_for_az") ? "true" : "false"));
  set_filters(request, std::move(filters));
  const auto subnets = TRY(find_subnets(cloud, request));
  if (subnets.size() != 1) return fail(found_not_one(subnets.size(), "EC2 Subnet"));
  const ec2::Subnet& subnet = subnets[0];
  state.set("id", subnet.subnet_id.value_or(""));
  state.set("arn", subnet.subnet_arn.value_or(""));
  state.set("vpc_id", subnet.vpc_id.value_or(""));
  state.set("cidr_block", subnet.cidr_block.value_or(""));
  state.set("availability_zone", subnet.availability_zone.value_or(""));
  state.set("availability_zone_id", subnet.availability_zone_id.value_or(""));
  state.set("available_ip_address_count", subnet.available_ip_address_count.value_or(0));
  state.set("map_public_ip_on_launch", subnet.map_public_ip_on_launch.value_or(false));
  state.set("owner_id", subnet.owner_id.value_or(""));
  state.set("state", subnet.state.value_or(""));
  state.set("default_for_az", subnet.default_for_az.value_or(false));
  state.set("assign_ipv6_address_on_creation", false);
  state.set("ipv6_cidr_block", "");
  state.set("ipv6_cidr_block_association_id", "");
  state.set("private_dns_hostname_type_on_launch", "ip-name");
  for (const char* off : kSubnetFlags) state.set(off, false);
  for (const char* none : {"customer_owned_ipv4_pool", "outpost_arn"}) state.set(none, "");
  state.set("enable_lni_at_device_index", 0);
  state.set("tags", from_tags(subnet.tags));
  return {};
}

Result<void> read_subnets(const Cloud& cloud, Record& state) {
  ec2::DescribeSubnetsRequest request;
  set_filters(request, filters_of(state, {{"vpc_id", "vpc-id"}}));
  std::vector<std::string> ids;
  for (const ec2::Subnet& subnet : TRY(find_subnets(cloud, request))) ids.push_back(subnet.subnet_id.value_or(""));
  if (ids.empty() && state.has("vpc_id")) return fail("NotFound", fmt::format("no matching subnet found for vpc with id {}", state.text("vpc_id")));
  state.set("id", state.has("vpc_id") ? state.text("vpc_id") : cloud.region);
  state.set("ids", ids);
  return {};
}

Result<void> read_security_group(const Cloud& cloud, Record& state) {
  ec2::DescribeSecurityGroupsRequest request;
  if (!state.text("id").empty()) request.group_ids = std::vector<std::string>{state.text("id")};
  set_filters(request, filters_of(state, {{"name", "group-name"}, {"vpc_id", "vpc-id"}}));
  const auto found = TRY(cloud.call<ec2::DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups", request));
  const auto groups = found.security_groups.value_or(std::vector<ec2::SecurityGroup>{});
  if (groups.size() != 1) return fail(found_not_one(groups.size(), "EC2 Security Group"));
  state.set("id", groups[0].group_id.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "security-group/" + state.text("id")));
  state.set("name", groups[0].group_name.value_or(""));
  state.set("vpc_id", groups[0].vpc_id.value_or(""));
  state.set("description", groups[0].description.value_or(""));
  state.set("tags", from_tags(groups[0].tags));
  return {};
}

Result<void> read_internet_gateway(const Cloud& cloud, Record& state) {
  ec2::DescribeInternetGatewaysRequest request;
  if (!state.text("internet_gateway_id").empty()) request.internet_gateway_ids = std::vector<std::string>{state.text("internet_gateway_id")};
  set_filters(request, filters_of(state, {}));
  const auto found = TRY(cloud.call<ec2::DescribeInternetGatewaysResult>("ec2", "DescribeInternetGateways", request));
  const auto gateways = found.internet_gateways.value_or(std::vector<ec2::InternetGateway>{});
  if (gateways.size() != 1) return fail(found_not_one(gateways.size(), "EC2 Internet Gateway"));
  state.set("id", gateways[0].internet_gateway_id.value_or(""));
  state.set("internet_gateway_id", gateways[0].internet_gateway_id.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "internet-gateway/" + state.text("id")));
  state.set("owner_id", gateways[0].owner_id.value_or(""));
  std::vector<Record> attachments;
  for (const auto& attachment : gateways[0].attachments.value_or(std::vector<ec2::InternetGatewayAttachment>{})) {
    attachments.emplace_back().set("state", attachment.state.value_or(""));
    attachments.back().set("vpc_id", attachment.vpc_id.value_or(""));
  }
  state.set("attachments", attachments);
  state.set("tags", from_tags(gateways[0].tags));
  return {};
}

std::vector<Record> routes_told(const ec2::RouteTable& table) {
  std::vector<Record> told;
  for (const ec2::Route& route : table.routes.value_or(std::vector<ec2::Route>{})) {
    if (is_kept_by_aws(route)) continue;
    Record& one = told.emplace_back();
    for (const char* name : kRouteMembers) one.set(name, "");
    one.set("cidr_block", route.destination_cidr_block.value_or(""));
    one.set("destination_prefix_list_id", route.destination_prefix_list_id.value_or(""));
    tell_target(route, one);
  }
  return told;
}

std::vector<Record> associations_told(const ec2::RouteTable& table) {
  std::vector<Record> told;
  for (const auto& association : table.associations.value_or(std::vector<ec2::RouteTableAssociation>{})) {
    Record& one = told.emplace_back();
    one.set("route_table_association_id", association.route_table_association_id.value_or(""));
    one.set("route_table_id", association.route_table_id.value_or(""));
    one.set("subnet_id", association.subnet_id.value_or(""));
    one.set("gateway_id", "");
    one.set("main", association.main.value_or(false));
  }
  return told;
}

Result<void> read_route_table(const Cloud& cloud, Record& state) {
  ec2::DescribeRouteTablesRequest request;
  if (!state.text("route_table_id").empty()) request.route_table_ids = std::vector<std::string>{state.text("route_table_id")};
  set_filters(request, filters_of(state, {{"vpc_id", "vpc-id"}, {"subnet_id", "association.subnet-id"}}));
  const auto found = TRY(cloud.call<ec2::DescribeRouteTablesResult>("ec2", "DescribeRouteTables", request));
  const auto tables = found.route_tables.value_or(std::vector<ec2::RouteTable>{});
  if (tables.size() != 1) return fail(found_not_one(tables.size(), "EC2 Route Table"));
  state.set("id", tables[0].route_table_id.value_or(""));
  state.set("route_table_id", tables[0].route_table_id.value_or(""));
  state.set("vpc_id", tables[0].vpc_id.value_or(""));
  state.set("arn", arn_of(cloud, "ec2", "route-table/" + state.text("id")));
  state.set("owner_id", tables[0].owner_id.value_or(""));
  state.set("routes", routes_told(tables[0]));
  state.set("associations", associations_told(tables[0]));
  state.set("tags", from_tags(tables[0].tags));
  return {};
}

Result<void> read_vpcs(const Cloud& cloud, Record& state) {
  ec2::DescribeVpcsRequest request;
  set_filters(request, filters_of(state, {}));
  const auto found = TRY(cloud.call<ec2::DescribeVpcsResult>("ec2", "DescribeVpcs", request));
  std::vector<std::string> ids;
  for (const auto& vpc : found.vpcs.value_or(std::vector<ec2::Vpc>{})) ids.push_back(vpc.vpc_id.value_or(""));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

}  // namespace

void add_network_sources(Provider& provider) {
  const auto tags = [] { return text_map("tags").computed(); };
  add_source(provider, "aws_availability_zones",
             {.attributes = {text("id").read_only(), text("state").checked(one_of({"available", "information", "impaired", "unavailable"})), text_set("exclude_names"), text_set("exclude_zone_ids"), texts("names").read_only(), texts("zone_ids").read_only(),
                             text_set("group_names").read_only(), refused(flag("all_availability_zones"))}, .blocks = {filter_block()}}, read_zones);
  add_source(provider, "aws_vpc",
             {.attributes = {text("id").computed(), text("arn").read_only(), text("cidr_block").computed(), flag("default").computed(), text("state").computed(), text("owner_id").read_only(), text("instance_tenancy").read_only(), text("dhcp_options_id").computed(),
                             text("main_route_table_id").read_only(), flag("enable_dns_support").read_only(), flag("enable_dns_hostnames").read_only(), flag("enable_network_address_usage_metrics").read_only(), text("ipv6_association_id").read_only(),
                             text("ipv6_cidr_block").read_only(), objects("cidr_block_associations", kBlockMembers), tags()}, .blocks = {filter_block()}}, read_vpc);
  add_source(provider, "aws_vpcs", {.attributes = {text("id").read_only(), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_vpcs);
  Schema of_subnet{.attributes = {text("id").computed(), text("arn").read_only(), text("vpc_id").computed(), text("cidr_block").computed(), text("availability_zone").computed(), text("availability_zone_id").computed(), number("available_ip_address_count").read_only(),
                             flag("map_public_ip_on_launch").read_only(), flag("default_for_az").computed(), flag("assign_ipv6_address_on_creation").read_only(), text("ipv6_cidr_block").read_only(), text("ipv6_cidr_block_association_id").read_only(), text("owner_id").read_only(), text("state").computed(), text("private_dns_hostname_type_on_launch").read_only(), text("customer_owned_ipv4_pool").read_only(),
                             text("outpost_arn").read_only(), number("enable_lni_at_device_index").read_only(), tags()}, .blocks = {filter_block()}};
  for (const char* name : kSubnetFlags) of_subnet.attributes.push_back(flag(name).read_only());
  add_source(provider, "aws_subnet", std::move(of_subnet), read_subnet);
  add_source(provider, "aws_subnets", {.attributes = {text("id").read_only(), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_subnets);
  add_source(provider, "aws_subnet_ids", {.attributes = {text("id").read_only(), text("vpc_id").required(), text_set("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_subnets);
  add_source(provider, "aws_security_group", {.attributes = {text("id").computed(), text("arn").read_only(), text("name").computed(), text("vpc_id").computed(), text("description").read_only(), tags()}, .blocks = {filter_block()}}, read_security_group);
  add_source(provider, "aws_internet_gateway", {.attributes = {text("id").read_only(), text("internet_gateway_id").computed(), text("arn").read_only(), text("owner_id").read_only(), objects("attachments", kAttachmentMembers), tags()}, .blocks = {filter_block()}}, read_internet_gateway);
  add_source(provider, "aws_route_table", {.attributes = {text("id").read_only(), text("route_table_id").computed(), text("vpc_id").computed(), text("subnet_id").computed(), text("arn").read_only(), text("owner_id").read_only(),
                                                           objects("routes", kRouteMembers), objects("associations", kAssociationMembers, {"main"}), refused(text("gateway_id")), tags()}, .blocks = {filter_block()}}, read_route_table);
}

}  // namespace landfall::terraform::aws_types
