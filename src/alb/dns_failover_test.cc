#include "alb/dns_failover.h"

#include <doctest/doctest.h>

using namespace landfall;
using namespace landfall::alb;

namespace {

/// Zones a and b; one group that stays in its zone, with two healthy targets in each.
struct Site {
  model::LoadBalancer balancer;
  std::vector<UsedGroup> groups;

  Site() {
    for (const char* zone : {"a", "b"}) {
      model::LoadBalancerNode& node = balancer.nodes.emplace_back();
      node.zone = zone;
    }
    add_group("g");
    groups[0].group.attributes["load_balancing.cross_zone.enabled"] = "false";
  }
  void add_group(const std::string& arn) {
    UsedGroup& used = groups.emplace_back();
    used.group.arn = arn;
    for (const char* zone : {"a", "a", "b", "b"}) {
      model::Target& target = used.targets.emplace_back();
      target.zone = zone, target.state = "healthy";
    }
  }
  std::string out() const {
    std::string text;
    for (const auto& [zone, shortage] : zones_out_of_dns(balancer, groups)) text += zone + ":" + shortage.group_arn + ":" + std::to_string(shortage.healthy) + "/" + std::to_string(shortage.registered) + ":" + shortage.attribute.substr(shortage.attribute.rfind('.') + 1) + " ";
    return text;
  }
};

}  // namespace

TEST_CASE("a zone without a healthy target is left out of DNS") {
  Site site;
  CHECK(site.out().empty());
  site.groups[0].targets[2].state = "unhealthy";
  CHECK(site.out().empty());
  site.groups[0].targets[3].state = "initial";
  CHECK(site.out() == "b:g:0/2:count ");
  site.groups[0].targets[3].state = "healthy", site.groups[0].targets[3].desired = "draining";
  CHECK(site.out() == "b:g:0/1:count ");
}

TEST_CASE("thresholds of DNS failover, either of which is enough") {
  Site site;
  auto& attributes = site.groups[0].group.attributes;
  site.groups[0].targets[0].state = "unhealthy";
  attributes["target_group_health.dns_failover.minimum_healthy_targets.count"] = "2";
  CHECK(site.out() == "a:g:1/2:count ");
  attributes["target_group_health.dns_failover.minimum_healthy_targets.count"] = "off";
  CHECK(site.out().empty());
  attributes["target_group_health.dns_failover.minimum_healthy_targets.percentage"] = "51";
  CHECK(site.out() == "a:g:1/2:percentage ");
  attributes["target_group_health.dns_failover.minimum_healthy_targets.percentage"] = "50";
  CHECK(site.out().empty());
}

TEST_CASE("a zone is left out by what its own node finds") {
  Site site;
  site.groups[0].group.attributes.clear();  // across zones
  auto& targets = site.groups[0].targets;
  for (size_t i = 0; i < targets.size(); ++i) {
    targets[i].id = "10.0.0." + std::to_string(i), targets[i].port = 80;
    site.groups[0].findings[targets[i].key()] = {{"a", "healthy"}, {"b", "timed out"}};
  }
  CHECK(site.out() == "b:g:0/4:count ");
  site.groups[0].findings[targets[3].key()]["b"] = "healthy";
  CHECK(site.out().empty());
}

TEST_CASE("where no zone would be left all stay") {
  Site site;
  for (auto& target : site.groups[0].targets) target.state = "unhealthy";
  CHECK(site.out().empty());
}

TEST_CASE("each group counts; across zones all its targets do") {
  Site site;
  site.add_group("h");
  site.groups[1].targets[2].state = site.groups[1].targets[3].state = "unhealthy";
  CHECK(site.out().empty());  // across zones
  site.groups[1].group.attributes["load_balancing.cross_zone.enabled"] = "false";
  CHECK(site.out() == "b:h:0/2:count ");
}
