#include "scaling/alarm_rule.h"

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::scaling {
namespace {

Result<AlarmInput> read_input(const model::Alarm& alarm, const json::object& metric, std::string_view statistic, std::string_view unit) {
  AlarmInput input{.metric = {.account = alarm.account, .region = alarm.region, .space = std::string(string_member(metric, "Namespace")), .name = std::string(string_member(metric, "MetricName"))},
                   .statistic = std::string(statistic), .unit = std::string(unit)};
  if (const json::array* dimensions = array_member(metric, "Dimensions")) {
    for (const json::value& one : *dimensions) {
      if (const json::object* dimension = one.if_object()) input.metric.dimensions[std::string(string_member(*dimension, "Name"))] = string_member(*dimension, "Value");
    }
  }
  if (input.metric.name.empty() || input.statistic.empty()) return fail("Alarm.Malformed", fmt::format("alarm {} names no metric with a statistic", alarm.name));
  return input;
}

/// "Metrics": queries, of which one is a formula over the others, or the only one.
Result<void> read_queries(const model::Alarm& alarm, const json::array& queries, AlarmRule& rule) {
  for (const json::value& one : queries) {
    const json::object* query = one.if_object();
    if (query == nullptr) continue;
    if (const std::string_view expression = string_member(*query, "Expression"); !expression.empty()) {
      rule.formula = TRY(model::Formula::parse(expression));
      if (const auto period = number_member(*query, "Period")) rule.period = std::chrono::seconds(static_cast<int>(*period));
      continue;
    }
    const json::object* stat = object_member(*query, "MetricStat");
    const json::object* metric = stat == nullptr ? nullptr : object_member(*stat, "Metric");
    if (metric == nullptr) return fail("Alarm.Malformed", fmt::format("a query of alarm {} has neither MetricStat nor Expression", alarm.name));
    rule.inputs[std::string(string_member(*query, "Id"))] = TRY(read_input(alarm, *metric, string_member(*stat, "Stat"), string_member(*stat, "Unit")));
    if (const auto period = number_member(*stat, "Period")) rule.period = std::chrono::seconds(static_cast<int>(*period));
  }
  return {};
}

Comparison comparison_of(std::string_view name) {
  if (name == "GreaterThanOrEqualToThreshold") return Comparison::greater_or_equal;
  if (name == "LessThanThreshold") return Comparison::less;
  return name == "LessThanOrEqualToThreshold" ? Comparison::less_or_equal : Comparison::greater;
}

Missing missing_of(std::string_view name) {
  if (name == "ignore") return Missing::ignore;
  if (name == "breaching") return Missing::breaching;
  return name == "notBreaching" ? Missing::not_breaching : Missing::missing;
}

/// User guide, Percentile-based alarms and low data samples: 10 / (1 - p) samples above the median, 10 / p below.
double least_samples(std::string_view statistic) {
  const double share = store::percent_of(statistic).value_or(0) / 100;
  return share <= 0 || share >= 1 ? 0 : 10 / (share >= 0.5 ? 1 - share : share);
}

}  // namespace

bool AlarmRule::is_breaching(double value) const {
  switch (comparison) {
    case Comparison::greater: return value > threshold;
    case Comparison::greater_or_equal: return value >= threshold;
    case Comparison::less: return value < threshold;
    case Comparison::less_or_equal: return value <= threshold;
  }
  return false;
}

double AlarmRule::per_minute() const { return !formula && !inputs.empty() && inputs.begin()->second.statistic == "Sum" ? 60.0 / static_cast<double>(period.count()) : 1; }

const std::vector<std::string>& AlarmRule::actions_of(const std::string& state) const { return state == "ALARM" ? alarm_actions : state == "OK" ? ok_actions : insufficient_actions; }

Result<AlarmRule> read_rule(const model::Alarm& alarm) {
  const json::value value = TRY(parse_json(alarm.configuration, "an alarm"));
  const json::object* c = value.if_object();
  if (c == nullptr) return fail("Alarm.Malformed", fmt::format("the configuration of alarm {} is no object", alarm.name));
  AlarmRule rule{.evaluation_periods = std::max(1, int_member(*c, "EvaluationPeriods")), .threshold = number_member(*c, "Threshold").value_or(0), .comparison = comparison_of(string_member(*c, "ComparisonOperator")),
                 .treat_missing = missing_of(string_member(*c, "TreatMissingData")), .alarm_actions = strings_member(*c, "AlarmActions"), .ok_actions = strings_member(*c, "OKActions"),
                 .insufficient_actions = strings_member(*c, "InsufficientDataActions")};
  rule.counts_datapoints = int_member(*c, "DatapointsToAlarm") > 0;
  rule.datapoints_to_alarm = rule.counts_datapoints ? int_member(*c, "DatapointsToAlarm") : rule.evaluation_periods;
  if (const int period = int_member(*c, "Period"); period > 0) rule.period = std::chrono::seconds(period);
  if (!alarm.rule.empty()) rule.expression = TRY(model::AlarmExpression::parse(alarm.rule));
  else if (const json::array* queries = array_member(*c, "Metrics"); queries != nullptr && !queries->empty()) TRY(read_queries(alarm, *queries, rule));
  else rule.inputs["m"] = TRY(read_input(alarm, *c, string_member(*c, string_member(*c, "Statistic").empty() ? "ExtendedStatistic" : "Statistic"), string_member(*c, "Unit")));
  if (string_member(*c, "EvaluateLowSampleCountPercentile") == "ignore") rule.least_samples = least_samples(string_member(*c, "ExtendedStatistic"));
  return rule;
}

}  // namespace landfall::scaling
