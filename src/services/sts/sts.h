#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::sts {

/// GetCallerIdentity; AssumeRole with temporary keys that sign.
void register_sts(aws::Registry& registry, const Deps& deps);
void register_session(aws::Registry& registry, const Deps& deps);  ///< a part of it

}  // namespace landfall::services::sts
