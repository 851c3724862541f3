#include "scaling/judge.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::scaling {
namespace {

/// "1.0", "0.25": as AWS writes numbers in reasons.
std::string number(double value) { return std::floor(value) == value && std::abs(value) < 1e15 ? fmt::format("{:.1f}", value) : fmt::format("{}", value); }

/// "25/11/26 20:29:00"
std::string moment(WallTime at) {
  const std::string iso = iso8601(at);
  return fmt::format("{}/{}/{} {}", iso.substr(8, 2), iso.substr(5, 2), iso.substr(2, 2), iso.substr(11, 8));
}

const char* words_of(Comparison comparison) {
  switch (comparison) {
    case Comparison::greater: return "greater than";
    case Comparison::greater_or_equal: return "greater than or equal to";
    case Comparison::less: return "less than";
    case Comparison::less_or_equal: return "less than or equal to";
  }
  return "";
}

/// What counts: the newest data points of the range, and how many periods had to be filled in.
struct Evaluated {
  std::vector<Datum> data;  ///< newest first
  int filled = 0;
  int breaching = 0;
  int oldest_breach = 0;  ///< periods since the oldest breaching one, itself included
};

Evaluated evaluated_of(const AlarmRule& rule, const Window& window) {
  Evaluated found;
  const auto wanted = static_cast<size_t>(rule.evaluation_periods);
  int age = 0;
  for (auto period = window.rbegin(); period != window.rend() && found.data.size() < wanted; ++period) {
    ++age;
    if (!*period) continue;
    found.data.push_back(**period);
    if (!rule.is_breaching((*period)->value)) continue;
    ++found.breaching;
    found.oldest_breach = age;
  }
  found.filled = static_cast<int>(wanted - found.data.size());
  return found;
}

std::string state_of(const AlarmRule& rule, const Evaluated& e, const std::string& before) {
  const int needed = rule.datapoints_to_alarm;
  if (e.breaching >= needed) return "ALARM";
  if (e.filled == 0) return "OK";
  switch (rule.treat_missing) {
    case Missing::breaching: return e.breaching + e.filled >= needed ? "ALARM" : "OK";
    case Missing::not_breaching: return "OK";
    case Missing::ignore:
      if (e.data.empty()) return before;
      return e.breaching < static_cast<int>(e.data.size()) ? "OK" : before;
    case Missing::missing: break;
  }
  if (e.data.empty()) return "INSUFFICIENT_DATA";
  if (e.breaching < static_cast<int>(e.data.size())) return "OK";
  // All that is there breaches, but it is less than wanted: enough if it began as long ago as that many periods.
  return e.oldest_breach >= needed ? "ALARM" : before;
}

std::string reason_of(const AlarmRule& rule, const Evaluated& e, const std::string& state, const std::string& before) {
  if (state == "INSUFFICIENT_DATA") return fmt::format("Insufficient Data: {} datapoint{} unknown.", rule.evaluation_periods, rule.evaluation_periods == 1 ? " was" : "s were");
  const auto treated = [&](int count) { return fmt::format("{} missing datapoint{} treated as [{}]", count, count == 1 ? " was" : "s were", rule.treat_missing == Missing::breaching ? "Breaching" : "NonBreaching"); };
  if (e.data.empty()) return fmt::format("Threshold Crossed: no datapoints were received for {} period{} and {}.", rule.evaluation_periods, rule.evaluation_periods == 1 ? "" : "s", treated(e.filled));
  std::string list;
  int listed = 0;
  for (const Datum& datum : e.data) {
    const bool is_told = state == "ALARM" ? rule.is_breaching(datum.value) : rule.counts_datapoints || !rule.is_breaching(datum.value);
    if (!is_told) continue;
    list += fmt::format("{}{} ({})", listed++ == 0 ? "" : ", ", number(datum.value), moment(datum.at));
  }
  if (listed == 0) return fmt::format("Threshold Crossed: {}.", treated(e.filled));
  const int needed = state == "ALARM" ? rule.datapoints_to_alarm : rule.evaluation_periods - rule.datapoints_to_alarm + 1;
  const std::string filled = e.filled > 0 && (rule.treat_missing == Missing::breaching || rule.treat_missing == Missing::not_breaching) ? " and " + treated(e.filled) : "";
  const std::string judged = fmt::format("[{}] {}{} {} the threshold ({}){}", list, listed == 1 ? "was" : "were", state == "ALARM" ? "" : " not", words_of(rule.comparison), number(rule.threshold), filled);
  if (!rule.counts_datapoints) return fmt::format("Threshold Crossed: {} datapoint{} {}.", listed, listed == 1 ? "" : "s", judged);
  return fmt::format("Threshold Crossed: {} out of the last {} datapoints {} (minimum {} datapoint{} for {} -> {} transition).", listed, rule.evaluation_periods, judged, needed, needed == 1 ? "" : "s", before == "INSUFFICIENT_DATA" ? (state == "ALARM" ? "OK" : "ALARM") : before, state);
}

std::string data_of(const AlarmRule& rule, const Evaluated& e, WallTime now) {
  const auto stamp = [](WallTime at) { return replace_all(iso8601(at, true), "Z", "+0000"); };
  json::array recent, evaluated;
  for (const Datum& datum : e.data) {
    evaluated.push_back(json::object{{"timestamp", stamp(datum.at)}, {"sampleCount", datum.samples}, {"value", datum.value}});
    recent.insert(recent.begin(), json::value(datum.value));
  }
  json::object data{{"version", "1.0"}, {"queryDate", stamp(now)}};
  if (!e.data.empty()) data["startDate"] = stamp(e.data.back().at);
  if (!rule.formula) data["statistic"] = rule.inputs.begin()->second.statistic;
  data["period"] = rule.period.count();
  data["recentDatapoints"] = recent;
  data["threshold"] = rule.threshold;
  data["evaluatedDatapoints"] = evaluated;
  return json::serialize(data);
}

}  // namespace

