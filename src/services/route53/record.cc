#include <fmt/format.h>

#include "base/ip.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::HostedZone;
using model::RecordSet;

constexpr size_t kMaxRecords = 1000;  // of one batch: Route 53 API

const std::vector<std::string>& carried_types() {
  static const std::vector<std::string> types{"A", "AAAA", "CNAME", "TXT", "MX", "NS", "SOA", "SRV", "CAA", "PTR", "SPF"};
  return types;
}

Result<RecordSet> read(const HostedZone& zone, const shapes::ResourceRecordSet& given) {
  RecordSet record{.zone_id = zone.id, .name = canonical_name(text(given.name)), .type = text(given.type), .ttl = given.ttl.value_or(0)};
  if (given.set_identifier || given.weight || given.region || given.failover || given.geo_location || given.multi_value_answer || given.health_check_id || given.cidr_routing_config || given.geo_proximity_location || given.traffic_policy_instance_id) {
    return fail("InvalidInput", fmt::format("Landfall supports simple routing only, so far: the record {} {} has a routing policy or health check.", record.name, record.type));
  }
  if (std::ranges::count(carried_types(), record.type) == 0) return fail("InvalidInput", fmt::format("Landfall does not support records of type {} yet ({}).", record.type, record.name));
  for (const auto& value : given.resource_records.value_or(std::vector<shapes::ResourceRecord>{})) record.values.push_back(text(value.value));
  if (given.alias_target) {
    const auto& alias = *given.alias_target;
    record.alias = model::AliasTarget{.hosted_zone_id = text(alias.hosted_zone_id), .dns_name = canonical_name(text(alias.dns_name)), .evaluate_target_health = alias.evaluate_target_health.value_or(false)};
  }
  if (record.alias.has_value() == !record.values.empty()) return fail("InvalidInput", fmt::format("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found {} in Change with [Name={}, Type={}]", record.alias ? "more than one" : "none", record.name, record.type));
  return record;
}

/// What is wrong with the values themselves, as the batch error says it; "" if nothing.
std::string bad_value(const RecordSet& record) {
  for (const std::string& value : record.values) {
    if (record.type == "A" && !parse_ipv4(value)) return fmt::format("Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '{}''", value);
    if (record.type == "CNAME" && record.values.size() > 1) return "Invalid Resource Record: 'FATAL problem: CNAMERRDATATooMany (CNAME has more than one value)'";
    const bool is_text = record.type == "TXT" || record.type == "SPF";
    if (is_text && (!value.starts_with('"') || !value.ends_with('"') || value.size() < 2)) return fmt::format("Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with '{}''", value);
  }
  return "";
}

bool same(const RecordSet& a, const RecordSet& b) {
  auto left = a.values, right = b.values;
  std::ranges::sort(left);
  std::ranges::sort(right);
  const bool aliases = a.alias.has_value() == b.alias.has_value() && (!a.alias || (a.alias->dns_name == b.alias->dns_name && a.alias->hosted_zone_id == b.alias->hosted_zone_id));
  return left == right && a.ttl == b.ttl && aliases;
}

/// One change inside the batch; "" or what the batch error says of it.
std::string apply(Transaction& tx, const HostedZone& zone, const std::string& action, const RecordSet& record) {
  const std::string named = fmt::format("name='{}', type='{}'", record.name, record.type);
  const auto existing = store::find<RecordSet>(tx, record.key());
  if (!is_in_zone(record.name, zone.name)) return fmt::format("RRSet with DNS name {} is not permitted in zone {}", record.name, zone.name);
  if (action == "DELETE") {
    if (!existing) return fmt::format("Tried to delete resource record set [{}] but it was not found", named);
    if (!same(*existing, record)) return fmt::format("Tried to delete resource record set [{}] but the values provided do not match the current values", named);
    const bool required = record.name == zone.name && (record.type == "NS" || record.type == "SOA");
    if (required) return fmt::format("A HostedZone must contain at least one NS and one SOA record for the zone itself; tried to delete [{}]", named);
    store::erase<RecordSet>(tx, record.key());
    return "";
  }
  if (action == "CREATE" && existing) return fmt::format("Tried to create resource record set [{}] but it already exists", named);
  if (record.type == "CNAME" && record.name == zone.name) return fmt::format("RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}", record.name, zone.name);
  for (const RecordSet& other : store::all<RecordSet>(tx, zone.id + "/" + record.name + "/")) {
    const bool clash = other.type != record.type && (other.type == "CNAME" || record.type == "CNAME");
    if (clash) return fmt::format("RRSet of type {} with DNS name {} is not permitted because a conflicting RRSet of type {} with the same DNS name already exists in zone {}", record.type, record.name, other.type, zone.name);
  }
  if (std::string problem = bad_value(record); !problem.empty()) return problem;
  store::put(tx, record);
  return "";
}

