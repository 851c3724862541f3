#pragma once

#include "services/deps.h"
#include "services/iam/access.h"

namespace landfall::services::iam {

/// Adds what the bucket, repository or role that the question is about says of its callers.
void add_resource_policy(const Deps& deps, const Question& question, Policies& policies);

}  // namespace landfall::services::iam
