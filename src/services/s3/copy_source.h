#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "model/storage.h"
#include "services/s3/support.h"

/// What a copy takes its bytes from.
namespace landfall::services::s3 {

struct CopySource {
  std::string bucket, key;
  std::optional<std::string> version_id;
};

/// "/bucket/key?versionId=…", percent-encoded. Error: "InvalidArgument".
Result<CopySource> copy_source_of(const CallContext& context, const std::string& given);

/// The version that is copied. Errors: "NoSuchBucket" …, "NoSuchKey" (both of the source), "InvalidRequest" (a delete marker).
Result<model::Object> source_named(const Transaction& tx, const CallContext& context, const CopySource& source, const std::optional<std::string>& expected_owner);

/// The x-amz-copy-source-if-… headers; a time to come counts for nothing. Error: "PreconditionFailed".
template <class Request>
Result<void> check_source(const CallContext& context, const Request& request, const model::Object& source, WallTime now) {
  const auto same = [&](const std::string& tag) { return replace_all(tag, "\"", "") == source.etag; };
  const int64_t second = source.modified_at.ms / 1000;
  const auto& if_match = request.copy_source_if_match;
  const auto& if_none_match = request.copy_source_if_none_match;
  const auto& since = request.copy_source_if_modified_since;
  const auto& before = request.copy_source_if_unmodified_since;
  if (if_match && !same(*if_match)) return fail(failed_condition(context, "x-amz-copy-source-If-Match"));
  if (!if_match && before && second > before->ms / 1000) return fail(failed_condition(context, "x-amz-copy-source-If-Unmodified-Since"));
  if (if_none_match && same(*if_none_match)) return fail(failed_condition(context, "x-amz-copy-source-If-None-Match"));
  if (!if_none_match && since && *since <= now && second <= since->ms / 1000) return fail(failed_condition(context, "x-amz-copy-source-If-Modified-Since"));
  return {};
}

}  // namespace landfall::services::s3
