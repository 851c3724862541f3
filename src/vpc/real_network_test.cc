#include "vpc/stack_for_test.h"

#include <ctime>

using namespace landfall;
using namespace landfall::vpc;
using namespace landfall::vpc::test;

namespace {

uint64_t seed() { return static_cast<uint64_t>(getpid()); }

Probe probe(const Records& records, const std::string& from, const std::string& to, const std::string& protocol, int port, bool expected) {
  return {.space = records.settings.namespace_name("task", from), .destination = to, .flow = {protocol, port}, .expected = expected,
          .name = fmt::format("{} -> {} {} {}", from, to, protocol, port)};
}

}  // namespace

TEST_CASE("packets go where the records say, come back after a repair, and nothing stays behind") {
  if (!is_root()) return;
  Records records(seed());
  records.add_group("web", {Records::rule(true, "-1", 0, 0, "0.0.0.0/0"), Records::rule(false, "tcp", 80, 80, "sg-open")});
  records.add_interface("pub", "public", "10.77.1.10", {"sg-open"});
  records.add_interface("web", "private", "10.77.2.10", {"sg-web"});
  records.add_interface("other", "private", "10.77.2.11", {"sg-open"});
  records.add_interface("alone", "isolated", "10.77.3.10", {"sg-open"});
  records.give_public_ip("pub", 10);
  {
    const Outside outside(records.settings);
    RealNetwork real(records.settings);
    records.write(*real.store);
    const auto begin = std::chrono::steady_clock::now();
    real.settle();
    MESSAGE("plumbed in " << std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin).count() << " us");

    for (const auto& interface : store::all<model::NetworkInterface>(*real.store)) {
      CHECK_MESSAGE(interface.is_plumbed, interface.id << ": " << interface.plumb_error);
    }
    CHECK(store::all<model::NatGateway>(*real.store).front().state == "available");

    Servers servers;
    for (const auto* name : {"pub", "web", "other", "alone"}) {
      for (const int port : {80, 81}) servers.listen(records.settings.namespace_name("task", name), SOCK_STREAM, port);
      servers.listen(records.settings.namespace_name("task", name), SOCK_DGRAM, 5000);
    }
    servers.listen(outside.space(), SOCK_STREAM, 80);
    servers.listen(outside.space(), SOCK_DGRAM, 5000);
    servers.start();
    const auto all_flows = [&] {
      std::vector<Probe> probes;
      probes.push_back(probe(records, "other", "10.77.2.10", "tcp", 80, true));    // same subnet, allowed by group
      probes.push_back(probe(records, "other", "10.77.2.10", "tcp", 81, false));   // not that port
      probes.push_back(probe(records, "other", "10.77.2.10", "udp", 5000, false));
      probes.push_back(probe(records, "other", "10.77.2.10", "icmp", 8, false));
      probes.push_back(probe(records, "web", "10.77.2.11", "udp", 5000, true));
      probes.push_back(probe(records, "pub", "10.77.3.10", "icmp", 8, true));
      probes.push_back(probe(records, "pub", kOutsideIp, "tcp", 80, true));        // own public address
      probes.push_back(probe(records, "web", kOutsideIp, "tcp", 80, true));        // by the NAT gateway
      probes.push_back(probe(records, "web", kOutsideIp, "udp", 5000, true));
      probes.push_back(probe(records, "web", kOutsideIp, "icmp", 8, true));
      probes.push_back(probe(records, "alone", kOutsideIp, "tcp", 80, false));     // no route
      probes.push_back(probe(records, "web", records.public_ip(10), "tcp", 80, true));  // hairpin through NAT and gateway
      probes.push_back(probe(records, "pub", records.public_ip(10), "tcp", 80, true));  // itself, from outside
      probes.push_back(probe(records, "pub", "10.77.1.200", "icmp", 8, false));    // a NAT gateway takes nothing
      Probe inbound = probe(records, "", records.public_ip(10), "tcp", 81, true);
      inbound.space = outside.space();
      probes.push_back(std::move(inbound));
      Probe from_host = probe(records, "", records.public_ip(10), "tcp", 80, true);
      from_host.space = "";
      probes.push_back(std::move(from_host));
      Probe to_nat = probe(records, "", records.public_ip(200), "tcp", 80, false);
      to_nat.space = outside.space();
      probes.push_back(std::move(to_nat));
      return probes;
    };
    std::vector<Probe> probes = all_flows();
    run_probes(probes);

    SUBCASE("what somebody took away comes back") {
      const std::string router = records.settings.namespace_name("vpc", "vpc-1");
      REQUIRE(real.kernel.change_network(router, {sys::DeleteLink{router_device("eni-web")}}));
      REQUIRE(real.kernel.change_network(router, {sys::Delete<sys::RoutingRule>{{.priority = 200, .table = kInterfaceTable}}}));
      REQUIRE(real.kernel.load_ruleset(router, "flush chain ip landfall ingress\n"));
      real.clock.advance(std::chrono::seconds(31));
      real.settle();
      // The servers' sockets lie in the same namespace as before.
      std::vector<Probe> again = all_flows();
      run_probes(again);
    }

    SUBCASE("dropped packets are counted at the interface that refused them") {
      const auto drops = real.network.drops();
      REQUIRE(drops);
      const auto counted = std::ranges::find(*drops, "eni-web", &DropCount::interface_id);
      REQUIRE(counted != drops->end());
      CHECK_FALSE(counted->is_egress);
      CHECK(counted->packets >= 3);
    }

    SUBCASE("the default route taken away, NAT no longer reaches; a step without changes is cheap") {
      records.view = store::view_of(*real.store);
      for (auto& table : records.view.route_tables) {
        if (table.id == "rtb-private") table.routes.pop_back();
      }
      records.write(*real.store);
      real.settle();
      std::vector<Probe> after;
      after.push_back(probe(records, "web", kOutsideIp, "tcp", 80, false));
      after.push_back(probe(records, "other", "10.77.2.10", "tcp", 80, true));
      run_probes(after);

      const clock_t start = clock();  // of the processor, which others may hold meanwhile
      for (int i = 0; i < 100; ++i) real.network.step();
      CHECK(clock() - start < CLOCKS_PER_SEC);
    }

    SUBCASE("one more interface is plumbed in a few milliseconds") {
      records.view = store::view_of(*real.store);
      for (int i = 0; i < 20; ++i) records.add_interface(fmt::format("more{}", i), "private", fmt::format("10.77.2.{}", 100 + i), {"sg-web"});
      records.write(*real.store);
      auto start = std::chrono::steady_clock::now();
      real.network.step();
      const auto twenty = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
      records.view = store::view_of(*real.store);
      records.add_interface("last", "private", "10.77.2.150", {"sg-web"});
      records.write(*real.store);
      start = std::chrono::steady_clock::now();
      real.network.step();
      const auto one = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);
      MESSAGE("20 interfaces in " << twenty.count() << " us, then one in " << one.count() << " us");
      for (const auto& interface : store::all<model::NetworkInterface>(*real.store)) CHECK(interface.is_plumbed);
    }

    SUBCASE("a spoofed source, and the host behind the endpoint, are out of reach") {
      const std::string space = records.settings.namespace_name("task", "other");
      REQUIRE(real.kernel.change_network(space, {sys::Add<sys::InterfaceAddress>{{.device = "eth0", .ip = parse_ipv4("10.77.2.99").value()}}}));
      Servers host;
      host.listen("", SOCK_STREAM, 22022);
      host.start();
      std::vector<Probe> after;
      after.push_back(probe(records, "web", records.settings.endpoint_address, "tcp", 22022, false));
      after.push_back(probe(records, "web", records.settings.endpoint_address, "icmp", 8, true));
      after.push_back(probe(records, "web", kOutsideHostIp, "tcp", 22022, false));
      run_probes(after);
      const Fd fd = sys::socket_in(space, AF_INET, SOCK_DGRAM | SOCK_NONBLOCK).value();
      const sockaddr_in from{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(parse_ipv4("10.77.2.99").value().bits)}, .sin_zero = {}};
      const sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(5000), .sin_addr = {htonl(parse_ipv4("10.77.3.10").value().bits)}, .sin_zero = {}};
      REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0);
      sendto(fd.get(), "x", 1, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to);
      const auto counters = real.kernel.read_counters(records.settings.namespace_name("vpc", "vpc-1"), "ip landfall");
      REQUIRE(counters);
      CHECK(counters->at("spoofed").packets == 1);
    }

    SUBCASE("a deleted NAT gateway is deleted with its interface") {
      REQUIRE(real.store->transact([&](store::Transaction& tx) -> Result<void> {
        store::update<model::NatGateway>(tx, kAccount + "/" + kRegion + "/nat-1", [](model::NatGateway& nat) { nat.state = "deleting"; });
        return {};
      }));
      real.settle();
      CHECK(store::all<model::NatGateway>(*real.store).front().state == "deleted");
      CHECK(store::all<model::NetworkInterface>(*real.store).size() == 4);
      const auto names = real.kernel.namespaces();
      for (const auto& name : *names) CHECK(name.name != records.settings.namespace_name("nat", "nat-1"));
      real.clock.advance(std::chrono::hours(1));
      real.settle();
      CHECK(store::all<model::NatGateway>(*real.store).empty());
    }
  }
  CHECK(leftovers(records.settings) == std::vector<std::string>{});
}

