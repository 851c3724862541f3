#include <set>

#include <fmt/format.h>

#include "services/ecs/support.h"

/// Definitions of tasks on container instances, of which there are none: checked as ECS does, kept and told whole.
namespace landfall::services::ecs {
namespace {

std::unexpected<Error> refuse(std::string what) { return fail("ClientException", std::move(what)); }

Result<void> check(const shapes::ContainerDefinition& container, const std::string& network_mode, bool has_task_memory) {
  const std::string name = text(container.name);
  TRY(check_container_name(name));
  if (text(container.image).empty()) return refuse("Container.image should not be null or empty.");
  if (!container.memory && !container.memory_reservation && !has_task_memory) return refuse(fmt::format("Invalid setting for container '{}'. At least one of 'memory' or 'memoryReservation' must be specified.", name));
  if (container.memory && *container.memory < 6) return refuse(fmt::format("Invalid 'memory' setting for container '{}': {} MiB; wanted at least 6", name, *container.memory));
  if (container.memory && container.memory_reservation && *container.memory_reservation > *container.memory) return refuse(fmt::format("Invalid setting for container '{}'. 'memory' must be greater than 'memoryReservation'.", name));
  for (const auto& mapping : list(container.port_mappings)) {
    const bool differs = mapping.host_port && mapping.host_port != mapping.container_port;
    if (differs && (network_mode == "awsvpc" || network_mode == "host")) return refuse(fmt::format("When networkMode={}, the host ports and container ports in port mappings must match.", network_mode));
  }
  if (network_mode == "awsvpc" && !list(container.links).empty()) return refuse("Links are not supported when networkMode=awsvpc.");
  return {};
}

Result<void> check_volumes(const shapes::RegisterTaskDefinitionRequest& request) {
  std::set<std::string> names;
  for (const auto& volume : list(request.volumes)) {
    if (!names.insert(text(volume.name)).second) return refuse(fmt::format("Volume name '{}' is used twice.", text(volume.name)));
  }
  for (const auto& container : list(request.container_definitions)) {
    for (const auto& mount : list(container.mount_points)) {
      if (!names.contains(text(mount.source_volume))) return refuse(fmt::format("Unknown volume '{}'.", text(mount.source_volume)));
    }
  }
  return {};
}

}  // namespace

Result<model::TaskDefinition> read_instance_definition(const shapes::RegisterTaskDefinitionRequest& request, model::TaskDefinition definition) {
  definition.is_for_instances = true;
  if (list(request.container_definitions).empty()) return refuse("Container list cannot be empty.");
  std::set<std::string> names;
  bool has_essential = false;
  for (const auto& container : *request.container_definitions) {
    TRY(check(container, definition.network_mode, request.memory.has_value()));
    if (!names.insert(*container.name).second) return refuse(fmt::format("Container.name should not be duplicated in a task definition: '{}'", *container.name));
    model::ContainerDefinition known{.name = *container.name, .image = *container.image, .essential = container.essential.value_or(true)};
    for (const auto& port : list(container.port_mappings)) known.port_mappings.push_back({.container_port = port.container_port.value_or(0), .host_port = port.host_port.value_or(0), .protocol = port.protocol.value_or("tcp"), .name = text(port.name)});
    has_essential = has_essential || known.essential;
    definition.containers.push_back(std::move(known));
  }
  if (!has_essential) return refuse("At least one container must be marked essential.");
  TRY(check_volumes(request));
  return definition;
}

}  // namespace landfall::services::ecs
