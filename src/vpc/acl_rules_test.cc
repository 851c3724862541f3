#include <doctest/doctest.h>

#include "vpc/rules.h"

using namespace landfall;
using namespace landfall::vpc;

namespace {

model::NetworkAclEntry entry(int number, bool is_egress, bool is_allow, std::string protocol = "-1") {
  return {.number = number, .is_egress = is_egress, .is_allow = is_allow, .protocol = std::move(protocol), .cidr = "0.0.0.0/0"};
}

RouterRules with(std::vector<model::NetworkAclEntry> entries) {
  RouterRules rules{.ranges = {*parse_cidr("10.0.0.0/16")}};
  rules.subnets.push_back({.id = "subnet-1", .range = *parse_cidr("10.0.1.0/24"), .devices = {"e1"}, .entries = std::move(entries)});
  return rules;
}

}  // namespace

TEST_CASE("the default ACL's entries let everything through, a deny before them does not") {
  CHECK(allows_everything({entry(100, true, true), entry(100, false, true)}));
  CHECK_FALSE(allows_everything({entry(100, true, true)}));
  CHECK_FALSE(allows_everything({entry(100, true, true), entry(50, false, false, "6"), entry(100, false, true)}));
}

TEST_CASE("an ACL is asked before conntrack, not within its subnet, and drops what no entry takes") {
  model::NetworkAclEntry web = entry(100, false, true, "6");
  web.from_port = web.to_port = 80;

  const Ruleset made = router_ruleset(with({web, entry(200, false, false, "1")}));

  CHECK(made.chains.at("acl_in").hook == "type filter hook forward priority filter - 20; policy accept;");
  CHECK(made.chains.at("acl_in_subnet-1").rules == std::vector<std::string>{"ip saddr 10.0.1.0/24 accept", "tcp dport 80 accept", "meta l4proto icmp drop", "drop"});
  CHECK(made.chains.at("acl_out_subnet-1").rules == std::vector<std::string>{"ip daddr 10.0.1.0/24 accept", "drop"});
  CHECK(made.collections.at("acl_out_chains").elements == std::set<std::string>{"\"e1\" : goto acl_out_subnet-1"});
}
