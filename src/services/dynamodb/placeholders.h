#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "services/dynamodb/attribute.h"

namespace landfall::services::dynamodb {

/// The names (#n) and values (:v) that come with a request; which of them expressions used.
class Placeholders {
 public:
  Placeholders(const std::optional<std::map<std::string, std::string>>& names, const std::optional<std::map<std::string, Value>>& values)
      : names_(names.value_or(std::map<std::string, std::string>{})), values_(values.value_or(std::map<std::string, Value>{})), has_names_(names.has_value()), has_values_(values.has_value()) {}

  /// Values are valid and in canonical form. `missing` says which expressions the values would need ("ConditionExpression
  /// is null"). Errors: "ValidationException".
  Result<void> check(bool has_expression, std::string_view missing = "ConditionExpression is null");
  /// Errors: "ValidationException" names those that no expression used.
  Result<void> check_used() const;

  Result<std::string> name(std::string_view placeholder, std::string_view expression_kind);
  Result<Value> value(std::string_view placeholder, std::string_view expression_kind);

 private:
  std::map<std::string, std::string> names_;
  std::map<std::string, Value> values_;
  bool has_names_, has_values_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace landfall::services::dynamodb
