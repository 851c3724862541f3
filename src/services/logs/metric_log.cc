#include "services/logs/metric_log.h"

#include <charconv>

#include "base/text.h"
#include "model/storage.h"
#include "services/logs/filter_pattern.h"
#include "store/table.h"

namespace landfall::services::logs {
namespace {

std::optional<double> number_of(const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

void measure(const model::MetricFilter& filter, const FilterPattern& pattern, const store::LogEvent& event, store::MetricStore& metrics) {
  const std::vector<std::string> scope = split(filter.group_key, '/');
  store::MetricName name{.account = scope[0], .region = scope[1], .space = filter.metric_namespace, .name = filter.metric_name};
  std::optional<double> value = filter.default_value;
  if (pattern.matches(event.message)) {
    const auto found = pattern.value_of(event.message, filter.value);
    value = found ? number_of(*found) : std::nullopt;
    for (const auto& [dimension, selector] : filter.dimensions) {
      const auto of = pattern.value_of(event.message, selector);
      if (!of) return;
      name.dimensions[dimension] = *of;
    }
  }
  if (!value) return;
  store::MetricPoint point = store::measured(*value);
  point.at = event.timestamp;
  metrics.add(name, filter.unit.empty() ? "None" : filter.unit, point);
}

}  // namespace

Result<void> MetricLog::append(const std::string& group_key, const std::string& stream, const std::vector<store::LogEvent>& events) {
  TRY(inner_.append(group_key, stream, events));
  for (const auto& filter : store::all<model::MetricFilter>(records_, group_key + "#")) {
    const auto pattern = FilterPattern::parse(filter.pattern);
    if (!pattern) continue;  // checked when it was put
    for (const store::LogEvent& event : events) measure(filter, *pattern, event, metrics_);
  }
  return {};
}

}  // namespace landfall::services::logs
