#include <fmt/format.h>

#include "services/ecs/support.h"

/// Protection of a service's tasks: neither scaling in nor a deployment stops one (ecs/decide.cc).
namespace landfall::services::ecs {
namespace {

using model::Task;

constexpr int kDefaultMinutes = 120, kMaxMinutes = 2880;  // ECS API, UpdateTaskProtection
constexpr size_t kMaxTasks = 10;

template <class Answer, class Request, class Each>
Result<Answer> on_tasks(const Deps& deps, const CallContext& context, const Request& request, const std::vector<std::string>& named, Each each) {
  if (named.size() > kMaxTasks) return fail("InvalidParameterException", fmt::format("Tasks can have at most {} items; found {}", kMaxTasks, named.size()));
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    Answer answer{.failures = std::vector<shapes::Failure>{}, .protected_tasks = std::vector<shapes::ProtectedTask>{}};
    for (const std::string& name : named) {
      const std::string arn = name.starts_with("arn:") ? name : arn_of(context, "task", cluster.name + "/" + name);
      auto task = store::find<Task>(tx, arn);
      if (!task || task->cluster_arn != cluster.arn) {
        answer.failures->push_back({.arn = arn, .reason = "MISSING"});
      } else if (task->service_arn.empty() || task->desired_status == "STOPPED") {
        answer.failures->push_back({.arn = arn, .detail = "Task protection is for running tasks of services", .reason = "TASK_NOT_VALID"});
      } else {
        each(tx, *task);
        shapes::ProtectedTask told{.protection_enabled = deps.clock.wall() < task->protected_until, .task_arn = arn};
        if (*told.protection_enabled) told.expiration_date = task->protected_until;
        answer.protected_tasks->push_back(told);
      }
    }
    return answer;
  });
}

Result<shapes::GetTaskProtectionResponse> get(const Deps& deps, const CallContext& context, const shapes::GetTaskProtectionRequest& request) {
  std::vector<std::string> named = list(request.tasks);
  if (named.empty()) {
    for (const Task& task : store::all<Task>(deps.store)) {
      if (task.cluster_arn == cluster_arn(context, request.cluster) && deps.clock.wall() < task.protected_until && named.size() < kMaxTasks) named.push_back(task.arn);
    }
  }
  return on_tasks<shapes::GetTaskProtectionResponse>(deps, context, request, named, [](Transaction&, Task&) {});
}

Result<shapes::UpdateTaskProtectionResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateTaskProtectionRequest& request) {
  const int minutes = request.expires_in_minutes.value_or(kDefaultMinutes);
  if (list(request.tasks).empty()) return fail("InvalidParameterException", "Tasks cannot be empty.");
  if (minutes < 1 || minutes > kMaxMinutes) return fail("InvalidParameterException", fmt::format("expiresInMinutes must be between 1 and {}; found {}", kMaxMinutes, minutes));
  const WallTime until = request.protection_enabled.value_or(false) ? deps.clock.wall() + std::chrono::minutes(minutes) : WallTime{};
  return on_tasks<shapes::UpdateTaskProtectionResponse>(deps, context, request, list(request.tasks), [&](Transaction& tx, Task& task) {
    task.protected_until = until;
    store::put(tx, task);
  });
}

}  // namespace

void register_protection(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetTaskProtectionRequest, shapes::GetTaskProtectionResponse>("ecs", "GetTaskProtection", {"*"}, bind(get));
  registry.add<shapes::UpdateTaskProtectionRequest, shapes::UpdateTaskProtectionResponse>("ecs", "UpdateTaskProtection", {"*"}, bind(update));
}

}  // namespace landfall::services::ecs
