#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "model/addressing.h"
#include "model/egress_only_gateway.h"
#include "services/ec2/support.h"

namespace landfall::services::ec2 {
namespace {

using model::Vpc;

constexpr size_t kMaxVpcs = 100;  // AWS's quota is 5 and can be raised to hundreds (VPC user guide, quotas)

}  // namespace

shapes::VpcCidrBlockAssociation render_block(const std::string& association_id, const std::string& cidr, const char* state) {
  return {.association_id = association_id, .cidr_block = cidr, .cidr_block_state = shapes::VpcCidrBlockState{.state = state}};
}

shapes::Vpc render_vpc(const Vpc& vpc) {
  shapes::Vpc out{.cidr_block = vpc.cidr, .dhcp_options_id = vpc.dhcp_options_id, .instance_tenancy = vpc.instance_tenancy, .ipv6_cidr_block_association_set = std::vector<shapes::VpcIpv6CidrBlockAssociation>{},
                  .is_default = vpc.is_default, .owner_id = vpc.account, .state = vpc.state, .tags = tag_list(vpc.tags), .vpc_id = vpc.id};
  out.cidr_block_association_set = std::vector{render_block(vpc.cidr_association_id, vpc.cidr, "associated")};
  for (const model::VpcBlock& block : vpc.blocks) out.cidr_block_association_set->push_back(render_block(block.association_id, block.cidr, "associated"));
  return out;
}

// A new VPC comes with a main route table, a default group and a default ACL (VPC user guide, Create a VPC).
void make_companions(const Deps& deps, Transaction& tx, Vpc& vpc) {
  model::RouteTable table{.account = vpc.account, .region = vpc.region, .id = deps.ids.ec2("rtb"), .vpc_id = vpc.id};
  table.routes.push_back({.destination = vpc.cidr, .gateway_id = "local", .origin = "CreateRouteTable"});
  table.associations.push_back({.id = deps.ids.ec2("rtbassoc"), .is_main = true});
  model::SecurityGroup group{.account = vpc.account, .region = vpc.region, .id = deps.ids.ec2("sg"), .vpc_id = vpc.id, .name = "default", .description = "default VPC security group"};
  group.rules.push_back({.id = deps.ids.ec2("sgr"), .protocol = "-1", .group_id = group.id});
  group.rules.push_back({.id = deps.ids.ec2("sgr"), .is_egress = true, .protocol = "-1", .cidr = "0.0.0.0/0"});
  model::NetworkAcl acl{.account = vpc.account, .region = vpc.region, .id = deps.ids.ec2("acl"), .vpc_id = vpc.id, .is_default = true};
  for (const bool is_egress : {true, false}) acl.entries.push_back({.number = 100, .is_egress = is_egress, .is_allow = true, .cidr = "0.0.0.0/0"});
  vpc.main_route_table_id = table.id;
  vpc.default_security_group_id = group.id;
  vpc.default_network_acl_id = acl.id;
  store::put(tx, table);
  store::put(tx, group);
  store::put(tx, acl);
}

/// VPC user guide, VPC CIDR blocks: /16 to /28; canonical; not loopback, link-local, multicast or "this network".
Result<Cidr> vpc_range(const std::string& given) {
  const auto cidr = parse_cidr(given);
  if (!cidr) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a valid CIDR block.", given));
  const unsigned first = cidr->base.bits >> 24;
  const bool link_local = (cidr->base.bits >> 16) == 0xa9fe;
  if (cidr->length < 16 || cidr->length > 28 || first == 0 || first == 127 || first >= 224 || link_local) {
    return fail("InvalidVpc.Range", fmt::format("The CIDR '{}' is invalid.", given));
  }
  return *cidr;
}

namespace {

Result<shapes::CreateVpcResult> create(const Deps& deps, const CallContext& context, const shapes::CreateVpcRequest& request) {
  if (!request.cidr_block) return fail("MissingParameter", "The request must contain the parameter CidrBlock");
  const Cidr cidr = TRY(vpc_range(*request.cidr_block));
  if (request.instance_tenancy == "host") return fail("InvalidParameterValue", "The tenancy value host is not supported.");
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "vpc"));
  return transact<shapes::CreateVpcResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateVpcResult> {
    if (store::all<Vpc>(tx, scope(context)).size() >= kMaxVpcs) return fail("VpcLimitExceeded", "The maximum number of VPCs has been reached.");
    Vpc vpc{.account = context.account, .region = context.region, .id = deps.ids.ec2("vpc"), .cidr = to_string(cidr),
            .instance_tenancy = request.instance_tenancy.value_or("default"), .dhcp_options_id = std::string(kDefaultDhcpOptions),
            .cidr_association_id = deps.ids.ec2("vpc-cidr-assoc"), .tags = tags};
    make_companions(deps, tx, vpc);
    store::put(tx, vpc);
    shapes::CreateVpcResult result{.vpc = render_vpc(vpc)};
    result.vpc->state = "pending";  // it is told so while it is made, and without a list of tags if it has none
    if (vpc.tags.empty()) result.vpc->tags.reset();
    return result;
  });
}

