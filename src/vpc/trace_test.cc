#include "vpc/stack_for_test.h"

using namespace landfall;
using namespace landfall::vpc::test;
using model::trace;

namespace {

Records two_tasks() {
  Records records(99);
  records.add_interface("web", "private", "10.77.2.10", {"sg-open"});
  records.add_interface("pub", "public", "10.77.1.10", {"sg-open"});
  return records;
}

model::Path to_internet(const Records& records, const std::string& from) {
  return trace(records.view, {.interface_id = "eni-" + from, .ip = {}}, {.interface_id = {}, .ip = "192.0.2.9"}, {"tcp", 443});
}

}  // namespace

TEST_CASE("a trace out of a VPC names its first broken link") {
  Records records = two_tasks();
  std::string from = "web", code, cause, attribute;
  SUBCASE("through the NAT gateway") {}
  SUBCASE("D-N01: no default route") {
    records.view.route_tables[2].routes.resize(1);
    code = "NO_ROUTE_TO_DESTINATION", cause = "rtb-private", attribute = "route";
  }
  SUBCASE("D-N02: internet gateway, no public address") {
    from = "pub";
    code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", cause = "eni-pub", attribute = "assign_public_ip";
  }
  SUBCASE("D-N03: NAT gateway in a private subnet") {
    for (auto& interface : records.view.interfaces) {
      if (interface.id == "eni-nat") interface.subnet_id = "subnet-isolated";
    }
    code = "NO_ROUTE_TO_DESTINATION", cause = "nat-1", attribute = "subnet_id";
  }
  SUBCASE("D-N03: and its own subnet routes to itself") {
    for (auto& interface : records.view.interfaces) {
      if (interface.id == "eni-nat") interface.subnet_id = "subnet-private";
    }
    code = "NO_ROUTE_TO_DESTINATION", cause = "nat-1", attribute = "subnet_id";
  }
  SUBCASE("D-N04: falls back to the main table") {
    records.view.route_tables[2].associations.clear();
    code = "NO_ROUTE_TO_DESTINATION", cause = "subnet-private", attribute = "route_table_association";
  }
  SUBCASE("D-N06: no egress") {
    records.view.security_groups.front().rules.erase(records.view.security_groups.front().rules.begin());
    code = "SG_HAS_NO_RULES", cause = "sg-open", attribute = "egress";
  }
  SUBCASE("egress of another port") {
    records.view.security_groups.front().rules.front() = Records::rule(true, "tcp", 80, 80, "0.0.0.0/0");
    code = "ENI_SG_RULES_MISMATCH", cause = "sg-open", attribute = "egress";
  }
  SUBCASE("deleted NAT gateway") {
    records.view.nat_gateways.front().state = "deleted";
    code = "BAD_STATE_ROUTE", cause = "rtb-private", attribute = "route";
  }
  SUBCASE("detached internet gateway") {
    records.view.internet_gateways.front().vpc_id.clear();
    code = "BAD_STATE_ROUTE", cause = "igw-1", attribute = "vpc_id";
  }
  SUBCASE("NAT gateway in a VPC without a way to the internet") {
    for (auto& table : records.view.route_tables) std::erase_if(table.routes, [](const auto& route) { return route.gateway_id.starts_with("igw-"); });
    code = "NO_ROUTE_TO_DESTINATION", cause = "rtb-public", attribute = "route";
  }
  SUBCASE("the route that is meant for the NAT gateway leads to the internet gateway") {
    for (auto& route : records.view.route_tables[2].routes) {
      if (!route.nat_gateway_id.empty()) route.nat_gateway_id.clear(), route.gateway_id = "igw-1";
    }
    code = "IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", cause = "rtb-private", attribute = "route";
  }
  const model::Path path = to_internet(records, from);
  CHECK(path.is_reachable == code.empty());
  CHECK(path.code == code);
  CHECK(path.cause == cause);
  CHECK(path.attribute == attribute);
  CHECK(path.sentence.empty() == code.empty());
}

TEST_CASE("an open path lists what it passes") {
  const model::Path path = to_internet(two_tasks(), "web");
  std::vector<std::string> components;
  for (const model::Hop& hop : path.hops) components.push_back(hop.component);
  CHECK(components == std::vector<std::string>{"eni-web", "sg-open", "rtb-private", "nat-1", "rtb-public", "igw-1", "192.0.2.9"});
}

TEST_CASE("an answer that cannot leave by the gateway makes the way in useless") {
  Records records = two_tasks();
  records.give_public_ip("web", 77);
  const model::Path path = trace(records.view, {.interface_id = {}, .ip = "192.0.2.9"}, {.interface_id = "eni-web", .ip = {}}, {"tcp", 80});
  CHECK_FALSE(path.is_reachable);
  CHECK(path.is_return);
  CHECK(path.cause == "rtb-private");
}

