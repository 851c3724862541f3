#include <fmt/format.h>

#include "services/logs/filter_pattern.h"
#include "services/logs/support.h"

/// Metric filters (metric_log.h carries them out), and trying patterns.
namespace landfall::services::logs {
namespace {

using model::MetricFilter;

std::unexpected<Error> invalid(std::string what) { return fail("InvalidParameterException", std::move(what)); }

Result<shapes::PutMetricFilterOutput> put(const Deps& deps, const CallContext& context, const shapes::PutMetricFilterRequest& request) {
  (void)TRY(FilterPattern::parse(text(request.filter_pattern)));
  const auto transformations = request.metric_transformations.value_or(std::vector<shapes::MetricTransformation>{});
  const auto& to = transformations[0];
  if (text(to.metric_namespace).starts_with("AWS/")) return invalid("The metric namespace must not begin with AWS/");
  if (to.default_value && to.dimensions && !to.dimensions->empty()) return invalid("Invalid metric transformation: dimensions and default value are mutually exclusive properties.");
  if (to.dimensions && to.dimensions->size() > 3) return invalid("A metric transformation has at most 3 dimensions.");
  return transact<shapes::PutMetricFilterOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutMetricFilterOutput> {
    const auto group = TRY(group_named(tx, context, request.log_group_name));
    store::put(tx, MetricFilter{.group_key = group.key(), .name = *request.filter_name, .pattern = text(request.filter_pattern), .metric_namespace = *to.metric_namespace, .metric_name = *to.metric_name, .value = text(to.metric_value), .unit = text(to.unit),
                                .default_value = to.default_value, .dimensions = to.dimensions.value_or(std::map<std::string, std::string>{}), .created_at = deps.clock.wall()});
    return shapes::PutMetricFilterOutput{};
  });
}

Result<shapes::DeleteMetricFilterOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteMetricFilterRequest& request) {
  return transact<shapes::DeleteMetricFilterOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteMetricFilterOutput> {
    const std::string key = TRY(group_named(tx, context, request.log_group_name)).key() + "#" + text(request.filter_name);
    if (!store::find<MetricFilter>(tx, key)) return fail("ResourceNotFoundException", "The specified metric filter does not exist.");
    store::erase<MetricFilter>(tx, key);
    return shapes::DeleteMetricFilterOutput{};
  });
}

shapes::MetricFilter told(const MetricFilter& filter) {
  shapes::MetricTransformation to{.metric_name = filter.metric_name, .metric_namespace = filter.metric_namespace, .metric_value = filter.value};
  if (filter.default_value) to.default_value = filter.default_value;
  if (!filter.dimensions.empty()) to.dimensions = filter.dimensions;
  if (!filter.unit.empty()) to.unit = filter.unit;
  const std::string& key = filter.group_key;
  return {.apply_on_transformed_logs = false, .creation_time = filter.created_at.ms, .filter_name = filter.name, .filter_pattern = filter.pattern, .log_group_name = key.substr(key.find('/', key.find('/') + 1) + 1), .metric_transformations = std::vector{to}};
}

Result<shapes::DescribeMetricFiltersResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeMetricFiltersRequest& request) {
  if (request.metric_name.has_value() != request.metric_namespace.has_value()) {
    const auto [given, absent] = request.metric_name ? std::pair("metricName", "metricNamespace") : std::pair("metricNamespace", "metricName");
    return invalid(fmt::format("If you include the {} parameter in your request, you must also include the {} parameter.", given, absent));
  }
  if (request.log_group_name) TRY(group_named(deps.store, context, request.log_group_name));
  std::vector<shapes::MetricFilter> found;
  for (const MetricFilter& filter : store::all<MetricFilter>(deps.store, request.log_group_name ? group_key(context, *request.log_group_name) + "#" : group_key(context, ""))) {
    if (!filter.name.starts_with(text(request.filter_name_prefix))) continue;
    if (request.metric_name && (filter.metric_name != *request.metric_name || filter.metric_namespace != *request.metric_namespace)) continue;
    found.push_back(told(filter));
  }
  auto answer = TRY(page_of(std::move(found), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::DescribeMetricFiltersResponse result{.metric_filters = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::TestMetricFilterResponse> test(const Deps&, const CallContext&, const shapes::TestMetricFilterRequest& request) {
  const FilterPattern pattern = TRY(FilterPattern::parse(text(request.filter_pattern)));
  shapes::TestMetricFilterResponse answer;
  answer.matches.emplace();
  int64_t number = 0;
  for (const std::string& message : request.log_event_messages.value_or(std::vector<std::string>{})) {
    ++number;
    if (pattern.matches(message)) answer.matches->push_back({.event_message = message, .event_number = number, .extracted_values = pattern.values_of(message)});
  }
  return answer;
}

}  // namespace

void register_metric_filters(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutMetricFilterRequest, shapes::PutMetricFilterOutput>("logs", "PutMetricFilter", {"logGroupName", "filterName", "filterPattern", "metricTransformations.*"}, bind(put));
  registry.add<shapes::DeleteMetricFilterRequest, shapes::DeleteMetricFilterOutput>("logs", "DeleteMetricFilter", {"*"}, bind(remove));
  registry.add<shapes::DescribeMetricFiltersRequest, shapes::DescribeMetricFiltersResponse>("logs", "DescribeMetricFilters", {"*"}, bind(describe));
  registry.add<shapes::TestMetricFilterRequest, shapes::TestMetricFilterResponse>("logs", "TestMetricFilter", {"*"}, bind(test));
}

}  // namespace landfall::services::logs
