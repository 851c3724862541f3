#include "fargate/agent.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "fargate/exit_watch.h"
#include "fargate/life.h"
#include "model/aws_service.h"
#include "model/reason.h"
#include "store/table.h"
#include "sys/overlay.h"

namespace landfall::fargate {
namespace {

namespace fs = std::filesystem;

/// 10 digits that tell the containers of a task apart, the same after each restart.
std::string digits_of(const std::string& container) {
  const std::string hash = sha256(container);
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) number = number << 8 | static_cast<unsigned char>(hash[static_cast<size_t>(i)]);
  return fmt::format("{:010}", number % 10'000'000'000ull);
}

}  // namespace

ContainerPlace Host::place_of(const std::string& task_id, const std::string& container) const {
  return {.id = task_id + "-" + digits_of(container), .folder = folder_of(task_id) / container};
}

Agent::Agent(store::Store& store, store::LogStore& logs, const Clock& clock, IdSource& ids, sys::Kernel& kernel, const model::Settings& settings, AgentOptions options)
    : host_{.store = store, .clock = clock, .ids = ids, .kernel = kernel, .settings = settings, .options = options,
            .images = {fs::path(settings.data_dir) / "images", {.ca_file = fs::path(settings.data_dir) / "ca/root.pem", .secret_file = fs::path(settings.data_dir) / "registry/token-secret",
                                                                          .host = fmt::format("{}.dkr.ecr.{}.amazonaws.com", settings.account, settings.region), .address = to_string(model::endpoint_addresses(settings).front())}, ids, options.pull},
            .runtime = Runtime("/run/landfall-" + settings.instance), .logs = {logs, clock}, .cgroups = sys::find_cgroups(), .cgroup = "landfall-" + settings.instance,
            .tasks_folder = fs::absolute(settings.data_dir) / "tasks"} {
  exits_ = std::make_unique<ExitWatch>([this](const std::string& name) {
    const size_t mark = name.rfind('#');
    record_exit(host_, name.substr(0, mark), name.substr(mark + 1));
  });
  const std::vector<std::string> missing = host_.cgroups.missing();
  if (!missing.empty()) log_warn("limits of tasks are not enforced: this machine's control groups lack controllers", {{"missing", join(missing, ", ")}, {"root", host_.cgroups.root.string()}});
}

Agent::~Agent() {
  lives_.clear();
  exits_.reset();
}

void Agent::run() {
  remove_leftovers();
  while (!host_.store.is_closed()) {
    const store::Revision seen = host_.store.revision();
    step();
    host_.store.wait({"task/", "service/"}, seen, std::chrono::seconds(60));
  }
  lives_.clear();
}

void Agent::step() {
  std::erase_if(lives_, [](const auto& life) { return life.second->has_ended(); });
  for (const auto& task : store::all<model::Task>(host_.store)) {
    if (task.last_status == "STOPPED" || lives_.contains(task.arn)) continue;
    lives_.emplace(task.arn, std::make_unique<Life>(host_, *exits_, task.arn));
  }
  forget_old_tasks();
  forget_reasons();
}

/// Reasons of services that are gone, and of their tasks.
void Agent::forget_reasons() {
  const auto is_gone = [&](const std::string& service) {
    const auto found = store::find<model::Service>(host_.store, service);
    return !found || found->status == "INACTIVE";
  };
  std::vector<std::string> obsolete;
  for (const auto& because : store::all<model::Because>(host_.store, "arn:")) {
    if (!is_ours(because)) continue;
    const bool is_task = because.subject.find(":task/") != std::string::npos;
    const auto task = is_task ? store::find<model::Task>(host_.store, because.subject) : std::nullopt;
    if (is_task ? !task || (!task->service_arn.empty() && is_gone(task->service_arn)) : is_gone(because.subject)) obsolete.push_back(because.key());
  }
  if (obsolete.empty()) return;
  (void)host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    for (const std::string& key : obsolete) store::erase<model::Because>(tx, key);
    return {};
  });
}

