#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/message.h"

namespace landfall::http {

/// One request to send, whole.
struct Fetch {
  std::string method = "GET";
  std::string url;
  Headers headers{};
  std::string body{};
  std::optional<std::filesystem::path> body_file{};   ///< uploaded instead of `body`
  std::string ca_file{};                              ///< PEM roots instead of the system's; empty: the system's
  std::vector<std::string> resolve{};                 ///< curl form "host:port:address"
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds timeout{60'000};          ///< whole exchange
  int max_redirects = 0;                              ///< 0: a redirect is an answer like any other
  bool verifies_peer = true;                          ///< false: any certificate is taken
  /// Body bytes as they come instead of collecting them in Response::body; false aborts.
  std::function<bool(std::string_view)> on_body{};
};

/// HTTP over libcurl; one per thread, keeps connections alive between calls.
/// Errors (blame remote): "Http.Timeout", "Http.Refused", "Http.Resolve", "Http.Tls", "Http.Failed"; `what` names
/// method, URL and the library's reason, and ends in the form of Go's dial errors where they apply
/// ("dial tcp 10.0.0.5:443: i/o timeout"). Any status is a success here.
class Client {
 public:
  Client();
  ~Client();
  Client(const Client&) = delete;
  Result<Response> fetch(const Fetch& request);

 private:
  void* curl_;
};

}  // namespace landfall::http
