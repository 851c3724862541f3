#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alb/forward.h"
#include "alb/kept.h"
#include "alb/logins.h"
#include "alb/respond.h"
#include "alb/target_session.h"
#include "alb/upstream.h"
#include "http/h1_head.h"

namespace landfall::alb {

class Counters;
class Lane;
class Tally;
struct HeldRequest;

/// Whom an exchange answers: a client's connection of HTTP/1, or a stream of HTTP/2.
class Front {
 public:
  enum class Kind { http10, http11, http2 };
  virtual ~Front() = default;
  /// A piece of the target's answer, framed for this kind of client; `start` comes with the first. Scratch::kHeadroom bytes
  /// before `bytes` may be overwritten. After `is_last` the exchange is over and must not be called any more.
  virtual void deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last) = 0;
  /// Fields that follow the body; before the last piece. Only targets of HTTP/2 have them, and so only clients of HTTP/2 get them.
  virtual void take_trailers(const FieldBlock&) {}
  /// Whether the connection goes on after an answer of the balancer's own.
  virtual bool stays_open() const = 0;
  /// An answer of the balancer's own; the exchange is over.
  virtual void answer(const Answer& answer) = 0;
  /// The answer cannot be completed; the exchange is over.
  virtual void cut() = 0;
  /// Request bytes can be taken again.
  virtual void on_room() = 0;
  /// Nothing more of the answer can be taken before Exchange::resume.
  virtual bool is_blocked() const = 0;
};

/// One request on its way: the rule that takes it, the target that it goes to, and the answer that comes back. Lane owns
/// them and uses them again.
///
/// idle → [authenticating →] [connecting →] exchanging → idle   | tunnel → idle
///
/// A target of HTTP/1 has a connection to itself meanwhile (exchange.cc, exchange_answer.cc), one of HTTP/2 a stream (exchange_http2.cc).
class Exchange final : public UpstreamUser, private TargetStreamUser {
 public:
  explicit Exchange(Lane& lane);
  ~Exchange() override;

  /// `body`     bytes of the body that are there already, decoded; `body_done` if that is all of it.
  /// The front may be called back before this returns, also with an answer.
  void begin(Front& front, Front::Kind kind, const FrontFacts& facts, const http::h1::RequestHead& head, std::string_view body, bool body_done);
  /// A request that cannot be read: answered with `status` and told.
  void refuse(Front& front, Front::Kind kind, const FrontFacts& facts, const http::h1::RequestHead& head, int status, std::string_view reason);

  bool has_room() const { return stream_ == nullptr ? unsent_.size() < kMaxUnsent : stream_->has_room(); }
  void body(std::string_view bytes);  ///< decoded; as they are in a tunnel
  void end_body(FieldBlock trailers = {});
  void resume();                      ///< the front has room again
  void client_left();                 ///< it is gone, or this request is
  void fail_request(int status, std::string_view reason);  ///< the client's message is broken: answered with `status` if nothing was yet
  void on_tick(TimePoint now);
  void on_target_event(uint32_t events) override;
  void on_login(LoginOutcome outcome);  ///< what Lane::begin_login was asked for

  bool is_tunnel() const { return state_ == State::tunnel; }

 private:
  friend struct LogEntry;
  static constexpr size_t kMaxUnsent = 64 * 1024;
  enum class State { idle, authenticating, connecting, exchanging, tunnel };

