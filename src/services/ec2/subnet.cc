#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "model/addressing.h"
#include "model/region.h"
#include "model/subnet_reservation.h"
#include "services/ec2/support.h"
#include "services/ec2/zones.h"
#include "store/interfaces.h"

namespace landfall::services::ec2 {
namespace {

using model::Subnet;

}  // namespace

shapes::Subnet render_subnet(const Deps& deps, const Subnet& subnet) {
  return {.assign_ipv6_address_on_creation = false, .availability_zone = subnet.zone, .availability_zone_id = subnet.zone_id,
          .available_ip_address_count = static_cast<int32_t>(store::free_address_count(deps.store, subnet)), .cidr_block = subnet.cidr,
          .default_for_az = subnet.is_default, .enable_dns64 = false, .ipv6_cidr_block_association_set = std::vector<shapes::SubnetIpv6CidrBlockAssociation>{}, .ipv6_native = false,
          .map_public_ip_on_launch = subnet.map_public_ip_on_launch, .owner_id = subnet.account,
          .private_dns_name_options_on_launch = shapes::PrivateDnsNameOptionsOnLaunch{.enable_resource_name_dns_aaaa_record = false, .enable_resource_name_dns_a_record = false, .hostname_type = "ip-name"},
          .state = subnet.state, .subnet_arn = fmt::format("arn:aws:ec2:{}:{}:subnet/{}", subnet.region, subnet.account, subnet.id),
          .subnet_id = subnet.id, .tags = tag_list(subnet.tags), .vpc_id = subnet.vpc_id};
}

namespace {

Result<Cidr> subnet_range(const std::string& given, const model::Vpc& vpc) {
  const auto cidr = parse_cidr(given);
  if (!cidr) return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter cidrBlock is invalid. This is not a valid CIDR block.", given));
  const bool is_of_vpc = std::ranges::any_of(ranges_of(vpc), [&](const Cidr& range) { return range.contains(*cidr); });
  if (cidr->length < 16 || cidr->length > 28 || !is_of_vpc) return fail("InvalidSubnet.Range", fmt::format("The CIDR '{}' is invalid.", given));
  return *cidr;
}

Result<std::string> zone_of(const CallContext& context, const shapes::CreateSubnetRequest& request) {
  if (request.availability_zone && request.availability_zone_id) return fail("InvalidParameterCombination", "AvailabilityZone and AvailabilityZoneId cannot be specified together");
  if (request.availability_zone_id) {
    for (const char letter : model::zone_letters(context.region)) {
      if (zone_id(context.region, letter) == *request.availability_zone_id) return context.region + letter;
    }
    return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter availabilityZoneId is invalid. Subnets can currently only be created in the availability zones of {}.", *request.availability_zone_id, context.region));
  }
  const std::string zone = request.availability_zone.value_or(context.region + "a");
  if (is_zone_of(zone, context.region)) return zone;
  return fail("InvalidParameterValue", fmt::format("Value ({}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: {}.", zone, zone_names(context.region)));
}

Result<shapes::CreateSubnetResult> create(const Deps& deps, const CallContext& context, const shapes::CreateSubnetRequest& request) {
  if (!request.cidr_block) return fail("MissingParameter", "The request must contain the parameter CidrBlock");
  const std::string zone = TRY(zone_of(context, request));
  const model::Tags tags = TRY(tags_for(request.tag_specifications, "subnet"));
  return transact<shapes::CreateSubnetResult>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateSubnetResult> {
    const auto vpc = store::find<model::Vpc>(tx, key_of(context, text(request.vpc_id)));
    if (!vpc) return fail(not_found("InvalidVpcID.NotFound", "vpc", text(request.vpc_id)));
    const Cidr cidr = TRY(subnet_range(*request.cidr_block, *vpc));
    for (const Subnet& other : store::all<Subnet>(tx, scope(context))) {
      if (other.vpc_id == vpc->id && TRY(parse_cidr(other.cidr)).overlaps(cidr)) {
        return fail("InvalidSubnet.Conflict", fmt::format("The CIDR '{}' conflicts with another subnet", *request.cidr_block));
      }
    }
    const Subnet subnet{.account = context.account, .region = context.region, .id = deps.ids.ec2("subnet"), .vpc_id = vpc->id, .cidr = to_string(cidr),
                        .zone = zone, .zone_id = zone_id(context.region, zone.back()), .network_acl_association_id = deps.ids.ec2("aclassoc"), .tags = tags};
    store::put(tx, subnet);
    return shapes::CreateSubnetResult{.subnet = render_subnet(deps, subnet)};
  });
}

Result<shapes::DeleteSubnetOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteSubnetRequest& request) {
  return transact<shapes::DeleteSubnetOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteSubnetOutput> {
    const auto subnet = store::find<Subnet>(tx, key_of(context, text(request.subnet_id)));
    if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", text(request.subnet_id)));
    for (const auto& interface : store::all<model::NetworkInterface>(tx, scope(context))) {
      if (interface.subnet_id == subnet->id) return fail("DependencyViolation", fmt::format("The subnet '{}' has dependencies and cannot be deleted.", subnet->id));
    }
    for (model::RouteTable table : store::all<model::RouteTable>(tx, scope(context))) {
      if (std::erase_if(table.associations, [&](const auto& a) { return a.subnet_id == subnet->id; }) > 0) store::put(tx, table);
    }
    for (const auto& reservation : store::all<model::SubnetReservation>(tx, scope(context))) {
      if (reservation.subnet_id == subnet->id) store::erase<model::SubnetReservation>(tx, reservation.key());
    }
    store::erase<Subnet>(tx, subnet->key());
    return shapes::DeleteSubnetOutput{};
  });
}

