#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/reachability.h"
#include "model/settings.h"
#include "sys/network_state.h"
#include "vpc/ruleset.h"

/// The network that the records ask for, as values. Pure: no kernel, no clock.
namespace landfall::vpc {

/// A pair of devices; `space` "" is the host.
struct VethPlan {
  std::string space, device;            ///< the router's end
  std::string peer_space, peer_device;  ///< the ENI's end, or the host's
  std::string mac, peer_mac;
  std::map<std::string, std::string> sysctls;  ///< of the router's end, by full name
  std::string interface_key;            ///< model::NetworkInterface::key; empty for the link to the host
  bool operator==(const VethPlan&) const = default;
};

/// What one namespace must hold. Foreign objects (other protocol numbers, other tables) are not ours to judge.
struct NamespacePlan {
  std::string space;                           ///< "" is the host
  std::map<std::string, std::string> sysctls;
  std::vector<std::string> devices;            ///< must be up
  std::string owned_link_prefix;               ///< veths so named that are not in `devices` go; empty: none is ours
  std::vector<sys::InterfaceAddress> addresses;  ///< on other devices than `devices` and lo none is touched
  std::vector<sys::RouteEntry> routes;
  std::vector<sys::RoutingRule> rules;
  std::vector<sys::Neighbour> neighbours;
  Ruleset ruleset;                             ///< without a table: none
  bool operator==(const NamespacePlan&) const = default;
};

struct Plan {
  std::vector<NamespacePlan> spaces;  ///< the host first
  std::vector<VethPlan> veths;
};

/// Devices and namespaces of interfaces without `host_namespace` are left out (nobody uses them yet).
/// Source  docs/architecture.md, One host's network; aws-behaviour 3.2 to 3.8.
Plan plan(const model::NetworkView& view, const model::Settings& settings);

/// Where an ENI's device lies; empty if nobody has asked for one.
std::string space_of(const model::NetworkInterface& interface, const model::Settings& settings);

/// Device of the router's end in its VPC's namespace.
std::string router_device(std::string_view interface_id);
/// Device of a peering connection, in the namespaces of both of its VPCs.
std::string peering_device(std::string_view connection_id);
/// Device of a gateway endpoint, in its VPC's namespace.
std::string endpoint_device(std::string_view endpoint_id);
/// Devices of the internet gateway's link: in the VPC's namespace, and on the host.
inline constexpr const char* kGatewayDevice = "igw";
std::string host_device_prefix(const model::Settings& settings);
std::string host_device(const model::Settings& settings, std::string_view vpc_id);

/// Kernel tables and marks: the ENI table of a VPC, then one per route table in the order of their ids.
inline constexpr uint32_t kInterfaceTable = 100;
inline constexpr uint32_t kFirstRouteTable = 1000;

}  // namespace landfall::vpc
