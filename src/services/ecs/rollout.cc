#include <fmt/format.h>

#include "services/ecs/support.h"

/// Service deployments (rollouts) and the revisions that they bring: told from the records that services leave.
namespace landfall::services::ecs {
namespace {

using model::Deployment;
using model::Service;
using model::ServiceDeployment;
using model::ServiceRevision;

constexpr size_t kKept = 100, kMostNamed = 20;  // ECS API: up to 20 ARNs; AWS keeps rollouts for 90 days, here the newest of a service

/// "arn:aws:iam::000000000000:root with aws-cli": the principal, and the product that its client names first, but for Terraform.
std::string caller_of(const CallContext& context) {
  std::string agent = context.request == nullptr ? "" : std::string(context.request->headers.find("user-agent").value_or(""));
  agent = agent.find("Terraform") != std::string::npos ? "Terraform" : agent.substr(0, agent.find_first_of("/ "));
  return agent.empty() ? context.principal_arn : fmt::format("{} with {}", context.principal_arn, agent);
}

std::optional<WallTime> some(WallTime time) { return time ? std::optional(time) : std::nullopt; }

std::vector<ServiceDeployment> rollouts_of(const auto& from, const Service& service) {
  auto all = store::all<ServiceDeployment>(from, service.stem("service-deployment"));
  std::ranges::stable_sort(all, std::ranges::greater(), [](const auto& rollout) { return rollout.created_at.ms; });
  return all;
}

/// A revision lives as long as a rollout tells of it.
void forget_oldest(Transaction& tx, const Service& service) {
  auto all = rollouts_of(tx, service);
  for (; all.size() > kKept; all.pop_back()) {
    store::erase<ServiceRevision>(tx, service.stem("service-revision") + all.back().target.deployment_id.substr(all.back().target.deployment_id.rfind('/') + 1));
    store::erase<ServiceDeployment>(tx, all.back().arn);
  }
}

shapes::ServiceRevisionSummary render(const ServiceDeployment& rollout, const model::RevisionCount& revision) {
  return {.arn = model::revision_arn(rollout.service_arn, revision.deployment_id), .pending_task_count = revision.pending, .requested_task_count = revision.requested, .running_task_count = revision.running};
}

std::string breaker_state(const ServiceDeployment& rollout) {
  if (!rollout.circuit_breaker) return "DISABLED";
  if (rollout.is_triggered) return "TRIGGERED";
  return rollout.is_over() ? "MONITORING_COMPLETE" : "MONITORING";
}

shapes::ServiceDeployment render(const ServiceDeployment& r) {
  shapes::ServiceDeployment out{.cluster_arn = r.cluster_arn, .created_at = r.created_at,
                                .deployment_circuit_breaker = shapes::ServiceDeploymentCircuitBreaker{.failure_count = r.failure_count, .status = breaker_state(r), .threshold = r.failure_threshold},
                                .deployment_configuration = shapes::DeploymentConfiguration{.bake_time_in_minutes = 0, .deployment_circuit_breaker = shapes::DeploymentCircuitBreaker{.enable = r.circuit_breaker, .rollback = r.circuit_breaker_rollback},
                                                                                            .maximum_percent = r.maximum_percent, .minimum_healthy_percent = r.minimum_healthy_percent, .strategy = "ROLLING"},
                                .finished_at = some(r.finished_at), .service_arn = r.service_arn, .service_deployment_arn = r.arn, .source_service_revisions = std::vector<shapes::ServiceRevisionSummary>{}, .started_at = some(r.started_at), .status = r.status,
                                .stopped_at = some(r.stopped_at), .target_service_revision = render(r, r.target), .updated_at = some(r.updated_at)};
  if (!r.status_reason.empty()) out.status_reason = r.status_reason;
  for (const auto& source : r.sources) out.source_service_revisions->push_back(render(r, source));
  if (!r.rollback_to.empty()) out.rollback = shapes::Rollback{.reason = r.rollback_reason, .service_revision_arn = model::revision_arn(r.service_arn, r.rollback_to), .started_at = r.rolled_back_at};
  return out;
}

/// Digests are those that the first tasks of the revision found.
std::vector<shapes::ContainerImage> images_of(const Transaction& tx, const ServiceRevision& revision) {
  std::vector<shapes::ContainerImage> images;
  const auto definition = store::find<model::TaskDefinition>(tx, revision.deployment.task_definition_arn);
  for (const auto& container : definition ? definition->containers : std::vector<model::ContainerDefinition>{}) images.push_back({.container_name = container.name, .image = container.image});
  for (auto& image : images) {
    if (const auto found = revision.image_digests.find(*image.container_name); found != revision.image_digests.end()) image.image_digest = found->second;
  }
  return images;
}

shapes::ServiceRevision render(const Transaction& tx, const ServiceRevision& r) {
  const Deployment& d = r.deployment;
  shapes::ServiceRevision out{.cluster_arn = r.cluster_arn, .container_images = images_of(tx, r), .created_at = d.created_at, .guard_duty_enabled = false, .load_balancers = balancer_list(d.load_balancers), .service_arn = r.service_arn,
                              .service_connect_configuration = connect_shape(d.connect), .service_registries = registry_list(d.registries), .service_revision_arn = r.arn, .task_definition = d.task_definition_arn};
  if (d.capacity_providers.empty()) out.launch_type = d.launch_type;
  else out.capacity_provider_strategy = strategy_list(d.capacity_providers);
  if (!d.network.subnets.empty()) out.network_configuration = network_shape(d.network);
  if (d.launch_type == "FARGATE") {
    out.platform_family = "Linux";
    out.platform_version = d.platform_version;
  }
  return out;
}

Result<void> check_count(const std::vector<std::string>& named, const char* what) {
  if (named.empty()) return fail("InvalidParameterException", fmt::format("{} cannot be empty.", what));
  if (named.size() > kMostNamed) return fail("InvalidParameterException", fmt::format("{} can have at most {} items.", what, kMostNamed));
  return {};
}

Result<shapes::DescribeServiceDeploymentsResponse> describe(const Deps& deps, const CallContext&, const shapes::DescribeServiceDeploymentsRequest& request) {
  TRY(check_count(*request.service_deployment_arns, "Service deployment ARNs"));
  shapes::DescribeServiceDeploymentsResponse answer{.failures = std::vector<shapes::Failure>{}, .service_deployments = std::vector<shapes::ServiceDeployment>{}};
  for (const std::string& arn : *request.service_deployment_arns) {
    const auto rollout = store::find<ServiceDeployment>(deps.store, arn);
    if (rollout) answer.service_deployments->push_back(render(*rollout));
    else answer.failures->push_back({.arn = arn, .reason = "MISSING"});
  }
  return answer;
}

Result<shapes::DescribeServiceRevisionsResponse> describe_revisions(const Deps& deps, const CallContext&, const shapes::DescribeServiceRevisionsRequest& request) {
  TRY(check_count(*request.service_revision_arns, "Service revision ARNs"));
  return transact<shapes::DescribeServiceRevisionsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeServiceRevisionsResponse> {
    shapes::DescribeServiceRevisionsResponse answer{.failures = std::vector<shapes::Failure>{}, .service_revisions = std::vector<shapes::ServiceRevision>{}};
    for (const std::string& arn : *request.service_revision_arns) {
      const auto revision = store::find<ServiceRevision>(tx, arn);
      if (revision) answer.service_revisions->push_back(render(tx, *revision));
      else answer.failures->push_back({.arn = arn, .reason = "MISSING"});
    }
    return answer;
  });
}

/// Newest first.
Result<shapes::ListServiceDeploymentsResponse> list_rollouts(const Deps& deps, const CallContext& context, const shapes::ListServiceDeploymentsRequest& request) {
  return transact<shapes::ListServiceDeploymentsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListServiceDeploymentsResponse> {
    const auto cluster = TRY(active_cluster(tx, context, request.cluster));
    const Service service = TRY(service_at(tx, context, cluster.arn, request.service));
    const shapes::CreatedAt between = request.created_at.value_or(shapes::CreatedAt{});
    std::vector<shapes::ServiceDeploymentBrief> found;
    for (const auto& r : rollouts_of(tx, service)) {
      const bool is_between = (!between.after || *between.after <= r.created_at) && (!between.before || r.created_at <= *between.before);
      if (!is_between || (!list(request.status).empty() && std::ranges::count(*request.status, r.status) == 0)) continue;
      shapes::ServiceDeploymentBrief brief{.cluster_arn = r.cluster_arn, .created_at = r.created_at, .finished_at = some(r.finished_at), .service_arn = r.service_arn, .service_deployment_arn = r.arn, .started_at = some(r.started_at), .status = r.status,
                                           .target_service_revision_arn = model::revision_arn(r.service_arn, r.target.deployment_id)};
      if (!r.status_reason.empty()) brief.status_reason = r.status_reason;
      found.push_back(std::move(brief));
    }
    if (request.max_results.value_or(1) < 1 || request.max_results.value_or(1) > 100) return fail("InvalidParameterException", fmt::format("maxResults must be between 1 and 100; found {}", *request.max_results));
    auto answer = TRY(page(std::move(found), request.max_results.value_or(20), request.next_token));
    shapes::ListServiceDeploymentsResponse result{.service_deployments = std::move(answer.items)};
    if (!answer.next.empty()) result.next_token = answer.next;
    return result;
  });
}

