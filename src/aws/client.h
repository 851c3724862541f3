#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "aws/shape.h"
#include "base/clock.h"
#include "base/error.h"

namespace landfall::aws {

struct ClientOptions {
  std::string endpoint_url;  ///< "http://127.0.0.1:4566"
  std::string region;
  std::string access_key, secret_key, session_token;
  std::string ca_file;
};

/// Calls AWS operations over HTTP, signed. Thread-safe: each thread keeps a connection of its own.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  /// A failure that the service answered has AWS's code and message. Calls that never reached the service are tried
  /// again with back-off (5 times in about 3 s).
  template <class Answer, class Request>
  Result<Answer> call(std::string_view service, std::string_view operation, const Request& request) const {
    Answer answer;
    TRY(call_erased(service, operation, &request, &answer));
    return answer;
  }
  const ClientOptions& options() const { return options_; }

 private:
  Result<void> call_erased(std::string_view service, std::string_view operation, const void* input, void* output) const;
  ClientOptions options_;
};

}  // namespace landfall::aws
