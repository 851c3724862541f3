#include "alb/client.h"

#include <fmt/format.h>

#include "alb/respond.h"
#include "alb/worker.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

using http::h1::Framing;
using http::h1::Parsed;

constexpr size_t kPiece = 64 * 1024;      // read at once
constexpr size_t kMaxPending = 128 * 1024;  // unsent bytes in one direction before the other side is not read any more
constexpr size_t kMaxKept = 1024;           // idle connections to one target
constexpr auto kConnectLimit = std::chrono::seconds(10);
constexpr http::h1::Limits kResponseLimits{.line = 32 * 1024, .head = 32 * 1024};

std::string chunk(std::string_view data) { return fmt::format("{:x}\r\n{}\r\n", data.size(), data); }

/// Safe to send twice (RFC 9110 9.2.2).
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

const model::Action& choose_action(const Listener& listener, const model::RequestLine& line) {
  for (const model::Rule& rule : listener.config.rules) {
    if (model::matches(rule, line)) return rule.actions.back();
  }
  return listener.config.listener.default_actions.back();
}

}  // namespace

Client::Client(Worker& worker, Transport transport, int listener_port, std::string local_address)
    : worker_(worker), transport_(std::move(transport)), local_address_(std::move(local_address)) {
  facts_ = {.client_address = transport_.peer_address(), .client_port = transport_.peer_port(), .listener_port = listener_port, .is_tls = transport_.is_tls(), .trace_root = {}};
  if (transport_.is_tls()) state_ = State::handshake;
  born_ = std::chrono::steady_clock::now();
  touch();
}

Client::~Client() {
  if (target_ && upstream_) detach_target(false);
  worker_.loop().forget(transport_.fd());
}

void Client::start() {
  interest_ = EPOLLIN;
  worker_.loop().watch(transport_.fd(), this, interest_);
}

void Client::touch() { last_activity_ = std::chrono::steady_clock::now(); }

void Client::close() {
  state_ = State::closing;
  worker_.release(this);
}

void Client::on_event(uint32_t events) {
  if (state_ == State::closing) return;
  client_ready_ = (events & ~static_cast<uint32_t>(EPOLLOUT)) != 0 || transport_.is_tls();
  touch();
  advance();
}

/// One turn: everything that can be done without waiting is done.
void Client::advance() {
  if (state_ == State::handshake) {
    const Io done = transport_.handshake();
    if (done == Io::closed) return close();
    if (done == Io::again) return update_interest();
    state_ = State::reading_head;
    client_ready_ = true;
  }
  if (!out_.empty() && transport_.write(out_) == Io::closed) return close();
  if (out_.empty() && closes_after_) return close();
  if (client_ready_ && !closes_after_ && in_.size() < kMaxPending && up_out_.size() < kMaxPending && !read_client()) return;
  if (state_ == State::reading_head && !closes_after_) begin_request();
  if (state_ == State::closing) return;
  if (state_ == State::exchanging || state_ == State::tunnel) {
    pump_request();
    if (state_ == State::closing) return;
    pump_response();
    if (state_ == State::closing) return;
  }
  if (!out_.empty() && transport_.write(out_) == Io::closed) return close();
  if (out_.empty() && closes_after_) return close();
  update_interest();
}

/// False if the connection is gone.
bool Client::read_client() {
  client_ready_ = false;  // what is left raises another event
  const Io got = transport_.read(in_, kPiece);
  if (got != Io::closed) return true;
  if (state_ == State::exchanging || state_ == State::connecting) worker_.count("elb.460.client_closed");
  close();
  return false;
}

void Client::begin_request() {
  http::h1::Refusal refusal;
  const Parsed parsed = http::h1::parse_request(in_, {}, head_, refusal);
  if (parsed == Parsed::incomplete) return;
  keep_alive_ = false;
  if (parsed == Parsed::refused) return answer(error_page(refusal.status, false, false), fmt::format("elb.{}.{}", refusal.status, refusal.reason));
  snapshot_ = worker_.snapshot();
  const auto listener = snapshot_->listeners.find(facts_.listener_port);
  if (listener == snapshot_->listeners.end()) return close();
  worker_.count("requests");
  method_ = head_.method;
  is_http10_ = head_.minor_version == 0;
  request_framing_ = head_.framing;
  request_left_ = head_.content_length;
  request_chunks_ = {};
  request_done_ = head_.framing == Framing::none;
  wants_upgrade_ = head_.wants_upgrade;
  keep_alive_ = head_.keep_alive && std::chrono::steady_clock::now() - born_ < snapshot_->client_keep_alive;
  facts_.trace_root = worker_.trace_root();
  if (method_ == "TRACE") return answer(error_page(405, false, false), "elb.405.trace");
  if (has_too_many_hops(head_)) return answer(error_page(463, false, false), "elb.463.forwarded_for");
  if (head_.expects_continue) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  const model::RequestLine line = request_line(head_, facts_, listener->second.reads_headers);
  act(choose_action(listener->second, line), line);
}

