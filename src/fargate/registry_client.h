#pragma once

#include <functional>
#include <optional>
#include <string>

#include "fargate/pull.h"
#include "http/client.h"

namespace landfall::fargate {

/// Who answers in a registry's place; no host: nobody.
struct Keeper {
  std::string host, address;
};

/// The pulling side of the OCI distribution protocol, for one repository, from the calling thread's network namespace.
class RegistryClient {
 public:
  /// `basic`: "user:password" offered from the start; `ca_file` as in http::Fetch.
  RegistryClient(Reference reference, std::string basic, std::string ca_file, const PullOptions& options, Keeper keeper = {});

  struct Ask {
    std::string method = "GET";
    std::string path;                                   ///< below /v2/<repository>: "/manifests/v1"
    std::string accept{};
    std::function<bool(std::string_view)> on_body{};    ///< as in http::Fetch, for a 200 only
  };
  /// One exchange: name looked up, redirects followed (without our credentials on another host), a challenge answered once.
  /// Errors: Http.*, Lookup.*, "Registry.Denied".
  Result<http::Response> ask(const Ask& ask);

  const std::optional<Unreachable>& unreachable() const { return unreachable_; }

 private:
  Result<http::Response> send(const std::string& method, const std::string& url, const std::string& accept, const std::string& authorization,
                              const std::function<bool(std::string_view)>& on_body);
  Result<std::string> answer_to(const std::string& challenge);

  Reference reference_;
  std::string basic_, ca_file_, authorization_;
  Keeper keeper_;
  const PullOptions& options_;
  http::Client http_;
  std::optional<Unreachable> unreachable_;
};

/// `Bearer realm="https://…",service="…"` -> the value of a parameter; "" if it is not there.
std::string challenge_parameter(const std::string& challenge, std::string_view name);

}  // namespace landfall::fargate
