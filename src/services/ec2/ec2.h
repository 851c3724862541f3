#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ec2 {

/// All EC2 operations that are carried.
void register_ec2(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::ec2
