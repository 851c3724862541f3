#include "model/reachability.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "model/addressing.h"
#include "model/blame.h"

namespace landfall::model {
namespace {

template <class T>
const T* by_id(const std::vector<T>& records, std::string_view id) {
  const auto found = std::ranges::find(records, id, &T::id);
  return found == records.end() ? nullptr : &*found;
}

bool has(const std::vector<std::string>& ids, std::string_view id) { return std::ranges::find(ids, id) != ids.end(); }

/// One side of the flow, as the other sees it at the moment of a check.
struct Peer {
  Ipv4 ip;
  const NetworkInterface* interface = nullptr;  ///< only while its private address is what is seen
};

/// What an ACL sees of a packet's end: ports (of tcp and udp), or the ICMP type.
struct Ends {
  int low = 0, high = 0;
};
constexpr Ends kEphemeral{32768, 60999};
constexpr int kIcmpEcho = 8, kIcmpEchoReply = 0;

/// A subnet's edge that the request passed; its answer passes it the other way.
struct Crossing {
  std::string subnet_id;
  bool is_egress = false;
  Ipv4 peer;
};

/// The first broken link; what is left of it when nothing is broken.
struct Break {
  std::string code, cause, attribute, sentence, remedy;
};

class Tracer {
 public:
  Tracer(const NetworkView& view, const Flow& flow) : view_(view), flow_(flow) {}

  Path run(const Endpoint& from, const Endpoint& to) {
    std::optional<Break> broken = from.interface_id.empty() ? from_internet(from.ip, to) : from_interface(from.interface_id, to);
    if (!broken) broken = answer_crosses();
    if (broken) {
      path_.code = std::move(broken->code);
      path_.cause = std::move(broken->cause);
      path_.attribute = std::move(broken->attribute);
      path_.sentence = std::move(broken->sentence);
      path_.remedy = std::move(broken->remedy);
    } else {
      path_.is_reachable = true;
      path_.is_return = false;
    }
    return std::move(path_);
  }

 private:
  using Verdict = std::optional<Break>;

  Verdict from_internet(const std::string& ip, const Endpoint& to) {
    const Result<Ipv4> source = parse_ipv4(ip);
    if (!source) return unknown("UNKNOWN_RESOURCE", ip);
    const Result<Ipv4> destination = public_destination(to);
    if (!destination) {
      return Break{"INGRESS_RTB_NO_PUBLIC_IP", to.interface_id, "assign_public_ip",
                   fmt::format("{} has no public address, so nothing outside its VPC can reach it", to.interface_id),
                   "Give it a public address, or reach it through a load balancer in a public subnet."};
    }
    hop(ip, "source on the internet");
    return ingress(Peer{*source}, *destination);
  }

  Result<Ipv4> public_destination(const Endpoint& to) const {
    if (to.interface_id.empty()) return parse_ipv4(to.ip);
    const Address* address = public_address_of(view_, to.interface_id);
    if (address == nullptr) return fail("Address.None", "no public address");
    return parse_ipv4(address->public_ip);
  }

  Verdict from_interface(const std::string& id, const Endpoint& to) {
    const NetworkInterface* source = by_id(view_.interfaces, id);
    if (source == nullptr) return unknown("UNKNOWN_RESOURCE", id);
    const Vpc* vpc = by_id(view_.vpcs, source->vpc_id);
    const Result<Ipv4> source_ip = parse_ipv4(source->private_ip);
    if (vpc == nullptr || !source_ip) return unknown("UNKNOWN_RESOURCE", source->vpc_id);
    const Result<Ipv4> destination = destination_from(*source, to);
    if (!destination) return unknown("UNKNOWN_DESTINATION", to.interface_id);
    if (const NetworkInterface* other = by_id(view_.interfaces, to.interface_id); other && other->vpc_id != source->vpc_id && !are_peered(source->vpc_id, other->vpc_id)) {
      return Break{"DISCONNECTED_VPCS", other->vpc_id, "vpc_id",
                   fmt::format("{} is in {} and {} is in {}: nothing connects the two VPCs", source->id, source->vpc_id,
                               other->id, other->vpc_id),
                   "Put both into one VPC, or peer the two VPCs and route between them."};
    }
    if (const NetworkInterface* other = by_id(view_.interfaces, to.interface_id); other && other->vpc_id != source->vpc_id) peered_target_ = other;
    hop(source->id, fmt::format("source {} in {}", source->private_ip, source->subnet_id));
    if (*destination == *source_ip) return {};
    if (is_resolver(*vpc, *destination)) {
      hop(vpc->id, "the VPC's resolver is not filtered");
      return {};
    }
    if (Verdict broken = check_groups(*source, true, peer_in(*vpc, *destination))) return broken;
    return route(*source, *vpc, Peer{*source_ip, source}, *destination, 0);
  }