  bool is_allowed(const http::h1::RequestHead& head);
  void note(const http::h1::RequestHead& head);
  Counters& counters() const;
  Tally& group_tally() const;
  const CompiledAction& decide(const http::h1::RequestHead& head);
  bool has_token(const CompiledAction& action, const http::h1::RequestHead& head);
  void go_on(const CompiledAction& action, const http::h1::RequestHead& head, std::string_view body, bool body_done);
  void act(const CompiledAction& action, const http::h1::RequestHead& head);
  const Group* choose_group(const CompiledAction& action, const http::h1::RequestHead& head);
  static Stickiness stickiness_in(const CompiledAction& action, const Group& group);
  void choose_target(const Group& group, const http::h1::RequestHead& head);
  bool takes_protocol(const http::h1::RequestHead& head) const;
  void add_stickiness(const http::h1::ResponseHead& head);
  const http::h1::RequestHead* rewritten(const Transforms& transforms, const http::h1::RequestHead& head);
  void note_rewritten(const http::h1::RequestHead& head, const http::h1::RequestHead& made);
  void send_head(const http::h1::RequestHead& head, std::string_view body, bool body_done);
  bool attach(bool fresh);
  void send(std::string_view bytes);
  void flush();
  void read_target();
  bool take_bytes(char* bytes, size_t size);
  bool take_head(std::string_view& bytes);
  void note_answer();
  void pass_body(const ResponseStart* start, char* bytes, size_t size);
  void pass_chunks(const ResponseStart* start, char* bytes, size_t size);
  void end_of_target();
  void retry_or_fail();
  void fail(int status, std::string_view reason);
  void answer_own(Answer answer, std::string_view reason);
  void count_invalid_names(const http::h1::Desync& found);
  void turn_away(std::string_view guard, int status, std::string why);
  void release_target(bool reusable);
  void finish(int status, std::string_view reason);
  void deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last);

  // A user to be known.
  bool take_callback(const http::h1::RequestHead& head);
  bool is_authenticated(const CompiledAction& action, const http::h1::RequestHead& head, std::string_view body, bool body_done);
  bool admits_stranger(const CompiledAction& action, const http::h1::RequestHead& head);
  void admit(const CompiledAction& action, const UserSession& session);
  void await_login(LoginCall call);
  void go_on_refreshed(HeldRequest& held, const LoginResult& result);

  // A target of HTTP/2.
  void call(const http::h1::RequestHead& head, std::string_view body, bool body_done);
  void attach_stream(TargetRequest request);
  void on_sent() override;
  void on_head(const FieldBlock& fields, bool is_last) override;
  void on_data(std::string_view bytes) override;
  void on_end(const FieldBlock& trailers) override;
  void on_failed(const StreamFailure& failure, TargetRequest request) override;
  void on_room() override { front_->on_room(); }
  bool takes_data() const override { return !front_->is_blocked(); }

  Lane& lane_;
  Front* front_ = nullptr;
  Front::Kind kind_ = Front::Kind::http11;
  const FrontFacts* facts_ = nullptr;
  std::shared_ptr<const Snapshot> snapshot_;
  const Listener* listener_ = nullptr;
  State state_ = State::idle;

  // The request.
  TraceRoot trace_{};
  http::h1::Framing framing_ = http::h1::Framing::none;
  bool is_head_ = false, may_repeat_ = false, wants_upgrade_ = false, request_done_ = true, isolates_ = false;
  std::string sent_head_;  ///< while it may have to be sent again
  TimePoint began_{}, sent_{}, answered_{}, last_activity_{}, connect_deadline_{};

  // Its user.
  struct Login {
    uint64_t ticket = 0;                ///< of the call to the provider
    std::unique_ptr<HeldRequest> held;  ///< goes on afterwards; null: a callback
    std::string location;               ///< where a callback leads
    size_t cookie_pieces = 0;           ///< that the client has
  };
  std::unique_ptr<Login> login_;        ///< while authenticating
  std::unique_ptr<UserIdentity> identity_;  ///< that targets are told
  std::vector<std::string> session_cookies_;

  // The target.
  const CompiledAction* action_ = nullptr;
  const Group* group_ = nullptr;
  Target* target_ = nullptr;  ///< kept by the snapshot
  std::unique_ptr<Upstream> upstream_;
  Kept unsent_, unread_;  ///< to the target; the start of a head or of a chunk's size from it
  bool is_reused_ = false, write_broken_ = false;
  enum class Handshake : uint8_t { none, ahead, running } handshake_ = Handshake::none;
  TargetStream* stream_ = nullptr;  ///< in place of upstream_
  int attempts_ = 0;

  // Its response.
  http::h1::ResponseHead response_;
  std::vector<std::string> cookies_;
  bool has_response_ = false, target_keeps_ = false, chunks_it_ = false, sets_group_cookie_ = false, sets_target_cookie_ = false, had_app_cookie_ = false;
  Stickiness stickiness_ = Stickiness::none;  ///< of the request's target
  http::h1::Framing response_framing_ = http::h1::Framing::none;
  uint64_t response_left_ = 0;
  http::h1::ChunkReader response_chunks_;

  // For the log.
  struct Noted {
    std::string request;   ///< the request, its user agent and, from trace_at on, its trace, as the log tells them; "" if it could not be read
    size_t trace_at = 0;
    std::string location;
    int target_status = 0;
    uint64_t received = 0, sent = 0;
    http::h1::Desync desync;
    std::string_view target_at, group_arn;  ///< of the snapshot
    int priority = -2;  ///< -2: no rule was looked for; -1: a login's callback
    std::string_view action;
    std::string error;  ///< AWS's word for why an action before the last refused it, or a cookie was not understood
    std::string_view transform;        ///< what became of the rule's rewrites; empty: none applied
    std::string new_host, new_url;     ///< that they made
    bool is_grpc = false;
  } noted_;
};

}  // namespace landfall::alb
