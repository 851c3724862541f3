#pragma once

#include <cstddef>
#include <vector>

#include "aws/shapes/s3.h"
#include "model/storage.h"
#include "services/deps.h"

namespace landfall::services::s3 {

/// The rules of the bucket's lifecycle configuration, none without one.
std::vector<aws::s3::LifecycleRule> lifecycle_of(const model::Bucket& bucket);

/// Takes away what lifecycle rules of buckets let go: objects, versions, delete markers without versions, uploads. A
/// count of days ends at the next midnight UTC (S3 user guide, Lifecycle rules: expiration). Returns how many went. For
/// a background sweep.
size_t expire_objects(const Deps& deps);

}  // namespace landfall::services::s3
