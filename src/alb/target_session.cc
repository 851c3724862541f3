#include "alb/target_session.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "alb/frames.h"
#include "base/ensure.h"

namespace landfall::alb {

namespace {

constexpr auto kConnectLimit = std::chrono::seconds(10);  // with the handshake and the target's SETTINGS
constexpr size_t kMaxRepeated = 64 * 1024;                // of a body that is kept to be sent again
constexpr uint32_t kStreamWindow = 256 * 1024;            // what a stream whose client is slow may hold up
constexpr int32_t kWindow = 16 << 20;                     // of the connection; never held up by a stream
constexpr uint32_t kMaxStreams = 128;                     // at once, also where the target takes more: then another connection

}  // namespace

/// What nghttp2 tells us.
struct TargetCallbacks {
  static TargetSession& of(void* user) { return *static_cast<TargetSession*>(user); }
  static TargetStream* stream_of(nghttp2_session* session, int32_t id) { return static_cast<TargetStream*>(nghttp2_session_get_stream_user_data(session, id)); }

  static int header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void*) {
    TargetStream* stream = frame->hd.type == NGHTTP2_HEADERS ? stream_of(session, frame->hd.stream_id) : nullptr;
    if (stream != nullptr) stream->fields_.add({reinterpret_cast<const char*>(name), name_size}, {reinterpret_cast<const char*>(value), value_size});
    return 0;
  }

  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) of(user).take_settings();
    if (frame->hd.type == NGHTTP2_GOAWAY) of(user).retire();
    TargetStream* stream = frame->hd.stream_id == 0 ? nullptr : stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS) stream->take_fields(is_last);
    if (frame->hd.type == NGHTTP2_DATA && is_last) stream->take_end();
    if (frame->hd.type == NGHTTP2_RST_STREAM) stream->was_reset_ = true;
    return 0;
  }

  static int data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void*) {
    nghttp2_session_consume_connection(session, size);  // a stream that waits holds up no other
    if (TargetStream* stream = stream_of(session, id)) stream->take_data({reinterpret_cast<const char*>(bytes), size});
    return 0;
  }

  static int closed(nghttp2_session* session, int32_t id, uint32_t error, void*) {
    if (TargetStream* stream = stream_of(session, id)) stream->close(error);
    return 0;
  }

  static ssize_t produce(nghttp2_session*, int32_t, uint8_t* into, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) {
    return static_cast<TargetStream*>(source->ptr)->produce(into, room, flags);
  }

  static nghttp2_session_callbacks* table() {
    static nghttp2_session_callbacks* const made = [] {
      nghttp2_session_callbacks* c = nullptr;
      nghttp2_session_callbacks_new(&c);
      nghttp2_session_callbacks_set_on_header_callback(c, &header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(c, &frame_received);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, &data);
      nghttp2_session_callbacks_set_on_stream_close_callback(c, &closed);
      return c;
    }();
    return made;
  }

  static nghttp2_option* options() {
    static nghttp2_option* const made = [] {
      nghttp2_option* o = nullptr;
      nghttp2_option_new(&o);
      nghttp2_option_set_no_auto_window_update(o, 1);
      nghttp2_option_set_max_send_header_block_length(o, 256 * 1024);  // the largest head that is taken, and what we add
      nghttp2_option_set_max_continuations(o, 8);
      return o;
    }();
    return made;
  }
};

// A stream.

void TargetStream::submit() {
  const auto fields = pairs_of(request_.head);
  nghttp2_data_provider provider{.source = {.ptr = this}, .read_callback = &TargetCallbacks::produce};
  const bool has_body = !request_.has_ended || !request_.body.empty() || !request_.trailers.empty();
  id_ = nghttp2_submit_request(session_.session_, nullptr, fields.data(), fields.size(), has_body ? &provider : nullptr, this);
  ENSURE(id_ > 0, "a session with room takes a request");
  session_.was_used_ = true;
  session_.flush_later();
  user_->on_sent();
}

void TargetStream::continue_sending() {
  if (!waits_) return;
  waits_ = false;
  nghttp2_session_resume_data(session_.session_, id_);
  session_.flush_later();
}

void TargetStream::send(std::string_view bytes) {
  request_.body.append(bytes);
  continue_sending();
}

void TargetStream::end(FieldBlock trailers) {
  request_.trailers = std::move(trailers);
  request_.has_ended = true;
  continue_sending();
}

ssize_t TargetStream::produce(uint8_t* into, size_t room, uint32_t* flags) {
  const bool was_full = !has_room();
  const size_t take = std::min(room, request_.body.size() - request_.handed_out);
  if (take == 0 && !request_.has_ended) {
    waits_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  if (take > 0) std::memcpy(into, request_.body.view().data() + request_.handed_out, take);
  request_.handed_out += take;
  if (request_.handed_out > 0 && (is_answered_ || request_.body.size() > kMaxRepeated)) {
    request_.is_whole = false;
    request_.body.drop_front(std::exchange(request_.handed_out, 0));
  }
  if (request_.has_ended && request_.handed_out == request_.body.size()) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!request_.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto fields = pairs_of(request_.trailers);
      nghttp2_submit_trailer(session_.session_, id_, fields.data(), fields.size());
    }
  }
  if (was_full && has_room() && user_ != nullptr) user_->on_room();
  return static_cast<ssize_t>(take);
}