/// Only the wish is recorded; ecs/ carries it out.
Result<shapes::StopServiceDeploymentResponse> stop(const Deps& deps, const CallContext&, const shapes::StopServiceDeploymentRequest& request) {
  return transact<shapes::StopServiceDeploymentResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::StopServiceDeploymentResponse> {
    auto rollout = store::find<ServiceDeployment>(tx, *request.service_deployment_arn);
    if (!rollout) return fail("ServiceDeploymentNotFoundException", "Service deployment not found.");
    if (rollout->status != "PENDING" && rollout->status != "IN_PROGRESS") return fail("ConflictException", fmt::format("The service deployment cannot be stopped: its status is {}.", rollout->status));
    const bool rolls_back = request.stop_type.value_or("ROLLBACK") == "ROLLBACK";
    const auto service = store::find<Service>(tx, rollout->service_arn);
    const bool has_earlier = service && std::ranges::any_of(service->deployments, [](const Deployment& d) { return d.status == "ACTIVE" && d.rollout_state == "COMPLETED"; });
    if (rolls_back && !has_earlier) return fail("ConflictException", "The service deployment cannot be rolled back: there is no earlier service revision that was completed.");
    rollout->status = rolls_back ? "ROLLBACK_REQUESTED" : "STOP_REQUESTED";
    rollout->updated_at = deps.clock.wall();
    store::put(tx, *rollout);
    store::put(tx, *service);  // ecs/ wakes up
    return shapes::StopServiceDeploymentResponse{.service_deployment_arn = rollout->arn};
  });
}

}  // namespace

