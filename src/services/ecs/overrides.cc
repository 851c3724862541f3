#include <fmt/format.h>

#include "services/ecs/support.h"

/// What RunTask changes of a task definition for its tasks; fargate/ runs them so.
namespace landfall::services::ecs {
namespace {

constexpr std::string_view kCode = "InvalidParameterException";

Result<model::ContainerOverride> read_container(const shapes::ContainerOverride& given, const model::TaskDefinition& definition) {
  const std::string name = text(given.name);
  if (std::ranges::count(definition.containers, name, &model::ContainerDefinition::name) == 0) return invalid(fmt::format("Override for container named {} is not a container in the TaskDefinition.", name));
  if (given.environment_files && !given.environment_files->empty()) return invalid("Landfall does not support overrides of environmentFiles yet.");
  if (given.resource_requirements && !given.resource_requirements->empty()) return invalid("Resource requirements are not supported with FARGATE launch type.");
  model::ContainerOverride container{.name = name, .command = given.command, .cpu = given.cpu, .memory = given.memory, .memory_reservation = given.memory_reservation};
  for (const auto& pair : list(given.environment)) container.environment.push_back({.name = text(pair.name), .value = text(pair.value)});
  return container;
}

/// What the containers are given must fit the task, as in a definition.
Result<void> check_fit(const model::TaskDefinition& changed) {
  for (const auto& container : changed.containers) TRY(check_container_memory(container, changed.memory, kCode));
  return check_container_cpu(changed, kCode);
}

}  // namespace

Result<model::TaskOverride> read_overrides(const std::optional<shapes::TaskOverride>& given, const model::TaskDefinition& definition) {
  model::TaskOverride overrides;
  if (!given) return overrides;
  if (given->inference_accelerator_overrides && !given->inference_accelerator_overrides->empty()) return invalid("Inference accelerators are not supported with FARGATE launch type.");
  overrides.execution_role_arn = text(given->execution_role_arn);
  overrides.task_role_arn = text(given->task_role_arn);
  if (given->cpu) overrides.cpu = cpu_units(*given->cpu);
  if (given->memory) overrides.memory = memory_mib(*given->memory);
  const auto size = model::overridden(definition, overrides);
  if (!is_fargate_size(size.cpu, size.memory)) return invalid("No Fargate configuration exists for given values.");
  if (given->ephemeral_storage) {
    overrides.ephemeral_storage_gib = given->ephemeral_storage->size_in_gi_b.value_or(0);
    TRY(check_ephemeral_storage(overrides.ephemeral_storage_gib, kCode));
  }
  for (const auto& container : list(given->container_overrides)) overrides.containers.push_back(TRY(read_container(container, definition)));
  TRY(check_fit(model::overridden(definition, overrides)));
  return overrides;
}

shapes::TaskOverride render_overrides(const model::Task& task) {
  const model::TaskOverride& given = task.overrides;
  shapes::TaskOverride out{.container_overrides = std::vector<shapes::ContainerOverride>{}, .inference_accelerator_overrides = std::vector<shapes::InferenceAcceleratorOverride>{}};
  if (given.cpu != 0) out.cpu = std::to_string(given.cpu);
  if (given.memory != 0) out.memory = std::to_string(given.memory);
  if (given.ephemeral_storage_gib != 0) out.ephemeral_storage = shapes::EphemeralStorage{.size_in_gi_b = given.ephemeral_storage_gib};
  if (!given.execution_role_arn.empty()) out.execution_role_arn = given.execution_role_arn;
  if (!given.task_role_arn.empty()) out.task_role_arn = given.task_role_arn;
  for (const auto& container : task.containers) {
    auto& told = out.container_overrides->emplace_back();
    told.name = container.name;
    const auto by = std::ranges::find(given.containers, container.name, &model::ContainerOverride::name);
    if (by == given.containers.end()) continue;
    told.command = by->command;
    told.cpu = by->cpu;
    told.memory = by->memory;
    told.memory_reservation = by->memory_reservation;
    if (!by->environment.empty()) told.environment.emplace();
    for (const auto& pair : by->environment) told.environment->push_back({.name = pair.name, .value = pair.value});
  }
  return out;
}

}  // namespace landfall::services::ecs