/// A head, interim ones passed over, or the trailers.
void TargetStream::take_fields(bool is_last) {
  if (user_ == nullptr) return;
  if (is_answered_) return is_last ? take_end() : void();
  if (fields_.find(":status").starts_with('1')) return fields_.clear();
  is_answered_ = true;
  if (is_last) {
    mark_ended();
    return std::exchange(user_, nullptr)->on_head(fields_, true);
  }
  user_->on_head(fields_, false);
  fields_.clear();
}

void TargetStream::take_data(std::string_view bytes) {
  if (user_ == nullptr) return;
  if (!unread_.empty() || !user_->takes_data()) return unread_.append(bytes);
  user_->on_data(bytes);
  nghttp2_session_consume_stream(session_.session_, id_, bytes.size());
}

void TargetStream::take_end() {
  mark_ended();
  pass(false);
}

void TargetStream::mark_ended() {
  has_ended_ = true;
  if (request_.has_ended && request_.handed_out == request_.body.size()) return;
  // An early answer: the rest of the request is not wanted (RFC 9113 8.1).
  nghttp2_submit_rst_stream(session_.session_, NGHTTP2_FLAG_NONE, id_, NGHTTP2_CANCEL);
  session_.flush_later();
}

/// What waits goes on as far as it is taken, then the end.
void TargetStream::pass(bool all) {
  if (user_ != nullptr && !unread_.empty() && (all || user_->takes_data())) {
    const Kept bytes = std::move(unread_);
    unread_.clear();
    nghttp2_session_consume_stream(session_.session_, id_, bytes.size());
    session_.flush_later();
    user_->on_data(bytes.view());
  }
  if (user_ == nullptr || !has_ended_ || !unread_.empty()) return;
  std::exchange(user_, nullptr)->on_end(fields_);
  if (is_closed_) session_.drop(this);
}

void TargetStream::resume() { pass(false); }

void TargetStream::leave() {
  user_ = nullptr;
  unread_.clear();
  if (id_ == 0 || is_closed_) return session_.drop(this);
  nghttp2_submit_rst_stream(session_.session_, NGHTTP2_FLAG_NONE, id_, NGHTTP2_CANCEL);
  session_.flush_later();
}

void TargetStream::fail(const StreamFailure& failure) {
  TargetRequest request = std::move(request_);
  request_ = {};
  request.handed_out = 0;
  if (user_ != nullptr) std::exchange(user_, nullptr)->on_failed(failure, std::move(request));
}

/// nghttp2 knows it no more.
void TargetStream::close(uint32_t error) {
  is_closed_ = true;
  if (user_ != nullptr && has_ended_) return;  // its client has yet to take the rest
  const bool is_refused = error == NGHTTP2_REFUSED_STREAM;  // also by GOAWAY
  fail({.reason = is_refused ? "target_refused_stream" : was_reset_ ? "target_reset_stream" : "response_malformed", .is_unprocessed = is_refused});
  session_.drop(this);
}

// The connection.

TargetSession::TargetSession(EventLoop& loop, Transport transport, SessionOwner& owner, uint32_t streams)
    : loop_(loop), transport_(std::move(transport)), owner_(owner), limit_(streams), deadline_(loop.now() + kConnectLimit) {
  nghttp2_session_client_new2(&session_, TargetCallbacks::table(), this, TargetCallbacks::options());
  loop_.watch(transport_.fd(), this, kEdges);
}

TargetSession::~TargetSession() {
  streams_.clear();
  dead_.clear();
  nghttp2_session_del(session_);
}

bool TargetSession::has_room() const {
  if (state_ == State::closed || is_leaving_ || streams_.size() >= limit_) return false;
  return state_ != State::open || nghttp2_session_check_request_allowed(session_) != 0;
}

TargetStream* TargetSession::begin(TargetStreamUser& user, TargetRequest request) {
  TargetStream& stream = streams_.emplace_back(*this, user, std::move(request));
  stream.found_idle_ = was_used_ && streams_.size() == 1;
  stream.found_received_ = received_;
  if (state_ == State::open) stream.submit();
  return &stream;
}

void TargetSession::retire() {
  if (is_leaving_) return;
  is_leaving_ = true;
  flush_later();
}

void TargetSession::on_event(uint32_t events) {
  if (state_ == State::closed) return;
  will_flush_ = will_flush_ && events != 0;
  transport_.take(events);
  if ((state_ == State::connecting || state_ == State::handshaking) && !connect(events)) return;
  serve();
}

