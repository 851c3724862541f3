// An exchange with a target of HTTP/2: its request is a stream of a connection that carries others too.
#include <algorithm>

#include "alb/exchange.h"
#include "alb/lane.h"
#include "alb/scratch.h"
#include "alb/tls.h"
#include "base/text.h"

namespace landfall::alb {
namespace {

constexpr int kMaxAttempts = 4;

bool asks_for_trailers(const http::h1::RequestHead& head) {
  return std::ranges::any_of(head.fields, [](const auto& field) { return field.id == http::h1::FieldId::te && iequals(field.value, "trailers"); });
}

}  // namespace

/// The head that a target of HTTP/1 would get, in HTTP/2's form.
void Exchange::call(const http::h1::RequestHead& head, std::string_view body, bool body_done) {
  char* text = Scratch::mine().head();
  const size_t size = write_request_head(text, head, *facts_, *snapshot_, *listener_, trace_, identity_.get());
  TargetRequest request;
  write_http2_request(request.head, {text, size}, group_->is_tls, asks_for_trailers(head));
  request.body.append(body);
  request.has_ended = body_done;
  counters().add(Count::forwarded);
  if (noted_.is_grpc) counters().add(Count::grpc_requests);
  attach_stream(std::move(request));
}

void Exchange::attach_stream(TargetRequest request) {
  ++attempts_;
  has_response_ = false;
  bool was_opened = false;
  const SessionPool::Way way{.node = facts_->node, .tls = group_->is_tls ? target_tls_context(listener_->config.listener.ssl_policy, true) : nullptr};
  TargetSession* session = lane_.sessions().take(*target_, way, was_opened);
  if (session == nullptr) return fail(502, "target_unreachable");
  if (was_opened) counters().add(Count::target_connections);
  state_ = State::connecting;
  connect_deadline_ = TimePoint::max();  // the connection has its own
  stream_ = session->begin(*this, std::move(request));
}

void Exchange::on_sent() {
  state_ = State::exchanging;
  sent_ = lane_.now();
}

void Exchange::on_head(const FieldBlock& fields, bool is_last) {
  last_activity_ = lane_.now();
  if (is_last) stream_ = nullptr;
  if (!read_http2_response(fields, is_head_, is_last, response_)) return fail(502, "response_malformed");
  note_answer();
  const ResponseStart start = response_start(response_, listener_->edits, cookies_);
  deliver(&start, nullptr, 0, is_last);
}

void Exchange::on_data(std::string_view bytes) {
  last_activity_ = lane_.now();
  deliver(nullptr, const_cast<char*>(bytes.data()), bytes.size(), false);
}

void Exchange::on_end(const FieldBlock& trailers) {
  stream_ = nullptr;
  if (!trailers.empty() && !trailers.is_too_large()) front_->take_trailers(trailers);
  deliver(nullptr, nullptr, 0, true);
}

/// Sent again only where that cannot do harm: the target has not looked at it, or it is idempotent and without a body and went
/// out over an idle connection as that ended.
void Exchange::on_failed(const StreamFailure& failure, TargetRequest request) {
  stream_ = nullptr;
  const bool may_repeat = (failure.is_unprocessed && request.is_whole) || (failure.is_stale && may_repeat_);
  if (may_repeat && !has_response_ && attempts_ < kMaxAttempts) return attach_stream(std::move(request));
  if (failure.is_of_connecting) group_tally().add(Tally::connection_errors);
  if (failure.is_of_tls) group_tally().add(Tally::tls_errors);
  fail(failure.status, failure.reason);
}

}  // namespace landfall::alb
