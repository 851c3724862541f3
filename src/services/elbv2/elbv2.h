#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::elbv2 {

/// Application load balancers, listeners, rules, target groups and targets.
void register_elbv2(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::elbv2
