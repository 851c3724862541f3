#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "model/load_balancing.h"
#include "services/route53/name.h"
#include "services/route53/record_policy.h"
#include "services/route53/record_value.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::HostedZone;
using model::RecordSet;

constexpr size_t kMaxChanges = 1000, kMaxCharacters = 32000;  // Route 53 API, ChangeResourceRecordSets; UPSERT counts twice

/// One change of a batch, read and with canonical names.
struct Step {
  std::string action;
  RecordSet record;
};

Error needs_one_of(const shapes::Change& change, std::string_view found) {
  return {.code = "InvalidInput", .what = fmt::format("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found {} in Change with {}", found, described(change))};
}

Result<Step> read_step(const HostedZone& zone, const shapes::Change& change) {
  const shapes::ResourceRecordSet& set = *change.resource_record_set;
  const bool has_values = set.resource_records && !set.resource_records->empty();
  if (set.alias_target && (set.ttl || has_values)) return fail(needs_one_of(change, "more than one"));
  if (!set.alias_target && (!set.ttl || !has_values)) return fail(needs_one_of(change, "none"));
  TRY(check_policy_form(change));
  if (!is_supported_type(text(set.type))) return fail("InvalidInput", fmt::format("Landfall does not support record sets of type {} yet", text(set.type)));
  auto its_name = TRY(canonical_name(text(set.name)));
  Step step{.action = text(change.action), .record = {.zone_id = zone.id, .name = std::move(its_name), .type = text(set.type), .ttl = set.ttl.value_or(0)}};
  if (step.record.ttl < 0 || step.record.ttl > 2147483647) return fail("InvalidInput", fmt::format("TTL is {}; wanted 0 to 2147483647", step.record.ttl));
  if (set.alias_target) {
    auto its_dns_name = TRY(canonical_name(text(set.alias_target->dns_name)));
    step.record.alias = model::AliasTarget{.hosted_zone_id = plain_id(set.alias_target->hosted_zone_id), .dns_name = std::move(its_dns_name),
                                           .evaluate_target_health = set.alias_target->evaluate_target_health.value_or(false)};
  } else {
    for (const shapes::ResourceRecord& value : *set.resource_records) step.record.values.push_back(std::string(trim(text(value.value))));
  }
  take_policy(set, step.record);
  return step;
}

bool same_values(const RecordSet& a, const RecordSet& b) {
  if (a.alias.has_value() != b.alias.has_value() || !same_policy(a, b)) return false;
  if (a.alias) return a.alias->hosted_zone_id == b.alias->hosted_zone_id && a.alias->dns_name == b.alias->dns_name && a.alias->evaluate_target_health == b.alias->evaluate_target_health;
  return a.ttl == b.ttl && std::ranges::is_permutation(a.values, b.values);
}

std::string tried(std::string_view verb, const RecordSet& record, std::string_view outcome) {
  const std::string identifier = record.set_identifier.empty() ? "" : fmt::format(", set-identifier='{}'", record.set_identifier);
  return fmt::format("Tried to {} resource record set [name='{}', type='{}'{}] but {}", verb, record.name, record.type, identifier, outcome);
}

/// An alias points to a load balancer of its own canonical zone, or to a record set of the same type in this zone.
std::string alias_problem(const Transaction& tx, const HostedZone& zone, const RecordSet& record, const std::vector<RecordSet>& records) {
  const model::AliasTarget& alias = *record.alias;
  const auto told = [&](std::string_view outcome) {
    return fmt::format("Tried to create an alias that targets {}, type {} in zone {}, but {}", alias.dns_name, record.type, alias.hosted_zone_id, outcome);
  };
  if (alias.hosted_zone_id == zone.id) {
    if (!is_within(alias.dns_name, zone.name)) return told("the alias target name does not lie within the target zone");
    const bool found = std::ranges::any_of(records, [&](const RecordSet& r) { return r.name == alias.dns_name && r.type == record.type; });
    return found ? "" : told("that target was not found");
  }
  if (record.type != "A" && record.type != "AAAA") return told(fmt::format("load balancers have no records of type {}", record.type));
  std::string target = alias.dns_name;
  if (target.starts_with("dualstack.")) target.erase(0, std::string_view("dualstack.").size());
  bool is_zone_known = false;
  for (const auto& balancer : store::all<model::LoadBalancer>(tx)) {
    if (balancer.account != zone.account) continue;
    const bool same_zone = balancer.canonical_hosted_zone_id == alias.hosted_zone_id;
    is_zone_known = is_zone_known || same_zone;
    if (lower(balancer.dns_name) + "." != target) continue;
    return same_zone ? "" : told("the alias target name does not lie within the target zone");
  }
  if (is_zone_known || target.find(".elb.") != std::string::npos) return told("that target was not found");
  return told("Landfall supports aliases to load balancers and to records of the same zone only");
}

