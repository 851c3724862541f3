#include "alb/http2.h"

#include <algorithm>
#include <cstring>
#include <list>

#include <fmt/format.h>

#include "alb/exchange.h"
#include "alb/field_block.h"
#include "alb/frames.h"
#include "alb/kept.h"
#include "alb/lane.h"
#include "base/text.h"
#include "http/h1_scan.h"

namespace landfall::alb {
namespace {

using http::h1::Field;
using http::h1::Framing;

constexpr uint32_t kMaxStreams = 128;              // at once (ALB user guide, Listeners)
constexpr int kMaxRequests = 10'000;               // per connection, then GOAWAY
constexpr size_t kMaxCompressedHead = 8 * 1024;    // then GOAWAY (ALB user guide, Troubleshooting)
constexpr FieldBlock::Limits kLimits{.bytes = 64 * 1024, .value = 16 * 1024, .fields = 200};
constexpr size_t kMaxPending = 64 * 1024;          // answer bytes that a stream's window holds up
constexpr int32_t kWindow = 1 << 20;               // of a connection; a stream's is the standard's 64 KiB
constexpr int kMaxResets = 200, kMaxEmpty = 1000;  // of a peer within a second

class Http2;
struct Callbacks;

/// One request of the connection.
class Stream final : public Front {
 public:
  Stream(Http2& connection, int32_t id) : connection_(connection), id_(id) {}
  ~Stream() override { leave(); }

  void deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last) override;
  void take_trailers(const FieldBlock& trailers) override { trailers_ = trailers; }
  bool stays_open() const override { return true; }
  void answer(const Answer& answer) override;
  void cut() override;
  void on_room() override;
  bool is_blocked() const override { return pending_.size() >= kMaxPending; }

  FieldBlock& fields() { return fields_; }
  void begin(bool ended);
  void body(std::string_view bytes);
  void end_body();
  void leave();
  ssize_t produce(uint8_t* into, size_t room, uint32_t* flags);
  void resume();
  void on_tick(TimePoint now);

 private:
  friend class Http2;
  void submit(std::vector<nghttp2_nv>& fields, bool has_body);

  Http2& connection_;
  int32_t id_;
  Exchange* exchange_ = nullptr;
  FieldBlock fields_{kLimits};  ///< of the request: its head, then its trailers
  FieldBlock trailers_;         ///< of the answer
  Kept pending_;                ///< of the answer
  size_t unconsumed_ = 0;
  bool is_head_ = false, ended_ = false, waits_ = false, request_ended_ = false;
};

class Http2 final : public Connection {
 public:
  Http2(Lane& lane, Transport transport, const FrontFacts& facts);
  ~Http2() override;
  void start() override;
  void on_event(uint32_t events) override;
  void on_tick(TimePoint now) override;

  Lane& lane() { return lane_; }
  nghttp2_session* session() { return session_; }
  const FrontFacts& facts() const { return facts_; }
  void flush_later();
  void leave();
  void has_answer() { last_activity_ = lane_.now(); }  ///< it must go out before idleness ends the connection
  void resume_later(Stream* stream) { to_resume_.push_back(stream); }

 private:
  friend struct Callbacks;
  void serve();
  void flush();
  bool resume_streams();
  void attack(const char* name);
  void count_against(int& counter, int most, const char* name);
  void close();

