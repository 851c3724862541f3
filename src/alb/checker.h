#pragma once

#include <optional>

#include "alb/loop.h"
#include "alb/target.h"
#include "alb/transport.h"

namespace landfall::alb {

class Worker;

/// One health check on its way: connect, ask, read the status line, close (ALB user guide, Health checks).
class Checker final : public Handler {
 public:
  /// A look is no check: only a pass of it counts.
  Checker(Worker& worker, std::shared_ptr<Target> target, model::HealthCheck check, bool is_look);
  /// Over TLS if the check's protocol is HTTPS.
  ~Checker() override;
  void start(const std::string& source);
  void on_event(uint32_t events) override;
  void on_tick(TimePoint now);

 private:
  void finish(CheckResult result);
  Worker& worker_;
  std::shared_ptr<Target> target_;
  model::HealthCheck check_;
  std::optional<Transport> transport_;
  std::string out_, in_;
  TimePoint deadline_{};
  bool is_look_, is_connected_ = false, is_done_ = false, is_handshaking_ = false;
};

}  // namespace landfall::alb
