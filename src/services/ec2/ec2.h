#pragma once

#include <string>

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ec2 {

/// All EC2 operations that are carried.
void register_ec2(aws::Registry& registry, const Deps& deps);

/// Makes the default VPC of a region when an account first uses it; once: a user may delete it for good.
void prepare_region(const Deps& deps, const std::string& account, const std::string& region);

}  // namespace landfall::services::ec2