  bool are_peered(const std::string& one, const std::string& other) const {
    return std::ranges::any_of(view_.peering_connections, [&](const PeeringConnection& connection) {
      const PeeringSide* peer = peer_of(connection, one);
      return peer != nullptr && peer->vpc_id == other;
    });
  }

  /// An ENI is addressed by its private address.
  Result<Ipv4> destination_from(const NetworkInterface&, const Endpoint& to) const {
    if (to.interface_id.empty()) return parse_ipv4(to.ip);
    const NetworkInterface* other = by_id(view_.interfaces, to.interface_id);
    if (other == nullptr) return fail("UNKNOWN_DESTINATION", "no such interface " + to.interface_id);
    return parse_ipv4(other->private_ip);
  }

  /// The packet stands at the router, come from `at`'s ENI with `seen` as its source.
  Verdict route(const NetworkInterface& at, const Vpc& vpc, const Peer& seen, Ipv4 destination, int depth) {
    const RouteTable* table = effective_route_table(view_, at.subnet_id);
    if (table == nullptr) return unknown("UNASSOCIATED_COMPONENT", at.subnet_id);
    const Route* route = best_route(view_, *table, destination);
    if (route == nullptr) return no_route(*table, at, destination);
    if (route->gateway_id == "local") {
      hop(table->id, fmt::format("route {} -> local", route->destination));
      return deliver_inside(at, vpc, seen, destination);
    }
    if (!route->nat_gateway_id.empty()) return through_nat(*table, *route, at, vpc, destination, depth);
    if (route->gateway_id.starts_with("igw-")) return through_internet_gateway(*table, *route, at, vpc, destination);
    if (route->gateway_id.starts_with("vpce-")) return through_endpoint(*table, *route, at, vpc, destination);
    if (!route->vpc_peering_connection_id.empty()) return through_peering(*table, *route, at, vpc, seen, destination);
    if (!route->network_interface_id.empty()) {
      return Break{"ENI_SOURCE_DEST_CHECK_RESTRICTION", table->id, "route",
                   fmt::format("{} sends {} to {}, which forwards only for itself (source/destination check)", table->id,
                               route->destination, route->network_interface_id),
                   "Route to an internet gateway or a NAT gateway."};
    }
    return blackhole(*table, *route);
  }

  /// To the service that has the address, which sees the private one; what answers comes back the same way.
  Verdict through_endpoint(const RouteTable& table, const Route& route, const NetworkInterface& at, const Vpc& vpc, Ipv4 destination) {
    const VpcEndpoint* endpoint = by_id(view_.endpoints, route.gateway_id);
    if (endpoint == nullptr || endpoint->vpc_id != vpc.id) return blackhole(table, route);
    hop(table.id, fmt::format("route {} -> {}", route.destination, endpoint->id));
    if (Verdict broken = cross(at.subnet_id, true, destination)) return broken;
    hop(endpoint->id, fmt::format("{} at {}", endpoint->service, to_string(destination)));
    return {};
  }

  /// Into the other VPC, and only to what is inside it: no gateway of one serves the other (VPC peering guide, Unsupported
  /// configurations). The answer needs a route of its own back to the same connection.
  Verdict through_peering(const RouteTable& table, const Route& route, const NetworkInterface& at, const Vpc& vpc,
                          const Peer& seen, Ipv4 destination) {
    const PeeringConnection* connection = by_id(view_.peering_connections, route.vpc_peering_connection_id);
    const PeeringSide* peer = connection == nullptr ? nullptr : peer_of(*connection, vpc.id);
    const Vpc* far = peer == nullptr ? nullptr : by_id(view_.vpcs, peer->vpc_id);
    if (far == nullptr) return blackhole(table, route);
    hop(table.id, fmt::format("route {} -> {}", route.destination, connection->id));
    if (Verdict broken = cross(at.subnet_id, true, destination)) return broken;
    hop(connection->id, fmt::format("from {} to {}", vpc.id, far->id));
    const NetworkInterface* target = interface_at(far->id, destination);
    if (target == nullptr) return nobody_at(*far, destination);
    if (Verdict broken = cross(target->subnet_id, false, seen.ip)) return broken;
    if (Verdict broken = refuses_inbound(*target)) return broken;
    if (Verdict broken = check_groups(*target, false, seen)) return broken;
    hop(target->id, fmt::format("destination {}", target->private_ip));
    return answer_by_peering(*target, *connection, seen.ip);
  }

