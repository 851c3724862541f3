#include <set>

#include <fmt/format.h>

#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

using model::TaskDefinition;

Result<void> read_size(const shapes::RegisterTaskDefinitionRequest& request, TaskDefinition& definition) {
  if (!request.cpu) return fail("ClientException", "Fargate requires that 'cpu' be defined at the task level.");
  if (!request.memory) return fail("ClientException", "Fargate requires that 'memory' be defined at the task level.");
  definition.cpu = cpu_units(*request.cpu);
  definition.memory = memory_mib(*request.memory);
  if (!is_fargate_size(definition.cpu, definition.memory)) return fail("ClientException", "No Fargate configuration exists for given values.");
  return {};
}

Result<void> read_volumes(const shapes::RegisterTaskDefinitionRequest& request, TaskDefinition& definition) {
  std::set<std::string> names;
  for (const auto& volume : list(request.volumes)) {
    if (volume.efs_volume_configuration || volume.docker_volume_configuration || volume.fsx_windows_file_server_volume_configuration || volume.configured_at_launch.value_or(false)) {
      return fail("ClientException", fmt::format("Landfall supports bind volumes only, so far; the volume '{}' asks for another kind.", text(volume.name)));
    }
    if (volume.host && volume.host->source_path) return fail("ClientException", fmt::format("Fargate does not support host.sourcePath; found it on the volume '{}'.", text(volume.name)));
    if (!names.insert(text(volume.name)).second) return fail("ClientException", fmt::format("Volume name '{}' is used twice.", text(volume.name)));
    definition.volumes.push_back(text(volume.name));
  }
  for (const auto& container : definition.containers) {
    for (const auto& mount : container.mount_points) {
      if (!names.contains(mount.source_volume)) return fail("ClientException", fmt::format("Unknown volume '{}'.", mount.source_volume));
    }
  }
  return {};
}

/// What only tasks on container instances have.
Result<void> refuse_instance_members(const shapes::RegisterTaskDefinitionRequest& request) {
  if (!list(request.placement_constraints).empty()) return fail("ClientException", "Tasks using the Fargate launch type do not support placementConstraints.");
  if (request.ipc_mode) return fail("ClientException", "Fargate does not support the parameter ipcMode.");
  if (!list(request.inference_accelerators).empty()) return fail("ClientException", "Fargate does not support the parameter inferenceAccelerators.");
  if (request.pid_mode) return fail("ClientException", fmt::format("Landfall does not support the parameter pidMode yet; found {}", *request.pid_mode));
  if (request.proxy_configuration) return fail("ClientException", "Landfall does not support the parameter proxyConfiguration yet.");
  if (request.enable_fault_injection.value_or(false)) return fail("ClientException", "Landfall does not support the parameter enableFaultInjection yet.");
  return {};
}

bool is_ecr(const std::string& image) { return image.find(".dkr.ecr.") != std::string::npos && image.find(".amazonaws.com") != std::string::npos; }

/// Asked to be, or of the mode and size that Fargate has.
bool may_be_fargate(const shapes::RegisterTaskDefinitionRequest& request) {
  if (!list(request.requires_compatibilities).empty()) return std::ranges::count(*request.requires_compatibilities, "FARGATE") > 0;
  return text(request.network_mode) == "awsvpc" && request.cpu && request.memory && is_fargate_size(cpu_units(*request.cpu), memory_mib(*request.memory));
}

