#include <algorithm>

#include <fmt/format.h>

#include "services/route53/support.h"

/// What an account has in all: counts, limits, zones of a VPC.
namespace landfall::services::route53 {
namespace {

using model::HostedZone;

constexpr size_t kMaxSummaries = 100;  // Route 53 API, ListHostedZonesByVPC

int64_t zone_count(const Deps& deps, const CallContext& context) { return static_cast<int64_t>(store::all<HostedZone>(deps.store, context.account + "/").size()); }

Result<shapes::GetHostedZoneCountResponse> count(const Deps& deps, const CallContext& context, const shapes::GetHostedZoneCountRequest&) {
  return shapes::GetHostedZoneCountResponse{.hosted_zone_count = zone_count(deps, context)};
}

/// Route 53 developer guide, Quotas.
Result<shapes::GetAccountLimitResponse> limit(const Deps& deps, const CallContext& context, const shapes::GetAccountLimitRequest& request) {
  const std::string type = text(request.type);
  const auto answer = [&](int64_t value, int64_t used) { return shapes::GetAccountLimitResponse{.count = used, .limit = shapes::AccountLimit{.type = type, .value = value}}; };
  if (type == "MAX_HOSTED_ZONES_BY_OWNER") return answer(500, zone_count(deps, context));
  if (type == "MAX_HEALTH_CHECKS_BY_OWNER") return answer(200, static_cast<int64_t>(store::all<model::DnsHealthCheck>(deps.store, context.account + "/").size()));
  if (type == "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER") return answer(100, static_cast<int64_t>(store::all<model::DelegationSet>(deps.store, context.account + "/").size()));
  return answer(type == "MAX_TRAFFIC_POLICIES_BY_OWNER" ? 50 : 5, 0);
}

Result<shapes::ListHostedZonesByVPCResponse> of_vpc(const Deps& deps, const CallContext& context, const shapes::ListHostedZonesByVPCRequest& request) {
  const size_t most = TRY(item_limit(request.max_items, kMaxSummaries));
  const std::string vpc_id = text(request.vpc_id), region = text(request.vpc_region);
  if (!store::find<model::Vpc>(deps.store, fmt::format("{}/{}/{}", context.account, region, vpc_id))) return fail("InvalidVPCId", fmt::format("The VPC: {} in region {} was not found.", vpc_id, region));
  shapes::ListHostedZonesByVPCResponse answer{.hosted_zone_summaries = std::vector<shapes::HostedZoneSummary>{}, .max_items = std::to_string(most)};
  for (const HostedZone& zone : store::all<HostedZone>(deps.store, context.account + "/")) {
    const bool is_attached = std::ranges::any_of(zone.vpcs, [&](const auto& vpc) { return vpc.vpc_id == vpc_id && vpc.region == region; });
    if (!is_attached || zone.id < text(request.next_token)) continue;
    if (answer.hosted_zone_summaries->size() == most) {
      answer.next_token = zone.id;
      break;
    }
    answer.hosted_zone_summaries->push_back({.hosted_zone_id = zone.id, .name = zone.name, .owner = shapes::HostedZoneOwner{.owning_account = zone.account}});
  }
  return answer;
}

Result<shapes::GetDNSSECResponse> dnssec(const Deps& deps, const CallContext& context, const shapes::GetDNSSECRequest& request) {
  return transact<shapes::GetDNSSECResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetDNSSECResponse> {
    if (TRY(zone_with(tx, context, request.hosted_zone_id)).is_private) return fail("InvalidArgument", "Operation is unsupported for private hosted zones");
    return shapes::GetDNSSECResponse{.key_signing_keys = std::vector<shapes::KeySigningKey>{}, .status = shapes::DNSSECStatus{.serve_signature = "NOT_SIGNING"}};
  });
}

Result<shapes::GetHostedZoneLimitResponse> zone_limit(const Deps& deps, const CallContext& context, const shapes::GetHostedZoneLimitRequest& request) {
  return transact<shapes::GetHostedZoneLimitResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetHostedZoneLimitResponse> {
    const HostedZone zone = TRY(zone_with(tx, context, request.hosted_zone_id));
    const bool counts_records = text(request.type) == "MAX_RRSETS_BY_ZONE";
    if (!counts_records && !zone.is_private) return fail("HostedZoneNotPrivate", fmt::format("The hosted zone {} is public; wanted a private hosted zone.", zone.id));
    const size_t count = counts_records ? records_of(tx, zone.id).size() : zone.vpcs.size();
    return shapes::GetHostedZoneLimitResponse{.count = static_cast<int64_t>(count), .limit = shapes::HostedZoneLimit{.type = request.type, .value = counts_records ? 10000 : 300}};
  });
}

}  // namespace

void register_account(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetHostedZoneCountRequest, shapes::GetHostedZoneCountResponse>("route53", "GetHostedZoneCount", {"*"}, bind(count));
  registry.add<shapes::GetAccountLimitRequest, shapes::GetAccountLimitResponse>("route53", "GetAccountLimit", {"*"}, bind(limit));
  registry.add<shapes::ListHostedZonesByVPCRequest, shapes::ListHostedZonesByVPCResponse>("route53", "ListHostedZonesByVPC", {"*"}, bind(of_vpc));
  registry.add<shapes::GetDNSSECRequest, shapes::GetDNSSECResponse>("route53", "GetDNSSEC", {"*"}, bind(dnssec));
  registry.add<shapes::GetHostedZoneLimitRequest, shapes::GetHostedZoneLimitResponse>("route53", "GetHostedZoneLimit", {"*"}, bind(zone_limit));
}

}  // namespace landfall::services::route53