/// Folders, mounts and control groups of tasks that nobody knows any more.
void Agent::remove_leftovers() {
  std::set<std::string> known;
  for (const auto& task : store::all<model::Task>(host_.store)) {
    if (task.last_status != "STOPPED") known.insert(task.id);
  }
  std::set<std::string> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(host_.tasks_folder, ignored)) found.insert(entry.path().filename());
  for (const std::string& group : sys::groups_below(host_.cgroups, host_.cgroup)) found.insert(group);
  for (const std::string& id : found) {
    if (known.contains(id)) continue;
    for (const auto& entry : fs::directory_iterator(host_.folder_of(id), ignored)) {
      if (entry.is_directory()) host_.runtime.remove(host_.place_of(id, entry.path().filename()));
    }
    for (const auto& mounted : sys::mounts_below(host_.folder_of(id))) (void)sys::unmount(mounted);
    (void)sys::remove_cgroup(host_.cgroups, host_.cgroup + "/" + id);
    fs::remove_all(host_.folder_of(id), ignored);
    log_info("leftovers of a task removed", {{"task", id}});
  }
}

void Agent::forget_old_tasks() {
  const WallTime now = host_.clock.wall();
  std::vector<std::string> old;
  for (const auto& task : store::all<model::Task>(host_.store)) {
    if (task.last_status == "STOPPED" && now - task.stopped_at > host_.options.keep_stopped) old.push_back(task.arn);
  }
  if (old.empty()) return;
  (void)host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    for (const std::string& arn : old) {
      store::erase<model::Task>(tx, arn);
      for (const auto& because : store::all<model::Because>(tx, arn + "#")) store::erase<model::Because>(tx, because.key());
    }
    return {};
  });
}

void Agent::remove_everything() {
  lives_.clear();
  std::error_code ignored;
  for (const auto& task : fs::directory_iterator(host_.tasks_folder, ignored)) {
    for (const auto& entry : fs::directory_iterator(task.path(), ignored)) {
      if (entry.is_directory()) host_.runtime.remove(host_.place_of(task.path().filename(), entry.path().filename()));
    }
  }
  for (const auto& mounted : sys::mounts_below(host_.tasks_folder)) (void)sys::unmount(mounted);
  if (const auto removed = sys::remove_cgroup(host_.cgroups, host_.cgroup); !removed) log_error("control groups not removed", {{"error", removed.error().message()}});
  fs::remove_all(host_.tasks_folder, ignored);
  fs::remove_all(host_.runtime.root(), ignored);
}

std::vector<model::TaskUsage> Agent::usage() const {
  std::vector<model::TaskUsage> all;
  for (const auto& task : store::all<model::Task>(host_.store)) {
    if (task.last_status != "RUNNING") continue;
    const auto used = sys::usage_of(host_.cgroups, host_.cgroup + "/" + task.id);
    if (used) all.push_back({.task_arn = task.arn, .cpu_us = used->cpu_us, .memory_bytes = used->memory_bytes});
  }
  return all;
}

Result<sys::Outcome> Agent::exec(const std::string& task_id, const std::string& container, const std::vector<std::string>& words) {
  const auto tasks = store::all<model::Task>(host_.store);
  const auto task = std::ranges::find_if(tasks, [&](const auto& t) { return t.id == task_id || t.arn == task_id || (task_id.size() >= 6 && t.id.starts_with(task_id) && t.last_status != "STOPPED"); });
  if (task == tasks.end()) return fail("Exec.NoTask", fmt::format("there is no task {}", task_id));
  std::vector<std::string> names;
  for (const auto& entry : task->containers) names.push_back(entry.name);
  const std::string wanted = container.empty() && names.size() == 1 ? names[0] : container;
  const auto found = std::ranges::find(task->containers, wanted, &model::TaskContainer::name);
  if (found == task->containers.end()) return fail("Exec.NoContainer", fmt::format("task {} has no container '{}'; it has {}", task->id, wanted, join(names, ", ")));
  if (found->last_status != "RUNNING") return fail("Exec.NotRunning", fmt::format("container {} of task {} is {}; it must be RUNNING", wanted, task->id, found->last_status));
  if (words.empty()) return fail("Exec.NoCommand", "no command is given");
  return host_.runtime.exec(host_.place_of(task->id, wanted), words, std::chrono::minutes(20), true);
}

}  // namespace landfall::fargate
