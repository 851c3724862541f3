#include <fmt/format.h>

#include "services/ecs/support.h"

/// Task sets of services whose deployment controller is EXTERNAL: each a share of the service's desired count; ecs/ runs them.
namespace landfall::services::ecs {
namespace {

using model::Deployment;
using model::Service;

constexpr size_t kMostSets = 5;

/// The service of a request, which must be one that takes task sets.
template <class Request>
Result<Service> external_at(const Transaction& tx, const CallContext& context, const Request& request) {
  const auto cluster = TRY(active_cluster(tx, context, request.cluster));
  Service service = TRY(service_at(tx, context, cluster.arn, request.service));
  if (service.status != "ACTIVE") return fail("ServiceNotActiveException", "Service was not ACTIVE.");
  if (service.controller != "EXTERNAL") return invalid("Amazon ECS only supports task set management on services configured to use external deployment controllers.");
  return service;
}

/// By id ("ecs-svc/1234…") or ARN; of a ARN the id is the end.
Result<Deployment*> set_at(Service& service, const std::optional<std::string>& named) {
  const std::string stem = service.stem("task-set"), given = text(named);
  const auto found = std::ranges::find(service.deployments, given.starts_with(stem) ? given.substr(stem.size()) : given, &Deployment::id);
  if (found == service.deployments.end()) return fail("TaskSetNotFoundException", "TaskSet not found.");
  return &*found;
}

Result<double> read_scale(const std::optional<shapes::Scale>& scale) {
  const double percent = scale ? scale->value.value_or(0) : 0;
  if (percent < 0 || percent > 100) return invalid(fmt::format("The value of scale must be between 0 and 100; found {}", percent));
  return percent;
}

Result<shapes::CreateTaskSetResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateTaskSetRequest& request) {
  const auto balancers = TRY(read_balancers(request.load_balancers));
  const model::Tags tags = TRY(tags_of(request.tags));
  const double scale = TRY(read_scale(request.scale));
  return transact<shapes::CreateTaskSetResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateTaskSetResponse> {
    Service service = TRY(external_at(tx, context, request));
    if (service.deployments.size() >= kMostSets) return invalid(fmt::format("{} deployments exist on the service. Unable to create new TaskSet since this exceeds the maximum limit.", service.deployments.size()));
    const auto cluster = TRY(active_cluster(tx, context, service.cluster_arn));
    const auto definition = TRY(active_definition(tx, context, text(request.task_definition)));
    const Launch launch = TRY(choose_launch(cluster, definition, request.launch_type, request.capacity_provider_strategy));
    Deployment set = new_task_set(deps, context, service, definition, launch, scale);
    set.status = "ACTIVE";
    if (definition.network_mode == "awsvpc") set.network = TRY(read_network(tx, context, request.network_configuration));
    else if (request.network_configuration) return invalid("Network Configuration is not valid for the given networkMode of this task definition.");
    std::optional<model::Because> because;
    TRY(check_balancers(tx, definition, balancers, because));
    set.load_balancers = balancers;
    set.registries = TRY(read_registries(tx, context, definition, request.service_registries));
    set.external_id = text(request.external_id);
    set.tags = tags;
    service.deployments.push_back(set);
    store::put(tx, service);
    return shapes::CreateTaskSetResponse{.task_set = render_task_set(service, set, true)};
  });
}

template <class Answer, class Request, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const Request& request, const std::optional<std::string>& named, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Service service = TRY(external_at(tx, context, request));
    Deployment* set = TRY(set_at(service, named));
    TRY(apply(service, *set));
    set->updated_at = deps.clock.wall();
    store::put(tx, service);
    return Answer{.task_set = render_task_set(service, *set, true)};
  });
}

Result<shapes::UpdateTaskSetResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateTaskSetRequest& request) {
  const double scale = TRY(read_scale(request.scale));
  return change<shapes::UpdateTaskSetResponse>(deps, context, request, request.task_set, [&](const Service& service, Deployment& set) -> Result<void> {
    if (set.status == "DRAINING") return invalid("The task set is being deleted: its scale cannot be changed.");
    set.scale = scale;
    set.desired_count = service.share_of(set);
    set.is_stable = false;
    set.stability_since = deps.clock.wall();
    return {};
  });
}

