#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/load_balancing.h"
#include "model/routing.h"

/// Answers that the balancer makes itself, byte for byte as AWS's (ALB user guide, Troubleshooting; captures).
namespace landfall::alb {

struct Answer {
  int status = 0;
  std::string title;     ///< status and phrase: "502 Bad Gateway"
  std::string type;      ///< Content-Type; empty: none
  std::string body;
  std::string location;  ///< of a redirect
  std::vector<std::string> cookies{};  ///< values of Set-Cookie fields
  int grpc_status = -1;  ///< of an answer to a gRPC call; -1: none
};

/// The small HTML page of a status that the balancer makes.
Answer error_answer(int status);
/// 464: the request's protocol is not the target group's. gRPC clients report that it comes without a type.
Answer mismatch_answer();
/// The same failure as a gRPC call's client reads it: the HTTP status stays, the type is gRPC's (so that clients tell
/// "unexpected HTTP status code … 502" and nothing of a type: authzed/spicedb#2059), the code is that of gRPC's table for HTTP
/// statuses (grpc/grpc, http-grpc-status-mapping).
Answer as_grpc(Answer answer);
Answer fixed_answer(const model::FixedResponse& response);

Answer redirect_answer(const model::RedirectAction& redirect, const model::RequestParts& parts);

/// As HTTP/1.1.
std::string render(const Answer& answer, bool keep_alive, bool is_head);
/// How many bytes that has.
size_t rendered_size(const Answer& answer, bool keep_alive, bool is_head);

std::string http_date_now();

}  // namespace landfall::alb