  Verdict answer_by_peering(const NetworkInterface& from, const PeeringConnection& connection, Ipv4 to) {
    path_.is_return = true;
    const RouteTable* table = effective_route_table(view_, from.subnet_id);
    if (table == nullptr) return unknown("UNASSOCIATED_COMPONENT", from.subnet_id);
    const Route* route = best_route(view_, *table, to);
    if (route == nullptr) return no_route(*table, from, to);
    if (route->vpc_peering_connection_id == connection.id) return {};
    return Break{"CANNOT_ROUTE", table->id, "route",
                 fmt::format("the answer of {} to {} would leave by {} (route {} of {}), not by {}, which the request came through",
                             from.id, to_string(to), target_of(*route), route->destination, table->id, connection.id),
                 fmt::format("Add a route for {} to {} to the route table.", to_string(to), connection.id)};
  }

  static Break nobody_at(const Vpc& vpc, Ipv4 destination) {
    return {"NO_POSSIBLE_DESTINATION", vpc.id, "cidr_block",
            fmt::format("{} belongs to no network interface of {} ({})", to_string(destination), vpc.id, ranges_text(vpc)),
            "Use the address of an existing interface."};
  }

  static std::string ranges_text(const Vpc& vpc) {
    std::string text;
    for (const Cidr& range : ranges_of(vpc)) text += (text.empty() ? "" : ", ") + to_string(range);
    return text;
  }

  Verdict deliver_inside(const NetworkInterface& at, const Vpc& vpc, const Peer& seen, Ipv4 destination) {
    const NetworkInterface* target = interface_at(vpc.id, destination);
    if (target == nullptr) return nobody_at(vpc, destination);
    if (Verdict broken = cross_between(at, *target, seen.ip, destination)) return broken;
    if (Verdict broken = refuses_inbound(*target)) return broken;
    if (Verdict broken = check_groups(*target, false, seen)) return broken;
    hop(target->id, fmt::format("destination {}", target->private_ip));
    return {};
  }

  Verdict through_internet_gateway(const RouteTable& table, const Route& route, const NetworkInterface& at,
                                   const Vpc& vpc, Ipv4 destination) {
    const InternetGateway* gateway = by_id(view_.internet_gateways, route.gateway_id);
    if (gateway == nullptr || gateway->vpc_id != vpc.id) return blackhole(table, route);
    if (peered_target_ != nullptr) {
      return Break{"CANNOT_ROUTE", table.id, "route",
                   fmt::format("{} is a private address of {}, but route {} of {} sends it to {} instead of their peering connection",
                               to_string(destination), peered_target_->vpc_id, route.destination, table.id, route.gateway_id),
                   "Add a route for the other VPC's block to the peering connection."};
    }
    hop(table.id, fmt::format("route {} -> {}", route.destination, route.gateway_id));
    if (Verdict broken = cross(at.subnet_id, true, destination)) return broken;
    const Address* address = public_address_of(view_, at.id);
    if (address == nullptr) return no_public_address(table, route, at);
    hop(gateway->id, fmt::format("{} becomes {}", at.private_ip, address->public_ip));
    const Result<Ipv4> seen = parse_ipv4(address->public_ip);
    if (!seen) return unknown("UNKNOWN_RESOURCE", address->id);
    if (is_inside(vpc, destination)) return blackhole(table, route);
    if (address_with(destination) != nullptr) return ingress(Peer{*seen}, destination);
    hop(to_string(destination), "the internet");
    return {};
  }

