#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "alb/group.h"

/// Readings of counters that Prometheus and CloudWatch both are told.
namespace landfall::alb {

/// Of one counter; 0 if nothing was counted.
inline int64_t count_of(const std::map<std::string, int64_t>& counters, const std::string& name) {
  const auto found = counters.find(name);
  return found == counters.end() ? 0 : found->second;
}

/// Of all whose names begin so.
inline int64_t counts_from(const std::map<std::string, int64_t>& counters, std::string_view start) {
  int64_t sum = 0;
  for (auto at = counters.lower_bound(std::string(start)); at != counters.end() && at->first.starts_with(start); ++at) sum += at->second;
  return sum;
}

/// Answers 3XX of the balancer's own: of redirect actions, and on the way to and from logins.
inline int64_t redirect_count(const std::map<std::string, int64_t>& counters) { return count_of(counters, "elb.redirect") + counts_from(counters, "elb.302."); }

/// Targets in service that are told as healthy, or as unhealthy (those being checked for the first time are neither).
inline int64_t host_count(const Group& group, std::span<const Node> nodes, bool healthy) {
  int64_t count = 0;
  for (const Group::Member& member : group.members) count += !member.drains && member.target->told(nodes).state() == (healthy ? "healthy" : "unhealthy") ? 1 : 0;
  return count;
}

}  // namespace landfall::alb
