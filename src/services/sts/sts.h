#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::sts {

/// GetCallerIdentity; AssumeRole with temporary keys that sign.
void register_sts(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::sts
