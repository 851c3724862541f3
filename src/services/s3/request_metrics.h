#pragma once

#include <string>

#include "services/s3/access_log.h"
#include "services/s3/configuration.h"

namespace landfall::services::s3 {

/// Counts a request in CloudWatch's AWS/S3, once for each metrics configuration of the bucket whose filter it fits.
/// Source: S3 user guide, Metrics and dimensions: Amazon S3 request metrics.
void count_request(const Deps& deps, const model::Bucket& bucket, const Visited& visit, int status, int64_t bytes, Duration took);

}  // namespace landfall::services::s3
