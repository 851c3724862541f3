#include "services/route53/support.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include <fmt/format.h>

#include "services/route53/name.h"
#include "services/route53/route53.h"

namespace landfall::services::route53 {

using model::HostedZone;
using model::RecordSet;

std::string plain_id(const std::optional<std::string>& id) {
  const std::string given = text(id);
  return given.substr(given.rfind('/') + 1);
}

Result<HostedZone> zone_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  auto zone = store::find<HostedZone>(tx, context.account + "/" + plain_id(id));
  if (!zone) return fail("NoSuchHostedZone", fmt::format("No hosted zone found with ID: {}", plain_id(id)));
  return std::move(*zone);
}

std::vector<RecordSet> sorted(std::vector<RecordSet> records) {
  std::ranges::sort(records, {}, [](const RecordSet& r) { return std::tuple(sort_key(r.name), r.type, r.set_identifier); });
  return records;
}

shapes::ChangeInfo record_change(Transaction& tx, const Deps& deps, const CallContext& context, const std::string& comment) {
  const model::ZoneChange change{.account = context.account, .id = "C" + deps.ids.upper_alnum(20), .submitted_at = deps.clock.wall(), .comment = comment};
  store::put(tx, change);
  shapes::ChangeInfo info{.id = "/change/" + change.id, .status = "PENDING", .submitted_at = change.submitted_at};
  if (!comment.empty()) info.comment = comment;
  return info;
}

Result<size_t> item_limit(const std::optional<std::string>& given, size_t most) {
  if (!given) return most;
  size_t limit = 0;
  const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), limit);
  if (error != std::errc() || end != given->data() + given->size() || limit == 0) {
    return fail("InvalidInput", fmt::format("MaxItems is '{}'; wanted a number between 1 and {}", *given, most));
  }
  return std::min(limit, most);
}

shapes::HostedZone render(const HostedZone& zone, size_t record_count) {
  shapes::HostedZone out{.caller_reference = zone.caller_reference, .config = shapes::HostedZoneConfig{.private_zone = zone.is_private},
                         .id = "/hostedzone/" + zone.id, .name = zone.name, .resource_record_set_count = static_cast<int64_t>(record_count)};
  if (!zone.comment.empty()) out.config->comment = zone.comment;
  return out;
}

Result<model::ZoneVpc> vpc_for_zone(const Transaction& tx, const CallContext& context, const shapes::VPC& given, const std::string& zone_name) {
  const model::ZoneVpc wanted{.region = text(given.vpc_region), .vpc_id = text(given.vpc_id)};
  if (!wanted.vpc_id.starts_with("vpc-")) return fail("InvalidVPCId", "The VPC ID is invalid.");
  if (!store::find<model::Vpc>(tx, fmt::format("{}/{}/{}", context.account, wanted.region, wanted.vpc_id))) {
    return fail("InvalidVPCId", fmt::format("The VPC: {} in region {} was not found.", wanted.vpc_id, wanted.region));
  }
  for (const HostedZone& other : store::all<HostedZone>(tx, context.account + "/")) {
    const bool attached = std::ranges::any_of(other.vpcs, [&](const auto& v) { return v.vpc_id == wanted.vpc_id && v.region == wanted.region; });
    if (other.name == zone_name && attached) {
      return fail("ConflictingDomainExists", fmt::format("The VPC {} in region {} has already been associated with the hosted zone {} with the same domain name.", wanted.vpc_id, wanted.region, other.id));
    }
  }
  return wanted;
}

void register_route53(aws::Registry& registry, const Deps& deps) {
  register_hosted_zone(registry, deps);
  register_zone_list(registry, deps);
  register_zone_vpc(registry, deps);
  register_change(registry, deps);
  register_record_list(registry, deps);
  register_tags(registry, deps);
  register_account(registry, deps);
  register_geo_location(registry);
  register_health_check(registry, deps);
  register_delegation_set(registry, deps);
}

}  // namespace landfall::services::route53