void Client::act(const model::Action& action, const model::RequestLine& line) {
  if (action.type == "forward") return forward(action);
  const bool is_head = method_ == "HEAD";
  keep_alive_ = keep_alive_ && request_done_;  // a body that nobody reads ends the connection
  const size_t head_size = head_.size;
  const RequestParts parts{.protocol = facts_.is_tls ? "https" : "http", .host = lower(line.host.substr(0, line.host.find(':'))), .port = std::to_string(facts_.listener_port), .path = line.path, .query = line.query};
  const std::string text = action.redirect ? redirect_page(*action.redirect, parts, keep_alive_, is_head) : fixed_response(*action.fixed_response, keep_alive_, is_head);
  in_.erase(0, head_size);
  answer(text, "elb." + action.type);
}

/// Groups by weight; a group without healthy targets keeps its share (ALB user guide, Listeners).
void Client::forward(const model::Action& action) {
  int total = 0;
  for (const auto& group : action.target_groups) total += group.weight;
  int pick = total > 0 ? static_cast<int>(std::hash<std::string>{}(facts_.trace_root) % static_cast<size_t>(total)) : 0;
  const model::WeightedTargetGroup* chosen = &action.target_groups[0];
  for (const auto& group : action.target_groups) {
    if (pick < group.weight) {
      chosen = &group;
      break;
    }
    pick -= group.weight;
  }
  const auto group = snapshot_->groups.find(chosen->arn);
  target_ = group == snapshot_->groups.end() ? nullptr : group->second.choose(worker_.zone_of(local_address_));
  sent_head_ = request_head(head_, facts_, snapshot_->config.balancer);
  in_.erase(0, head_.size);
  if (total == 0 || !target_) {
    target_.reset();
    return fail_exchange(503, total == 0 ? "no_weight" : "no_targets");
  }
  ++target_->in_flight;
  if (!attach_target(false)) fail_exchange(502, "target_unreachable");
}

/// A kept-alive connection of the target if there is one, else a new one.
bool Client::attach_target(bool fresh) {
  up_out_ = sent_head_;
  up_in_.clear();
  has_response_ = response_done_ = target_ended_ = false;
  target_ready_ = false;
  if (!fresh) upstream_ = take_kept();
  is_reused_ = upstream_ != nullptr;
  if (is_reused_) {
    state_ = State::exchanging;
  } else {
    auto fd = start_connect(target_->address, target_->port, worker_.source_for(local_address_));
    if (!fd) return false;
    upstream_ = std::make_unique<Upstream>(worker_.loop(), Transport(std::move(*fd)), EPOLLOUT);
    state_ = State::connecting;
    connect_deadline_ = std::chrono::steady_clock::now() + kConnectLimit;
  }
  upstream_->lend(this);
  return true;
}

/// The newest kept connection. One that its target has just closed is found before a request that cannot be repeated.
std::unique_ptr<Upstream> Client::take_kept() {
  const bool may_repeat = is_idempotent(method_) && request_framing_ == Framing::none;
  while (!target_->idle.empty()) {
    auto kept = std::move(target_->idle.back());
    target_->idle.pop_back();
    if (may_repeat || !kept->transport().is_spoilt()) return kept;
    retire(std::move(kept));
  }
  return nullptr;
}

void Client::on_target_event(uint32_t events) {
  if (state_ == State::closing || !upstream_) return;
  target_ready_ = target_ready_ || (events & ~static_cast<uint32_t>(EPOLLOUT)) != 0;
  touch();
  if (state_ == State::connecting) {
    if (const int error = connect_error(upstream_->transport().fd()); error != 0) {
      fail_exchange(error == ETIMEDOUT ? 504 : 502, error == ECONNREFUSED ? "target_refused" : "target_unreachable");
      if (state_ != State::closing) advance();
      return;
    }
    state_ = State::exchanging;
  }
  advance();
}

