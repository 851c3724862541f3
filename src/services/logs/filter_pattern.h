#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::services::logs {

/// A filter pattern: terms, a JSON pattern `{ $.a = "x" }`, or fields of a line `[ip, ..., status=4*]`. Pure.
/// Source: CloudWatch Logs user guide, Filter pattern syntax.
class FilterPattern {
 public:
  /// Errors: "InvalidParameterException"; regular expressions (%…%) are refused by name.
  static Result<FilterPattern> parse(std::string_view text);

  bool matches(const std::string& message) const { return matches_(message); }
  /// What the pattern names in a message that matches: "$.a.b" or "$status" -> value.
  std::map<std::string, std::string> values_of(const std::string& message) const;
  /// One value: a number as it is; "$.a.b" of JSON; "$status" of the pattern's fields. Empty: the message has none.
  std::optional<std::string> value_of(const std::string& message, const std::string& selector) const;

  using Test = std::function<bool(const std::string&)>;

 private:
  friend class PatternParser;
  Test matches_;
  std::vector<std::string> selectors_;  ///< of a JSON pattern
  std::vector<std::string> fields_;     ///< of a line; "..." for any number of them
};

}  // namespace landfall::services::logs
