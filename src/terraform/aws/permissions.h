#pragma once

#include <compare>
#include <set>
#include <string>
#include <vector>

#include "terraform/aws/ec2.h"

/// Rules of security groups, taken apart: one source each. Two configurations that mean the same give the same set.
namespace landfall::terraform::aws_types {

struct Permission {
  std::string protocol;  ///< "-1", "tcp", …
  int64_t from = 0, to = 0;
  std::string cidr, cidr_ipv6, group, prefix_list{};  ///< one of these
  std::string description;
  auto operator<=>(const Permission&) const = default;
};
using Permissions = std::set<Permission>;

/// "all" is "-1", 6 is "tcp", lower case.
std::string canonical_protocol(const std::string& protocol);

/// Of ingress or egress as they are written; `own_group` is what `self` means.
Permissions permissions_of(const Record& record, const char* attribute, const std::string& own_group);
Permissions permissions_of(const std::optional<std::vector<aws::ec2::IpPermission>>& read);

/// As records of ingress or egress: sources of one protocol, port range and description together.
std::vector<Record> to_records(const Permissions& permissions, const std::string& own_group);

aws::ec2::IpPermission to_api(const Permission& permission);
Result<void> authorize(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& permissions);
/// Gives rules that are there the descriptions of these.
Result<void> describe(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& permissions);
Result<void> revoke(const Cloud& cloud, const std::string& group, bool is_egress, const Permissions& permissions);
Result<std::optional<aws::ec2::SecurityGroup>> find_security_group(const Cloud& cloud, const std::string& id);

}  // namespace landfall::terraform::aws_types
