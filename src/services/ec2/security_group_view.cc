#include "services/ec2/permissions.h"
#include "services/ec2/support.h"

/// Security groups as seen from a VPC and from others. Nothing is peered, so that no group refers to another VPC's.
namespace landfall::services::ec2 {
namespace {

using model::SecurityGroup;

Result<void> check_vpc(const Deps& deps, const CallContext& context, const std::optional<std::string>& id) {
  if (!store::find<model::Vpc>(deps.store, key_of(context, text(id)))) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(id)));
  return {};
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
  return shapes::DescribeStaleSecurityGroupsResult{.stale_security_group_set = std::vector<shapes::StaleSecurityGroup>{}};
}

Result<shapes::DescribeSecurityGroupReferencesResult> references(const Deps& deps, const CallContext& context, const shapes::DescribeSecurityGroupReferencesRequest& request) {
  for (const std::string& id : request.group_id.value_or(std::vector<std::string>{})) {
    if (!store::find<SecurityGroup>(deps.store, key_of(context, id))) return fail(not_found("InvalidGroup.NotFound", "", id));
  }
  return shapes::DescribeSecurityGroupReferencesResult{.security_group_reference_set = std::vector<shapes::SecurityGroupReference>{}};
}

}  // namespace

void register_security_group_view(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetSecurityGroupsForVpcRequest, shapes::GetSecurityGroupsForVpcResult>("ec2", "GetSecurityGroupsForVpc", {"VpcId", "Filters.*", "MaxResults", "NextToken"}, bind(of_vpc));
  registry.add<shapes::DescribeStaleSecurityGroupsRequest, shapes::DescribeStaleSecurityGroupsResult>("ec2", "DescribeStaleSecurityGroups", {"VpcId", "MaxResults", "NextToken"}, bind(stale));
  registry.add<shapes::DescribeSecurityGroupReferencesRequest, shapes::DescribeSecurityGroupReferencesResult>("ec2", "DescribeSecurityGroupReferences", {"GroupId.*"}, bind(references));
}

}  // namespace landfall::services::ec2
