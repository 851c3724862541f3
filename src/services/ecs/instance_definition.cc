#include <set>

#include <fmt/format.h>

#include "services/ecs/support.h"

/// Definitions of tasks on container instances, of which there are none: checked as ECS does, kept and told whole.
namespace landfall::services::ecs {
namespace {

std::unexpected<Error> refuse(std::string what) { return fail("ClientException", std::move(what)); }

Result<void> fill(shapes::ContainerDefinition& container, const std::string& network_mode, bool has_task_memory) {
  const std::string name = text(container.name);
  const bool plain = !name.empty() && name.size() <= 255 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!plain) return refuse(fmt::format("Container.name '{}' must be 1 to 255 letters, digits, hyphens and underscores.", name));
  if (text(container.image).empty()) return refuse("Container.image should not be null or empty.");
  if (!container.memory && !container.memory_reservation && !has_task_memory) return refuse(fmt::format("Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be specified.", name));
  if (container.memory && *container.memory < 6) return refuse(fmt::format("Invalid 'memory' setting for container '{}': {} MiB; wanted at least 6", name, *container.memory));
  if (container.memory && container.memory_reservation && *container.memory_reservation > *container.memory) return refuse(fmt::format("Invalid setting for container '{}'. 'memory' must be greater than 'memoryReservation'.", name));
  if (!container.cpu) container.cpu = 0;
  if (!container.essential) container.essential = true;
  const auto present = [](auto& member) {
    if (!member) member.emplace();
  };
  present(container.environment);
  present(container.mount_points);
  present(container.port_mappings);
  present(container.volumes_from);
  present(container.system_controls);
  for (auto& mapping : *container.port_mappings) {
    if (!mapping.protocol) mapping.protocol = "tcp";
    if (!mapping.host_port) mapping.host_port = network_mode == "awsvpc" || network_mode == "host" ? mapping.container_port.value_or(0) : 0;
    if (network_mode == "awsvpc" && mapping.host_port != mapping.container_port) return refuse("When networkMode=awsvpc, the host ports and container ports in port mappings must match.");
    if (network_mode == "host" && mapping.host_port != mapping.container_port) return refuse("When networkMode=host, the host ports and container ports in port mappings must match.");
  }
  if (network_mode == "awsvpc" && !list(container.links).empty()) return refuse("Links are not supported when networkMode=awsvpc.");
  return {};
}

Result<void> check_volumes(const shapes::TaskDefinition& definition) {
  std::set<std::string> names;
  for (const auto& volume : *definition.volumes) {
    if (!names.insert(text(volume.name)).second) return refuse(fmt::format("Volume name '{}' is used twice.", text(volume.name)));
  }
  for (const auto& container : *definition.container_definitions) {
    for (const auto& mount : *container.mount_points) {
      if (!names.contains(text(mount.source_volume))) return refuse(fmt::format("Unknown volume '{}'.", text(mount.source_volume)));
    }
  }
  return {};
}

}  // namespace

Result<model::TaskDefinition> read_instance_definition(const shapes::RegisterTaskDefinitionRequest& request, model::TaskDefinition definition) {
  auto containers = list(request.container_definitions);
  if (containers.empty()) return refuse("Container list cannot be empty.");
  std::set<std::string> names;
  for (auto& container : containers) {
    TRY(fill(container, definition.network_mode, request.memory.has_value()));
    if (!names.insert(*container.name).second) return refuse(fmt::format("Container.name should not be duplicated in a task definition: '{}'", *container.name));
    model::ContainerDefinition known{.name = *container.name, .image = *container.image, .essential = *container.essential};
    for (const auto& port : *container.port_mappings) known.port_mappings.push_back({.container_port = port.container_port.value_or(0), .host_port = port.host_port.value_or(0), .protocol = *port.protocol});
    definition.containers.push_back(std::move(known));
  }
  if (std::ranges::none_of(containers, [](const auto& c) { return *c.essential; })) return refuse("At least one container must be marked essential.");
  std::vector<std::string> compatibilities{"EC2"};
  if (definition.network_mode != "awsvpc") compatibilities.insert(compatibilities.begin(), "EXTERNAL");
  shapes::TaskDefinition told{.compatibilities = compatibilities, .container_definitions = std::move(containers), .cpu = request.cpu, .enable_fault_injection = request.enable_fault_injection, .ephemeral_storage = request.ephemeral_storage,
                              .execution_role_arn = request.execution_role_arn, .family = definition.family, .inference_accelerators = request.inference_accelerators, .ipc_mode = request.ipc_mode, .memory = request.memory,
                              .network_mode = request.network_mode, .pid_mode = request.pid_mode, .placement_constraints = list(request.placement_constraints), .proxy_configuration = request.proxy_configuration,
                              .requires_compatibilities = request.requires_compatibilities, .runtime_platform = request.runtime_platform, .task_role_arn = request.task_role_arn, .volumes = list(request.volumes)};
  TRY(check_volumes(told));
  definition.as_given = to_json(told);
  return definition;
}

}  // namespace landfall::services::ecs