  Verdict through_nat(const RouteTable& table, const Route& route, const NetworkInterface& at, const Vpc& vpc,
                      Ipv4 destination, int depth) {
    const NatGateway* nat = by_id(view_.nat_gateways, route.nat_gateway_id);
    const NetworkInterface* own = nat == nullptr ? nullptr : by_id(view_.interfaces, nat->network_interface_id);
    const bool is_up = nat != nullptr && (nat->state == "available" || nat->state == "pending");
    if (!is_up || own == nullptr || nat->vpc_id != vpc.id) return blackhole(table, route);
    hop(table.id, fmt::format("route {} -> {}", route.destination, route.nat_gateway_id));
    if (depth > 0) return useless_nat(*nat, table, "its own subnet routes to a NAT gateway again");
    if (!is_translated(flow_.protocol)) {
      return Break{"PROTOCOL_RESTRICTION", nat->id, "protocol",
                   fmt::format("{} translates tcp, udp and icmp only, not protocol {}", nat->id, flow_.protocol),
                   "Give the interface a public address and a route to an internet gateway."};
    }
    if (at.id == own->id) return useless_nat(*nat, table, "its own subnet routes to itself");
    if (const Result<Ipv4> from = parse_ipv4(at.private_ip)) {
      if (Verdict broken = cross_between(at, *own, *from, destination)) return broken;
    }
    hop(nat->id, fmt::format("{} becomes {}", at.private_ip, own->private_ip));
    const RouteTable* next = effective_route_table(view_, own->subnet_id);
    const Route* onward = next == nullptr ? nullptr : best_route(view_, *next, destination);
    if (next != nullptr && onward == nullptr) {
      return useless_nat(*nat, *next, fmt::format("{} has no route for {}", next->id, to_string(destination)));
    }
    const Result<Ipv4> seen = parse_ipv4(own->private_ip);
    if (!seen) return unknown("UNKNOWN_RESOURCE", own->id);
    return this->route(*own, vpc, Peer{*seen, own}, destination, depth + 1);
  }

  /// A packet on the internet, addressed to one of our public addresses.
  Verdict ingress(const Peer& source, Ipv4 destination) {
    const Address* address = address_with(destination);
    const NetworkInterface* target = address == nullptr ? nullptr : by_id(view_.interfaces, address->network_interface_id);
    const Vpc* vpc = target == nullptr ? nullptr : by_id(view_.vpcs, target->vpc_id);
    if (vpc == nullptr) return unknown("UNKNOWN_DESTINATION", to_string(destination));
    const auto gateway = std::ranges::find(view_.internet_gateways, vpc->id, &InternetGateway::vpc_id);
    if (gateway == view_.internet_gateways.end()) {
      return Break{"BAD_STATE_ATTACHMENT", vpc->id, "aws_internet_gateway",
                   fmt::format("{} has no internet gateway attached, so {} leads nowhere", vpc->id, address->public_ip),
                   "Attach an internet gateway to the VPC."};
    }
    if (is_inside(*vpc, source.ip)) {
      return Break{"GATEWAY_REJECTS_SPOOFED_TRAFFIC", gateway->id, "vpc_id",
                   fmt::format("{} is inside {} and cannot come from the internet", to_string(source.ip), ranges_text(*vpc)), ""};
    }
    hop(gateway->id, fmt::format("{} becomes {}", address->public_ip, target->private_ip));
    if (Verdict broken = cross(target->subnet_id, false, source.ip)) return broken;
    if (Verdict broken = refuses_inbound(*target)) return broken;
    if (Verdict broken = check_groups(*target, false, source)) return broken;
    hop(target->id, fmt::format("destination {}", target->private_ip));
    return answer(*target, *vpc, source.ip);
  }

  /// The answer leaves by the same gateway or not at all: elsewhere it has another source address.
  Verdict answer(const NetworkInterface& from, const Vpc& vpc, Ipv4 to) {
    path_.is_return = true;
    const RouteTable* table = effective_route_table(view_, from.subnet_id);
    if (table == nullptr) return unknown("UNASSOCIATED_COMPONENT", from.subnet_id);
    const Route* route = best_route(view_, *table, to);
    if (route == nullptr) return no_route(*table, from, to);
    const InternetGateway* gateway = by_id(view_.internet_gateways, route->gateway_id);
    if (gateway != nullptr && gateway->vpc_id == vpc.id) return {};
    if (route->nat_gateway_id.empty() && route->vpc_peering_connection_id.empty()) return blackhole(*table, *route);
    return Break{"CANNOT_ROUTE", table->id, "route",
                 fmt::format("the answer of {} to {} would leave by {} (route {} of {}), not by the internet gateway that "
                             "the request came through",
                             from.id, to_string(to), target_of(*route), route->destination, table->id),
                 "Route the subnet's default to the internet gateway."};
  }