Deployment new_deployment(const Deps& deps, const CallContext& context, const Service& service, const model::TaskDefinition& definition) {
  const WallTime now = deps.clock.wall();
  Deployment deployment{.id = "ecs-svc/" + deps.ids.digits(19), .task_definition_arn = definition.arn, .desired_count = service.desired_count, .chosen_by = caller_of(context), .created_at = now, .updated_at = now, .launch_type = service.launch_type, .capacity_providers = service.capacity_providers};
  deployment.rollout_state_reason = fmt::format("ECS deployment {} in progress.", deployment.id);
  return deployment;
}

void start_rollout(const Deps& deps, Transaction& tx, Service& service) {
  const Deployment& primary = service.deployments[0];
  ServiceDeployment rollout{.account = service.account, .region = service.region, .arn = service.stem("service-deployment") + deps.ids.upper_alnum(21), .service_arn = service.arn, .cluster_arn = service.cluster_arn,
                            .target = {.deployment_id = primary.id, .requested = service.desired_count}, .minimum_healthy_percent = service.minimum_healthy_percent, .maximum_percent = service.maximum_percent,
                            .circuit_breaker = service.circuit_breaker, .circuit_breaker_rollback = service.circuit_breaker_rollback, .created_at = primary.created_at, .updated_at = primary.created_at};
  for (const Deployment& source : service.deployments) {
    if (source.id != primary.id) rollout.sources.push_back({.deployment_id = source.id, .running = source.running_count, .pending = source.pending_count});
  }
  store::put(tx, rollout);
  store::put(tx, ServiceRevision{.account = service.account, .region = service.region, .arn = service.stem("service-revision") + primary.number(), .service_arn = service.arn, .cluster_arn = service.cluster_arn, .deployment = primary});
  service.open_rollouts.push_back(rollout.arn);
  forget_oldest(tx, service);
}

void register_rollout(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeServiceDeploymentsRequest, shapes::DescribeServiceDeploymentsResponse>("ecs", "DescribeServiceDeployments", {"*"}, bind(describe));
  registry.add<shapes::DescribeServiceRevisionsRequest, shapes::DescribeServiceRevisionsResponse>("ecs", "DescribeServiceRevisions", {"*"}, bind(describe_revisions));
  registry.add<shapes::ListServiceDeploymentsRequest, shapes::ListServiceDeploymentsResponse>("ecs", "ListServiceDeployments", {"*"}, bind(list_rollouts));
  registry.add<shapes::StopServiceDeploymentRequest, shapes::StopServiceDeploymentResponse>("ecs", "StopServiceDeployment", {"*"}, bind(stop));
}

}  // namespace landfall::services::ecs
