#include <algorithm>
#include <cmath>
#include <set>

#include "base/text.h"
#include "model/formula.h"
#include "services/cloudwatch/metric_label.h"
#include "services/cloudwatch/support.h"

/// GetMetricData: many series at once, and metric math over them.
namespace landfall::services::cloudwatch {
namespace {

using model::Formula;
using model::Series;
using Query = shapes::MetricDataQuery;

constexpr size_t kMostQueries = 500;
constexpr int kMostDatapoints = 100'800;  // API reference, GetMetricData: MaxDatapoints

/// One line of the answer.
struct Line {
  const Query* query;
  Series series;
};

class Questions {
 public:
  Questions(const Deps& deps, const CallContext& context, const shapes::GetMetricDataInput& request) : deps_(deps), context_(context), request_(request) {}

  Result<std::vector<Line>> answer() {
    TRY(check());
    for (const Query& query : queries()) {
      if (query.metric_stat) TRY(measure(query));
    }
    std::vector<Line> lines;
    for (const Query& query : queries()) {
      std::set<std::string> asked;
      for (Series& series : TRY(several(query, asked))) {
        if (query.return_data.value_or(true)) lines.push_back({.query = &query, .series = std::move(series)});
      }
    }
    return lines;
  }

 private:
  const std::vector<Query>& queries() const {
    static const std::vector<Query> none;
    return request_.metric_data_queries ? *request_.metric_data_queries : none;
  }

  Result<void> check() const {
    if (*request_.end_time <= *request_.start_time) return fail("ValidationError", "The parameter StartTime must be less than the parameter EndTime.");
    if (queries().size() > kMostQueries) return fail("ValidationError", fmt::format("The collection MetricDataQueries must not have a size greater than {}.", kMostQueries));
    std::set<std::string> ids;
    size_t number = 0;
    for (const Query& query : queries()) {
      const std::string id = text(query.id);
      ++number;
      const bool is_id = !id.empty() && id[0] >= 'a' && id[0] <= 'z' && std::ranges::all_of(id, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
      if (!is_id) return fail("ValidationError", fmt::format("The value {} for parameter MetricDataQueries.member.{}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.", id, number));
      if (!ids.insert(id).second) return fail("ValidationError", "The values for parameter id in MetricDataQueries are not unique.");
      if (query.metric_stat.has_value() == query.expression.has_value()) return fail("ValidationError", fmt::format("Exactly one of MetricStat and Expression must be specified for {}", id));
      if (!query.metric_stat) continue;
      TRY(check_statistic(text(query.metric_stat->stat)));
      TRY(check_read_period(query.metric_stat->period.value_or(0)));
    }
    return {};
  }

  Result<void> measure(const Query& query) {
    const auto& stat = *query.metric_stat;
    const int period = *stat.period;
    input_.periods[*query.id] = period;
    input_.metrics.insert(*query.id);
    Series& series = input_.series[*query.id];
    const WallTime start = rounded(*request_.start_time, period);
    for (const auto& point : deps_.metrics.read(metric_named(context_, stat.metric->namespace_, stat.metric->metric_name, stat.metric->dimensions), text(stat.unit), start, *request_.end_time, std::chrono::seconds(period))) {
      if (const auto value = store::statistic_of(point, text(stat.stat))) series[point.at.ms] = *value;
    }
    if (!input_.times.empty() && step_ <= period) return {};
    step_ = period;  // the finest one is the grid that FILL and TIME_SERIES fill
    input_.times.clear();
    for (WallTime at = start; at < *request_.end_time; at = at + std::chrono::seconds(period)) input_.times.push_back(at.ms);
    return {};
  }

  /// What a query comes to. `asked`: the expressions that wait for it.
  Result<std::vector<Series>> several(const Query& query, std::set<std::string>& asked) {
    if (query.metric_stat) return std::vector<Series>{input_.series[*query.id]};
    if (!asked.insert(*query.id).second) return fail("ValidationError", fmt::format("Error in expression '{}': it asks for itself", *query.id));
    const auto formula = Formula::parse(*query.expression);
    if (!formula) return fail("ValidationError", fmt::format("Error in expression '{}': {}", *query.id, formula.error().what));
    Formula::Input input = input_;
    for (const std::string& id : formula->ids()) {
      if (input.series.contains(id)) continue;
      const auto other = std::ranges::find_if(queries(), [&](const Query& one) { return one.id == id; });
      if (other == queries().end()) return fail("ValidationError", fmt::format("Error in expression '{}': the id {} is not among the queries of this call", *query.id, id));
      auto found = TRY(several(*other, asked));
      if (found.size() != 1) return fail("ValidationError", fmt::format("Error in expression '{}': {} comes to {} time series, and Landfall takes one", *query.id, id, found.size()));
      input.series[id] = std::move(found.front());
    }
    asked.erase(*query.id);
    const auto made = formula->evaluate(input);
    if (!made) return fail("ValidationError", fmt::format("Error in expression '{}': {}", *query.id, made.error().what));
    return *made;
  }

  const Deps& deps_;
  const CallContext& context_;
  const shapes::GetMetricDataInput& request_;
  Formula::Input input_;
  int step_ = 0;
};

/// So many points from the `skip`th on, over all lines; more than that come with the next token.
Result<shapes::GetMetricDataOutput> told(const CallContext& context, const shapes::GetMetricDataInput& request, const std::vector<Line>& lines) {
  std::vector<std::pair<size_t, std::pair<int64_t, double>>> points;  // line, time, value
  for (size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::pair<int64_t, double>> of_line(lines[i].series.begin(), lines[i].series.end());
    if (text(request.scan_by) != "TimestampAscending") std::ranges::reverse(of_line);
    for (const auto& point : of_line) points.emplace_back(i, point);
  }
  auto page_of_points = TRY(page(std::move(points), request.max_datapoints.value_or(kMostDatapoints), request.next_token));
  shapes::GetMetricDataOutput answer{.messages = std::vector<shapes::MessageData>{}, .metric_data_results = std::vector<shapes::MetricDataResult>{}};
  const auto labels = labels_of(context, request);
  for (const Line& line : lines) {
    answer.metric_data_results->push_back({.id = line.query->id, .label = told_label(labels.at(*line.query->id), line.series), .status_code = "Complete", .timestamps = std::vector<WallTime>{}, .values = std::vector<double>{}});
  }
  for (const auto& [line, point] : page_of_points.items) {
    (*answer.metric_data_results)[line].timestamps->push_back(WallTime{point.first});
    (*answer.metric_data_results)[line].values->push_back(point.second);
  }
  if (page_of_points.next.empty()) return answer;
  answer.next_token = page_of_points.next;
  for (size_t i = page_of_points.items.back().first; i < lines.size(); ++i) (*answer.metric_data_results)[i].status_code = "PartialData";
  return answer;
}

Result<shapes::GetMetricDataOutput> data(const Deps& deps, const CallContext& context, const shapes::GetMetricDataInput& request) {
  return told(context, request, TRY(Questions(deps, context, request).answer()));
}

}  // namespace

void register_metric_data(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::GetMetricDataInput, shapes::GetMetricDataOutput>("cloudwatch", "GetMetricData", {"MetricDataQueries.*", "StartTime", "EndTime", "ScanBy", "MaxDatapoints", "NextToken", "LabelOptions.*"}, [&deps](const CallContext& c, const auto& r) { return data(deps, c, r); });
}

}  // namespace landfall::services::cloudwatch