Result<shapes::ChangeResourceRecordSetsResponse> change(const Deps& deps, const CallContext& context, const shapes::ChangeResourceRecordSetsRequest& request) {
  return transact<shapes::ChangeResourceRecordSetsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ChangeResourceRecordSetsResponse> {
    const HostedZone zone = TRY(zone_at(tx, context, request.hosted_zone_id));
    const auto& changes = request.change_batch->changes;
    if (!changes || changes->empty() || changes->size() > kMaxRecords) return fail("InvalidInput", fmt::format("A change batch holds 1 to {} changes", kMaxRecords));
    std::string problems;
    for (const auto& one : *changes) {
      const RecordSet record = TRY(read(zone, *one.resource_record_set));
      const std::string problem = apply(tx, zone, text(one.action), record);
      if (!problem.empty()) problems += (problems.empty() ? "" : ", ") + problem;
    }
    if (!problems.empty()) return fail("InvalidChangeBatch", "[" + problems + "]");
    return shapes::ChangeResourceRecordSetsResponse{.change_info = record_change(deps, tx, context, text(request.change_batch->comment))};
  });
}

shapes::ResourceRecordSet render(const RecordSet& record) {
  shapes::ResourceRecordSet out{.name = record.name, .type = record.type};
  if (record.alias) {
    out.alias_target = shapes::AliasTarget{.dns_name = record.alias->dns_name, .evaluate_target_health = record.alias->evaluate_target_health, .hosted_zone_id = record.alias->hosted_zone_id};
    return out;
  }
  out.ttl = record.ttl;
  out.resource_records = std::vector<shapes::ResourceRecord>{};
  for (const std::string& value : record.values) out.resource_records->push_back({.value = value});
  return out;
}

/// In the order of reversed labels, then types; from a name and type on.
Result<shapes::ListResourceRecordSetsResponse> list_records(const Deps& deps, const CallContext& context, const shapes::ListResourceRecordSetsRequest& request) {
  const HostedZone zone = TRY(zone_at(deps.store, context, request.hosted_zone_id));
  const size_t limit = static_cast<size_t>(std::clamp(std::atoi(request.max_items.value_or("300").c_str()), 1, 300));
  auto records = store::all<RecordSet>(deps.store, zone.id + "/");
  const auto key = [](const RecordSet& r) { return std::pair(sort_key(r.name), r.type); };
  std::ranges::sort(records, {}, key);
  const std::pair<std::string, std::string> from{request.start_record_name ? sort_key(canonical_name(*request.start_record_name)) : "", text(request.start_record_type)};
  shapes::ListResourceRecordSetsResponse result{.is_truncated = false, .max_items = std::to_string(limit), .resource_record_sets = std::vector<shapes::ResourceRecordSet>{}};
  for (const RecordSet& record : records) {
    if (key(record) < from) continue;
    if (result.resource_record_sets->size() == limit) {
      result.is_truncated = true;
      result.next_record_name = record.name;
      result.next_record_type = record.type;
      break;
    }
    result.resource_record_sets->push_back(render(record));
  }
  return result;
}

}  // namespace

void register_records(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::ChangeResourceRecordSetsRequest, shapes::ChangeResourceRecordSetsResponse>("route53", "ChangeResourceRecordSets", {"*"}, bind(change));
  registry.add<shapes::ListResourceRecordSetsRequest, shapes::ListResourceRecordSetsResponse>("route53", "ListResourceRecordSets", {"HostedZoneId", "StartRecordName", "StartRecordType", "MaxItems"}, bind(list_records));
}

}  // namespace landfall::services::route53
