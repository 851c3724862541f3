#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "fargate/log_shipper.h"
#include "fargate/pull.h"
#include "fargate/runtime.h"
#include "model/settings.h"
#include "model/usage.h"
#include "store/log_store.h"
#include "store/store.h"
#include "sys/cgroup.h"
#include "sys/kernel.h"

namespace landfall::fargate {

class ExitWatch;
class Life;

/// What the platform may do as a task's roles.
struct RoleGuard {
  std::function<bool(const std::string& role_arn)> is_trusted;  ///< ECS may take it
  /// Errors: AWS's sentence of refusal. `session`  the task's id.
  std::function<Result<void>(const std::string& role_arn, const std::string& session, const std::string& action, const std::string& resource)> authorize;
};

struct AgentOptions {
  PullOptions pull{};
  int parallel_pulls = 8;
  std::chrono::milliseconds interface_timeout{60'000};
  std::chrono::milliseconds keep_stopped{std::chrono::hours(1)};  ///< then a stopped task's record goes
  std::optional<RoleGuard> guard{};  ///< none: it may everything
};

/// What the lives of tasks share. Borrowed by each of them.
struct Host {
  store::Store& store;
  const Clock& clock;
  IdSource& ids;
  sys::Kernel& kernel;
  model::Settings settings;
  AgentOptions options;
  Images images;
  Runtime runtime;
  LogShipper logs;
  sys::Cgroups cgroups;
  std::string cgroup;                   ///< parent of all: "landfall-1a2b"
  std::filesystem::path tasks_folder;

  std::filesystem::path folder_of(const std::string& task_id) const { return tasks_folder / task_id; }
  ContainerPlace place_of(const std::string& task_id, const std::string& container) const;
};

/// Makes Task records true: image, root filesystem, network, processes, logs. A thread per task that is not stopped; containers
/// go on without us and are found again by what lies under <data_dir>/tasks.
class Agent {
 public:
  Agent(store::Store& store, store::LogStore& logs, const Clock& clock, IdSource& ids, sys::Kernel& kernel, const model::Settings& settings, AgentOptions options = {});
  ~Agent();
  /// Until the store is closed.
  void run();
  /// Starts a life for each task that has none, takes leftovers and old records away.
  void step();
  /// Kills every container of this daemon and removes what it left on the host; for a purge, after run() ended.
  void remove_everything();

  /// What each running task has used so far.
  std::vector<model::TaskUsage> usage() const;

  /// Runs a program in a running container, as root. Errors: "Exec.NoTask", "Exec.NoContainer" (names those there are), "Exec.NotRunning".
  Result<sys::Outcome> exec(const std::string& task_id, const std::string& container, const std::vector<std::string>& words);

 private:
  void remove_leftovers();
  void forget_old_tasks();
  void forget_reasons();

  Host host_;
  std::unique_ptr<ExitWatch> exits_;
  std::map<std::string, std::unique_ptr<Life>> lives_;
};

}  // namespace landfall::fargate
