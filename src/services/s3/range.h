#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace landfall::services::s3 {

/// Bytes first..last of an object, both included.
struct ByteRange {
  int64_t first = 0, last = 0;
  int64_t length() const { return last - first + 1; }
};

/// "bytes=0-9", "bytes=10-", "bytes=-5" against the size. Empty without a range, and for what S3 ignores (other units,
/// several ranges, malformed ones). Errors: "InvalidRange" if it lies behind the end.
/// Source: RFC 9110, 14.2; S3 API, GetObject.
Result<std::optional<ByteRange>> range_of(const std::optional<std::string>& header, int64_t size);

}  // namespace landfall::services::s3
