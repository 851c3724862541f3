#include <algorithm>
#include <condition_variable>

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "fargate/life.h"
#include "store/table.h"

/// RUNNING: exits and health.
namespace landfall::fargate {

std::optional<Stop> Life::supervise() {
  if (!metadata_) {
    if (auto stop = wait_for_interface()) return stop;
  }
  adopt_all();
  for (;;) {
    const store::Revision seen = host_.store.revision();
    const auto now = task();
    if (!now || now->desired_status == "STOPPED" || host_.store.is_closed()) return std::nullopt;
    for (const model::ContainerDefinition& container : definition_.containers) {
      const model::TaskContainer* entry = container_in(*now, container.name);
      if (entry == nullptr || entry->last_status != "STOPPED") continue;
      if (may_restart(container.restart_policy, *entry)) {
        restart_container(container);
        continue;
      }
      if (!container.essential) continue;
      explain_exit(*entry, container);
      return Stop{"EssentialContainerExited", "Essential container in task exited"};
    }
    wait(seen, std::chrono::seconds(60));
  }
}

/// With the file system that it left. One that cannot run again has ended for good.
void Life::restart_container(const model::ContainerDefinition& container) {
  const ContainerPlace place = host_.place_of(task_id_, container.name);
  host_.runtime.remove(place);
  std::error_code ignored;
  std::filesystem::remove(place.exit_file(), ignored);
  const auto done = run(container, place);
  change([&](Task& t) {
    for (auto& entry : t.containers) {
      if (entry.name != container.name) continue;
      if (done) {
        ++entry.restart_count;
        entry.health_status = "UNKNOWN";
      } else {
        entry.exit_code.reset();
        entry.reason = start_error(done.error().what);
      }
    }
  });
  if (done) log_info("container started again", {{"task", task_id_}, {"container", container.name}});
}

bool may_restart(const model::RestartPolicy& policy, const model::TaskContainer& ended) {
  if (!policy.is_enabled || !ended.exit_code || std::ranges::count(policy.ignored_exit_codes, *ended.exit_code) > 0) return false;
  return ended.stopped_at - ended.started_at >= std::chrono::seconds(policy.attempt_period_seconds);
}

/// Once after a restart of the daemon: containers that the record has running are watched again, or found ended.
void Life::adopt_all() {
  if (std::exchange(is_adopted_, true)) return;
  const auto now = task();
  if (!now || !images_.empty()) return;  // we started them ourselves
  for (const model::ContainerDefinition& container : definition_.containers) {
    const model::TaskContainer* entry = container_in(*now, container.name);
    if (entry != nullptr && (entry->last_status == "RUNNING" || host_.runtime.monitor(host_.place_of(task_id_, container.name)))) adopt(container);
  }
  adopt_health();
}

void Life::adopt_health() {
  const bool has_checks = std::ranges::any_of(definition_.containers, [](const auto& c) { return c.health_check.has_value(); });
  if (has_checks && !health_.joinable()) health_ = std::jthread([this](const std::stop_token& stop) { run_health_checks(stop); });
}

void Life::run_health_checks(const std::stop_token& stop) {
  struct Schedule {
    const model::ContainerDefinition* definition;
    std::chrono::steady_clock::time_point next, started;
    int failures = 0;
  };
  std::vector<Schedule> checks;
  const auto began = host_.clock.steady();
  for (const auto& container : definition_.containers) {
    if (container.health_check) checks.push_back({&container, began, began});
  }
  std::mutex mutex;
  std::condition_variable_any changed;
  while (!stop.stop_requested() && is_wanted()) {
    auto next = host_.clock.steady() + std::chrono::seconds(1);  // a container that starts later is noticed within a second
    for (Schedule& check : checks) {
      const auto& rules = *check.definition->health_check;
      const auto now = task();
      const model::TaskContainer* entry = now ? container_in(*now, check.definition->name) : nullptr;
      if (entry == nullptr || entry->last_status != "RUNNING" || host_.clock.steady() < check.next) continue;
      const bool is_starting = host_.clock.steady() - check.started < std::chrono::seconds(rules.start_period_seconds);
      int failures = check.failures;
      const bool is_healthy = check_health(*check.definition, failures);
      check.failures = !is_healthy && is_starting ? 0 : failures;  // failures of the start period do not count
      const std::string status = is_healthy ? "HEALTHY" : check.failures >= rules.retries ? "UNHEALTHY" : entry->health_status;
      if (status != entry->health_status) {
        change([&](Task& t) {
          for (auto& c : t.containers) {
            if (c.name == check.definition->name) c.health_status = status;
          }
          t.health_status = task_health(definition_, t);
        });
      }
      check.next = host_.clock.steady() + std::chrono::seconds(rules.interval_seconds);
    }
    for (const Schedule& check : checks) next = std::min(next, std::max(check.next, host_.clock.steady() + std::chrono::milliseconds(100)));
    std::unique_lock lock(mutex);
    changed.wait_until(lock, stop, next, [] { return false; });
  }
}

/// One check by the rules of the definition; `failures` in a row.
bool Life::check_health(const model::ContainerDefinition& definition, int& failures) {
  const auto& rules = *definition.health_check;
  std::vector<std::string> words(rules.command.begin(), rules.command.end());
  if (!words.empty() && words[0] == "NONE") return true;
  if (!words.empty() && words[0] == "CMD") words.erase(words.begin());
  else if (words.size() == 2 && words[0] == "CMD-SHELL") words = {"/bin/sh", "-c", words[1]};
  const auto outcome = host_.runtime.exec(host_.place_of(task_id_, definition.name), words, std::chrono::seconds(rules.timeout_seconds), false);
  const bool is_healthy = outcome && !outcome->is_timed_out && outcome->exit_code == 0;
  failures = is_healthy ? 0 : failures + 1;
  if (!is_healthy && failures >= rules.retries) explain_check(definition, outcome);
  return is_healthy;
}

/// A check that failed `retries` times: what it said, and whether it could run at all.
void Life::explain_check(const model::ContainerDefinition& definition, const Result<sys::Outcome>& outcome) {
  const std::string command = join(definition.health_check->command, " ");
  model::Because because{.code = "Container.HealthCheckFailed", .cause = definition_.arn, .attribute = attribute_of(definition.name, "healthCheck.command"), .evidence = {{"command", command}}};
  const std::string said = outcome ? std::string(trim(outcome->err.empty() ? outcome->out : outcome->err)).substr(0, 400) : outcome.error().what;
  if (outcome) because.evidence["exit code"] = std::to_string(outcome->exit_code);
  if (!said.empty()) because.evidence["it said"] = said;
  const bool is_missing = !outcome || outcome->exit_code == 127 || outcome->exit_code == 126 || said.find("executable file not found") != std::string::npos || said.find("no such file or directory") != std::string::npos;
  const bool is_ipv6 = command.find("localhost") != std::string::npos && said.find("[::1]") != std::string::npos;
  if (outcome && outcome->is_timed_out) {
    because.sentence = fmt::format("the health check of container {} did not end within its timeout of {} s", definition.name, definition.health_check->timeout_seconds);
    because.remedy = "raise healthCheck.timeout, or let the check ask for less";
  } else if (is_missing) {
    because.code = "Container.HealthCheckCannotRun";
    because.sentence = fmt::format("the health check of container {} cannot run: its image lacks a program that the command names ({})", definition.name, said.empty() ? "exit code 127" : said);
    because.remedy = "use a program that the image has, or drop the container's check: the target group checks too";
  } else if (is_ipv6) {
    because.sentence = fmt::format("the health check of container {} asks localhost, which is [::1] to it, where nothing listens: {}", definition.name, said);
    because.remedy = "ask 127.0.0.1 instead of localhost";
  } else {
    because.sentence = fmt::format("the health check of container {} failed {} times in a row with exit code {}{}{}", definition.name, definition.health_check->retries, outcome->exit_code, said.empty() ? "" : ": ", said);
    because.remedy = "correct the command, or what it asks";
  }
  explain(std::move(because), true);
}

void Life::explain_exit(const model::TaskContainer& container, const model::ContainerDefinition& definition) {
  model::Because because{.code = "Container.Exited", .cause = definition_.arn, .attribute = attribute_of(container.name, "")};
  const int code = container.exit_code.value_or(-1);
  const auto now = task();
  if (code == 0 && now && now->service_arn.empty()) return;  // a job that did its work
  because.evidence = {{"container", container.name}, {"exit code", std::to_string(code)}};
  const std::vector<std::string> lines = last_lines(host_.place_of(task_id_, container.name).log(), 5);
  if (!lines.empty()) because.evidence["last lines"] = join(lines, "\n");
  if (container.reason.starts_with("OutOfMemoryError")) {
    because.code = "Container.OutOfMemory";
    because.attribute = definition.memory != 0 && definition.memory < definition_.memory ? attribute_of(container.name, "memory") : "memory";
    const int limit = definition.memory != 0 ? definition.memory : definition_.memory;
    because.sentence = fmt::format("container {} of task definition {}:{} was killed when it used more than its limit of {} MiB", container.name, definition_.family, definition_.revision, limit);
    because.remedy = fmt::format("raise the memory of the {} above {} MiB, or let the program use less", definition.memory != 0 ? "container" : "task", limit);
    because.evidence["limit"] = fmt::format("{} MiB", limit);
  } else if (code == 0 && definition_.containers.size() > 1) {
    because.code = "Container.HelperEnded";
    because.attribute = attribute_of(container.name, "essential");
    because.sentence = fmt::format("container {} of task definition {}:{} did its work and exited with 0; it is essential, so the task and its other containers were stopped", container.name, definition_.family, definition_.revision);
    because.remedy = fmt::format("set essential = false for {}, and let the others depend on its SUCCESS", container.name);
  } else {
    because.sentence = fmt::format("essential container {} of task definition {}:{} exited with code {}{}{}", container.name, definition_.family, definition_.revision, code,
                                   lines.empty() ? "; it wrote nothing" : "; its last line was: ", lines.empty() ? "" : lines.back().substr(0, 300));
    because.remedy = "make the program go on running, or see its log for why it ended";
  }
  explain(std::move(because), true);
}

void record_exit(Host& host, const std::string& task_arn, const std::string& container) {
  const std::string task_id = task_arn.substr(task_arn.rfind('/') + 1);
  const ContainerPlace place = host.place_of(task_id, container);
  const auto code = Runtime::exit_code(place);
  const bool is_oom = code.value_or(137) == 137 && sys::oom_kills(host.cgroups, host.cgroup + "/" + task_id + "/" + place.id).value_or(0) > 0;
  if (!code) host.runtime.remove(place);  // nobody watches it any more: it may not go on unseen
  const auto done = host.store.transact([&](store::Transaction& tx) -> Result<void> {
    store::update<model::Task>(tx, task_arn, [&](model::Task& task) {
      for (auto& entry : task.containers) {
        if (entry.name != container || entry.last_status == "STOPPED") continue;
        entry.last_status = "STOPPED";
        entry.runtime_id = place.id;
        entry.stopped_at = host.clock.wall();
        entry.exit_code = code.value_or(137);
        if (is_oom) entry.reason = "OutOfMemoryError: Container killed due to memory usage";
        else if (!code) entry.reason = "CannotInspectContainerError: the container or the process that watches it was gone";
        if (!task.execution_stopped_at) task.execution_stopped_at = host.clock.wall();
        ++task.version;
      }
    });
    return {};
  });
  if (!done) log_error("exit of a container not recorded", {{"task", task_id}, {"container", container}, {"error", done.error().message()}});
  log_info("container ended", {{"task", task_id}, {"container", container}, {"exit_code", std::to_string(code.value_or(137))}, {"oom", is_oom ? "yes" : "no"}});
}

}  // namespace landfall::fargate