Result<TaskDefinition> read(const shapes::RegisterTaskDefinitionRequest& request, const CallContext& context) {
  auto its_tags = TRY(tags_of(request.tags));
  TaskDefinition definition{.account = context.account, .region = context.region, .family = text(request.family), .network_mode = text(request.network_mode), .execution_role_arn = text(request.execution_role_arn),
                            .task_role_arn = text(request.task_role_arn), .requires_compatibilities = list(request.requires_compatibilities), .registered_by = context.principal_arn, .tags = std::move(its_tags)};
  const bool plain = !definition.family.empty() && definition.family.size() <= 255 && std::ranges::all_of(definition.family, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!plain) return fail("ClientException", fmt::format("Family '{}' must be 1 to 255 letters, digits, hyphens and underscores.", definition.family));
  if (!may_be_fargate(request)) return read_instance_definition(request, std::move(definition));
  for (const auto& container : list(request.container_definitions)) {
    TRY(check_container_name(text(container.name)));
    if (text(container.image).empty()) return fail("ClientException", "Container.image should not be null or empty.");
  }
  if (definition.network_mode != "awsvpc") return fail("ClientException", "Fargate only supports network mode \u2018awsvpc\u2019.");
  TRY(refuse_instance_members(request));
  TRY(read_size(request, definition));
  definition.containers = TRY(read_containers(list(request.container_definitions), definition.memory));
  TRY(read_volumes(request, definition));
  for (const auto& container : definition.containers) {
    if (definition.execution_role_arn.empty() && is_ecr(container.image)) return fail("ClientException", "Fargate requires task definition to have execution role ARN to support ECR images.");
    if (definition.execution_role_arn.empty() && !container.secrets.empty()) return fail("ClientException", "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.");
    if (definition.execution_role_arn.empty() && container.log_configuration) return fail("ClientException", "Fargate requires task definition to have execution role ARN to support log driver awslogs.");
  }
  TRY(check_container_cpu(definition, "ClientException"));
  if (request.ephemeral_storage) {
    definition.ephemeral_storage_gib = request.ephemeral_storage->size_in_gi_b.value_or(0);
    TRY(check_ephemeral_storage(definition.ephemeral_storage_gib, "ClientException"));
  }
  if (request.runtime_platform) {
    definition.cpu_architecture = text(request.runtime_platform->cpu_architecture);
    definition.operating_system_family = text(request.runtime_platform->operating_system_family);
    if (!definition.operating_system_family.empty() && definition.operating_system_family != "LINUX") return fail("ClientException", fmt::format("Landfall runs operatingSystemFamily LINUX only; found {}", definition.operating_system_family));
  }
  return definition;
}

/// Revisions count per family and are never given twice, also after deregistration.
Result<shapes::RegisterTaskDefinitionResponse> register_definition(const Deps& deps, const CallContext& context, const shapes::RegisterTaskDefinitionRequest& request) {
  TaskDefinition definition = TRY(read(request, context));
  return transact<shapes::RegisterTaskDefinitionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RegisterTaskDefinitionResponse> {
    definition.revision = 1;
    for (const auto& other : store::all<TaskDefinition>(tx, arn_of(context, "task-definition", definition.family + ":"))) definition.revision = std::max(definition.revision, other.revision + 1);
    definition.arn = arn_of(context, "task-definition", fmt::format("{}:{}", definition.family, definition.revision));
    definition.registered_at = deps.clock.wall();
    definition.as_given = to_json(told_definition(request, definition));
    store::put(tx, definition);
    return shapes::RegisterTaskDefinitionResponse{.tags = tag_list(definition.tags), .task_definition = render_definition(definition)};
  });
}

/// `family:revision` or an ARN that ends so, where one revision must be meant.
Result<void> check_revision(const std::string& named) {
  const std::string last = named.substr(named.rfind('/') + 1);
  const size_t colon = last.find(':');
  if (colon == std::string::npos) return fail("ClientException", "Revision is missing.");
  const std::string revision = last.substr(colon + 1);
  if (revision.empty() || !std::ranges::all_of(revision, [](unsigned char c) { return std::isdigit(c) != 0; })) return fail("InvalidParameterException", fmt::format("Invalid revision number. Number: {}", revision));
  return {};
}

Result<shapes::DeregisterTaskDefinitionResponse> deregister(const Deps& deps, const CallContext& context, const shapes::DeregisterTaskDefinitionRequest& request) {
  return transact<shapes::DeregisterTaskDefinitionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeregisterTaskDefinitionResponse> {
    const std::string named = text(request.task_definition);
    TRY(check_revision(named));
    auto definition = find_definition(tx, context, named);
    if (!definition) return fail("ClientException", "Unable to describe task definition.");
    if (definition->status != "ACTIVE") return fail("InvalidParameterException", "The specified task definition is inactive. Verify the status of the task definition and try again.");
    definition->status = "INACTIVE";
    definition->deregistered_at = deps.clock.wall();
    store::put(tx, *definition);
    return shapes::DeregisterTaskDefinitionResponse{.task_definition = render_definition(*definition)};
  });
}

Result<shapes::DescribeTaskDefinitionResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTaskDefinitionRequest& request) {
  return transact<shapes::DescribeTaskDefinitionResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTaskDefinitionResponse> {
    const auto definition = find_definition(tx, context, text(request.task_definition));
    if (!definition) return fail("ClientException", "Unable to describe task definition.");
    shapes::DescribeTaskDefinitionResponse result{.task_definition = render_definition(*definition)};
    if (std::ranges::count(list(request.include), "TAGS") > 0) result.tags = tag_list(definition->tags);
    return result;
  });
}

