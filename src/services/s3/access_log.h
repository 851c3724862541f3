#pragma once

#include <string>

#include "http/message.h"
#include "services/deps.h"

/// What is told of each request to a bucket: lines of access logs, request metrics.
/// Source: S3 user guide, Amazon S3 server access log format; Metrics and dimensions, request metrics.
namespace landfall::services::s3 {

/// What is known of a request before it is answered.
struct Visited {
  std::string bucket, key, method, target, query, peer, referer, user_agent, host;
  std::string requester;                    ///< a canonical id or an ARN; empty: nobody
  std::string signature, tls;               ///< "SigV4", "SigV2"; "TLSv1.2"; empty: none
  bool is_in_query = false, is_copy = false;  ///< signed in the query; copying
  int64_t received = 0;                     ///< bytes of the body
};
/// Whether anything is told of requests to that bucket.
bool notes_visits(const Deps& deps, const http::Request& request);
Visited visited(const http::Request& request, std::string requester);

/// Keeps a line if the bucket's requests are logged, and counts the request if its metrics are configured.
void tell_visit(const Deps& deps, const Visited& visit, const http::Response& response, Duration took);

/// Puts the lines that were kept into the buckets that are to have them. Returns how many objects were written. For a
/// background sweep.
size_t deliver_access_logs(const Deps& deps);

}  // namespace landfall::services::s3
