#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::dynamodb {

/// Tables and items, with condition expressions.
void register_dynamodb(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::dynamodb
