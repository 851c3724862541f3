#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/ec2.h"
#include "base/error.h"
#include "base/ids.h"
#include "model/network.h"

/// IpPermission, EC2's grouped form of security group rules, from and to our single rules.
namespace landfall::services::ec2 {

/// One rule per peer. CIDRs are brought to canonical form. Errors carry EC2's codes and name the value.
Result<std::vector<model::SecurityGroupRule>> rules_of(const std::vector<landfall::aws::ec2::IpPermission>& permissions, bool is_egress, IdSource& ids);

/// The group's rules of one direction, grouped by protocol and ports.
std::vector<landfall::aws::ec2::IpPermission> permissions_of(const model::SecurityGroup& group, bool is_egress);

/// Same protocol, ports and peer.
bool same_rule(const model::SecurityGroupRule& a, const model::SecurityGroupRule& b);

/// `peer: 0.0.0.0/0, TCP, from port: 80, to port: 80, ALLOW`
std::string describe_rule(const model::SecurityGroupRule& rule);

/// A rule's peer that is a group, of this VPC or of a peered one.
landfall::aws::ec2::UserIdGroupPair render_pair(const model::SecurityGroup& group, const model::SecurityGroupRule& rule);

landfall::aws::ec2::SecurityGroupRule render_rule(const model::SecurityGroup& group, const model::SecurityGroupRule& rule);

}  // namespace landfall::services::ec2
