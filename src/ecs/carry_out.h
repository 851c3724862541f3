#pragma once

#include "base/ids.h"
#include "ecs/decide.h"
#include "store/store.h"

namespace landfall::ecs {

/// Writes decisions of one service into records, and what follows from them: deployment counts, rollout state, events,
/// reasons. Writes only what changed.
class CarryOut {
 public:
  CarryOut(store::Transaction& tx, const View& view, WallTime now, IdSource& ids);
  void apply(const Decisions& decisions);

 private:
  void start_tasks(const Decisions& decisions);
  void stop_tasks(const Decisions& decisions);
  void register_targets(const Decisions& decisions);
  void deregister_targets(const Decisions& decisions);
  void release(const Decisions& decisions);
  void count();
  void judge_failures(model::Deployment& deployment);
  void trip_breaker(model::Deployment& deployment);
  void obey(const std::vector<model::ServiceDeployment>& rollouts);
  void fail_primary(const std::string& by, const std::string& why, bool rolls_back);
  std::vector<model::ServiceDeployment> open_rollouts() const;
  void follow_rollouts(const std::vector<model::ServiceDeployment>& rollouts);
  bool has_tasks(const model::Deployment& deployment) const;
  void finish_deployments();
  void settle(const Decisions& decisions);
  void settle_task_sets();
  void explain(const std::string& blocked);
  void explain_instances(const std::string& blocked);
  void forget_ends();
  void event(const std::string& message);
  void event_once(const std::string& message);
  model::Task* task_at(const std::string& arn);

  store::Transaction& tx_;
  const View& view_;
  WallTime now_;
  IdSource& ids_;
  model::Service service_;
  std::vector<model::Task> tasks_;
};

}  // namespace landfall::ecs