Result<shapes::DescribeSubnetsResult> describe(const Deps& deps, const CallContext& context, const shapes::DescribeSubnetsRequest& request) {
  static const std::vector<std::string_view> known{"subnet-id", "vpc-id", "cidr", "cidr-block", "cidrBlock", "availability-zone", "availabilityZone", "availability-zone-id", "state",
                                                   "default-for-az", "defaultForAz", "map-public-ip-on-launch", "owner-id", "subnet-arn", "available-ip-address-count", "assign-ipv6-address-on-creation", "enable-dns64", "ipv6-native",
                                                   "ipv6-cidr-block-association.ipv6-cidr-block", "ipv6-cidr-block-association.association-id", "ipv6-cidr-block-association.state", "customer-owned-ipv4-pool", "enable-lni-at-device-index", "map-customer-owned-ip-on-launch", "outpost-arn",
                                                   "private-dns-name-options-on-launch.hostname-type", "private-dns-name-options-on-launch.enable-resource-name-dns-a-record", "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record"};
  auto chosen = TRY(select<Subnet>(deps, context, request.subnet_ids, request.filters, known, "InvalidSubnetID.NotFound", "subnet", [&](const Subnet& s) {
    return Facts{{"available-ip-address-count", std::to_string(store::free_address_count(deps.store, s))}, {"assign-ipv6-address-on-creation", "false"}, {"enable-dns64", "false"}, {"ipv6-native", "false"}, {"map-customer-owned-ip-on-launch", "false"},
                 {"private-dns-name-options-on-launch.hostname-type", "ip-name"}, {"private-dns-name-options-on-launch.enable-resource-name-dns-a-record", "false"}, {"private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record", "false"},
                 {"subnet-id", s.id}, {"vpc-id", s.vpc_id}, {"cidr", s.cidr}, {"cidr-block", s.cidr}, {"cidrBlock", s.cidr}, {"availability-zone", s.zone}, {"availabilityZone", s.zone},
                 {"availability-zone-id", s.zone_id}, {"state", s.state}, {"default-for-az", flag(s.is_default)}, {"defaultForAz", flag(s.is_default)},
                 {"map-public-ip-on-launch", flag(s.map_public_ip_on_launch)}, {"owner-id", s.account}, {"subnet-arn", fmt::format("arn:aws:ec2:{}:{}:subnet/{}", s.region, s.account, s.id)}};
  }));
  auto answer = TRY(page(std::move(chosen), request.max_results, request.next_token));
  shapes::DescribeSubnetsResult result{.next_token = token_of(answer.next), .subnets = std::vector<shapes::Subnet>{}};
  for (const Subnet& subnet : answer.items) result.subnets->push_back(render_subnet(deps, subnet));
  return result;
}