  // ── network ACLs ──

  /// Out of one subnet and into another; within a subnet nothing is asked.
  Verdict cross_between(const NetworkInterface& from, const NetworkInterface& to, Ipv4 source, Ipv4 destination) {
    if (from.subnet_id == to.subnet_id) return {};
    if (Verdict broken = cross(from.subnet_id, true, destination)) return broken;
    return cross(to.subnet_id, false, source);
  }

  Verdict cross(const std::string& subnet_id, bool is_egress, Ipv4 peer) {
    crossings_.push_back({subnet_id, is_egress, peer});
    return pass(subnet_id, is_egress, peer, {flow_.port, flow_.port});
  }

  Verdict answer_crosses() {
    path_.is_return = true;
    const bool is_ping = number_of(flow_.protocol) == 1 && flow_.port == kIcmpEcho;
    const Ends ends = is_ping ? Ends{kIcmpEchoReply, kIcmpEchoReply} : kEphemeral;
    for (auto crossing = crossings_.rbegin(); crossing != crossings_.rend(); ++crossing) {
      if (Verdict broken = pass(crossing->subnet_id, !crossing->is_egress, crossing->peer, ends)) return broken;
    }
    return {};
  }

  /// In the order of their numbers entries take ports out of those that are left, until one of them is denied or none is left.
  Verdict pass(const std::string& subnet_id, bool is_egress, Ipv4 peer, Ends wanted) {
    const NetworkAcl* acl = effective_network_acl(view_, subnet_id);
    if (acl == nullptr) return {};
    std::vector<Ends> left{wanted};
    for (const NetworkAclEntry& entry : acl->entries) {
      const Result<Cidr> range = parse_cidr(entry.cidr);
      if (entry.is_egress != is_egress || !range || !range->contains(peer)) continue;
      const std::optional<Ends> taken = taken_by(entry, wanted);
      if (!taken || !remove(left, *taken)) continue;
      if (!entry.is_allow) return denied(*acl, subnet_id, is_egress, peer, wanted, fmt::format("rule {}", entry.number));
      if (!left.empty()) continue;
      hop(acl->id, fmt::format("{} rule {} of {}", is_egress ? "egress" : "ingress", entry.number, subnet_id));
      return {};
    }
    return denied(*acl, subnet_id, is_egress, peer, wanted, "no rule allows it, so the last one, *,");
  }

  /// The ends that an entry speaks of; none: another protocol.
  std::optional<Ends> taken_by(const NetworkAclEntry& entry, Ends wanted) const {
    const int protocol = number_of(flow_.protocol);
    if (entry.protocol == "-1") return wanted;
    if (number_of(entry.protocol) != protocol) return std::nullopt;
    if (protocol == 6 || protocol == 17) return Ends{entry.from_port, entry.to_port};
    if (protocol != 1) return wanted;
    if (entry.icmp_code > 0) return std::nullopt;
    return entry.icmp_type < 0 ? wanted : Ends{entry.icmp_type, entry.icmp_type};
  }

  /// Whether any of `taken` was still left.
  static bool remove(std::vector<Ends>& left, Ends taken) {
    std::vector<Ends> rest;
    bool is_hit = false;
    for (const Ends& one : left) {
      if (taken.high < one.low || taken.low > one.high) {
        rest.push_back(one);
        continue;
      }
      is_hit = true;
      if (one.low < taken.low) rest.push_back({one.low, taken.low - 1});
      if (taken.high < one.high) rest.push_back({taken.high + 1, one.high});
    }
    left = std::move(rest);
    return is_hit;
  }

