#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall {

/// "2001:DB8:0::7/32" -> "2001:db8::/32": an IPv6 block in the one way of writing it, without host bits. Landfall's networks
/// have no IPv6: such blocks are only recorded.
Result<std::string> canonical_cidr6(std::string_view text);

/// Of a valid block, IPv4 or IPv6.
inline bool is_cidr6(std::string_view block) { return block.find(':') != std::string_view::npos; }

}  // namespace landfall
