#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "fargate/agent.h"
#include "fargate/exit_watch.h"
#include "fargate/task_credentials.h"
#include "http/server.h"
#include "model/container_service.h"
#include "model/reason.h"

namespace landfall::fargate {

/// Why a task stops: stop code and reason in AWS's words.
struct Stop {
  std::string code, reason;
};

/// One task from PROVISIONING to STOPPED, on a thread of its own. Each step looks at the record and the disk, so it goes on where a
/// killed daemon left it. Steps lie in provision.cc, start.cc, supervise.cc and finish.cc.
class Life {
 public:
  Life(Host& host, ExitWatch& exits, std::string arn);
  ~Life();
  bool has_ended() const { return has_ended_; }

 private:
  using Task = model::Task;

  void run();
  /// One step; false: nothing is left to do, or the daemon ends.
  bool advance();

  // provision.cc
  std::optional<Stop> provision();
  std::optional<Stop> wait_for_interface();
  std::optional<Stop> open_metadata();
  http::Response answer_metadata(const http::Request& request) const;
  mutable TaskCredentials credentials_;

  // start.cc
  std::optional<Stop> prepare();
  std::optional<Stop> check_logs();
  std::optional<Stop> check_roles();
  std::optional<Stop> pull_images();
  std::optional<Stop> start_containers();
  std::optional<Stop> start_container(const model::ContainerDefinition& definition);
  Result<void> run(const model::ContainerDefinition& definition, const ContainerPlace& place);
  Result<std::map<std::string, std::string>> read_environment_files(const model::ContainerDefinition& definition) const;
  std::string image_of(const model::ContainerDefinition& container) const;
  void keep_digest(const model::ContainerDefinition& container, const std::string& digest);
  Result<void> write_bundle(const model::ContainerDefinition& definition, const PulledImage& image, const ContainerPlace& place);
  Result<void> write_task_files();
  void adopt(const model::ContainerDefinition& definition);
  bool is_given(const std::string& image) const;
  void explain_unreachable(const Unreachable& unreachable);
  void explain_not_found(const model::ContainerDefinition& container, const std::string& text);
  void explain_failed_pull(const model::ContainerDefinition& container, const Error& error);
  void explain_missing_secret(const model::ContainerDefinition& definition, const std::string& text);
  void explain_not_started(const model::ContainerDefinition& definition, const std::string& text);
  std::string architecture() const;

  // permissions.cc
  std::optional<Stop> check_trust(const std::string& role_arn);
  std::optional<Stop> check_permissions();

  // supervise.cc
  std::optional<Stop> supervise();
  void restart_container(const model::ContainerDefinition& container);
  void adopt_all();
  void adopt_health();
  bool check_health(const model::ContainerDefinition& definition, int& failures);
  void run_health_checks(const std::stop_token& stop);
  void explain_check(const model::ContainerDefinition& definition, const Result<sys::Outcome>& outcome);
  void explain_exit(const model::TaskContainer& container, const model::ContainerDefinition& definition);

  // finish.cc
  bool finish();
  bool is_drained(const Task& task) const;
  void stop_containers();
  void remove_containers();

  // life.cc
  std::optional<Task> task() const;
  bool change(const std::function<void(Task&)>& change);
  /// Decides that the task stops, unless somebody did before.
  void decide(const Stop& stop);
  bool is_wanted() const;
  /// Until the task's record, or one of the other keys, changed since `seen`.
  store::Revision wait(store::Revision seen, std::chrono::milliseconds timeout, const std::vector<std::string>& more = {}) const;
  void explain(model::Because because, bool of_service);
  void unexplain(bool of_service);
  std::string network_namespace() const { return host_.settings.namespace_name("task", task_id_); }
  std::string cgroup() const { return host_.cgroup + "/" + task_id_; }
  const model::TaskContainer* container_in(const Task& task, const std::string& name) const;
  void set_status(const std::string& container, const std::string& status);

  Host& host_;
  ExitWatch& exits_;
  std::string arn_, task_id_;
  model::TaskDefinition definition_;
  std::map<std::string, PulledImage> images_;  ///< by container
  std::map<std::string, std::string> stop_signals_;
  std::unique_ptr<http::Server> metadata_;
  std::jthread health_;
  bool is_adopted_ = false;  ///< what ran before this daemon is known
  std::atomic<bool> has_ended_ = false;
  std::thread thread_;
};

/// What ECS says of a role that it cannot take.
std::string unable_to_assume(const std::string& role_arn);

/// Whether this folder wrote the reason.
bool is_ours(const model::Because& because);

/// "container_definitions[web].image", in the words of the catalogue of a task definition's arguments.
std::string attribute_of(const std::string& container, const std::string& member);

/// What an ended container's exit means: reads the exit file and the marks of the out-of-memory killer, and records it.
void record_exit(Host& host, const std::string& task_arn, const std::string& container);

/// Whether the conditions of `definition.depends_on` hold. `broken`: one can never hold any more; names it.
bool is_ready_to_start(const model::ContainerDefinition& definition, const model::Task& task, std::string& broken);

/// Whether a container that ended is started again in its task (ECS API, ContainerRestartPolicy).
bool may_restart(const model::RestartPolicy& policy, const model::TaskContainer& ended);

/// Health of a task from its containers' (aws-behaviour, 1.4).
std::string task_health(const model::TaskDefinition& definition, const model::Task& task);

/// The error classes of 1.6 for runc's words: "CannotStartContainerError: …".
std::string start_error(const std::string& words);

}  // namespace landfall::fargate
