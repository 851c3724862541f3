#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/settings.h"
#include "store/store.h"
#include "why/health.h"

namespace landfall::daemon {

/// Looks at targets whose health checks fail while their tasks live, and records why (why/health.h). Tasks that fail their
/// checks are ended soon: what was seen from the first failed check on is remembered until the target counts as unhealthy.
class Examiner {
 public:
  Examiner(store::Store& store, const Clock& clock, const model::Settings& settings) : store_(store), clock_(clock), settings_(settings) {}
  /// Until the store is closed.
  void run();
  void step();

 private:
  struct Seen {
    std::string state, last_check;
    std::chrono::steady_clock::time_point at;
    std::vector<model::Because> reasons;
  };
  /// What decides which load balancers serve a group; of one moment.
  struct Routes {
    std::vector<model::Listener> listeners;
    std::vector<model::Rule> rules;
  };
  why::TargetEvidence gather(const model::TargetGroup& group, const model::Target& target, const Routes& routes) const;
  void ask_program(why::TargetEvidence& evidence) const;
  bool tell_unused(const model::Target& target, const Routes& routes);
  void examine(const model::Target& target, const Routes& routes);
  void record(const std::string& group_arn, const std::vector<model::Because>& reasons);
  void forget(const Routes& routes);

  store::Store& store_;
  const Clock& clock_;
  model::Settings settings_;
  std::map<std::string, Seen> seen_;  ///< by Target::key()
};

}  // namespace landfall::daemon
