#include "sys/netns.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>

#include "sys/linux.h"

using namespace landfall;
using namespace landfall::sys;

namespace {

bool is_listed(const std::string& name) {
  const auto names = list_netns();
  return names && std::ranges::any_of(*names, [&](const NamespaceName& one) { return one.name == name && one.is_alive; });
}

struct TestSpace {
  std::string name = fmt::format("lftest-sys-{}", getpid());
  ~TestSpace() { CHECK(delete_netns(name)); }
};

}  // namespace

TEST_CASE("a named namespace is made once, entered by threads only, and gone when deleted") {
  if (geteuid() != 0) {
    MESSAGE("skipped: needs root for network namespaces");
    return;
  }
  const TestSpace space;
  CHECK(open_netns(space.name).error().code == "Netns.NotFound");
  REQUIRE(create_netns(space.name));
  REQUIRE(create_netns(space.name));
  CHECK(is_listed(space.name));

  Linux kernel;
  const auto inside = kernel.read_network(space.name);
  REQUIRE(inside);
  REQUIRE(inside->links.size() == 1);
  CHECK(inside->links.front().is_up);
  CHECK(kernel.read_network("")->links.size() >= 1);
  CHECK(socket_in(space.name, AF_INET, SOCK_DGRAM));

  REQUIRE(delete_netns(space.name));
  REQUIRE(delete_netns(space.name));
  CHECK_FALSE(is_listed(space.name));
}

TEST_CASE("what is written to a namespace is read back, and deleting what is gone succeeds") {
  if (geteuid() != 0) {
    MESSAGE("skipped: needs root for network namespaces");
    return;
  }
  const TestSpace space;
  REQUIRE(create_netns(space.name));
  Linux kernel;
  const Cidr block = parse_cidr("10.9.0.0/16").value();
  const RouteEntry way{.table = 1001, .destination = block, .device = "a0", .gateway = parse_ipv4("192.0.2.77").value()};
  const RouteEntry none{.table = 254, .destination = block, .kind = RouteKind::blackhole};
  const RoutingRule rule{.priority = 77, .mark = 5, .from = block, .table = 1001};
  const Neighbour neighbour{.device = "a0", .ip = parse_ipv4("10.9.0.1").value(), .mac = "02:00:00:00:00:09"};
  const InterfaceAddress address{.device = "a0", .ip = parse_ipv4("10.9.1.1").value(), .prefix_length = 24};
  const std::vector<NetworkChange> additions{
      AddVeth{.name = "a0", .mac = "02:00:00:00:00:01", .peer_namespace = space.name, .peer_name = "b0", .peer_mac = "02:00:00:00:00:02"},
      SetLinkUp{"a0"}, Add<InterfaceAddress>{address}, Add<RouteEntry>{way}, Add<RouteEntry>{none}, Add<RoutingRule>{rule}, Add<Neighbour>{neighbour}};
  REQUIRE(kernel.change_network(space.name, additions));
  const auto state = kernel.read_network(space.name);
  REQUIRE(state);
  CHECK(std::ranges::find(state->links, Link{.name = "b0", .kind = "veth", .mac = "02:00:00:00:00:02"}) != state->links.end());
  CHECK(std::ranges::find(state->addresses, address) != state->addresses.end());
  CHECK(std::ranges::find(state->routes, way) != state->routes.end());
  CHECK(std::ranges::find(state->routes, none) != state->routes.end());
  CHECK(state->rules == std::vector{rule});
  CHECK(state->neighbours == std::vector{neighbour});

  const std::vector<NetworkChange> removals{Delete<Neighbour>{neighbour}, Delete<RoutingRule>{rule}, Delete<RouteEntry>{way},
                                            Delete<RouteEntry>{none},     Delete<InterfaceAddress>{address}, DeleteLink{"b0"}};
  REQUIRE(kernel.change_network(space.name, removals));
  const auto empty = kernel.read_network(space.name);
  CHECK(empty->links.size() == 1);
  CHECK(empty->routes.empty());
  CHECK(empty->rules.empty());
  CHECK(kernel.change_network(space.name, {DeleteLink{"b0"}, Delete<RoutingRule>{rule}, Delete<RouteEntry>{none}}));
}

TEST_CASE("rule sets are applied whole or not at all") {
  if (geteuid() != 0) {
    MESSAGE("skipped: needs root for network namespaces");
    return;
  }
  const TestSpace space;
  REQUIRE(create_netns(space.name));
  Linux kernel;
  CHECK(kernel.list_table(space.name, "ip t").value().empty());
  REQUIRE(kernel.load_ruleset(space.name, "table ip t {\n counter c {\n }\n}\n"));
  const auto refused = kernel.load_ruleset(space.name, "add counter ip t d\nadd rule ip t missing accept\n");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == "Nft.Rejected");
  CHECK(kernel.read_counters(space.name, "ip t").value().size() == 1);
}
