#include <tuple>

#include <fmt/format.h>

#include "services/route53/name.h"
#include "services/route53/record_policy.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::RecordSet;

constexpr size_t kMaxRecords = 300;  // Route 53 API, ListResourceRecordSets

shapes::ResourceRecordSet render_record(const RecordSet& record) {
  shapes::ResourceRecordSet out{.name = record.name, .type = record.type};
  tell_policy(record, out);
  if (record.alias) {
    out.alias_target = shapes::AliasTarget{.dns_name = record.alias->dns_name, .evaluate_target_health = record.alias->evaluate_target_health, .hosted_zone_id = record.alias->hosted_zone_id};
    return out;
  }
  out.ttl = record.ttl;
  out.resource_records.emplace();
  for (const std::string& value : record.values) out.resource_records->push_back({.value = value});
  return out;
}

Result<shapes::ListResourceRecordSetsResponse> list(const Deps& deps, const CallContext& context, const shapes::ListResourceRecordSetsRequest& request) {
  if (request.start_record_type && !request.start_record_name) return fail("InvalidInput", "The request contains StartRecordType without StartRecordName; wanted both or StartRecordName alone");
  if (request.start_record_identifier && (!request.start_record_name || !request.start_record_type)) return fail("InvalidInput", "The request contains StartRecordIdentifier without StartRecordName and StartRecordType");
  const size_t limit = TRY(item_limit(request.max_items, kMaxRecords));
  std::tuple<std::string, std::string, std::string> from;
  if (request.start_record_name) from = {sort_key(TRY(canonical_name(*request.start_record_name))), text(request.start_record_type), text(request.start_record_identifier)};
  return transact<shapes::ListResourceRecordSetsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListResourceRecordSetsResponse> {
    const model::HostedZone zone = TRY(zone_with(tx, context, request.hosted_zone_id));
    shapes::ListResourceRecordSetsResponse answer{.is_truncated = false, .max_items = std::to_string(limit), .resource_record_sets = std::vector<shapes::ResourceRecordSet>{}};
    for (const RecordSet& record : records_of(tx, zone.id)) {
      if (std::tuple(sort_key(record.name), record.type, record.set_identifier) < from) continue;
      if (answer.resource_record_sets->size() == limit) {
        answer.is_truncated = true;
        answer.next_record_name = record.name;
        answer.next_record_type = record.type;
        if (!record.set_identifier.empty()) answer.next_record_identifier = record.set_identifier;
        break;
      }
      answer.resource_record_sets->push_back(render_record(record));
    }
    return answer;
  });
}

}  // namespace

void register_record_list(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::ListResourceRecordSetsRequest, shapes::ListResourceRecordSetsResponse>(
      "route53", "ListResourceRecordSets", {"HostedZoneId", "StartRecordName", "StartRecordType", "StartRecordIdentifier", "MaxItems"},
      [&deps](const CallContext& c, const auto& r) { return list(deps, c, r); });
}

}  // namespace landfall::services::route53
