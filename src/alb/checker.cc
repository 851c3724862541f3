#include "alb/checker.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>

#include <fmt/format.h>

#include "alb/tls.h"
#include "alb/worker.h"
#include "http/h1_head.h"

namespace landfall::alb {
namespace {

constexpr std::string_view kUserAgent = "ELB-HealthChecker/2.0";
constexpr auto kFirstLook = std::chrono::milliseconds(10);
constexpr int kLooksOfAWait = 8;

}  // namespace

Checker::Checker(Worker& worker, std::shared_ptr<Target> target, const Node& node, model::HealthCheck check, ProtocolVersion version, bool is_look)
    : worker_(worker), target_(std::move(target)), node_(node), check_(std::move(check)), version_(version), is_look_(is_look) {}

Checker::~Checker() = default;

void Checker::start() {
  const int port = check_.port == "traffic-port" ? target_->port : std::atoi(check_.port.c_str());
  deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(check_.timeout_seconds);
  auto fd = start_connect(address_of(target_->address, port), node_.address);
  if (!fd) return finish({.kind = CheckResult::Kind::failed, .detail = fd.error().what});
  const bool is_tls = check_.protocol == "HTTPS";
  Transport transport(std::move(*fd), is_tls ? std::make_unique<TlsSession>(target_tls_context(kWidestPolicy, version_ != ProtocolVersion::http1)) : nullptr);
  if (check_.protocol == "TCP") return watch(std::move(transport));
  const std::string authority = fmt::format("{}:{}", target_->address, port);
  if (version_ != ProtocolVersion::http1) return ask_http2(std::move(transport), authority);
  out_ = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nUser-Agent: {}\r\nAccept-Encoding: gzip, compressed\r\n\r\n", check_.path, authority, kUserAgent);
  is_handshaking_ = is_tls;
  watch(std::move(transport));
}

void Checker::watch(Transport transport) {
  transport_.emplace(std::move(transport));
  worker_.loop().watch(transport_->fd(), this, kEdges);
}

/// gRPC over HTTP2, Requests: a message of no bytes behind its five bytes of length.
void Checker::ask_http2(Transport transport, const std::string& authority) {
  const bool is_grpc = version_ == ProtocolVersion::grpc;
  TargetRequest request;
  request.head.add(":method", is_grpc ? "POST" : "GET");
  request.head.add(":scheme", check_.protocol == "HTTPS" ? "https" : "http");
  request.head.add(":path", check_.path);
  request.head.add(":authority", authority);
  request.head.add("user-agent", kUserAgent);
  if (is_grpc) {
    request.head.add("content-type", "application/grpc");
    request.head.add("te", "trailers");
    request.body.append(std::string_view("\0\0\0\0\0", 5));
  } else {
    request.head.add("accept-encoding", "gzip, compressed");
  }
  request.has_ended = true;
  SessionOwner& owner = *this;
  session_ = std::make_unique<TargetSession>(worker_.loop(), std::move(transport), owner, 1);
  session_->begin(*this, std::move(request));
}

void Checker::on_head(const FieldBlock& fields, bool is_last) {
  if (version_ == ProtocolVersion::grpc) return is_last ? judge(fields) : void();  // else its status follows the content
  finish({.kind = CheckResult::Kind::answered, .status = std::atoi(std::string(fields.find(":status")).c_str())});
}

void Checker::judge(const FieldBlock& fields) {
  const std::string status(fields.find("grpc-status"));
  if (status.empty()) return finish({.kind = CheckResult::Kind::failed, .detail = "no grpc-status in the answer"});
  finish({.kind = CheckResult::Kind::answered, .status = std::atoi(status.c_str())});
}

void Checker::on_failed(const StreamFailure& failure, TargetRequest) {
  static const std::map<std::string_view, const char*> details{{"target_refused", "connection refused"}, {"target_unreachable", "target unreachable"}, {"target_tls_failed", "TLS handshake failed"}, {"target_not_http2", "no HTTP/2 answer"}};
  const auto detail = details.find(failure.reason);
  finish({.kind = CheckResult::Kind::failed, .detail = detail == details.end() ? "connection closed" : detail->second});
}

void Checker::on_event(uint32_t events) {
  if (is_done_) return;
  const auto failed = [&](std::string detail) { finish({.kind = CheckResult::Kind::failed, .detail = std::move(detail)}); };
  transport_->take(events);
  if (!is_connected_) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    if (const int error = connect_error(transport_->fd()); error != 0) return failed(error == ECONNREFUSED ? "connection refused" : std::strerror(error));
    is_connected_ = true;
    if (check_.protocol == "TCP") return finish({.kind = CheckResult::Kind::connected});
  }
  if (is_handshaking_) {
    const Io done = transport_->handshake();
    if (done == Io::again) return;
    if (done == Io::closed) return failed("TLS handshake failed");
    is_handshaking_ = false;
  }
  if (!out_.empty()) {
    size_t taken = 0;
    if (transport_->write(out_, taken) == Io::closed) return failed("connection closed");
    out_.erase(0, taken);
  } else if (transport_->flush() == Io::closed) {
    return failed("connection closed");
  }
  while (transport_->is_readable()) {
    char piece[4096];
    size_t got = 0;
    const Io done = transport_->read(piece, sizeof piece, got);
    in_.append(piece, got);
    http::h1::ResponseHead head;
    http::h1::Refusal refusal;
    const auto parsed = http::h1::parse_response(in_, {}, false, head, refusal);
    if (parsed == http::h1::Parsed::complete) return finish({.kind = CheckResult::Kind::answered, .status = head.status});
    if (parsed == http::h1::Parsed::refused) return failed("no HTTP/1.1 answer");
    if (done == Io::closed) return failed("connection closed");
    if (got == 0) return;
  }
}

void Checker::on_tick(TimePoint now) {
  if (!is_done_ && now >= deadline_) finish({.kind = CheckResult::Kind::timed_out});
}

void Checker::finish(CheckResult result) {
  if (is_done_) return;
  is_done_ = true;
  if (session_) worker_.loop().bury(std::move(session_));
  NodeView* view = target_->views[node_.slot].get();
  if (!target_->is_draining && view != nullptr && view->node == node_.address) {
    const TimePoint now = std::chrono::steady_clock::now();
    const bool was_unhealthy = view->health.state() == "unhealthy";
    if (is_look_) view->health.take_look(result, check_);
    else view->health.take(result, check_);
    target_->note_check(*view, was_unhealthy, now);
    // A program that has just been started does not listen yet: the next check is far away, and it will in a moment.
    const bool is_awaited = view->health.state() == "initial" && result.kind == CheckResult::Kind::failed;
    view->next_look = is_awaited ? now + std::max<TimePoint::duration>((now - view->first_check) / kLooksOfAWait, kFirstLook) : TimePoint::max();
  }
  worker_.release(this);
}

}  // namespace landfall::alb
