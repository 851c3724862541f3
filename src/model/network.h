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

struct Vpc {
  std::string account, region, id;
  std::string cidr;  ///< canonical
  std::string state = "available";
  bool enable_dns_support = true;
  bool enable_dns_hostnames = false;
  bool is_default = false;
  std::string instance_tenancy = "default";
  std::string main_route_table_id, default_security_group_id, default_network_acl_id, dhcp_options_id;
  std::string cidr_association_id;
  Tags tags;
  FIELDS(account, region, id, cidr, state, enable_dns_support, enable_dns_hostnames, is_default, instance_tenancy,
         main_route_table_id, default_security_group_id, default_network_acl_id, dhcp_options_id, cidr_association_id, tags)
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
  std::string destination;  ///< canonical CIDR
  std::string gateway_id;   ///< "local" or "igw-…"
  std::string nat_gateway_id;
  std::string network_interface_id;
  std::string state = "active";  ///< or "blackhole": the target is gone
  std::string origin = "CreateRoute";
  FIELDS(destination, gateway_id, nat_gateway_id, network_interface_id, state, origin)
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
  std::string cidr;       ///< one of cidr, cidr_ipv6, group_id is set
  std::string cidr_ipv6;
  std::string group_id;
  std::string description;
  Tags tags;
  FIELDS(id, is_egress, protocol, from_port, to_port, cidr, cidr_ipv6, group_id, description, tags)
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
  std::string cidr;
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

/// An ENI. Its record is intent; vpc/ makes the veth and sets `is_plumbed` once packets can flow, or `plumb_error`.
/// Erasing the record takes the kernel objects away.
struct NetworkInterface {
  std::string account, region, id, vpc_id, subnet_id, zone;
  std::string private_ip, mac;
  std::vector<std::string> security_group_ids;
  std::string description;
  std::string type = "interface";  ///< or "nat_gateway", "load_balancer"
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
