#include "alb/client.h"

#include <sys/socket.h>

#include <algorithm>

#include <fmt/format.h>

#include "alb/http2.h"
#include "alb/lane.h"
#include "alb/mutual_tls.h"
#include "alb/scratch.h"
#include "alb/tls.h"

namespace landfall::alb {
namespace {

using http::h1::Framing;
using http::h1::Parsed;

constexpr http::h1::Limits kLimits{.is_tolerant = true};
constexpr size_t kMaxPipelined = 64 * 1024;  // bytes of later requests that are kept while one is on its way
constexpr auto kLinger = std::chrono::seconds(2);
constexpr auto kHandshakeLimit = std::chrono::seconds(10);

}  // namespace

Client::Client(Lane& lane, Transport transport, const FrontFacts& facts) : lane_(lane), transport_(std::move(transport)), facts_(facts), last_activity_(lane.now()), born_(last_activity_) {
  if (transport_.tls() != nullptr) state_ = State::handshake;
}

Client::~Client() {
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->client_left();
}

void Client::start() {
  lane_.loop().watch(transport_.fd(), this, kEdges);
  if (state_ == State::open && lane_.snapshot()->options.logs_connections) lane_.log_connection(facts_, "-", 0);
}

void Client::on_event(uint32_t events) {
  if (state_ == State::closed) return;
  transport_.take(events);
  if (state_ != State::lingering) last_activity_ = lane_.now();
  if ((events & EPOLLOUT) != 0 && is_blocked()) {
    flush();
    if (state_ == State::closed) return;
    if (!is_blocked() && exchange_ != nullptr) exchange_->resume();
  }
  if (state_ == State::handshake && !shake_hands()) return;
  serve();
}

/// True once done: what follows is HTTP/1. HTTP/2 goes on as another connection.
bool Client::shake_hands() {
  const Io done = transport_.handshake();
  if (done == Io::again) return false;
  facts_.certificate = client_certificate(transport_.tls()->openssl());
  if (done == Io::closed) {
    lane_.counters(*facts_.node).add("elb.tls_failed");
    if (lane_.snapshot()->options.logs_connections) lane_.log_connection(facts_, fmt::format("Failed:{}", handshake_failure(transport_.tls()->openssl())), 0);
    close();
    return false;
  }
  facts_.tls = transport_.tls();
  transport_.set_readable();
  if (lane_.snapshot()->options.logs_connections) lane_.log_connection(facts_, "Success", std::chrono::duration<double>(lane_.now() - born_).count());
  state_ = State::open;
  if (transport_.tls()->alpn() != "h2") return true;
  state_ = State::closed;
  const int fd = transport_.fd();
  lane_.replace(this, make_http2(lane_, std::move(transport_), facts_), fd);
  return false;
}

/// Everything that can be done with what the client has said.
void Client::serve() {
  if (serving_) return;  // the caller's loop goes on
  serving_ = true;
  while (state_ == State::open || state_ == State::lingering) {
    if (state_ == State::open && !in_.empty()) {
      const size_t used = take(in_.view());
      if (state_ == State::open) in_.drop_front(used);
      if (used > 0) continue;
    }
    if (state_ == State::closed || !transport_.is_readable()) break;
    if (state_ == State::open && in_.size() >= (exchange_ != nullptr ? kMaxPipelined : 2 * kMaxPipelined)) break;
    if (state_ == State::open && exchange_ != nullptr && !exchange_->has_room()) break;
    char* at = Scratch::mine().input();
    size_t got = 0;
    const Io done = transport_.read(at, Scratch::kRead, got);
    if (done == Io::closed) {
      at_client_end();
      break;
    }
    if (state_ == State::lingering || got == 0) continue;
    if (!in_.empty()) {
      in_.append({at, got});
      continue;
    }
    const size_t used = take({at, got});
    if (state_ == State::open) in_.append({at + used, got - used});
  }
  serving_ = false;
  if (state_ != State::closed && transport_.tls() != nullptr && transport_.flush() == Io::closed) close();
}

/// How many of the bytes were used.
size_t Client::take(std::string_view bytes) {
  size_t used = 0;
  while (used < bytes.size() && state_ == State::open) {
    const std::string_view left = bytes.substr(used);
    size_t step = 0;
    if (exchange_ != nullptr && exchange_->is_tunnel()) {
      if (!exchange_->has_room()) break;
      exchange_->body(left);
      step = left.size();
    } else if (!request_done_) {
      if (exchange_ != nullptr && !exchange_->has_room()) break;
      step = take_body(left);
    } else if (exchange_ == nullptr) {
      step = begin_request(left);
    }
    if (step == 0) break;
    used += step;
  }
  return used;
}

size_t Client::take_body(std::string_view bytes) {
  if (framing_ == Framing::length) {
    const auto take = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
    left_ -= take;
    request_done_ = left_ == 0;
    Exchange* exchange = exchange_;
    if (exchange == nullptr) return take;
    exchange->body(bytes.substr(0, take));
    if (request_done_ && exchange_ == exchange) exchange->end_body();
    return take;
  }
  const auto step = chunks_.next(bytes);
  if (step.is_refused) {
    keep_alive_ = false;
    if (exchange_ != nullptr) exchange_->fail_request(400, "chunk_malformed");
    return bytes.size();
  }
  request_done_ = step.is_done;
  if (exchange_ != nullptr && !step.data.empty()) exchange_->body(step.data);
  if (exchange_ != nullptr && step.is_done) exchange_->end_body();
  return step.consumed;
}

/// 0: the head is not whole yet, or it was refused.
size_t Client::begin_request(std::string_view bytes) {
  while (bytes.starts_with("\r\n")) return 2;  // an empty line before a request is passed over (RFC 9112 2.2)
  http::h1::RequestHead& head = lane_.head();
  http::h1::Refusal refusal;
  const Parsed parsed = http::h1::parse_request(bytes, kLimits, head, refusal, seen_);
  if (parsed == Parsed::incomplete) {
    seen_ = static_cast<uint32_t>(bytes.size());
    return 0;
  }
  seen_ = 0;
  isolates_ = lane_.snapshot()->options.isolates(head.desync);
  exchange_ = lane_.begin();
  if (parsed == Parsed::refused) {
    keep_alive_ = is_head_ = is_oldest_ = false;
    exchange_->refuse(*this, kind_, facts_, head, refusal.status, refusal.reason);
    return 0;
  }
  is_oldest_ = head.minor_version == http::h1::kOldest;
  kind_ = head.minor_version < 1 ? Kind::http10 : Kind::http11;
  is_head_ = head.method == "HEAD";
  framing_ = head.framing;
  left_ = head.content_length;
  chunks_ = {};
  request_done_ = head.framing == Framing::none;
  keep_alive_ = head.keep_alive && !lane_.is_leaving() && lane_.now() - born_ < lane_.snapshot()->options.client_keep_alive;
  const size_t size = head.size;
  if (head.expects_continue && !request_done_) send("HTTP/1.1 100 Continue\r\n\r\n");
  if (state_ != State::open) return 0;
  std::string_view body;
  if (head.framing == Framing::length) {
    body = bytes.substr(size, static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - size)));
    left_ -= body.size();
    request_done_ = left_ == 0;
  }
  exchange_->begin(*this, kind_, facts_, head, body, request_done_);
  return size + body.size();
}

