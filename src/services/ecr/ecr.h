#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ecr {

/// Repositories, their images and the registry's password.
void register_ecr(aws::Registry& registry, const Deps& deps);
void register_policy(aws::Registry& registry, const Deps& deps);  ///< a part of it

}  // namespace landfall::services::ecr