/// A deleted definition is not listed as INACTIVE any more; its revision is never given again.
Result<shapes::DeleteTaskDefinitionsResponse> delete_definitions(const Deps& deps, const CallContext& context, const shapes::DeleteTaskDefinitionsRequest& request) {
  const auto named = list(request.task_definitions);
  if (named.empty()) return fail("InvalidParameterException", "size of TaskDefinition references list must be greater than 0");
  if (named.size() > 10) return fail("InvalidParameterException", "Size of TaskDefinition references list cannot exceed 10");
  return transact<shapes::DeleteTaskDefinitionsResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteTaskDefinitionsResponse> {
    shapes::DeleteTaskDefinitionsResponse result{.failures = std::vector<shapes::Failure>{}, .task_definitions = std::vector<shapes::TaskDefinition>{}};
    for (const std::string& name : named) {
      auto definition = find_definition(tx, context, name);
      if (!check_revision(name)) {
        result.failures->push_back({.arn = name, .reason = "The specified task definition identifier is invalid. Specify a valid name or ARN and try again."});
      } else if (!definition) {
        result.failures->push_back({.arn = name, .reason = "The specified task definition does not exist. Specify a valid account, family, revision and try again."});
      } else if (definition->status == "ACTIVE") {
        result.failures->push_back({.arn = definition->arn, .reason = "The specified task definition is still in ACTIVE status. Please deregister the target and try again."});
      } else {
        definition->status = "DELETE_IN_PROGRESS";
        definition->delete_requested_at = deps.clock.wall();
        store::put(tx, *definition);
        result.task_definitions->push_back(render_definition(*definition));
      }
    }
    return result;
  });
}

Result<shapes::ListTaskDefinitionsResponse> list_definitions(const Deps& deps, const CallContext& context, const shapes::ListTaskDefinitionsRequest& request) {
  auto all = store::all<TaskDefinition>(deps.store);
  std::erase_if(all, [&](const auto& d) {
    return d.account != context.account || d.region != context.region || d.status != request.status.value_or("ACTIVE") || (request.family_prefix && d.family != *request.family_prefix);
  });
  std::ranges::sort(all, [](const auto& a, const auto& b) { return std::tie(a.family, a.revision) < std::tie(b.family, b.revision); });
  if (request.sort == "DESC") std::ranges::reverse(all);
  std::vector<std::string> arns;
  for (const auto& definition : all) arns.push_back(definition.arn);
  auto answer = TRY(page(std::move(arns), request.max_results, request.next_token));
  shapes::ListTaskDefinitionsResponse result{.task_definition_arns = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::ListTaskDefinitionFamiliesResponse> families(const Deps& deps, const CallContext& context, const shapes::ListTaskDefinitionFamiliesRequest& request) {
  std::set<std::string> names;
  for (const auto& d : store::all<TaskDefinition>(deps.store)) {
    const bool wanted = request.status.value_or("ACTIVE") == "ALL" || d.status == request.status.value_or("ACTIVE");
    if (d.account == context.account && d.region == context.region && wanted && d.family.starts_with(text(request.family_prefix))) names.insert(d.family);
  }
  auto answer = TRY(page(std::vector<std::string>(names.begin(), names.end()), request.max_results, request.next_token));
  shapes::ListTaskDefinitionFamiliesResponse result{.families = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_task_definition(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::RegisterTaskDefinitionRequest, shapes::RegisterTaskDefinitionResponse>(
      "ecs", "RegisterTaskDefinition", {"family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions.*", "volumes.*", "requiresCompatibilities.*", "cpu", "memory", "tags.*", "ephemeralStorage.*", "runtimePlatform.*",
                                       "placementConstraints.*", "pidMode", "ipcMode", "proxyConfiguration.*", "inferenceAccelerators.*", "enableFaultInjection"}, bind(register_definition));
  registry.add<shapes::DeregisterTaskDefinitionRequest, shapes::DeregisterTaskDefinitionResponse>("ecs", "DeregisterTaskDefinition", {"*"}, bind(deregister));
  registry.add<shapes::DeleteTaskDefinitionsRequest, shapes::DeleteTaskDefinitionsResponse>("ecs", "DeleteTaskDefinitions", {"*"}, bind(delete_definitions));
  registry.add<shapes::DescribeTaskDefinitionRequest, shapes::DescribeTaskDefinitionResponse>("ecs", "DescribeTaskDefinition", {"*"}, bind(describe));
  registry.add<shapes::ListTaskDefinitionsRequest, shapes::ListTaskDefinitionsResponse>("ecs", "ListTaskDefinitions", {"*"}, bind(list_definitions));
  registry.add<shapes::ListTaskDefinitionFamiliesRequest, shapes::ListTaskDefinitionFamiliesResponse>("ecs", "ListTaskDefinitionFamilies", {"*"}, bind(families));
}

}  // namespace landfall::services::ecs
