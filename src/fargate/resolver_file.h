#pragma once

#include <map>
#include <string>
#include <vector>

namespace landfall::fargate {

/// What /etc/resolv.conf of a task says: the DHCP options of its VPC, as they are when the task starts.
///
/// `options`  by name, e.g. "domain-name-servers"; those that no resolver file has (NTP, NetBIOS) are left out.
/// `amazon`   address of the VPC's own resolver, which AmazonProvidedDNS means.
/// Source     VPC user guide, DHCP option sets; ECS developer guide, Task networking with the awsvpc network mode.
std::string resolver_file(const std::map<std::string, std::vector<std::string>>& options, const std::string& amazon);

}  // namespace landfall::fargate
