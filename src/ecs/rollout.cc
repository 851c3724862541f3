#include "ecs/rollout.h"

#include <algorithm>

#include "ecs/decide.h"

namespace landfall::ecs {
namespace {

using model::Deployment;
using model::RevisionCount;
using model::ServiceDeployment;

void end(ServiceDeployment& rollout, const char* status, std::string reason, WallTime now) {
  rollout.status = status;
  rollout.status_reason = std::move(reason);
  (rollout.status == "STOPPED" ? rollout.stopped_at : rollout.finished_at) = now;
}

/// Of a deployment that has gone no task is left.
void count(RevisionCount& revision, const model::Service& service) {
  const auto found = std::ranges::find(service.deployments, revision.deployment_id, &Deployment::id);
  const bool is_there = found != service.deployments.end();
  revision.running = is_there ? found->running_count : 0;
  revision.pending = is_there ? found->pending_count : 0;
  if (is_there) revision.requested = found->status == "PRIMARY" ? service.desired_count : 0;
}

void move_on(ServiceDeployment& rollout, const model::Service& service, WallTime now) {
  if (service.status != "ACTIVE" || service.deployments.empty()) return end(rollout, "STOPPED", "The service was deleted.", now);
  const Deployment& primary = service.deployments[0];
  const bool is_primary = primary.id == rollout.target.deployment_id;
  if (rollout.status == "PENDING") {
    rollout.status = "IN_PROGRESS";
    rollout.started_at = now;
  }
  if (rollout.status == "ROLLBACK_IN_PROGRESS") {
    if (primary.id != rollout.rollback_to) return end(rollout, "ROLLBACK_FAILED", "A newer service deployment took the place of the rollback.", now);
    if (service.is_steady) end(rollout, "ROLLBACK_SUCCESSFUL", rollout.rollback_reason, now);
    return;
  }
  if (is_primary && primary.rollout_state == "FAILED") {
    rollout.is_triggered = rollout.status == "IN_PROGRESS";
    return end(rollout, "STOPPED", primary.rollout_state_reason, now);
  }
  if (is_primary) {
    rollout.failure_count = primary.failed_tasks;
    if (primary.rollout_state == "COMPLETED") end(rollout, "SUCCESSFUL", "", now);
    return;
  }
  if (!primary.is_rollback) return end(rollout, "STOPPED", "A newer service deployment took its place.", now);
  rollout.is_triggered = rollout.status == "IN_PROGRESS";
  if (rollout.is_triggered) rollout.failure_count = rollout.failure_threshold;
  rollout.status = "ROLLBACK_IN_PROGRESS";
  rollout.rollback_to = primary.id;
  rollout.rollback_reason = primary.rollout_state_reason;
  rollout.rolled_back_at = now;
}

}  // namespace

ServiceDeployment followed(ServiceDeployment rollout, const model::Service& service, WallTime now) {
  const std::string before = rollout.status;
  for (RevisionCount& source : rollout.sources) count(source, service);
  count(rollout.target, service);
  rollout.failure_threshold = breaker_threshold(service.desired_count);
  move_on(rollout, service, now);
  if (rollout.status != before) rollout.updated_at = now;
  return rollout;
}

}  // namespace landfall::ecs
