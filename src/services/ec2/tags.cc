#include <fmt/format.h>

#include "model/egress_only_gateway.h"
#include "model/launch_template.h"
#include "model/subnet_reservation.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

constexpr size_t kMaxTags = 50;  // EC2 user guide, tag restrictions

/// Runs `change` on the tags of the record with that id, whatever its kind. False if there is none.
template <class Change>
Result<bool> change_tags(Transaction& tx, const CallContext& context, const std::string& id, Change change) {
  const std::string key = key_of(context, id);
  bool found = false;
  Result<void> result;
  const auto on = [&]<class Record>(std::string_view prefix) {
    if (!id.starts_with(prefix) || found) return;
    found = store::update<Record>(tx, key, [&](Record& record) { result = change(record.tags); });
  };
  on.template operator()<model::Vpc>("vpc-");
  on.template operator()<model::Subnet>("subnet-");
  on.template operator()<model::RouteTable>("rtb-");
  on.template operator()<model::InternetGateway>("igw-");
  on.template operator()<model::NatGateway>("nat-");
  on.template operator()<model::Address>("eipalloc-");
  on.template operator()<model::SecurityGroup>("sg-");
  on.template operator()<model::NetworkAcl>("acl-");
  on.template operator()<model::NetworkInterface>("eni-");
  on.template operator()<model::DhcpOptions>("dopt-");
  on.template operator()<model::PrefixList>("pl-");
  on.template operator()<model::KeyPair>("key-");
  on.template operator()<model::VpcEndpoint>("vpce-");
  on.template operator()<model::EgressOnlyGateway>("eigw-");
  on.template operator()<model::LaunchTemplate>("lt-");
  on.template operator()<model::SubnetReservation>("scr-");

  if (auto connection = id.starts_with("pcx-") ? store::find<model::PeeringConnection>(tx, id) : std::nullopt) {
    if (model::Tags* tags = tags_in(*connection, context.account, context.region)) {
      found = true;
      result = change(*tags);
      store::put(tx, *connection);
    }
  }
  if (id.starts_with("sgr-")) {
    for (model::SecurityGroup group : store::all<model::SecurityGroup>(tx, scope(context))) {
      const auto rule = std::ranges::find(group.rules, id, &model::SecurityGroupRule::id);
      if (rule == group.rules.end()) continue;
      found = true;
      result = change(rule->tags);
      store::put(tx, group);
    }
  }
  TRY(std::move(result));
  return found;
}

/// An id of a kind that is known is missing by that kind's name.
Error no_resource(const std::string& id) {
  struct Kind {
    const char *prefix, *code, *noun;
  };
  static constexpr Kind kKinds[] = {{"vpc-", "InvalidVpcID.NotFound", "vpc"}, {"subnet-", "InvalidSubnetID.NotFound", "subnet"}, {"rtb-", "InvalidRouteTableID.NotFound", "routeTable"}, {"igw-", "InvalidInternetGatewayID.NotFound", "internetGateway"},
                                    {"nat-", "NatGatewayNotFound", ""}, {"eipalloc-", "InvalidAllocationID.NotFound", "allocation"}, {"sg-", "InvalidGroup.NotFound", ""}, {"acl-", "InvalidNetworkAclID.NotFound", "networkAcl"},
                                    {"eni-", "InvalidNetworkInterfaceID.NotFound", "networkInterface"}, {"dopt-", "InvalidDhcpOptionID.NotFound", "dhcpOption"}, {"sgr-", "InvalidSecurityGroupRuleId.NotFound", "security group rule"},
                                    {"pl-", "InvalidPrefixListID.NotFound", "prefix list"}, {"eigw-", "InvalidGatewayID.NotFound", "eigw"}, {"lt-", "InvalidLaunchTemplateId.NotFound", "launchTemplate"}, {"scr-", "InvalidSubnetCidrReservationID.NotFound", "subnet CIDR reservation"}, {"key-", "InvalidKeyPair.NotFound", "key pair"}, {"vpce-", "InvalidVpcEndpointId.NotFound", ""}, {"pcx-", "InvalidVpcPeeringConnectionID.NotFound", "vpcPeeringConnection"}, {"i-", "InvalidInstanceID.NotFound", "instance"}};
  for (const Kind& kind : kKinds) {
    if (id.starts_with(kind.prefix)) return not_found(kind.code, kind.noun, id);
  }
  return {.code = "InvalidID", .what = fmt::format("The ID '{}' is not valid", id)};
}

Result<shapes::CreateTagsOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateTagsRequest& request) {
  return transact<shapes::CreateTagsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateTagsOutput> {
    for (const std::string& id : request.resources.value_or(std::vector<std::string>{})) {
      const bool found = TRY(change_tags(tx, context, id, [&](model::Tags& tags) -> Result<void> {
        for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) {
          TRY(check_tag(text(tag.key), text(tag.value)));
          tags[text(tag.key)] = text(tag.value);
        }
        if (tags.size() > kMaxTags) return fail("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
        return {};
      }));
      if (!found) return fail(no_resource(id));
    }
    return shapes::CreateTagsOutput{};
  });
}

