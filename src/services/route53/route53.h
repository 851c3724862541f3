#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::route53 {

/// Hosted zones, their record sets, changes and tags.
void register_route53(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::route53