  Lane& lane_;
  Transport transport_;
  FrontFacts facts_;
  nghttp2_session* session_ = nullptr;
  std::list<Stream> streams_, dead_;
  std::vector<Stream*> to_resume_;
  Kept unsent_;  ///< stays empty: TLS keeps what waits
  int requests_ = 0, resets_ = 0, empties_ = 0;
  size_t head_bytes_ = 0;
  bool is_closed_ = false, will_flush_ = false, is_leaving_ = false, in_flush_ = false;
  TimePoint last_activity_, born_, second_;
};

/// What nghttp2 tells us.
struct Callbacks {
  static Http2& of(void* user) { return *static_cast<Http2*>(user); }
  static Stream* stream_of(nghttp2_session* session, int32_t id) { return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id)); }

  static int begin_frame(nghttp2_session*, const nghttp2_frame_hd* frame, void* user) {
    Http2& connection = of(user);
    if (frame->type == NGHTTP2_HEADERS) connection.head_bytes_ = 0;
    if (frame->type == NGHTTP2_HEADERS || frame->type == NGHTTP2_CONTINUATION) connection.head_bytes_ += frame->length;
    if (connection.head_bytes_ > kMaxCompressedHead) connection.attack("elb.h2.head_too_large");
    const bool is_empty = frame->length == 0 && (frame->flags & NGHTTP2_FLAG_END_STREAM) == 0 && (frame->type == NGHTTP2_DATA || frame->type == NGHTTP2_CONTINUATION);
    const bool is_idle_talk = frame->type == NGHTTP2_PING || frame->type == NGHTTP2_SETTINGS || frame->type == NGHTTP2_PRIORITY;
    if (is_empty || is_idle_talk) connection.count_against(connection.empties_, kMaxEmpty, "elb.h2.frame_flood");
    if (frame->type == NGHTTP2_RST_STREAM) connection.count_against(connection.resets_, kMaxResets, "elb.h2.rapid_reset");
    return 0;
  }

  static int begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    Http2& connection = of(user);
    connection.streams_.emplace_front(connection, frame->hd.stream_id);
    nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, &connection.streams_.front());
    return 0;
  }

  static int header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name, size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void*) {
    Stream* stream = frame->hd.type == NGHTTP2_HEADERS ? stream_of(session, frame->hd.stream_id) : nullptr;
    if (stream != nullptr) stream->fields().add({reinterpret_cast<const char*>(name), name_size}, {reinterpret_cast<const char*>(value), value_size});
    return 0;
  }

  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    const bool ended = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    Stream* stream = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA ? stream_of(session, frame->hd.stream_id) : nullptr;
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      Http2& connection = of(user);
      const bool is_old = connection.lane_.now() - connection.born_ >= connection.lane_.snapshot()->options.client_keep_alive;
      if (++connection.requests_ >= kMaxRequests || is_old) connection.leave();
      stream->begin(ended);
    } else if (ended) {
      stream->end_body();
    }
    return 0;
  }

  static int data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes, size_t size, void*) {
    if (Stream* stream = stream_of(session, id)) stream->body({reinterpret_cast<const char*>(bytes), size});
    else nghttp2_session_consume(session, id, size);
    return 0;
  }

  static int closed(nghttp2_session* session, int32_t id, uint32_t, void* user) {
    Stream* stream = stream_of(session, id);
    if (stream == nullptr) return 0;
    Http2& connection = of(user);
    stream->leave();
    nghttp2_session_set_stream_user_data(session, id, nullptr);
    for (auto at = connection.streams_.begin(); at != connection.streams_.end(); ++at) {
      if (&*at != stream) continue;
      connection.dead_.splice(connection.dead_.begin(), connection.streams_, at);
      break;
    }
    return 0;
  }

  static ssize_t produce(nghttp2_session*, int32_t, uint8_t* into, size_t room, uint32_t* flags, nghttp2_data_source* source, void*) {
    return static_cast<Stream*>(source->ptr)->produce(into, room, flags);
  }

  static nghttp2_session_callbacks* table() {
    static nghttp2_session_callbacks* const made = [] {
      nghttp2_session_callbacks* c = nullptr;
      nghttp2_session_callbacks_new(&c);
      nghttp2_session_callbacks_set_on_begin_frame_callback(c, &begin_frame);
      nghttp2_session_callbacks_set_on_begin_headers_callback(c, &begin_headers);
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
      nghttp2_option_set_max_outbound_ack(o, 200);
      nghttp2_option_set_max_continuations(o, 8);
      nghttp2_option_set_no_closed_streams(o, 1);
      return o;
    }();
    return made;
  }
};