/// What is wrong with the record set by itself.
void check_record(const Transaction& tx, const HostedZone& zone, const RecordSet& record, const std::vector<RecordSet>& records, std::vector<std::string>& problems) {
  for (const std::string& value : record.values) {
    if (std::string problem = value_problem(record.type, value); !problem.empty()) problems.push_back(std::move(problem));
    if (std::ranges::count(record.values, value) > 1) problems.push_back(fmt::format("Duplicate Resource Record: '{}'", value));
  }
  if ((record.type == "CNAME" || record.type == "SOA") && record.values.size() > 1) {
    problems.push_back(fmt::format("RRSet of type {} with DNS name {} has {} values; wanted one", record.type, record.name, record.values.size()));
  }
  if (record.type == "CNAME" && record.name == zone.name) problems.push_back(fmt::format("RRSet of type CNAME with DNS name {} is not permitted at apex in zone {}", record.name, zone.name));
  if (record.type == "SOA" && record.name != zone.name) problems.push_back(fmt::format("RRSet of type SOA with DNS name {} is not permitted in zone {}", record.name, zone.name));
  if (!record.health_check_id.empty() && !store::find<model::DnsHealthCheck>(tx, zone.account + "/" + record.health_check_id)) {
    problems.push_back(fmt::format("The specified health check ID {} does not exist", record.health_check_id));
  }
  if (record.alias) {
    if (std::string problem = alias_problem(tx, zone, record, records); !problem.empty()) problems.push_back(std::move(problem));
  }
}

/// The record sets after all steps; what cannot be done is added to `problems`.
class Batch {
 public:
  Batch(const Transaction& tx, const HostedZone& zone) : tx_(tx), zone_(zone), records_(store::all<RecordSet>(tx, zone.id + "/")) {}

  void take(const Step& step) {
    const RecordSet& record = step.record;
    if (!is_within(record.name, zone_.name)) {
      problems_.push_back(fmt::format("RRSet with DNS name {} is not permitted in zone {}", record.name, zone_.name));
      return;
    }
    if (!is_new_to_batch(step)) {
      problems_.push_back(fmt::format("The request contains an invalid set of changes for a resource record set '{} {}'", record.type, record.name));
      return;
    }
    const auto current = std::ranges::find_if(records_, [&](const RecordSet& r) { return r.key() == record.key(); });
    if (step.action == "DELETE") return remove(record, current);
    if (step.action == "CREATE" && current != records_.end()) {
      problems_.push_back(tried("create", record, "it already exists"));
      return;
    }
    check_record(tx_, zone_, record, records_, problems_);
    if (current != records_.end()) *current = record;
    else records_.push_back(record);
    touched_.push_back(record);
  }

  /// Rules that look at the whole: policies of one kind, nothing beside a CNAME. Names that only a wildcard's escape tells apart are distinct.
  void check_conflicts() {
    for (const RecordSet& record : touched_) {
      if (std::string problem = group_problem(record, records_); !problem.empty()) problems_.push_back(std::move(problem));
      for (const RecordSet& other : records_) {
        if (other.name != record.name || other.type == record.type || (record.type != "CNAME" && other.type != "CNAME")) continue;
        if (record.name == zone_.name && record.type == "CNAME") continue;  // told already
        problems_.push_back(fmt::format("RRSet of type {} with DNS name {} is not permitted because a conflicting RRSet of type {} with the same DNS name already exists in zone {}",
                                        record.type, record.name, other.type, zone_.name));
      }
    }
  }

  const std::vector<std::string>& problems() const { return problems_; }
  const std::vector<RecordSet>& records() const { return records_; }

 private:
  using Place = std::vector<RecordSet>::iterator;

  /// One change of a record set in a batch, or DELETE and then CREATE.
  bool is_new_to_batch(const Step& step) {
    auto& before = actions_[step.record.key()];
    const bool is_fine = before.empty() || (before == "DELETE" && step.action == "CREATE");
    before = before.empty() ? step.action : "CREATE";
    return is_fine;
  }

  void remove(const RecordSet& record, Place current) {
    if (current == records_.end()) {
      problems_.push_back(tried("delete", record, "it was not found"));
    } else if (!same_values(*current, record)) {
      problems_.push_back(tried("delete", record, "the values provided do not match the current values"));
    } else if (record.name == zone_.name && record.type == "SOA") {
      problems_.push_back("A HostedZone must contain exactly one SOA record.");
    } else if (record.name == zone_.name && record.type == "NS") {
      problems_.push_back("A HostedZone must contain at least one NS record for the zone itself.");
    } else {
      records_.erase(current);
    }
  }

