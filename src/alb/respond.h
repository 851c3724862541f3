#pragma once

#include <string>
#include <string_view>

#include "http/h1_head.h"
#include "model/load_balancing.h"

/// Answers that the balancer makes itself, byte for byte as AWS's (ALB user guide, Troubleshooting; captures).
namespace landfall::alb {

/// Status line, headers and the small HTML page. `extra` are further header lines, each ended by CRLF.
std::string error_page(int status, bool keep_alive, bool is_head, std::string_view extra = "");
std::string fixed_response(const model::FixedResponse& response, bool keep_alive, bool is_head);

/// What redirect placeholders stand for.
struct RequestParts {
  std::string protocol;  ///< "http", "https"
  std::string host;      ///< without port
  std::string port;      ///< of the listener
  std::string path;      ///< with leading slash
  std::string query;     ///< without '?'
};
std::string redirect_location(const model::RedirectAction& redirect, const RequestParts& parts);
std::string redirect_page(const model::RedirectAction& redirect, const RequestParts& parts, bool keep_alive, bool is_head);

std::string http_date();

}  // namespace landfall::alb
