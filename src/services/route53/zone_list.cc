#include <algorithm>

#include <fmt/format.h>

#include "services/route53/name.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::HostedZone;

constexpr size_t kMaxZones = 100;  // Route 53 API, ListHostedZones

shapes::HostedZone counted(const Deps& deps, const HostedZone& zone) { return render(zone, records_of(deps.store, zone.id).size()); }

Result<shapes::ListHostedZonesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListHostedZonesRequest& request) {
  const size_t limit = TRY(item_limit(request.max_items, kMaxZones));
  shapes::ListHostedZonesResponse answer{.hosted_zones = std::vector<shapes::HostedZone>{}, .is_truncated = false, .marker = request.marker, .max_items = std::to_string(limit)};
  const std::string from = plain_id(request.marker);
  std::optional<std::string> set;
  if (request.delegation_set_id) {
    set = TRY(transact<std::string>(deps.store, [&](Transaction& tx) -> Result<std::string> { return TRY(delegation_set_with(tx, context, request.delegation_set_id)).id; }));
  }
  for (const HostedZone& zone : store::all<HostedZone>(deps.store, context.account + "/")) {
    if (zone.id < from || (request.hosted_zone_type && !zone.is_private) || (set && zone.delegation_set_id != *set)) continue;
    if (answer.hosted_zones->size() == limit) {
      answer.is_truncated = true;
      answer.next_marker = zone.id;
      break;
    }
    answer.hosted_zones->push_back(counted(deps, zone));
  }
  return answer;
}

Result<shapes::ListHostedZonesByNameResponse> list_by_name(const Deps& deps, const CallContext& context, const shapes::ListHostedZonesByNameRequest& request) {
  if (request.hosted_zone_id && !request.dns_name) return fail("InvalidInput", "The request contains HostedZoneId without DNSName; wanted both or DNSName alone");
  const size_t limit = TRY(item_limit(request.max_items, kMaxZones));
  const auto order = [](const HostedZone& zone) { return std::pair(sort_key(zone.name), zone.id); };
  std::vector<HostedZone> zones = store::all<HostedZone>(deps.store, context.account + "/");
  std::ranges::sort(zones, {}, order);
  std::pair<std::string, std::string> from;
  if (request.dns_name) from = {sort_key(TRY(canonical_name(*request.dns_name))), plain_id(request.hosted_zone_id)};
  shapes::ListHostedZonesByNameResponse answer{.dns_name = request.dns_name, .hosted_zone_id = request.hosted_zone_id, .hosted_zones = std::vector<shapes::HostedZone>{},
                                               .is_truncated = false, .max_items = std::to_string(limit)};
  for (const HostedZone& zone : zones) {
    if (order(zone) < from) continue;
    if (answer.hosted_zones->size() == limit) {
      answer.is_truncated = true;
      answer.next_dns_name = zone.name;
      answer.next_hosted_zone_id = zone.id;
      break;
    }
    answer.hosted_zones->push_back(counted(deps, zone));
  }
  return answer;
}

}  // namespace

void register_zone_list(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::ListHostedZonesRequest, shapes::ListHostedZonesResponse>("route53", "ListHostedZones", {"Marker", "MaxItems", "HostedZoneType", "DelegationSetId"}, bind(list));
  registry.add<shapes::ListHostedZonesByNameRequest, shapes::ListHostedZonesByNameResponse>("route53", "ListHostedZonesByName", {"DNSName", "HostedZoneId", "MaxItems"}, bind(list_by_name));
}

}  // namespace landfall::services::route53
