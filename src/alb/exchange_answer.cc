// What a target of HTTP/1 answers, on its way to the client: head, body and end.
#include <algorithm>
#include <cstring>

#include "alb/exchange.h"
#include "alb/lane.h"
#include "alb/scratch.h"

namespace landfall::alb {
namespace {

using http::h1::Framing;
using http::h1::Parsed;

constexpr http::h1::Limits kResponseLimits{.line = 32 * 1024, .head = 32 * 1024};

}  // namespace

/// Target → client, as far as the client takes it.
void Exchange::read_target() {
  while (state_ != State::idle && upstream_ && upstream_->transport().is_readable() && !front_->is_blocked()) {
    char* at = Scratch::mine().input();
    const size_t before = unread_.size();
    if (before > 0) std::memcpy(at, unread_.view().data(), before);
    unread_.clear();
    size_t got = 0;
    const Io done = upstream_->transport().read(at + before, Scratch::kRead - before, got);
    if (upstream_->transport().tls() != nullptr) (void)upstream_->transport().flush();
    if (got > 0 && !take_bytes(at, before + got)) return;
    if (done == Io::closed) return end_of_target();
    if (got == 0) {
      unread_.append({at, before});
      return;
    }
  }
}

/// False once the exchange is over.
bool Exchange::take_bytes(char* bytes, size_t size) {
  last_activity_ = lane_.now();
  if (state_ == State::tunnel) {
    deliver(nullptr, bytes, size, false);
    return state_ != State::idle;
  }
  if (has_response_) {
    pass_body(nullptr, bytes, size);
    return state_ != State::idle;
  }
  std::string_view left(bytes, size);
  if (!take_head(left)) return state_ != State::idle;
  ResponseStart start = response_start(response_, listener_->edits, cookies_);
  start.chunks_it = chunks_it_ || (response_framing_ == Framing::chunked && kind_ == Front::Kind::http11);
  if (response_.status == 101) {
    start.is_upgrade = true;
    state_ = State::tunnel;
    request_done_ = true;
    deliver(&start, bytes + (size - left.size()), left.size(), false);
    return state_ != State::idle;
  }
  pass_body(&start, bytes + (size - left.size()), left.size());
  return state_ != State::idle;
}

/// False while there is none yet, or when the exchange has ended without one.
bool Exchange::take_head(std::string_view& bytes) {
  for (;;) {
    http::h1::Refusal refusal;
    const Parsed parsed = http::h1::parse_response(bytes, kResponseLimits, is_head_, response_, refusal);
    if (parsed == Parsed::refused) {
      fail(502, "response_malformed");
      return false;
    }
    if (parsed == Parsed::incomplete) {
      unread_.append(bytes);
      return false;
    }
    if (response_.status >= 200 || (response_.status == 101 && wants_upgrade_ && kind_ == Front::Kind::http11)) break;
    if (response_.status == 101) {  // nobody asked
      fail(502, "response_malformed");
      return false;
    }
    bytes.remove_prefix(response_.size);  // interim answers end here
  }
  bytes.remove_prefix(response_.size);
  response_framing_ = response_.framing;
  response_left_ = response_.content_length;
  response_chunks_ = {};
  target_keeps_ = response_.keep_alive;
  chunks_it_ = response_framing_ == Framing::until_close && kind_ == Front::Kind::http11 && response_.status != 101;
  note_answer();
  return true;
}

/// What is counted, remembered and added at the head of a target's answer.
void Exchange::note_answer() {
  has_response_ = true;
  answered_ = lane_.now();
  noted_.target_status = response_.status;
  noted_.sent += response_.size;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(answered_ - sent_).count();
  for (Tally* tally : {&target_->tally, &group_tally()}) {
    tally->add(Tally::answers(response_.status));
    tally->add(Tally::response_microseconds, took);
  }
  if (response_.status >= 500) target_->failures.add("target_5xx");
  cookies_ = session_cookies_;
  if (sets_group_cookie_ || sets_target_cookie_ || stickiness_ == Stickiness::app_cookie) add_stickiness(response_);
}

void Exchange::pass_body(const ResponseStart* start, char* bytes, size_t size) {
  switch (response_framing_) {
    case Framing::none:
      if (size > 0) target_keeps_ = false;  // more than it may say
      return deliver(start, bytes, 0, true);
    case Framing::length: {
      const auto take = static_cast<size_t>(std::min<uint64_t>(response_left_, size));
      response_left_ -= take;
      if (take < size) target_keeps_ = false;
      return deliver(start, bytes, take, response_left_ == 0);
    }
    case Framing::until_close: {
      if (!chunks_it_) return deliver(start, bytes, size, false);
      if (size == 0) return deliver(start, bytes, 0, false);
      char text[24];
      const size_t front = write_chunk_size(text, size);
      if (start != nullptr) {  // the headroom belongs to the head: made apart
        std::string piece(Scratch::kHeadroom, '\0');
        piece.append(text, front).append(bytes, size).append("\r\n");
        return deliver(start, piece.data() + Scratch::kHeadroom, piece.size() - Scratch::kHeadroom, false);
      }
      std::memcpy(bytes - front, text, front);
      deliver(nullptr, bytes - front, front + size, false);
      if (state_ != State::idle) deliver(nullptr, const_cast<char*>("\r\n"), 2, false);
      return;
    }
    case Framing::chunked: return pass_chunks(start, bytes, size);
  }
}

/// To HTTP/1.1 the chunks go as they came, checked and without extensions and trailers; else their content goes.
void Exchange::pass_chunks(const ResponseStart* start, char* bytes, size_t size) {
  std::string_view left(bytes, size);
  const bool as_chunks = kind_ == Front::Kind::http11;
  char* run = bytes;  // what goes out is gathered in place: it is never longer than what came
  while (true) {
    const auto step = response_chunks_.next(left);
    if (step.is_refused) {
      if (start != nullptr) has_response_ = false;  // the client has seen nothing of it
      return fail(502, "response_malformed");
    }
    const char* from = left.data();
    if (as_chunks && step.is_plain) {
      std::memmove(run, from, step.consumed);
      run += step.consumed;
    } else if (as_chunks && !step.digits.empty()) {
      std::memmove(run, step.digits.data(), step.digits.size());
      run += step.digits.size();
      *run++ = '\r';
      *run++ = '\n';
    } else if (!as_chunks && !step.data.empty()) {
      std::memmove(run, step.data.data(), step.data.size());
      run += step.data.size();
    }
    left.remove_prefix(step.consumed);
    if (step.is_done) {
      if (!left.empty()) target_keeps_ = false;
      return deliver(start, bytes, static_cast<size_t>(run - bytes), true);
    }
    if (step.consumed == 0) break;
  }
  unread_.append(left);
  if (start != nullptr || run != bytes) deliver(start, bytes, static_cast<size_t>(run - bytes), false);
}

/// The target closed: fine for a body that ends so, else the answer is cut short.
void Exchange::end_of_target() {
  if (state_ == State::tunnel) return deliver(nullptr, nullptr, 0, true);
  if (!has_response_) return retry_or_fail();
  target_keeps_ = false;
  if (response_framing_ == Framing::until_close) {
    char* at = Scratch::mine().input();
    if (chunks_it_) std::memcpy(at, "0\r\n\r\n", 5);
    return deliver(nullptr, at, chunks_it_ ? 5 : 0, true);
  }
  fail(502, "target_closed");
}

void Exchange::deliver(const ResponseStart* start, char* bytes, size_t size, bool is_last) {
  Front* front = front_;
  noted_.sent += size;
  if (is_last) {
    const bool reusable = request_done_ && target_keeps_ && unsent_.empty() && !isolates_ && !target_->is_draining.load(std::memory_order_relaxed) && state_ == State::exchanging;
    release_target(reusable);
    finish(noted_.target_status, {});
  }
  front->deliver(start, bytes, size, is_last);
}

}  // namespace landfall::alb