/// Client → target, as far as both sides allow.
void Client::pump_request() {
  if (!upstream_) return;
  if (state_ == State::tunnel) {
    up_out_ += in_;
    in_.clear();
  }
  while (state_ == State::exchanging && !request_done_ && !in_.empty() && up_out_.size() < kMaxPending) {
    if (request_framing_ == Framing::length) {
      const size_t take = static_cast<size_t>(std::min<uint64_t>(request_left_, in_.size()));
      up_out_.append(in_, 0, take);
      in_.erase(0, take);
      request_left_ -= take;
      request_done_ = request_left_ == 0;
      continue;
    }
    const auto step = request_chunks_.next(in_);
    if (step.is_refused) return fail_exchange(400, "chunk_malformed");
    if (!step.data.empty()) up_out_ += chunk(step.data);
    if (step.is_done) up_out_ += "0\r\n\r\n";
    request_done_ = step.is_done;
    in_.erase(0, step.consumed);
    if (step.consumed == 0 && !step.is_done) break;
  }
  if (!up_out_.empty() && upstream_->transport().write(up_out_) == Io::closed) retry_or_fail();
}

/// Target → client.
void Client::pump_response() {
  if (!upstream_) return;
  read_target();
  if (!upstream_ || state_ == State::closing) return;
  if (state_ == State::tunnel) {
    out_ += up_in_;
    up_in_.clear();
    if (target_ended_) {
      detach_target(false);
      closes_after_ = true;
    }
    return;
  }
  if (!has_response_ && !take_response_head()) return;
  while (!response_done_ && !up_in_.empty()) {
    if (response_framing_ == Framing::chunked) {
      const auto step = response_chunks_.next(up_in_);
      if (step.is_refused) return fail_exchange(502, "response_malformed");
      if (!step.data.empty()) out_ += is_http10_ ? std::string(step.data) : chunk(step.data);
      if (step.is_done && !is_http10_) out_ += "0\r\n\r\n";
      response_done_ = step.is_done;
      up_in_.erase(0, step.consumed);
      if (step.consumed == 0 && !step.is_done) break;
      continue;
    }
    const size_t take = response_framing_ == Framing::length ? static_cast<size_t>(std::min<uint64_t>(response_left_, up_in_.size())) : up_in_.size();
    if (chunks_it_) out_ += chunk(std::string_view(up_in_).substr(0, take));
    else if (out_.empty() && take == up_in_.size()) out_.swap(up_in_);
    else out_.append(up_in_, 0, take);
    if (!up_in_.empty()) up_in_.erase(0, take);
    if (response_framing_ == Framing::length) {
      response_left_ -= take;
      response_done_ = response_left_ == 0;
    }
  }
  if (response_done_) return finish_response();
  if (target_ended_) end_of_target();
}

void Client::read_target() {
  while (target_ready_ && out_.size() + up_in_.size() < kMaxPending && !target_ended_) {
    const size_t before = up_in_.size();
    const Io got = upstream_->transport().read(up_in_, kPiece);
    if (got == Io::closed) target_ended_ = true;
    else if (up_in_.size() - before < kPiece) target_ready_ = false;  // what is left raises another event
  }
}

/// False while there is none yet, or when the exchange has ended without one.
bool Client::take_response_head() {
  for (;;) {
    http::h1::Refusal refusal;
    const Parsed parsed = http::h1::parse_response(up_in_, kResponseLimits, method_ == "HEAD", response_, refusal);
    if (parsed == Parsed::refused) {
      fail_exchange(502, "response_malformed");
      return false;
    }
    if (parsed == Parsed::incomplete) {
      if (target_ended_) retry_or_fail();
      return false;
    }
    if (response_.status >= 200 || response_.status == 101) break;
    up_in_.erase(0, response_.size);  // interim answers end here
  }
  has_response_ = true;
  const bool is_upgrade = response_.status == 101 && wants_upgrade_;
  response_framing_ = response_.framing;
  response_left_ = response_.content_length;
  response_chunks_ = {};
  target_keeps_ = response_.keep_alive;
  chunks_it_ = response_framing_ == Framing::until_close && !is_http10_;
  const bool ends_by_close = is_http10_ && (response_framing_ == Framing::until_close || response_framing_ == Framing::chunked);
  if (ends_by_close) keep_alive_ = false;
  response_done_ = response_framing_ == Framing::none && !is_upgrade;
  out_ += response_head(response_, keep_alive_, chunks_it_, is_upgrade);
  worker_.count(fmt::format("target.{}xx", response_.status / 100));
  up_in_.erase(0, response_.size);
  if (!is_upgrade) return true;
  state_ = State::tunnel;
  request_done_ = true;
  return false;
}