Result<shapes::DeleteTaskSetResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteTaskSetRequest& request) {
  return change<shapes::DeleteTaskSetResponse>(deps, context, request, request.task_set, [&](const Service&, Deployment& set) -> Result<void> {
    if (set.scale > 0 && set.status != "DRAINING" && !request.force.value_or(false)) return invalid("The task set must be scaled to 0 before it is deleted, or deleted with force.");
    set.status = "DRAINING";
    set.desired_count = 0;
    return {};
  });
}

Result<shapes::UpdateServicePrimaryTaskSetResponse> make_primary(const Deps& deps, const CallContext& context, const shapes::UpdateServicePrimaryTaskSetRequest& request) {
  return change<shapes::UpdateServicePrimaryTaskSetResponse>(deps, context, request, request.primary_task_set, [&](Service& service, Deployment& set) -> Result<void> {
    if (set.status == "DRAINING") return invalid("The task set is being deleted: it cannot become the primary one.");
    for (Deployment& other : service.deployments) {
      if (other.status == "PRIMARY") other.status = "ACTIVE";
    }
    set.status = "PRIMARY";
    return {};
  });
}

Result<shapes::DescribeTaskSetsResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTaskSetsRequest& request) {
  return transact<shapes::DescribeTaskSetsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTaskSetsResponse> {
    Service service = TRY(external_at(tx, context, request));
    const bool with_tags = std::ranges::count(list(request.include), "TAGS") > 0;
    shapes::DescribeTaskSetsResponse answer{.failures = std::vector<shapes::Failure>{}, .task_sets = std::vector<shapes::TaskSet>{}};
    for (const std::string& named : list(request.task_sets)) {
      const auto set = set_at(service, named);
      if (set) answer.task_sets->push_back(render_task_set(service, **set, with_tags));
      else answer.failures->push_back({.arn = named.starts_with("arn:") ? named : service.stem("task-set") + named, .reason = "MISSING"});
    }
    for (const Deployment& set : list(request.task_sets).empty() ? service.deployments : std::vector<Deployment>{}) answer.task_sets->push_back(render_task_set(service, set, with_tags));
    return answer;
  });
}

}  // namespace

Deployment new_task_set(const Deps& deps, const CallContext& context, const Service& service, const model::TaskDefinition& definition, const Launch& launch, double scale) {
  Deployment set = new_deployment(deps, context, service, definition);
  set.launch_type = launch.type;
  set.capacity_providers = launch.shares;
  set.scale = scale;
  set.desired_count = service.share_of(set);
  set.rollout_state.clear();  // a task set has none
  set.rollout_state_reason.clear();
  set.stability_since = set.created_at;
  return set;
}

void register_task_set(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateTaskSetRequest, shapes::CreateTaskSetResponse>(
      "ecs", "CreateTaskSet", {"cluster", "service", "externalId", "taskDefinition", "networkConfiguration.*", "loadBalancers.*", "serviceRegistries.*", "launchType", "capacityProviderStrategy.*", "platformVersion", "scale.*", "clientToken", "tags.*"}, bind(create));
  registry.add<shapes::UpdateTaskSetRequest, shapes::UpdateTaskSetResponse>("ecs", "UpdateTaskSet", {"*"}, bind(update));
  registry.add<shapes::DeleteTaskSetRequest, shapes::DeleteTaskSetResponse>("ecs", "DeleteTaskSet", {"*"}, bind(remove));
  registry.add<shapes::UpdateServicePrimaryTaskSetRequest, shapes::UpdateServicePrimaryTaskSetResponse>("ecs", "UpdateServicePrimaryTaskSet", {"*"}, bind(make_primary));
  registry.add<shapes::DescribeTaskSetsRequest, shapes::DescribeTaskSetsResponse>("ecs", "DescribeTaskSets", {"*"}, bind(describe));
}

}  // namespace landfall::services::ecs
