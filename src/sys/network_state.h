#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ip.h"

/// What the kernel knows about one network namespace, and the changes we ask for. Plain values, IPv4 only.
namespace landfall::sys {

struct Link {
  std::string name;
  std::string kind;  ///< "veth", …; empty for lo and hardware
  std::string mac;   ///< lower case, colons
  bool is_up = false;
  auto operator<=>(const Link&) const = default;
};

struct InterfaceAddress {
  std::string device;
  Ipv4 ip;
  int prefix_length = 32;
  auto operator<=>(const InterfaceAddress&) const = default;
};

/// skip: go on with the next rule (the kernel's "throw"); local: for whoever listens here, whatever its address.
enum class RouteKind { unicast, blackhole, unreachable, skip, local };

/// A route. Without gateway it is directly on the link; a gateway need not be in any connected subnet (onlink).
struct RouteEntry {
  uint32_t table = 254;
  Cidr destination;
  RouteKind kind = RouteKind::unicast;
  std::string device{};
  std::optional<Ipv4> gateway{};
  std::optional<Ipv4> source{};  ///< preferred for what this machine itself sends
  auto operator<=>(const RouteEntry&) const = default;
};

/// A policy routing rule: packets with that mark, from that block or that have come in by that device use the table.
struct RoutingRule {
  uint32_t priority = 0;
  uint32_t mark = 0;  ///< 0: any
  std::optional<Cidr> from{};
  uint32_t table = 254;
  std::string device{};  ///< "": any
  auto operator<=>(const RoutingRule&) const = default;
};

/// A permanent neighbour.
struct Neighbour {
  std::string device;
  Ipv4 ip;
  std::string mac;
  auto operator<=>(const Neighbour&) const = default;
};

/// Routes, rules and neighbours that carry our protocol number; links and addresses whoever made them.
struct NetworkState {
  std::vector<Link> links;
  std::vector<InterfaceAddress> addresses;
  std::vector<RouteEntry> routes;
  std::vector<RoutingRule> rules;
  std::vector<Neighbour> neighbours;
};

/// A pair of devices: `name` in the namespace of the change, `peer_name` in `peer_namespace` ("" is the host's own).
struct AddVeth {
  std::string name, mac, peer_namespace, peer_name, peer_mac;
};
struct DeleteLink {
  std::string name;
};
struct SetLinkUp {
  std::string name;
};
template <class T>
struct Add {
  T entry;
};
template <class T>
struct Delete {
  T entry;
};

using NetworkChange =
    std::variant<AddVeth, DeleteLink, SetLinkUp, Add<InterfaceAddress>, Delete<InterfaceAddress>, Add<RouteEntry>,
                 Delete<RouteEntry>, Add<RoutingRule>, Delete<RoutingRule>, Add<Neighbour>, Delete<Neighbour>>;

/// "add route 10.0.0.0/16 …": for logs and errors.
std::string to_string(const NetworkChange& change);

}  // namespace landfall::sys
