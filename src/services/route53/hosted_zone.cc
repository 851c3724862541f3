#include <algorithm>

#include <fmt/format.h>

#include "services/route53/name.h"
#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::HostedZone;
using model::RecordSet;

constexpr int64_t kNsTtl = 172800, kSoaTtl = 900;

void put_own_records(Transaction& tx, const HostedZone& zone) {
  RecordSet ns{.zone_id = zone.id, .name = zone.name, .type = "NS", .ttl = kNsTtl};
  for (const std::string& server : zone.name_servers) ns.values.push_back(server + ".");
  store::put(tx, ns);
  store::put(tx, RecordSet{.zone_id = zone.id, .name = zone.name, .type = "SOA", .ttl = kSoaTtl,
                           .values = {zone.name_servers[0] + ". awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}});
}

std::optional<shapes::DelegationSet> delegation_of(const HostedZone& zone) {
  if (zone.is_private) return std::nullopt;
  shapes::DelegationSet set{.name_servers = zone.name_servers};
  if (!zone.delegation_set_id.empty()) set.id = "/delegationset/" + zone.delegation_set_id;
  return set;
}

/// A set serves one zone of a name.
Result<std::vector<std::string>> servers_for(const Deps& deps, const Transaction& tx, const CallContext& context, const HostedZone& zone) {
  if (zone.delegation_set_id.empty()) return name_servers(deps, zone.is_private);
  const model::DelegationSet set = TRY(delegation_set_with(tx, context, zone.delegation_set_id));
  for (const HostedZone& other : store::all<HostedZone>(tx, zone.account + "/")) {
    if (other.delegation_set_id == set.id && other.name == zone.name) return fail("ConflictingDomainExists", fmt::format("The domain {} is already served by the delegation set {}: hosted zone {}.", zone.name, set.id, other.id));
  }
  return set.name_servers;
}

Result<shapes::CreateHostedZoneResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateHostedZoneRequest& request) {
  const std::string name = TRY(canonical_name(text(request.name)));
  const shapes::HostedZoneConfig config = request.hosted_zone_config.value_or(shapes::HostedZoneConfig{});
  if (config.private_zone.value_or(false) && !request.vpc) return fail("InvalidInput", "When you're creating a private hosted zone (when you specify true for PrivateZone), you must also specify values for VPCId and VPCRegion.");
  if (request.vpc && request.delegation_set_id) return fail("InvalidInput", "A private hosted zone can't have a reusable delegation set: specify either VPC or DelegationSetId.");
  if (name == ".") return fail("InvalidDomainName", "'.' is the root zone; wanted a domain below it");
  return transact<shapes::CreateHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateHostedZoneResponse> {
    HostedZone zone{.account = context.account, .id = "Z" + deps.ids.upper_alnum(20), .name = name, .caller_reference = text(request.caller_reference),
                    .comment = text(config.comment), .is_private = request.vpc.has_value()};
    zone.delegation_set_id = request.delegation_set_id ? plain_id(request.delegation_set_id) : "";
    zone.created_at = deps.clock.wall();
    for (const HostedZone& other : store::all<HostedZone>(tx, context.account + "/")) {
      if (other.caller_reference == zone.caller_reference) return fail("HostedZoneAlreadyExists", "A hosted zone has already been created with the specified caller reference.");
    }
    if (request.vpc) zone.vpcs.push_back(TRY(vpc_for_zone(tx, context, *request.vpc, name)));
    zone.name_servers = TRY(servers_for(deps, tx, context, zone));
    store::put(tx, zone);
    put_own_records(tx, zone);
    return shapes::CreateHostedZoneResponse{.change_info = record_change(tx, deps, context, ""), .delegation_set = delegation_of(zone), .hosted_zone = render(zone, 2),
                                            .location = "https://route53.amazonaws.com/2013-04-01/hostedzone/" + zone.id, .vpc = request.vpc};
  });
}

bool is_own_record(const HostedZone& zone, const RecordSet& record) { return record.name == zone.name && (record.type == "NS" || record.type == "SOA"); }

Result<shapes::DeleteHostedZoneResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteHostedZoneRequest& request) {
  return transact<shapes::DeleteHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteHostedZoneResponse> {
    const HostedZone zone = TRY(zone_with(tx, context, request.id));
    const std::vector<RecordSet> records = records_of(tx, zone.id);
    if (!std::ranges::all_of(records, [&](const RecordSet& r) { return is_own_record(zone, r); })) {
      return fail("HostedZoneNotEmpty", "The specified hosted zone contains non-required resource record sets and so cannot be deleted.");
    }
    for (const RecordSet& record : records) store::erase<RecordSet>(tx, record.key());
    store::erase<HostedZone>(tx, zone.key());
    return shapes::DeleteHostedZoneResponse{.change_info = record_change(tx, deps, context, "")};
  });
}

Result<shapes::GetHostedZoneResponse> get(const Deps& deps, const CallContext& context, const shapes::GetHostedZoneRequest& request) {
  return transact<shapes::GetHostedZoneResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetHostedZoneResponse> {
    const HostedZone zone = TRY(zone_with(tx, context, request.id));
    shapes::GetHostedZoneResponse answer{.delegation_set = delegation_of(zone), .hosted_zone = render(zone, records_of(tx, zone.id).size())};
    for (const model::ZoneVpc& vpc : zone.vpcs) {
      if (!answer.vp_cs) answer.vp_cs.emplace();
      answer.vp_cs->push_back({.vpc_id = vpc.vpc_id, .vpc_region = vpc.region});
    }
    return answer;
  });
}

Result<shapes::UpdateHostedZoneCommentResponse> update_comment(const Deps& deps, const CallContext& context, const shapes::UpdateHostedZoneCommentRequest& request) {
  return transact<shapes::UpdateHostedZoneCommentResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateHostedZoneCommentResponse> {
    HostedZone zone = TRY(zone_with(tx, context, request.id));
    zone.comment = text(request.comment);
    store::put(tx, zone);
    return shapes::UpdateHostedZoneCommentResponse{.hosted_zone = render(zone, records_of(tx, zone.id).size())};
  });
}

}  // namespace

void register_hosted_zone(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateHostedZoneRequest, shapes::CreateHostedZoneResponse>("route53", "CreateHostedZone", {"Name", "CallerReference", "HostedZoneConfig.*", "VPC.*", "DelegationSetId"}, bind(create));
  registry.add<shapes::DeleteHostedZoneRequest, shapes::DeleteHostedZoneResponse>("route53", "DeleteHostedZone", {"Id"}, bind(remove));
  registry.add<shapes::GetHostedZoneRequest, shapes::GetHostedZoneResponse>("route53", "GetHostedZone", {"Id"}, bind(get));
  registry.add<shapes::UpdateHostedZoneCommentRequest, shapes::UpdateHostedZoneCommentResponse>("route53", "UpdateHostedZoneComment", {"Id", "Comment"}, bind(update_comment));
}

}  // namespace landfall::services::route53