/// The head as HTTP/1.1 would have it; nghttp2 has checked names, values and pseudo fields.
void Stream::begin(bool ended) {
  http::h1::RequestHead& head = connection_.lane().head();
  head.fields.clear();
  head.desync = {};
  head.method = head.target = {};
  head.minor_version = 1;
  head.content_length = 0;
  head.keep_alive = true;
  head.wants_upgrade = head.expects_continue = false;
  head.size = fields_.bytes();
  request_ended_ = ended;
  std::string_view authority, host;
  std::string cookies;
  bool has_length = false;
  for (size_t i = 0; i < fields_.count(); ++i) {
    const auto [name, value] = fields_.at(i);
    if (name == ":method") head.method = value;
    else if (name == ":path") head.target = value;
    else if (name == ":authority") authority = value;
    else if (name == "host") host = value;
    else if (name == "cookie") cookies.append(cookies.empty() ? "" : "; ").append(value);  // its pieces are one field in HTTP/1.1 (RFC 9113 8.2.3)
    else if (!name.starts_with(':')) {
      const Field field{.name = name, .value = value, .id = http::h1::field_id(name)};
      if (field.id == http::h1::FieldId::content_length) has_length = true, head.content_length = std::strtoull(std::string(value).c_str(), nullptr, 10);
      if (field.id == http::h1::FieldId::expect) head.expects_continue = iequals(value, "100-continue");
      if (!http::h1::is_plain_name(name)) head.desync.has_odd_name = true;
      head.fields.push_back(field);
    }
  }
  if (!cookies.empty()) head.fields.push_back({.name = "cookie", .value = cookies, .id = http::h1::FieldId::cookie});
  if (authority.empty()) authority = host;
  head.fields.push_back({.name = "Host", .value = authority, .id = http::h1::FieldId::host});
  head.framing = ended ? Framing::none : has_length ? (head.content_length > 0 ? Framing::length : Framing::none) : Framing::chunked;
  is_head_ = head.method == "HEAD";
  exchange_ = connection_.lane().begin();
  if (fields_.is_too_large() || authority.empty() || (!authority.empty() && !host.empty() && !iequals(authority, host))) {
    return exchange_->refuse(*this, Kind::http2, connection_.facts(), head, 400, fields_.is_too_large() ? "head.too_large" : "host.not_exactly_one");
  }
  if (head.expects_continue && !ended) {
    nghttp2_nv status = pair_of(":status", "100");
    nghttp2_submit_headers(connection_.session(), NGHTTP2_FLAG_NONE, id_, nullptr, &status, 1, nullptr);
  }
  exchange_->begin(*this, Kind::http2, connection_.facts(), head, {}, ended);
  fields_.clear();
}

void Stream::body(std::string_view bytes) {
  unconsumed_ += bytes.size();
  if (exchange_ != nullptr) exchange_->body(bytes);
  if (exchange_ == nullptr || exchange_->has_room()) on_room();
}

void Stream::end_body() {
  request_ended_ = true;
  if (exchange_ != nullptr) exchange_->end_body(fields_.is_too_large() ? FieldBlock() : std::move(fields_));
}

/// The client's window opens as its bytes go out to the target.
void Stream::on_room() {
  if (unconsumed_ == 0) return;
  nghttp2_session_consume(connection_.session(), id_, std::exchange(unconsumed_, 0));
  connection_.flush_later();
}

void Stream::leave() {
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->client_left();
  if (unconsumed_ > 0) nghttp2_session_consume_connection(connection_.session(), std::exchange(unconsumed_, 0));
}

void Stream::submit(std::vector<nghttp2_nv>& fields, bool has_body) {
  nghttp2_data_provider provider{.source = {.ptr = this}, .read_callback = &Callbacks::produce};
  nghttp2_submit_response(connection_.session(), id_, fields.data(), fields.size(), has_body ? &provider : nullptr);
  connection_.flush_later();
}

