#include "scaling/carry_out.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/log.h"
#include "store/table.h"

namespace landfall::scaling {
namespace {

constexpr size_t kMaxEvents = 100;  // ECS guide, Service event messages

/// Task sets have their shares of what is wanted; else the primary deployment has it all.
bool has_all_tasks(const model::Service& service, int wanted) {
  const auto has = [](const model::Deployment& deployment, int tasks) { return deployment.running_count == tasks && deployment.pending_count == 0; };
  if (service.deployments.empty()) return false;
  if (!service.has_task_sets()) return has(service.deployments[0], wanted);
  return std::ranges::all_of(service.deployments, [&](const model::Deployment& set) { return has(set, service.share_of(set)); });
}

}  // namespace

void CarryOut::apply(const Decisions& decisions) {
  set_bounds(decisions);
  set_capacity(decisions);
  tell(decisions);
}

void CarryOut::set_bounds(const Decisions& decisions) {
  if (!target_.has_new_bounds && decisions.min_capacity == target_.min_capacity && decisions.max_capacity == target_.max_capacity) return;
  target_.has_new_bounds = false;
  target_.min_capacity = decisions.min_capacity;
  target_.max_capacity = decisions.max_capacity;
  store::put(tx_, target_);
}

void CarryOut::set_capacity(const Decisions& decisions) {
  if (!decisions.capacity) return;
  const int before = service_.desired_count;
  service_.desired_count = *decisions.capacity;
  if (service_.controller == "EXTERNAL") {
    for (auto& set : service_.deployments) set.desired_count = service_.share_of(set);
  } else if (!service_.deployments.empty()) {
    service_.deployments[0].desired_count = *decisions.capacity;
  }
  for (const auto& activity : decisions.activities) {
    if (activity.wanted < 0) continue;
    service_.events.insert(service_.events.begin(), {.id = ids_.uuid(), .created_at = now_, .message = fmt::format("Message: {} Cause: {}", activity.message, activity.cause)});
    log_info("service scaled", {{"service", service_.name}, {"from", std::to_string(before)}, {"to", std::to_string(activity.wanted)}, {"cause", activity.cause}});
  }
  if (service_.events.size() > kMaxEvents) service_.events.resize(kMaxEvents);
  store::put(tx_, service_);
  store::update<model::ScalingPolicy>(tx_, target_.key() + "#" + decisions.policy, [&](model::ScalingPolicy& policy) {
    if (decisions.is_out) {
      policy.scaled_out_at = now_;
      policy.scaled_out_from = before;
      policy.scaled_in_at = {};  // a scale-out ends the cooldown of a scale-in
    } else {
      policy.scaled_in_at = now_;
    }
  });
}

void CarryOut::tell(const Decisions& decisions) {
  auto told = store::find<model::ScalingActivities>(tx_, target_.key()).value_or(model::ScalingActivities{.target_key = target_.key(), .all = {}});
  bool is_changed = !decisions.activities.empty();
  for (model::ScalingActivity& activity : told.all) is_changed = end(activity) || is_changed;
  if (!is_changed) return;
  for (model::ScalingActivity activity : decisions.activities) {
    activity.id = ids_.uuid();
    told.all.insert(told.all.begin(), std::move(activity));
  }
  if (told.all.size() > model::ScalingActivities::kMost) told.all.resize(model::ScalingActivities::kMost);
  store::put(tx_, told);
}

/// Whether the activity came to its end.
bool CarryOut::end(model::ScalingActivity& activity) const {
  if (activity.status != "InProgress") return false;
  const bool is_overridden = service_.desired_count != activity.wanted;
  const bool is_fulfilled = has_all_tasks(service_, activity.wanted);
  if (!is_overridden && !is_fulfilled) return false;
  activity.status = is_overridden ? "Overridden" : "Successful";
  activity.message = is_overridden ? fmt::format("Successfully set desired count to {}. Overridden by a later change to {}.", activity.wanted, service_.desired_count)
                                   : fmt::format("Successfully set desired count to {}. Change successfully fulfilled by ecs.", activity.wanted);
  activity.ended_at = now_;
  return true;
}

}  // namespace landfall::scaling
