#include "vpc/rules.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace landfall::vpc {
namespace {

/// The flow came in by the internet gateway, and so must its answers go out.
constexpr const char* kCameByGateway = "0x1";

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// "10.0.0.0/16", or "{ 10.0.0.0/16, 100.64.0.0/16 }".
std::string any_of(const std::vector<Cidr>& ranges) {
  if (ranges.size() == 1) return to_string(ranges.front());
  std::string text;
  for (const Cidr& range : ranges) text += (text.empty() ? "{ " : ", ") + to_string(range);
  return text + " }";
}

int protocol_number(const std::string& protocol) {
  if (protocol == "tcp") return 6;
  if (protocol == "udp") return 17;
  if (protocol == "icmp") return 1;
  int number = -1;
  std::from_chars(protocol.data(), protocol.data() + protocol.size(), number);
  return number;
}

std::string ports(int from, int to) { return from == to ? std::to_string(from) : fmt::format("{}-{}", from, to); }

/// The part of a rule that names protocol and ports; "" for all. Null text for what cannot be told (never matches).
std::optional<std::string> protocol_match(const model::SecurityGroupRule& rule) {
  if (rule.protocol == "-1") return "";
  const int number = protocol_number(rule.protocol);
  if (number < 0 || number > 255) return std::nullopt;
  if (number == 6) return fmt::format("tcp dport {} ", ports(rule.from_port, rule.to_port));
  if (number == 17) return fmt::format("udp dport {} ", ports(rule.from_port, rule.to_port));
  if (number != 1) return fmt::format("meta l4proto {} ", number);
  if (rule.from_port < 0) return "meta l4proto icmp ";
  std::string text = fmt::format("icmp type {} ", rule.from_port);
  if (rule.to_port >= 0) text += fmt::format("icmp code {} ", rule.to_port);
  return text;
}

/// nft refuses a set whose blocks overlap.
std::vector<Cidr> without_overlaps(std::vector<Cidr> blocks) {
  std::ranges::sort(blocks, {}, &Cidr::length);
  std::vector<Cidr> kept;
  for (const Cidr& block : blocks) {
    if (std::ranges::none_of(kept, [&](const Cidr& other) { return other.contains(block); })) kept.push_back(block);
  }
  return kept;
}

std::optional<std::string> peer_match(const model::SecurityGroupRule& rule, const RouterRules& rules) {
  const char* side = rule.is_egress ? "ip daddr" : "ip saddr";
  if (!rule.prefix_list_id.empty()) {
    const auto list = rules.prefix_lists.find(rule.prefix_list_id);
    if (list == rules.prefix_lists.end() || list->second.empty()) return std::nullopt;
    return fmt::format("{} {} ", side, any_of(without_overlaps(list->second)));
  }
  if (!rule.group_id.empty()) return fmt::format("{} @members_{} ", side, rule.group_id);
  const Result<Cidr> cidr = parse_cidr(rule.cidr);
  if (!cidr) return std::nullopt;  // IPv6: a VPC has none yet
  if (cidr->length == 0) return "";
  return fmt::format("{} {} ", side, to_string(*cidr));
}

/// Nodes of network load balancers that are in the group: what they send with their clients' addresses comes from it too
/// (NLB user guide, Security groups: targets may refer to the load balancer's group).
std::string carriers_in(const std::string& group_id, const RouterRules& rules) {
  std::string devices;
  for (const GuardedInterface& interface : rules.interfaces) {
    if (interface.return_mark == 0 || std::ranges::find(interface.groups, group_id) == interface.groups.end()) continue;
    devices += (devices.empty() ? "" : ", ") + quoted(interface.device);
  }
  return devices;
}

Chain group_chain(const model::SecurityGroup& group, bool is_egress, const RouterRules& rules, const std::set<std::string>& known) {
  std::vector<std::string> lines;
  for (const model::SecurityGroupRule& rule : group.rules) {
    if (rule.is_egress != is_egress) continue;
    if (!rule.group_id.empty() && !known.contains(rule.group_id)) continue;  // of a VPC that is not peered: no member can be seen here
    const std::optional<std::string> protocol = protocol_match(rule);
    const std::optional<std::string> peer = peer_match(rule, rules);
    if (protocol && peer) lines.push_back(*peer + *protocol + "accept");
    if (is_egress || !protocol || rule.group_id.empty()) continue;
    if (const std::string carriers = carriers_in(rule.group_id, rules); !carriers.empty()) lines.push_back(fmt::format("iifname {{ {} }} {}accept", carriers, *protocol));
  }
  return {.hook = {}, .rules = std::move(lines)};
}

/// The groups' chains one after the other; what none accepts is counted and dropped.
Chain interface_chain(const GuardedInterface& interface, bool is_egress, const std::set<std::string>& known) {
  std::vector<std::string> lines;
  if (interface.is_nat) {
    // A NAT gateway has no groups; it takes nothing that starts outside.
    if (!is_egress) lines.push_back(fmt::format("iifname \"igw\" counter name {} drop", quoted(drop_counter(interface.id, false))));
    lines.push_back("accept");
  }
  if (interface.return_mark != 0 && interface.groups.empty()) lines.emplace_back("accept");  // a network load balancer may have no groups
  for (const std::string& group : interface.groups) {
    if (known.contains(group)) lines.push_back(fmt::format("jump {}_{}", is_egress ? "egress" : "ingress", group));
  }
  lines.push_back(fmt::format("counter name {} drop", quoted(drop_counter(interface.id, is_egress))));
  return {.hook = {}, .rules = std::move(lines)};
}

/// What the router must know of each ENI, in collections that are looked up in constant time.
void add_elements(Ruleset& made, const RouterRules& rules) {
  auto& collections = made.collections;
  collections = {{"sources", {"set", "ifname . ether_addr . ipv4_addr", {}}},
                 {"translators", {"set", "ifname", {}}},
                 {"carriers", {"set", "ifname . ether_addr", {}}},
                 {"return_marks", {"map", "ifname : mark", {}}},
                 {"translated", {"set", "ipv4_addr", {}}},
                 {"route_tables", {"map", "ifname : mark", {}}},
                 {"inbound", {"map", "ipv4_addr : ipv4_addr", {}}},
                 {"outbound", {"map", "ipv4_addr : ipv4_addr", {}}},
                 {"from_chains", {"map", "ifname : verdict", {}}},
                 {"to_chains", {"map", "ifname : verdict", {}}}};
  for (const GuardedInterface& interface : rules.interfaces) {
    const std::string device = quoted(interface.device);
    const auto add = [&](const char* name, std::string element) { collections[name].elements.insert(std::move(element)); };
    add("sources", fmt::format("{} . {} . {}", device, interface.mac, interface.private_ip));
    if (interface.mark != 0) add("route_tables", fmt::format("{} : {:#x}", device, interface.mark));
    if (interface.is_nat) add("translators", device);
    if (interface.return_mark != 0) {
      add("carriers", fmt::format("{} . {}", device, interface.mac));
      add("return_marks", fmt::format("{} : {:#x}", device, interface.return_mark));
    }
    add("from_chains", fmt::format("{} : goto from_{}", device, interface.device));
    add("to_chains", fmt::format("{} : goto to_{}", device, interface.device));
    if (interface.public_ip.empty()) continue;
    add("inbound", fmt::format("{} : {}", interface.public_ip, interface.private_ip));
    add("outbound", fmt::format("{} : {}", interface.private_ip, interface.public_ip));
    add("translated", interface.private_ip);
  }
  for (const model::SecurityGroup& group : rules.groups) collections["members_" + group.id] = {.kind = "set", .type = "ipv4_addr", .elements = {}};
  for (const auto& [group, addresses] : rules.members) {
    collections["members_" + group] = {.kind = "set", .type = "ipv4_addr", .elements = {addresses.begin(), addresses.end()}};
  }
}

/// One entry as a rule; the address is that of the other side. Null text: a protocol that cannot be told.
std::string acl_rule(const model::NetworkAclEntry& entry) {
  std::string text;
  const Result<Cidr> cidr = parse_cidr(entry.cidr);
  if (cidr && cidr->length > 0) text += fmt::format("ip {} {} ", entry.is_egress ? "daddr" : "saddr", to_string(*cidr));
  const bool all_ports = entry.from_port == 0 && entry.to_port == 65535;
  if (entry.protocol == "6" || entry.protocol == "17") {
    const char* name = entry.protocol == "6" ? "tcp" : "udp";
    text += all_ports ? fmt::format("meta l4proto {} ", name) : fmt::format("{} dport {} ", name, ports(entry.from_port, entry.to_port));
  } else if (entry.protocol == "1") {
    text += "meta l4proto icmp ";
    if (entry.icmp_type >= 0) text += fmt::format("icmp type {} ", entry.icmp_type);
    if (entry.icmp_code >= 0) text += fmt::format("icmp code {} ", entry.icmp_code);
  } else if (entry.protocol != "-1") {
    text += fmt::format("meta l4proto {} ", entry.protocol);
  }
  return text + (entry.is_allow ? "accept" : "drop");
}

/// At the edges of subnets, before groups and without regard to flows (VPC user guide, Network ACLs): what stays inside
/// the subnet is not asked; what no entry takes is dropped.
void add_acl_chains(Ruleset& made, const std::vector<GuardedSubnet>& subnets) {
  if (subnets.empty()) return;
  for (const bool is_egress : {true, false}) {
    const std::string name = is_egress ? "acl_out" : "acl_in";
    Collection map{.kind = "map", .type = "ifname : verdict", .elements = {}};
    for (const GuardedSubnet& subnet : subnets) {
      Chain chain{.hook = {}, .rules = {fmt::format("ip {} {} accept", is_egress ? "daddr" : "saddr", to_string(subnet.range))}};
      for (const model::NetworkAclEntry& entry : subnet.entries) {
        if (entry.is_egress == is_egress) chain.rules.push_back(acl_rule(entry));
      }
      chain.rules.push_back("drop");
      made.chains[name + "_" + subnet.id] = std::move(chain);
      for (const std::string& device : subnet.devices) map.elements.insert(fmt::format("{} : goto {}_{}", quoted(device), name, subnet.id));
    }
    made.collections[name + "_chains"] = std::move(map);
    made.chains[name] = {fmt::format("type filter hook forward priority filter - {}; policy accept;", is_egress ? 30 : 20), {fmt::format("{} vmap @{}_chains", is_egress ? "iifname" : "oifname", name)}};
  }
}

/// Chains of a VPC with an internet gateway; without one nothing uses the device.
void add_gateway_chains(Ruleset& made) {
  made.chains["prerouting_nat"] = {"type nat hook prerouting priority dstnat; policy accept;",
                                   {"iifname \"igw\" dnat to ip daddr map @inbound"}};
  made.chains["postrouting_nat"] = {"type nat hook postrouting priority srcnat; policy accept;",
                                    {"oifname \"igw\" snat to ip saddr map @outbound"}};
}

}  // namespace

