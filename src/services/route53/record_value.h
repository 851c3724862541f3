#pragma once

#include <string>
#include <string_view>

/// Values of resource records. Pure.
/// Source: Route 53 Developer Guide, Supported DNS record types.
namespace landfall::services::route53 {

/// Whether values of the type can be checked and served.
bool is_supported_type(std::string_view type);

/// What is wrong with one value, in Route 53's words ("Invalid Resource Record: …"); "" if nothing is.
std::string value_problem(std::string_view type, const std::string& value);

}  // namespace landfall::services::route53
