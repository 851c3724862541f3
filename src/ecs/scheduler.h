#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "ecs/decide.h"
#include "store/store.h"

namespace landfall::ecs {

/// Makes services true: creates and stops tasks, registers and drains their targets, moves deployments on, writes
/// service events. Level-triggered: `step` may run at any time and after any crash.
class Scheduler {
 public:
  Scheduler(store::Store& store, const Clock& clock, IdSource& ids) : store_(store), clock_(clock), ids_(ids) {}
  void run();
  void step();

 private:
  Result<void> advance(store::Transaction& tx, const std::string& service_arn);
  store::Store& store_;
  const Clock& clock_;
  IdSource& ids_;
};

}  // namespace landfall::ecs
