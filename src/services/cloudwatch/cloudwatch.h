#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::cloudwatch {

/// Metric alarms and metrics, as far as scaling of services needs them.
void register_cloudwatch(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::cloudwatch
