#include "services/cloudwatch/metric_label.h"

#include <algorithm>
#include <set>

#include "base/text.h"

namespace landfall::services::cloudwatch {
namespace {

using Query = shapes::MetricDataQuery;

std::map<std::string, std::string> properties_of(const CallContext& context, const Query& query) {
  std::map<std::string, std::string> properties{{"AccountId", context.account}, {"Region", context.region}};
  if (!query.metric_stat) return properties;
  const auto& stat = *query.metric_stat;
  properties["Namespace"] = text(stat.metric->namespace_);
  properties["MetricName"] = text(stat.metric->metric_name);
  properties["Stat"] = text(stat.stat);
  properties["Period"] = std::to_string(stat.period.value_or(0));
  for (const auto& [name, value] : pairs_of(stat.metric->dimensions)) properties["Dim." + name] = value;
  return properties;
}

std::string usual_label(const Query& query, bool tells_statistic, bool tells_period) {
  if (!query.metric_stat) return text(query.id);
  std::string label = text(query.metric_stat->metric->metric_name);
  if (tells_statistic) label += " " + text(query.metric_stat->stat);
  if (tells_period) label += " " + std::to_string(query.metric_stat->period.value_or(0));
  return label;
}

}  // namespace

std::map<std::string, std::string> labels_of(const CallContext& context, const shapes::GetMetricDataInput& request) {
  const auto queries = request.metric_data_queries.value_or(std::vector<Query>{});
  std::set<std::string> statistics;
  std::set<int> periods;
  for (const Query& query : queries) {
    if (!query.metric_stat || !query.return_data.value_or(true)) continue;
    statistics.insert(text(query.metric_stat->stat));
    periods.insert(query.metric_stat->period.value_or(0));
  }
  std::map<std::string, std::string> labels;
  for (const Query& query : queries) {
    std::string label = query.label.value_or(usual_label(query, statistics.size() > 1, periods.size() > 1));
    for (const auto& [name, value] : properties_of(context, query)) label = replace_all(label, fmt::format("${{PROP('{}')}}", name), value);
    labels[text(query.id)] = label;
  }
  return labels;
}

std::string told_label(const std::string& label, const model::Series& series) {
  if (label.find("${") == std::string::npos || series.empty()) return label;
  const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
  double sum = 0;
  for (const auto& [at, value] : series) sum += value;
  const auto& [least_at, least] = *std::ranges::min_element(series, less);
  const auto& [most_at, most] = *std::ranges::max_element(series, less);
  const std::vector<std::pair<std::string, std::string>> facts{{"MIN", fmt::format("{}", least)},
                                                               {"MAX", fmt::format("{}", most)},
                                                               {"SUM", fmt::format("{}", sum)},
                                                               {"AVG", fmt::format("{}", sum / static_cast<double>(series.size()))},
                                                               {"FIRST", fmt::format("{}", series.begin()->second)},
                                                               {"LAST", fmt::format("{}", series.rbegin()->second)},
                                                               {"DATAPOINT_COUNT", fmt::format("{}", series.size())},
                                                               {"MIN_TIME", iso8601(WallTime{least_at})},
                                                               {"MAX_TIME", iso8601(WallTime{most_at})},
                                                               {"FIRST_TIME", iso8601(WallTime{series.begin()->first})},
                                                               {"LAST_TIME", iso8601(WallTime{series.rbegin()->first})}};
  std::string told = label;
  for (const auto& [name, value] : facts) told = replace_all(told, "${" + name + "}", value);
  return told;
}

}  // namespace landfall::services::cloudwatch
