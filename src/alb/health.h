#pragma once

#include <string>
#include <vector>

#include "model/load_balancing.h"

namespace landfall::alb {

/// What one health check saw.
struct CheckResult {
  enum class Kind { answered, connected, timed_out, failed } kind = Kind::failed;  ///< connected: of a check that asks nothing
  int status = 0;      ///< if answered
  std::string detail{};  ///< if failed: "connection refused"
};

/// What is told of a target's health.
struct HealthTold {
  std::string state = "initial", reason = "Elb.InitialHealthChecking", description = "Initial health checks in progress";
  std::string last_check{};  ///< what the last check met, if it did not pass: "status 404", "timed out", "connection refused"
};

/// The health of one target in one group, as one node finds it (ALB user guide, Health checks). Pure: results in, state out.
class Health {
 public:
  /// One pass makes a new target healthy, whatever the threshold; the threshold counts for coming back.
  /// Returns whether state, reason or description changed.
  bool take(const CheckResult& result, const model::HealthCheck& check);
  /// A look between two checks at a target that nothing has passed yet: a pass counts, a failure does not.
  bool take_look(const CheckResult& result, const model::HealthCheck& check);

  /// As another worker has found it. The first check of this one's own ends that: if a healthy target fails it, it is as new.
  void recall(HealthTold told);

  const std::string& state() const { return told_.state; }
  const std::string& reason() const { return told_.reason; }
  const std::string& description() const { return told_.description; }
  const std::string& last_check() const { return told_.last_check; }
  /// Of a network load balancer's group, which tells one reason only.
  void tell_less() { tells_less_ = true; }
  bool is_healthy() const { return told_.state == "healthy"; }

 private:
  void fail(const CheckResult& result, const model::HealthCheck& check);
  HealthTold told_;
  std::vector<int> codes_;  ///< of the failed checks since the last pass, each once, in the order in which they came
  int passes_ = 0, failures_ = 0;
  bool tells_less_ = false, is_recalled_ = false;
};

/// "200", "200,202", "200-299" or a mix.
bool matcher_accepts(std::string_view matcher, int status);

}  // namespace landfall::alb
