#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::logs {

/// CloudWatch Logs: groups, streams and events.
void register_logs(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::logs
