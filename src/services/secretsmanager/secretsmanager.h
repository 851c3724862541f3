#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::secretsmanager {

/// Secrets, their versions and stages.
void register_secretsmanager(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::secretsmanager
