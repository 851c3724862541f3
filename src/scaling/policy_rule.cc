#include "scaling/policy_rule.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::scaling {
namespace {

constexpr double kMostCapacity = 1e6;

std::chrono::seconds seconds_of(const json::object& object, std::string_view name) { return std::chrono::seconds(static_cast<int>(number_member(object, name).value_or(300))); }

StepRule read_steps(const json::object& c) {
  StepRule rule{.least_magnitude = int_member(c, "MinAdjustmentMagnitude"), .cooldown = seconds_of(c, "Cooldown")};
  const std::string_view type = string_member(c, "AdjustmentType");
  rule.adjustment = type == "ExactCapacity" ? Adjustment::exact : type == "PercentChangeInCapacity" ? Adjustment::percent : Adjustment::change;
  const std::string_view aggregation = string_member(c, "MetricAggregationType");
  rule.aggregation = aggregation == "Minimum" ? Aggregation::minimum : aggregation == "Maximum" ? Aggregation::maximum : Aggregation::average;
  if (const json::array* steps = array_member(c, "StepAdjustments")) {
    for (const json::value& one : *steps) {
      if (const json::object* step = one.if_object()) rule.steps.push_back({.lower = number_member(*step, "MetricIntervalLowerBound"), .upper = number_member(*step, "MetricIntervalUpperBound"), .adjustment = int_member(*step, "ScalingAdjustment")});
    }
  }
  return rule;
}

TrackingRule read_tracking(const json::object& c) {
  const json::value* disabled = c.if_contains("DisableScaleIn");
  return {.target = number_member(c, "TargetValue").value_or(0), .scales_in = disabled == nullptr || !disabled->is_bool() || !disabled->get_bool(), .out_cooldown = seconds_of(c, "ScaleOutCooldown"), .in_cooldown = seconds_of(c, "ScaleInCooldown")};
}

double aggregated(Aggregation aggregation, const std::vector<double>& values) {
  switch (aggregation) {
    case Aggregation::minimum: return std::ranges::min(values);
    case Aggregation::maximum: return std::ranges::max(values);
    case Aggregation::average: return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }
  return 0;
}

const Step* step_for(const StepRule& rule, const Breach& breach) {
  const double seen = breach.breaching.empty() ? breach.value.value_or(breach.threshold) : aggregated(rule.aggregation, breach.breaching);
  const double difference = seen - breach.threshold;
  for (const Step& step : rule.steps) {
    const bool over = !step.lower || (breach.is_above ? difference >= *step.lower : difference > *step.lower);
    const bool under = !step.upper || (breach.is_above ? difference < *step.upper : difference <= *step.upper);
    if (over && under) return &step;
  }
  return nullptr;
}

/// More than 1 is rounded down, 0 to 1 up to 1; the same below zero.
int rounded(double change) {
  if (change > 0 && change < 1) return 1;
  if (change < 0 && change > -1) return -1;
  return static_cast<int>(std::trunc(change));
}

int stepped(const StepRule& rule, const Step& step, int capacity) {
  if (rule.adjustment == Adjustment::exact) return step.adjustment;
  if (rule.adjustment == Adjustment::change) return capacity + step.adjustment;
  int change = rounded(static_cast<double>(capacity) * step.adjustment / 100);
  if (change != 0 && std::abs(change) < rule.least_magnitude) change = change > 0 ? rule.least_magnitude : -rule.least_magnitude;
  return capacity + change;
}

}  // namespace

std::chrono::seconds PolicyRule::cooldown(bool out) const {
  if (steps) return steps->cooldown;
  return out ? tracking->out_cooldown : tracking->in_cooldown;
}

Result<PolicyRule> read_policy(const model::ScalingPolicy& policy) {
  const bool is_tracking = !policy.target_tracking.empty();
  const json::value value = TRY(parse_json(is_tracking ? policy.target_tracking : policy.step_scaling, "a scaling policy"));
  const json::object* c = value.if_object();
  if (c == nullptr) return fail("Policy.Malformed", fmt::format("the configuration of policy {} is no object", policy.name));
  PolicyRule rule;
  if (is_tracking) rule.tracking = read_tracking(*c);
  else rule.steps = read_steps(*c);
  return rule;
}

std::optional<int> wanted_capacity(const PolicyRule& rule, int capacity, const Breach& breach) {
  if (rule.steps) {
    const Step* step = step_for(*rule.steps, breach);
    return step == nullptr ? std::nullopt : std::optional(std::max(0, stepped(*rule.steps, *step, capacity)));
  }
  if (!breach.value || rule.tracking->target <= 0) return std::nullopt;
  if (!breach.is_above && !rule.tracking->scales_in) return std::nullopt;
  // A service that was at 0 has no metric to be in proportion to: it gets one task when it is asked for more.
  const double wanted = std::ceil(std::max(capacity, 1) * *breach.value * breach.per_minute / rule.tracking->target);
  return static_cast<int>(std::clamp(wanted, 0.0, kMostCapacity));
}

}  // namespace landfall::scaling