bool allows_everything(const std::vector<model::NetworkAclEntry>& entries) {
  for (const bool is_egress : {true, false}) {
    const auto first = std::ranges::find(entries, is_egress, &model::NetworkAclEntry::is_egress);
    if (first == entries.end() || !first->is_allow || first->protocol != "-1" || first->cidr != "0.0.0.0/0") return false;
  }
  return true;
}

std::string drop_counter(const std::string& interface_id, bool is_egress) {
  return fmt::format("{}_{}", is_egress ? "egress" : "ingress", interface_id);
}

Ruleset router_ruleset(const RouterRules& rules) {
  std::set<std::string> known;
  for (const model::SecurityGroup& group : rules.groups) known.insert(group.id);
  std::set<std::string> seen = known;  // may be named as peers
  for (const auto& [group, addresses] : rules.members) seen.insert(group);

  Ruleset made{.table = "ip landfall", .counters = {"spoofed", "untranslated"}, .collections = {}, .chains = {}};
  add_elements(made, rules);
  for (const bool is_egress : {true, false}) {
    for (const model::SecurityGroup& group : rules.groups) {
      made.chains[fmt::format("{}_{}", is_egress ? "egress" : "ingress", group.id)] = group_chain(group, is_egress, rules, seen);
    }
    for (const GuardedInterface& interface : rules.interfaces) {
      made.counters.insert(drop_counter(interface.id, is_egress));
      made.chains[fmt::format("{}_{}", is_egress ? "from" : "to", interface.device)] = interface_chain(interface, is_egress, known);
    }
  }

  const std::string range = any_of(rules.ranges);
  made.chains["prerouting"] = {
      "type filter hook prerouting priority mangle; policy drop;",
      {"iifname \"lo\" accept",
       fmt::format("iifname \"igw\" ip saddr {} counter name \"spoofed\" drop", range),
       fmt::format("iifname \"igw\" ct state new ct mark set {}", kCameByGateway),
       "iifname \"igw\" accept",
       fmt::format("iifname {} accept", kPeeringDevices),  // the other VPC's router let it out
       fmt::format("iifname {} ct direction reply accept", kEndpointDevices),
       // Answers to a client whose address a network load balancer has kept: to the node, not to the client.
       fmt::format("ct direction reply ct mark >= {:#x} iifname . ether saddr . ip saddr @sources meta mark set ct mark accept", kFirstReturnMark),
       "iifname . ether saddr . ip saddr @sources meta mark set iifname map @route_tables accept",
       "iifname . ether saddr @carriers ct direction original ct mark set iifname map @return_marks meta mark set iifname map @route_tables accept",
       // Answers from outside come through a NAT gateway with the far end's address.
       "iifname @translators ct direction reply meta mark set iifname map @route_tables accept",
       "counter name \"spoofed\" drop"}};
  made.chains["input"] = {
      "type filter hook input priority filter; policy drop;",
      {"iifname \"lo\" accept", "ct state established,related accept",
       fmt::format("iifname \"e*\" ip daddr {{ {}, 169.254.169.253 }} meta l4proto {{ tcp, udp }} th dport 53 accept",
                   to_string(rules.ranges.front().base + 2))}};
  made.chains["egress"] = {"type filter hook forward priority filter - 10; policy drop;",
                           {"ct state invalid drop", "ct state established,related accept", "iifname \"igw\" accept",
                            fmt::format("iifname {} accept", kPeeringDevices), "iifname vmap @from_chains"}};
  made.chains["ingress"] = {
      "type filter hook forward priority filter; policy drop;",
      {fmt::format("ct mark {} ct direction reply oifname != \"igw\" drop", kCameByGateway),
       "iifname \"igw\" ct direction original ct status & dnat != dnat drop",
       "oifname \"igw\" ip saddr != @translated counter name \"untranslated\" drop",
       fmt::format("oifname \"igw\" ip daddr {} drop", range),
       "ct state established,related accept",
       "oifname \"igw\" accept",
       fmt::format("oifname {} accept", kPeeringDevices), fmt::format("oifname {} accept", kEndpointDevices),
       "oifname vmap @to_chains"}};
  add_acl_chains(made, rules.subnets);
  if (rules.has_gateway) add_gateway_chains(made);
  return made;
}