/// Without tags all go; a tag with a value goes only if the value is the same.
Result<shapes::DeleteTagsOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteTagsRequest& request) {
  return transact<shapes::DeleteTagsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteTagsOutput> {
    for (const std::string& id : request.resources.value_or(std::vector<std::string>{})) {
      const bool found = TRY(change_tags(tx, context, id, [&](model::Tags& tags) -> Result<void> {
        if (!request.tags) tags.clear();
        for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) {
          const auto at = tags.find(text(tag.key));
          if (at != tags.end() && (!tag.value || *tag.value == at->second)) tags.erase(at);
        }
        return {};
      }));
      if (!found) return fail(no_resource(id));
    }
    return shapes::DeleteTagsOutput{};
  });
}

void list_rule_tags(const Deps& deps, const CallContext& context, std::vector<shapes::TagDescription>& into) {
  for (const auto& group : store::all<model::SecurityGroup>(deps.store, scope(context))) {
    for (const auto& rule : group.rules) {
      for (const auto& [key, value] : rule.tags) into.push_back({.key = key, .resource_id = rule.id, .resource_type = "security-group-rule", .value = value});
    }
  }
}

void list_peering_tags(const Deps& deps, const CallContext& context, std::vector<shapes::TagDescription>& into) {
  for (auto& connection : visible_peerings(deps, context)) {
    for (const auto& [key, value] : *tags_in(connection, context.account, context.region)) into.push_back({.key = key, .resource_id = connection.id, .resource_type = "vpc-peering-connection", .value = value});
  }
}

template <class Record>
void list_tags(const Deps& deps, const CallContext& context, const char* type, std::vector<shapes::TagDescription>& into) {
  for (const Record& record : store::all<Record>(deps.store, scope(context))) {
    for (const auto& [key, value] : record.tags) into.push_back({.key = key, .resource_id = record.id, .resource_type = type, .value = value});
  }
}

Result<shapes::DescribeTagsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTagsRequest& request) {
  static const std::vector<std::string_view> known{"key", "value", "resource-id", "resource-type"};
  std::vector<shapes::TagDescription> all, chosen;
  list_tags<model::Vpc>(deps, context, "vpc", all);
  list_tags<model::Subnet>(deps, context, "subnet", all);
  list_tags<model::RouteTable>(deps, context, "route-table", all);
  list_tags<model::InternetGateway>(deps, context, "internet-gateway", all);
  list_tags<model::NatGateway>(deps, context, "natgateway", all);
  list_tags<model::Address>(deps, context, "elastic-ip", all);
  list_tags<model::SecurityGroup>(deps, context, "security-group", all);
  list_tags<model::NetworkAcl>(deps, context, "network-acl", all);
  list_tags<model::NetworkInterface>(deps, context, "network-interface", all);
  list_tags<model::DhcpOptions>(deps, context, "dhcp-options", all);
  list_tags<model::PrefixList>(deps, context, "prefix-list", all);
  list_tags<model::KeyPair>(deps, context, "key-pair", all);
  list_tags<model::VpcEndpoint>(deps, context, "vpc-endpoint", all);
  list_tags<model::EgressOnlyGateway>(deps, context, "egress-only-internet-gateway", all);
  list_tags<model::LaunchTemplate>(deps, context, "launch-template", all);
  list_tags<model::SubnetReservation>(deps, context, "subnet-cidr-reservation", all);
  list_rule_tags(deps, context, all);
  list_peering_tags(deps, context, all);
  for (const auto& tag : all) {
    const Facts facts{{"key", *tag.key}, {"value", *tag.value}, {"resource-id", *tag.resource_id}, {"resource-type", *tag.resource_type}};
    if (TRY(passes(request.filters, facts, {{*tag.key, *tag.value}}, known))) chosen.push_back(tag);
  }
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  return shapes::DescribeTagsResult{.next_token = token_of(answer.next), .tags = answer.items};
}

}  // namespace

void register_tags(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateTagsRequest, shapes::CreateTagsOutput>("ec2", "CreateTags", {"Resources.*", "Tags.*"}, bind(create));
  registry.add<shapes::DeleteTagsRequest, shapes::DeleteTagsOutput>("ec2", "DeleteTags", {"Resources.*", "Tags.*"}, bind(remove));
  registry.add<shapes::DescribeTagsRequest, shapes::DescribeTagsResult>("ec2", "DescribeTags", {"Filters.*", "MaxResults", "NextToken"}, bind(describe));
}

}  // namespace landfall::services::ec2
