#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.h"
#include "model/network.h"
#include "model/service_connect.h"

/// Whether a packet can go from A to B and back, told from the records alone: no packet is sent. The data plane (vpc/)
/// is built from the same records by other code; tests compare the two with real packets.
namespace landfall::model {

/// What a trace looks at: all records of the VPC family, of any account and region.
struct NetworkView {
  std::vector<Vpc> vpcs;
  std::vector<Subnet> subnets;
  std::vector<RouteTable> route_tables;
  std::vector<InternetGateway> internet_gateways;
  std::vector<Address> addresses;
  std::vector<NatGateway> nat_gateways;
  std::vector<SecurityGroup> security_groups;
  std::vector<NetworkInterface> interfaces;
  std::vector<NetworkAcl> network_acls{};
  std::vector<PeeringConnection> peering_connections{};
  std::vector<VpcEndpoint> endpoints{};
  std::map<std::string, std::vector<Cidr>, std::less<>> prefix_lists{};  ///< by id: customers' and AWS's own
  std::vector<ConnectTable> connect_tables{};
};

/// One end of a path: an ENI by id ("eni-…"), or an IPv4 address. As a source, an address is a client on the internet;
/// as a destination it is looked up from the source's place: private inside its VPC, else public.
struct Endpoint {
  std::string interface_id;
  std::string ip;
};

/// What flows. protocol: "tcp", "udp", "icmp" or a number; port is the destination's; for ICMP the type (code 0).
struct Flow {
  std::string protocol = "tcp";
  int port = 0;
};

/// One component that the packet passes, with the decision taken there.
struct Hop {
  std::string component;  ///< id: "eni-…", "sg-…", "rtb-…", "igw-…", "nat-…"; an address for what is outside
  std::string decision;   ///< "route 0.0.0.0/0 -> nat-0a1", "egress rule sgr-77"
};

/// The verdict, and the first broken link if it is no.
struct Path {
  bool is_reachable = false;
  std::vector<Hop> hops;   ///< up to the destination, or to the broken link
  std::string code;        ///< Reachability Analyzer's explanation code: "NO_ROUTE_TO_DESTINATION"
  std::string cause;       ///< id of the component to change
  std::string attribute;   ///< of the cause, in Terraform's words: "route", "egress", "assign_public_ip", "subnet_id"
  std::string sentence;    ///< names the thing, the value found and the value wanted
  std::string remedy;      ///< what would change it
  bool is_return = false;  ///< the request arrives and the answer does not
};

/// A new flow from `from` to `to`, and its answer, which network ACLs see as a flow of its own: to a port of Linux's
/// ephemeral range (32768 to 60999), all of which must pass.
/// Source  VPC user guide: Route tables, Internet gateways, NAT gateways, Security groups, Network ACLs; aws-behaviour 3.2 to 3.8, 3.12.
Path trace(const NetworkView& view, const Endpoint& from, const Endpoint& to, const Flow& flow);

/// The table that routes for a subnet: the explicitly associated one, else its VPC's main one. Null: no such subnet.
const RouteTable* effective_route_table(const NetworkView& view, std::string_view subnet_id);

/// Whether the table serves the subnet only because nothing is associated with it (the main table).
bool is_implicit(const RouteTable& table, std::string_view subnet_id);

/// The blocks that a route is for: its own, or those of its prefix list.
std::vector<Cidr> destinations_of(const NetworkView& view, const Route& route);

/// The route that takes a packet: longest prefix wins, and a block before a prefix list. Null: none.
const Route* best_route(const NetworkView& view, const RouteTable& table, Ipv4 destination);

/// The ACL at a subnet's edge. Null: none is known (a view without ACLs).
const NetworkAcl* effective_network_acl(const NetworkView& view, std::string_view subnet_id);

/// The public address associated with an ENI; null: none.
const Address* public_address_of(const NetworkView& view, std::string_view interface_id);

}  // namespace landfall::model
