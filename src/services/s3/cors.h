#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/shapes/s3.h"
#include "http/message.h"
#include "model/storage.h"
#include "services/deps.h"

/// Cross-origin requests to buckets.
/// Source: S3 user guide, Using cross-origin resource sharing; headers and texts as AWS was seen to answer.
namespace landfall::services::s3 {

/// What a browser's request asks leave for.
struct CorsRequest {
  std::string bucket, origin, method;
  std::vector<std::string> headers;  ///< of Access-Control-Request-Headers, lower case
};

/// Of a request with an Origin, before it is handled. Empty: it has none.
std::optional<CorsRequest> cors_request(const http::Request& request);

/// The answer to OPTIONS, which nobody signs. Empty: it is no OPTIONS.
std::optional<http::Response> preflight(const Deps& deps, const http::Request& request);

/// Adds what the bucket's rules allow to an answer.
void add_cors_headers(const Deps& deps, const CorsRequest& asked, http::Response& response);

/// The rule that allows it, or null: the first whose origins, methods and headers all fit. Pure.
const aws::s3::CORSRule* allowing(const std::vector<aws::s3::CORSRule>& rules, const CorsRequest& asked);

}  // namespace landfall::services::s3