/// The client sends no more: with AWS that means that it has gone. One that has not said all of its request may still read why
/// it has failed.
void Client::at_client_end() {
  if (exchange_ != nullptr && !request_done_ && !exchange_->is_tunnel()) {
    keep_alive_ = false;
    exchange_->fail_request(400, "client_closed");
  }
  close();
}

void Client::on_room() {
  if (transport_.is_readable() || !in_.empty()) serve();
}

void Client::deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last) {
  if (start != nullptr) {
    const bool ends_by_close = kind_ == Kind::http10 && (start->head.framing == Framing::until_close || start->head.framing == Framing::chunked);
    keep_alive_ = keep_alive_ && !ends_by_close && !isolates_ && (request_done_ || !is_last) && !lane_.is_leaving() && !start->is_upgrade;
  }
  if (start != nullptr && !is_oldest_) {
    char* head = Scratch::mine().head();
    const size_t head_size = write_response_head(head, *start, keep_alive_);
    if (size == 0) {
      bytes = head;
    } else {
      bytes -= head_size;
      std::memcpy(bytes, head, head_size);
    }
    size += head_size;
  }
  if (is_last) exchange_ = nullptr;
  send({bytes, size});
  if (is_last && state_ == State::open) end_exchange(keep_alive_);
}

/// A body that nobody reads ends the connection.
bool Client::stays_open() const { return keep_alive_ && request_done_ && !isolates_ && !lane_.is_leaving(); }

