#pragma once

#include <map>
#include <string>
#include <string_view>

#include "aws/form.h"
#include "aws/shape.h"
#include "base/error.h"
#include "http/message.h"

/// The rest protocols' use of method, path, query string and headers.
namespace landfall::aws {

struct RestMatch {
  const Operation* operation = nullptr;
  std::map<std::string, std::string, std::less<>> labels;  ///< path labels, decoded
};

/// The operation of a request; null if none fits. The most literal query keys win ("?acl" over none).
RestMatch match_rest(const ServiceModel& service, std::string_view method, std::string_view path, const Parameters& query);

/// Members that lie in the path, the query string and headers.
Result<void> decode_bindings(const Operation& operation, const RestMatch& match, const Parameters& query,
                             const http::Headers& headers, void* into);

/// Client side: "/bucket/key?list-type=2" and headers for the bound members of `from`.
std::string encode_bindings(const Operation& operation, const void* from, http::Headers& headers);

/// Server side: headers for the bound members of an answer.
void encode_answer_headers(const Shape& shape, const void* from, http::Headers& headers);
Result<void> decode_answer_headers(const Shape& shape, const http::Response& response, void* into);

/// S3's virtual-hosted style: "bucket.s3.us-west-2.amazonaws.com" or "bucket.s3.localhost" becomes a path.
void to_path_style(http::Request& request);

const Member* payload_member(const Shape& shape);

}  // namespace landfall::aws
