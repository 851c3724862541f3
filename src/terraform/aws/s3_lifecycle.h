#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/s3.h"
#include "terraform/provider.h"

/// Lifecycle rules of buckets: as a resource of their own, and as blocks of the bucket before provider version 4.
namespace landfall::terraform::aws_types {

using LifecycleRules = std::vector<aws::s3::LifecycleRule>;

/// Rules without an action are left out: with --inert all there are such. Without rules the configuration is taken away.
Result<void> put_lifecycle(const Cloud& cloud, const Record& bucket, LifecycleRules rules);
/// Nothing: there is none.
Result<std::optional<LifecycleRules>> lifecycle_of(const Cloud& cloud, const Record& bucket);

/// The blocks `lifecycle_rule` of aws_s3_bucket.
Block bucket_lifecycle_block();
LifecycleRules rules_of_bucket(const Record& bucket);
std::vector<Record> bucket_records(const LifecycleRules& rules);

/// Whether two lists of rules say the same, names that S3 made up apart.
bool is_same_lifecycle(const LifecycleRules& a, const LifecycleRules& b);

}  // namespace landfall::terraform::aws_types