void Client::answer(const Answer& answer) {
  exchange_ = nullptr;
  keep_alive_ = stays_open();
  send(is_oldest_ ? answer.body : render(answer, keep_alive_, is_head_));
  if (state_ == State::open) end_exchange(keep_alive_);
}

void Client::cut() {
  exchange_ = nullptr;
  close();
}

void Client::end_exchange(bool keeps) {
  last_activity_ = lane_.now();
  if (!keeps || !request_done_) return begin_close();
  if (!in_.empty() || transport_.is_readable()) serve();
}

void Client::send(std::string_view bytes) {
  if (state_ == State::closed || bytes.empty()) return;
  size_t taken = 0;
  if (out_.empty() && transport_.write(bytes, taken) == Io::closed) return at_client_end();
  if (taken == bytes.size()) return;
  out_.append(bytes.substr(taken));
  if (!lane_.is_over_budget()) return;
  lane_.counters(*facts_.node).add("elb.cut.memory");
  at_client_end();
}

void Client::flush() {
  Io done = Io::ok;
  if (out_.empty()) {
    done = transport_.flush();
  } else {
    size_t taken = 0;
    done = transport_.write(out_.view(), taken);
    out_.drop_front(taken);
  }
  if (done == Io::closed) return at_client_end();
  if (state_ == State::closing && !is_blocked()) begin_close();
}

/// Closes once everything is sent. What the client still sends is read for a moment: closing before that would reset the
/// connection under the answer.
void Client::begin_close() {
  state_ = State::closing;
  if (is_blocked()) return;
  if (transport_.tls() != nullptr) transport_.tls()->shut(transport_.fd());
  if (request_done_ && in_.empty() && !transport_.is_readable()) return close();
  in_.clear();
  shutdown(transport_.fd(), SHUT_WR);
  state_ = State::lingering;
  last_activity_ = lane_.now();
  if (transport_.is_readable()) serve();
}

void Client::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->client_left();
  lane_.release(this);
}

void Client::on_tick(TimePoint now) {
  const auto idle = lane_.snapshot()->options.idle_timeout;
  if (exchange_ != nullptr) return exchange_->on_tick(now);
  if (state_ == State::lingering) {
    if (now - last_activity_ >= kLinger || now - last_activity_ >= idle) close();
    return;
  }
  if (state_ == State::handshake && now - born_ >= kHandshakeLimit) {
    lane_.counters(*facts_.node).add("elb.tls_timeout");
    return close();
  }
  if (now - last_activity_ < idle) return;
  if (state_ != State::open || in_.empty()) return close();
  keep_alive_ = is_head_ = is_oldest_ = false;
  seen_ = 0;
  exchange_ = lane_.begin();
  lane_.head().desync = {};
  exchange_->refuse(*this, kind_, facts_, lane_.head(), 408, "client_idle");
}

}  // namespace landfall::alb
