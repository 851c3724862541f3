#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::servicediscovery {

/// Cloud Map: namespaces (private DNS and HTTP), services, instances.
void register_servicediscovery(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::servicediscovery
