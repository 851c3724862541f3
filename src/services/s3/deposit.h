#pragma once

#include <string>

#include "services/deps.h"

namespace landfall::services::s3 {

/// An object that a service of AWS, not a caller, writes.
struct Deposit {
  std::string bucket, key, bytes;
  std::string content_type = "binary/octet-stream";
};

/// Puts the object into the bucket, as PutObject would. Error "NoSuchBucket" if it is gone.
Result<void> deposit(const Deps& deps, const Deposit& given);

}  // namespace landfall::services::s3
