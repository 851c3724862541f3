#include <fmt/format.h>

#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

std::optional<std::string> some(const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); }
std::optional<WallTime> some(WallTime time) { return time ? std::optional(time) : std::nullopt; }

shapes::Deployment render_deployment(const model::Service& service, const model::Deployment& d) {
  const bool is_fargate = service.launch_type == "FARGATE";  // a platform is told of Fargate's only (ECS API, Deployment)
  return {.capacity_provider_strategy = service.capacity_providers.empty() ? std::nullopt : std::optional(strategy_list(service.capacity_providers)), .created_at = d.created_at, .desired_count = d.desired_count, .failed_tasks = d.failed_tasks, .id = d.id, .launch_type = service.capacity_providers.empty() ? std::optional(service.launch_type) : std::nullopt, .network_configuration = d.network.subnets.empty() ? std::nullopt : std::optional(network_shape(d.network)),
          .pending_count = d.pending_count, .platform_family = is_fargate ? std::optional<std::string>("Linux") : std::nullopt, .platform_version = is_fargate ? std::optional(d.platform_version) : std::nullopt, .rollout_state = d.rollout_state, .rollout_state_reason = d.rollout_state_reason,
          .running_count = d.running_count, .service_connect_configuration = connect_shape(d.connect), .service_connect_resources = connect_resources(d.connect), .status = d.status, .task_definition = d.task_definition_arn,
          .updated_at = d.updated_at};
}

/// Strategy and bake time belong to ECS's own rollouts.
shapes::DeploymentConfiguration deployment_configuration_of(const model::Service& s) {
  shapes::DeploymentConfiguration out{.deployment_circuit_breaker = shapes::DeploymentCircuitBreaker{.enable = s.circuit_breaker, .rollback = s.circuit_breaker_rollback}, .maximum_percent = s.maximum_percent, .minimum_healthy_percent = s.minimum_healthy_percent};
  if (s.has_task_sets()) return out;
  out.bake_time_in_minutes = 0;
  out.strategy = "ROLLING";
  return out;
}

/// cpu is told in any case, memory where the definition limits it.
shapes::Container render_task_container(const model::Task& task, const model::TaskContainer& c, const model::TaskDefinition& definition) {
  shapes::Container out{.container_arn = c.arn, .exit_code = c.exit_code, .health_status = c.health_status, .image = c.image, .image_digest = some(c.image_digest), .last_status = c.last_status, .name = c.name,
                        .network_bindings = std::vector<shapes::NetworkBinding>{}, .network_interfaces = std::vector<shapes::NetworkInterface>{}, .reason = some(c.reason), .runtime_id = some(c.runtime_id), .task_arn = task.arn};
  if (const auto defined = std::ranges::find(definition.containers, c.name, &model::ContainerDefinition::name); defined != definition.containers.end()) {
    out.cpu = std::to_string(defined->cpu);
    if (defined->memory != 0) out.memory = std::to_string(defined->memory);
    if (defined->memory_reservation != 0) out.memory_reservation = std::to_string(defined->memory_reservation);
  }
  if (!task.private_ip.empty()) out.network_interfaces->push_back({.attachment_id = task.attachment_id, .private_ipv4_address = task.private_ip});
  return out;
}

}  // namespace

std::vector<shapes::LoadBalancer> balancer_list(const std::vector<model::ServiceLoadBalancer>& balancers) {
  std::vector<shapes::LoadBalancer> result;
  for (const auto& b : balancers) result.push_back({.container_name = b.container_name, .container_port = b.container_port, .target_group_arn = b.target_group_arn});
  return result;
}

shapes::NetworkConfiguration network_shape(const model::AwsVpcConfiguration& network) {
  return {.awsvpc_configuration = shapes::AwsVpcConfiguration{.assign_public_ip = network.assign_public_ip ? "ENABLED" : "DISABLED", .security_groups = network.security_groups, .subnets = network.subnets}};
}

