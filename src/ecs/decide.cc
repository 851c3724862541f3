#include "ecs/decide.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace landfall::ecs {
namespace {

using model::Deployment;
using model::Service;
using model::Target;
using model::Task;

constexpr Duration kSettledAfter = std::chrono::seconds(40);  // no check at all: healthy 40 s after RUNNING
constexpr Duration kLongestPause = std::chrono::minutes(15);

bool is_stopping(const Task& task) { return task.desired_status == "STOPPED" || task.last_status == "STOPPED"; }
bool is_alive(const Task& task) { return task.last_status != "STOPPED"; }
bool is_running(const Task& task) { return task.last_status == "RUNNING" && !is_stopping(task); }

const Deployment* deployment_of(const Service& service, const Task& task) {
  const auto found = std::ranges::find(service.deployments, task.started_by, &Deployment::id);
  return found == service.deployments.end() ? nullptr : &*found;
}

const Target* target_of(const View& view, const std::string& group, const Task& task, int port) {
  for (const Target& target : view.targets) {
    if (target.target_group_arn == group && target.id == task.private_ip && target.port == port) return &target;
  }
  return nullptr;
}

bool in_grace(const View& view, const Task& task, WallTime now) {
  return now - task.started_at < std::chrono::seconds(view.service.health_check_grace_period_seconds);
}

/// The target group that says unhealthy, if one does (one is enough).
const Target* unhealthy_target(const View& view, const Task& task) {
  const Deployment* deployment = deployment_of(view.service, task);
  if (deployment == nullptr) return nullptr;
  for (const auto& balancer : deployment->load_balancers) {
    const Target* target = target_of(view, balancer.target_group_arn, task, balancer.container_port);
    if (target != nullptr && target->desired == "registered" && target->state == "unhealthy") return target;
  }
  return nullptr;
}

/// Why a running task has to be replaced; "" if it need not.
Stop sick(const View& view, const Task& task, WallTime now) {
  if (!is_running(task) || in_grace(view, task, now)) return {};
  if (const Target* target = unhealthy_target(view, task)) {
    const std::string name = fmt::format("(service {}) (task {}) (port {}) is unhealthy in (target-group {}) due to (reason {})", view.service.name, task.id, target->port, target->target_group_arn, target->description);
    return {task.arn, "ServiceSchedulerInitiated", fmt::format("Task failed ELB health checks in (target-group {})", target->target_group_arn), name};
  }
  if (task.health_status == "UNHEALTHY") {
    return {task.arn, "ServiceSchedulerInitiated", "Task failed container health checks", fmt::format("(service {}) (task {}) failed container health checks.", view.service.name, task.id)};
  }
  return {};
}

/// The deployment's subnet whose zone has the fewest of the service's tasks.
std::string choose_subnet(const View& view, const Deployment& deployment, const std::vector<Start>& planned) {
  std::map<std::string, int> load;
  const auto zone = [&](const std::string& subnet) {
    const auto found = view.zone_of_subnet.find(subnet);
    return found == view.zone_of_subnet.end() ? subnet : found->second;
  };
  for (const Task& task : view.tasks) {
    if (is_alive(task) && !is_stopping(task)) ++load[task.zone];
  }
  for (const Start& start : planned) ++load[zone(start.subnet_id)];
  std::string best;
  for (const std::string& subnet : deployment.network.subnets) {
    if (best.empty() || load[zone(subnet)] < load[zone(best)]) best = subnet;
  }
  return best;
}

/// Stops first what is not running, then what is of an older deployment, then from the fullest zone, then the newest.
std::vector<const Task*> in_stop_order(const View& view, std::vector<const Task*> tasks) {
  std::map<std::string, int> load;
  for (const Task& task : view.tasks) {
    if (is_alive(task) && !is_stopping(task)) ++load[task.zone];
  }
  std::ranges::stable_sort(tasks, [&](const Task* a, const Task* b) {
    const auto rank = [&](const Task* t) { return std::tuple(t->last_status == "RUNNING", -load[t->zone], -t->created_at.ms); };
    return rank(a) < rank(b);
  });
  return tasks;
}

void decide_balancing(const View& view, WallTime now, Decisions& decisions) {
  for (const Task& task : view.tasks) {
    const Deployment* deployment = deployment_of(view.service, task);
    const bool balanced = deployment != nullptr && !deployment->load_balancers.empty();
    if (task.last_status == "RUNNING" && balanced && !task.is_registered && !is_stopping(task)) decisions.register_tasks.push_back(task.arn);
    if (task.desired_status != "STOPPED" || task.is_deregistered) continue;
    if (!task.is_registered) {
      decisions.released_tasks.push_back(task.arn);
      continue;
    }
    bool registered = false, draining = false;
    for (const Target& target : view.targets) {
      if (target.id != task.private_ip) continue;
      registered = registered || target.desired == "registered";
      draining = draining || (target.desired == "draining" && now < target.drain_until && !target.is_idle);
    }
    if (registered) decisions.deregister_tasks.push_back(task.arn);
    else if (!draining) decisions.released_tasks.push_back(task.arn);
  }
}

}  // namespace

bool is_healthy(const View& view, const Task& task, WallTime now) {
  if (!is_running(task)) return false;
  const Deployment* deployment = deployment_of(view.service, task);
  const auto checked = view.has_health_check.find(task.task_definition_arn);
  const bool has_check = checked != view.has_health_check.end() && checked->second;
  if (has_check && task.health_status != "HEALTHY") return false;
  if (deployment == nullptr || deployment->load_balancers.empty()) return has_check || now - task.started_at >= kSettledAfter;
  return std::ranges::all_of(deployment->load_balancers, [&](const auto& balancer) {
    const Target* target = target_of(view, balancer.target_group_arn, task, balancer.container_port);
    return target != nullptr && target->desired == "registered" && target->state == "healthy";
  });
}

