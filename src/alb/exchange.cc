#include "alb/exchange.h"

#include <fmt/format.h>

#include "alb/held_request.h"
#include "alb/lane.h"
#include "alb/scratch.h"
#include "alb/tls.h"

namespace landfall::alb {
namespace {

using http::h1::Framing;
using http::h1::RequestHead;

constexpr auto kConnectLimit = std::chrono::seconds(10);  // of connecting, and of the TLS handshake (ALB user guide, Troubleshooting)
constexpr auto kPatience = std::chrono::seconds(1);  // of a client, with a target that should answer at once

/// Safe to send twice (RFC 9110 9.2.2).
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

}  // namespace

Exchange::Exchange(Lane& lane) : lane_(lane) {}
Exchange::~Exchange() = default;

/// Of the node that the request came to.
Counters& Exchange::counters() const { return lane_.counters(*facts_->node); }
Tally& Exchange::group_tally() const { return group_->state->tally(*facts_->node); }

void Exchange::begin(Front& front, Front::Kind kind, const FrontFacts& facts, const RequestHead& head, std::string_view body, bool body_done) {
  front_ = &front;
  kind_ = kind;
  facts_ = &facts;
  snapshot_ = lane_.snapshot();
  began_ = last_activity_ = lane_.now();
  framing_ = head.framing;
  is_head_ = head.method == "HEAD";
  may_repeat_ = head.framing == Framing::none && is_idempotent(head.method);
  wants_upgrade_ = head.wants_upgrade;
  request_done_ = body_done;
  noted_.is_grpc = kind == Front::Kind::http2 && head.method == "POST" && is_grpc_type(http::h1::find(head.fields, "content-type").value_or(""));
  const auto listener = snapshot_->listeners.find(facts.listener_port);
  listener_ = listener == snapshot_->listeners.end() ? nullptr : listener->second.get();
  trace_ = make_trace_root(lane_.chance(), lane_.chance());
  counters().add(Count::requests);
  if (snapshot_->options.logs_requests) note(head);
  noted_.received = head.size + body.size();
  if (listener_ == nullptr) return answer_own(error_answer(503), "elb.503.listener_removed");
  if (!is_allowed(head)) return;
  if (listener_->has_logins && take_callback(head)) return;
  const CompiledAction& action = decide(head);
  action_ = &action;
  if (action.token != nullptr && !has_token(action, head)) return;
  if (action.login != nullptr && !is_authenticated(action, head, body, body_done)) return;
  go_on(action, head, body, body_done);
}

/// Nothing stands before the action that answers any more.
void Exchange::go_on(const CompiledAction& action, const RequestHead& head, std::string_view body, bool body_done) {
  if (action.action->type != "forward") return act(action, head);
  group_ = choose_group(action, head);
  if (group_ == nullptr) return fail(503, "no_weight");
  if (!takes_protocol(head)) return answer_own(mismatch_answer(), "elb.464.protocol_version");
  stickiness_ = stickiness_in(action, *group_);
  choose_target(*group_, head);
  if (target_ == nullptr) return fail(503, "no_targets");
  target_->tally.add(Tally::in_flight);
  const RequestHead* sent = action.transforms == nullptr ? &head : rewritten(*action.transforms, head);
  if (sent == nullptr) return answer_own(error_answer(500), "elb.500.transform");
  if (head.desync.has_odd_name || head.desync.lost_field) count_invalid_names(head.desync);
  if (group_->version == ProtocolVersion::http1) send_head(*sent, body, body_done);
  else call(*sent, body, body_done);
}

void Exchange::refuse(Front& front, Front::Kind kind, const FrontFacts& facts, const RequestHead& head, int status, std::string_view reason) {
  front_ = &front;
  kind_ = kind;
  facts_ = &facts;
  snapshot_ = lane_.snapshot();
  began_ = last_activity_ = lane_.now();
  is_head_ = false;
  noted_ = {};
  noted_.desync = head.desync;
  listener_ = nullptr;
  if (head.desync.grade != http::h1::Desync::Class::compliant) counters().add(Count::noncompliant);
  // A coding that nobody knows is 501 only where the mode lets it come so far.
  const bool is_blocked = status == 501 && snapshot_->options.blocks(head.desync);
  Answer answer = error_answer(is_blocked ? 400 : status);
  const std::string counted = is_blocked ? fmt::format("elb.400.desync.{}", head.desync.reason) : fmt::format("elb.{}.{}", answer.status, reason);
  answer_own(std::move(answer), counted);
}

/// Head and as much of the body as is there, in one piece.
void Exchange::send_head(const RequestHead& head, std::string_view body, bool body_done) {
  char* text = Scratch::mine().head();
  size_t size = write_request_head(text, head, *facts_, *snapshot_, *listener_, trace_, identity_.get());
  counters().add(Count::forwarded);
  if (!attach(false)) return fail(502, "target_unreachable");
  if (may_repeat_ && is_reused_) sent_head_.assign(text, size);
  if (!body.empty() && body.size() <= Scratch::kRead - 64) {
    if (framing_ == Framing::chunked) size += write_chunk_size(text + size, body.size());
    std::memcpy(text + size, body.data(), body.size());
    size += body.size();
    if (framing_ == Framing::chunked) size += static_cast<size_t>(fmt::format_to(text + size, "\r\n") - (text + size));
    body = {};
  }
  if (body_done && framing_ == Framing::chunked && body.empty()) size += static_cast<size_t>(fmt::format_to(text + size, "0\r\n\r\n") - (text + size));
  send({text, size});
  if (!body.empty()) {
    this->body(body);
    if (body_done && state_ != State::idle) end_body();
  }
}

/// A kept-alive connection of the target if there is one, else a new one. False if none can be had.
bool Exchange::attach(bool fresh) {
  unread_.clear();
  unsent_.clear();
  has_response_ = write_broken_ = false;
  handshake_ = Handshake::none;
  if (!fresh && !isolates_) upstream_ = lane_.take_kept({target_, facts_->node}, !may_repeat_);
  is_reused_ = upstream_ != nullptr;
  if (is_reused_) {
    state_ = State::exchanging;
    sent_ = lane_.now();
  } else {
    auto fd = start_connect(target_->at, facts_->node->address);
    if (!fd) return false;
    auto tls = group_->is_tls ? std::make_unique<TlsSession>(target_tls_context(listener_->config.listener.ssl_policy)) : nullptr;
    if (tls != nullptr) handshake_ = Handshake::ahead;
    upstream_.reset(new (lane_.upstreams()) Upstream(lane_.loop(), Transport(std::move(*fd), std::move(tls))));
    counters().add(Count::target_connections);
    state_ = State::connecting;
    connect_deadline_ = lane_.now() + kConnectLimit;
  }
  upstream_->lend(this);
  return true;
}

void Exchange::on_target_event(uint32_t events) {
  if (state_ == State::idle || !upstream_) return;
  last_activity_ = lane_.now();
  if (state_ == State::connecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    if (const int error = handshake_ == Handshake::running ? 0 : connect_error(upstream_->transport().fd()); error != 0) {
      group_tally().add(Tally::connection_errors);
      return fail(error == ETIMEDOUT ? 504 : 502, error == ECONNREFUSED ? "target_refused" : "target_unreachable");
    }
    if (handshake_ != Handshake::none) {
      if (std::exchange(handshake_, Handshake::running) == Handshake::ahead) connect_deadline_ = lane_.now() + kConnectLimit;
      const Io done = upstream_->transport().handshake();
      if (done == Io::again) return;
      if (done == Io::closed) {
        group_tally().add(Tally::tls_errors);
        return fail(502, "target_tls_failed");
      }
      handshake_ = Handshake::none;
    }
    state_ = State::exchanging;
    sent_ = lane_.now();
    flush();
  } else if ((events & EPOLLOUT) != 0 && (!unsent_.empty() || !upstream_->transport().is_flushed())) {
    const bool was_full = !has_room();
    flush();
    if (state_ != State::idle && was_full && has_room()) front_->on_room();
  }
  if (state_ != State::idle && upstream_) read_target();
}

void Exchange::body(std::string_view bytes) {
  noted_.received += bytes.size();
  if (stream_ != nullptr) {
    last_activity_ = lane_.now();
    stream_->send(bytes);
    return lane_.is_over_budget() ? fail(503, "memory") : void();
  }
  if (state_ == State::authenticating) {
    unsent_.append(bytes);
    return lane_.is_over_budget() ? fail(503, "memory") : void();
  }
  if (state_ == State::idle || !upstream_ || bytes.empty()) return;
  last_activity_ = lane_.now();
  if (framing_ != Framing::chunked || state_ == State::tunnel) return send(bytes);
  char size[24];
  send({size, write_chunk_size(size, bytes.size())});
  send(bytes);
  send("\r\n");
}

void Exchange::end_body(FieldBlock trailers) {
  request_done_ = true;
  if (stream_ != nullptr) return stream_->end(std::move(trailers));
  if (login_ && login_->held) login_->held->trailers = std::move(trailers);
  if (state_ != State::idle && upstream_ && framing_ == Framing::chunked) send("0\r\n\r\n");
}

void Exchange::send(std::string_view bytes) {
  if (write_broken_) return;
  size_t taken = 0;
  if (state_ != State::connecting && unsent_.empty() && upstream_->transport().write(bytes, taken) == Io::closed) {
    // The target may have answered before it closed: what it said is read before this counts as a failure.
    write_broken_ = true;
    upstream_->transport().take(EPOLLHUP | EPOLLIN);
    lane_.loop().again(upstream_.get(), EPOLLIN | EPOLLHUP);
    return;
  }
  unsent_.append(bytes.substr(taken));
  if (!unsent_.empty() && lane_.is_over_budget()) fail(503, "memory");
}

void Exchange::flush() {
  if (unsent_.empty()) {
    if (upstream_->transport().flush() == Io::closed) write_broken_ = true;
    return;
  }
  size_t taken = 0;
  const Io done = upstream_->transport().write(unsent_.view(), taken);
  unsent_.drop_front(taken);
  if (done != Io::closed) return;
  write_broken_ = true;
  unsent_.clear();
  upstream_->transport().take(EPOLLHUP | EPOLLIN);
}

void Exchange::resume() {
  last_activity_ = lane_.now();
  if (stream_ != nullptr) return stream_->resume();
  if (state_ != State::idle && state_ != State::connecting && upstream_) read_target();
}

/// A kept-alive connection that turned out closed: the request is sent again on a fresh one if that cannot do harm.
void Exchange::retry_or_fail() {
  const bool may_repeat = is_reused_ && may_repeat_ && unread_.empty();
  if (!may_repeat) return fail(502, is_reused_ ? "kept_connection_closed" : "target_closed");
  retire(std::move(upstream_));
  if (!attach(true)) return fail(502, "target_unreachable");
  send(sent_head_);
}

/// The target's or our fault: an answer of our own if none has begun; else only cutting tells the client.
void Exchange::fail(int status, std::string_view reason) {
  if (target_ != nullptr) {
    target_->failures.add(reason);
    target_->tally.add(Tally::failures);
    group_tally().add(Tally::failures);
  }
  if (!has_response_) return answer_own(error_answer(status), fmt::format("elb.{}.{}", status, reason));
  Front* front = front_;
  // Bytes of the body that do not come are 504, though the client has seen the target's status (ALB user guide, Troubleshooting).
  const bool is_late = status == 504;
  finish(is_late ? status : noted_.target_status, is_late ? fmt::format("elb.504.{}", reason) : fmt::format("elb.cut.{}", reason));
  front->cut();
}

void Exchange::fail_request(int status, std::string_view reason) {
  if (state_ == State::idle) return;
  if (!has_response_) return answer_own(error_answer(status), fmt::format("elb.{}.{}", status, reason));
  Front* front = front_;
  finish(noted_.target_status, fmt::format("elb.cut.{}", reason));
  front->cut();
}

void Exchange::answer_own(Answer answer, std::string_view reason) {
  Front* front = front_;
  const bool is_failure = !reason.empty() && answer.status >= 400 && answer.status != 464;
  if (noted_.is_grpc && is_failure) answer = as_grpc(std::move(answer));
  std::ranges::move(session_cookies_, std::back_inserter(answer.cookies));
  noted_.sent += rendered_size(answer, front->stays_open(), is_head_);
  finish(answer.status, reason);
  front->answer(answer);
}

/// By an action before the one that answers (`guard`); `why` in AWS's word.
void Exchange::turn_away(std::string_view guard, int status, std::string why) {
  const std::string reason = fmt::format("elb.{}.{}", status, why.empty() ? "login_denied" : why);
  noted_.action = guard;
  noted_.error = std::move(why);
  answer_own(error_answer(status), reason);
}

/// Before its answer was whole: 460 while it waited for the target, 400 in the middle of its request (ALB user guide, Troubleshooting).
void Exchange::client_left() {
  const bool waited = state_ == State::connecting && lane_.now() - began_ >= kPatience;  // what it waited for is the target's fault
  if (waited) target_->failures.add(handshake_ == Handshake::running ? "target_tls_timeout" : "target_connect_timeout");
  if (state_ == State::idle && front_ == nullptr) return;
  if (state_ == State::tunnel) return finish(noted_.target_status, {});
  if (has_response_) return finish(noted_.target_status, "elb.cut.client_closed");
  finish(request_done_ ? 460 : 400, request_done_ ? "elb.460.client_closed" : "elb.400.client_closed");
}

/// Of a request that goes to a target, by what becomes of fields whose names AWS calls invalid.
void Exchange::count_invalid_names(const http::h1::Desync& found) {
  const bool drops = snapshot_->options.drops_invalid_fields;
  if (found.lost_field || (found.has_odd_name && drops)) counters().add(Count::dropped_invalid_header);
  if (found.has_odd_name && !drops) counters().add(Count::forwarded_invalid_header);
}

void Exchange::release_target(bool reusable) {
  if (upstream_) {
    if (reusable) lane_.keep({target_, facts_->node}, std::move(upstream_));
    else retire(std::move(upstream_));
  }
  if (stream_ != nullptr) std::exchange(stream_, nullptr)->leave();
  if (target_ != nullptr) target_->tally.add(Tally::in_flight, -1);
  target_ = nullptr;
}

/// Told and given back. The head of the response stays as it is: the front may still write it.
void Exchange::finish(int status, std::string_view reason) {
  if (upstream_ || target_ != nullptr) release_target(false);
  state_ = State::idle;
  if (login_) lane_.end_login(login_->ticket);
  login_.reset();
  identity_.reset();
  session_cookies_.clear();
  if (!reason.empty()) counters().add(reason);
  counters().add(Count::received_bytes, static_cast<int64_t>(noted_.received));
  counters().add(Count::sent_bytes, static_cast<int64_t>(noted_.sent));
  if (snapshot_ && snapshot_->options.logs_requests) lane_.log_request(*this, status);
  front_ = nullptr;
  unsent_.clear();
  unread_.clear();
  isolates_ = false;
  sets_group_cookie_ = sets_target_cookie_ = had_app_cookie_ = false;
  has_response_ = false;
  action_ = nullptr;
  attempts_ = 0;
  noted_.priority = -2;
  noted_.error.clear();
  if (!noted_.transform.empty()) noted_.transform = {}, noted_.new_host.clear(), noted_.new_url.clear();
  noted_.target_status = 0;
  noted_.received = noted_.sent = 0;
  noted_.desync = {};
  lane_.end(this);
}

void Exchange::on_tick(TimePoint now) {
  if (state_ == State::idle || state_ == State::authenticating) return;  // Logins bounds its calls
  if (target_ != nullptr && target_->is_cut.load(std::memory_order_relaxed)) return fail(502, "deregistration_delay_ended");
  if (state_ == State::connecting && now >= connect_deadline_) {
    const bool is_of_tls = handshake_ == Handshake::running;
    group_tally().add(is_of_tls ? Tally::tls_errors : Tally::connection_errors);
    return is_of_tls ? fail(502, "target_tls_timeout") : fail(504, "target_connect_timeout");
  }
  if (now - last_activity_ < snapshot_->options.idle_timeout) return;
  if (state_ == State::tunnel) {
    Front* front = front_;
    finish(noted_.target_status, "elb.tunnel_idle");
    return front->cut();
  }
  const bool waits_for_client = front_->is_blocked() || (!request_done_ && state_ != State::connecting && has_room());
  if (waits_for_client) return fail_request(408, "client_idle");
  fail(504, has_response_ ? "target_stalled" : "target_idle_timeout");
}

}  // namespace landfall::alb