TEST_CASE("nodes of a load balancer share a namespace and each answers by its own interface") {
  if (!is_root()) return;
  Records records(seed() + 7);
  for (const auto& [name, subnet, ip, last] : {std::tuple("node-a", "public", "10.77.1.20", 20), std::tuple("node-b", "isolated", "10.77.3.20", 21)}) {
    auto& node = records.add_interface(name, subnet, ip, {"sg-open"});
    node.host_namespace = records.settings.namespace_name("alb", "lb");
    node.device = name == std::string("node-a") ? "eth0" : "eth1";
    records.give_public_ip(name, last);
  }
  records.view.route_tables[1].associations.push_back({.id = "rtbassoc-x", .subnet_id = "subnet-isolated"});
  records.add_interface("client", "private", "10.77.2.10", {"sg-open"});
  {
    const Outside outside(records.settings);
    RealNetwork real(records.settings);
    records.write(*real.store);
    real.settle();
    Servers servers;
    servers.listen(records.settings.namespace_name("alb", "lb"), SOCK_STREAM, 80);
    servers.start();
    std::vector<Probe> probes;
    for (const auto* ip : {"10.77.1.20", "10.77.3.20"}) probes.push_back(probe(records, "client", ip, "tcp", 80, true));
    for (const int last : {20, 21}) {
      probes.push_back(probe(records, "client", records.public_ip(last), "tcp", 80, true));
      probes.push_back(probe(records, "", records.public_ip(last), "tcp", 80, true));
      probes.back().space = outside.space();
    }
    run_probes(probes);
  }
  CHECK(leftovers(records.settings) == std::vector<std::string>{});
}