/// False: not there yet, or failed.
bool TargetSession::connect(uint32_t events) {
  if (state_ == State::connecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return false;
    if (const int error = connect_error(transport_.fd()); error != 0) {
      close({.status = error == ETIMEDOUT ? 504 : 502, .reason = error == ECONNREFUSED ? "target_refused" : "target_unreachable", .is_of_connecting = true});
      return false;
    }
    state_ = State::handshaking;
  }
  if (transport_.tls() != nullptr) {
    const Io done = transport_.handshake();
    if (done == Io::again) return false;
    if (done == Io::closed || transport_.tls()->alpn() != "h2") {
      close({.reason = done == Io::closed ? "target_tls_failed" : "target_not_http2", .is_of_tls = done == Io::closed});
      return false;
    }
    transport_.set_readable();
  }
  greet();
  return true;
}

void TargetSession::greet() {
  state_ = State::greeting;
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow}, {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, 32 * 1024}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
}

/// The first ones end the greeting: what waits goes out as far as the target takes it, the rest elsewhere.
void TargetSession::take_settings() {
  limit_ = std::min(kMaxStreams, nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
  owner_.on_limit(limit_);
  if (state_ != State::greeting) return;
  state_ = State::open;
  size_t sent = 0;
  for (auto at = streams_.begin(); at != streams_.end();) {
    TargetStream& stream = *at++;
    if (stream.user_ == nullptr) continue;
    if (sent++ < limit_) {
      stream.submit();
      continue;
    }
    stream.fail({.reason = "target_refused_stream", .is_unprocessed = true});
    drop(&stream);
  }
}

void TargetSession::serve() {
  while (state_ != State::closed && transport_.is_readable()) {
    char* at = frame_buffer();
    size_t got = 0;
    const Io done = transport_.read(at, kFramesAtOnce, got);
    const bool is_read = got == 0 || nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(at), got) >= 0;
    received_ += got;
    if (is_read) flush();  // what is wrong with a stream, or with all, is known before the connection's end is met
    if (state_ == State::closed) return;
    const bool is_at_end = done == Io::closed && got == 0, is_broken = !is_read || nghttp2_session_want_read(session_) == 0;
    if (is_at_end || is_broken) return close({.reason = state_ == State::greeting ? "target_not_http2" : is_broken ? "response_malformed" : "target_closed"});
    if (got == 0) break;
  }
  flush();
  dead_.clear();
}

/// At the end of this turn, with what else comes until then.
void TargetSession::flush_later() {
  if (will_flush_ || in_flush_ || state_ == State::closed) return;
  will_flush_ = true;
  loop_.again(this, 0);
}

void TargetSession::flush() {
  if (state_ < State::greeting || state_ == State::closed || is_broken_) return;
  in_flush_ = true;
  Sending step = Sending::some;
  while (step == Sending::some) step = send_frames(session_, transport_, unsent_);
  in_flush_ = false;
  if (step == Sending::closed) {  // the target may have answered before it closed: what it said is read before this counts
    is_broken_ = true;
    transport_.take(EPOLLHUP | EPOLLIN);
    return loop_.again(this, EPOLLIN | EPOLLHUP);
  }
  if (is_leaving_ && streams_.empty() && step == Sending::nothing) close({});
}

void TargetSession::drop(TargetStream* stream) {
  const auto at = std::ranges::find_if(streams_, [&](const TargetStream& other) { return &other == stream; });
  if (at == streams_.end()) return;
  dead_.splice(dead_.begin(), streams_, at);
  if (is_leaving_) flush_later();
}

/// Each stream is told, those whose answer is whole with the rest of it.
void TargetSession::close(const StreamFailure& failure) {
  if (state_ == State::closed) return;
  const bool says_why = state_ >= State::greeting && !is_broken_;
  state_ = State::closed;
  while (!streams_.empty()) {
    TargetStream& stream = streams_.front();
    dead_.splice(dead_.begin(), streams_, streams_.begin());
    stream.is_closed_ = true;
    StreamFailure its = failure;
    const bool is_of_kept = stream.found_idle_ && stream.found_received_ == received_ && failure.reason == "target_closed";
    if (is_of_kept) {
      its.reason = "kept_connection_closed";
      its.is_stale = true;
    }
    if (stream.has_ended_) stream.pass(true);
    else stream.fail(its);
  }
  if (says_why) (void)send_frames(session_, transport_, unsent_);
  owner_.on_over(*this);
}

void TargetSession::on_tick(TimePoint now) {
  if (state_ == State::closed) return;
  if (state_ < State::open && now >= deadline_) {
    switch (state_) {
      case State::connecting: return close({.status = 504, .reason = "target_connect_timeout", .is_of_connecting = true});
      case State::handshaking: return close({.reason = "target_tls_timeout", .is_of_tls = true});
      default: return close({.reason = "target_not_http2"});
    }
  }
  flush();
  if (state_ != State::closed) dead_.clear();
}

}  // namespace landfall::alb
