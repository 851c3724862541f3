#include "fargate/life.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "store/table.h"

namespace landfall::fargate {

Life::Life(Host& host, ExitWatch& exits, std::string arn) : host_(host), exits_(exits), arn_(std::move(arn)), task_id_(arn_.substr(arn_.rfind('/') + 1)) {
  thread_ = std::thread([this] {
    run();
    has_ended_ = true;
  });
}

Life::~Life() {
  health_.request_stop();
  thread_.join();
}

void Life::run() {
  while (!host_.store.is_closed() && advance()) {
  }
  if (health_.joinable()) {
    health_.request_stop();
    health_.join();
  }
  metadata_.reset();
}

bool Life::advance() {
  const auto now = task();
  if (!now) return finish(), false;
  if (definition_.arn.empty()) {
    const auto definition = store::find<model::TaskDefinition>(host_.store, now->task_definition_arn);
    if (!definition) {
      decide({"TaskFailedToStart", "InternalError: there is no task definition " + now->task_definition_arn});
    } else {
      definition_ = model::overridden(*definition, now->overrides);
    }
  }
  if (now->desired_status == "STOPPED") return finish();
  std::optional<Stop> stop;
  if (now->last_status == "PROVISIONING") stop = provision();
  else if (now->last_status == "PENDING" || now->last_status == "ACTIVATING") stop = prepare();
  else stop = supervise();
  if (stop && !host_.store.is_closed()) decide(*stop);
  return true;
}

std::optional<model::Task> Life::task() const { return store::find<Task>(host_.store, arn_); }

bool Life::change(const std::function<void(Task&)>& change) {
  bool found = false;
  const auto done = host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    found = store::update<Task>(tx, arn_, [&](Task& task) {
      const std::string before = encode(task);
      change(task);
      if (encode(task) != before) ++task.version;
    });
    return {};
  });
  if (!done) log_error("task not recorded", {{"task", task_id_}, {"error", done.error().message()}});
  return found && done;
}

void Life::decide(const Stop& stop) {
  log_info("task stops", {{"task", task_id_}, {"code", stop.code}, {"reason", stop.reason}});
  change([&](Task& task) {
    if (task.desired_status == "STOPPED") return;
    task.desired_status = "STOPPED";
    task.stop_code = stop.code;
    task.stopped_reason = stop.reason;
    task.pull_detail.clear();
  });
}

bool Life::is_wanted() const {
  const auto now = task();
  return !host_.store.is_closed() && now && now->desired_status != "STOPPED";
}

store::Revision Life::wait(store::Revision seen, std::chrono::milliseconds timeout, const std::vector<std::string>& more) const {
  std::vector<std::string> keys{store::path_of<Task>(arn_)};
  keys.insert(keys.end(), more.begin(), more.end());
  return host_.store.wait(keys, seen, timeout);
}

void Life::explain(model::Because because, bool of_service) {
  const auto now = task();
  if (!now) return;
  because.since = host_.clock.wall();
  (void)host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    std::vector<std::string> subjects{arn_};
    if (of_service && !now->service_arn.empty()) subjects.push_back(now->service_arn);
    for (const std::string& subject : subjects) {
      because.subject = subject;
      const auto told = store::find<model::Because>(tx, because.key());
      if (told && told->sentence == because.sentence && told->cause == because.cause) continue;
      store::put(tx, because);
    }
    return {};
  });
}

void Life::unexplain(bool of_service) {
  const auto now = task();
  std::vector<std::string> subjects{arn_};
  if (now && of_service && !now->service_arn.empty()) {
    // The service works again: why its earlier tasks failed holds nobody up any more.
    subjects.push_back(now->service_arn);
    for (const auto& other : store::all<Task>(host_.store)) {
      if (other.service_arn == now->service_arn && other.last_status == "STOPPED") subjects.push_back(other.arn);
    }
  }
  std::vector<std::string> keys;
  for (const std::string& subject : subjects) {
    for (const auto& because : store::all<model::Because>(host_.store, subject + "#")) {
      // How a container ended is forgotten by ecs/ when the service is steady: it may end the same way again in a moment.
      if (is_ours(because) && !(of_service && because.code.starts_with("Container.") && because.code != "Container.NotStarted")) keys.push_back(because.key());
    }
  }
  if (keys.empty()) return;
  (void)host_.store.transact([&](store::Transaction& tx) -> Result<void> {
    for (const std::string& key : keys) store::erase<model::Because>(tx, key);
    return {};
  });
}

std::string attribute_of(const std::string& container, const std::string& member) { return "container_definitions[" + container + (member.empty() ? "]" : "]." + member); }

bool is_ours(const model::Because& because) { return because.code.starts_with("Task.") || because.code.starts_with("Image.") || because.code.starts_with("Container."); }

const model::TaskContainer* Life::container_in(const Task& task, const std::string& name) const {
  const auto found = std::ranges::find(task.containers, name, &model::TaskContainer::name);
  return found == task.containers.end() ? nullptr : &*found;
}

void Life::set_status(const std::string& container, const std::string& status) {
  change([&](Task& task) {
    for (auto& entry : task.containers) {
      if (entry.name == container) entry.last_status = status;
    }
  });
}

bool is_ready_to_start(const model::ContainerDefinition& definition, const model::Task& task, std::string& broken) {
  bool is_ready = true;
  for (const model::ContainerDependency& dependency : definition.depends_on) {
    const auto other = std::ranges::find(task.containers, dependency.container_name, &model::TaskContainer::name);
    if (other == task.containers.end()) continue;
    const bool has_stopped = other->last_status == "STOPPED";
    const auto refuse = [&](const std::string& why) { broken = "TaskDependencyError: container " + definition.name + " depends on " + dependency.container_name + " being " + dependency.condition + ", and it " + why; };
    if (dependency.condition == "START") {
      is_ready = is_ready && (has_stopped || other->last_status == "RUNNING");
    } else if (dependency.condition == "COMPLETE" || dependency.condition == "SUCCESS") {
      if (has_stopped && !other->exit_code) refuse("never ran");
      if (dependency.condition == "SUCCESS" && has_stopped && other->exit_code.value_or(0) != 0) refuse("exited with " + std::to_string(*other->exit_code));
      is_ready = is_ready && has_stopped;
    } else if (dependency.condition == "HEALTHY") {
      if (has_stopped) refuse("has stopped");
      if (other->health_status == "UNHEALTHY") refuse("is unhealthy");
      is_ready = is_ready && other->health_status == "HEALTHY";
    }
  }
  return is_ready && broken.empty();
}

std::string task_health(const model::TaskDefinition& definition, const model::Task& task) {
  bool any = false, all_healthy = true;
  for (const model::ContainerDefinition& container : definition.containers) {
    if (!container.essential || !container.health_check) continue;
    any = true;
    const auto found = std::ranges::find(task.containers, container.name, &model::TaskContainer::name);
    const std::string status = found == task.containers.end() ? "UNKNOWN" : found->health_status;
    if (status == "UNHEALTHY") return "UNHEALTHY";
    all_healthy = all_healthy && status == "HEALTHY";
  }
  return any && all_healthy ? "HEALTHY" : "UNKNOWN";
}

std::string start_error(const std::string& words) {
  const bool is_create = words.find("runc create failed") != std::string::npos;
  // runc makes the process at create already; where AWS's runtime would refuse at start.
  const bool is_exec = words.find("exec: ") != std::string::npos;
  return std::string(is_create && !is_exec ? "CannotCreateContainerError: " : "CannotStartContainerError: ") + replace_all(words, "runc create failed: unable to start container process: ", "OCI runtime create failed: ");
}

}  // namespace landfall::fargate
