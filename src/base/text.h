#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall {

std::vector<std::string> split(std::string_view text, char separator);  ///< keeps empty parts; "" gives {""}
std::string join(std::span<const std::string> parts, std::string_view separator);
std::string_view trim(std::string_view text);                           ///< ASCII white space at both ends
std::string lower(std::string_view text);                               ///< ASCII only
std::string upper(std::string_view text);                               ///< ASCII only
bool iequals(std::string_view a, std::string_view b);                   ///< ASCII case-insensitive
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view text);
std::string base64_encode(std::string_view bytes);
Result<std::string> base64_decode(std::string_view text);  ///< standard alphabet, padding required
/// RFC 3986 unreserved characters stay, all others become %XX; '/' stays if keep_slash (SigV4 paths).
std::string percent_encode(std::string_view bytes, bool keep_slash = false);
/// %XX decoded; '+' becomes a space if plus_is_space (form bodies). Malformed escapes stay as they are.
std::string percent_decode(std::string_view text, bool plus_is_space = false);

/// Number of single-character edits between a and b; for "did you mean".
int edit_distance(std::string_view a, std::string_view b);
/// The candidate nearest to `word`, or "" if none is near enough to suggest.
std::string nearest(std::string_view word, std::span<const std::string> candidates);
/// `*` any run of characters, `?` exactly one. Linear time in text for patterns of bounded stars.
bool glob_match(std::string_view pattern, std::string_view text, bool ignore_case);
/// The same by case, where a backslash takes its meaning from what comes after it.
bool glob_match_escaped(std::string_view pattern, std::string_view text);

}  // namespace landfall
