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

/// A call that is carried out once however often it is sent: the daemon keeps the answer under `token`, in the
/// transaction that the call wrote in, and gives it again.
struct Once {
  std::string token{};         ///< "": a plain call
  bool is_only_recalled = false;  ///< the kept answer only; error "Landfall.NotMade" if there is none
};

constexpr std::string_view kOnceHeader = "x-landfall-once";
constexpr std::string_view kRecallHeader = "x-landfall-recall";

/// Whether the operation changes nothing, by its name.
bool is_read(std::string_view operation);

/// Calls AWS operations over HTTP, signed. Thread-safe: each thread keeps a connection of its own.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();

  /// A failure that the service answered has AWS's code and message. Calls that never reached the service, and those
  /// whose answer was lost and that may be sent again (reads, and those with a token), are tried again with back-off
  /// (6 times in about 3 s: a daemon that is started again at once is not noticed). Errors then: "Http.…".
  template <class Answer, class Request>
  Result<Answer> call(std::string_view service, std::string_view operation, const Request& request, const Once& once = {}) const {
    Answer answer;
    TRY(call_erased(service, operation, &request, once, &answer));
    return answer;
  }
  const ClientOptions& options() const { return options_; }

 private:
  Result<void> call_erased(std::string_view service, std::string_view operation, const void* input, const Once& once, void* output) const;
  ClientOptions options_;
};

}  // namespace landfall::aws
