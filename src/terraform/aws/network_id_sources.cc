#include "terraform/aws/ec2.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

Result<void> read_network_acls(const Cloud& cloud, Record& state) {
  ec2::DescribeNetworkAclsRequest request;
  set_filters(request, filters_of(state, {{"vpc_id", "vpc-id"}}));
  const auto found = TRY(cloud.call<ec2::DescribeNetworkAclsResult>("ec2", "DescribeNetworkAcls", request));
  std::vector<std::string> ids;
  for (const auto& acl : found.network_acls.value_or(std::vector<ec2::NetworkAcl>{})) ids.push_back(acl.network_acl_id.value_or(""));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

Result<void> read_route_tables(const Cloud& cloud, Record& state) {
  ec2::DescribeRouteTablesRequest request;
  set_filters(request, filters_of(state, {{"vpc_id", "vpc-id"}}));
  const auto found = TRY(cloud.call<ec2::DescribeRouteTablesResult>("ec2", "DescribeRouteTables", request));
  std::vector<std::string> ids;
  for (const auto& table : found.route_tables.value_or(std::vector<ec2::RouteTable>{})) ids.push_back(table.route_table_id.value_or(""));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

Result<void> read_security_groups(const Cloud& cloud, Record& state) {
  ec2::DescribeSecurityGroupsRequest request;
  set_filters(request, filters_of(state, {}));
  const auto found = TRY(cloud.call<ec2::DescribeSecurityGroupsResult>("ec2", "DescribeSecurityGroups", request));
  std::vector<std::string> ids, vpcs, arns;
  for (const auto& group : found.security_groups.value_or(std::vector<ec2::SecurityGroup>{})) {
    ids.push_back(group.group_id.value_or(""));
    vpcs.push_back(group.vpc_id.value_or(""));
    arns.push_back(arn_of(cloud, "ec2", "security-group/" + ids.back()));
  }
  state.set("id", cloud.region);
  state.set("ids", ids);
  state.set("vpc_ids", vpcs);
  state.set("arns", arns);
  return {};
}

Result<std::vector<ec2::NatGateway>> find_nat_gateways(const Cloud& cloud, const Record& state, const std::string& id) {
  ec2::DescribeNatGatewaysRequest request;
  if (!id.empty()) request.nat_gateway_ids = std::vector<std::string>{id};
  auto filters = filters_of(state, {{"vpc_id", "vpc-id"}, {"subnet_id", "subnet-id"}, {"state", "state"}});
  if (!filters.empty()) request.filter = std::move(filters);
  return TRY(cloud.call<ec2::DescribeNatGatewaysResult>("ec2", "DescribeNatGateways", request)).nat_gateways.value_or(std::vector<ec2::NatGateway>{});
}

Result<void> read_nat_gateway(const Cloud& cloud, Record& state) {
  const auto found = TRY(find_nat_gateways(cloud, state, state.text("id")));
  if (found.size() != 1) return fail(found_not_one(found.size(), "EC2 NAT Gateway"));
  const ec2::NatGateway& gateway = found[0];
  const ec2::NatGatewayAddress address = gateway.nat_gateway_addresses && !gateway.nat_gateway_addresses->empty() ? gateway.nat_gateway_addresses->front() : ec2::NatGatewayAddress{};
  state.set("id", gateway.nat_gateway_id.value_or(""));
  state.set("vpc_id", gateway.vpc_id.value_or(""));
  state.set("subnet_id", gateway.subnet_id.value_or(""));
  state.set("state", gateway.state.value_or(""));
  state.set("connectivity_type", gateway.connectivity_type.value_or("public"));
  state.set("allocation_id", address.allocation_id.value_or(""));
  state.set("association_id", address.association_id.value_or(""));
  state.set("network_interface_id", address.network_interface_id.value_or(""));
  state.set("private_ip", address.private_ip.value_or(""));
  state.set("public_ip", address.public_ip.value_or(""));
  state.set("secondary_allocation_ids", std::vector<std::string>{});
  state.set("secondary_private_ip_addresses", std::vector<std::string>{});
  state.set("tags", from_tags(gateway.tags));
  return {};
}

Result<void> read_nat_gateways(const Cloud& cloud, Record& state) {
  std::vector<std::string> ids;
  for (const auto& gateway : TRY(find_nat_gateways(cloud, state, ""))) ids.push_back(gateway.nat_gateway_id.value_or(""));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

}  // namespace

void add_network_id_sources(Provider& provider) {
  const auto tags = [] { return text_map("tags").computed(); };
  add_source(provider, "aws_network_acls", {.attributes = {text("id").read_only(), text("vpc_id"), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_network_acls);
  add_source(provider, "aws_route_tables", {.attributes = {text("id").read_only(), text("vpc_id"), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_route_tables);
  add_source(provider, "aws_security_groups", {.attributes = {text("id").read_only(), texts("ids").read_only(), texts("vpc_ids").read_only(), texts("arns").read_only(), tags()}, .blocks = {filter_block()}}, read_security_groups);
  add_source(provider, "aws_nat_gateways", {.attributes = {text("id").read_only(), text("vpc_id"), texts("ids").read_only(), tags()}, .blocks = {filter_block()}}, read_nat_gateways);
  add_source(provider, "aws_nat_gateway",
             {.attributes = {text("id").computed(), text("vpc_id").computed(), text("subnet_id").computed(), text("state").computed(), text("connectivity_type").read_only(), text("allocation_id").read_only(), text("association_id").read_only(),
                             text("network_interface_id").read_only(), text("private_ip").read_only(), text("public_ip").read_only(), text_set("secondary_allocation_ids").read_only(), text_set("secondary_private_ip_addresses").read_only(), tags()},
              .blocks = {filter_block()}}, read_nat_gateway);
}

}  // namespace landfall::terraform::aws_types
