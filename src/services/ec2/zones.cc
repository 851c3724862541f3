#include <algorithm>

#include <fmt/format.h>

#include "model/region.h"
#include "services/ec2/support.h"
#include "services/ec2/zones.h"

namespace landfall::services::ec2 {

bool is_zone_of(std::string_view zone, std::string_view region) {
  return zone.size() == region.size() + 1 && zone.starts_with(region) && model::zone_letters(region).find(zone.back()) != std::string_view::npos;
}

std::string zone_names(const std::string& region) {
  std::string names;
  for (const char letter : model::zone_letters(region)) names += (names.empty() ? "" : ", ") + region + letter;
  return names;
}
namespace {

Result<shapes::DescribeAvailabilityZonesResult> zones(const Deps&, const CallContext& context, const shapes::DescribeAvailabilityZonesRequest& request) {
  static const std::vector<std::string_view> known{"state", "zone-name", "zone-id", "region-name", "opt-in-status", "zone-type", "group-name",
                                                   "message", "parent-zone-id", "parent-zone-name"};
  shapes::DescribeAvailabilityZonesResult result{.availability_zones = std::vector<shapes::AvailabilityZone>{}};
  for (const char letter : model::zone_letters(context.region)) {
    const std::string name = context.region + letter;
    const Facts facts{{"state", "available"}, {"zone-name", name}, {"zone-id", zone_id(context.region, letter)}, {"region-name", context.region},
                      {"opt-in-status", "opt-in-not-required"}, {"zone-type", "availability-zone"}, {"group-name", context.region}};
    const bool named = (!request.zone_names || std::ranges::count(*request.zone_names, name) > 0) && (!request.zone_ids || std::ranges::count(*request.zone_ids, zone_id(context.region, letter)) > 0);
    if (!TRY(passes(request.filters, facts, {}, known)) || !named) continue;
    result.availability_zones->push_back({.group_name = context.region, .messages = std::vector<shapes::AvailabilityZoneMessage>{}, .network_border_group = context.region,
                                          .opt_in_status = "opt-in-not-required", .region_name = context.region, .state = "available",
                                          .zone_id = zone_id(context.region, letter), .zone_name = name, .zone_type = "availability-zone"});
  }
  for (const std::string& name : request.zone_names.value_or(std::vector<std::string>{})) {
    if (!is_zone_of(name, context.region)) return fail("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", name));
  }
  return result;
}

/// One that the caller signs for is on, whatever it is named.
Result<shapes::DescribeRegionsResult> regions(const Deps&, const CallContext& context, const shapes::DescribeRegionsRequest& request) {
  static const std::vector<std::string_view> known{"endpoint", "opt-in-status", "region-name"};
  std::map<std::string, std::string> all;
  for (const std::string_view name : model::kRegions) all.emplace(name, "opt-in-not-required");
  for (const std::string_view name : model::kOptInRegions) all.emplace(name, "not-opted-in");
  if (const auto own = all.try_emplace(context.region, "opted-in").first; own->second == "not-opted-in") own->second = "opted-in";
  for (const std::string& name : request.region_names.value_or(std::vector<std::string>{})) {
    if (!all.contains(name)) return fail("InvalidParameterValue", fmt::format("Invalid region name: [{}]", name));
  }
  shapes::DescribeRegionsResult result{.regions = std::vector<shapes::Region>{}};
  for (const auto& [name, status] : all) {
    const bool is_named = request.region_names && std::ranges::count(*request.region_names, name) > 0;
    const bool is_wanted = request.region_names && !request.region_names->empty() ? is_named : request.all_regions.value_or(false) || status != "not-opted-in";
    const std::string endpoint = fmt::format("ec2.{}.amazonaws.com", name);
    if (!TRY(passes(request.filters, {{"endpoint", endpoint}, {"opt-in-status", status}, {"region-name", name}}, {}, known)) || !is_wanted) continue;
    result.regions->push_back({.endpoint = endpoint, .opt_in_status = status, .region_name = name});
  }
  return result;
}

Result<shapes::DescribeAccountAttributesResult> attributes(const Deps& deps, const CallContext& context, const shapes::DescribeAccountAttributesRequest& request) {
  const auto vpcs = store::all<model::Vpc>(deps.store, scope(context));
  const auto usual = std::ranges::find(vpcs, true, &model::Vpc::is_default);
  const std::vector<std::pair<std::string, std::string>> all{{"vpc-max-security-groups-per-interface", "5"}, {"max-instances", "0"}, {"supported-platforms", "VPC"}, {"default-vpc", usual == vpcs.end() ? "none" : usual->id},
                                                             {"max-elastic-ips", "100"}, {"vpc-max-elastic-ips", "100"}};
  shapes::DescribeAccountAttributesResult result{.account_attributes = std::vector<shapes::AccountAttribute>{}};
  for (const auto& [name, value] : all) {
    if (request.attribute_names && std::ranges::count(*request.attribute_names, name) == 0) continue;
    result.account_attributes->push_back({.attribute_name = name, .attribute_values = std::vector{shapes::AccountAttributeValue{.attribute_value = value}}});
  }
  return result;
}

}  // namespace

void register_zones(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeAvailabilityZonesRequest, shapes::DescribeAvailabilityZonesResult>("ec2", "DescribeAvailabilityZones", {"Filters.*", "ZoneNames.*", "ZoneIds.*", "AllAvailabilityZones"}, bind(zones));
  registry.add<shapes::DescribeRegionsRequest, shapes::DescribeRegionsResult>("ec2", "DescribeRegions", {"RegionNames.*", "AllRegions", "Filters.*"}, bind(regions));
  registry.add<shapes::DescribeAccountAttributesRequest, shapes::DescribeAccountAttributesResult>("ec2", "DescribeAccountAttributes", {"AttributeNames.*"}, bind(attributes));
}

}  // namespace landfall::services::ec2
