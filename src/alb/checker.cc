#include "alb/checker.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "alb/worker.h"
#include "http/h1_head.h"

namespace landfall::alb {

Checker::Checker(Worker& worker, std::shared_ptr<Target> target, model::HealthCheck check)
    : worker_(worker), target_(std::move(target)), check_(std::move(check)) {}

Checker::~Checker() {
  if (transport_) worker_.loop().forget(transport_->fd());
}

void Checker::start(const std::string& source) {
  const int port = check_.port == "traffic-port" ? target_->port : std::atoi(check_.port.c_str());
  deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(check_.timeout_seconds);
  out_ = fmt::format("GET {} HTTP/1.1\r\nHost: {}:{}\r\nConnection: close\r\nUser-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n", check_.path, target_->address, port);
  auto fd = start_connect(target_->address, port, source);
  if (!fd) return finish({.kind = CheckResult::Kind::failed, .detail = fd.error().what});
  transport_.emplace(std::move(*fd));
  worker_.loop().watch(transport_->fd(), this, EPOLLOUT);
}

void Checker::on_event(uint32_t) {
  if (is_done_) return;
  if (!is_connected_) {
    if (const int error = connect_error(transport_->fd()); error != 0) return finish({.kind = CheckResult::Kind::failed, .detail = error == ECONNREFUSED ? "connection refused" : std::strerror(error)});
    is_connected_ = true;
  }
  if (!out_.empty()) {
    const Io sent = transport_->write(out_);
    if (sent == Io::closed) return finish({.kind = CheckResult::Kind::failed, .detail = "connection closed"});
    if (sent == Io::again) return;
    worker_.loop().change(transport_->fd(), this, EPOLLIN);
    return;
  }
  const Io got = transport_->read(in_, 4096);
  http::h1::ResponseHead head;
  http::h1::Refusal refusal;
  const auto parsed = http::h1::parse_response(in_, {}, false, head, refusal);
  if (parsed == http::h1::Parsed::complete) return finish({.kind = CheckResult::Kind::answered, .status = head.status});
  if (parsed == http::h1::Parsed::refused || got == Io::closed) finish({.kind = CheckResult::Kind::failed, .detail = parsed == http::h1::Parsed::refused ? "no HTTP/1.1 answer" : "connection closed"});
}

void Checker::on_tick(TimePoint now) {
  if (!is_done_ && now >= deadline_) finish({.kind = CheckResult::Kind::timed_out});
}

void Checker::finish(CheckResult result) {
  is_done_ = true;
  if (!target_->is_draining) target_->health.take(result, check_);
  worker_.release(this);
}

}  // namespace landfall::alb
