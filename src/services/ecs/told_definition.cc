#include "services/ecs/support.h"

/// How ECS tells a task definition: all that was registered, member by member, and ECS's own defaults where nothing was said.
namespace landfall::services::ecs {
namespace {

template <class T>
void present(std::optional<T>& member) {
  if (!member) member.emplace();
}

template <class T, class Default>
void by_default(std::optional<T>& member, const Default& value) {
  if (!member) member.emplace(value);
}

/// A range of ports has no host port of its own.
void fill_ports(std::vector<shapes::PortMapping>& mappings, const std::string& network_mode) {
  for (auto& mapping : mappings) {
    by_default(mapping.protocol, "tcp");
    const bool is_own_interface = network_mode == "awsvpc" || network_mode == "host";
    if (!mapping.container_port_range) by_default(mapping.host_port, is_own_interface ? mapping.container_port.value_or(0) : 0);
  }
}

void fill_health_check(shapes::HealthCheck& check) {
  by_default(check.interval, 30);
  by_default(check.timeout, 5);
  by_default(check.retries, 3);
}

void fill_volume(shapes::Volume& volume) {
  const bool is_bind = !volume.efs_volume_configuration && !volume.docker_volume_configuration && !volume.fsx_windows_file_server_volume_configuration && !volume.configured_at_launch.value_or(false);
  if (is_bind) present(volume.host);
  if (volume.efs_volume_configuration) by_default(volume.efs_volume_configuration->root_directory, "/");
}

void fill_container(shapes::ContainerDefinition& container, const std::string& network_mode) {
  by_default(container.cpu, 0);
  by_default(container.essential, true);
  present(container.environment);
  present(container.mount_points);
  present(container.port_mappings);
  present(container.volumes_from);
  present(container.system_controls);
  fill_ports(*container.port_mappings, network_mode);
  if (container.health_check) fill_health_check(*container.health_check);
}

std::vector<std::string> compatibilities_of(const model::TaskDefinition& definition) {
  if (!definition.is_for_instances) return {"EC2", "FARGATE"};
  if (definition.network_mode == "awsvpc") return {"EC2"};
  return {"EXTERNAL", "EC2"};
}

}  // namespace

shapes::TaskDefinition told_definition(const shapes::RegisterTaskDefinitionRequest& request, const model::TaskDefinition& definition) {
  shapes::TaskDefinition told{.compatibilities = compatibilities_of(definition), .container_definitions = list(request.container_definitions), .cpu = request.cpu, .enable_fault_injection = request.enable_fault_injection,
                              .ephemeral_storage = request.ephemeral_storage, .execution_role_arn = request.execution_role_arn, .family = request.family, .inference_accelerators = request.inference_accelerators, .ipc_mode = request.ipc_mode,
                              .memory = request.memory, .network_mode = request.network_mode, .pid_mode = request.pid_mode, .placement_constraints = list(request.placement_constraints), .proxy_configuration = request.proxy_configuration,
                              .requires_compatibilities = request.requires_compatibilities, .runtime_platform = request.runtime_platform, .task_role_arn = request.task_role_arn, .volumes = list(request.volumes)};
  if (definition.cpu > 0) told.cpu = std::to_string(definition.cpu);
  if (definition.memory > 0) told.memory = std::to_string(definition.memory);
  for (auto& container : *told.container_definitions) fill_container(container, definition.network_mode);
  for (auto& volume : *told.volumes) fill_volume(volume);
  return told;
}

}  // namespace landfall::services::ecs
