#include <algorithm>

#include "services/cloudwatch/support.h"

namespace landfall::services::cloudwatch {
namespace {

using model::Metric;
using model::MetricPoint;

constexpr size_t kMostData = 1000;          // of one call; API reference, PutMetricData
constexpr int64_t kMostDatapoints = 1440;   // GetMetricStatistics

std::map<std::string, std::string> pairs_of(const std::optional<std::vector<shapes::Dimension>>& dimensions) {
  std::map<std::string, std::string> all;
  for (const auto& d : dimensions.value_or(std::vector<shapes::Dimension>{})) all[text(d.name)] = text(d.value);
  return all;
}

void add(MetricPoint& to, double minimum, double maximum, double sum, double count) {
  to.minimum = to.count == 0 ? minimum : std::min(to.minimum, minimum);
  to.maximum = to.count == 0 ? maximum : std::max(to.maximum, maximum);
  to.sum += sum;
  to.count += count;
}

Result<MetricPoint> point_of(const shapes::MetricDatum& datum, WallTime now) {
  MetricPoint point{.at = datum.timestamp.value_or(now)};
  point.at.ms -= point.at.ms % 1000;
  if (datum.value && datum.values) return fail("InvalidParameterCombination", "The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.");
  if (datum.value) add(point, *datum.value, *datum.value, *datum.value, 1);
  if (datum.statistic_values) {
    const auto& s = *datum.statistic_values;
    add(point, s.minimum.value_or(0), s.maximum.value_or(0), s.sum.value_or(0), s.sample_count.value_or(0));
  }
  if (datum.values) {
    if (datum.counts && datum.counts->size() != datum.values->size()) return fail("InvalidParameterValue", "The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.");
    for (size_t i = 0; i < datum.values->size(); ++i) {
      const double value = (*datum.values)[i], count = datum.counts ? (*datum.counts)[i] : 1;
      add(point, value, value, value * count, count);
    }
  }
  if (point.count == 0) return fail("MissingParameter", "At least one of the parameters must be specified: MetricData.member.1.Value, MetricData.member.1.StatisticValues, MetricData.member.1.Values.");
  return point;
}

Result<shapes::PutMetricDataOutput> put(const Deps& deps, const CallContext& context, const shapes::PutMetricDataInput& request) {
  const auto data = request.metric_data.value_or(std::vector<shapes::MetricDatum>{});
  if (data.empty()) return fail("MissingParameter", "The parameter MetricData is required.");
  if (data.size() > kMostData) return fail("InvalidParameterValue", fmt::format("The collection MetricData must not have a size greater than {}.", kMostData));
  if (text(request.namespace_).starts_with("AWS/")) return fail("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.");
  return transact<shapes::PutMetricDataOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutMetricDataOutput> {
    for (const auto& datum : data) {
      Metric metric{.account = context.account, .region = context.region, .metric_namespace = text(request.namespace_), .name = text(datum.metric_name), .unit = datum.unit.value_or("None"), .dimensions = pairs_of(datum.dimensions)};
      if (auto known = store::find<Metric>(tx, metric.key())) metric = std::move(*known);
      metric.points.push_back(TRY(point_of(datum, deps.clock.wall())));
      if (metric.points.size() > Metric::kMaxPoints) metric.points.erase(metric.points.begin());
      store::put(tx, metric);
    }
    return shapes::PutMetricDataOutput{};
  });
}

Result<shapes::ListMetricsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListMetricsInput& request) {
  std::vector<shapes::Metric> found;
  for (const Metric& metric : store::all<Metric>(deps.store, scope(context))) {
    if (request.namespace_.value_or(metric.metric_namespace) != metric.metric_namespace || request.metric_name.value_or(metric.name) != metric.name) continue;
    const bool fits = std::ranges::all_of(request.dimensions.value_or(std::vector<shapes::DimensionFilter>{}), [&](const auto& filter) {
      const auto at = metric.dimensions.find(text(filter.name));
      return at != metric.dimensions.end() && filter.value.value_or(at->second) == at->second;
    });
    if (!fits) continue;
    shapes::Metric out{.dimensions = std::vector<shapes::Dimension>{}, .metric_name = metric.name, .namespace_ = metric.metric_namespace};
    for (const auto& [name, value] : metric.dimensions) out.dimensions->push_back({.name = name, .value = value});
    found.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(found), 500, request.next_token));
  shapes::ListMetricsOutput result{.metrics = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// The points of one series, gathered into periods; empty periods are left out.
std::map<int64_t, MetricPoint> gathered(const Metric& metric, WallTime from, WallTime until, int period) {
  std::map<int64_t, MetricPoint> buckets;
  for (const MetricPoint& point : metric.points) {
    if (point.at < from || point.at >= until) continue;
    const int64_t start = from.ms + (point.at.ms - from.ms) / (period * 1000LL) * (period * 1000LL);
    add(buckets[start], point.minimum, point.maximum, point.sum, point.count);
  }
  return buckets;
}

double statistic(const MetricPoint& point, const std::string& name) {
  if (name == "Average") return point.sum / point.count;
  if (name == "Minimum") return point.minimum;
  if (name == "Maximum") return point.maximum;
  return name == "SampleCount" ? point.count : point.sum;
}

Result<shapes::GetMetricStatisticsOutput> statistics(const Deps& deps, const CallContext& context, const shapes::GetMetricStatisticsInput& request) {
  if (!request.statistics) return fail("InvalidParameterCombination", "Must specify either Statistics or ExtendedStatistics");
  const int period = request.period.value_or(60);
  if (period < 1 || (period % 60 != 0 && period != 1 && period != 5 && period != 10 && period != 30)) return fail("ValidationError", fmt::format("The value {} for parameter Period is not valid: wanted 1, 5, 10, 30 or a multiple of 60", period));
  if (*request.end_time <= *request.start_time) return fail("ValidationError", "The parameter StartTime must be less than the parameter EndTime.");
  if ((request.end_time->ms - request.start_time->ms) / (period * 1000LL) > kMostDatapoints) return fail("InvalidParameterCombination", fmt::format("You have requested up to {} datapoints, which exceeds the limit of {}.", (request.end_time->ms - request.start_time->ms) / (period * 1000LL), kMostDatapoints));
  shapes::GetMetricStatisticsOutput answer{.datapoints = std::vector<shapes::Datapoint>{}, .label = request.metric_name};
  const Metric wanted{.account = context.account, .region = context.region, .metric_namespace = text(request.namespace_), .name = text(request.metric_name), .dimensions = pairs_of(request.dimensions)};
  const auto metric = store::find<Metric>(deps.store, wanted.key());
  if (!metric || request.unit.value_or(metric->unit) != metric->unit) return answer;
  for (const auto& [start, point] : gathered(*metric, *request.start_time, *request.end_time, period)) {
    shapes::Datapoint out{.timestamp = WallTime{start}, .unit = metric->unit};
    for (const std::string& name : *request.statistics) {
      if (name == "Average") out.average = statistic(point, name);
      if (name == "Minimum") out.minimum = statistic(point, name);
      if (name == "Maximum") out.maximum = statistic(point, name);
      if (name == "SampleCount") out.sample_count = statistic(point, name);
      if (name == "Sum") out.sum = statistic(point, name);
    }
    answer.datapoints->push_back(out);
  }
  return answer;
}

Result<shapes::GetMetricDataOutput> data(const Deps& deps, const CallContext& context, const shapes::GetMetricDataInput& request) {
  shapes::GetMetricDataOutput answer{.messages = std::vector<shapes::MessageData>{}, .metric_data_results = std::vector<shapes::MetricDataResult>{}};
  for (const auto& query : request.metric_data_queries.value_or(std::vector<shapes::MetricDataQuery>{})) {
    if (!query.metric_stat) return fail("ValidationError", fmt::format("Landfall does not support expressions in GetMetricData yet: the query {} has no MetricStat", text(query.id)));
    const auto& stat = *query.metric_stat;
    shapes::MetricDataResult out{.id = query.id, .label = query.label.value_or(text(stat.metric->metric_name)), .status_code = "Complete", .timestamps = std::vector<WallTime>{}, .values = std::vector<double>{}};
    const Metric wanted{.account = context.account, .region = context.region, .metric_namespace = text(stat.metric->namespace_), .name = text(stat.metric->metric_name), .dimensions = pairs_of(stat.metric->dimensions)};
    if (const auto metric = store::find<Metric>(deps.store, wanted.key())) {
      for (const auto& [start, point] : gathered(*metric, *request.start_time, *request.end_time, stat.period.value_or(60))) {
        out.timestamps->push_back(WallTime{start});
        out.values->push_back(statistic(point, text(stat.stat)));
      }
    }
    if (text(request.scan_by) != "TimestampAscending") {
      std::ranges::reverse(*out.timestamps);
      std::ranges::reverse(*out.values);
    }
    if (query.return_data.value_or(true)) answer.metric_data_results->push_back(std::move(out));
  }
  return answer;
}

}  // namespace

void register_metric(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "cloudwatch";
  registry.add<shapes::PutMetricDataInput, shapes::PutMetricDataOutput>(service, "PutMetricData", {"Namespace", "MetricData.*"}, bind(put));
  registry.add<shapes::ListMetricsInput, shapes::ListMetricsOutput>(service, "ListMetrics", {"Namespace", "MetricName", "Dimensions.*", "NextToken"}, bind(list));
  registry.add<shapes::GetMetricStatisticsInput, shapes::GetMetricStatisticsOutput>(service, "GetMetricStatistics", {"Namespace", "MetricName", "Dimensions.*", "StartTime", "EndTime", "Period", "Statistics.*", "Unit"}, bind(statistics));
  registry.add<shapes::GetMetricDataInput, shapes::GetMetricDataOutput>(service, "GetMetricData", {"MetricDataQueries.*", "StartTime", "EndTime", "ScanBy"}, bind(data));
}

}  // namespace landfall::services::cloudwatch
