#include <algorithm>
#include <set>

#include "aws/json_codec.h"
#include "base/text.h"
#include "services/cloudwatch/cloudwatch.h"
#include "model/alarm_event.h"
#include "model/formula.h"
#include "services/cloudwatch/support.h"
#include "store/scalable_targets.h"

namespace landfall::services::cloudwatch {
namespace {

using model::Alarm;

constexpr int kMostPeriods = 1000;  // metrics are kept for three hours of 10 s; AWS's limit is a span of one to seven days

Result<void> check_period(int period) {
  if (period != 10 && period != 20 && period != 30 && (period < 60 || period % 60 != 0)) return fail("ValidationError", fmt::format("Metric period must be 10, 20, 30 or a multiple of 60, got {}", period));
  return {};
}

shapes::MetricAlarm render(const Alarm& alarm) {
  auto out = told_as<shapes::MetricAlarm>(alarm);
  if (!out.dimensions) out.dimensions = std::vector<shapes::Dimension>{};
  return out;
}

}  // namespace

Alarm put_alarm(const Deps& deps, const CallContext& context, const std::string& name, std::optional<Alarm> before, model::Tags tags) {
  const WallTime now = deps.clock.wall();
  Alarm alarm = before.value_or(Alarm{.account = context.account, .region = context.region, .name = name, .arn = fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", context.region, context.account, name), .state_at = now, .tags = std::move(tags)});
  alarm.is_updated = before.has_value();
  alarm.configured_at = now;
  return alarm;
}

void tell_configuration(Transaction& tx, const Alarm& alarm) {
  tell_history(tx, alarm, {.type = "ConfigurationUpdate", .summary = fmt::format("Alarm \"{}\" {}", alarm.name, alarm.is_updated ? "updated" : "created"), .data = alarm.configuration, .at = alarm.configured_at});
}

namespace {

/// An alarm looks at one time series. What kind of value an expression has does not depend on the data.
Result<void> check_result(const model::Formula& formula, const std::string& id) {
  model::Formula::Input input;
  for (const std::string& used : formula.ids()) input.series[used] = {{0, 1.0}};
  const auto made = formula.evaluate(input);
  if (!made || made->size() != 1) return fail("ValidationError", fmt::format("Invalid metrics list: the expression {} must return one time series", id));
  return {};
}

}  // namespace

Result<void> check_queries(const std::vector<shapes::MetricDataQuery>& queries) {
  std::set<std::string> ids, used;
  std::set<int> periods;
  size_t expressions = 0, returning = 0;
  for (const auto& query : queries) {
    if (query.metric_stat.has_value() == query.expression.has_value()) return fail("ValidationError", fmt::format("Invalid metrics list: exactly one of MetricStat and Expression must be specified for {}", text(query.id)));
    if (query.return_data.value_or(true)) ++returning;
    if (query.expression) {
      const auto formula = model::Formula::parse(*query.expression);
      if (!formula) return fail("ValidationError", formula.error().what);
      used.insert(formula->ids().begin(), formula->ids().end());
      TRY(check_result(*formula, text(query.id)));
      if (query.period) periods.insert(*query.period);
      ++expressions;
      continue;
    }
    TRY(check_statistic(text(query.metric_stat->stat)));
    ids.insert(text(query.id));
    periods.insert(query.metric_stat->period.value_or(60));
  }
  if (returning != 1) return fail("ValidationError", "Invalid metrics list: exactly one of the metrics must return data");
  if (expressions > 1) return fail("ValidationError", "Landfall evaluates one expression per alarm, over metrics; this alarm has several");
  if (expressions == 0 && queries.size() > 1) return fail("ValidationError", "Landfall evaluates one metric, or one expression over several; this alarm has several metrics and no expression");
  if (!std::ranges::includes(ids, used)) return fail("ValidationError", "Invalid metrics list: the expression names an id that no metric has");
  if (periods.size() > 1) return fail("ValidationError", "Landfall evaluates metrics of one period; this alarm has several");
  return check_period(*periods.begin());
}

namespace {

/// Source  CloudWatch user guide, Creating alarms: a day, or seven with periods of an hour and more
Result<void> check_span(int64_t period, int64_t periods) {
  constexpr int64_t kHour = 3600, kDay = 24 * kHour;
  const bool is_long = period >= kHour;
  if (period * periods <= (is_long ? 7 * kDay : kDay)) return {};
  return fail("ValidationError", fmt::format("Metrics cannot be checked across more than {} (EvaluationPeriods * Period must be <= {}).", is_long ? "7 days" : "a day", is_long ? 7 * kDay : kDay));
}

/// API reference, PutMetricAlarm: one metric or an expression over several, and one kind of statistic.
Result<void> check(const shapes::PutMetricAlarmInput& request) {
  const bool has_metrics = request.metrics && !request.metrics->empty();
  if (has_metrics == request.metric_name.has_value()) return fail("ValidationError", "Exactly one of MetricName and Metrics must be specified");
  if (!request.evaluation_periods) return fail("ValidationError", "EvaluationPeriods is required");
  if (!request.comparison_operator) return fail("ValidationError", "ComparisonOperator is required");
  static const std::vector<std::string> comparisons{"GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"};
  if (std::ranges::count(comparisons, *request.comparison_operator) == 0) return fail("ValidationError", fmt::format("Landfall does not support the comparison {} yet: it knows no anomaly detection", *request.comparison_operator));
  if (!request.threshold) return fail("ValidationError", "Threshold is required");
  if (has_metrics) {
    TRY(check_queries(*request.metrics));
  } else {
    if (request.statistic.has_value() == request.extended_statistic.has_value()) return fail("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified");
    if (request.extended_statistic && !store::percent_of(*request.extended_statistic)) return fail("ValidationError", fmt::format("Landfall does not support the extended statistic {} yet; wanted a percentile from p0 to p100", *request.extended_statistic));
    if (!request.namespace_) return fail("ValidationError", "Namespace is required with MetricName");
    if (!request.period) return fail("ValidationError", "Period is required with MetricName");
    TRY(check_period(*request.period));
    TRY(check_span(*request.period, *request.evaluation_periods));
  }
  if (*request.evaluation_periods < 1 || *request.evaluation_periods > kMostPeriods) return fail("ValidationError", fmt::format("EvaluationPeriods must be between 1 and {}, got {}", kMostPeriods, *request.evaluation_periods));
  if (request.datapoints_to_alarm.value_or(1) > *request.evaluation_periods) return fail("ValidationError", "DatapointsToAlarm must not be greater than EvaluationPeriods");
  const std::string low = request.evaluate_low_sample_count_percentile.value_or("evaluate");
  if (low != "evaluate" && low != "ignore") return fail("ValidationError", fmt::format("Value {} for parameter EvaluateLowSampleCountPercentile is invalid", low));
  static const std::vector<std::string> missing{"breaching", "notBreaching", "ignore", "missing"};
  if (request.treat_missing_data && std::ranges::count(missing, *request.treat_missing_data) == 0) return fail("ValidationError", fmt::format("Value {} for parameter TreatMissingData is invalid", *request.treat_missing_data));
  return {};
}

Result<shapes::PutMetricAlarmOutput> put(const Deps& deps, const CallContext& context, const shapes::PutMetricAlarmInput& request) {
  TRY(check(request));
  return transact<shapes::PutMetricAlarmOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutMetricAlarmOutput> {
    auto before = store::find<Alarm>(tx, scope(context) + text(request.alarm_name));
    if (before && is_composite(*before)) return fail("ValidationError", fmt::format("The alarm {} exists and is a composite alarm", before->name));
    Alarm alarm = put_alarm(deps, context, text(request.alarm_name), std::move(before), tags_of(request.tags));
    shapes::PutMetricAlarmInput kept = request;
    kept.tags.reset();
    alarm.configuration = aws::encode_json(shapes::PutMetricAlarmInput::shape(), &kept);
    alarm.actions_enabled = request.actions_enabled.value_or(true);
    store::put(tx, alarm);
    tell_configuration(tx, alarm);
    return shapes::PutMetricAlarmOutput{};
  });
}

/// Of the alarms under a composite alarm only what they are called and what state they are in; of those above one only the names
/// (API reference, DescribeAlarms).
Result<shapes::DescribeAlarmsOutput> relatives(const Deps& deps, const CallContext& context, const shapes::DescribeAlarmsInput& request) {
  if (request.children_of_alarm_name && request.parents_of_alarm_name) return fail("ValidationError", "ChildrenOfAlarmName and ParentsOfAlarmName cannot both be specified");
  if (request.alarm_names || request.alarm_name_prefix || request.alarm_types || request.state_value || request.action_prefix) return fail("ValidationError", "ChildrenOfAlarmName and ParentsOfAlarmName go with MaxRecords and NextToken alone");
  const bool is_down = request.children_of_alarm_name.has_value();
  const std::string name = is_down ? *request.children_of_alarm_name : *request.parents_of_alarm_name;
  const auto alarm = store::find<Alarm>(deps.store, scope(context) + name);
  const auto children = is_down && alarm ? children_of(*alarm) : std::vector<std::string>{};
  std::vector<Alarm> found;
  for (Alarm& other : store::all<Alarm>(deps.store, scope(context))) {
    const bool is_relative = is_down ? std::ranges::count(children, other.name) > 0 : std::ranges::count(children_of(other), name) > 0;
    if (is_relative) found.push_back(std::move(other));
  }
  auto answer = TRY(page(std::move(found), request.max_records.value_or(50), request.next_token));
  shapes::DescribeAlarmsOutput result{.composite_alarms = std::vector<shapes::CompositeAlarm>{}, .metric_alarms = std::vector<shapes::MetricAlarm>{}};
  const auto tell = [&](auto& list, const Alarm& other) {
    auto& out = list->emplace_back();
    out.alarm_name = other.name;
    out.alarm_arn = other.arn;
    if (!is_down) return;
    out.state_value = other.state;
    out.state_updated_timestamp = other.state_at;
  };
  for (const Alarm& other : answer.items) {
    if (is_composite(other)) tell(result.composite_alarms, other);
    else tell(result.metric_alarms, other);
  }
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DescribeAlarmsOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeAlarmsInput& request) {
  if (request.children_of_alarm_name || request.parents_of_alarm_name) return relatives(deps, context, request);
  if (request.alarm_name_prefix && request.alarm_names && !request.alarm_names->empty()) return fail("ValidationError", "AlarmNames and AlarmNamePrefix cannot both be specified");
  const auto wanted = request.alarm_types.value_or(std::vector<std::string>{"MetricAlarm"});  // composite ones only if they are asked for
  std::vector<Alarm> found;
  for (Alarm& alarm : store::all<Alarm>(deps.store, scope(context))) {
    const bool named = !request.alarm_names || request.alarm_names->empty() || std::ranges::count(*request.alarm_names, alarm.name) > 0;
    if (!named || std::ranges::count(wanted, is_composite(alarm) ? "CompositeAlarm" : "MetricAlarm") == 0 || !alarm.name.starts_with(text(request.alarm_name_prefix)) || request.state_value.value_or(alarm.state) != alarm.state) continue;
    const auto has_action = [&](const auto& out) { return std::ranges::any_of(*out.alarm_actions, [&](const std::string& action) { return action.starts_with(*request.action_prefix); }); };
    if (request.action_prefix && !(is_composite(alarm) ? has_action(told_as<shapes::CompositeAlarm>(alarm)) : has_action(render(alarm)))) continue;
    found.push_back(std::move(alarm));
  }
  auto answer = TRY(page(std::move(found), request.max_records.value_or(50), request.next_token));
  shapes::DescribeAlarmsOutput result{.composite_alarms = std::vector<shapes::CompositeAlarm>{}, .metric_alarms = std::vector<shapes::MetricAlarm>{}};
  for (const Alarm& alarm : answer.items) {
    if (is_composite(alarm)) result.composite_alarms->push_back(told_as<shapes::CompositeAlarm>(alarm));
    else result.metric_alarms->push_back(render(alarm));
  }
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DescribeAlarmsForMetricOutput> for_metric(const Deps& deps, const CallContext& context, const shapes::DescribeAlarmsForMetricInput& request) {
  shapes::DescribeAlarmsForMetricOutput result{.metric_alarms = std::vector<shapes::MetricAlarm>{}};
  for (const Alarm& alarm : store::all<Alarm>(deps.store, scope(context))) {
    if (is_composite(alarm)) continue;
    shapes::MetricAlarm out = render(alarm);
    const bool same = text(out.metric_name) == text(request.metric_name) && text(out.namespace_) == text(request.namespace_) && (!request.dimensions || pairs_of(out.dimensions) == pairs_of(request.dimensions)) &&
                      (!request.statistic || out.statistic == request.statistic) && (!request.extended_statistic || out.extended_statistic == request.extended_statistic) && (!request.period || out.period == request.period) && (!request.unit || out.unit == request.unit);
    if (same) result.metric_alarms->push_back(std::move(out));
  }
  return result;
}

Result<shapes::DeleteAlarmsOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteAlarmsInput& request) {
  return transact<shapes::DeleteAlarmsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteAlarmsOutput> {
    size_t composites = 0;
    std::vector<std::string> needed;
    for (const std::string& name : *request.alarm_names) {
      const auto alarm = store::find<Alarm>(tx, scope(context) + name);
      if (alarm && is_composite(*alarm)) ++composites;
      store::erase_alarm(tx, scope(context) + name);
    }
    if (composites > 1) return fail("ValidationError", "DeleteAlarms deletes at most one composite alarm at a time");
    for (const Alarm& other : store::all<Alarm>(tx, scope(context))) {
      for (const std::string& child : children_of(other)) {
        if (std::ranges::count(*request.alarm_names, child) > 0 && std::ranges::count(needed, child) == 0) needed.push_back(child);
      }
    }
    if (!needed.empty()) return fail("ValidationError", fmt::format("Cannot delete {} as there are composite alarm(s) depending on {}.", join(needed, ","), needed.size() == 1 ? "it" : "them"));
    return shapes::DeleteAlarmsOutput{};
  });
}

Result<shapes::SetAlarmStateOutput> set_state(const Deps& deps, const CallContext& context, const shapes::SetAlarmStateInput& request) {
  return transact<shapes::SetAlarmStateOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetAlarmStateOutput> {
    auto alarm = store::find<Alarm>(tx, scope(context) + text(request.alarm_name));
    if (!alarm) return fail("ResourceNotFound", "");  // AWS tells the code alone
    const std::string data = text(request.state_reason_data);
    if (!data.empty() && !data.starts_with("{")) return fail("InvalidFormat", "StateReasonData is not a JSON object");
    const WallTime now = deps.clock.wall();
    if (alarm->state != text(request.state_value)) {
      alarm->state_at = now;
      tell_history(tx, *alarm, model::state_change(*alarm, text(request.state_value), text(request.state_reason), data, now));
    }
    alarm->set_at = now;
    alarm->state = text(request.state_value);
    alarm->reason = text(request.state_reason);
    alarm->reason_data = data;
    store::put(tx, *alarm);
    return shapes::SetAlarmStateOutput{};
  });
}

template <class Answer, class Request>
Result<Answer> enable(const Deps& deps, const CallContext& context, const Request& request, bool is_enabled) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    for (const std::string& name : *request.alarm_names) {
      store::update<Alarm>(tx, scope(context) + name, [&](Alarm& alarm) { alarm.actions_enabled = is_enabled; });
    }
    return Answer{};
  });
}