template <class Record>
bool any_in(const Transaction& tx, const CallContext& context, const std::string& vpc_id, const std::vector<std::string>& except = {}) {
  return std::ranges::any_of(store::all<Record>(tx, scope(context)), [&](const Record& record) {
    return record.vpc_id == vpc_id && std::ranges::count(except, record.id) == 0;
  });
}

Result<shapes::DeleteVpcOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteVpcRequest& request) {
  return transact<shapes::DeleteVpcOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteVpcOutput> {
    const auto vpc = store::find<Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    const bool nat_alive = std::ranges::any_of(store::all<model::NatGateway>(tx, scope(context)), [&](const model::NatGateway& nat) {
      return nat.vpc_id == vpc->id && nat.state != "deleted" && nat.state != "failed";
    });
    const bool is_peered = std::ranges::any_of(store::all<model::PeeringConnection>(tx), [&](const auto& connection) { return peer_of(connection, vpc->id) != nullptr; });
    if (nat_alive || is_peered || any_in<model::Subnet>(tx, context, vpc->id) || any_in<model::InternetGateway>(tx, context, vpc->id) || any_in<model::EgressOnlyGateway>(tx, context, vpc->id) ||
        any_in<model::NetworkInterface>(tx, context, vpc->id) || any_in<model::VpcEndpoint>(tx, context, vpc->id) || any_in<model::RouteTable>(tx, context, vpc->id, {vpc->main_route_table_id}) ||
        any_in<model::SecurityGroup>(tx, context, vpc->id, {vpc->default_security_group_id}) ||
        any_in<model::NetworkAcl>(tx, context, vpc->id, {vpc->default_network_acl_id})) {
      return fail("DependencyViolation", fmt::format("The vpc '{}' has dependencies and cannot be deleted.", vpc->id));
    }
    store::erase<model::RouteTable>(tx, key_of(context, vpc->main_route_table_id));
    store::erase<model::SecurityGroup>(tx, key_of(context, vpc->default_security_group_id));
    store::erase<model::NetworkAcl>(tx, key_of(context, vpc->default_network_acl_id));
    store::erase<Vpc>(tx, vpc->key());
    return shapes::DeleteVpcOutput{};
  });
}