  Break denied(const NetworkAcl& acl, const std::string& subnet_id, bool is_egress, Ipv4 peer, Ends wanted, const std::string& by) const {
    const std::string direction = is_egress ? "egress" : "ingress";
    const bool has_ports = number_of(flow_.protocol) != 1;
    const std::string ends = !has_ports ? fmt::format("icmp type {}", wanted.low) : wanted.low == wanted.high ? flow_text() : fmt::format("{} ports {} to {}", flow_.protocol, wanted.low, wanted.high);
    const std::string what = fmt::format("{} {} {}", ends, is_egress ? "to" : "from", to_string(peer));
    return {"SUBNET_ACL_RESTRICTION", acl.id, direction,
            fmt::format("network ACL {} of {} drops {}{}: {} denies it", acl.id, subnet_id, path_.is_return ? "the answer, " : "", what, by),
            fmt::format("Allow {} in an {} rule with a lower number than what denies it.", what, direction)};
  }

  // ── security groups ──

  Verdict check_groups(const NetworkInterface& interface, bool is_egress, const Peer& peer) {
    if (interface.type == "nat_gateway") return {};
    if (interface.type == "network_load_balancer" && interface.security_group_ids.empty()) return {};  // may have none, and then takes all
    size_t rules = 0;
    for (const std::string& id : interface.security_group_ids) {
      const SecurityGroup* group = by_id(view_.security_groups, id);
      if (group == nullptr) continue;
      for (const SecurityGroupRule& rule : group->rules) {
        if (rule.is_egress != is_egress) continue;
        ++rules;
        if (!admits(rule, peer)) continue;
        hop(group->id, fmt::format("{} rule {}", is_egress ? "egress" : "ingress", rule.id));
        return {};
      }
    }
    return refused(interface, is_egress, peer, rules);
  }

  Break refused(const NetworkInterface& interface, bool is_egress, const Peer& peer, size_t rules) const {
    const std::string direction = is_egress ? "egress" : "ingress";
    const std::string groups = fmt::format("{}", fmt::join(interface.security_group_ids, ", "));
    const std::string wanted = fmt::format("{} {} {}", flow_text(), is_egress ? "to" : "from", to_string(peer.ip));
    return {rules == 0 ? "SG_HAS_NO_RULES" : "ENI_SG_RULES_MISMATCH",
            interface.security_group_ids.empty() ? interface.id : interface.security_group_ids.front(), direction,
            rules == 0 ? fmt::format("{} of {} has no {} rule at all; {} needs one", groups, interface.id, direction, wanted)
                       : fmt::format("none of the {} {} rules of {} on {} allows {}", rules, direction, groups, interface.id, wanted),
            fmt::format("Add an {} rule for {}.", direction, wanted)};
  }

  bool admits(const SecurityGroupRule& rule, const Peer& peer) const {
    return admits_protocol(rule) && admits_peer(rule, peer);
  }

  bool admits_protocol(const SecurityGroupRule& rule) const {
    if (rule.protocol == "-1") return true;
    const int wanted = number_of(flow_.protocol);
    if (number_of(rule.protocol) != wanted) return false;
    if (wanted == 6 || wanted == 17) return rule.from_port <= flow_.port && flow_.port <= rule.to_port;
    if (wanted != 1) return true;
    const bool type = rule.from_port == -1 || rule.from_port == flow_.port;
    return type && (rule.from_port == -1 || rule.to_port == -1 || rule.to_port == 0);
  }

  bool admits_peer(const SecurityGroupRule& rule, const Peer& peer) const {
    if (!rule.prefix_list_id.empty()) {
      const auto list = view_.prefix_lists.find(rule.prefix_list_id);
      return list != view_.prefix_lists.end() && std::ranges::any_of(list->second, [&](const Cidr& block) { return block.contains(peer.ip); });
    }
    if (!rule.group_id.empty()) {
      return peer.interface != nullptr && has(peer.interface->security_group_ids, rule.group_id);
    }
    const Result<Cidr> cidr = parse_cidr(rule.cidr);
    return cidr && cidr->contains(peer.ip);
  }

  // ── what is where ──

  /// Another address of the VPC, or of one that it is peered with, is its interface; anything else is only an address.
  Peer peer_in(const Vpc& vpc, Ipv4 ip) const {
    if (is_inside(vpc, ip)) return {ip, interface_at(vpc.id, ip)};
    for (const PeeringConnection& connection : view_.peering_connections) {
      const PeeringSide* peer = peer_of(connection, vpc.id);
      const NetworkInterface* found = peer == nullptr ? nullptr : interface_at(peer->vpc_id, ip);
      if (found != nullptr) return {ip, found};
    }
    return {ip};
  }

