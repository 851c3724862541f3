#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::iam {

/// Roles, their inline and attached policies, managed policies.
void register_iam(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::iam
