#pragma once

#include "base/clock.h"
#include "model/container_service.h"

namespace landfall::ecs {

/// A rollout that is not over, as far as it has come with the service as it now is. Pure.
/// Source  ECS API, ServiceDeployment: status
model::ServiceDeployment followed(model::ServiceDeployment rollout, const model::Service& service, WallTime now);

}  // namespace landfall::ecs
