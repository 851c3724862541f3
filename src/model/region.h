#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace landfall::model {

/// AWS's regions: those that every account has, and those that an account must opt in to (AWS General Reference, 2025).
inline constexpr std::array<std::string_view, 17> kRegions{"ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1", "eu-central-1", "eu-north-1",
                                                           "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2"};
inline constexpr std::array<std::string_view, 13> kOptInRegions{"af-south-1", "ap-east-1", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1", "me-central-1", "me-south-1"};

/// The letters of a region's availability zones, as accounts have them that see all of these.
/// Source: AWS global infrastructure, Regions and Availability Zones.
std::string_view zone_letters(std::string_view region);

/// ("us-west-2", 'a') -> "usw2-az1", as AWS's zone ids are made.
std::string zone_id(const std::string& region, char letter);
/// "us-west-2" -> "US West (Oregon)"; "" of a region that is not known.
std::string_view long_name(std::string_view region);

}  // namespace landfall::model