  const NetworkInterface* interface_at(std::string_view vpc_id, Ipv4 ip) const {
    const std::string text = to_string(ip);
    const auto found = std::ranges::find_if(view_.interfaces, [&](const NetworkInterface& interface) {
      return interface.vpc_id == vpc_id && interface.private_ip == text;
    });
    return found == view_.interfaces.end() ? nullptr : &*found;
  }

  const Address* address_with(Ipv4 public_ip) const {
    const std::string text = to_string(public_ip);
    const auto found = std::ranges::find_if(view_.addresses, [&](const Address& address) {
      return address.public_ip == text && !address.network_interface_id.empty();
    });
    return found == view_.addresses.end() ? nullptr : &*found;
  }

  bool is_resolver(const Vpc& vpc, Ipv4 ip) const {
    static constexpr Ipv4 kLinkLocal{169u << 24 | 254u << 16 | 169u << 8 | 253u};
    if (flow_.port != 53 || (number_of(flow_.protocol) != 17 && number_of(flow_.protocol) != 6)) return false;
    return vpc.enable_dns_support && (ip == kLinkLocal || ip == parse_cidr(vpc.cidr).value_or(Cidr{}).base + 2);
  }

  static int number_of(std::string_view protocol) {
    if (protocol == "tcp") return 6;
    if (protocol == "udp") return 17;
    if (protocol == "icmp") return 1;
    int number = -1;
    std::from_chars(protocol.data(), protocol.data() + protocol.size(), number);
    return number;
  }

  static bool is_translated(std::string_view protocol) {
    const int number = number_of(protocol);
    return number == 6 || number == 17 || number == 1;
  }

  std::string flow_text() const {
    if (number_of(flow_.protocol) == 1) return fmt::format("icmp type {}", flow_.port);
    return fmt::format("{} port {}", flow_.protocol, flow_.port);
  }

  // ── sentences ──

  static Break unknown(std::string code, std::string_view id) {
    return {std::move(code), std::string(id), "", fmt::format("there is no {}", id), ""};
  }

  static Break refuses(const NetworkInterface& target) {
    return {"TARGET_ADDRESS_RESTRICTION", target.id, "network_interface_id",
            fmt::format("{} belongs to a NAT gateway, which takes no connections", target.id),
            "Address the interface that is wanted."};
  }
  static Verdict refuses_inbound(const NetworkInterface& target) {
    if (target.type != "nat_gateway") return {};
    return refuses(target);
  }

  static std::string known_routes(const RouteTable& table) {
    std::vector<std::string> known;
    for (const Route& route : table.routes) known.push_back(route.destination);
    return fmt::format("{}", fmt::join(known, ", "));
  }

  static Break no_route(const RouteTable& table, const NetworkInterface& at, Ipv4 destination) {
    const bool main = is_implicit(table, at.subnet_id);
    return {"NO_ROUTE_TO_DESTINATION", main ? at.subnet_id : table.id, main ? "route_table_association" : "route",
            fmt::format("{} has no route for {}; {}{} knows {} only", at.subnet_id, to_string(destination),
                        main ? "nothing is associated with it, so the main route table serves it: " : "route table ",
                        table.id, known_routes(table)),
            main ? "Associate the subnet with a route table that has the route, or add the route to the main one."
                 : "Add a route for it to the route table, usually 0.0.0.0/0 to a NAT gateway or an internet gateway."};
  }

  Break blackhole(const RouteTable& table, const Route& route) const {
    if (const InternetGateway* gateway = by_id(view_.internet_gateways, route.gateway_id); gateway != nullptr && gateway->vpc_id != table.vpc_id) {
      return {"BAD_STATE_ROUTE", gateway->id, "vpc_id", fmt::format("route {} of {} leads to {}, which is attached to {} and not to {}", route.destination, table.id, gateway->id, gateway->vpc_id.empty() ? "no VPC" : gateway->vpc_id, table.vpc_id),
              "Attach the internet gateway to the VPC."};
    }
    const std::string& target = target_of(route);
    return {"BAD_STATE_ROUTE", table.id, "route",
            fmt::format("route {} of {} is a blackhole: its target {} is gone or not attached", route.destination, table.id,
                        target.empty() ? "(none)" : target),
            "Point the route to an existing target."};
  }

