#include <fmt/format.h>

#include "services/ec2/support.h"

namespace landfall::services::ec2 {

std::string zone_id(const std::string& region, char letter) {
  const std::vector<std::string> parts = split(region, '-');
  std::string id;
  for (const std::string& part : parts) {
    if (part == "northeast" || part == "northwest" || part == "southeast" || part == "southwest") id += {part[0], part[5]};
    else id += part.size() > 1 && (part[0] < '0' || part[0] > '9') && part != parts[0] ? part.substr(0, 1) : part;
  }
  return fmt::format("{}-az{}", id, letter - 'a' + 1);
}

namespace {

Result<shapes::DescribeAvailabilityZonesResult> zones(const Deps&, const CallContext& context, const shapes::DescribeAvailabilityZonesRequest& request) {
  static const std::vector<std::string_view> known{"state", "zone-name", "zone-id", "region-name", "opt-in-status", "zone-type", "group-name"};
  shapes::DescribeAvailabilityZonesResult result{.availability_zones = std::vector<shapes::AvailabilityZone>{}};
  for (const char letter : {'a', 'b', 'c'}) {
    const std::string name = context.region + letter;
    const Facts facts{{"state", "available"}, {"zone-name", name}, {"zone-id", zone_id(context.region, letter)}, {"region-name", context.region},
                      {"opt-in-status", "opt-in-not-required"}, {"zone-type", "availability-zone"}, {"group-name", context.region}};
    const bool named = !request.zone_names || std::ranges::count(*request.zone_names, name) > 0;
    if (!TRY(passes(request.filters, facts, {}, known)) || !named) continue;
    result.availability_zones->push_back({.group_name = context.region, .messages = std::vector<shapes::AvailabilityZoneMessage>{}, .network_border_group = context.region,
                                          .opt_in_status = "opt-in-not-required", .region_name = context.region, .state = "available",
                                          .zone_id = zone_id(context.region, letter), .zone_name = name, .zone_type = "availability-zone"});
  }
  for (const std::string& name : request.zone_names.value_or(std::vector<std::string>{})) {
    const bool exists = name.size() == context.region.size() + 1 && name.starts_with(context.region) && name.back() >= 'a' && name.back() <= 'c';
    if (!exists) return fail("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", name));
  }
  return result;
}

Result<shapes::DescribeRegionsResult> regions(const Deps&, const CallContext& context, const shapes::DescribeRegionsRequest& request) {
  shapes::DescribeRegionsResult result{.regions = std::vector<shapes::Region>{}};
  for (const std::string& name : request.region_names.value_or(std::vector<std::string>{context.region})) {
    result.regions->push_back({.endpoint = fmt::format("ec2.{}.amazonaws.com", name), .opt_in_status = "opt-in-not-required", .region_name = name});
  }
  return result;
}

Result<shapes::DescribeAccountAttributesResult> attributes(const Deps&, const CallContext&, const shapes::DescribeAccountAttributesRequest& request) {
  shapes::DescribeAccountAttributesResult result{.account_attributes = std::vector<shapes::AccountAttribute>{}};
  const std::vector<std::pair<std::string, std::string>> all{{"supported-platforms", "VPC"}, {"default-vpc", "none"}, {"vpc-max-security-groups-per-interface", "5"}, {"vpc-max-elastic-ips", "5"}};
  for (const auto& [name, value] : all) {
    if (request.attribute_names && std::ranges::count(*request.attribute_names, name) == 0) continue;
    result.account_attributes->push_back({.attribute_name = name, .attribute_values = std::vector{shapes::AccountAttributeValue{.attribute_value = value}}});
  }
  return result;
}

Result<shapes::DescribeDhcpOptionsResult> dhcp_options(const Deps&, const CallContext& context, const shapes::DescribeDhcpOptionsRequest& request) {
  for (const std::string& id : request.dhcp_options_ids.value_or(std::vector<std::string>{})) {
    if (id != kDefaultDhcpOptions) return fail("InvalidDhcpOptionID.NotFound", fmt::format("The dhcpOption ID '{}' does not exist", id));
  }
  const std::string domain = context.region == "us-east-1" ? "ec2.internal" : context.region + ".compute.internal";
  const auto configuration = [](const std::string& key, const std::string& value) {
    return shapes::DhcpConfiguration{.key = key, .values = std::vector{shapes::AttributeValue{.value = value}}};
  };
  shapes::DhcpOptions options{.dhcp_configurations = std::vector{configuration("domain-name", domain), configuration("domain-name-servers", "AmazonProvidedDNS")},
                              .dhcp_options_id = std::string(kDefaultDhcpOptions), .owner_id = context.account};
  return shapes::DescribeDhcpOptionsResult{.dhcp_options = std::vector{options}};
}

Result<shapes::DescribePrefixListsResult> prefix_lists(const Deps&, const CallContext&, const shapes::DescribePrefixListsRequest&) {
  return shapes::DescribePrefixListsResult{.prefix_lists = std::vector<shapes::PrefixList>{}};
}

}  // namespace

void register_zones(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeAvailabilityZonesRequest, shapes::DescribeAvailabilityZonesResult>("ec2", "DescribeAvailabilityZones", {"Filters.*", "ZoneNames.*", "AllAvailabilityZones"}, bind(zones));
  registry.add<shapes::DescribeRegionsRequest, shapes::DescribeRegionsResult>("ec2", "DescribeRegions", {"RegionNames.*", "AllRegions"}, bind(regions));
  registry.add<shapes::DescribeAccountAttributesRequest, shapes::DescribeAccountAttributesResult>("ec2", "DescribeAccountAttributes", {"AttributeNames.*"}, bind(attributes));
  registry.add<shapes::DescribeDhcpOptionsRequest, shapes::DescribeDhcpOptionsResult>("ec2", "DescribeDhcpOptions", {"DhcpOptionsIds.*"}, bind(dhcp_options));
  registry.add<shapes::DescribePrefixListsRequest, shapes::DescribePrefixListsResult>("ec2", "DescribePrefixLists", {"MaxResults"}, bind(prefix_lists));
}

}  // namespace landfall::services::ec2
