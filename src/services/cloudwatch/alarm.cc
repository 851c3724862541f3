#include <algorithm>
#include <set>

#include "aws/json_codec.h"
#include "services/cloudwatch/cloudwatch.h"
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
  shapes::MetricAlarm out;
  // What was put has the same member names as what is told.
  if (!aws::decode_json(shapes::MetricAlarm::shape(), alarm.configuration, aws::Unknown::skipped, &out)) out = {};
  if (!out.alarm_actions) out.alarm_actions = std::vector<std::string>{};
  if (!out.ok_actions) out.ok_actions = std::vector<std::string>{};
  if (!out.insufficient_data_actions) out.insufficient_data_actions = std::vector<std::string>{};
  if (!out.dimensions) out.dimensions = std::vector<shapes::Dimension>{};
  out.alarm_name = alarm.name;
  out.alarm_arn = alarm.arn;
  out.actions_enabled = alarm.actions_enabled;
  out.alarm_configuration_updated_timestamp = alarm.configured_at;
  out.state_value = alarm.state;
  out.state_reason = alarm.reason;
  if (!alarm.reason_data.empty()) out.state_reason_data = alarm.reason_data;
  out.state_updated_timestamp = alarm.state_at;
  out.state_transitioned_timestamp = alarm.state_at;
  return out;
}

/// Queries of one period, of which one returns its data: the only metric, or arithmetic over the others.
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
    if (!request.statistic) return fail("ValidationError", "Statistic is required with MetricName");
    if (!request.namespace_) return fail("ValidationError", "Namespace is required with MetricName");
    if (!request.period) return fail("ValidationError", "Period is required with MetricName");
    TRY(check_period(*request.period));
  }
  if (*request.evaluation_periods < 1 || *request.evaluation_periods > kMostPeriods) return fail("ValidationError", fmt::format("EvaluationPeriods must be between 1 and {}, got {}", kMostPeriods, *request.evaluation_periods));
  if (request.datapoints_to_alarm.value_or(1) > *request.evaluation_periods) return fail("ValidationError", "DatapointsToAlarm must not be greater than EvaluationPeriods");
  static const std::vector<std::string> missing{"breaching", "notBreaching", "ignore", "missing"};
  if (request.treat_missing_data && std::ranges::count(missing, *request.treat_missing_data) == 0) return fail("ValidationError", fmt::format("Value {} for parameter TreatMissingData is invalid", *request.treat_missing_data));
  return {};
}

Result<shapes::PutMetricAlarmOutput> put(const Deps& deps, const CallContext& context, const shapes::PutMetricAlarmInput& request) {
  TRY(check(request));
  return transact<shapes::PutMetricAlarmOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutMetricAlarmOutput> {
    auto alarm = store::find<Alarm>(tx, scope(context) + text(request.alarm_name));
    const bool is_new = !alarm;
    if (is_new) {
      alarm = Alarm{.account = context.account, .region = context.region, .name = text(request.alarm_name), .state_at = deps.clock.wall()};
      alarm->arn = fmt::format("arn:aws:cloudwatch:{}:{}:alarm:{}", context.region, context.account, alarm->name);
      for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) alarm->tags[text(tag.key)] = text(tag.value);
    }
    shapes::PutMetricAlarmInput kept = request;
    kept.tags.reset();
    alarm->configuration = aws::encode_json(shapes::PutMetricAlarmInput::shape(), &kept);
    alarm->actions_enabled = request.actions_enabled.value_or(true);
    alarm->configured_at = deps.clock.wall();
    store::put(tx, *alarm);
    tell_history(tx, *alarm, {.type = "ConfigurationUpdate", .summary = fmt::format("Alarm \"{}\" {}", alarm->name, is_new ? "created" : "updated"), .data = alarm->configuration, .at = alarm->configured_at});
    return shapes::PutMetricAlarmOutput{};
  });
}

