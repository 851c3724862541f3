#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/alarm_expression.h"
#include "model/formula.h"
#include "model/scaling.h"
#include "store/metric_store.h"

namespace landfall::scaling {

/// One metric that an alarm looks at.
struct AlarmInput {
  store::MetricName metric;
  std::string statistic = "Average";
  std::string unit;  ///< "": any
};

enum class Comparison { greater, greater_or_equal, less, less_or_equal };
enum class Missing { missing, ignore, breaching, not_breaching };

/// What PutMetricAlarm was given, read once. Inputs by id; without a formula there is one. A composite alarm has an expression
/// over other alarms, and no inputs.
struct AlarmRule {
  std::map<std::string, AlarmInput> inputs;
  std::optional<model::Formula> formula;
  std::optional<model::AlarmExpression> expression;
  std::chrono::seconds period{60};
  int evaluation_periods = 1, datapoints_to_alarm = 1;
  bool counts_datapoints = false;  ///< DatapointsToAlarm was given: reasons tell how many of how many
  double threshold = 0;
  double least_samples = 0;  ///< with fewer of them in a period the state stays: what a percentile says of few values means nothing
  Comparison comparison = Comparison::greater;
  Missing treat_missing = Missing::missing;
  std::vector<std::string> alarm_actions, ok_actions, insufficient_actions;

  bool is_breaching(double value) const;
  bool watches_above() const { return comparison == Comparison::greater || comparison == Comparison::greater_or_equal; }
  double per_minute() const;  ///< 60 s / period for a Sum, else 1
  const std::vector<std::string>& actions_of(const std::string& state) const;
};

/// Handlers let in only what this reads. Errors: "Alarm.Malformed".
Result<AlarmRule> read_rule(const model::Alarm& alarm);

}  // namespace landfall::scaling
