#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/scaling.h"
#include "scaling/policy_rule.h"

namespace landfall::scaling {

/// An alarm that asks a policy to act.
struct Trigger {
  std::string alarm, state;
  Breach breach;
  bool is_new = false;  ///< the alarm came into this state just now; it asks again while the state lasts
};

struct PolicyView {
  model::ScalingPolicy policy;
  PolicyRule rule;
  std::vector<Trigger> triggers;     ///< now
  std::optional<Trigger> low_alarm;  ///< of target tracking: in ALARM, whether it asks now or not
};

/// A scheduled action that is due.
struct Due {
  std::string name;
  int min_capacity = -1, max_capacity = -1;
};

/// Everything that is known of one scalable target at one moment.
struct View {
  model::ScalableTarget target;
  int capacity = 0;            ///< the service's desired count
  bool is_deploying = false;   ///< a deployment runs: no scaling in
  std::vector<PolicyView> policies;
  std::vector<Due> due;
};

/// What has been done about a target; activities in the order of what happened, without ids.
struct Decisions {
  std::optional<int> capacity;
  int min_capacity = 0, max_capacity = 0;
  std::string policy;       ///< that changed the capacity; "": bounds did
  bool is_out = false;
  std::vector<model::ScalingActivity> activities;
};

/// Pure: no I/O and no clock. The capacity never leaves the bounds but by somebody else's hand. Out if any policy says so, in
/// only if all that track a target do; the largest result wins.
/// Source  Application Auto Scaling user guide: Target tracking, Step scaling, Scheduled scaling, Suspend and resume scaling;
///         ECS guide, Service auto scaling
Decisions decide(const View& view, WallTime now);

}  // namespace landfall::scaling