void Stream::deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last) {
  if (is_last) {
    exchange_ = nullptr;
    ended_ = true;
  }
  pending_.append({bytes, size});
  if (start != nullptr) {
    thread_local std::vector<nghttp2_nv> fields;
    thread_local std::string names;
    fields.clear();
    names.clear();
    names.reserve(40 * 1024);  // as much as a head may be: the views stay
    char status[3] = {static_cast<char>('0' + start->head.status / 100 % 10), static_cast<char>('0' + start->head.status / 10 % 10), static_cast<char>('0' + start->head.status % 10)};
    fields.push_back(pair_of(":status", {status, 3}));
    const auto add = [&](std::string_view name, std::string_view value) {
      const size_t at = names.size();
      for (const char c : name) names += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
      fields.push_back(pair_of(std::string_view(names).substr(at), value));
    };
    for (const Field& field : start->head.fields) {
      const bool tells_length = field.id == http::h1::FieldId::content_length && start->head.framing != Framing::chunked;
      if (tells_length || start->passes(field)) add(field.name, field.value);
    }
    for (const auto& [name, value] : start->edits.sets) add(name, value);
    for (const std::string& cookie : start->cookies) add("set-cookie", cookie);
    submit(fields, !(is_last && pending_.empty() && trailers_.empty()));
  } else if (waits_) {
    waits_ = false;
    nghttp2_session_resume_data(connection_.session(), id_);
    connection_.flush_later();
  }
  // An answer before the whole request: the rest of it is not wanted.
  if (is_last && !request_ended_ && start == nullptr) connection_.flush_later();
}

void Stream::answer(const Answer& answer) {
  exchange_ = nullptr;
  connection_.has_answer();
  ended_ = true;
  const std::string status = std::to_string(answer.status), length = std::to_string(answer.body.size()), date = http_date_now();
  std::vector<nghttp2_nv> fields{pair_of(":status", status), pair_of("server", "awselb/2.0"), pair_of("date", date)};
  if (!answer.type.empty()) fields.push_back(pair_of("content-type", answer.type));
  fields.push_back(pair_of("content-length", length));
  if (!answer.location.empty()) fields.push_back(pair_of("location", answer.location));
  for (const std::string& cookie : answer.cookies) fields.push_back(pair_of("set-cookie", cookie));
  const std::string grpc_status = std::to_string(answer.grpc_status);
  if (answer.grpc_status >= 0) fields.push_back(pair_of("grpc-status", grpc_status));
  if (!is_head_) pending_.append(answer.body);
  submit(fields, !pending_.empty());
}

void Stream::cut() {
  exchange_ = nullptr;
  nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
  connection_.flush_later();
}

ssize_t Stream::produce(uint8_t* into, size_t room, uint32_t* flags) {
  if (pending_.empty() && !ended_) {
    waits_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const size_t take = std::min(room, pending_.size());
  if (take > 0) std::memcpy(into, pending_.view().data(), take);
  const bool was_blocked = is_blocked();
  pending_.drop_front(take);
  if (was_blocked && !is_blocked() && exchange_ != nullptr) connection_.resume_later(this);
  if (pending_.empty() && ended_) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!trailers_.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto fields = pairs_of(trailers_);
      nghttp2_submit_trailer(connection_.session(), id_, fields.data(), fields.size());
    }
    if (!request_ended_) {  // the answer came before the whole request: the client may stop (RFC 9113 8.1)
      nghttp2_submit_rst_stream(connection_.session(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_NO_ERROR);
    }
  }
  return static_cast<ssize_t>(take);
}

void Stream::resume() {
  if (exchange_ != nullptr) exchange_->resume();
}

void Stream::on_tick(TimePoint now) {
  if (exchange_ != nullptr) exchange_->on_tick(now);
}

Http2::Http2(Lane& lane, Transport transport, const FrontFacts& facts) : lane_(lane), transport_(std::move(transport)), facts_(facts), last_activity_(lane.now()), born_(lane.now()), second_(lane.now()) {
  facts_.is_http2 = true;
  nghttp2_session_server_new2(&session_, Callbacks::table(), this, Callbacks::options());
  const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxStreams}, {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kLimits.bytes}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kWindow);
}

