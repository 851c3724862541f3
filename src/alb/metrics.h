#pragma once

#include <memory>
#include <string>

#include "alb/loop.h"
#include "base/error.h"

namespace landfall::alb {

class Worker;

/// The CloudWatch metrics of the ApplicationELB namespace (ALB user guide, CloudWatch metrics) as Prometheus counters:
/// `landfall_alb_request_count` is RequestCount. Text format 0.0.4.
std::string render_metrics(const Worker& worker);

/// Answers GET /metrics on an address of its own; on the control thread, never beside requests.
class MetricsEndpoint final : public Handler {
 public:
  /// `at`  "address:port".
  static Result<std::unique_ptr<MetricsEndpoint>> open(Worker& worker, const std::string& at);
  void on_event(uint32_t events) override;
  int port() const;

 private:
  MetricsEndpoint(Worker& worker, Fd socket) : worker_(worker), socket_(std::move(socket)) {}
  Worker& worker_;
  Fd socket_;
};

}  // namespace landfall::alb