  Break no_public_address(const RouteTable& table, const Route& route, const NetworkInterface& at) const {
    if (at.type == "nat_gateway") {
      return {"IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", at.owner.empty() ? at.id : at.owner, "allocation_id",
              fmt::format("{} has no Elastic IP, and {} drops what has no public address", at.id, route.gateway_id),
              "Give the NAT gateway an Elastic IP."};
    }
    Blame blame = blame_of_private_address(view_, at, table);
    return {"IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS", std::move(blame.cause), std::move(blame.attribute),
            fmt::format("{} ({}) has no public address, and its route {} of {} leads to {}, which drops what has none",
                        at.id, at.private_ip, route.destination, table.id, route.gateway_id),
            std::move(blame.remedy)};
  }

  Break useless_nat(const NatGateway& nat, const RouteTable& table, const std::string& found) const {
    Blame blame = blame_of_useless_nat(view_, nat, table);
    return {"NO_ROUTE_TO_DESTINATION", std::move(blame.cause), std::move(blame.attribute),
            fmt::format("{} stands in {}, which has no route to an internet gateway ({}: {})", nat.id, nat.subnet_id,
                        table.id, found),
            std::move(blame.remedy)};
  }

  void hop(std::string component, std::string decision) {
    path_.hops.push_back({std::move(component), std::move(decision)});
  }

  const NetworkView& view_;
  const Flow& flow_;
  Path path_;
  std::vector<Crossing> crossings_;
  const NetworkInterface* peered_target_ = nullptr;  ///< the destination, if it is in a peered VPC
};

}  // namespace

Path trace(const NetworkView& view, const Endpoint& from, const Endpoint& to, const Flow& flow) {
  return Tracer(view, flow).run(from, to);
}

const RouteTable* effective_route_table(const NetworkView& view, std::string_view subnet_id) {
  for (const RouteTable& table : view.route_tables) {
    if (!is_implicit(table, subnet_id)) return &table;
  }
  const Subnet* subnet = by_id(view.subnets, subnet_id);
  const Vpc* vpc = subnet == nullptr ? nullptr : by_id(view.vpcs, subnet->vpc_id);
  return vpc == nullptr ? nullptr : by_id(view.route_tables, vpc->main_route_table_id);
}

bool is_implicit(const RouteTable& table, std::string_view subnet_id) {
  return std::ranges::find(table.associations, subnet_id, &RouteTableAssociation::subnet_id) == table.associations.end();
}

std::vector<Cidr> destinations_of(const NetworkView& view, const Route& route) {
  if (const Result<Cidr> block = parse_cidr(route.destination)) return {*block};
  const auto list = view.prefix_lists.find(route.destination);
  return list == view.prefix_lists.end() ? std::vector<Cidr>{} : list->second;
}

const Route* best_route(const NetworkView& view, const RouteTable& table, Ipv4 destination) {
  const Route* best = nullptr;
  std::pair<int, bool> best_rank{-1, false};
  for (const Route& route : table.routes) {
    for (const Cidr& block : destinations_of(view, route)) {
      const std::pair<int, bool> rank{block.length, !route.destination.starts_with("pl-")};
      if (!block.contains(destination) || rank <= best_rank) continue;
      best = &route;
      best_rank = rank;
    }
  }
  return best;
}

const NetworkAcl* effective_network_acl(const NetworkView& view, std::string_view subnet_id) {
  const Subnet* subnet = by_id(view.subnets, subnet_id);
  if (subnet == nullptr) return nullptr;
  if (!subnet->network_acl_id.empty()) return by_id(view.network_acls, subnet->network_acl_id);
  const Vpc* vpc = by_id(view.vpcs, subnet->vpc_id);
  return vpc == nullptr ? nullptr : by_id(view.network_acls, vpc->default_network_acl_id);
}

const Address* public_address_of(const NetworkView& view, std::string_view interface_id) {
  if (interface_id.empty()) return nullptr;
  const auto found = std::ranges::find(view.addresses, interface_id, &Address::network_interface_id);
  return found == view.addresses.end() ? nullptr : &*found;
}

}  // namespace landfall::model
