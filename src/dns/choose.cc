#include "dns/choose.h"

#include <algorithm>

#include "dns/place.h"

namespace landfall::dns {
namespace {

using model::RecordSet;
using Sets = std::vector<const RecordSet*>;

constexpr size_t kMaxMultivalue = 8;

template <class Wanted>
Sets only(const Sets& sets, Wanted wanted) {
  Sets kept;
  std::ranges::copy_if(sets, std::back_inserter(kept), wanted);
  return kept;
}

/// If none is healthy, all count as healthy.
Sets healthy_of(const Sets& sets, const IsHealthy& is_healthy) {
  Sets kept = only(sets, [&](const RecordSet* set) { return is_healthy(*set); });
  return kept.empty() ? sets : kept;
}

/// Sets of weight 0 are drawn only if there is no other that is healthy; among themselves they are equal.
Sets weighted(const Sets& sets, const IsHealthy& is_healthy, const Chance& chance) {
  Sets healthy = only(sets, [&](const RecordSet* set) { return is_healthy(*set); });
  if (healthy.empty()) healthy = sets;
  const Sets heavy = only(healthy, [](const RecordSet* set) { return *set->weight > 0; });
  if (heavy.empty()) return {healthy[chance(healthy.size())]};
  uint64_t sum = 0;
  for (const RecordSet* set : heavy) sum += static_cast<uint64_t>(*set->weight);
  uint64_t drawn = chance(sum);
  for (const RecordSet* set : heavy) {
    const auto weight = static_cast<uint64_t>(*set->weight);
    if (drawn < weight) return {set};
    drawn -= weight;
  }
  return {heavy.back()};
}

/// The nearer the region, the lower the latency: the same one, one of the same country, of the same continent, any other.
Sets by_latency(const Sets& sets, std::string_view region, const IsHealthy& is_healthy) {
  const Place here = place_of(region);
  const auto distance = [&](const RecordSet* set) {
    const Place there = place_of(set->region);
    if (set->region == region) return 0;
    if (!here.country.empty() && there.country == here.country) return 1;
    return !here.continent.empty() && there.continent == here.continent ? 2 : 3;
  };
  const Sets healthy = healthy_of(sets, is_healthy);
  return {*std::ranges::min_element(healthy, {}, distance)};
}

/// The smallest area that holds the place and is healthy. 0: not for here.
int nearness(const RecordSet& set, const Place& here) {
  const model::GeoLocation& geo = *set.geo;
  if (!geo.subdivision.empty()) return geo.country == here.country && geo.subdivision == here.subdivision ? 4 : 0;
  if (geo.country == "*") return 1;
  if (!geo.country.empty()) return geo.country == here.country ? 3 : 0;
  return geo.continent == here.continent ? 2 : 0;
}

Sets by_place(const Sets& sets, std::string_view region, const IsHealthy& is_healthy) {
  const Place here = place_of(region);
  const Sets fitting = only(sets, [&](const RecordSet* set) { return nearness(*set, here) > 0; });
  if (fitting.empty()) return {};
  const Sets healthy = healthy_of(fitting, is_healthy);
  return {*std::ranges::max_element(healthy, {}, [&](const RecordSet* set) { return nearness(*set, here); })};
}

Sets by_failover(const Sets& sets, const IsHealthy& is_healthy) {
  const Sets primary = only(sets, [](const RecordSet* set) { return set->failover == "PRIMARY"; });
  const Sets secondary = only(sets, [](const RecordSet* set) { return set->failover == "SECONDARY"; });
  if (primary.empty()) return secondary;
  return !is_healthy(*primary[0]) && !secondary.empty() && is_healthy(*secondary[0]) ? secondary : primary;
}

Sets several(const Sets& sets, const IsHealthy& is_healthy, const Chance& chance) {
  Sets left = healthy_of(sets, is_healthy), drawn;
  while (!left.empty() && drawn.size() < kMaxMultivalue) {
    const auto at = left.begin() + static_cast<std::ptrdiff_t>(chance(left.size()));
    drawn.push_back(*at);
    left.erase(at);
  }
  return drawn;
}

}  // namespace

Sets chosen(const Sets& sets, std::string_view region, const IsHealthy& is_healthy, const Chance& chance) {
  if (sets.empty()) return {};
  const RecordSet& first = *sets[0];  // all of a name and type have one policy
  if (first.weight) return weighted(sets, is_healthy, chance);
  if (!first.region.empty()) return by_latency(sets, region, is_healthy);
  if (first.geo) return by_place(sets, region, is_healthy);
  if (!first.failover.empty()) return by_failover(sets, is_healthy);
  return first.is_multivalue ? several(sets, is_healthy, chance) : sets;
}

}  // namespace landfall::dns
