#pragma once

#include <string>
#include <string_view>

namespace landfall::services::ec2 {

/// Whether it is one of the region's availability zones: "us-west-2a".
bool is_zone_of(std::string_view zone, std::string_view region);
/// "us-west-2a, us-west-2b, …": for errors.
std::string zone_names(const std::string& region);

}  // namespace landfall::services::ec2
