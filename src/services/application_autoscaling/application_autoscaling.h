#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::application_autoscaling {

/// Scalable targets, policies, scheduled actions: ECS services' desired count.
void register_application_autoscaling(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::application_autoscaling
