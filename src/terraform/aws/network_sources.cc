#include <algorithm>

#include <fmt/format.h>

#include "terraform/aws/ec2.h"
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

Block filter_block() { return set_block("filter", {.attributes = {text("name").required(), text_set("values").required()}}); }

/// The filters that are written, the tags, and arguments that stand for a filter.
std::vector<ec2::Filter> filters_of(const Record& state, std::initializer_list<std::pair<const char*, const char*>> arguments) {
  std::vector<ec2::Filter> filters;
  for (const Record& written : state.blocks("filter")) {
    ec2::Filter& one = filters.emplace_back();
    one.name = written.text("name");
    one.values = written.texts("values");
  }
  for (const auto& [argument, name] : arguments) {
    if (!state.text(argument).empty()) filters.push_back(filter(name, state.text(argument)));
  }
  for (const auto& [key, value] : state.pairs("tags")) filters.push_back(filter("tag:" + key, value));
  return filters;
}

template <class Request>
void set_filters(Request& request, std::vector<ec2::Filter> filters) {
  if (!filters.empty()) request.filters = std::move(filters);
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
  set_filters(request, filters_of(state, {{"vpc_id", "vpc-id"}, {"availability_zone", "availability-zone"}, {"cidr_block", "cidr-block"}, {"state", "state"}}));
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
  state.set("tags", from_tags(gateways[0].tags));
  return {};
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
                             text("main_route_table_id").read_only(), tags()}, .blocks = {filter_block()}}, read_vpc);
  add_source(provider, "aws_vpcs", {.attributes = {text("id").read_only(), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_vpcs);
  add_source(provider, "aws_subnet",
             {.attributes = {text("id").computed(), text("arn").read_only(), text("vpc_id").computed(), text("cidr_block").computed(), text("availability_zone").computed(), text("availability_zone_id").computed(), number("available_ip_address_count").read_only(),
                             flag("map_public_ip_on_launch").read_only(), text("owner_id").read_only(), text("state").computed(), tags()}, .blocks = {filter_block()}}, read_subnet);
  add_source(provider, "aws_subnets", {.attributes = {text("id").read_only(), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_subnets);
  add_source(provider, "aws_subnet_ids", {.attributes = {text("id").read_only(), text("vpc_id").required(), text_set("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_subnets);
  add_source(provider, "aws_security_group", {.attributes = {text("id").computed(), text("arn").read_only(), text("name").computed(), text("vpc_id").computed(), text("description").read_only(), tags()}, .blocks = {filter_block()}}, read_security_group);
  add_source(provider, "aws_internet_gateway", {.attributes = {text("id").read_only(), text("internet_gateway_id").computed(), text("arn").read_only(), text("owner_id").read_only(), tags()}, .blocks = {filter_block()}}, read_internet_gateway);
  add_source(provider, "aws_route_table", {.attributes = {text("id").read_only(), text("route_table_id").computed(), text("vpc_id").computed(), text("subnet_id").computed(), text("arn").read_only(), text("owner_id").read_only(), tags()}, .blocks = {filter_block()}}, read_route_table);
}

}  // namespace landfall::terraform::aws_types