Ruleset nat_ruleset(const std::string& device, const std::string& private_ip, const std::vector<Cidr>& vpc_ranges) {
  const std::string forwarded = fmt::format("oifname {} ip saddr != {}", quoted(device), private_ip);
  Ruleset made{.table = "ip landfall", .counters = {}, .collections = {}, .chains = {}};
  made.chains["forward"] = {"type filter hook forward priority filter; policy drop;",
                            {"ct state invalid drop", "ct state established,related accept",
                             fmt::format("ip saddr {} ip daddr != {} meta l4proto {{ tcp, udp, icmp }} accept",
                                         any_of(vpc_ranges), private_ip)}};
  made.chains["input"] = {"type filter hook input priority filter; policy drop;", {"iifname \"lo\" accept"}};
  made.chains["postrouting"] = {"type nat hook postrouting priority srcnat; policy accept;",
                                {fmt::format("{} meta l4proto {{ tcp, udp }} snat to {}:1024-65535", forwarded, private_ip),
                                 fmt::format("{} snat to {}", forwarded, private_ip)}};
  return made;
}

Ruleset connect_ruleset(const std::vector<model::ConnectEndpoint>& endpoints, const std::string& device) {
  Ruleset made{.table = "ip landfall", .counters = {}, .collections = {}, .chains = {}};
  auto& lead = made.chains["output"];
  lead.hook = "type nat hook output priority -90; policy accept;";
  for (const model::ConnectEndpoint& endpoint : endpoints) {
    std::vector<std::string> turns;
    for (const model::ConnectTarget& target : endpoint.targets) turns.push_back(fmt::format("{} : {} . {}", turns.size(), target.ip, target.port));
    if (turns.empty()) continue;
    lead.rules.push_back(fmt::format("ip daddr {} tcp dport {} dnat ip to numgen inc mod {} map {{ {} }}", endpoint.address, endpoint.port, turns.size(), fmt::join(turns, ", ")));
  }
  made.chains["refuse"] = {"type filter hook output priority filter; policy accept;", {fmt::format("ip daddr {} meta l4proto tcp reject with tcp reset", model::kConnectRange)}};
  made.chains["postrouting"] = {"type nat hook postrouting priority srcnat; policy accept;", {fmt::format("ip saddr 127.0.0.0/8 oifname {} masquerade", quoted(device))}};
  return made;
}

