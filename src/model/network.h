#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"

/// The VPC family as EC2 knows it. Every record: account and region first; key "account/region/id".
namespace landfall::model {

using Tags = std::map<std::string, std::string>;

/// A block that was added to a VPC after it was made.
struct VpcBlock {
  std::string association_id;  ///< vpc-cidr-assoc-…
  std::string cidr;            ///< canonical
  FIELDS(association_id, cidr)
};

struct Vpc {
  std::string account, region, id;
  std::string cidr;  ///< the primary block, canonical
  std::string state = "available";
  bool enable_dns_support = true;
  bool enable_dns_hostnames = false;
  bool is_default = false;
  std::string instance_tenancy = "default";
  std::string main_route_table_id, default_security_group_id, default_network_acl_id, dhcp_options_id;
  std::string cidr_association_id;
  std::vector<VpcBlock> blocks;  ///< secondary ones
  Tags tags;
  FIELDS(account, region, id, cidr, state, enable_dns_support, enable_dns_hostnames, is_default, instance_tenancy,
         main_route_table_id, default_security_group_id, default_network_acl_id, dhcp_options_id, cidr_association_id, blocks, tags)
  static constexpr std::string_view kTable = "vpc";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct Subnet {
  std::string account, region, id, vpc_id;
  std::string cidr;  ///< canonical
  std::string zone, zone_id;  ///< "us-west-2a", "usw2-az1"
  std::string state = "available";
  bool map_public_ip_on_launch = false;
  bool is_default = false;
  std::string network_acl_id;  ///< empty: its VPC's default one
  std::string network_acl_association_id;
  Tags tags;
  FIELDS(account, region, id, vpc_id, cidr, zone, zone_id, state, map_public_ip_on_launch, is_default,
         network_acl_id, network_acl_association_id, tags)
  static constexpr std::string_view kTable = "subnet";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct Route {
  std::string destination;  ///< canonical CIDR, or a prefix list "pl-…"
  std::string gateway_id;   ///< "local", "igw-…" or "vpce-…"
  std::string nat_gateway_id;
  std::string network_interface_id;
  std::string vpc_peering_connection_id;
  std::string state = "active";  ///< or "blackhole": the target is gone
  std::string origin = "CreateRoute";
  FIELDS(destination, gateway_id, nat_gateway_id, network_interface_id, vpc_peering_connection_id, state, origin)
};

struct RouteTableAssociation {
  std::string id;  ///< rtbassoc-…
  std::string subnet_id;  ///< empty for the main association
  bool is_main = false;
  FIELDS(id, subnet_id, is_main)
};

struct RouteTable {
  std::string account, region, id, vpc_id;
  std::vector<Route> routes;  ///< the local route first
  std::vector<RouteTableAssociation> associations;
  Tags tags;
  FIELDS(account, region, id, vpc_id, routes, associations, tags)
  static constexpr std::string_view kTable = "route_table";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct InternetGateway {
  std::string account, region, id;
  std::string vpc_id;  ///< empty if detached
  Tags tags;
  FIELDS(account, region, id, vpc_id, tags)
  static constexpr std::string_view kTable = "internet_gateway";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct PeeringSide {
  std::string account, region, vpc_id;
  Tags tags;  ///< those that this side's account and region gave it
  FIELDS(account, region, vpc_id, tags)
};

/// A connection of two VPCs. States: pending-acceptance -> active | rejected | expired; active -> deleted; failed.
/// One record for both sides, whatever their accounts and regions: the key is the id alone.
struct PeeringConnection {
  std::string id;
  PeeringSide requester, accepter;
  std::string status, message;
  std::string ended_by;  ///< account that deleted or rejected it
  WallTime created_at, ended_at;
  FIELDS(id, requester, accepter, status, message, ended_by, created_at, ended_at)
  static constexpr std::string_view kTable = "vpc_peering_connection";
  std::string key() const { return id; }
};

/// A public address: an Elastic IP, or one that a service assigned and will release by itself (is_managed).
struct Address {
  std::string account, region, id;  ///< id: eipalloc-…
  std::string public_ip;
  std::string association_id, network_interface_id, private_ip;  ///< empty if not associated
  bool is_managed = false;
  Tags tags;
  FIELDS(account, region, id, public_ip, association_id, network_interface_id, private_ip, is_managed, tags)
  static constexpr std::string_view kTable = "address";
  std::string key() const { return account + "/" + region + "/" + id; }
};

/// States: pending -> available | failed; deleting -> deleted. Moved by vpc/ when the kernel agrees.
struct NatGateway {
  std::string account, region, id, vpc_id, subnet_id;
  std::string allocation_id, public_ip, network_interface_id, private_ip, association_id;
  std::string connectivity = "public";  ///< or "private"
  std::string state = "pending";
  std::string failure_code, failure_message;
  WallTime created_at, deleted_at;
  Tags tags;
  FIELDS(account, region, id, vpc_id, subnet_id, allocation_id, public_ip, network_interface_id, private_ip,
         association_id, connectivity, state, failure_code, failure_message, created_at, deleted_at, tags)
  static constexpr std::string_view kTable = "nat_gateway";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct SecurityGroupRule {
  std::string id;  ///< sgr-…
  bool is_egress = false;
  std::string protocol;  ///< "-1", "tcp", "udp", "icmp" or a number
  int from_port = -1, to_port = -1;  ///< ICMP: type and code; -1 all
  std::string cidr;       ///< one of cidr, cidr_ipv6, group_id, prefix_list_id is set
  std::string cidr_ipv6;
  std::string group_id;
  std::string prefix_list_id;
  std::string group_account, group_vpc_id;  ///< of a group in a peered VPC; empty: this VPC's
  std::string description;
  Tags tags;
  FIELDS(id, is_egress, protocol, from_port, to_port, cidr, cidr_ipv6, group_id, prefix_list_id, group_account, group_vpc_id, description, tags)
};

struct SecurityGroup {
  std::string account, region, id, vpc_id;
  std::string name, description;
  std::vector<SecurityGroupRule> rules;
  Tags tags;
  FIELDS(account, region, id, vpc_id, name, description, rules, tags)
  static constexpr std::string_view kTable = "security_group";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct NetworkAclEntry {
  int number = 0;  ///< 1 to 32766; the lowest that fits decides
  bool is_egress = false;
  bool is_allow = false;
  std::string protocol = "-1";  ///< a number; "-1" all
  std::string cidr;             ///< IPv4, or IPv6 (is_cidr6), over which nothing goes
  int from_port = 0, to_port = 0;   ///< of protocols 6 and 17
  int icmp_type = -1, icmp_code = -1;  ///< of protocol 1; -1 all
  FIELDS(number, is_egress, is_allow, protocol, cidr, from_port, to_port, icmp_type, icmp_code)
};

/// What no entry takes is denied. Stateless: answers need entries of their own.
struct NetworkAcl {
  std::string account, region, id, vpc_id;
  bool is_default = false;
  std::vector<NetworkAclEntry> entries;  ///< by direction, then number
  Tags tags;
  FIELDS(account, region, id, vpc_id, is_default, entries, tags)
  static constexpr std::string_view kTable = "network_acl";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct DhcpOptions {
  std::string account, region, id;
  std::map<std::string, std::vector<std::string>> configurations;
  Tags tags;
  FIELDS(account, region, id, configurations, tags)
  static constexpr std::string_view kTable = "dhcp_options";
  std::string key() const { return account + "/" + region + "/" + id; }
};

struct PrefixListEntry {
  std::string cidr, description;
  FIELDS(cidr, description)
};

/// A customer's prefix list. Versions count from 1; each change of the entries makes one, and all are kept.
struct PrefixList {
  std::string account, region, id, name;
  std::string address_family;  ///< "IPv4" or "IPv6"
  std::string state;           ///< "create-complete", "modify-complete"
  int max_entries = 0;
  std::vector<std::vector<PrefixListEntry>> versions;  ///< the first is version 1
  Tags tags;
  FIELDS(account, region, id, name, address_family, state, max_entries, versions, tags)
  static constexpr std::string_view kTable = "prefix_list";
  std::string key() const { return account + "/" + region + "/" + id; }
};

/// A public key for instances. The private half is told once and not kept.
struct KeyPair {
  std::string account, region, id, name;
  std::string type;         ///< "rsa" or "ed25519"
  std::string fingerprint;  ///< as EC2 tells it: depends on the type and on who made the key
  std::string public_key;   ///< OpenSSH's line
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, id, name, type, fingerprint, public_key, created_at, tags)
  static constexpr std::string_view kTable = "key_pair";
  std::string key() const { return account + "/" + region + "/" + id; }
};

/// A region that an account has used: its default VPC was made once, and stays away if the user deletes it.
struct UsedRegion {
  std::string account, region;
  FIELDS(account, region)
  static constexpr std::string_view kTable = "used_region";
  std::string key() const { return account + "/" + region; }
};

/// How a VPC reaches a service of AWS without the internet. "Gateway": routes of its tables to the service's prefix list;
/// "Interface": an ENI in each of its subnets, and names that resolve to them.
struct VpcEndpoint {
  std::string account, region, id, vpc_id;
  std::string service;  ///< as in aws_service.h: "s3", "ecr.dkr"
  std::string type;     ///< "Gateway" or "Interface"
  std::vector<std::string> route_table_ids, subnet_ids, security_group_ids;
  std::map<std::string, std::string> interfaces;  ///< subnet id -> its ENI
  bool has_private_dns = false;
  std::string dns_label;  ///< in the endpoint's own names, after its id
  std::string policy;     ///< JSON text; empty: the default, which allows everything
  WallTime created_at;
  Tags tags;
  FIELDS(account, region, id, vpc_id, service, type, route_table_ids, subnet_ids, security_group_ids, interfaces,
         has_private_dns, dns_label, policy, created_at, tags)
  static constexpr std::string_view kTable = "vpc_endpoint";
  std::string key() const { return account + "/" + region + "/" + id; }
};

/// An ENI. Its record is intent; vpc/ makes the veth and sets `is_plumbed` once packets can flow, or `plumb_error`.
/// Erasing the record takes the kernel objects away.
struct NetworkInterface {
  std::string account, region, id, vpc_id, subnet_id, zone;
  std::string private_ip, mac;
  std::vector<std::string> security_group_ids;
  std::string description;
  std::string type = "interface";  ///< or "nat_gateway", "load_balancer", "vpc_endpoint"
  std::string requester_id;        ///< "amazon-elb", "ecs", …; empty if the user's own
  std::string owner;               ///< who needs it: task ARN, "nat-…", load balancer ARN
  std::string status = "in-use";   ///< or "available"
  std::string attachment_id;
  std::string host_namespace;      ///< network namespace that gets the device; shared by the nodes of a load balancer
  std::string device = "eth0";     ///< name inside that namespace
  bool is_plumbed = false;
  std::string plumb_error;
  bool source_dest_check = true;
  std::vector<std::string> secondary_ips;  ///< kept for it in its subnet; no device has them
  Tags tags;
  FIELDS(account, region, id, vpc_id, subnet_id, zone, private_ip, mac, security_group_ids, description, type,
         requester_id, owner, status, attachment_id, host_namespace, device, is_plumbed, plumb_error, source_dest_check,
         secondary_ips, tags)
  static constexpr std::string_view kTable = "network_interface";
  std::string key() const { return account + "/" + region + "/" + id; }
};

}  // namespace landfall::model
