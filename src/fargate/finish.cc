#include <algorithm>

#include <fmt/format.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "fargate/life.h"
#include "store/interfaces.h"
#include "store/table.h"
#include "sys/overlay.h"

/// From the decision to stop to STOPPED; each step may be repeated.
namespace landfall::fargate {
namespace {

constexpr int kStopTimeout = 30;  // seconds

bool is_alive(const model::TaskContainer& container) { return container.last_status == "RUNNING"; }

}  // namespace

/// Always false at its end: nothing comes after it, or the daemon ends.
bool Life::finish() {
  adopt_all();
  if (const auto now = task()) {
    change([&](Task& t) {
      if (!t.stopping_at) t.stopping_at = host_.clock.wall();
      t.pull_detail.clear();
    });
    const bool any_alive = std::ranges::any_of(now->containers, is_alive);
    if (any_alive && !is_drained(*now)) change([](Task& t) { t.last_status = "DEACTIVATING"; });
    for (;;) {
      const store::Revision seen = host_.store.revision();
      const auto current = task();
      if (host_.store.is_closed()) return false;
      if (!current || !std::ranges::any_of(current->containers, is_alive) || is_drained(*current)) break;
      wait(seen, std::chrono::seconds(5), {store::path_of<model::Service>(current->service_arn)});
    }
    if (any_alive) change([](Task& t) { t.last_status = "STOPPING"; });
  }
  stop_containers();
  if (host_.store.is_closed()) return false;
  metadata_.reset();
  const auto ended = task();
  if (ended && (ended->stop_code == "UserInitiated" || ended->stop_code == "ServiceSchedulerInitiated")) unexplain(false);
  change([&](Task& t) {
    t.last_status = "DEPROVISIONING";
    if (!t.execution_stopped_at) t.execution_stopped_at = host_.clock.wall();
    for (auto& container : t.containers) container.last_status = "STOPPED";
  });
  remove_containers();
  const auto done = host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    std::vector<std::string> interfaces;
    for (const auto& interface : store::all<model::NetworkInterface>(tx)) {
      if (interface.owner == arn_) interfaces.push_back(interface.key());
    }
    for (const std::string& key : interfaces) store::delete_interface(tx, key);
    store::update<Task>(tx, arn_, [&](Task& t) {
      t.attachment_status = "DELETED";
      t.last_status = "STOPPED";
      t.stopped_at = host_.clock.wall();
      ++t.version;
    });
    return {};
  });
  if (!done) log_error("stopped task not recorded", {{"task", task_id_}, {"error", done.error().message()}});
  log_info("task stopped", {{"task", task_id_}});
  return false;
}

/// Whether SIGTERM may go out: no target group sends requests any more.
bool Life::is_drained(const Task& task) const {
  return task.is_deregistered || !task.is_registered || !store::find<model::Service>(host_.store, task.service_arn);
}

/// SIGTERM, stopTimeout, SIGKILL; a container before those that it depends on.
void Life::stop_containers() {
  struct Stopping {
    std::chrono::steady_clock::time_point deadline;
    bool is_killed = false;
  };
  std::map<std::string, Stopping> stopping;
  for (;;) {
    const store::Revision seen = host_.store.revision();
    const auto now = task();
    if (!now || host_.store.is_closed() || !std::ranges::any_of(now->containers, is_alive)) return;
    auto next = host_.clock.steady() + std::chrono::seconds(60);
    for (const model::ContainerDefinition& container : definition_.containers) {
      const model::TaskContainer* entry = container_in(*now, container.name);
      if (entry == nullptr || !is_alive(*entry)) continue;
      const bool is_needed = std::ranges::any_of(definition_.containers, [&](const model::ContainerDefinition& other) {
        const model::TaskContainer* there = container_in(*now, other.name);
        return there != nullptr && is_alive(*there) && std::ranges::find(other.depends_on, container.name, &model::ContainerDependency::container_name) != other.depends_on.end();
      });
      if (is_needed) continue;
      const ContainerPlace place = host_.place_of(task_id_, container.name);
      const auto known = stopping.find(container.name);
      const int timeout = container.stop_timeout != 0 ? container.stop_timeout : kStopTimeout;
      if (known == stopping.end()) {
        (void)host_.runtime.signal(place, read_file(place.folder / "stop-signal").value_or("TERM"));
        stopping[container.name] = {.deadline = host_.clock.steady() + std::chrono::seconds(timeout)};
        next = std::min(next, stopping[container.name].deadline);
      } else if (!known->second.is_killed && host_.clock.steady() >= known->second.deadline) {
        (void)host_.runtime.signal(place, "KILL");
        known->second.is_killed = true;
      } else if (!known->second.is_killed) {
        next = std::min(next, known->second.deadline);
      }
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(next - host_.clock.steady());
    wait(seen, std::max(left, std::chrono::milliseconds(1)));
  }
}

void Life::remove_containers() {
  std::error_code ignored;
  const std::filesystem::path folder = host_.folder_of(task_id_);
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
    if (!entry.is_directory() || entry.path().filename() == ".volumes") continue;
    const ContainerPlace place = host_.place_of(task_id_, entry.path().filename());
    host_.runtime.remove(place);
    host_.logs.finish(place);
  }
  for (const auto& mounted : sys::mounts_below(folder)) (void)sys::unmount(mounted);
  if (const auto removed = sys::remove_cgroup(host_.cgroups, cgroup()); !removed) log_warn("control group not removed", {{"task", task_id_}, {"error", removed.error().message()}});
  std::filesystem::remove_all(folder, ignored);
}

}  // namespace landfall::fargate
