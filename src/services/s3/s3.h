#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::s3 {

/// Buckets and objects. Bytes of objects are files under <data_dir>/objects.
void register_s3(aws::Registry& registry, const Deps& deps);

}  // namespace landfall::services::s3
