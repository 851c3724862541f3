#include "services/route53/record_policy.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "services/route53/geo_location.h"
#include "services/support/text.h"

namespace landfall::services::route53 {
namespace {

namespace shapes = landfall::aws::route53;
using model::RecordSet;

constexpr size_t kMaxIdentifier = 128;
constexpr int64_t kMaxWeight = 255;

std::string_view policy_of(const RecordSet& record) {
  if (record.weight) return "weighted";
  if (!record.region.empty()) return "latency";
  if (!record.failover.empty()) return "failover";
  if (record.geo) return "geolocation";
  return record.is_multivalue ? "multivalue answer" : "";
}

/// "…, type A, SetIdentifier blue": what faults of groups begin with.
std::string named(const RecordSet& record) {
  std::string text = fmt::format("RRSet with DNS name {}, type {}", record.name, record.type);
  if (!record.set_identifier.empty()) text += ", SetIdentifier " + record.set_identifier;
  return text;
}

/// Two of one policy that would be for the same place or part.
std::string clash(const RecordSet& record, const RecordSet& other) {
  if (record.weight && record.ttl != other.ttl && !record.alias && !other.alias) {
    return fmt::format("RRSet with DNS name {} and type {}, SetIdentifier {} cannot be created as weighted sets must contain the same TTL.", record.name, record.type, record.set_identifier);
  }
  if (!record.region.empty() && record.region == other.region) {
    return fmt::format("{}, and Region Name={} cannot be created because a latency RRSet with the same name, type and region already exists.", named(record), record.region);
  }
  if (record.geo && record.geo == other.geo) {
    return fmt::format("{}, and {} cannot be created because a geolocation RRSet with the same name, type and location already exists.", named(record), described(*record.geo));
  }
  if (!record.failover.empty() && record.failover == other.failover) {
    return fmt::format("{}, and Failover={} cannot be created because a failover RRSet with the same name, type and failover role already exists.", named(record), record.failover);
  }
  return "";
}

}  // namespace

std::string described(const shapes::Change& change) {
  const shapes::ResourceRecordSet& set = *change.resource_record_set;
  return fmt::format("[Action={}, Name={}, Type={}, SetIdentifier={}]", text(change.action), text(set.name), text(set.type), set.set_identifier.value_or("null"));
}

Result<void> check_policy_form(const shapes::Change& change) {
  const shapes::ResourceRecordSet& set = *change.resource_record_set;
  const int policies = set.weight.has_value() + set.region.has_value() + set.failover.has_value() + set.geo_location.has_value() + set.multi_value_answer.value_or(false);
  if (policies > 0 && !set.set_identifier) return fail("InvalidInput", fmt::format("Invalid request: Missing field 'SetIdentifier' in Change with {}", described(change)));
  if (policies != 1 && set.set_identifier) {
    return fail("InvalidInput", fmt::format("Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer, GeoProximityLocation, or CidrRoutingConfig], but found {} in Change with {}",
                                            policies == 0 ? "none" : "more than one", described(change)));
  }
  if (set.set_identifier && (set.set_identifier->empty() || set.set_identifier->size() > kMaxIdentifier)) return fail("InvalidInput", fmt::format("SetIdentifier has {} characters; wanted 1 to {}", set.set_identifier->size(), kMaxIdentifier));
  if (set.weight && (*set.weight < 0 || *set.weight > kMaxWeight)) return fail("InvalidInput", fmt::format("Weight is {}; wanted 0 to {}", *set.weight, kMaxWeight));
  if (set.multi_value_answer.value_or(false) && set.alias_target) return fail("InvalidInput", fmt::format("Multivalue answer record sets cannot be aliases, in Change with {}", described(change)));
  if (set.geo_location) TRY(check_geo_location(*set.geo_location));
  return {};
}

void take_policy(const shapes::ResourceRecordSet& set, RecordSet& record) {
  record.set_identifier = text(set.set_identifier);
  if (set.weight) record.weight.emplace(*set.weight);
  record.region = text(set.region);
  record.failover = text(set.failover);
  record.is_multivalue = set.multi_value_answer.value_or(false);
  record.health_check_id = text(set.health_check_id);
  if (set.geo_location) record.geo = model::GeoLocation{.continent = text(set.geo_location->continent_code), .country = text(set.geo_location->country_code), .subdivision = text(set.geo_location->subdivision_code)};
}

void tell_policy(const RecordSet& record, shapes::ResourceRecordSet& set) {
  const auto unless_empty = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  set.set_identifier = unless_empty(record.set_identifier);
  if (record.weight) set.weight.emplace(*record.weight);
  set.region = unless_empty(record.region);
  set.failover = unless_empty(record.failover);
  if (record.is_multivalue) set.multi_value_answer = true;
  set.health_check_id = unless_empty(record.health_check_id);
  if (record.geo) set.geo_location = shapes::GeoLocation{.continent_code = unless_empty(record.geo->continent), .country_code = unless_empty(record.geo->country), .subdivision_code = unless_empty(record.geo->subdivision)};
}

bool same_policy(const RecordSet& a, const RecordSet& b) {
  return a.set_identifier == b.set_identifier && a.weight == b.weight && a.region == b.region && a.failover == b.failover && a.geo == b.geo && a.is_multivalue == b.is_multivalue && a.health_check_id == b.health_check_id;
}

std::string group_problem(const RecordSet& record, const std::vector<RecordSet>& records) {
  for (const RecordSet& other : records) {
    if (other.name != record.name || other.type != record.type || other.set_identifier == record.set_identifier) continue;
    if (record.set_identifier.empty()) return fmt::format("{} cannot be created as other RRSets exist with the same name and type.", named(record));
    if (policy_of(other) != policy_of(record)) return fmt::format("{} cannot be created as a non-{} set exists with the same name and type.", named(record), policy_of(record));
    if (std::string problem = clash(record, other); !problem.empty()) return problem;
  }
  return "";
}

}  // namespace landfall::services::route53
