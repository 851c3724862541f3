#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/shape.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "http/message.h"

namespace landfall::aws {

/// Who calls, and what about the call is not in its arguments.
struct CallContext {
  std::string account, region, access_key, principal_arn;
  std::string request_id, source_ip;
  std::string service, operation;
  const http::Request* request = nullptr;             ///< for streamed bodies (S3)
  mutable std::string error_members;                  ///< JSON object: what the error that a handler answers has besides code and sentence
  mutable std::optional<http::Response> raw_answer;   ///< a handler that answers with a file sets this: its body and
                                                      ///< length are used, with the headers of the typed answer
};

/// A key that may sign requests.
struct KeyOwner {
  std::string secret_key, account, principal_arn, session_token;
  WallTime expires_at;
  std::string role_arn{};   ///< of temporary credentials: the role whose policies count
  std::string user_name{};  ///< of an IAM user's key
  bool is_active = true;
};

/// One call that was answered, as CloudTrail tells it.
struct CallRecord {
  WallTime at;
  std::string service, operation, account, region, principal_arn, access_key, source_ip, request_id;
  std::string error_code, error_message;  ///< empty: it worked
  double milliseconds = 0;
};

/// What a daemon adds around handlers; each may be empty.
struct Hooks {
  using Call = std::function<Result<http::Response>()>;
  /// The answer kept under `key`; else what `call` answers, kept in one transaction with what it records.
  /// `is_only_recalled`: error "Landfall.NotMade" instead of the call.
  std::function<Result<http::Response>(const std::string& key, bool is_only_recalled, const Call& call)> answer_once{};
  /// Runs the function, undoes what it recorded, and gives its outcome.
  std::function<Result<void>(const std::function<Result<void>()>&)> undone = [](const auto&) -> Result<void> { return fail("UnsupportedOperation", "DryRun is not carried here."); };
  std::function<void(const CallContext&)> prepare{};  ///< before the handler runs
  /// Whether the caller may: an error is answered instead of the handler's answer.
  std::function<Result<void>(const CallContext&, const KeyOwner&, const Shape& shape, const void* input)> authorize{};
  std::function<void(const CallRecord&)> record{};  ///< after the answer is made
};

/// The operations that are carried, each with its handler.
class Registry {
 public:
  /// `members`: what a request may set, as paths of model names ("VpcId", "networkConfiguration.awsvpcConfiguration.*");
  /// a name covers what lies under it only with ".*"; {"*"} is everything. Other members are refused by name before the
  /// handler runs. Handlers answer or fail with AWS's code and sentence.
  template <class Request, class Answer>
  void add(std::string_view service, std::string_view operation, std::vector<std::string> members,
           std::function<Result<Answer>(const CallContext&, const Request&)> handler) {
    add_erased(service, operation, std::move(members), Request::shape(), Answer::shape(),
               {.make_input = [] { return std::shared_ptr<void>(std::make_shared<Request>()); },
                .call = [handler = std::move(handler)](const CallContext& context, const void* input) -> Result<std::shared_ptr<const void>> {
                  Answer answer = TRY(handler(context, *static_cast<const Request*>(input)));
                  return std::shared_ptr<const void>(std::make_shared<Answer>(std::move(answer)));
                }});
  }

  struct Erased {
    std::function<std::shared_ptr<void>()> make_input;
    std::function<Result<std::shared_ptr<const void>>(const CallContext&, const void*)> call;
  };
  struct Entry {
    const ServiceModel* service;
    const Operation* operation;
    std::vector<std::string> members;
    Erased erased;
  };
  const Entry* find(std::string_view service, std::string_view operation) const;
  const std::map<std::string, Entry, std::less<>>& entries() const { return entries_; }

 private:
  void add_erased(std::string_view service, std::string_view operation, std::vector<std::string> members, const Shape& input,
                  const Shape& output, Erased erased);
  std::map<std::string, Entry, std::less<>> entries_;  ///< by "service:Operation"
};

/// Turns HTTP requests into calls and back: finds service and operation, verifies the signature, refuses what is not
/// carried by name (always a 400-class error in the service's wire format).
class Endpoint {
 public:
  using FindKey = std::function<std::optional<KeyOwner>(std::string_view access_key)>;
  Endpoint(const Registry& registry, FindKey find_key, const Clock& clock, IdSource& ids, Hooks hooks = {})
      : registry_(registry), find_key_(std::move(find_key)), clock_(clock), ids_(ids), hooks_(std::move(hooks)) {}

  http::Response handle(http::Request request) const;

 private:
  http::Response answer(http::Request& request, CallRecord& record) const;
  /// The answer that a call with the same idempotency token got before, and the place to keep this one.
  std::optional<http::Response> replayed(const std::string& token_key) const;
  void remember(const std::string& token_key, const http::Response& response) const;

  const Registry& registry_;
  FindKey find_key_;
  const Clock& clock_;
  IdSource& ids_;
  Hooks hooks_;
  mutable std::mutex replay_mutex_;
  mutable std::map<std::string, http::Response> replays_;  ///< at most kMaxReplays, oldest gone first
  mutable std::deque<std::string> replay_order_;
};

/// The first set member of `input` that `members` does not allow, or "".
std::string first_unsupported(const Shape& shape, const void* input, const std::vector<std::string>& members);

}  // namespace landfall::aws
