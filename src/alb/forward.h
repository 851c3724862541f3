#pragma once

#include <string>
#include <string_view>

#include "http/h1_head.h"
#include "model/load_balancing.h"
#include "model/routing.h"

/// Heads on their way through: what is kept, dropped and added (ALB user guide, X-forwarded headers).
namespace landfall::alb {

struct FrontFacts {
  std::string client_address;
  int client_port = 0, listener_port = 0;
  bool is_tls = false;
  std::string trace_root;  ///< "1-67891233-abcdef012345678912345678", for a request without a trace id
};

model::RequestLine request_line(const http::h1::RequestHead& head, const FrontFacts& facts, bool with_headers);

/// The request's head for the target. Hop-by-hop fields go, framing is kept.
std::string request_head(const http::h1::RequestHead& head, const FrontFacts& facts, const model::LoadBalancer& balancer);

/// The response's head for the client. `chunk_it`: the body will be sent chunked although the target did not.
std::string response_head(const http::h1::ResponseHead& head, bool keep_alive, bool chunk_it, bool is_upgrade);

/// X-Forwarded-For holds more addresses than the balancer takes (463).
bool has_too_many_hops(const http::h1::RequestHead& head);

}  // namespace landfall::alb
