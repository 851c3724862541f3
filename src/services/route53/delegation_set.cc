#include <algorithm>

#include <fmt/format.h>

#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

using model::DelegationSet;
using model::HostedZone;

constexpr size_t kMaxSets = 100, kMaxPerAccount = 100, kMaxZones = 100;

shapes::DelegationSet render(const DelegationSet& set) { return {.caller_reference = set.caller_reference, .id = "/delegationset/" + set.id, .name_servers = set.name_servers}; }

/// Of its own, or with the name servers of a zone that is there.
Result<shapes::CreateReusableDelegationSetResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateReusableDelegationSetRequest& request) {
  return transact<shapes::CreateReusableDelegationSetResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateReusableDelegationSetResponse> {
    DelegationSet set{.account = context.account, .id = "N" + deps.ids.upper_alnum(20), .caller_reference = text(request.caller_reference)};
    const auto all = store::all<DelegationSet>(tx, context.account + "/");
    if (std::ranges::find(all, set.caller_reference, &DelegationSet::caller_reference) != all.end()) {
      return fail("DelegationSetAlreadyCreated", "A delegation set with the same owner and caller reference combination has already been created.");
    }
    if (all.size() >= kMaxPerAccount) return fail("LimitsExceeded", fmt::format("The account has {} reusable delegation sets; wanted at most {}", all.size(), kMaxPerAccount));
    set.name_servers = name_servers(deps, false);
    if (request.hosted_zone_id) {
      auto zone = zone_with(tx, context, request.hosted_zone_id);
      if (!zone) return fail("HostedZoneNotFound", "The specified HostedZone can't be found.");
      if (!zone->delegation_set_id.empty()) return fail("DelegationSetAlreadyReusable", "The specified delegation set has already been marked as reusable.");
      if (zone->is_private) return fail("InvalidArgument", "The specified hosted zone is private and has no delegation set.");
      set.name_servers = zone->name_servers;
      zone->delegation_set_id = set.id;
      store::put(tx, *zone);
    }
    store::put(tx, set);
    return shapes::CreateReusableDelegationSetResponse{.delegation_set = render(set), .location = "https://route53.amazonaws.com/2013-04-01/delegationset/" + set.id};
  });
}

Result<shapes::GetReusableDelegationSetResponse> get(const Deps& deps, const CallContext& context, const shapes::GetReusableDelegationSetRequest& request) {
  return transact<shapes::GetReusableDelegationSetResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetReusableDelegationSetResponse> {
    return shapes::GetReusableDelegationSetResponse{.delegation_set = render(TRY(delegation_set_with(tx, context, request.id)))};
  });
}

int64_t zones_of(const std::vector<HostedZone>& zones, const DelegationSet& set) { return std::ranges::count(zones, set.id, &HostedZone::delegation_set_id); }

Result<shapes::DeleteReusableDelegationSetResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteReusableDelegationSetRequest& request) {
  return transact<shapes::DeleteReusableDelegationSetResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteReusableDelegationSetResponse> {
    const DelegationSet set = TRY(delegation_set_with(tx, context, request.id));
    if (zones_of(store::all<HostedZone>(tx, context.account + "/"), set) > 0) return fail("DelegationSetInUse", "The specified delegation contains associated hosted zones which must be deleted before the reusable delegation set can be deleted.");
    store::erase<DelegationSet>(tx, set.key());
    return shapes::DeleteReusableDelegationSetResponse{};
  });
}

Result<shapes::ListReusableDelegationSetsResponse> list(const Deps& deps, const CallContext& context, const shapes::ListReusableDelegationSetsRequest& request) {
  const size_t most = TRY(item_limit(request.max_items, kMaxSets));
  shapes::ListReusableDelegationSetsResponse answer{.delegation_sets = std::vector<shapes::DelegationSet>{}, .is_truncated = false, .marker = text(request.marker), .max_items = std::to_string(most)};
  for (const DelegationSet& set : store::all<DelegationSet>(deps.store, context.account + "/")) {
    if (set.id < plain_id(request.marker)) continue;
    if (answer.delegation_sets->size() == most) {
      answer.is_truncated = true;
      answer.next_marker = set.id;
      break;
    }
    answer.delegation_sets->push_back(render(set));
  }
  return answer;
}

Result<shapes::GetReusableDelegationSetLimitResponse> limit(const Deps& deps, const CallContext& context, const shapes::GetReusableDelegationSetLimitRequest& request) {
  return transact<shapes::GetReusableDelegationSetLimitResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::GetReusableDelegationSetLimitResponse> {
    const DelegationSet set = TRY(delegation_set_with(tx, context, request.delegation_set_id));
    return shapes::GetReusableDelegationSetLimitResponse{.count = zones_of(store::all<HostedZone>(tx, context.account + "/"), set), .limit = shapes::ReusableDelegationSetLimit{.type = request.type, .value = static_cast<int64_t>(kMaxZones)}};
  });
}

}  // namespace

Result<DelegationSet> delegation_set_with(const Transaction& tx, const CallContext& context, const std::optional<std::string>& id) {
  auto set = store::find<DelegationSet>(tx, context.account + "/" + plain_id(id));
  if (!set) return fail("NoSuchDelegationSet", fmt::format("A reusable delegation set with the ID {} does not exist.", plain_id(id)));
  return std::move(*set);
}

std::vector<std::string> name_servers(const Deps& deps, bool is_private) {
  std::vector<std::string> servers;
  constexpr std::string_view kDomains[] = {"com", "net", "org", "co.uk"};
  for (size_t i = 0; i < 4; ++i) {
    const uint64_t number = is_private ? 0 : deps.ids.below(512);
    servers.push_back(fmt::format("ns-{}.awsdns-{:02}.{}", i * 512 + number, number / 8, kDomains[i]));
  }
  return servers;
}

void register_delegation_set(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateReusableDelegationSetRequest, shapes::CreateReusableDelegationSetResponse>("route53", "CreateReusableDelegationSet", {"*"}, bind(create));
  registry.add<shapes::GetReusableDelegationSetRequest, shapes::GetReusableDelegationSetResponse>("route53", "GetReusableDelegationSet", {"*"}, bind(get));
  registry.add<shapes::DeleteReusableDelegationSetRequest, shapes::DeleteReusableDelegationSetResponse>("route53", "DeleteReusableDelegationSet", {"*"}, bind(remove));
  registry.add<shapes::ListReusableDelegationSetsRequest, shapes::ListReusableDelegationSetsResponse>("route53", "ListReusableDelegationSets", {"*"}, bind(list));
  registry.add<shapes::GetReusableDelegationSetLimitRequest, shapes::GetReusableDelegationSetLimitResponse>("route53", "GetReusableDelegationSetLimit", {"*"}, bind(limit));
}

}  // namespace landfall::services::route53
