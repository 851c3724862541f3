#pragma once

#include <list>
#include <memory>
#include <string_view>

#include "alb/field_block.h"
#include "alb/kept.h"
#include "alb/loop.h"
#include "alb/transport.h"

struct nghttp2_session;

namespace landfall::alb {

class TargetSession;
struct TargetCallbacks;

/// A request to a target of HTTP/2, as much of it as is there.
struct TargetRequest {
  FieldBlock head, trailers;
  Kept body;             ///< from its start while the request may have to be sent again
  size_t handed_out = 0;  ///< bytes of `body` that have gone out
  bool is_whole = true;   ///< nothing of the body is gone
  bool has_ended = false;
};

/// Why a stream ended without a whole answer.
struct StreamFailure {
  int status = 502;
  std::string_view reason;       ///< as in counters: "target_refused"
  bool is_unprocessed = false;   ///< the target has not looked at the request (RFC 9113 8.7): it may be sent again
  bool is_stale = false;         ///< an idle connection ended as the request came over it
  bool is_of_connecting = false;
  bool is_of_tls = false;        ///< the handshake failed
};

/// Whose request a stream carries. Once on_end, on_failed or the last on_head is called the stream must not be used any more.
class TargetStreamUser {
 public:
  virtual ~TargetStreamUser() = default;
  virtual void on_sent() = 0;  ///< the request's head goes out
  virtual void on_head(const FieldBlock& fields, bool is_last) = 0;  ///< never an interim one; if it is the last, on_end does not follow
  virtual void on_data(std::string_view bytes) = 0;
  virtual void on_end(const FieldBlock& trailers) = 0;
  virtual void on_failed(const StreamFailure& failure, TargetRequest request) = 0;
  virtual void on_room() = 0;             ///< more of the body can be taken
  virtual bool takes_data() const = 0;    ///< false: what comes waits for TargetStream::resume, and its window stays shut
};

/// One request on a connection to a target, and its answer.
class TargetStream {
 public:
  TargetStream(TargetSession& session, TargetStreamUser& user, TargetRequest request) : session_(session), user_(&user), request_(std::move(request)) {}
  bool has_room() const { return request_.body.size() - request_.handed_out < kMaxUnsent; }
  void send(std::string_view bytes);
  void end(FieldBlock trailers);
  void resume();
  void leave();  ///< the answer is not wanted any more: CANCEL, of this stream only

 private:
  friend class TargetSession;
  friend struct TargetCallbacks;
  static constexpr size_t kMaxUnsent = 64 * 1024;
  void submit();
  ssize_t produce(uint8_t* into, size_t room, uint32_t* flags);
  void take_fields(bool is_last);
  void take_data(std::string_view bytes);
  void take_end();
  void mark_ended();
  void pass(bool all);
  void fail(const StreamFailure& failure);
  void close(uint32_t error);
  void continue_sending();

  TargetSession& session_;
  TargetStreamUser* user_;  ///< null: it has left
  TargetRequest request_;
  int32_t id_ = 0;          ///< 0: waits for the connection
  FieldBlock fields_{{.bytes = 32 * 1024, .value = 32 * 1024, .fields = 200}};  ///< of the answer: its head, then its trailers
  Kept unread_;
  uint64_t found_received_ = 0;  ///< by the connection, when this began
  bool waits_ = false, is_answered_ = false, has_ended_ = false, is_closed_ = false, was_reset_ = false, found_idle_ = false;
};

/// Who has a session, and takes it out when it is over.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  virtual void on_limit(uint32_t streams) = 0;  ///< the target has said how many it takes at once
  virtual void on_over(TargetSession& session) = 0;  ///< to be buried
};

/// An HTTP/2 connection to a target: in clear with prior knowledge, or by ALPN over TLS (RFC 9113 3). Requests that come before
/// the target's SETTINGS wait for them: what does not speak HTTP/2 never sees one.
///
/// connecting → [handshaking →] greeting → open → closed
class TargetSession final : public Handler {
 public:
  /// `transport`   connecting; with a session of TLS that has yet to agree on HTTP/2 (target_tls_context), or without
  /// `streams`     that the target is thought to take until it says so
  TargetSession(EventLoop& loop, Transport transport, SessionOwner& owner, uint32_t streams);
  ~TargetSession() override;

  bool has_room() const;  ///< for another request
  TargetStream* begin(TargetStreamUser& user, TargetRequest request);
  void retire();          ///< takes no request any more, ends with its last one
  void on_event(uint32_t events) override;
  void on_tick(TimePoint now);

 private:
  friend class TargetStream;
  friend struct TargetCallbacks;
  enum class State { connecting, handshaking, greeting, open, closed };
  bool connect(uint32_t events);
  void greet();
  void take_settings();
  void serve();
  void flush();
  void flush_later();
  void drop(TargetStream* stream);
  void close(const StreamFailure& failure);

  EventLoop& loop_;
  Transport transport_;
  SessionOwner& owner_;
  nghttp2_session* session_ = nullptr;
  State state_ = State::connecting;
  std::list<TargetStream> streams_, dead_;
  Kept unsent_;
  uint64_t received_ = 0;
  uint32_t limit_;
  TimePoint deadline_;
  bool is_leaving_ = false, was_used_ = false, is_broken_ = false, will_flush_ = false, in_flush_ = false;
};

}  // namespace landfall::alb
