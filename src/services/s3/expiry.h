#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/s3.h"
#include "model/storage.h"
#include "services/deps.h"

namespace landfall::services::s3 {

/// The rules of the bucket's lifecycle configuration, none without one.
std::vector<aws::s3::LifecycleRule> lifecycle_of(const model::Bucket& bucket);

/// Which objects are too small for transitions: kSmall, or kVaries ("varies_by_storage_class").
inline constexpr const char* kSmall = "all_storage_classes_128K";
inline constexpr const char* kVaries = "varies_by_storage_class";
std::string transition_minimum_of(const model::Bucket& bucket);

/// When a rule takes the current version away, as x-amz-expiration tells it: the earliest of those that fit.
std::optional<std::string> told_expiration(const model::Bucket& bucket, const model::Object& object);

/// Takes away what lifecycle rules of buckets let go: objects, versions, delete markers without versions, uploads. A
/// count of days ends at the next midnight UTC (S3 user guide, Lifecycle rules: expiration). Objects whose transition is due
/// change their storage class. Returns how many went or changed. For a background sweep.
size_t expire_objects(const Deps& deps);

}  // namespace landfall::services::s3