Duration back_off(int failures) {
  Duration pause = std::chrono::seconds(1);
  for (int i = 1; i < failures && pause < kLongestPause; ++i) pause *= 2;
  return std::min(pause, kLongestPause);
}

int breaker_threshold(int desired_count) { return std::clamp((desired_count + 1) / 2, 3, 200); }

namespace {

/// Counts of one moment, moved along as starts and stops are planned.
class Planner {
 public:
  Planner(const View& view, WallTime now, Decisions& decisions)
      : view_(view), now_(now), decisions_(decisions), primary_(view.service.deployments[0]),
        desired_(view.service.status == "ACTIVE" ? view.service.desired_count : 0),
        lower_((desired_ * view.service.minimum_healthy_percent + 99) / 100), upper_(desired_ * view.service.maximum_percent / 100) {
    for (const Task& task : view.tasks) count(task);
  }

  void plan() {
    if (view_.service.launch_type != "FARGATE") return note_no_instances();
    plan_starts();
    plan_surplus();
    plan_ailing();
    plan_old();
    note_dead_end();
  }

 private:
  void count(const Task& task) {
    if (!is_alive(task)) return;
    ++existing_;
    if (is_stopping(task)) return;
    healthy_ += is_healthy(view_, task, now_);
    if (task.started_by != primary_.id) old_.push_back(&task);
    else if (!sick(view_, task, now_).task_arn.empty()) ailing_.push_back(&task);
    else sound_.push_back(&task);
  }

  int missing() const { return desired_ - static_cast<int>(sound_.size() + static_cast<size_t>(std::ranges::count(decisions_.starts, primary_.id, &Start::deployment_id))); }
  bool may_start() const { return primary_.rollout_state != "FAILED" && now_ >= primary_.next_start_at; }

  /// Replacements of ailing tasks too: they come first, the ailing ones go when the new ones are healthy.
  void plan_starts() {
    while (may_start() && missing() > 0 && existing_ < upper_) {
      const bool replaces = missing() <= static_cast<int>(ailing_.size());
      decisions_.starts.push_back({primary_.id, choose_subnet(view_, primary_, decisions_.starts), replaces});
      ++existing_;
    }
  }

  /// False if stopping it would leave too few healthy tasks.
  bool stop(const Task& task, Stop how) {
    const bool counted = is_healthy(view_, task, now_);
    if (counted && healthy_ - 1 < lower_) return false;
    healthy_ -= counted;
    decisions_.stops.push_back(std::move(how));
    return true;
  }

  Stop scaling(const Task& task) const {
    return {task.arn, "ServiceSchedulerInitiated", fmt::format("Scaling activity initiated by (deployment {})", task.started_by), ""};
  }

  bool is_protected(const Task& task) const { return now_ < task.protected_until && view_.service.status == "ACTIVE"; }

  void plan_surplus() {
    int surplus = static_cast<int>(sound_.size()) - desired_;
    for (const Task* task : in_stop_order(view_, sound_)) {
      if (surplus <= 0) return;
      if (!is_protected(*task) && stop(*task, scaling(*task))) --surplus;
    }
  }

  void plan_ailing() {
    const bool no_room = missing() > 0 && existing_ >= upper_;
    for (const Task* task : ailing_) {
      if (healthy_ >= desired_ || no_room) stop(*task, sick(view_, *task, now_));
    }
  }

  void plan_old() {
    for (const Task* task : in_stop_order(view_, old_)) {
      if (!is_protected(*task)) stop(*task, scaling(*task));
    }
  }

  /// There are no container instances: nothing can be placed.
  void note_no_instances() {
    if (desired_ == 0) return;
    decisions_.blocked = fmt::format("(service {}) was unable to place a task because no container instance met all of its requirements. Reason: No Container Instances were found in your cluster. "
                                     "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide.", view_.service.name);
  }

  void note_dead_end() {
    const bool stuck = may_start() && missing() > 0 && existing_ >= upper_ && !old_.empty() && decisions_.stops.empty();
    const bool will_change = std::ranges::any_of(view_.tasks, [](const Task& t) { return is_alive(t) && (is_stopping(t) || t.last_status != "RUNNING"); });
    if (!stuck || will_change) return;
    decisions_.blocked = fmt::format("(service {}) was unable to stop or start tasks during a deployment because of the service deployment configuration. "
                                     "Update the minimumHealthyPercent or maximumPercent value and try again.", view_.service.name);
  }

  const View& view_;
  WallTime now_;
  Decisions& decisions_;
  const Deployment& primary_;
  int desired_, lower_, upper_;
  int existing_ = 0, healthy_ = 0;
  std::vector<const Task*> sound_, ailing_, old_;
};

/// The service as one of its task sets sees it: there is no other deployment and no other task.
View view_of(const View& whole, const Deployment& task_set) {
  View view = whole;
  view.service.deployments = {task_set};
  view.service.desired_count = whole.service.share_of(task_set);
  view.service.launch_type = task_set.launch_type;
  std::erase_if(view.tasks, [&](const Task& task) { return task.started_by != task_set.id; });
  return view;
}

}  // namespace

Decisions decide(const View& view, WallTime now) {
  Decisions decisions;
  decide_balancing(view, now, decisions);
  if (view.service.has_task_sets()) {
    for (const Deployment& task_set : view.service.deployments) {
      const View one = view_of(view, task_set);
      Planner(one, now, decisions).plan();
    }
  } else if (!view.service.deployments.empty()) {
    Planner(view, now, decisions).plan();
  }
  return decisions;
}

}  // namespace landfall::ecs