Judgement judge(const AlarmRule& rule, const Window& window, const std::string& state, WallTime now) {
  const Evaluated evaluated = evaluated_of(rule, window);
  if (std::ranges::any_of(evaluated.data, [&](const Datum& datum) { return datum.samples < rule.least_samples; })) return {.state = state, .reason = {}, .reason_data = {}};
  Judgement judgement{.state = state_of(rule, evaluated, state), .reason = {}, .reason_data = {}};
  judgement.reason = reason_of(rule, evaluated, judgement.state, state);
  judgement.reason_data = data_of(rule, evaluated, now);
  return judgement;
}

Window window_of(const store::MetricStore& metrics, const AlarmRule& rule, WallTime now) {
  const Duration period = rule.period;
  const int count = rule.evaluation_periods + kMorePeriods;
  const WallTime until{now.ms - now.ms % period.count()}, from = until - period * count;
  model::Formula::Input input;
  std::map<int64_t, double> samples;
  for (int i = 0; i < count; ++i) input.times.push_back((from + period * i).ms);
  for (const auto& [id, of] : rule.inputs) {
    model::Series& series = input.series[id];
    input.metrics.insert(id);
    input.periods[id] = static_cast<int>(rule.period.count());
    for (const auto& point : metrics.read(of.metric, of.unit, from, until, period)) {
      if (const auto value = store::statistic_of(point, of.statistic)) series[point.at.ms] = *value;
      samples[point.at.ms] = std::max(samples[point.at.ms], point.count);
    }
  }
  const auto computed = rule.formula ? rule.formula->evaluate(input) : Result<std::vector<model::Series>>(std::vector{input.series.begin()->second});
  const model::Series result = computed && computed->size() == 1 ? computed->front() : model::Series{};
  Window window;
  for (const int64_t at : input.times) {
    const auto found = result.find(at);
    window.push_back(found == result.end() ? std::nullopt : std::optional(Datum{.at = {at}, .value = found->second, .samples = samples[at]}));
  }
  return window;
}

}  // namespace landfall::scaling
