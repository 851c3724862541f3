#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ssm {

/// The Parameter Store: parameters, their versions and labels.
void register_ssm(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::ssm
