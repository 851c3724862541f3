#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ecr {

/// Repositories, their images and the registry's password.
void register_ecr(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::ecr
