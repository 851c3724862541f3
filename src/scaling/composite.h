#pragma once

#include <vector>

#include "model/alarm_expression.h"
#include "scaling/judge.h"

namespace landfall::scaling {

/// The state of a composite alarm, and why, from those of the alarms that its rule names. Pure.
/// `children`  as far as they exist, in any order.
/// Returns     nothing while what SetAlarmState said still holds: until a child changes.
/// Source      CloudWatch user guide, Combining alarms; API reference, SetAlarmState
std::optional<Judgement> judge_composite(const model::Alarm& alarm, const model::AlarmExpression& rule, const std::vector<model::Alarm>& children);

}  // namespace landfall::scaling
