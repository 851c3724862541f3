#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/ip.h"
#include "model/network.h"
#include "model/service_connect.h"
#include "vpc/ruleset.h"

/// The nftables tables of routers, NAT gateways and the host. Pure.
namespace landfall::vpc {

/// Marks of flows whose answers go to a node of a network load balancer: this one and those above.
inline constexpr uint32_t kFirstReturnMark = 0x1000000;

/// One ENI as its router's rules see it.
struct GuardedInterface {
  std::string id, device, mac, private_ip;
  std::string public_ip;  ///< empty: none
  uint32_t mark = 0;      ///< of its subnet's route table
  bool is_nat = false;
  std::vector<std::string> groups;
  uint32_t return_mark = 0;  ///< of a network load balancer's node, which sends with its clients' addresses: how answers come back to it; 0: of no such
};

/// A subnet whose ACL is not the plain one that allows everything.
struct GuardedSubnet {
  std::string id;
  Cidr range;
  std::vector<std::string> devices;             ///< of its ENIs, at the router
  std::vector<model::NetworkAclEntry> entries;  ///< in the order in which they are asked
};

/// Whether an ACL lets everything through both ways, so that no packet needs to be asked.
bool allows_everything(const std::vector<model::NetworkAclEntry>& entries);

/// Devices of peering connections at a router: "p…".
inline constexpr const char* kPeeringDevices = "\"p*\"";
/// Those of gateway endpoints: "v…".
inline constexpr const char* kEndpointDevices = "\"v*\"";

struct RouterRules {
  std::vector<Cidr> ranges;  ///< of the VPC, the primary one first
  bool has_gateway = false;
  std::vector<GuardedInterface> interfaces;
  std::vector<GuardedSubnet> subnets{};
  std::vector<model::SecurityGroup> groups;                  ///< those of the VPC
  std::map<std::string, std::vector<Cidr>, std::less<>> prefix_lists{};  ///< by id
  std::map<std::string, std::vector<std::string>> members;   ///< group id -> private addresses; also of peered VPCs
};

/// Table "ip landfall" of a VPC's router: spoofing, marks, 1:1 translation, security groups.
Ruleset router_ruleset(const RouterRules& rules);

/// Table "ip landfall" of a NAT gateway's namespace.
Ruleset nat_ruleset(const std::string& device, const std::string& private_ip, const std::vector<Cidr>& vpc_ranges);

/// Table "ip landfall" of a task with Service Connect: connections to its endpoints go to their targets in turn, those without a
/// target are refused.
Ruleset connect_ruleset(const std::vector<model::ConnectEndpoint>& endpoints, const std::string& device);

/// Table "ip landfall" of a gateway endpoint's namespace: the service and nothing else.
Ruleset endpoint_ruleset();

struct HostRules {
  std::string table;          ///< "inet lf1a2b"
  std::string device_prefix;  ///< of the links to VPCs
  Cidr public_pool;
  std::vector<std::string> endpoint_addresses;
  int port = 0;
  std::set<std::string> vpc_ranges{};  ///< CIDRs that no VPC reaches over the host: an internet gateway carries no private address
};
/// The host's own table: what VPCs may reach here, and the masquerade of what leaves the machine.
Ruleset host_ruleset(const HostRules& rules);

/// Names of the drop counters of an ENI in its router's table.
std::string drop_counter(const std::string& interface_id, bool is_egress);

}  // namespace landfall::vpc
