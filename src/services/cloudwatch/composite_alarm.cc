#include <algorithm>

#include "aws/json_codec.h"
#include "base/text.h"
#include "model/alarm_expression.h"
#include "services/cloudwatch/support.h"
#include "store/suppression.h"

/// Alarms over other alarms; scaling/ judges them.
namespace landfall::services::cloudwatch {

using model::Alarm;
using model::AlarmExpression;

std::vector<std::string> children_of(const Alarm& alarm) {
  if (!is_composite(alarm)) return {};
  const auto rule = AlarmExpression::parse(alarm.rule);
  return rule ? rule->alarms() : std::vector<std::string>{};
}

shapes::CompositeAlarm render_composite(const Deps& deps, const Alarm& alarm) {
  auto out = told_as<shapes::CompositeAlarm>(alarm);
  if (const auto suppression = store::suppression_now(deps.store, alarm, deps.clock.wall())) {
    out.actions_suppressed_by = suppression->by;
    out.actions_suppressed_reason = suppression->reason;
  }
  return out;
}

namespace {

/// Whether `from` comes to `wanted` by the alarms that it names.
bool leads_to(const Transaction& tx, const CallContext& context, const std::vector<std::string>& from, const std::string& wanted, int depth = 0) {
  constexpr int kDeepest = 32;
  return std::ranges::any_of(from, [&](const std::string& name) {
    if (name == wanted || depth > kDeepest) return true;
    const auto child = store::find<Alarm>(tx, scope(context) + name);
    return child && leads_to(tx, context, children_of(*child), wanted, depth + 1);
  });
}

Result<void> check_rule(const Transaction& tx, const CallContext& context, const shapes::PutCompositeAlarmInput& request) {
  const auto rule = AlarmExpression::parse(*request.alarm_rule);
  if (!rule) return fail("ValidationError", rule.error().what);
  std::vector<std::string> missing;
  for (const std::string& name : rule->alarms()) {
    if (!store::find<Alarm>(tx, scope(context) + name)) missing.push_back(name);
  }
  if (leads_to(tx, context, rule->alarms(), *request.alarm_name)) return fail("ValidationError", fmt::format("Could not save the composite alarm as it would create a cycle: {}", *request.alarm_name));
  if (!missing.empty()) return fail("ValidationError", fmt::format("Could not save the composite alarm as alarms [{}] in the alarm rule do not exist", join(missing, ", ")));
  return {};
}

/// The suppressor exists, and both its periods are said (CloudWatch API, PutCompositeAlarm).
Result<void> check_suppressor(const Transaction& tx, const Alarm& alarm, const shapes::PutCompositeAlarmInput& request) {
  const auto suppressor = model::suppressor_of(alarm);
  const bool has_periods = request.actions_suppressor_wait_period && request.actions_suppressor_extension_period;
  if (!suppressor) {
    if (request.actions_suppressor_wait_period || request.actions_suppressor_extension_period) return fail("ValidationError", "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod go with ActionsSuppressor only");
    return {};
  }
  if (!has_periods) return fail("ValidationError", "ActionsSuppressor needs ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod");
  if (suppressor->wait.count() < 0 || suppressor->extension.count() < 0) return fail("ValidationError", "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod must not be negative");
  if (suppressor->name == alarm.name) return fail("ValidationError", fmt::format("The composite alarm {} cannot suppress its own actions", alarm.name));
  if (!store::find<Alarm>(tx, alarm.account + "/" + alarm.region + "/" + suppressor->name)) return fail("ValidationError", fmt::format("Could not save the composite alarm as the actions suppressor {} does not exist", suppressor->name));
  return {};
}

Result<void> check_actions(const shapes::PutCompositeAlarmInput& request) {
  for (const auto* actions : {&request.alarm_actions, &request.ok_actions, &request.insufficient_data_actions}) {
    for (const std::string& action : actions->value_or(std::vector<std::string>{})) {
      if (action.find(":scalingPolicy:") != std::string::npos) return fail("ValidationError", fmt::format("Invalid arn for action: {}. Composite alarms have no actions of Auto Scaling.", action));
    }
  }
  return {};
}

Result<shapes::PutCompositeAlarmOutput> put(const Deps& deps, const CallContext& context, const shapes::PutCompositeAlarmInput& request) {
  TRY(check_actions(request));
  return transact<shapes::PutCompositeAlarmOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutCompositeAlarmOutput> {
    TRY(check_rule(tx, context, request));
    auto alarm = store::find<Alarm>(tx, scope(context) + *request.alarm_name);
    if (alarm && !is_composite(*alarm)) return fail("ValidationError", fmt::format("The alarm {} exists and is a metric alarm", *request.alarm_name));
    alarm = put_alarm(deps, context, *request.alarm_name, std::move(alarm), tags_of(request.tags));
    shapes::PutCompositeAlarmInput kept = request;
    kept.tags.reset();
    alarm->configuration = aws::encode_json(shapes::PutCompositeAlarmInput::shape(), &kept);
    alarm->rule = *request.alarm_rule;
    alarm->actions_enabled = request.actions_enabled.value_or(true);
    TRY(check_suppressor(tx, *alarm, request));
    store::put(tx, *alarm);
    tell_configuration(tx, *alarm);
    return shapes::PutCompositeAlarmOutput{};
  });
}

}  // namespace

void register_composite_alarm(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::PutCompositeAlarmInput, shapes::PutCompositeAlarmOutput>("cloudwatch", "PutCompositeAlarm", {"AlarmName", "AlarmDescription", "AlarmRule", "ActionsEnabled", "OKActions.*", "AlarmActions.*", "InsufficientDataActions.*", "ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod", "Tags.*"},
                                                                                [&deps](const CallContext& c, const auto& r) { return put(deps, c, r); });
}

}  // namespace landfall::services::cloudwatch
