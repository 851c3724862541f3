#pragma once

#include <compare>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "terraform/aws/ec2.h"

/// Network ACLs, as the ways of writing them share them: their entries, and which subnets they are of.
namespace landfall::terraform::aws_types {

/// One entry; two that mean the same are equal: ports and ICMP types are 0 where the protocol has none.
struct AclEntry {
  int64_t number = 0;
  bool is_egress = false;
  std::string action, protocol;   ///< "allow" or "deny"; "-1", "6", …
  std::string cidr, cidr_ipv6;    ///< one of them, canonical
  int64_t from_port = 0, to_port = 0, icmp_type = 0, icmp_code = 0;
  auto operator<=>(const AclEntry&) const = default;
};
using AclEntries = std::set<AclEntry>;

/// "tcp" is "6", "all" is "-1".
std::string protocol_number(const std::string& protocol);
bool is_same_acl_protocol(const Value& there, const Value& wanted);

/// Of a record with action, protocol, cidr_block and so on; the number and the direction are the caller's.
AclEntry acl_entry_of(const Record& rule, int64_t number, bool is_egress);
/// Without the last one of each direction, which nobody can change.
AclEntries acl_entries_of(const aws::ec2::NetworkAcl& acl);

Result<void> create_acl_entry(const Cloud& cloud, const std::string& acl, const AclEntry& entry);
Result<void> delete_acl_entry(const Cloud& cloud, const std::string& acl, int64_t number, bool is_egress);
/// What is gone first, so that the quota does not count it.
Result<void> change_acl_entries(const Cloud& cloud, const std::string& acl, const AclEntries& before, const AclEntries& after);

Result<std::optional<aws::ec2::NetworkAcl>> find_network_acl(const Cloud& cloud, const std::string& id);
Result<std::string> default_network_acl(const Cloud& cloud, const std::string& vpc);
/// Makes `acl` the subnet's; the id of the association, "" if there is no such subnet (any more).
Result<std::string> associate_network_acl(const Cloud& cloud, const std::string& acl, const std::string& subnet);

}  // namespace landfall::terraform::aws_types
