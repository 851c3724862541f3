#include <fmt/format.h>

#include "model/network.h"
#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

using model::Task;

/// What an earlier call with the same token started (ECS API, RunTask: clientToken).
std::vector<shapes::Task> tasks_of_token(const Transaction& tx, const model::Cluster& cluster, const std::string& token) {
  std::vector<shapes::Task> found;
  for (const Task& task : token.empty() ? std::vector<Task>{} : store::all<Task>(tx)) {
    if (task.cluster_arn == cluster.arn && task.client_token == token) found.push_back(render_task(task, store::find<model::TaskDefinition>(tx, task.task_definition_arn)));
  }
  return found;
}

/// The same token with another request is refused (ECS API, RunTask: ConflictException).
Result<std::optional<shapes::RunTaskResponse>> answer_again(const Transaction& tx, const model::Cluster& cluster, const model::TaskDefinition& definition, const shapes::RunTaskRequest& request) {
  auto before = tasks_of_token(tx, cluster, text(request.client_token));
  if (before.empty()) return std::nullopt;
  const bool is_same = before.size() == static_cast<size_t>(request.count.value_or(1)) && before[0].task_definition_arn == definition.arn && text(before[0].started_by) == text(request.started_by);
  if (!is_same) return fail("ConflictException", "The provided clientToken is already in use with a different RunTask request.");
  return shapes::RunTaskResponse{.failures = std::vector<shapes::Failure>{}, .tasks = std::move(before)};
}

/// Tags that tasks get besides the request's own, which win (ECS guide, Tagging Amazon ECS resources).
model::Tags tags_of_task(const shapes::RunTaskRequest& request, const model::Cluster& cluster, const model::TaskDefinition& definition, model::Tags tags) {
  if (text(request.propagate_tags) == "TASK_DEFINITION") tags.insert(definition.tags.begin(), definition.tags.end());
  if (request.enable_ecs_managed_tags.value_or(false)) tags["aws:ecs:clusterName"] = cluster.name;
  return tags;
}

Result<shapes::RunTaskResponse> run_task(const Deps& deps, const CallContext& context, const shapes::RunTaskRequest& request) {
  const int count = request.count.value_or(1);
  if (count < 1 || count > 10) return fail("InvalidParameterException", fmt::format("Task count {} must be between 1 and 10.", count));
  if (text(request.propagate_tags) == "SERVICE") return fail("InvalidParameterException", "Tags of a service cannot be propagated to tasks that are run without one; wanted TASK_DEFINITION or NONE.");
  TRY(check_platform(request.platform_version));
  const model::Tags tags = TRY(tags_of(request.tags));
  return transact<shapes::RunTaskResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RunTaskResponse> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    const auto definition = find_definition(tx, context, text(request.task_definition));
    if (!definition) return fail("InvalidParameterException", "TaskDefinition not found.");
    if (definition->status != "ACTIVE") return fail("ClientException", "TaskDefinition is inactive");
    const Launch launch = TRY(choose_launch(cluster, *definition, request.launch_type, request.capacity_provider_strategy));
    if (launch.type != "FARGATE") return fail("InvalidParameterException", "No Container Instances were found in your cluster.");
    if (!list(request.placement_constraints).empty() || !list(request.placement_strategy).empty()) return fail("InvalidParameterException", "Placement constraints and strategies are not supported with FARGATE launch type.");
    if (auto again = TRY(answer_again(tx, cluster, *definition, request))) return std::move(*again);
    const auto network = TRY(read_network(tx, context, request.network_configuration));
    auto overrides = TRY(read_overrides(request.overrides, *definition));
    shapes::RunTaskResponse result{.failures = std::vector<shapes::Failure>{}, .tasks = std::vector<shapes::Task>{}};
    std::map<std::string, int> on_provider;
    for (int i = 0; i < count; ++i) {
      const auto subnet = store::find<model::Subnet>(tx, context.account + "/" + context.region + "/" + network.subnets[static_cast<size_t>(i) % network.subnets.size()]);
      Task task{.account = context.account, .region = context.region, .id = deps.ids.hex(32), .cluster_arn = cluster.arn, .task_definition_arn = definition->arn,
                .group = request.group.value_or("family:" + definition->family), .started_by = text(request.started_by), .capacity_provider = model::next_provider(launch.shares, on_provider), .client_token = text(request.client_token),
                .enable_execute_command = request.enable_execute_command.value_or(false), .subnet_id = subnet->id, .zone = subnet->zone,
                .security_group_ids = network.security_groups, .assign_public_ip = network.assign_public_ip, .attachment_id = deps.ids.uuid(), .overrides = overrides, .is_deregistered = true, .created_at = deps.clock.wall(),
                .tags = tags_of_task(request, cluster, *definition, tags)};
      ++on_provider[task.capacity_provider];
      task.arn = arn_of(context, "task", cluster.name + "/" + task.id);
      for (const auto& container : definition->containers) {
        task.containers.push_back({.arn = arn_of(context, "container", cluster.name + "/" + task.id + "/" + deps.ids.uuid()), .name = container.name, .image = container.image});
      }
      store::put(tx, task);
      result.tasks->push_back(render_task(task, definition));
    }
    return result;
  });
}

