#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "model/zone.h"

namespace landfall::dns {

/// A number drawn from 0 to below the bound.
using Chance = std::function<uint64_t(uint64_t)>;
using IsHealthy = std::function<bool(const model::RecordSet&)>;

/// Which of the record sets of one name and type are answered, by their routing policy. Pure but for `chance`.
///
/// `region`  where the question comes from: for latency and geography, since hosts here have no place of their own.
/// Returns   all of a simple one; one of weighted, latency, geolocation and failover; up to eight multivalue answers.
///           Empty: no record set is for that place.
/// Source    Route 53 developer guide, How Amazon Route 53 chooses records when health checking is configured.
std::vector<const model::RecordSet*> chosen(const std::vector<const model::RecordSet*>& sets, std::string_view region, const IsHealthy& is_healthy, const Chance& chance);

}  // namespace landfall::dns
