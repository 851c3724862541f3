#include <algorithm>
#include <chrono>
#include <cmath>

#include "services/cloudwatch/support.h"

namespace landfall::services::cloudwatch {

Result<void> check_statistic(const std::string& name) {
  static const std::vector<std::string> known{"Average", "Sum", "Minimum", "Maximum", "SampleCount"};
  if (std::ranges::count(known, name) == 0 && !store::percent_of(name)) return fail("ValidationError", fmt::format("Landfall does not support the statistic {} yet; wanted Average, Sum, Minimum, Maximum, SampleCount or a percentile from p0 to p100", name));
  return {};
}

Result<void> check_read_period(int period) {
  if (period < 1 || (period % 60 != 0 && period != 1 && period != 5 && period != 10 && period != 20 && period != 30)) return fail("ValidationError", fmt::format("The value {} for parameter Period is not valid: wanted 1, 5, 10, 20, 30 or a multiple of 60", period));
  return {};
}

WallTime rounded(WallTime at, int period) { return at - Duration(at.ms % (std::min(period, 60) * 1000LL)); }

store::MetricName metric_named(const CallContext& context, const std::optional<std::string>& space, const std::optional<std::string>& name, const std::optional<std::vector<shapes::Dimension>>& dimensions) {
  return {.account = context.account, .region = context.region, .space = text(space), .name = text(name), .dimensions = pairs_of(dimensions)};
}

namespace {

using store::MetricName;
using store::MetricPoint;
using store::statistic_of;

constexpr size_t kMostData = 1000;          // of one call; API reference, PutMetricData
constexpr int64_t kMostDatapoints = 1440;   // GetMetricStatistics
constexpr std::chrono::hours kRecent{3};    // ListMetrics: PT3H
constexpr std::chrono::hours kOldest{14 * 24}, kNewest{2};  // API reference, MetricDatum: Timestamp

/// `place`: "MetricData.member.1". Numbers only, and of one form.
Result<void> check_datum(const shapes::MetricDatum& datum, const std::string& place) {
  const auto both = [&](const char* other) { return fail("InvalidParameterCombination", fmt::format("The parameters {0}.Value and {0}.{1} are mutually exclusive and you have specified both.", place, other)); };
  if (datum.value && datum.values) return both("Values");
  if (datum.value && datum.statistic_values) return both("StatisticValues");
  if (datum.values && datum.statistic_values) return fail("InvalidParameterCombination", fmt::format("The parameters {0}.StatisticValues and {0}.Values are mutually exclusive and you have specified both.", place));
  if (datum.counts && datum.counts->size() != datum.values.value_or(std::vector<double>{}).size()) return fail("InvalidParameterValue", fmt::format("The parameters {0}.Values and {0}.Counts must be of the same size.", place));
  if (datum.value && !std::isfinite(*datum.value)) return fail("InvalidParameterValue", fmt::format("The value {} for parameter {}.Value is invalid.", std::isnan(*datum.value) ? "NaN" : *datum.value > 0 ? "Infinity" : "-Infinity", place));
  return {};
}

Result<MetricPoint> point_of(const shapes::MetricDatum& datum, const std::string& place, WallTime now) {
  TRY(check_datum(datum, place));
  if (datum.timestamp && (*datum.timestamp < now - kOldest || *datum.timestamp > now + kNewest)) {
    return fail("InvalidParameterValue", fmt::format("The parameter {}.Timestamp must specify a time within the past two weeks and the next two hours; found {}.", place, iso8601(*datum.timestamp)));
  }
  MetricPoint point{.at = datum.timestamp.value_or(now)};
  point.at.ms -= point.at.ms % 1000;
  if (datum.value) point.add(store::measured(*datum.value));
  if (datum.statistic_values) {
    const auto& s = *datum.statistic_values;
    point.add({.sum = s.sum.value_or(0), .minimum = s.minimum.value_or(0), .maximum = s.maximum.value_or(0), .count = s.sample_count.value_or(0), .knows_values = s.minimum == s.maximum});
  }
  if (datum.values) {
    for (size_t i = 0; i < datum.values->size(); ++i) {
      const double value = (*datum.values)[i], count = datum.counts ? (*datum.counts)[i] : 1;
      point.add({.sum = value * count, .minimum = value, .maximum = value, .count = count});
    }
  }
  if (point.count == 0) return fail("MissingParameter", fmt::format("At least one of the parameters must be specified: {0}.Value, {0}.StatisticValues, {0}.Values.", place));
  return point;
}

Result<shapes::PutMetricDataOutput> put(const Deps& deps, const CallContext& context, const shapes::PutMetricDataInput& request) {
  const auto data = request.metric_data.value_or(std::vector<shapes::MetricDatum>{});
  if (data.empty()) return fail("MissingParameter", "The parameter MetricData is required.");
  if (data.size() > kMostData) return fail("InvalidParameterValue", fmt::format("The collection MetricData must not have a size greater than {}.", kMostData));
  if (text(request.namespace_).starts_with("AWS/")) return fail("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.");
  std::vector<std::pair<MetricName, MetricPoint>> taken;  // all or none
  for (const auto& datum : data) {
    MetricPoint point = TRY(point_of(datum, fmt::format("MetricData.member.{}", taken.size() + 1), deps.clock.wall()));
    taken.emplace_back(MetricName{.account = context.account, .region = context.region, .space = text(request.namespace_), .name = text(datum.metric_name), .dimensions = pairs_of(datum.dimensions)}, point);
  }
  for (size_t i = 0; i < taken.size(); ++i) deps.metrics.add(taken[i].first, data[i].unit.value_or("None"), taken[i].second);
  return shapes::PutMetricDataOutput{};
}

Result<shapes::ListMetricsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListMetricsInput& request) {
  std::vector<shapes::Metric> found;
  const WallTime now = deps.clock.wall();
  for (const MetricName& metric : deps.metrics.list(context.account, context.region)) {
    if (request.namespace_.value_or(metric.space) != metric.space || request.metric_name.value_or(metric.name) != metric.name) continue;
    const bool fits = std::ranges::all_of(request.dimensions.value_or(std::vector<shapes::DimensionFilter>{}), [&](const auto& filter) {
      const auto at = metric.dimensions.find(text(filter.name));
      return at != metric.dimensions.end() && filter.value.value_or(at->second) == at->second;
    });
    if (!fits) continue;
    if (request.recently_active && deps.metrics.read(metric, "", now - kRecent, now + kRecent, kRecent).empty()) continue;
    shapes::Metric out{.dimensions = std::vector<shapes::Dimension>{}, .metric_name = metric.name, .namespace_ = metric.space};
    for (const auto& [name, value] : metric.dimensions) out.dimensions->push_back({.name = name, .value = value});
    found.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(found), 500, request.next_token));
  shapes::ListMetricsOutput result{.metrics = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::GetMetricStatisticsOutput> statistics(const Deps& deps, const CallContext& context, const shapes::GetMetricStatisticsInput& request) {
  if (!request.statistics && !request.extended_statistics) return fail("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics");
  const int period = request.period.value_or(60);
  TRY(check_read_period(period));
  if (*request.end_time <= *request.start_time) return fail("ValidationError", "The parameter StartTime must be less than the parameter EndTime.");
  if ((request.end_time->ms - request.start_time->ms) / (period * 1000LL) > kMostDatapoints) return fail("InvalidParameterCombination", fmt::format("You have requested up to {} datapoints, which exceeds the limit of {}.", (request.end_time->ms - request.start_time->ms) / (period * 1000LL), kMostDatapoints));
  for (const std::string& name : request.extended_statistics.value_or(std::vector<std::string>{})) {
    if (!store::percent_of(name)) return fail("InvalidParameterValue", fmt::format("The value {} for parameter ExtendedStatistics is not supported.", name));
  }
  shapes::GetMetricStatisticsOutput answer{.datapoints = std::vector<shapes::Datapoint>{}, .label = request.metric_name};
  const MetricName metric = metric_named(context, request.namespace_, request.metric_name, request.dimensions);
  const std::string unit = deps.metrics.unit_of(metric);
  for (const MetricPoint& point : deps.metrics.read(metric, text(request.unit), rounded(*request.start_time, period), *request.end_time, std::chrono::seconds(period))) {
    shapes::Datapoint out{.timestamp = point.at, .unit = unit};
    for (const std::string& name : request.extended_statistics.value_or(std::vector<std::string>{})) {
      if (!out.extended_statistics) out.extended_statistics.emplace();
      if (const auto value = statistic_of(point, name)) (*out.extended_statistics)[name] = *value;
    }
    for (const std::string& name : request.statistics.value_or(std::vector<std::string>{})) {
      if (name == "Average") out.average = statistic_of(point, name);
      if (name == "Minimum") out.minimum = statistic_of(point, name);
      if (name == "Maximum") out.maximum = statistic_of(point, name);
      if (name == "SampleCount") out.sample_count = statistic_of(point, name);
      if (name == "Sum") out.sum = statistic_of(point, name);
    }
    answer.datapoints->push_back(out);
  }
  return answer;
}

}  // namespace

void register_metric(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "cloudwatch";
  registry.add<shapes::PutMetricDataInput, shapes::PutMetricDataOutput>(service, "PutMetricData", {"Namespace", "MetricData.*"}, bind(put));
  registry.add<shapes::ListMetricsInput, shapes::ListMetricsOutput>(service, "ListMetrics", {"Namespace", "MetricName", "Dimensions.*", "NextToken", "RecentlyActive"}, bind(list));
  registry.add<shapes::GetMetricStatisticsInput, shapes::GetMetricStatisticsOutput>(service, "GetMetricStatistics", {"Namespace", "MetricName", "Dimensions.*", "StartTime", "EndTime", "Period", "Statistics.*", "ExtendedStatistics.*", "Unit"}, bind(statistics));
}

}  // namespace landfall::services::cloudwatch
