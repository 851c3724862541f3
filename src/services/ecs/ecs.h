#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ecs {

/// Clusters, task definitions, services, tasks and tags.
void register_ecs(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::ecs
