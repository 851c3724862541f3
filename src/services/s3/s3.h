#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::s3 {

/// Buckets and objects. Bytes of objects are files under <data_dir>/objects.
void register_s3(aws::Registry& registry, const Deps& deps);

/// Removes bytes that no record names: what a kill between the two left. For the daemon's start, before the endpoint
/// answers. Returns how many files went.
size_t remove_orphans(const Deps& deps);

}  // namespace landfall::services::s3
