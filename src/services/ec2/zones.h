#pragma once

#include <string>
#include <string_view>

namespace landfall::services::ec2 {

/// The letters of a region's availability zones, as accounts have them that see all of these.
/// Source: AWS global infrastructure, Regions and Availability Zones.
std::string_view zone_letters(std::string_view region);
/// Whether it is one of these: "us-west-2a".
bool is_zone_of(std::string_view zone, std::string_view region);
/// "us-west-2a, us-west-2b, …": for errors.
std::string zone_names(const std::string& region);

}  // namespace landfall::services::ec2