template <class Answer, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    const std::string stem = fmt::format("arn:aws:cloudwatch:{}:{}:alarm:", context.region, context.account);
    auto alarm = store::find<Alarm>(tx, scope(context) + (text(arn).starts_with(stem) ? text(arn).substr(stem.size()) : ""));
    if (!alarm) return fail("ResourceNotFoundException", fmt::format("The resource {} does not exist", text(arn)));
    const Answer answer = change(alarm->tags);
    store::put(tx, *alarm);
    return answer;
  });
}

}  // namespace

void register_alarm(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "cloudwatch";
  registry.add<shapes::PutMetricAlarmInput, shapes::PutMetricAlarmOutput>(service, "PutMetricAlarm", {"AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions.*", "AlarmActions.*", "InsufficientDataActions.*", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "EvaluateLowSampleCountPercentile", "Dimensions.*", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "Metrics.*", "Tags.*"}, bind(put));
  registry.add<shapes::DescribeAlarmsInput, shapes::DescribeAlarmsOutput>(service, "DescribeAlarms", {"*"}, bind(describe));
  registry.add<shapes::DescribeAlarmsForMetricInput, shapes::DescribeAlarmsForMetricOutput>(service, "DescribeAlarmsForMetric", {"*"}, bind(for_metric));
  registry.add<shapes::DeleteAlarmsInput, shapes::DeleteAlarmsOutput>(service, "DeleteAlarms", {"*"}, bind(remove));
  registry.add<shapes::SetAlarmStateInput, shapes::SetAlarmStateOutput>(service, "SetAlarmState", {"*"}, bind(set_state));
  registry.add<shapes::EnableAlarmActionsInput, shapes::EnableAlarmActionsOutput>(service, "EnableAlarmActions", {"*"}, [&deps](const CallContext& c, const auto& r) { return enable<shapes::EnableAlarmActionsOutput>(deps, c, r, true); });
  registry.add<shapes::DisableAlarmActionsInput, shapes::DisableAlarmActionsOutput>(service, "DisableAlarmActions", {"*"}, [&deps](const CallContext& c, const auto& r) { return enable<shapes::DisableAlarmActionsOutput>(deps, c, r, false); });
  registry.add<shapes::TagResourceInput, shapes::TagResourceOutput>(service, "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::TagResourceOutput>(deps, c, r.resource_arn, [&](model::Tags& tags) {
      for (const auto& tag : *r.tags) tags[text(tag.key)] = text(tag.value);
      return shapes::TagResourceOutput{};
    });
  });
  registry.add<shapes::UntagResourceInput, shapes::UntagResourceOutput>(service, "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::UntagResourceOutput>(deps, c, r.resource_arn, [&](model::Tags& tags) {
      for (const std::string& key : *r.tag_keys) tags.erase(key);
      return shapes::UntagResourceOutput{};
    });
  });
  registry.add<shapes::ListTagsForResourceInput, shapes::ListTagsForResourceOutput>(service, "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::ListTagsForResourceOutput>(deps, c, r.resource_arn, [&](model::Tags& tags) {
      shapes::ListTagsForResourceOutput answer{.tags = std::vector<shapes::Tag>{}};
      for (const auto& [key, value] : tags) answer.tags->push_back({.key = key, .value = value});
      return answer;
    });
  });
}

void register_cloudwatch(aws::Registry& registry, const Deps& deps) {
  register_alarm(registry, deps);
  register_composite_alarm(registry, deps);
  register_alarm_history(registry, deps);
  register_dashboard(registry, deps);
  register_metric(registry, deps);
  register_metric_data(registry, deps);
}

}  // namespace landfall::services::cloudwatch