Result<shapes::DescribeVpcsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeVpcsRequest& request) {
  static const std::vector<std::string_view> known{"vpc-id", "cidr", "cidrBlock", "cidr-block", "cidr-block-association.cidr-block", "cidr-block-association.state", "cidr-block-association.association-id", "state", "is-default", "isDefault", "owner-id", "dhcp-options-id", "dhcpOptionsId",
                                                   "ipv6-cidr-block-association.ipv6-cidr-block", "ipv6-cidr-block-association.ipv6-pool", "ipv6-cidr-block-association.association-id", "ipv6-cidr-block-association.state"};
  auto chosen = TRY(select<Vpc>(deps, context, request.vpc_ids, request.filters, known, "InvalidVpcID.NotFound", "vpc", [](const Vpc& vpc) {
    Facts facts{{"vpc-id", vpc.id}, {"cidr", vpc.cidr}, {"cidrBlock", vpc.cidr}, {"cidr-block", vpc.cidr}, {"cidr-block-association.cidr-block", vpc.cidr}, {"cidr-block-association.state", "associated"},
                {"state", vpc.state}, {"is-default", flag(vpc.is_default)}, {"isDefault", flag(vpc.is_default)}, {"owner-id", vpc.account}, {"dhcp-options-id", vpc.dhcp_options_id}, {"dhcpOptionsId", vpc.dhcp_options_id}, {"cidr-block-association.association-id", vpc.cidr_association_id}};
    for (const model::VpcBlock& block : vpc.blocks) facts.insert({{"cidr-block-association.cidr-block", block.cidr}, {"cidr-block-association.association-id", block.association_id}});
    return facts;
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeVpcsResult result{.next_token = token_of(answer.next), .vpcs = std::vector<shapes::Vpc>{}};
  for (const Vpc& vpc : answer.items) result.vpcs->push_back(render_vpc(vpc));
  return result;
}

Result<shapes::DescribeVpcAttributeResult> describe_attribute(const Deps& deps, const CallContext& context, const shapes::DescribeVpcAttributeRequest& request) {
  const auto vpc = store::find<Vpc>(deps.store, key_of(context, text(request.vpc_id)));
  if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
  shapes::DescribeVpcAttributeResult result{.vpc_id = vpc->id};
  const std::string attribute = text(request.attribute);
  if (attribute == "enableDnsSupport") result.enable_dns_support = shapes::AttributeBooleanValue{.value = vpc->enable_dns_support};
  if (attribute == "enableDnsHostnames") result.enable_dns_hostnames = shapes::AttributeBooleanValue{.value = vpc->enable_dns_hostnames};
  if (attribute == "enableNetworkAddressUsageMetrics") result.enable_network_address_usage_metrics = shapes::AttributeBooleanValue{.value = false};
  return result;
}

/// One attribute a call; hostnames need support (EC2 API, ModifyVpcAttribute).
Result<shapes::ModifyVpcAttributeOutput> modify_attribute(const Deps& deps, const CallContext& context, const shapes::ModifyVpcAttributeRequest& request) {
  if (request.enable_dns_support && request.enable_dns_hostnames) {
    return fail("InvalidParameterCombination", "Only one attribute can be modified at a time: enableDnsSupport and enableDnsHostnames were given");
  }
  const bool metrics = request.enable_network_address_usage_metrics && request.enable_network_address_usage_metrics->value.value_or(false);
  if (metrics) return fail("UnsupportedOperation", "Landfall does not support the parameter EnableNetworkAddressUsageMetrics=true of ModifyVpcAttribute yet.");
  return transact<shapes::ModifyVpcAttributeOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyVpcAttributeOutput> {
    auto vpc = store::find<Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    if (request.enable_dns_support) vpc->enable_dns_support = request.enable_dns_support->value.value_or(false);
    if (request.enable_dns_hostnames) vpc->enable_dns_hostnames = request.enable_dns_hostnames->value.value_or(false);
    if (vpc->enable_dns_hostnames && !vpc->enable_dns_support) {
      return fail("InvalidParameterCombination", fmt::format("enableDnsHostnames of {} needs enableDnsSupport", vpc->id));
    }
    store::put(tx, *vpc);
    return shapes::ModifyVpcAttributeOutput{};
  });
}

/// Back to shared hardware; the other way there is none (EC2 API, ModifyVpcTenancy).
Result<shapes::ModifyVpcTenancyResult> modify_tenancy(const Deps& deps, const CallContext& context, const shapes::ModifyVpcTenancyRequest& request) {
  return transact<shapes::ModifyVpcTenancyResult>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifyVpcTenancyResult> {
    if (!store::update<Vpc>(tx, key_of(context, text(request.vpc_id)), [](Vpc& vpc) { vpc.instance_tenancy = "default"; })) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    return shapes::ModifyVpcTenancyResult{.return_value = true};
  });
}

}  // namespace

void register_vpc(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateVpcRequest, shapes::CreateVpcResult>("ec2", "CreateVpc", {"CidrBlock", "InstanceTenancy", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteVpcRequest, shapes::DeleteVpcOutput>("ec2", "DeleteVpc", {"VpcId"}, bind(remove));
  registry.add<shapes::DescribeVpcsRequest, shapes::DescribeVpcsResult>("ec2", "DescribeVpcs", {"VpcIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
  registry.add<shapes::DescribeVpcAttributeRequest, shapes::DescribeVpcAttributeResult>("ec2", "DescribeVpcAttribute", {"VpcId", "Attribute"}, bind(describe_attribute));
  registry.add<shapes::ModifyVpcTenancyRequest, shapes::ModifyVpcTenancyResult>("ec2", "ModifyVpcTenancy", {"VpcId", "InstanceTenancy"}, bind(modify_tenancy));
  registry.add<shapes::ModifyVpcAttributeRequest, shapes::ModifyVpcAttributeOutput>("ec2", "ModifyVpcAttribute", {"VpcId", "EnableDnsSupport.*", "EnableDnsHostnames.*", "EnableNetworkAddressUsageMetrics.*"}, bind(modify_attribute));
}

}  // namespace landfall::services::ec2