TEST_CASE("the VPC's resolver is not filtered") {
  Records records = two_tasks();
  records.view.security_groups.front().rules.clear();
  for (const auto* ip : {"10.77.0.2", "169.254.169.253"}) {
    CHECK(trace(records.view, {.interface_id = "eni-web", .ip = {}}, {.interface_id = {}, .ip = ip}, {"udp", 53}).is_reachable);
  }
  CHECK_FALSE(trace(records.view, {.interface_id = "eni-web", .ip = {}}, {.interface_id = {}, .ip = "10.77.0.2"}, {"udp", 54}).is_reachable);
}

TEST_CASE("a group reference means private addresses of its members, in one VPC") {
  Records records = two_tasks();
  records.add_group("only_open", {Records::rule(false, "tcp", 80, 80, "sg-open")});
  records.add_interface("guarded", "public", "10.77.1.11", {"sg-only_open"});
  records.give_public_ip("guarded", 78);
  records.give_public_ip("pub", 79);
  const model::Endpoint from{.interface_id = "eni-pub", .ip = {}};
  CHECK(trace(records.view, from, {.interface_id = "eni-guarded", .ip = {}}, {"tcp", 80}).is_reachable);
  CHECK_FALSE(trace(records.view, from, {.interface_id = "eni-guarded", .ip = {}}, {"tcp", 81}).is_reachable);
  // By its public address the packet goes out and comes back with a public source.
  CHECK(trace(records.view, from, {.interface_id = {}, .ip = records.public_ip(78)}, {"tcp", 80}).code == "ENI_SG_RULES_MISMATCH");
}

TEST_CASE("nothing connects two VPCs") {
  Records records = two_tasks();
  records.view.vpcs.push_back({.account = kAccount, .region = kRegion, .id = "vpc-2", .cidr = "10.77.0.0/16"});
  records.view.interfaces.push_back({.account = kAccount, .region = kRegion, .id = "eni-far", .vpc_id = "vpc-2", .private_ip = "10.77.1.10"});
  const model::Path path = trace(records.view, {.interface_id = "eni-web", .ip = {}}, {.interface_id = "eni-far", .ip = {}}, {"tcp", 80});
  CHECK(path.code == "DISCONNECTED_VPCS");
}

TEST_CASE("a peering connection carries what both sides' routes and groups let through") {
  Records records = two_tasks();
  records.add_far_vpc();
  records.add_interface("far", "far", "10.88.1.10", {"sg-far"}).vpc_id = "vpc-2";
  auto& tables = records.view.route_tables;
  const auto table = [&](const std::string& id) -> model::RouteTable& { return *std::ranges::find(tables, id, &model::RouteTable::id); };
  std::string code, cause;
  bool is_return = false;
  SUBCASE("open") {}
  SUBCASE("no route there") {
    std::erase_if(table("rtb-private").routes, [](const auto& route) { return !route.vpc_peering_connection_id.empty(); });
    table("rtb-private").routes.resize(1);
    code = "NO_ROUTE_TO_DESTINATION", cause = "rtb-private";
  }
  SUBCASE("no route back") {
    table("rtb-far").routes.resize(1);
    code = "NO_ROUTE_TO_DESTINATION", cause = "subnet-far", is_return = true;
  }
  SUBCASE("deleted") {
    records.view.peering_connections.front().status = "deleted";
    code = "DISCONNECTED_VPCS", cause = "vpc-2";
  }
  SUBCASE("a group of the other side") {
    records.view.security_groups.back().rules.back() = Records::rule(false, "tcp", 80, 80, "sg-open");
  }
  SUBCASE("another group of the other side") {
    records.view.security_groups.back().rules.back() = Records::rule(false, "tcp", 80, 80, "sg-other");
    code = "ENI_SG_RULES_MISMATCH", cause = "sg-far";
  }
  const model::Path path = trace(records.view, {.interface_id = "eni-web", .ip = {}}, {.interface_id = "eni-far", .ip = {}}, {"tcp", 80});
  CHECK(path.code == code);
  CHECK(path.cause == cause);
  CHECK(path.is_return == is_return);
  CHECK(path.is_reachable == code.empty());
}

TEST_CASE("a second block of a VPC is as much inside as the first") {
  Records records = two_tasks();
  records.view.vpcs.front().blocks.push_back({.association_id = "vpc-cidr-assoc-2", .cidr = "100.64.0.0/16"});
  for (auto& table : records.view.route_tables) table.routes.push_back({.destination = "100.64.0.0/16", .gateway_id = "local"});
  records.add_subnet("second", "100.64.1.0/24");
  records.add_interface("second", "second", "100.64.1.10", {"sg-open"});
  CHECK(trace(records.view, {.interface_id = "eni-web", .ip = {}}, {.interface_id = {}, .ip = "100.64.1.10"}, {"tcp", 80}).is_reachable);
  CHECK(trace(records.view, {.interface_id = "eni-web", .ip = {}}, {.interface_id = {}, .ip = "100.64.1.11"}, {"tcp", 80}).code == "NO_POSSIBLE_DESTINATION");
}