/// Attributes of instances, IPv6 and Outposts, of which there are none: they can be what they are.
Result<void> check_fixed(const shapes::ModifySubnetAttributeRequest& request) {
  const auto is_on = [](const std::optional<shapes::AttributeBooleanValue>& attribute) { return attribute && attribute->value.value_or(false); };
  for (const auto& [name, on] : {std::pair("AssignIpv6AddressOnCreation", is_on(request.assign_ipv6_address_on_creation)), std::pair("EnableDns64", is_on(request.enable_dns64)), std::pair("MapCustomerOwnedIpOnLaunch", is_on(request.map_customer_owned_ip_on_launch)),
                                 std::pair("EnableResourceNameDnsARecordOnLaunch", is_on(request.enable_resource_name_dns_a_record_on_launch)), std::pair("EnableResourceNameDnsAAAARecordOnLaunch", is_on(request.enable_resource_name_dns_aaaa_record_on_launch))}) {
    if (on) return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter {}=true of ModifySubnetAttribute yet.", name));
  }
  if (request.private_dns_hostname_type_on_launch.value_or("ip-name") == "ip-name") return {};
  return fail("UnsupportedOperation", fmt::format("Landfall does not support the parameter PrivateDnsHostnameTypeOnLaunch={} of ModifySubnetAttribute yet.", *request.private_dns_hostname_type_on_launch));
}

Result<shapes::ModifySubnetAttributeOutput> modify(const Deps& deps, const CallContext& context, const shapes::ModifySubnetAttributeRequest& request) {
  TRY(check_fixed(request));
  return transact<shapes::ModifySubnetAttributeOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ModifySubnetAttributeOutput> {
    auto subnet = store::find<Subnet>(tx, key_of(context, text(request.subnet_id)));
    if (!subnet) return fail(not_found("InvalidSubnetID.NotFound", "subnet", text(request.subnet_id)));
    if (request.map_public_ip_on_launch) subnet->map_public_ip_on_launch = request.map_public_ip_on_launch->value.value_or(false);
    store::put(tx, *subnet);
    return shapes::ModifySubnetAttributeOutput{};
  });
}

}  // namespace

void register_subnet(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateSubnetRequest, shapes::CreateSubnetResult>("ec2", "CreateSubnet", {"VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "TagSpecifications.*"}, bind(create));
  registry.add<shapes::DeleteSubnetRequest, shapes::DeleteSubnetOutput>("ec2", "DeleteSubnet", {"SubnetId"}, bind(remove));
  registry.add<shapes::DescribeSubnetsRequest, shapes::DescribeSubnetsResult>("ec2", "DescribeSubnets", {"SubnetIds.*", "Filters.*", "MaxResults", "NextToken"}, bind(describe));
  registry.add<shapes::ModifySubnetAttributeRequest, shapes::ModifySubnetAttributeOutput>("ec2", "ModifySubnetAttribute",
                                                                                          {"SubnetId", "MapPublicIpOnLaunch.*", "AssignIpv6AddressOnCreation.*", "EnableDns64.*", "MapCustomerOwnedIpOnLaunch.*", "EnableResourceNameDnsARecordOnLaunch.*", "EnableResourceNameDnsAAAARecordOnLaunch.*",
                                                                                           "PrivateDnsHostnameTypeOnLaunch"}, bind(modify));
}

}  // namespace landfall::services::ec2
