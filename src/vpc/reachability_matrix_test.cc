#include "vpc/stack_for_test.h"

using namespace landfall;
using namespace landfall::vpc;
using namespace landfall::vpc::test;

namespace {

/// What is drawn for one configuration. `seed` is printed with each disagreement.
class Draw {
 public:
  explicit Draw(uint64_t seed) : ids_(seed) {}
  template <class T>
  const T& one_of(const std::vector<T>& list) { return list[ids_.below(list.size())]; }
  bool chance(int percent) { return static_cast<int>(ids_.below(100)) < percent; }
  uint64_t below(uint64_t bound) { return ids_.below(bound); }

 private:
  IdSource ids_;
};

const std::vector<std::string> kNames{"pub1", "pub2", "priv1", "priv2", "iso1", "sec1", "far1"};
const std::vector<model::Flow> kFlows{{"tcp", 80}, {"tcp", 81}, {"udp", 5000}, {"icmp", 8}};

std::vector<model::SecurityGroupRule> random_rules(Draw& draw) {
  static const std::vector<std::string> peers{"0.0.0.0/0", "10.77.0.0/16", "10.77.2.0/24", "10.77.2.10/32", "10.77.1.0/25",
                                              "203.0.113.0/24", "198.18.0.0/15", "100.64.0.0/16", "10.88.0.0/16", "sg-a", "sg-b", "sg-c", "sg-far"};
  struct Ports {
    std::string protocol;
    int from, to;
  };
  static const std::vector<Ports> ports{{"-1", 0, 0},      {"tcp", 80, 80},   {"tcp", 81, 90},  {"tcp", 0, 65535}, {"6", 79, 80},
                                        {"udp", 5000, 5000}, {"udp", 5001, 6000}, {"icmp", -1, -1}, {"icmp", 8, 0},    {"icmp", 0, 0}};
  std::vector<model::SecurityGroupRule> rules;
  for (const bool is_egress : {true, false}) {
    for (uint64_t i = draw.below(4); i > 0; --i) {
      const Ports& drawn = draw.one_of(ports);
      rules.push_back(Records::rule(is_egress, drawn.protocol, drawn.from, drawn.to, draw.one_of(peers)));
    }
    if (draw.chance(60)) rules.push_back(Records::rule(is_egress, "-1", 0, 0, "0.0.0.0/0"));
  }
  return rules;
}

model::Route default_route(Draw& draw) {
  switch (draw.below(5)) {
    case 0: return {.destination = "0.0.0.0/0", .gateway_id = "igw-1"};
    case 1: return {.destination = "0.0.0.0/0", .nat_gateway_id = "nat-1"};
    case 2: return {.destination = "0.0.0.0/0", .nat_gateway_id = "nat-gone"};
    case 3: return {.destination = "0.0.0.0/0", .gateway_id = "igw-gone"};
    default: return {.destination = "198.18.0.0/15", .gateway_id = "igw-1"};  // the pool, but not the rest of the world
  }
}

/// Entries take all ephemeral ports or none: which of them a client gets is chance.
std::vector<model::NetworkAclEntry> random_entries(Draw& draw) {
  static const std::vector<std::string> peers{"0.0.0.0/0", "10.77.0.0/16", "10.77.2.0/24", "10.77.1.0/25", "203.0.113.0/24", "198.18.0.0/15", "10.77.3.10/32", "10.88.0.0/16"};
  struct Kind {
    std::string protocol;
    int from = 0, to = 0, type = -1;
  };
  static const std::vector<Kind> kinds{{"-1"}, {"6", 80, 80}, {"6", 1024, 65535}, {"6", 0, 65535}, {"17", 5000, 5000}, {"17", 32768, 61000}, {"1"}, {"1", 0, 0, 8}, {"1", 0, 0, 0}, {"47"}};
  std::vector<model::NetworkAclEntry> entries;
  for (const bool is_egress : {false, true}) {
    int number = 100;
    const auto add = [&](const Kind& kind, const std::string& peer, bool is_allow) {
      entries.push_back({.number = number, .is_egress = is_egress, .is_allow = is_allow, .protocol = kind.protocol, .cidr = peer, .from_port = kind.from, .to_port = kind.to, .icmp_type = kind.type});
      number += 10;
    };
    if (draw.chance(20)) entries.push_back({.number = 50, .is_egress = is_egress, .cidr = "::/0"});  // a deny that says nothing of IPv4
    for (uint64_t i = draw.below(4); i > 0; --i) add(draw.one_of(kinds), draw.one_of(peers), draw.chance(60));
    if (draw.chance(80)) add({"-1"}, "0.0.0.0/0", true);
  }
  return entries;
}

/// Half of the configurations have one: the others keep what a VPC has by itself, which lets everything through.
void shuffle_acls(Records& records, Draw& draw) {
  for (auto& subnet : records.view.subnets) subnet.network_acl_id.clear();
  if (!draw.chance(50)) return;
  records.view.network_acls.push_back({.account = kAccount, .region = kRegion, .id = "acl-drawn", .vpc_id = "vpc-1", .entries = random_entries(draw)});
  for (auto& subnet : records.view.subnets) {
    if (subnet.vpc_id == "vpc-1" && draw.chance(60)) subnet.network_acl_id = "acl-drawn";
  }
}

/// Routes over the connection, of both sides, and its state; it may also lead to a part of the other side only.
void shuffle_peering(Records& records, Draw& draw) {
  records.view.peering_connections.front().status = draw.chance(85) ? "active" : "deleted";
  for (auto& table : records.view.route_tables) {
    std::erase_if(table.routes, [](const model::Route& route) { return !route.vpc_peering_connection_id.empty(); });
    if (draw.chance(25)) continue;
    if (table.vpc_id == "vpc-1") table.routes.push_back({.destination = draw.chance(80) ? "10.88.0.0/16" : "10.88.2.0/24", .vpc_peering_connection_id = "pcx-1"});
    if (table.vpc_id == "vpc-2") table.routes.push_back({.destination = draw.chance(70) ? "10.77.0.0/16" : "10.77.2.0/24", .vpc_peering_connection_id = "pcx-1"});
    if (table.vpc_id == "vpc-2" && draw.chance(70)) table.routes.push_back({.destination = "100.64.0.0/16", .vpc_peering_connection_id = "pcx-1"});
  }
}

/// Changes everything but the interfaces, so that namespaces and servers stay.
void shuffle(Records& records, Draw& draw, const Records& base) {
  records.view = base.view;
  records.view.security_groups.clear();
  for (const auto* name : {"a", "b", "c"}) records.add_group(name, random_rules(draw));
  records.add_group("far", random_rules(draw)).vpc_id = "vpc-2";
  for (auto& interface : records.view.interfaces) {
    if (interface.type == "nat_gateway") continue;
    interface.security_group_ids = {"sg-far"};
    if (interface.vpc_id == "vpc-2") continue;
    interface.security_group_ids = {draw.one_of<std::string>({"sg-a", "sg-b", "sg-c"})};
    if (draw.chance(25)) interface.security_group_ids.push_back(draw.one_of<std::string>({"sg-a", "sg-b"}));
  }
  for (auto& table : records.view.route_tables) {
    if (table.vpc_id != "vpc-1" || !draw.chance(60)) continue;
    table.routes.resize(2);  // the local ones
    if (draw.chance(80)) table.routes.push_back(default_route(draw));
    if (draw.chance(20)) table.routes.push_back({.destination = "203.0.113.0/24", .nat_gateway_id = "nat-1"});
  }
  if (draw.chance(20)) records.view.route_tables[2].associations.clear();  // private falls back to main
  shuffle_peering(records, draw);
  shuffle_acls(records, draw);
  int last = 10;
  for (const auto* name : {"pub1", "priv1", "iso1"}) {
    if (draw.chance(last++ == 10 ? 80 : 30)) records.give_public_ip(name, last);
  }
  if (draw.chance(8)) records.view.internet_gateways.front().vpc_id.clear();
}

std::vector<Probe> all_pairs(const Records& records, const std::string& outside) {
  std::vector<Probe> probes;
  const model::NetworkView& view = records.view;
  const auto add = [&](const std::string& from, const std::string& space, const model::Endpoint& source,
                       const std::string& destination, const model::Endpoint& target) {
    for (const model::Flow& flow : kFlows) {
      const model::Path path = model::trace(view, source, target, flow);
      probes.push_back({.space = space, .destination = destination, .flow = flow, .expected = path.is_reachable,
                        .name = fmt::format("{} -> {} {} {}: {} {}", from, destination, flow.protocol, flow.port, path.code, path.sentence)});
    }
  };
  for (const std::string& from : kNames) {
    const std::string space = records.settings.namespace_name("task", from);
    const model::Endpoint source{.interface_id = "eni-" + from, .ip = {}};
    for (const auto& target : view.interfaces) {
      if (target.id == source.interface_id) continue;
      add(from, space, source, target.private_ip, {.interface_id = target.id, .ip = {}});
    }
    for (const auto& address : view.addresses) add(from, space, source, address.public_ip, {.interface_id = {}, .ip = address.public_ip});
    add(from, space, source, kOutsideIp, {.interface_id = {}, .ip = kOutsideIp});
    add(from, space, source, "10.77.2.250", {.interface_id = {}, .ip = "10.77.2.250"});
  }
  for (const auto& address : view.addresses) {
    add("internet", outside, {.interface_id = {}, .ip = kOutsideIp}, address.public_ip, {.interface_id = {}, .ip = address.public_ip});
  }
  return probes;
}

}  // namespace

