#pragma once

#include <string>
#include <string_view>

namespace landfall::services::route53 {

/// Lower case, trailing dot, characters other than a-z 0-9 - _ . as \ooo (Route 53 guide, DNS domain name format).
std::string canonical_name(std::string_view given);

/// Whether `name` is the zone's apex or below it; both canonical.
bool is_in_zone(std::string_view name, std::string_view zone);

/// Labels reversed ("com.example.www"): the order of ListResourceRecordSets.
std::string sort_key(std::string_view name);

}  // namespace landfall::services::route53