/// The target closed: fine for a body that ends so, else the answer is cut short.
void Client::end_of_target() {
  if (response_framing_ == Framing::until_close) {
    if (chunks_it_) out_ += "0\r\n\r\n";
    response_done_ = true;
    target_keeps_ = false;
    return finish_response();
  }
  worker_.count("elb.cut.target_closed");
  detach_target(false);
  closes_after_ = true;
}

void Client::finish_response() {
  const bool clean = request_done_ && up_in_.empty() && target_keeps_ && !target_->is_draining;
  detach_target(clean);
  if (!keep_alive_ || !request_done_) closes_after_ = true;
  state_ = State::reading_head;
  if (!closes_after_ && !in_.empty()) begin_request();
}

/// A kept-alive connection that turned out closed: the request is sent again on a fresh one if that cannot do harm.
void Client::retry_or_fail() {
  const bool may_repeat = is_reused_ && !has_response_ && up_in_.empty() && is_idempotent(method_) && request_framing_ == Framing::none;
  if (!may_repeat) return fail_exchange(502, "target_closed");
  retire(std::move(upstream_));
  if (!attach_target(true)) fail_exchange(502, "target_unreachable");
}

void Client::fail_exchange(int status, const std::string& reason) {
  if (target_) detach_target(false);
  if (has_response_) {  // its head is out: only cutting tells the client
    worker_.count("elb.cut." + reason);
    return close();
  }
  keep_alive_ = keep_alive_ && request_done_;
  answer(error_page(status, keep_alive_, method_ == "HEAD"), fmt::format("elb.{}.{}", status, reason));
}

/// An answer of the balancer's own; the next request may follow if the connection is kept.
void Client::answer(std::string text, const std::string& reason) {
  worker_.count(reason);
  out_ += text;
  state_ = State::reading_head;
  if (!keep_alive_) closes_after_ = true;
  else if (!in_.empty()) begin_request();
}

void Client::detach_target(bool reusable) {
  if (upstream_) {
    if (reusable && target_->idle.size() < kMaxKept) {
      upstream_->want(EPOLLIN);
      upstream_->keep_in(target_.get());
      target_->idle.push_back(std::move(upstream_));
    } else {
      retire(std::move(upstream_));
    }
  }
  if (target_) --target_->in_flight;
  target_.reset();
  up_out_.clear();
  up_in_.clear();
  has_response_ = false;
}

void Client::update_interest() {
  uint32_t wanted = 0;
  if (!closes_after_ && in_.size() < kMaxPending && up_out_.size() < kMaxPending) wanted |= EPOLLIN;
  if (!out_.empty() || transport_.wants_write()) wanted |= EPOLLOUT;
  if (wanted != interest_) worker_.loop().change(transport_.fd(), this, interest_ = wanted);
  if (!upstream_ || state_ == State::connecting) return;
  uint32_t up_wanted = 0;
  if (out_.size() + up_in_.size() < kMaxPending) up_wanted |= EPOLLIN;
  if (!up_out_.empty()) up_wanted |= EPOLLOUT;
  upstream_->want(up_wanted);
}

/// An idle connection holds no buffer.
void Client::release_buffers() {
  for (std::string* buffer : {&in_, &out_, &up_in_, &up_out_, &sent_head_}) {
    if (buffer->empty() || buffer == &sent_head_) std::string().swap(*buffer);
  }
}

void Client::on_tick(TimePoint now) {
  if (state_ == State::closing) return;
  const auto idle = worker_.snapshot()->idle_timeout;
  if (state_ == State::reading_head && now - last_activity_ >= std::chrono::seconds(1)) release_buffers();
  if (target_ && target_->is_cut) {
    fail_exchange(502, "deregistration_delay_ended");
  } else if (state_ == State::connecting && now >= connect_deadline_) {
    fail_exchange(504, "target_connect_timeout");
  } else if (now - last_activity_ >= idle) {
    if (state_ == State::exchanging && !has_response_) fail_exchange(504, "target_idle_timeout");
    else if (state_ == State::reading_head && !in_.empty() && !closes_after_) {
      keep_alive_ = false;
      answer(error_page(408, false, false), "elb.408.client_idle");
    } else return close();
    touch();
  } else {
    return;
  }
  if (state_ != State::closing) advance();
}

}  // namespace landfall::alb
