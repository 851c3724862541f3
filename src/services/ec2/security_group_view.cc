#include <algorithm>

#include "model/addressing.h"
#include "services/ec2/permissions.h"
#include "services/ec2/support.h"

/// Security groups as seen from a VPC and from those that it is peered with.
namespace landfall::services::ec2 {
namespace {

using model::SecurityGroup;

Result<void> check_vpc(const Deps& deps, const CallContext& context, const std::optional<std::string>& id) {
  if (!store::find<model::Vpc>(deps.store, key_of(context, text(id)))) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(id)));
  return {};
}

std::optional<model::PeeringConnection> connection_between(const Deps& deps, const std::string& one, const std::string& other) {
  for (model::PeeringConnection& connection : store::all<model::PeeringConnection>(deps.store)) {
    const model::PeeringSide* peer = peer_of(connection, one);
    if (peer != nullptr && peer->vpc_id == other) return std::move(connection);
  }
  return std::nullopt;
}

Result<shapes::GetSecurityGroupsForVpcResult> of_vpc(const Deps& deps, const CallContext& context, const shapes::GetSecurityGroupsForVpcRequest& request) {
  static const std::vector<std::string_view> known{"group-id", "description", "group-name", "owner-id", "primary-vpc-id"};
  TRY(check_vpc(deps, context, request.vpc_id));
  auto chosen = TRY(select<SecurityGroup>(deps, context, std::nullopt, request.filters, known, "", "", [](const SecurityGroup& g) {
    return Facts{{"group-id", g.id}, {"description", g.description}, {"group-name", g.name}, {"owner-id", g.account}, {"primary-vpc-id", g.vpc_id}};
  }));
  std::erase_if(chosen, [&](const SecurityGroup& group) { return group.vpc_id != *request.vpc_id; });
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::GetSecurityGroupsForVpcResult result{.next_token = token_of(answer.next), .security_group_for_vpcs = std::vector<shapes::SecurityGroupForVpc>{}};
  for (const SecurityGroup& group : answer.items) {
    result.security_group_for_vpcs->push_back({.description = group.description, .group_id = group.id, .group_name = group.name, .owner_id = group.account, .primary_vpc_id = group.vpc_id, .tags = tag_list(group.tags)});
  }
  return result;
}

Result<shapes::DescribeStaleSecurityGroupsResult> stale(const Deps& deps, const CallContext& context, const shapes::DescribeStaleSecurityGroupsRequest& request) {
  TRY(check_vpc(deps, context, request.vpc_id));
  std::vector<shapes::StaleSecurityGroup> found;
  for (const SecurityGroup& group : store::all<SecurityGroup>(deps.store, scope(context))) {
    if (group.vpc_id != *request.vpc_id) continue;
    shapes::StaleSecurityGroup told{.description = group.description, .group_id = group.id, .group_name = group.name, .stale_ip_permissions = std::vector<shapes::StaleIpPermission>{}, .stale_ip_permissions_egress = std::vector<shapes::StaleIpPermission>{}, .vpc_id = group.vpc_id};
    for (const model::SecurityGroupRule& rule : group.rules) {
      if (rule.group_vpc_id.empty() || connection_between(deps, group.vpc_id, rule.group_vpc_id)) continue;
      auto& permissions = rule.is_egress ? told.stale_ip_permissions_egress : told.stale_ip_permissions;
      permissions->push_back({.from_port = rule.from_port, .ip_protocol = rule.protocol, .to_port = rule.to_port, .user_id_group_pairs = std::vector{render_pair(group, rule)}});
    }
    if (!told.stale_ip_permissions->empty() || !told.stale_ip_permissions_egress->empty()) found.push_back(std::move(told));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  return shapes::DescribeStaleSecurityGroupsResult{.next_token = token_of(answer.next), .stale_security_group_set = std::move(answer.items)};
}

Result<shapes::DescribeSecurityGroupReferencesResult> references(const Deps& deps, const CallContext& context, const shapes::DescribeSecurityGroupReferencesRequest& request) {
  for (const std::string& id : request.group_id.value_or(std::vector<std::string>{})) {
    if (!store::find<SecurityGroup>(deps.store, key_of(context, id))) return fail(not_found("InvalidGroup.NotFound", "", id));
  }
  shapes::DescribeSecurityGroupReferencesResult result{.security_group_reference_set = std::vector<shapes::SecurityGroupReference>{}};
  for (const SecurityGroup& other : store::all<SecurityGroup>(deps.store)) {
    for (const model::SecurityGroupRule& rule : other.rules) {
      if (rule.group_vpc_id.empty() || std::ranges::count(request.group_id.value_or(std::vector<std::string>{}), rule.group_id) == 0) continue;
      const auto connection = connection_between(deps, other.vpc_id, rule.group_vpc_id);
      if (connection) result.security_group_reference_set->push_back({.group_id = rule.group_id, .referencing_vpc_id = other.vpc_id, .vpc_peering_connection_id = connection->id});
    }
  }
  return result;
}

}  // namespace

void register_security_group_view(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetSecurityGroupsForVpcRequest, shapes::GetSecurityGroupsForVpcResult>("ec2", "GetSecurityGroupsForVpc", {"VpcId", "Filters.*", "MaxResults", "NextToken"}, bind(of_vpc));
  registry.add<shapes::DescribeStaleSecurityGroupsRequest, shapes::DescribeStaleSecurityGroupsResult>("ec2", "DescribeStaleSecurityGroups", {"VpcId", "MaxResults", "NextToken"}, bind(stale));
  registry.add<shapes::DescribeSecurityGroupReferencesRequest, shapes::DescribeSecurityGroupReferencesResult>("ec2", "DescribeSecurityGroupReferences", {"GroupId.*"}, bind(references));
}

}  // namespace landfall::services::ec2