Result<shapes::DescribeAlarmsOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeAlarmsInput& request) {
  if (request.alarm_name_prefix && request.alarm_names && !request.alarm_names->empty()) return fail("ValidationError", "AlarmNames and AlarmNamePrefix cannot both be specified");
  std::vector<shapes::MetricAlarm> found;
  const bool metric_wanted = !request.alarm_types || std::ranges::count(*request.alarm_types, "MetricAlarm") > 0;
  for (const Alarm& alarm : store::all<Alarm>(deps.store, scope(context))) {
    const bool named = !request.alarm_names || request.alarm_names->empty() || std::ranges::count(*request.alarm_names, alarm.name) > 0;
    if (!named || !metric_wanted || !alarm.name.starts_with(text(request.alarm_name_prefix)) || request.state_value.value_or(alarm.state) != alarm.state) continue;
    shapes::MetricAlarm out = render(alarm);
    if (request.action_prefix && !std::ranges::any_of(*out.alarm_actions, [&](const std::string& action) { return action.starts_with(*request.action_prefix); })) continue;
    found.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(found), request.max_records.value_or(50), request.next_token));
  shapes::DescribeAlarmsOutput result{.composite_alarms = std::vector<shapes::CompositeAlarm>{}, .metric_alarms = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::DescribeAlarmsForMetricOutput> for_metric(const Deps& deps, const CallContext& context, const shapes::DescribeAlarmsForMetricInput& request) {
  shapes::DescribeAlarmsForMetricOutput result{.metric_alarms = std::vector<shapes::MetricAlarm>{}};
  for (const Alarm& alarm : store::all<Alarm>(deps.store, scope(context))) {
    shapes::MetricAlarm out = render(alarm);
    const bool same = text(out.metric_name) == text(request.metric_name) && text(out.namespace_) == text(request.namespace_) && (!request.dimensions || pairs_of(out.dimensions) == pairs_of(request.dimensions)) &&
                      (!request.statistic || out.statistic == request.statistic) && (!request.period || out.period == request.period) && (!request.unit || out.unit == request.unit);
    if (same) result.metric_alarms->push_back(std::move(out));
  }
  return result;
}

Result<shapes::DeleteAlarmsOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteAlarmsInput& request) {
  return transact<shapes::DeleteAlarmsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteAlarmsOutput> {
    for (const std::string& name : *request.alarm_names) store::erase_alarm(tx, scope(context) + name);
    return shapes::DeleteAlarmsOutput{};
  });
}

Result<shapes::SetAlarmStateOutput> set_state(const Deps& deps, const CallContext& context, const shapes::SetAlarmStateInput& request) {
  return transact<shapes::SetAlarmStateOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::SetAlarmStateOutput> {
    auto alarm = store::find<Alarm>(tx, scope(context) + text(request.alarm_name));
    if (!alarm) return fail("ResourceNotFound", fmt::format("Alarm {} does not exist", text(request.alarm_name)));
    const std::string data = text(request.state_reason_data);
    if (!data.empty() && !data.starts_with("{")) return fail("InvalidFormat", "StateReasonData is not a JSON object");
    const WallTime now = deps.clock.wall();
    if (alarm->state != text(request.state_value)) {
      alarm->state_at = now;
      tell_history(tx, *alarm, {.type = "StateUpdate", .summary = fmt::format("Alarm updated from {} to {}", alarm->state, text(request.state_value)), .data = {}, .at = now});
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
  registry.add<shapes::PutMetricAlarmInput, shapes::PutMetricAlarmOutput>(service, "PutMetricAlarm", {"AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions.*", "AlarmActions.*", "InsufficientDataActions.*", "MetricName", "Namespace", "Statistic", "Dimensions.*", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData", "Metrics.*", "Tags.*"}, bind(put));
  registry.add<shapes::DescribeAlarmsInput, shapes::DescribeAlarmsOutput>(service, "DescribeAlarms", {"AlarmNames.*", "AlarmNamePrefix", "AlarmTypes.*", "StateValue", "ActionPrefix", "MaxRecords", "NextToken"}, bind(describe));
  registry.add<shapes::DescribeAlarmsForMetricInput, shapes::DescribeAlarmsForMetricOutput>(service, "DescribeAlarmsForMetric", {"MetricName", "Namespace", "Statistic", "Dimensions.*", "Period", "Unit"}, bind(for_metric));
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
  register_alarm_history(registry, deps);
  register_metric(registry, deps);
}

}  // namespace landfall::services::cloudwatch