std::string task_arn(const CallContext& context, const std::string& cluster, const std::string& named) {
  return named.starts_with("arn:") ? named : arn_of(context, "task", cluster.substr(cluster.rfind('/') + 1) + "/" + named);
}

Result<shapes::StopTaskResponse> stop_task(const Deps& deps, const CallContext& context, const shapes::StopTaskRequest& request) {
  return transact<shapes::StopTaskResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::StopTaskResponse> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    TRY(check_cluster_of(text(request.task), cluster.arn));
    auto task = store::find<Task>(tx, task_arn(context, cluster.arn, text(request.task)));
    if (!task) return fail("InvalidParameterException", "The referenced task was not found.");
    if (task->desired_status != "STOPPED") {
      task->desired_status = "STOPPED";
      task->stop_code = "UserInitiated";
      task->stopped_reason = request.reason.value_or("Task stopped by user");
      task->stopping_at = deps.clock.wall();
      ++task->version;
      store::put(tx, *task);
    }
    return shapes::StopTaskResponse{.task = render_task(*task, store::find<model::TaskDefinition>(tx, task->task_definition_arn))};
  });
}

Result<shapes::DescribeTasksResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTasksRequest& request) {
  return transact<shapes::DescribeTasksResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTasksResponse> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    const auto named = list(request.tasks);
    if (named.empty()) return fail("InvalidParameterException", "Tasks cannot be empty.");
    if (named.size() > 100) return fail("InvalidParameterException", "Tasks can have at most 100 items.");
    const bool with_tags = std::ranges::count(list(request.include), "TAGS") > 0;
    shapes::DescribeTasksResponse result{.failures = std::vector<shapes::Failure>{}, .tasks = std::vector<shapes::Task>{}};
    for (const std::string& name : named) {
      TRY(check_cluster_of(name, cluster.arn));
      const std::string arn = task_arn(context, cluster.arn, name);
      const auto task = store::find<Task>(tx, arn);
      if (task) result.tasks->push_back(render_task(*task, store::find<model::TaskDefinition>(tx, task->task_definition_arn), with_tags));
      else result.failures->push_back({.arn = arn, .reason = "MISSING"});
    }
    return result;
  });
}