shapes::TaskDefinition render_definition(const model::TaskDefinition& d) {
  auto out = from_json<shapes::TaskDefinition>(d.as_given);
  out.deregistered_at = some(d.deregistered_at);
  out.delete_requested_at = some(d.delete_requested_at);
  out.registered_at = d.registered_at;
  out.registered_by = some(d.registered_by);
  out.revision = d.revision;
  out.status = d.status;
  out.task_definition_arn = d.arn;
  return out;
}

shapes::TaskSet render_task_set(const model::Service& service, const model::Deployment& set, bool with_tags) {
  shapes::TaskSet out{.cluster_arn = service.cluster_arn, .computed_desired_count = set.desired_count, .created_at = set.created_at, .external_id = some(set.external_id), .id = set.id, .load_balancers = balancer_list(set.load_balancers),
                      .pending_count = set.pending_count, .running_count = set.running_count, .scale = shapes::Scale{.unit = "PERCENT", .value = set.scale}, .service_arn = service.arn, .service_registries = registry_list(set.registries),
                      .stability_status = set.is_stable ? "STEADY_STATE" : "STABILIZING", .stability_status_at = set.stability_since, .status = set.status, .tags = with_tags ? tag_list(set.tags) : std::vector<shapes::Tag>{},
                      .task_definition = set.task_definition_arn, .task_set_arn = service.stem("task-set") + set.id, .updated_at = set.updated_at};
  if (!set.network.subnets.empty()) out.network_configuration = network_shape(set.network);
  if (set.capacity_providers.empty()) out.launch_type = set.launch_type;
  else out.capacity_provider_strategy = strategy_list(set.capacity_providers);
  if (set.launch_type == "FARGATE") {
    out.platform_version = set.platform_version;
    out.platform_family = "Linux";
  }
  return out;
}

shapes::Service render_service(const model::Service& s, bool with_tags) {
  shapes::Service out{.cluster_arn = s.cluster_arn, .created_at = s.created_at, .created_by = some(s.created_by),
                      .deployment_configuration = deployment_configuration_of(s),
                      .deployment_controller = shapes::DeploymentController{.type = s.controller}, .deployments = std::vector<shapes::Deployment>{}, .desired_count = s.desired_count,
                      .enable_ecs_managed_tags = s.enable_ecs_managed_tags, .enable_execute_command = s.enable_execute_command, .events = std::vector<shapes::ServiceEvent>{},
                      .launch_type = s.launch_type, .load_balancers = std::vector<shapes::LoadBalancer>{}, .pending_count = 0, .placement_constraints = std::vector<shapes::PlacementConstraint>{},
                      .placement_strategy = std::vector<shapes::PlacementStrategy>{}, .platform_family = "Linux", .platform_version = s.platform_version, .propagate_tags = s.propagate_tags.empty() ? "NONE" : s.propagate_tags,
                      .running_count = 0, .scheduling_strategy = s.scheduling_strategy, .service_arn = s.arn, .service_name = s.name, .service_registries = std::vector<shapes::ServiceRegistry>{}, .status = s.status};
  if (!s.availability_zone_rebalancing.empty()) out.availability_zone_rebalancing = s.availability_zone_rebalancing;
  if (!s.capacity_providers.empty()) {
    out.launch_type.reset();
    out.capacity_provider_strategy = strategy_list(s.capacity_providers);
  }
  if (s.launch_type != "FARGATE") {
    out.platform_family.reset();
    out.platform_version.reset();
  }
  if (!s.placement.empty()) {
    const auto given = from_json<shapes::Service>(s.placement);
    out.placement_constraints = given.placement_constraints;
    out.placement_strategy = given.placement_strategy;
  }
  if (s.has_grace_period) out.health_check_grace_period_seconds = s.health_check_grace_period_seconds;
  for (const auto& deployment : s.deployments) {
    *out.running_count += deployment.running_count;
    *out.pending_count += deployment.pending_count;
  }
  if (s.has_task_sets()) {
    out.task_sets.emplace();
    for (const auto& set : s.deployments) out.task_sets->push_back(render_task_set(s, set, with_tags));
  } else if (!s.deployments.empty()) {
    for (const auto& deployment : s.deployments) out.deployments->push_back(render_deployment(s, deployment));
    if (!s.open_rollouts.empty()) out.current_service_deployment = s.open_rollouts.back();
    out.current_service_revisions.emplace();
    for (const auto& d : s.deployments) out.current_service_revisions->push_back({.arn = s.stem("service-revision") + d.number(), .pending_task_count = d.pending_count, .requested_task_count = d.status == "PRIMARY" ? s.desired_count : 0, .running_task_count = d.running_count});
  }
  if (s.controller == "EXTERNAL") {
    out.launch_type.reset();
  } else if (!s.deployments.empty()) {
    out.task_definition = s.deployments[0].task_definition_arn;
    if (!s.deployments[0].network.subnets.empty()) out.network_configuration = network_shape(s.deployments[0].network);
    out.load_balancers = balancer_list(s.deployments[0].load_balancers);
    out.service_registries = registry_list(s.deployments[0].registries);
  }
  for (const auto& event : s.events) out.events->push_back({.created_at = event.created_at, .id = event.id, .message = event.message});
  if (with_tags) out.tags = tag_list(s.tags);
  return out;
}

