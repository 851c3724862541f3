#pragma once

#include <span>
#include <string>
#include <vector>

/// Patterns of paths, as fileset() and .gitignore have them: `*`, `?` and `[set]` within a part, `**` for any parts.
namespace landfall::hcl {

/// `a{b,c}d` is `abd` and `acd`; bounded.
std::vector<std::string> without_braces(const std::string& pattern);

/// Both split at slashes; the pattern without braces.
bool path_matches(std::span<const std::string> pattern, std::span<const std::string> path);

}  // namespace landfall::hcl