Result<shapes::ListTasksResponse> list_tasks(const Deps& deps, const CallContext& context, const shapes::ListTasksRequest& request) {
  const std::string cluster = cluster_arn(context, request.cluster);
  if (!store::find<model::Cluster>(deps.store, cluster)) return fail("ClusterNotFoundException", "Cluster not found.");
  std::vector<std::string> arns;
  for (const Task& task : store::all<Task>(deps.store)) {
    if (task.cluster_arn != cluster || task.desired_status != request.desired_status.value_or("RUNNING")) continue;
    if (request.service_name && task.service_arn != service_arn(context, cluster, *request.service_name)) continue;
    if (request.launch_type && task.launch_type != *request.launch_type) continue;
    if (request.container_instance) continue;  // no task is on one
    if (request.started_by && task.started_by != *request.started_by) continue;
    if (request.family && task.task_definition_arn.find("task-definition/" + *request.family + ":") == std::string::npos) continue;
    arns.push_back(task.arn);
  }
  auto answer = TRY(page(std::move(arns), request.max_results, request.next_token));
  shapes::ListTasksResponse result{.task_arns = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// Those of a task set lie in its service.
template <class Change>
bool on_task_set_tags(Transaction& tx, const std::string& arn, Change change) {
  const size_t kind = arn.find(":task-set/"), id = arn.find("/ecs-svc/");
  if (kind == std::string::npos || id == std::string::npos) return false;
  bool is_there = false;
  store::update<model::Service>(tx, arn.substr(0, kind) + ":service/" + arn.substr(kind + 10, id - kind - 10), [&](model::Service& service) {
    for (auto& set : service.deployments) {
      if (!service.has_task_sets() || set.id != arn.substr(id + 1)) continue;
      change(set.tags);
      is_there = true;
    }
  });
  return is_there;
}

/// Tags of whatever ECS record has the ARN.
template <class Change>
Result<void> on_tags(Transaction& tx, const std::string& arn, Change change) {
  if (!arn.starts_with("arn:")) return fail("InvalidParameterException", fmt::format("Invalid ARN: {}", arn));
  if (on_task_set_tags(tx, arn, change)) return {};
  const auto apply = [&]<class Record>() { return store::update<Record>(tx, arn, [&](Record& record) { change(record.tags); }); };
  const bool found = apply.template operator()<model::Cluster>() || apply.template operator()<model::TaskDefinition>() || apply.template operator()<model::Service>() || apply.template operator()<Task>() || apply.template operator()<model::CapacityProvider>();
  if (!found && arn.find(":cluster/") != std::string::npos) return fail("ClusterNotFoundException", "Cluster not found.");
  if (!found) return fail("ResourceNotFoundException", "The specified resource could not be found.");
  return {};
}

}  // namespace

void register_task(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::RunTaskRequest, shapes::RunTaskResponse>("ecs", "RunTask", {"cluster", "taskDefinition", "count", "launchType", "networkConfiguration.*", "overrides.*", "startedBy", "group", "tags.*", "clientToken", "platformVersion", "capacityProviderStrategy.*", "placementConstraints.*", "placementStrategy.*", "enableExecuteCommand", "enableECSManagedTags", "propagateTags"}, bind(run_task));
  registry.add<shapes::StopTaskRequest, shapes::StopTaskResponse>("ecs", "StopTask", {"*"}, bind(stop_task));
  registry.add<shapes::DescribeTasksRequest, shapes::DescribeTasksResponse>("ecs", "DescribeTasks", {"*"}, bind(describe));
  registry.add<shapes::ListTasksRequest, shapes::ListTasksResponse>("ecs", "ListTasks", {"cluster", "family", "nextToken", "maxResults", "startedBy", "serviceName", "desiredStatus", "launchType", "containerInstance"}, bind(list_tasks));
}

void register_tags(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::TagResourceRequest, shapes::TagResourceResponse>("ecs", "TagResource", {"*"}, [&deps](const CallContext&, const auto& r) -> Result<shapes::TagResourceResponse> {
    const model::Tags added = TRY(tags_of(r.tags));
    return transact<shapes::TagResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::TagResourceResponse> {
      TRY(on_tags(tx, text(r.resource_arn), [&](model::Tags& tags) { for (const auto& [key, value] : added) tags[key] = value; }));
      return shapes::TagResourceResponse{};
    });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceResponse>("ecs", "UntagResource", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::UntagResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UntagResourceResponse> {
      TRY(on_tags(tx, text(r.resource_arn), [&](model::Tags& tags) { for (const auto& key : list(r.tag_keys)) tags.erase(key); }));
      return shapes::UntagResourceResponse{};
    });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>("ecs", "ListTagsForResource", {"*"}, [&deps](const CallContext&, const auto& r) {
    return transact<shapes::ListTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsForResourceResponse> {
      shapes::ListTagsForResourceResponse result;
      TRY(on_tags(tx, text(r.resource_arn), [&](const model::Tags& tags) { result.tags = tag_list(tags); }));
      return result;
    });
  });
}

}  // namespace landfall::services::ecs
