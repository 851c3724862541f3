#pragma once

#include <openssl/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

/// Calls to endpoints that a rule names. They block: for a thread of their own, never for a lane.
namespace landfall::alb {

/// "https://host[:port]/path?query"; no user, no fragment.
struct WebAddress {
  std::string host;
  int port = 443;
  std::string target;  ///< "/path?query"
};
/// Errors: "Alb.BadEndpoint" names the text.
Result<WebAddress> parse_endpoint(const std::string& url);

struct WebRequest {
  std::string url;
  std::string form{};           ///< sent with POST as application/x-www-form-urlencoded; empty: GET
  std::string authorization{};  ///< value of that field; empty: none
};

struct WebAnswer {
  int status = 0;
  std::string body;
};

/// Whose certificates are believed, and who resolves names.
class Outside {
 public:
  /// `resolver` an IPv4 address; `ca_pem` roots besides the system's.
  Outside(std::string resolver, const std::string& ca_pem);
  /// `limit` for all of it and at most `most` bytes of a body. Errors (stable): "Web.Resolve", "Web.Connect", "Web.Tls",
  /// "Web.Timeout", "Web.TooLarge", "Web.Malformed".
  Result<WebAnswer> call(const WebRequest& request, size_t most, std::chrono::milliseconds limit) const;

 private:
  std::string resolver_;
  std::shared_ptr<SSL_CTX> context_;
};

}  // namespace landfall::alb
