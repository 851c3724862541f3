#include "ecs/carry_out.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "ecs/announce.h"
#include "ecs/connect.h"
#include "ecs/rollout.h"
#include "model/network.h"
#include "model/reason.h"
#include "store/table.h"

namespace landfall::ecs {
namespace {

using model::Deployment;
using model::Service;
using model::Target;
using model::Task;

constexpr size_t kMaxEvents = 100;                           // ECS guide, Service event messages
constexpr Duration kRepeatAfter = std::chrono::hours(6);

std::string name_of_cluster(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

/// Never ran: stopped without having been RUNNING.
bool failed_to_start(const Task& task) { return task.last_status == "STOPPED" && !task.started_at && task.stop_code != "ServiceSchedulerInitiated" && task.stop_code != "UserInitiated"; }

/// ECS guide, Tagging Amazon ECS resources: what tasks of a service get when they are started.
model::Tags tags_of_task(const Service& service, const model::TaskDefinition& definition) {
  model::Tags tags;
  if (service.propagate_tags == "SERVICE") tags = service.tags;
  if (service.propagate_tags == "TASK_DEFINITION") tags = definition.tags;
  if (service.enable_ecs_managed_tags) {
    tags["aws:ecs:clusterName"] = name_of_cluster(service.cluster_arn);
    tags["aws:ecs:serviceName"] = service.name;
  }
  return tags;
}

std::string list_of(const std::vector<std::string>& ids) {
  std::string text;
  for (const std::string& id : ids) text += fmt::format("{}(task {})", text.empty() ? "" : " ", id);
  return text;
}

}  // namespace

CarryOut::CarryOut(store::Transaction& tx, const View& view, WallTime now, IdSource& ids)
    : tx_(tx), view_(view), now_(now), ids_(ids), service_(view.service), tasks_(view.tasks) {}

void CarryOut::apply(const Decisions& decisions) {
  const auto rollouts = open_rollouts();
  obey(rollouts);
  register_targets(decisions);
  deregister_targets(decisions);
  release(decisions);
  start_tasks(decisions);
  stop_tasks(decisions);
  if (std::ranges::any_of(service_.deployments, [](const Deployment& d) { return !d.registries.empty() || d.connect; })) announce(tx_, {.service = service_, .tasks = tasks_, .targets = {}, .zone_of_subnet = {}, .has_health_check = {}}, now_);
  count();
  finish_deployments();
  if (service_.has_task_sets()) settle_task_sets();
  else settle(decisions);
  follow_rollouts(rollouts);
  if (!decisions.blocked.empty()) event_once(decisions.blocked);
  const bool is_fargate = service_.launch_type == "FARGATE";
  explain(is_fargate ? decisions.blocked : "");
  explain_instances(is_fargate ? "" : decisions.blocked);
  forget_ends();
  if (encode(service_) != encode(view_.service)) store::put(tx_, service_);
}

Task* CarryOut::task_at(const std::string& arn) {
  const auto found = std::ranges::find(tasks_, arn, &Task::arn);
  return found == tasks_.end() ? nullptr : &*found;
}

void CarryOut::event(const std::string& message) {
  service_.events.insert(service_.events.begin(), {.id = ids_.uuid(), .created_at = now_, .message = message});
  if (service_.events.size() > kMaxEvents) service_.events.resize(kMaxEvents);
}

/// A condition that lasts is told once in six hours.
void CarryOut::event_once(const std::string& message) {
  for (const auto& told : service_.events) {
    if (told.message == message && now_ - told.created_at < kRepeatAfter) return;
  }
  event(message);
}

void CarryOut::start_tasks(const Decisions& decisions) {
  std::vector<std::string> started;
  bool replaces = false;
  for (const Start& start : decisions.starts) {
    const auto deployment = std::ranges::find(service_.deployments, start.deployment_id, &Deployment::id);
    const auto definition = store::find<model::TaskDefinition>(tx_, deployment->task_definition_arn);
    if (!definition) continue;
    const std::string cluster = name_of_cluster(service_.cluster_arn), arns = fmt::format("arn:aws:ecs:{}:{}:", service_.region, service_.account);
    Task task{.account = service_.account, .region = service_.region, .id = ids_.hex(32), .cluster_arn = service_.cluster_arn, .task_definition_arn = definition->arn, .group = "service:" + service_.name,
              .started_by = deployment->id, .service_arn = service_.arn, .platform_version = deployment->platform_version, .enable_execute_command = service_.enable_execute_command, .subnet_id = start.subnet_id, .security_group_ids = deployment->network.security_groups,
              .assign_public_ip = deployment->network.assign_public_ip, .attachment_id = ids_.uuid(), .created_at = now_};
    std::map<std::string, int> on_provider;
    for (const Task& other : tasks_) on_provider[other.capacity_provider] += other.last_status != "STOPPED";
    task.capacity_provider = model::next_provider(service_.has_task_sets() ? deployment->capacity_providers : service_.capacity_providers, on_provider);
    task.tags = tags_of_task(service_, *definition);
    task.arn = fmt::format("{}task/{}/{}", arns, cluster, task.id);
    if (const auto zone = view_.zone_of_subnet.find(start.subnet_id); zone != view_.zone_of_subnet.end()) task.zone = zone->second;
    for (const auto& container : definition->containers) {
      task.containers.push_back({.arn = fmt::format("{}container/{}/{}/{}", arns, cluster, task.id, ids_.uuid()), .name = container.name, .image = container.image});
    }
    store::put(tx_, task);
    if (deployment->connect) store::put(tx_, connect_table(tx_, task, *deployment->connect));
    started.push_back(task.id);
    replaces = replaces || start.replaces_unhealthy;
    tasks_.push_back(std::move(task));
  }
  if (started.empty()) return;
  std::string message = fmt::format("(service {}) has started {} tasks: {}.", service_.name, started.size(), list_of(started));
  if (replaces) message += fmt::format(" Amazon ECS replaced {} tasks due to an unhealthy status.", started.size());
  event(message);
}

void CarryOut::stop_tasks(const Decisions& decisions) {
  std::vector<std::string> stopped;
  for (const Stop& stop : decisions.stops) {
    Task* task = task_at(stop.task_arn);
    if (task == nullptr || task->desired_status == "STOPPED") continue;
    task->desired_status = "STOPPED";
    task->stop_code = stop.code;
    task->stopped_reason = stop.reason;
    task->stopping_at = now_;
    ++task->version;
    store::put(tx_, *task);
    if (!stop.event.empty()) event(stop.event);
    if (task->last_status == "RUNNING") stopped.push_back(task->id);
  }
  if (!stopped.empty()) event(fmt::format("(service {}) has stopped {} running tasks: {}.", service_.name, stopped.size(), list_of(stopped)));
}

void CarryOut::register_targets(const Decisions& decisions) {
  std::map<std::string, int> registered;
  for (const std::string& arn : decisions.register_tasks) {
    Task* task = task_at(arn);
    const auto deployment = std::ranges::find(service_.deployments, task->started_by, &Deployment::id);
    for (const auto& balancer : deployment->load_balancers) {
      store::put(tx_, Target{.target_group_arn = balancer.target_group_arn, .id = task->private_ip, .port = balancer.container_port, .zone = task->zone, .state_since = now_});
      ++registered[balancer.target_group_arn];
    }
    task->is_registered = true;
    store::put(tx_, *task);
  }
  for (const auto& [group, number] : registered) event(fmt::format("(service {}) registered {} targets in (target-group {})", service_.name, number, group));
}

void CarryOut::deregister_targets(const Decisions& decisions) {
  std::map<std::string, int> deregistered;
  for (const std::string& arn : decisions.deregister_tasks) {
    const Task* task = task_at(arn);
    for (Target target : view_.targets) {
      if (target.id != task->private_ip || target.desired == "draining") continue;
      const auto group = store::find<model::TargetGroup>(tx_, target.target_group_arn);
      const int delay = group ? std::stoi(model::target_group_attribute(*group, "deregistration_delay.timeout_seconds")) : 0;
      target.desired = "draining";
      target.drain_until = now_ + std::chrono::seconds(delay);
      target.state = "draining";
      target.reason = "Target.DeregistrationInProgress";
      target.description = "Target deregistration is in progress";
      target.state_since = now_;
      store::put(tx_, target);
      ++deregistered[target.target_group_arn];
    }
  }
  for (const auto& [group, number] : deregistered) event(fmt::format("(service {}) deregistered {} targets in (target-group {})", service_.name, number, group));
  if (!decisions.deregister_tasks.empty()) event(fmt::format("(service {}, taskSet {}) has begun draining connections on {} tasks.", service_.name, task_at(decisions.deregister_tasks[0])->started_by, decisions.deregister_tasks.size()));
}

void CarryOut::release(const Decisions& decisions) {
  for (const std::string& arn : decisions.released_tasks) {
    Task* task = task_at(arn);
    task->is_deregistered = true;
    store::put(tx_, *task);
  }
}

/// The reason lasts as long as the percentages leave no room; it is gone with the next step that finds some.
void CarryOut::explain(const std::string& blocked) {
  model::Because because{.subject = service_.arn, .code = "Service.DeploymentBlocked", .sentence = blocked, .cause = service_.arn, .attribute = "deployment_minimum_healthy_percent, deployment_maximum_percent",
                         .remedy = "raise deployment_maximum_percent above 100, or lower deployment_minimum_healthy_percent", .evidence = {}, .since = now_};
  const bool is_told = store::find<model::Because>(tx_, because.key()).has_value();
  if (blocked.empty() && is_told) store::erase<model::Because>(tx_, because.key());
  if (blocked.empty() || is_told) return;
  const int desired = service_.desired_count, most = desired * service_.maximum_percent / 100, least = (desired * service_.minimum_healthy_percent + 99) / 100;
  because.sentence = fmt::format("the deployment of service {} may neither start nor stop a task: with desired_count {} at most {} tasks may exist ({} %, rounded down) and at least {} must stay healthy ({} %, rounded up)", service_.name, desired, most,
                                 service_.maximum_percent, least, service_.minimum_healthy_percent);
  because.evidence = {{"deployment_minimum_healthy_percent", std::to_string(service_.minimum_healthy_percent)}, {"deployment_maximum_percent", std::to_string(service_.maximum_percent)},
                      {"desired_count", std::to_string(service_.desired_count)}};
  store::put(tx_, because);
}

/// A service of another launch type waits for container instances, of which there are none.
void CarryOut::explain_instances(const std::string& blocked) {
  const model::Because because{.subject = service_.arn, .code = "Service.NoContainerInstances", .sentence = blocked, .cause = service_.arn, .attribute = "launch_type",
                               .remedy = "set launch_type = \"FARGATE\"", .evidence = {{"launch_type", service_.launch_type}}, .since = now_};
  const bool is_told = store::find<model::Because>(tx_, because.key()).has_value();
  if (blocked.empty() && is_told) store::erase<model::Because>(tx_, because.key());
  if (!blocked.empty() && !is_told) store::put(tx_, because);
}

/// How earlier tasks ended, or why they did not start, holds a steady service up no more, and says nothing about a
/// deployment that replaced theirs. What a rollback undid is told until the next deployment.
void CarryOut::forget_ends() {
  if (service_.deployments.empty()) return;
  const Deployment& primary = service_.deployments[0];
  const bool all_proven = service_.is_steady && std::ranges::all_of(tasks_, [&](const Task& task) { return task.desired_status == "STOPPED" || is_healthy(view_, task, now_); });
  const auto forget = [&](const std::string& subject, auto is_over) {
    for (const auto& because : store::all<model::Because>(tx_, subject + "#")) {
      const bool is_of_tasks = because.code.starts_with("Task.") || because.code.starts_with("Image.") || because.code.starts_with("Container.");
      if (!is_of_tasks) continue;
      const bool is_undone = primary.is_rollback && because.cause != primary.task_definition_arn;
      if (is_over(because) || (all_proven && !is_undone)) store::erase<model::Because>(tx_, because.key());
    }
  };
  forget(service_.arn, [&](const model::Because& because) { return because.since < primary.created_at; });
  for (const Task& task : tasks_) forget(task.arn, [&](const model::Because&) { return task.last_status == "STOPPED" && task.started_by != primary.id; });
}

/// Counts per deployment, and consecutive failures for back-off and circuit breaker.
void CarryOut::count() {
  for (Deployment& deployment : service_.deployments) {
    deployment.running_count = deployment.pending_count = 0;
    for (const Task& task : tasks_) {
      if (task.started_by != deployment.id || task.desired_status == "STOPPED") continue;
      deployment.running_count += task.last_status == "RUNNING";
      deployment.pending_count += task.last_status == "PENDING" || task.last_status == "PROVISIONING" || task.last_status == "ACTIVATING";
    }
  }
  if (service_.has_task_sets()) {
    for (Deployment& task_set : service_.deployments) judge_failures(task_set);
  } else if (!service_.deployments.empty()) {
    judge_failures(service_.deployments[0]);
  }
}

void CarryOut::judge_failures(Deployment& primary) {
  int failures = 0;
  WallTime last;
  std::string reason;
  bool has_healthy = false;
  for (const Task& task : tasks_) {
    if (task.started_by != primary.id) continue;
    has_healthy = has_healthy || is_healthy(view_, task, now_);
    const bool by_health = task.stop_code == "ServiceSchedulerInitiated" && task.stopped_reason.starts_with("Task failed");
    if (failed_to_start(task) || by_health) ++failures;
    if (failed_to_start(task) && task.stopped_at > last) {
      last = task.stopped_at;
      reason = task.stopped_reason;
    }
  }
  if (has_healthy || primary.rollout_state == "COMPLETED") {
    primary.failed_tasks = 0;
    primary.start_failures = 0;
    primary.next_start_at = {};
    return;
  }
  primary.failed_tasks = failures;
  if (!last) return;
  const bool is_new = failures > primary.start_failures;
  primary.start_failures = failures;
  primary.next_start_at = last + back_off(failures);
  if (is_new) event_once(fmt::format("(service {}) was unable to place a task. Reason: {}.", service_.name, reason));
  if (failures >= breaker_threshold(service_.desired_count)) event_once(fmt::format("(service {}) is unable to consistently start tasks successfully.", service_.name));
  if (!service_.has_task_sets() && service_.circuit_breaker && failures >= breaker_threshold(service_.desired_count) && primary.rollout_state == "IN_PROGRESS") trip_breaker(primary);
}

void CarryOut::trip_breaker(Deployment& primary) {
  event(fmt::format("(service {}) (deployment {}) deployment failed: tasks failed to start.", service_.name, primary.id));
  fail_primary("ECS deployment circuit breaker", "tasks failed to start", service_.circuit_breaker_rollback);
}

/// With rollback the newest completed deployment becomes the primary one again.
void CarryOut::fail_primary(const std::string& by, const std::string& why, bool rolls_back) {
  Deployment& primary = service_.deployments[0];
  primary.rollout_state = "FAILED";
  primary.rollout_state_reason = fmt::format("{}: {}.", by, why);
  if (!rolls_back) return;
  const auto before = std::ranges::find_if(service_.deployments, [](const Deployment& d) { return d.status == "ACTIVE" && d.rollout_state == "COMPLETED"; });
  if (before == service_.deployments.end()) return;
  event(fmt::format("(service {}) rolling back to deployment {}.", service_.name, before->id));
  std::iter_swap(service_.deployments.begin(), before);
  service_.deployments[0].status = "PRIMARY";
  service_.deployments[0].is_rollback = true;
  service_.deployments[0].desired_count = service_.desired_count;
  service_.deployments[0].rollout_state_reason = fmt::format("{}: rolling back to deploymentId {}.", by, service_.deployments[0].id);
  before->status = "ACTIVE";
}

/// A rollout that its owner wants ended (StopServiceDeployment).
void CarryOut::obey(const std::vector<model::ServiceDeployment>& rollouts) {
  if (service_.deployments.empty() || service_.deployments[0].rollout_state != "IN_PROGRESS") return;
  for (const auto& rollout : rollouts) {
    const bool is_asked = rollout.status == "ROLLBACK_REQUESTED" || rollout.status == "STOP_REQUESTED";
    if (is_asked && rollout.target.deployment_id == service_.deployments[0].id) return fail_primary("Service deployment stopped", "a user asked for it", rollout.status == "ROLLBACK_REQUESTED");
  }
}

std::vector<model::ServiceDeployment> CarryOut::open_rollouts() const {
  std::vector<model::ServiceDeployment> rollouts;
  for (const std::string& arn : service_.open_rollouts) {
    if (auto rollout = store::find<model::ServiceDeployment>(tx_, arn)) rollouts.push_back(std::move(*rollout));
  }
  return rollouts;
}

void CarryOut::follow_rollouts(const std::vector<model::ServiceDeployment>& rollouts) {
  service_.open_rollouts.clear();
  for (const auto& rollout : rollouts) {
    const auto after = followed(rollout, service_, now_);
    if (encode(after) != encode(rollout)) store::put(tx_, after);
    if (!after.is_over()) service_.open_rollouts.push_back(after.arn);
  }
}

bool CarryOut::has_tasks(const Deployment& deployment) const {
  return std::ranges::any_of(tasks_, [&](const Task& t) { return t.started_by == deployment.id && t.last_status != "STOPPED"; });
}

/// Old deployments leave when their last task has stopped; the one that was completed last stays until another is, as what a
/// rollback goes back to.
void CarryOut::finish_deployments() {
  const auto is_over = [&](const Deployment& d) {
    if (service_.has_task_sets()) return d.status == "DRAINING";
    const bool is_way_back = service_.status == "ACTIVE" && d.rollout_state == "COMPLETED" && service_.deployments[0].rollout_state != "COMPLETED";
    return d.status != "PRIMARY" && !is_way_back;
  };
  std::erase_if(service_.deployments, [&](const Deployment& d) { return is_over(d) && !has_tasks(d); });
  const bool drained = service_.status == "DRAINING" && std::ranges::none_of(service_.deployments, [&](const Deployment& d) { return has_tasks(d); });
  if (drained) {
    service_.status = "INACTIVE";
    service_.deployments.clear();
  }
  withdraw(tx_, view_.service.deployments, service_.deployments);
}

/// Steady: only the primary deployment, as many tasks running as desired, all of them healthy where something checks.
void CarryOut::settle(const Decisions& decisions) {
  if (service_.deployments.empty()) return;
  Deployment& primary = service_.deployments[0];
  const bool is_alone = std::none_of(service_.deployments.begin() + 1, service_.deployments.end(), [&](const Deployment& d) { return has_tasks(d); });
  const bool all_there = is_alone && primary.running_count == service_.desired_count && primary.pending_count == 0 && decisions.starts.empty() && decisions.stops.empty();
  const bool checked = !primary.load_balancers.empty() || (view_.has_health_check.contains(primary.task_definition_arn) && view_.has_health_check.at(primary.task_definition_arn));
  const bool all_healthy = std::ranges::all_of(tasks_, [&](const Task& task) {
    return task.started_by != primary.id || task.desired_status == "STOPPED" || !checked || is_healthy(view_, task, now_);
  });
  const bool steady = all_there && all_healthy;
  if (steady && primary.rollout_state == "IN_PROGRESS") {
    primary.rollout_state = "COMPLETED";
    primary.rollout_state_reason = fmt::format("ECS deployment {} completed.", primary.id);
    primary.updated_at = now_;
    event(fmt::format("(service {}) (deployment {}) deployment completed.", service_.name, primary.id));
  }
  if (steady && !service_.is_steady) event(fmt::format("(service {}) has reached a steady state.", service_.name));
  service_.is_steady = steady;
  finish_deployments();  // of a completed one nothing goes back any more
}

/// Steady: as many tasks as its share, all of them running, and those with targets healthy (ECS API, TaskSet: stabilityStatus).
void CarryOut::settle_task_sets() {
  service_.is_steady = true;
  for (Deployment& set : service_.deployments) {
    set.desired_count = service_.share_of(set);
    const bool all_fit = std::ranges::all_of(tasks_, [&](const Task& task) {
      if (task.started_by != set.id || task.last_status == "STOPPED") return true;
      return task.desired_status != "STOPPED" && (set.load_balancers.empty() || is_healthy(view_, task, now_));
    });
    const bool is_stable = set.running_count == set.desired_count && set.pending_count == 0 && all_fit;
    if (is_stable != set.is_stable) {
      set.stability_since = now_;
      event(fmt::format("(service {}, taskSet {}) has {}.", service_.name, set.id, is_stable ? "reached a steady state" : "left its steady state"));
    }
    set.is_stable = is_stable;
    service_.is_steady = service_.is_steady && is_stable;
  }
}

}  // namespace landfall::ecs
