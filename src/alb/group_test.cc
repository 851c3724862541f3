#include "alb/group.h"

#include <doctest/doctest.h>

#include <map>

#include "alb/anomaly.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Zones a and b.
const std::vector<Node> kNodes{{{.zone = "a", .address = "10.0.1.1"}, 0}, {{.zone = "b", .address = "10.0.2.1"}, 1}};
const Node &kA = kNodes[0], &kB = kNodes[1];

Group group_of(std::map<std::string, std::string> attributes, int targets) {
  GroupConfig config{.group = {.arn = "g", .name = "g", .target_type = "ip", .attributes = std::move(attributes)}, .targets = {}};
  for (int i = 0; i < targets; ++i) config.targets.push_back({.target_group_arn = "g", .id = "10.0.0." + std::to_string(i + 1), .port = 80});
  Group group = Group::compile(config, nullptr, {}, kNodes);
  for (const auto& [target, zone, drains] : group.members) target->healthy_at = 3;
  return group;
}

std::map<std::string, int> shares(const Group& group, int requests, TimePoint now = {}) {
  std::map<std::string, int> counts;
  uint64_t chance = 88172645463325252ull;
  for (int i = 0; i < requests; ++i) {
    chance ^= chance << 13, chance ^= chance >> 7, chance ^= chance << 17;
    ++counts[group.choose(kA, now, chance)->address];
  }
  return counts;
}

}  // namespace

TEST_CASE("round robin is even among the healthy, and among all when too few are healthy") {
  const Group group = group_of({{"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "2"}}, 4);
  CHECK(shares(group, 400)["10.0.0.3"] == 100);
  group.members[3].target->healthy_at = 0;
  CHECK(shares(group, 300)["10.0.0.4"] == 0);
  CHECK_FALSE(group.fails_open(kA));
  group.members[2].target->healthy_at = group.members[1].target->healthy_at = 0;
  CHECK(group.fails_open(kA));
  CHECK(shares(group, 400)["10.0.0.4"] == 100);
  const Group by_share = group_of({{"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "75"}}, 4);
  by_share.members[0].target->healthy_at = 0;
  CHECK_FALSE(by_share.fails_open(kA));
  by_share.members[1].target->healthy_at = 0;
  CHECK(by_share.fails_open(kA));
}

TEST_CASE("least outstanding requests goes where least is in flight") {
  Group group = group_of({{"load_balancing.algorithm.type", "least_outstanding_requests"}}, 3);
  group.members[0].target->tally.add(Tally::in_flight, 5);
  group.members[1].target->tally.add(Tally::in_flight, 1);
  group.members[2].target->tally.add(Tally::in_flight, 2);
  CHECK(shares(group, 10)["10.0.0.2"] == 10);
  group.members[1].drains = true;
  CHECK(shares(group, 10)["10.0.0.3"] == 10);
}

TEST_CASE("a target that starts slowly gets a share that grows in a line") {
  const Group group = group_of({{"slow_start.duration_seconds", "100"}}, 2);
  group.members[1].target->slow_start_from[0] = 1000;
  const auto share_after = [&](int seconds) { return shares(group, 10'000, TimePoint(std::chrono::milliseconds(1000) + std::chrono::seconds(seconds)))["10.0.0.2"]; };
  CHECK(share_after(10) == doctest::Approx(500).epsilon(0.2));
  CHECK(share_after(50) == doctest::Approx(2500).epsilon(0.1));
  CHECK(share_after(100) == 5000);
}

TEST_CASE("weighted random is even, and with mitigation a failing target gets a tenth until it recovers") {
  const Group group = group_of({{"load_balancing.algorithm.type", "weighted_random"}, {"load_balancing.algorithm.anomaly_mitigation", "on"}}, 4);
  CHECK(shares(group, 40'000)["10.0.0.1"] == doctest::Approx(10'000).epsilon(0.1));
  const auto traffic = [&](int64_t failures) {
    for (const auto& [target, zone, drains] : group.members) target->tally.add(Tally::requests, 100);
    group.members[2].target->tally.add(Tally::answers_5xx, failures);
    judge_anomalies(group);
  };
  traffic(50);
  CHECK(group.members[2].target->is_anomalous);
  CHECK_FALSE(group.members[0].target->is_anomalous);
  CHECK(shares(group, 40'000)["10.0.0.3"] < 2000);
  traffic(0);
  CHECK_FALSE(group.members[2].target->is_anomalous);
}

TEST_CASE("a sticky target is kept while it may be used") {
  const Group group = group_of({{"stickiness.enabled", "true"}}, 2);
  const uint64_t mark = group.members[1].target->mark;
  CHECK(group.sticky(mark, kA) == group.members[1].target.get());
  group.members[1].target->healthy_at = 0;
  CHECK(group.sticky(mark, kA) == nullptr);
  CHECK(group.sticky(1, kA) == nullptr);
}
