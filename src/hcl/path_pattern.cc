#include "hcl/path_pattern.h"

#include <string_view>

#include "base/text.h"
#include "hcl/unicode.h"

namespace landfall::hcl {
namespace {

/// One path part against *, ?, [set].
bool part_matches(std::string_view pattern, std::string_view name, int depth = 0) {
  while (!pattern.empty()) {
    if (pattern[0] == '*') {
      if (depth > 64) return false;
      for (size_t skip = 0; skip <= name.size(); ++skip) {
        if (part_matches(pattern.substr(1), name.substr(skip), depth + 1)) return true;
      }
      return false;
    }
    if (name.empty()) return false;
    const char32_t c = take_code_point(name);
    if (pattern[0] == '[') {
      const size_t close = pattern.find(']', 1);
      if (close == std::string_view::npos) return false;
      std::string_view set = pattern.substr(1, close - 1);
      const bool is_negated = set.starts_with('^') || set.starts_with('!');
      if (is_negated) set.remove_prefix(1);
      bool is_in = false;
      while (!set.empty()) {
        const char32_t low = take_code_point(set);
        char32_t high = low;
        if (set.size() > 1 && set[0] == '-') {
          set.remove_prefix(1);
          high = take_code_point(set);
        }
        is_in = is_in || (c >= low && c <= high);
      }
      if (is_in == is_negated) return false;
      pattern.remove_prefix(close + 1);
      continue;
    }
    const char32_t wanted = take_code_point(pattern);
    if (wanted == '\\' && !pattern.empty()) {
      if (take_code_point(pattern) != c) return false;
    } else if (wanted != '?' && wanted != c) {
      return false;
    }
  }
  return name.empty();
}

}  // namespace

bool path_matches(std::span<const std::string> pattern, std::span<const std::string> path) {
  if (pattern.empty()) return path.empty();
  if (pattern[0] == "**") {
    for (size_t skip = 0; skip <= path.size(); ++skip) {
      if (path_matches(pattern.subspan(1), path.subspan(skip))) return true;
    }
    return false;
  }
  return !path.empty() && part_matches(pattern[0], path[0]) &&
         path_matches(pattern.subspan(1), path.subspan(1));
}

std::vector<std::string> without_braces(const std::string& pattern) {
  std::vector<std::string> done;
  std::vector<std::string> open{pattern};
  while (!open.empty() && done.size() + open.size() <= 256) {
    const std::string one = std::move(open.back());
    open.pop_back();
    const size_t close = one.find('}');
    const size_t start = close == std::string::npos ? close : one.rfind('{', close);
    if (start == std::string::npos) {
      done.push_back(one);
      continue;
    }
    for (const std::string& choice : split(std::string_view(one).substr(start + 1, close - start - 1), ',')) {
      open.push_back(one.substr(0, start) + choice + one.substr(close + 1));
    }
  }
  return done;
}

}  // namespace landfall::hcl
