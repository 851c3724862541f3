#include "terraform/aws/more_types.h"
#include "terraform/aws/peering.h"
#include "terraform/aws/sources.h"
#include "terraform/aws/tags.h"
#include "terraform/aws/types.h"

/// data aws_vpc_peering_connection and aws_vpc_peering_connections.
namespace landfall::terraform::aws_types {
namespace {

namespace ec2 = aws::ec2;

/// The names that attributes of one side have.
struct SideNames {
  const char *vpc, *owner, *block, *blocks, *ipv6_blocks, *region, *options;
};
constexpr SideNames kRequester{"vpc_id", "owner_id", "cidr_block", "cidr_block_set", "ipv6_cidr_block_set", "region", "requester"};
constexpr SideNames kAccepter{"peer_vpc_id", "peer_owner_id", "peer_cidr_block", "peer_cidr_block_set", "peer_ipv6_cidr_block_set", "peer_region", "accepter"};

Value flags(const std::optional<ec2::VpcPeeringConnectionOptionsDescription>& options) {
  std::vector<Value::Field> members;
  if (options) members.push_back({"allow_remote_vpc_dns_resolution", Value::boolean(options->allow_dns_resolution_from_remote_vpc.value_or(false))});
  return Value::map(Type::boolean(), std::move(members));
}

void tell_side(const std::optional<ec2::VpcPeeringConnectionVpcInfo>& side, const SideNames& names, Record& state) {
  const ec2::VpcPeeringConnectionVpcInfo info = side.value_or(ec2::VpcPeeringConnectionVpcInfo{});
  state.set(names.vpc, info.vpc_id.value_or(""));
  state.set(names.owner, info.owner_id.value_or(""));
  state.set(names.region, info.region.value_or(""));
  state.set(names.block, info.cidr_block.value_or(""));
  std::vector<Record> blocks;
  for (const auto& block : info.cidr_block_set.value_or(std::vector<ec2::CidrBlock>{})) blocks.emplace_back().set("cidr_block", block.cidr_block.value_or(""));
  state.set(names.blocks, blocks);
  state.set(names.ipv6_blocks, std::vector<Record>{});
  state.set(names.options, flags(info.peering_options));
}

Result<std::vector<ec2::VpcPeeringConnection>> find_all(const Cloud& cloud, const Record& state, std::vector<ec2::Filter> filters) {
  ec2::DescribeVpcPeeringConnectionsRequest request;
  if (!state.text("id").empty()) request.vpc_peering_connection_ids = std::vector<std::string>{state.text("id")};
  set_filters(request, std::move(filters));
  return TRY(cloud.call<ec2::DescribeVpcPeeringConnectionsResult>("ec2", "DescribeVpcPeeringConnections", request)).vpc_peering_connections.value_or(std::vector<ec2::VpcPeeringConnection>{});
}

Result<void> read_one(const Cloud& cloud, Record& state) {
  const auto found = TRY(find_all(cloud, state, filters_of(state, {{"status", "status-code"}, {"vpc_id", "requester-vpc-info.vpc-id"}, {"owner_id", "requester-vpc-info.owner-id"}, {"cidr_block", "requester-vpc-info.cidr-block"},
                                                                   {"peer_vpc_id", "accepter-vpc-info.vpc-id"}, {"peer_owner_id", "accepter-vpc-info.owner-id"}, {"peer_cidr_block", "accepter-vpc-info.cidr-block"}})));
  if (found.size() != 1) return fail(found_not_one(found.size(), "EC2 VPC Peering Connection"));
  state.set("id", found[0].vpc_peering_connection_id.value_or(""));
  state.set("status", found[0].status ? found[0].status->code.value_or("") : "");
  tell_side(found[0].requester_vpc_info, kRequester, state);
  tell_side(found[0].accepter_vpc_info, kAccepter, state);
  state.set("tags", from_tags(found[0].tags));
  return {};
}

Result<void> read_all(const Cloud& cloud, Record& state) {
  std::vector<std::string> ids;
  for (const auto& connection : TRY(find_all(cloud, Record(), filters_of(state, {})))) ids.push_back(connection.vpc_peering_connection_id.value_or(""));
  state.set("id", cloud.region);
  state.set("ids", ids);
  return {};
}

Schema one_schema() {
  const auto rows = [](const char* name, const char* member) { return of_type(name, Type::list(Type::object({{.name = member, .type = Type::string()}}))).read_only(); };
  Schema schema{.attributes = {text("id").computed(), text("status").computed(), text_map("tags").computed()}, .blocks = {filter_block()}};
  for (const SideNames& names : {kRequester, kAccepter}) {
    for (const char* name : {names.vpc, names.owner, names.block, names.region}) schema.attributes.push_back(text(name).computed());
    schema.attributes.push_back(rows(names.blocks, "cidr_block"));
    schema.attributes.push_back(rows(names.ipv6_blocks, "ipv6_cidr_block"));
    schema.attributes.push_back(of_type(names.options, Type::map(Type::boolean())).read_only());
  }
  return schema;
}

}  // namespace

void add_peering_sources(Provider& provider) {
  add_source(provider, "aws_vpc_peering_connection", one_schema(), read_one);
  add_source(provider, "aws_vpc_peering_connections", {.attributes = {text("id").read_only(), texts("ids").read_only(), text_map("tags").computed()}, .blocks = {filter_block()}}, read_all);
}

}  // namespace landfall::terraform::aws_types
