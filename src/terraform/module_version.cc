#include "terraform/module_version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <compare>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::terraform {
namespace {

struct Version {
  std::array<long, 3> parts{};
  size_t written = 0;  ///< how many parts
  std::string pre_release;

  std::strong_ordering operator<=>(const Version& other) const { return parts <=> other.parts; }
  bool is(const Version& other) const { return parts == other.parts && pre_release == other.pre_release; }
};

std::optional<Version> parse(std::string_view text) {
  Version version;
  if (text.starts_with('v')) text.remove_prefix(1);
  text = text.substr(0, text.find('+'));
  const size_t dash = text.find('-');
  if (dash != std::string_view::npos) version.pre_release = text.substr(dash + 1);
  for (const std::string& part : split(text.substr(0, dash), '.')) {
    if (version.written == version.parts.size()) return std::nullopt;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), version.parts[version.written++]);
    if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
  }
  return version;
}

/// "~> 6.1" is 6.1 and later below 7, "~> 6.1.2" below 6.2.
bool is_near(const Version& version, const Version& wanted) {
  const size_t fixed = std::max<size_t>(wanted.written, 2) - 1;
  return version >= wanted && std::equal(version.parts.begin(), version.parts.begin() + static_cast<long>(fixed), wanted.parts.begin());
}

bool fits_one(const Version& version, std::string_view constraint) {
  const size_t begin = std::min(constraint.find_first_not_of("<>=!~ "), constraint.size());
  const std::string_view sign = trim(constraint.substr(0, begin));
  const auto wanted = parse(trim(constraint.substr(begin)));
  if (!wanted) return false;
  if (sign == "!=") return !version.is(*wanted);
  if (sign.empty() || sign == "=") return version.is(*wanted);
  if (!version.pre_release.empty() || !wanted->pre_release.empty()) return false;
  if (sign == "~>") return is_near(version, *wanted);
  if (sign == ">=") return version >= *wanted;
  if (sign == "<=") return version <= *wanted;
  return sign == ">" ? version > *wanted : sign == "<" && version < *wanted;
}

}  // namespace

bool fits_version(std::string_view version, std::string_view constraints) {
  const auto parsed = parse(trim(version));
  if (!parsed) return false;
  if (trim(constraints).empty()) return true;
  return std::ranges::all_of(split(constraints, ','), [&](const std::string& each) { return fits_one(*parsed, trim(each)); });
}

bool is_newer_version(std::string_view version, std::string_view other) {
  const auto a = parse(trim(version)), b = parse(trim(other));
  if (!a || !b) return a.has_value() && !b.has_value();
  if (a->parts != b->parts) return a->parts > b->parts;
  if (a->pre_release.empty() || b->pre_release.empty()) return a->pre_release.empty() && !b->pre_release.empty();
  return a->pre_release > b->pre_release;
}

std::string fitting_version(std::string_view constraints) {
  if (trim(constraints).empty()) return "";
  std::vector<std::string> candidates;
  for (const std::string& each : split(constraints, ',')) {
    const auto named = parse(trim(each.substr(std::min(each.find_first_not_of("<>=!~ "), each.size()))));
    if (!named) continue;
    const auto [major, minor, patch] = named->parts;
    const std::string ending = named->pre_release.empty() ? "" : "-" + named->pre_release;
    candidates.push_back(fmt::format("{}.{}.{}{}", major, minor, patch, ending));
    candidates.push_back(fmt::format("{}.{}.{}", major, minor, patch + 1));
  }
  candidates.emplace_back("0.0.0");
  const auto found = std::ranges::find_if(candidates, [&](const std::string& version) { return fits_version(version, constraints); });
  return found == candidates.end() ? "" : *found;
}

}  // namespace landfall::terraform
