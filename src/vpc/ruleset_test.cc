#include "vpc/ruleset.h"

#include "vpc/rules.h"
#include "vpc/stack_for_test.h"

using namespace landfall;
using namespace landfall::vpc;
using namespace landfall::vpc::test;

namespace {

Ruleset router_of(const Records& records) {
  const Plan made = plan(records.view, records.settings);
  return std::ranges::find(made.spaces, std::string("*"), &NamespacePlan::owned_link_prefix)->ruleset;
}

bool has_rule(const Chain& chain, const std::string& rule) { return std::ranges::find(chain.rules, rule) != chain.rules.end(); }

}  // namespace

TEST_CASE("rules of a security group become rules of nftables") {
  struct Row {
    const char* protocol;
    int from, to;
    const char* peer;
    const char* text;
  };
  static const Row rows[] = {
      {"-1", 0, 0, "0.0.0.0/0", "accept"},
      {"tcp", 80, 80, "0.0.0.0/0", "tcp dport 80 accept"},
      {"tcp", 80, 90, "10.0.0.0/8", "ip saddr 10.0.0.0/8 tcp dport 80-90 accept"},
      {"17", 53, 53, "sg-open", "ip saddr @members_sg-open udp dport 53 accept"},
      {"icmp", -1, -1, "0.0.0.0/0", "meta l4proto icmp accept"},
      {"icmp", 8, -1, "0.0.0.0/0", "icmp type 8 accept"},
      {"icmp", 3, 4, "0.0.0.0/0", "icmp type 3 icmp code 4 accept"},
      {"50", -1, -1, "0.0.0.0/0", "meta l4proto 50 accept"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    Records records(5);
    records.add_group("g", {Records::rule(false, row.protocol, row.from, row.to, row.peer)});
    const Ruleset made = router_of(records);
    CHECK(made.chains.at("ingress_sg-g").rules == std::vector<std::string>{row.text});
    CHECK(made.chains.at("egress_sg-g").rules.empty());
  }
}

TEST_CASE("a rule that names a group of another VPC, or IPv6, lets nothing through") {
  Records records(5);
  auto six = Records::rule(false, "tcp", 80, 80, "0.0.0.0/0");
  six.cidr.clear();
  six.cidr_ipv6 = "::/0";
  records.add_group("g", {Records::rule(false, "tcp", 80, 80, "sg-elsewhere"), six});
  CHECK(router_of(records).chains.at("ingress_sg-g").rules.empty());
}

TEST_CASE("one more interface only adds") {
  Records records(5);
  records.add_interface("a", "private", "10.77.2.10", {"sg-open"});
  const Ruleset before = router_of(records);
  records.add_interface("b", "private", "10.77.2.11", {"sg-open"});
  const std::string commands = change(before, router_of(records));
  CHECK(commands.find("flush") == std::string::npos);
  CHECK(commands.find("delete") == std::string::npos);
  CHECK(commands.find("add element ip landfall members_sg-open { 10.77.2.11 }") != std::string::npos);
  CHECK(change(before, before).empty());
}

TEST_CASE("an interface without rules of its own ends in a counted drop") {
  Records records(5);
  records.add_interface("a", "private", "10.77.2.10", {});
  const Ruleset made = router_of(records);
  const Chain& chain = made.chains.at("to_" + router_device("eni-a"));
  CHECK(chain.rules.size() == 1);
  CHECK(has_rule(chain, "counter name \"ingress_eni-a\" drop"));
}

TEST_CASE("changing a table in place gives what a whole definition gives, over drawn changes") {
  if (!is_root()) return;
  const std::string in_place = fmt::format("lftest-rules-a-{}", getpid()), afresh = fmt::format("lftest-rules-b-{}", getpid());
  sys::Linux kernel;
  REQUIRE(kernel.create_namespace(in_place));
  REQUIRE(kernel.create_namespace(afresh));
  IdSource draw(static_cast<uint64_t>(getpid()));
  Ruleset loaded;
  for (int i = 0; i < 25; ++i) {
    CAPTURE(i);
    Records records(5);
    if (draw.below(4) == 0) records.view.internet_gateways.clear();
    for (const auto* name : {"a", "b", "c"}) {
      if (draw.below(3) == 0) continue;
      records.add_group(name, {});
      for (uint64_t n = draw.below(4); n > 0; --n) {
        const int port = static_cast<int>(draw.below(3)) + 80;
        const std::string peer = std::vector<std::string>{"0.0.0.0/0", "10.0.0.0/8", "sg-a", "sg-b"}[draw.below(4)];
        records.view.security_groups.back().rules.push_back(Records::rule(draw.below(2) == 0, "tcp", port, port + static_cast<int>(draw.below(2)), peer));
      }
    }
    for (const auto* name : {"p", "q", "r", "s"}) {
      if (draw.below(3) == 0) continue;
      const std::string group = std::vector<std::string>{"sg-a", "sg-b", "sg-c", "sg-open"}[draw.below(4)];
      records.add_interface(name, "public", fmt::format("10.77.1.{}", 10 + draw.below(40) * 4 + static_cast<uint64_t>(name[0] - 'p')), {group});
      if (draw.below(2) == 0) records.give_public_ip(name, name[0] - 'p' + 10);
    }
    const Ruleset wanted = router_of(records);
    const std::string commands = loaded.table.empty() ? whole(wanted) : change(loaded, wanted);
    const auto changed = kernel.load_ruleset(in_place, commands.empty() ? whole(wanted) : commands);
    CHECK_MESSAGE(changed.has_value(), (changed ? std::string() : changed.error().message()) << "\n" << commands);
    REQUIRE(kernel.load_ruleset(afresh, whole(wanted)));
    loaded = wanted;
    // nft prints objects in the order in which they were made; the lines are the same.
    const auto lines = [&](const std::string& space) {
      std::string listing = kernel.list_table(space, "ip landfall").value();
      std::vector<std::string> chains;
      size_t at = 0;
      for (size_t end = listing.find("\n\n"); end != std::string::npos; end = listing.find("\n\n", at)) {
        chains.push_back(listing.substr(at, end - at));
        at = end + 2;
      }
      chains.push_back(listing.substr(at, listing.rfind('}') - at));
      for (std::string& chain : chains) {
        while (!chain.empty() && (chain.back() == '\n' || chain.back() == ' ')) chain.pop_back();
        if (chain.starts_with("table ")) chain = chain.substr(chain.find('\n') + 1);
        // Elements of hashed sets come in any order.
        if (chain.find("elements = {") != std::string::npos) std::ranges::sort(chain);
      }
      std::ranges::sort(chains);
      return chains;
    };
    CHECK(lines(in_place) == lines(afresh));
  }
  CHECK(kernel.delete_namespace(in_place));
  CHECK(kernel.delete_namespace(afresh));
}

TEST_CASE("a node of a network load balancer sends with its clients' addresses, gets their answers, and may have no groups") {
  Records records(5);
  records.add_group("nlb", {Records::rule(false, "tcp", 80, 80, "0.0.0.0/0"), Records::rule(true, "-1", 0, 0, "0.0.0.0/0")});
  records.add_group("task", {Records::rule(false, "tcp", 80, 80, "sg-nlb")});
  auto& node = records.add_interface("node", "public", "10.77.1.20", {"sg-nlb"});
  node.type = "network_load_balancer";
  node.device = "etha";
  records.add_interface("task", "private", "10.77.2.20", {"sg-task"});
  const Plan made = plan(records.view, records.settings);
  const auto router = std::ranges::find(made.spaces, std::string("*"), &NamespacePlan::owned_link_prefix);
  const std::string device = router_device("eni-node");
  const auto rule = std::ranges::find_if(router->rules, [](const sys::RoutingRule& r) { return r.mark >= kFirstReturnMark; });
  REQUIRE(rule != router->rules.end());
  CHECK(std::ranges::any_of(router->routes, [&](const sys::RouteEntry& r) { return r.table == rule->table && r.device == device && r.destination.length == 0; }));
  CHECK(router->ruleset.collections.at("return_marks").elements.contains(fmt::format("\"{}\" : {:#x}", device, rule->mark)));
  CHECK(has_rule(router->ruleset.chains.at("ingress_sg-task"), fmt::format("iifname {{ \"{}\" }} tcp dport 80 accept", device)));
  const auto space = std::ranges::find(made.spaces, records.settings.namespace_name("task", "node"), &NamespacePlan::space);
  REQUIRE(space != made.spaces.end());
  CHECK(std::ranges::any_of(space->rules, [](const sys::RoutingRule& r) { return r.device == "etha"; }));
  CHECK(std::ranges::any_of(space->routes, [](const sys::RouteEntry& r) { return r.kind == sys::RouteKind::local; }));

  std::ranges::find(records.view.interfaces, std::string("eni-node"), &model::NetworkInterface::id)->security_group_ids.clear();
  const Ruleset open = router_of(records);
  CHECK(has_rule(open.chains.at("to_" + device), "accept"));
  CHECK(has_rule(open.chains.at("from_" + device), "accept"));
}
