#pragma once

#include <string>

#include "services/deps.h"

namespace landfall::model {
struct Bucket;
}

/// Objects that AWS itself writes: access logs, reports, exported events.
namespace landfall::services::s3 {

struct Delivery {
  std::string bucket, key, bytes, content_type;
};

/// Writes it as PutObject would. Errors: "NoSuchBucket", and what the disk says.
Result<void> deliver(const Deps& deps, const Delivery& delivery);

/// Whether the bucket's policy lets that service of AWS's put the key.
bool lets_service_put(const model::Bucket& bucket, const std::string& key, const std::string& service);

}  // namespace landfall::services::s3
