#pragma once

#include <string>

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::daemon {

/// Every operation that is carried.
void register_services(aws::Registry& registry, const services::Deps& deps);

/// docs/support.md: operations with the members that each takes, told from the registry.
std::string support_table();

}  // namespace landfall::daemon
