#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/scaling.h"

namespace landfall::scaling {

/// One step: in force while lower <= metric - threshold < upper above the threshold, lower < … <= upper below it.
struct Step {
  std::optional<double> lower, upper;
  int adjustment = 0;
};

enum class Adjustment { change, percent, exact };
enum class Aggregation { average, minimum, maximum };

struct StepRule {
  Adjustment adjustment = Adjustment::change;
  Aggregation aggregation = Aggregation::average;
  std::vector<Step> steps;
  int least_magnitude = 0;
  std::chrono::seconds cooldown{300};
};

struct TrackingRule {
  double target = 0;
  bool scales_in = true;
  std::chrono::seconds out_cooldown{300}, in_cooldown{300};
};

/// What PutScalingPolicy was given, read once: one of the two.
struct PolicyRule {
  std::optional<StepRule> steps;
  std::optional<TrackingRule> tracking;
  std::chrono::seconds cooldown(bool out) const;
};

/// Handlers let in only what this reads. Errors: "Policy.Malformed".
Result<PolicyRule> read_policy(const model::ScalingPolicy& policy);

/// What an alarm saw when it asked a policy to act.
struct Breach {
  std::optional<double> value;  ///< newest; none if the state was set by hand, without data
  std::vector<double> breaching{};  ///< the values of the evaluated periods that breach: a step is chosen by their aggregate
  double threshold = 0;
  bool is_above = true;         ///< the alarm watches for values above its threshold
  double per_minute = 1;        ///< what makes a sum over the alarm's period one over a minute, in which targets are meant
};

/// The capacity that the policy wants, before any bounds; none: it does not want to change anything.
/// Source  Application Auto Scaling user guide: Step scaling policies (bounds, rounding); Target tracking: capacity in
///         proportion to the metric, rounded up
std::optional<int> wanted_capacity(const PolicyRule& rule, int capacity, const Breach& breach);

}  // namespace landfall::scaling
