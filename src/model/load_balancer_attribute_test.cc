#include "model/load_balancer_attribute.h"

#include <doctest/doctest.h>

using namespace landfall::model;

TEST_CASE("attributes of a target group that exclude one another") {
  using Attributes = std::map<std::string, std::string>;
  const auto refused = [](Attributes attributes) {
    TargetGroup group;
    group.protocol = "HTTP", group.attributes = std::move(attributes);
    const auto checked = check_together(group);
    return checked ? std::string() : checked.error().what;
  };
  const Attributes slow{{"slow_start.duration_seconds", "30"}}, sticky{{"stickiness.enabled", "true"}};
  const auto with = [](Attributes attributes, const std::string& key, const std::string& value) {
    attributes[key] = value;
    return attributes;
  };
  CHECK(refused(slow) == "");
  for (const char* algorithm : {"least_outstanding_requests", "weighted_random"}) CHECK(refused(with(slow, "load_balancing.algorithm.type", algorithm)).find("slow_start.duration_seconds") != std::string::npos);
  CHECK(refused(sticky) == "");
  CHECK(refused(with(sticky, "load_balancing.cross_zone.enabled", "false")).find("stickiness.enabled") != std::string::npos);
  CHECK(refused({{"load_balancing.algorithm.anomaly_mitigation", "on"}}).find("anomaly_mitigation") != std::string::npos);
  CHECK(refused({{"load_balancing.algorithm.anomaly_mitigation", "on"}, {"load_balancing.algorithm.type", "weighted_random"}}) == "");
  CHECK(refused(with(sticky, "stickiness.type", "app_cookie")).find("cookie_name") != std::string::npos);
  const std::string dns = "target_group_health.dns_failover.minimum_healthy_targets.", routing = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.";
  for (const char* unit : {"count", "percentage"}) {
    CHECK(refused({{dns + unit, "2"}, {routing + unit, "2"}}) == "");
    CHECK(refused({{dns + unit, "2"}, {routing + unit, "3"}}).find(dns + unit) != std::string::npos);
  }
}
