#include "services/elbv2/condition_values.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/cidr6.h"
#include "base/ip.h"
#include "base/text.h"
#include "model/pattern.h"

namespace landfall::services::elbv2 {
namespace {

using model::Condition;

constexpr size_t kMaxValue = 128;
constexpr size_t kMaxWord = 40;  // of a header's name and a method
constexpr std::string_view kWildcards = "*?";

std::unexpected<Error> refuse(std::string what) { return fail("ValidationError", std::move(what)); }

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_one_of(char c, std::string_view extra) { return extra.find(c) != std::string_view::npos; }

bool consists_of(std::string_view value, std::string_view extra) {
  return std::ranges::all_of(value, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || is_one_of(c, extra); });
}

Result<void> check_length(std::string_view what, const std::string& value, size_t limit) {
  if (value.size() > limit) return refuse(fmt::format("The '{}' value is too long; the limit is '{}'", what, limit));
  return {};
}

/// A dot is a must, unless a wildcard may stand for one; after the last one there are letters only.
Result<void> check_host(const std::string& value) {
  const size_t dot = value.rfind('.');
  const std::string_view last = std::string_view(value).substr(dot == std::string::npos ? 0 : dot + 1);
  const bool is_plain = consists_of(value, "-_.*?") && std::ranges::all_of(last, [](char c) { return is_letter(c) || is_one_of(c, kWildcards); });
  if (!is_plain || last.empty()) return refuse(fmt::format("Condition value '{}' contains a character that is not valid", value));
  if (dot == std::string::npos && value.find_first_of(kWildcards) == std::string::npos) return refuse(fmt::format("Condition value '{}' must contain at least one '.' character", value));
  return {};
}

/// A block of IPv6 takes no request: Landfall's load balancers have no such clients.
Result<void> check_source(const std::string& value) {
  const bool is_block = value.find('/') != std::string::npos && (parse_cidr(value) || canonical_cidr6(value));
  if (!is_block || value == "255.255.255.255/32") return refuse(fmt::format("Condition value '{}' is not a valid CIDR block", value));
  return {};
}

Result<void> check_method(const std::string& value) {
  if (!std::ranges::all_of(value, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; })) return refuse("The 'http-request-method' value is invalid; the allowed characters are A-Z, hyphen and underscore");
  return {};
}

Result<void> check_value(const Condition& condition, const std::string& value) {
  const bool is_method = condition.field == "http-request-method";
  if (value.empty()) return refuse("A condition value must be specified");
  TRY(check_length(condition.field, value, is_method ? kMaxWord : kMaxValue));
  if (is_method) return check_method(value);
  if (condition.field == "host-header") return check_host(value);
  if (condition.field == "source-ip") return check_source(value);
  if (condition.field == "path-pattern" && !consists_of(value, "_-.$/~\"'@:+&*?")) return refuse(fmt::format("Condition value '{}' contains a character that is not valid", value));
  return {};
}

Result<void> check_regex(const std::string& regex) {
  std::string why;
  if (regex.empty() || regex.size() > kMaxValue) return refuse(fmt::format("Condition regex value '{}' must be 1 to {} characters long", regex, kMaxValue));
  if (!model::compile_pattern(regex, true, &why)) return refuse(fmt::format("Condition regex value '{}' is not a valid regular expression: {}", regex, why));
  return {};
}

/// A token of RFC 7230 without wildcards, and not the host's.
Result<void> check_header_name(const std::string& name) {
  if (name.empty()) return refuse("A 'HttpHeaderName' must be specified in 'HttpHeaderConfig'");
  TRY(check_length("HttpHeaderName", name, kMaxWord));
  if (!consists_of(name, "!#$%&'+-.^_`|~")) return refuse(fmt::format("The 'HttpHeaderName' value '{}' contains a character that is not valid; wildcards are not supported", name));
  if (iequals(name, "host")) return refuse("The 'HttpHeaderName' value cannot be 'Host'; use a 'host-header' condition");
  return {};
}

size_t wildcards_of(std::string_view pattern, bool may_escape) {
  size_t count = 0;
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (may_escape && pattern[at] == '\\') ++at;
    else if (is_one_of(pattern[at], kWildcards)) ++count;
  }
  return count;
}

}  // namespace

Result<void> check_values(const Condition& condition) {
  if (condition.field == "http-header") TRY(check_header_name(condition.http_header_name));
  if (condition.values.empty() && condition.query_strings.empty() && condition.regex_values.empty()) return refuse(condition.field == "source-ip" ? "A 'source-ip' value must be specified" : "A condition value must be specified");
  if (!condition.values.empty() && !condition.regex_values.empty()) return refuse(fmt::format("A condition of field '{}' has either values or regex values", condition.field));
  for (const std::string& regex : condition.regex_values) TRY(check_regex(regex));
  for (const std::string& value : condition.values) TRY(check_value(condition, value));
  for (const auto& pair : condition.query_strings) {
    TRY(check_length("Key", pair.key, kMaxValue));
    TRY(check_length("Value", pair.value, kMaxValue));
    if (pair.value.empty()) return refuse("A 'Value' must be specified in 'QueryStringKeyValuePair'");
  }
  return {};
}

size_t wildcards_in(const Condition& condition) {
  size_t count = 0;
  for (const std::string& value : condition.values) count += wildcards_of(value, false);
  for (const auto& pair : condition.query_strings) count += wildcards_of(pair.key, true) + wildcards_of(pair.value, true);
  return count;
}

}  // namespace landfall::services::elbv2
