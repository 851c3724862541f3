#pragma once

#include <string_view>

namespace landfall::aws {

/// Whether the whole text matches a pattern as the service models write them (Java's regular expressions). Each is
/// compiled once. A pattern that cannot be read matches everything; see `is_readable`.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// Whether the pattern says the same here as in the model.
bool is_readable(std::string_view pattern);

}  // namespace landfall::aws