Http2::~Http2() {
  streams_.clear();
  dead_.clear();
  nghttp2_session_del(session_);
}

/// Registered with the loop already: lane.replace has put us in the place of the connection that shook hands.
void Http2::start() {
  transport_.set_readable();
  serve();
}

void Http2::on_event(uint32_t events) {
  if (is_closed_) return;
  will_flush_ = will_flush_ && events != 0;
  transport_.take(events);
  if (events != 0) last_activity_ = lane_.now();
  serve();
}

void Http2::serve() {
  while (!is_closed_ && transport_.is_readable()) {
    char* at = frame_buffer();
    size_t got = 0;
    const Io done = transport_.read(at, kFramesAtOnce, got);
    if (got > 0 && nghttp2_session_mem_recv(session_, reinterpret_cast<const uint8_t*>(at), got) < 0) return close();
    if (done == Io::closed) return close();
    if (got == 0) break;
  }
  flush();
  dead_.clear();
}

/// The peer asks for more work than it lets be done: told so, and left.
void Http2::attack(const char* name) {
  if (is_leaving_ && nghttp2_session_want_read(session_) == 0) return;
  lane_.counters(*facts_.node).add(name);
  nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  is_leaving_ = true;
}

void Http2::count_against(int& counter, int most, const char* name) {
  if (lane_.now() - second_ >= std::chrono::seconds(1)) {
    second_ = lane_.now();
    resets_ = empties_ = 0;
  }
  if (++counter == most) attack(name);
}

/// Takes no more requests than those that have begun.
void Http2::leave() {
  if (is_leaving_) return;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
  is_leaving_ = true;
}

/// At the end of this turn, with what else comes until then.
void Http2::flush_later() {
  if (will_flush_ || in_flush_) return;
  will_flush_ = true;
  lane_.loop().again(this, 0);
}

/// Streams whose answers had to wait go on, if they are still there. False: there was none.
bool Http2::resume_streams() {
  if (to_resume_.empty()) return false;
  for (Stream* stream : std::exchange(to_resume_, {})) {
    if (std::ranges::any_of(streams_, [&](const Stream& live) { return &live == stream; })) stream->resume();
  }
  return true;
}

void Http2::flush() {
  if (is_closed_) return;
  in_flush_ = true;
  for (Sending step = Sending::some; step != Sending::blocked;) {
    step = send_frames(session_, transport_, unsent_);
    if (step == Sending::closed) return close();
    if (step == Sending::some) last_activity_ = lane_.now();
    if (!resume_streams() && step == Sending::nothing) break;
  }
  in_flush_ = false;
  to_resume_.clear();
  if (lane_.is_over_budget() && !transport_.is_flushed()) {
    lane_.counters(*facts_.node).add("elb.cut.memory");
    return close();
  }
  const bool is_over = nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
  if (transport_.is_flushed() && (is_over || (is_leaving_ && streams_.empty() && nghttp2_session_want_write(session_) == 0))) {
    transport_.tls()->shut(transport_.fd());
    close();
  }
}

void Http2::close() {
  in_flush_ = false;
  if (is_closed_) return;
  is_closed_ = true;
  for (Stream& stream : streams_) stream.leave();
  lane_.release(this);
}

void Http2::on_tick(TimePoint now) {
  if (is_closed_) return;
  for (auto at = streams_.begin(); at != streams_.end();) (at++)->on_tick(now);
  const auto idle = lane_.snapshot()->options.idle_timeout;
  if (now - last_activity_ >= idle && std::ranges::none_of(streams_, [](const Stream& stream) { return stream.exchange_ != nullptr; })) {
    nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
    flush();
    return close();
  }
  if (lane_.is_leaving()) leave();
  flush();
  dead_.clear();
}

}  // namespace

std::unique_ptr<Connection> make_http2(Lane& lane, Transport transport, const FrontFacts& facts) { return std::make_unique<Http2>(lane, std::move(transport), facts); }

}  // namespace landfall::alb
