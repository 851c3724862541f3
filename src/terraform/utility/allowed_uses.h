#pragma once

#include <string>
#include <vector>

#include "terraform/schema.h"

/// The words of `allowed_uses`. Source  RFC 5280 4.2.1.3 and 4.2.1.12.
namespace landfall::terraform::utility_types {

std::string check_uses(const Value& list);  ///< for checked()
/// "digitalSignature,keyEncipherment", as OpenSSL's configuration names the bits of keyUsage; "" if there are none.
std::string key_usage(const std::vector<std::string>& uses);
/// Object identifiers, separated by commas; "" if there are none.
std::string extended_key_usage(const std::vector<std::string>& uses);

}  // namespace landfall::terraform::utility_types
