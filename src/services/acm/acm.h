#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::acm {

/// Requesting, importing, describing and deleting certificates. Issuing is the controller's, in src/acm.
void register_acm(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::acm
