#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::model {

/// The rule of a composite alarm: ALARM("name"), OK(…), INSUFFICIENT_DATA(…), TRUE, FALSE, AT_LEAST(…), with AND, OR, NOT and parentheses. Pure.
/// Source  CloudWatch API reference, PutCompositeAlarm: AlarmRule
class AlarmExpression {
 public:
  static constexpr size_t kMostAlarms = 100, kMostElements = 500;
  /// The state of an alarm by its name, "" if there is none.
  using StateOf = std::function<std::string(const std::string& name)>;

  /// Errors: "AlarmRule.Malformed" names the place.
  static Result<AlarmExpression> parse(std::string_view text);

  bool holds(const StateOf& state_of) const { return test_(state_of); }
  const std::vector<std::string>& alarms() const { return alarms_; }  ///< by name, each once, in their order

 private:
  class Parser;
  using Test = std::function<bool(const StateOf&)>;
  Test test_;
  std::vector<std::string> alarms_;
};

}  // namespace landfall::model
