#pragma once

#include <string>

#include "aws/json_codec.h"
#include "services/s3/support.h"

/// Sub-resources of buckets as their records keep them: by name, JSON of what was put.
namespace landfall::services::s3 {

inline constexpr const char* kGone = "-";  ///< a setting that was deleted; one that never was put has AWS's default

/// Empty if it never was put.
inline std::string setting(const model::Bucket& bucket, const char* name) {
  const auto found = bucket.settings.find(name);
  return found == bucket.settings.end() ? "" : found->second;
}

template <class Answer, class Request>
Result<Answer> keep(const Deps& deps, const CallContext& context, const Request& request, const char* name, const std::string& value) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    bucket.settings[name] = value;
    store::put(tx, bucket);
    return Answer{};
  });
}

template <class Shape>
std::string kept(const Shape& shape) {
  return aws::encode_json(Shape::shape(), &shape);
}
template <class Shape>
Shape told(const std::string& text) {
  Shape shape;
  if (!aws::decode_json(Shape::shape(), text, aws::Unknown::skipped, &shape)) return Shape{};
  return shape;
}

}  // namespace landfall::services::s3
