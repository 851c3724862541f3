#include <doctest/doctest.h>

#include "alb/group.h"

using namespace landfall;
using namespace landfall::alb;

namespace {

const std::vector<Node> kNodes{{{.zone = "a", .address = "10.0.1.1"}, 0}, {{.zone = "b", .address = "10.0.2.1"}, 1}};
constexpr std::chrono::seconds kDuration{100};

/// A group whose targets' checks pass or fail as the test says, at both nodes or one.
struct Starting {
  GroupConfig config{.group = {.arn = "g", .name = "g", .target_type = "ip", .attributes = {{"slow_start.duration_seconds", "100"}}}, .targets = {}};
  Group group;
  int64_t now = 1'000'000;

  Starting() { load(); }
  void load() {
    const Group before = std::move(group);
    group = Group::compile(config, before.state ? &before : nullptr, {}, kNodes);
  }
  void add() {
    config.targets.push_back({.target_group_arn = "g", .id = "10.0.0." + std::to_string(config.targets.size() + 1), .port = 80});
  }
  Target& target(size_t index) { return *group.members[index].target; }
  void check(size_t index, bool passes, std::initializer_list<size_t> nodes = {0, 1}) {
    const model::HealthCheck once{.healthy_threshold = 1, .unhealthy_threshold = 1};
    for (const size_t node : nodes) target(index).views[node]->health.take({.kind = passes ? CheckResult::Kind::connected : CheckResult::Kind::timed_out}, once);
    for (const Node& node : kNodes) group.note_health(node, now);
  }
  /// A target more, which its checks find healthy.
  void begin(size_t index) {
    add();
    load();
    check(index, true);
  }
  bool starts_slowly(size_t index, size_t node = 0) { return target(index).starts_slowly(node, kDuration, now); }
};

}  // namespace

TEST_CASE("the first targets of a group have their whole share at once, also if their checks pass one after the other") {
  Starting site;
  site.add(), site.add();
  site.load();
  site.check(0, true);
  site.check(1, true);
  CHECK_FALSE(site.starts_slowly(0));
  CHECK_FALSE(site.starts_slowly(1));

  site.begin(2);
  CHECK(site.starts_slowly(2));
  site.now += 100'000;
  CHECK_FALSE(site.starts_slowly(2));
}

TEST_CASE("a target starts slowly only beside one that does not") {
  Starting site;
  site.begin(0);
  site.begin(1);
  REQUIRE(site.starts_slowly(1));
  site.check(0, false);
  site.begin(2);
  CHECK_FALSE(site.starts_slowly(2));  // the only other healthy one is in slow start itself
}

TEST_CASE("becoming unhealthy or deregistered ends a slow start, and the next one begins anew") {
  Starting site;
  site.begin(0);
  site.begin(1);
  site.now += 50'000;
  site.check(1, false);
  CHECK_FALSE(site.starts_slowly(1));
  site.check(1, true);
  CHECK(site.starts_slowly(1));
  CHECK(site.target(1).slow_start_from[0] == site.now);

  site.config.targets[1].desired = "draining";
  site.load();
  site.config.targets[1].desired = "registered";
  site.load();
  CHECK_FALSE(site.starts_slowly(1));
  CHECK_FALSE(site.target(1).is_healthy(0));
  site.check(1, true);
  CHECK(site.starts_slowly(1));
}

TEST_CASE("targets that were healthy before slow start was enabled keep their share, also when it is enabled again") {
  Starting site;
  site.config.group.attributes.clear();
  site.begin(0);
  site.begin(1);
  site.config.group.attributes = {{"slow_start.duration_seconds", "100"}};
  site.load();
  CHECK_FALSE(site.starts_slowly(1));

  site.begin(2);
  REQUIRE(site.starts_slowly(2));
  for (const char* seconds : {"0", "100"}) {
    site.config.group.attributes["slow_start.duration_seconds"] = seconds;
    site.load();
  }
  CHECK_FALSE(site.starts_slowly(2));
}

TEST_CASE("each node has its own slow start, from the moment at which it finds the target healthy") {
  Starting site;
  site.begin(0);
  site.add();
  site.load();
  site.check(1, true, {0});
  site.now += 60'000;
  site.check(1, true, {1});
  CHECK(site.starts_slowly(1, 0));
  CHECK(site.starts_slowly(1, 1));
  site.now += 60'000;
  CHECK_FALSE(site.starts_slowly(1, 0));
  CHECK(site.starts_slowly(1, 1));
}