Ruleset endpoint_ruleset() {
  Ruleset made{.table = "ip landfall", .counters = {}, .collections = {}, .chains = {}};
  made.chains["input"] = {"type filter hook input priority filter; policy drop;", {"iifname \"lo\" accept", "tcp dport 443 accept"}};
  return made;
}

Ruleset host_ruleset(const HostRules& rules) {
  const std::string ours = quoted(rules.device_prefix + "*");
  const std::string pool = to_string(rules.public_pool);
  const std::string own = fmt::format("{{ {} }}", fmt::join(rules.endpoint_addresses, ", "));
  const std::string ports = rules.port == 443 ? std::string("443") : fmt::format("443, {}", rules.port);
  Ruleset made{.table = rules.table, .counters = {}, .collections = {}, .chains = {}};
  made.chains["prerouting"] = {"type filter hook prerouting priority raw; policy accept;",
                               {fmt::format("iifname {} meta nfproto ipv6 drop", ours),
                                fmt::format("iifname {} ip saddr != {} drop", ours, pool)}};
  for (const std::string& range : rules.vpc_ranges) made.chains["prerouting"].rules.push_back(fmt::format("iifname {} ip daddr {} drop", ours, range));
  made.chains["input"] = {"type filter hook input priority filter; policy accept;",
                          {fmt::format("iifname != {} accept", ours), "ct state established,related accept",
                           fmt::format("ip daddr {} tcp dport {{ {} }} accept", own, ports),
                           fmt::format("ip daddr {} icmp type echo-request accept", own), "drop"}};
  made.chains["output"] = {"type filter hook output priority filter; policy accept;",
                           {fmt::format("oifname {} icmp type redirect drop", ours)}};
  made.chains["postrouting"] = {"type nat hook postrouting priority srcnat; policy accept;",
                                {fmt::format("ip saddr {} oifname != {} oifname != \"lo\" masquerade", pool, ours)}};
  return made;
}

}  // namespace landfall::vpc
