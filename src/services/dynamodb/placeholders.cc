#include "services/dynamodb/placeholders.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::dynamodb {
namespace {

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

bool is_placeholder(const std::string& key, char mark) {
  return key.size() > 1 && key[0] == mark && std::ranges::all_of(key.substr(1), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; });
}

}  // namespace

Result<void> Placeholders::check(bool has_expression, std::string_view missing) {
  if (!has_expression && has_names_) return invalid("ExpressionAttributeNames can only be specified when using expressions");
  if (!has_expression && has_values_) return invalid(fmt::format("ExpressionAttributeValues can only be specified when using expressions: {}", missing));
  if (has_names_ && names_.empty()) return invalid("ExpressionAttributeNames must not be empty");
  if (has_values_ && values_.empty()) return invalid("ExpressionAttributeValues must not be empty");
  for (const auto& [name, of] : names_) {
    if (!is_placeholder(name, '#')) return invalid(fmt::format("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{}\"", name));
  }
  for (auto& [name, value] : values_) {
    if (!is_placeholder(name, ':')) return invalid(fmt::format("ExpressionAttributeValues contains invalid key: Syntax error; key: \"{}\"", name));
    if (auto good = normalize(value); !good) return invalid(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}", good.error().what, name));
  }
  return {};
}

Result<void> Placeholders::check_used() const {
  std::vector<std::string> unused;
  for (const auto& [name, value] : names_) {
    if (!used_.contains(name)) unused.push_back(name);
  }
  if (!unused.empty()) return invalid(fmt::format("Value provided in ExpressionAttributeNames unused in expressions: keys: {{{}}}", join(unused, ", ")));
  for (const auto& [name, value] : values_) {
    if (!used_.contains(name)) unused.push_back(name);
  }
  if (!unused.empty()) return invalid(fmt::format("Value provided in ExpressionAttributeValues unused in expressions: keys: {{{}}}", join(unused, ", ")));
  return {};
}

Result<std::string> Placeholders::name(std::string_view placeholder, std::string_view kind) {
  const auto found = names_.find(std::string(placeholder));
  if (found == names_.end()) return invalid(fmt::format("Invalid {}: An expression attribute name used in the document path is not defined; attribute name: {}", kind, placeholder));
  used_.emplace(placeholder);
  return found->second;
}

Result<Value> Placeholders::value(std::string_view placeholder, std::string_view kind) {
  const auto found = values_.find(std::string(placeholder));
  if (found == values_.end()) return invalid(fmt::format("Invalid {}: An expression attribute value used in expression is not defined; attribute value: {}", kind, placeholder));
  used_.emplace(placeholder);
  return found->second;
}

}  // namespace landfall::services::dynamodb