TEST_CASE("predicted reachability equals real packets, all pairs, over drawn configurations") {
  if (!is_root()) return;
  const char* wanted = std::getenv("LANDFALL_MATRIX_CONFIGURATIONS");
  const int configurations = wanted == nullptr ? 12 : std::atoi(wanted);
  const char* given = std::getenv("LANDFALL_MATRIX_SEED");
  const uint64_t seed = given == nullptr ? static_cast<uint64_t>(getpid()) : std::strtoull(given, nullptr, 10);

  Records base(seed);
  base.add_interface("pub1", "public", "10.77.1.10", {});
  base.add_interface("pub2", "public", "10.77.1.11", {});
  base.add_interface("priv1", "private", "10.77.2.10", {});
  base.add_interface("priv2", "private", "10.77.2.140", {});
  base.add_interface("iso1", "isolated", "10.77.3.10", {});
  base.view.vpcs.front().blocks.push_back({.association_id = "vpc-cidr-assoc-2", .cidr = "100.64.0.0/16"});
  for (auto& table : base.view.route_tables) table.routes.insert(table.routes.begin() + 1, {.destination = "100.64.0.0/16", .gateway_id = "local"});
  base.add_subnet("second", "100.64.1.0/24");
  base.add_interface("sec1", "second", "100.64.1.10", {});
  base.add_far_vpc();
  base.add_interface("far1", "far", "10.88.1.10", {}).vpc_id = "vpc-2";
  size_t probed = 0, open = 0;
  {
    const Outside outside(base.settings);
    RealNetwork real(base.settings);
    Records records = base;
    records.write(*real.store);
    real.settle();
    Servers servers;
    for (const std::string& name : kNames) {
      for (const int port : {80, 81}) servers.listen(base.settings.namespace_name("task", name), SOCK_STREAM, port);
      servers.listen(base.settings.namespace_name("task", name), SOCK_DGRAM, 5000);
    }
    for (const int port : {80, 81}) servers.listen(outside.space(), SOCK_STREAM, port);
    servers.listen(outside.space(), SOCK_DGRAM, 5000);
    servers.start();
    const model::NetworkView settled = store::view_of(*real.store);
    base.view = settled;

    for (int i = 0; i < configurations; ++i) {
      const uint64_t drawn = seed * 1000 + static_cast<uint64_t>(i);
      Draw draw(drawn);
      shuffle(records, draw, base);
      records.write(*real.store);
      real.settle();
      INFO("LANDFALL_MATRIX_SEED=" << seed << ", configuration " << i);
      std::vector<Probe> probes = all_pairs(records, outside.space());
      run_probes(probes);
      probed += probes.size();
      open += static_cast<size_t>(std::ranges::count_if(probes, &Probe::answered));
    }
  }
  MESSAGE(probed << " probes, " << open << " answered");
  CHECK(open > probed / 20);  // else the configurations say nothing
  CHECK(leftovers(base.settings) == std::vector<std::string>{});
}
