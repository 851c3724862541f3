#pragma once

#include <string>

#include "services/application_autoscaling/support.h"

namespace landfall::services::application_autoscaling {

std::string alarm_arn(const model::ScalingPolicy& policy, const std::string& name);

/// One metric with a statistic, or arithmetic over several as an alarm takes it.
Result<void> check_customized(const shapes::CustomizedMetricSpecification& metric);

/// Makes the alarms of a target tracking policy and names them in it: one above the target for 3 periods, one more than a
/// tenth below it for 15. AWS's periods are of 60 s; model::Settings::tracking_period may shorten them.
/// Source  Application Auto Scaling user guide, How target tracking works
void put_tracking_alarms(const Deps& deps, Transaction& tx, model::ScalingPolicy& policy);

}  // namespace landfall::services::application_autoscaling
