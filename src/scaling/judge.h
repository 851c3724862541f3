#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scaling/alarm_rule.h"

namespace landfall::scaling {

/// The alarm's metric in one period.
struct Datum {
  WallTime at;  ///< beginning of the period
  double value = 0, samples = 0;
};

/// Periods, oldest first; none: no data.
using Window = std::vector<std::optional<Datum>>;

struct Judgement {
  std::string state, reason, reason_data;
};

/// How many periods before the evaluated ones are looked at, to fill in for missing ones (the guide's examples: two).
constexpr int kMorePeriods = 2;

/// The state of an alarm from what its metric was. Pure: `now` is data.
/// `window`  the evaluation range: evaluation_periods + kMorePeriods complete periods.
/// Source    CloudWatch user guide, Using CloudWatch alarms: evaluating an alarm, configuring how alarms treat missing data
Judgement judge(const AlarmRule& rule, const Window& window, const std::string& state, WallTime now);

/// The complete periods before `now`, read from the metrics.
Window window_of(const store::MetricStore& metrics, const AlarmRule& rule, WallTime now);

}  // namespace landfall::scaling
