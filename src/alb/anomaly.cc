#include "alb/anomaly.h"

#include <algorithm>

#include "base/log.h"

namespace landfall::alb {
namespace {

struct Seen {
  Target* target;
  int64_t requests, failures;
};

int64_t failures_of(const Target& target) { return target.tally.sum(Tally::answers_5xx) + target.tally.sum(Tally::failures); }

}  // namespace

void judge_anomalies(const Group& group) {
  if (group.algorithm != Algorithm::weighted_random || model::target_group_attribute(group.group, "load_balancing.algorithm.anomaly_mitigation") != "on") return;
  std::vector<Seen> seen;
  int64_t requests = 0, failures = 0;
  for (const auto& [target, zone, drains] : group.members) {
    if (target->healthy_at == 0 || target->is_draining) continue;
    const int64_t all = target->tally.sum(Tally::requests), failed = failures_of(*target);
    seen.push_back({target.get(), all - target->judged_requests, failed - target->judged_failures});
    target->judged_requests = all;
    target->judged_failures = failed;
    requests += seen.back().requests;
    failures += seen.back().failures;
  }
  std::ranges::sort(seen, [](const Seen& a, const Seen& b) { return a.failures * std::max<int64_t>(b.requests, 1) > b.failures * std::max<int64_t>(a.requests, 1); });
  size_t marked = 0;
  for (const Seen& one : seen) {
    const int64_t other_requests = requests - one.requests, other_failures = failures - one.failures;
    const bool fails = one.requests >= 20 && one.failures * 10 >= one.requests && one.failures * std::max<int64_t>(other_requests, 1) > 3 * other_failures * one.requests;
    const bool anomalous = seen.size() >= 3 && fails && (marked + 1) * 2 <= seen.size();
    if (anomalous) ++marked;
    if (one.target->is_anomalous.exchange(anomalous) != anomalous) log_info(anomalous ? "target is anomalous" : "target is normal again", {{"target", one.target->key()}});
  }
}

}  // namespace landfall::alb
