#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "model/storage.h"

/// What a copy takes its bytes from.
namespace landfall::services::s3 {

struct CopySource {
  std::string bucket, key;
  std::optional<std::string> version_id;
};

/// "/bucket/key?versionId=…", percent-encoded. Error: "InvalidArgument".
Result<CopySource> copy_source_of(const std::string& given);

/// The x-amz-copy-source-if-… headers. Error: "PreconditionFailed".
template <class Request>
Result<void> check_source(const Request& request, const model::Object& source) {
  const auto same = [&](const std::string& tag) { return replace_all(tag, "\"", "") == source.etag; };
  const bool failed = (request.copy_source_if_match && !same(*request.copy_source_if_match)) || (request.copy_source_if_none_match && same(*request.copy_source_if_none_match)) ||
                      (request.copy_source_if_modified_since && source.modified_at <= *request.copy_source_if_modified_since) || (request.copy_source_if_unmodified_since && source.modified_at > *request.copy_source_if_unmodified_since);
  if (failed) return fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
  return {};
}

}  // namespace landfall::services::s3