shapes::Task render_task(const model::Task& t, const std::optional<model::TaskDefinition>& definition, bool with_tags) {
  shapes::Task out{.attachments = std::vector<shapes::Attachment>{}, .attributes = std::vector<shapes::Attribute>{}, .availability_zone = t.zone, .capacity_provider_name = some(t.capacity_provider), .cluster_arn = t.cluster_arn, .containers = std::vector<shapes::Container>{},
                   .created_at = t.created_at, .desired_status = t.desired_status, .enable_execute_command = t.enable_execute_command, .execution_stopped_at = some(t.execution_stopped_at), .group = t.group, .health_status = t.health_status,
                   .last_status = t.last_status, .launch_type = t.launch_type, .platform_family = "Linux", .platform_version = t.platform_version, .pull_started_at = some(t.pull_started_at), .pull_stopped_at = some(t.pull_stopped_at),
                   .started_at = some(t.started_at), .started_by = some(t.started_by), .stop_code = some(t.stop_code), .stopped_at = some(t.stopped_at), .stopped_reason = some(t.stopped_reason), .stopping_at = some(t.stopping_at),
                   .tags = with_tags ? tag_list(t.tags) : std::vector<shapes::Tag>{}, .task_arn = t.arn, .task_definition_arn = t.task_definition_arn, .version = t.version};
  const model::TaskDefinition run = definition ? model::overridden(*definition, t.overrides) : model::TaskDefinition{};
  if (definition) {
    out.cpu = std::to_string(run.cpu);
    out.memory = std::to_string(run.memory);
    const shapes::EphemeralStorage storage{.size_in_gi_b = run.ephemeral_storage_gib == 0 ? 20 : run.ephemeral_storage_gib};
    out.ephemeral_storage = storage;
    out.fargate_ephemeral_storage = shapes::TaskEphemeralStorage{.size_in_gi_b = storage.size_in_gi_b};
    out.attributes->push_back({.name = "ecs.cpu-architecture", .value = run.cpu_architecture == "ARM64" ? "arm64" : "x86_64"});
  }
  if (t.last_status == "RUNNING") {
    out.connectivity = "CONNECTED";
    out.connectivity_at = some(t.pull_started_at);
  }
  shapes::Attachment attachment{.details = std::vector<shapes::KeyValuePair>{}, .id = t.attachment_id, .status = t.attachment_status, .type = "ElasticNetworkInterface"};
  const auto detail = [&](const char* name, const std::string& value) {
    if (!value.empty()) attachment.details->push_back({.name = name, .value = value});
  };
  detail("subnetId", t.subnet_id);
  detail("networkInterfaceId", t.network_interface_id);
  detail("macAddress", t.mac);
  detail("privateIPv4Address", t.private_ip);
  out.attachments->push_back(attachment);
  for (const auto& container : t.containers) out.containers->push_back(render_task_container(t, container, run));
  out.overrides = render_overrides(t);
  return out;
}

}  // namespace landfall::services::ecs
