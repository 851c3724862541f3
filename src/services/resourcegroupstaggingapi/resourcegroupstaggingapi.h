#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::resourcegroupstaggingapi {

/// The Resource Groups Tagging API: the tags of all services' resources at once.
void register_resourcegroupstaggingapi(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::resourcegroupstaggingapi