  const Transaction& tx_;
  const HostedZone& zone_;
  std::vector<RecordSet> records_, touched_;
  std::map<std::string, std::string> actions_;  ///< by key of the record set
  std::vector<std::string> problems_;
};

Error invalid_batch(const std::vector<std::string>& problems) { return {.code = "InvalidChangeBatch", .what = "[" + join(problems, ", ") + "]"}; }

Result<void> check_size(const std::vector<Step>& steps) {
  size_t count = 0, characters = 0;
  for (const Step& step : steps) {
    const size_t weight = step.action == "UPSERT" ? 2 : 1;
    count += weight * std::max<size_t>(1, step.record.values.size());
    for (const std::string& value : step.record.values) characters += weight * value.size();
  }
  if (count > kMaxChanges) return fail(invalid_batch({fmt::format("Number of records limit of {} exceeded.", kMaxChanges)}));
  if (characters > kMaxCharacters) return fail(invalid_batch({fmt::format("Number of characters limit of {} exceeded.", kMaxCharacters)}));
  return {};
}

/// Old record sets that changed or went are erased, new ones put: one transaction, seen at once by every resolver.
void write(Transaction& tx, const std::string& zone_id, const std::vector<RecordSet>& records) {
  for (const RecordSet& old : store::all<RecordSet>(tx, zone_id + "/")) {
    if (std::ranges::none_of(records, [&](const RecordSet& r) { return r.key() == old.key(); })) store::erase<RecordSet>(tx, old.key());
  }
  for (const RecordSet& record : records) {
    const auto old = store::find<RecordSet>(tx, record.key());
    if (!old || !same_values(*old, record)) store::put(tx, record);
  }
}

Result<shapes::ChangeResourceRecordSetsResponse> change(const Deps& deps, const CallContext& context, const shapes::ChangeResourceRecordSetsRequest& request) {
  const std::vector<shapes::Change> changes = request.change_batch->changes.value_or(std::vector<shapes::Change>{});
  if (changes.empty()) return fail("InvalidInput", "The change batch contains no changes; wanted at least one");
  return transact<shapes::ChangeResourceRecordSetsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ChangeResourceRecordSetsResponse> {
    const HostedZone zone = TRY(zone_with(tx, context, request.hosted_zone_id));
    std::vector<Step> steps;
    for (const shapes::Change& one : changes) steps.push_back(TRY(read_step(zone, one)));
    TRY(check_size(steps));
    Batch batch(tx, zone);
    for (const Step& step : steps) batch.take(step);
    batch.check_conflicts();
    if (!batch.problems().empty()) return fail(invalid_batch(batch.problems()));
    write(tx, zone.id, batch.records());
    return shapes::ChangeResourceRecordSetsResponse{.change_info = record_change(tx, deps, context, text(request.change_batch->comment))};
  });
}

Result<shapes::GetChangeResponse> get_change(const Deps& deps, const CallContext& context, const shapes::GetChangeRequest& request) {
  const auto found = store::find<model::ZoneChange>(deps.store, context.account + "/" + plain_id(request.id));
  if (!found) return fail("NoSuchChange", fmt::format("A change with the specified change ID {} does not exist", plain_id(request.id)));
  shapes::ChangeInfo info{.id = "/change/" + found->id, .status = "INSYNC", .submitted_at = found->submitted_at};
  if (!found->comment.empty()) info.comment = found->comment;
  return shapes::GetChangeResponse{.change_info = std::move(info)};
}

}  // namespace

void register_change(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::string set = "ChangeBatch.Changes.ResourceRecordSet.";
  registry.add<shapes::ChangeResourceRecordSetsRequest, shapes::ChangeResourceRecordSetsResponse>(
      "route53", "ChangeResourceRecordSets",
      {"HostedZoneId", "ChangeBatch.Comment", "ChangeBatch.Changes.Action", set + "Name", set + "Type", set + "TTL", set + "ResourceRecords.*", set + "AliasTarget.*", set + "SetIdentifier", set + "Weight", set + "Region", set + "Failover", set + "GeoLocation.*",
       set + "MultiValueAnswer", set + "HealthCheckId"}, bind(change));
  registry.add<shapes::GetChangeRequest, shapes::GetChangeResponse>("route53", "GetChange", {"Id"}, bind(get_change));
}

}  // namespace landfall::services::route53
