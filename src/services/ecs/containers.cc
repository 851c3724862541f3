#include <set>

#include <fmt/format.h>

#include "services/ecs/support.h"

namespace landfall::services::ecs {
namespace {

using model::ContainerDefinition;

/// What Fargate does not take (ECS guide, Task definition considerations for Fargate), and what Landfall does not do yet.
Result<void> refuse_unsupported(const shapes::ContainerDefinition& given) {
  const std::string name = text(given.name);
  const auto refuse = [&](std::string_view member, bool is_fargate_rule) {
    return fail("ClientException", is_fargate_rule ? fmt::format("Fargate does not support the parameter {} of container '{}'.", member, name)
                                                   : fmt::format("Landfall does not support the parameter {} of container '{}' yet.", member, name));
  };
  if (given.links && !given.links->empty()) return fail("ClientException", "Links are not supported when networkMode=awsvpc.");
  if (given.dns_servers && !given.dns_servers->empty()) return fail("ClientException", "DNS servers are not supported on container when networkMode=awsvpc.");
  if (given.privileged.value_or(false)) return refuse("privileged", true);
  if (given.hostname) return refuse("hostname", true);
  if (given.disable_networking.value_or(false)) return refuse("disableNetworking", true);
  if (given.dns_search_domains && !given.dns_search_domains->empty()) return refuse("dnsSearchDomains", true);
  if (given.extra_hosts && !given.extra_hosts->empty()) return refuse("extraHosts", true);
  if (given.docker_security_options && !given.docker_security_options->empty()) return refuse("dockerSecurityOptions", true);
  if (given.resource_requirements && !given.resource_requirements->empty()) return refuse("resourceRequirements", true);
  if (given.repository_credentials) return refuse("repositoryCredentials", false);
  if (given.firelens_configuration) return refuse("firelensConfiguration", false);
  if (given.credential_specs && !given.credential_specs->empty()) return refuse("credentialSpecs", false);
  return {};
}

Result<void> read_ports(const shapes::ContainerDefinition& given, ContainerDefinition& container) {
  for (const auto& mapping : list(given.port_mappings)) {
    model::PortMapping port{.container_port = mapping.container_port.value_or(0), .host_port = mapping.host_port.value_or(0), .protocol = mapping.protocol.value_or("tcp"), .name = text(mapping.name)};
    if (port.host_port != 0 && port.host_port != port.container_port) return fail("ClientException", "When networkMode=awsvpc, the host ports and container ports in port mappings must match.");
    if (mapping.container_port_range) {
      if (mapping.container_port || mapping.host_port) return fail("ClientException", fmt::format("Container '{}' cannot have both containerPort or hostPort and containerPortRange in one port mapping.", container.name));
      continue;  // only declares: tasks have interfaces of their own
    }
    if (port.container_port < 1 || port.container_port > 65535) return fail("ClientException", fmt::format("Container port {} of container '{}' must be between 1 and 65535.", port.container_port, container.name));
    port.host_port = port.container_port;
    container.port_mappings.push_back(port);
  }
  return {};
}

Result<void> read_log(const shapes::ContainerDefinition& given, ContainerDefinition& container) {
  if (!given.log_configuration) return {};
  const auto& log = *given.log_configuration;
  if (text(log.log_driver) != "awslogs") return fail("ClientException", fmt::format("Landfall does not support the log driver '{}' of container '{}' yet; wanted awslogs", text(log.log_driver), container.name));
  model::LogConfiguration configuration{.driver = "awslogs", .options = log.options.value_or(std::map<std::string, std::string>{})};
  for (const char* option : {"awslogs-group", "awslogs-region", "awslogs-stream-prefix"}) {
    if (!configuration.options.contains(option)) return fail("ClientException", fmt::format("Log driver awslogs requires options: {}", option));
  }
  container.log_configuration = configuration;
  return {};
}

Result<void> read_linux(const shapes::ContainerDefinition& given, ContainerDefinition& container) {
  if (!given.linux_parameters) return {};
  const auto& parameters = *given.linux_parameters;
  if (parameters.devices || parameters.shared_memory_size || parameters.max_swap || parameters.swappiness || parameters.tmpfs) {
    return fail("ClientException", fmt::format("Fargate supports only capabilities and initProcessEnabled in linuxParameters of container '{}'.", container.name));
  }
  container.init_process_enabled = parameters.init_process_enabled.value_or(false);
  if (!parameters.capabilities) return {};
  container.drop_capabilities = list(parameters.capabilities->drop);
  container.add_capabilities = list(parameters.capabilities->add);
  for (const std::string& added : container.add_capabilities) {
    if (added != "SYS_PTRACE") return fail("ClientException", fmt::format("Fargate only supports adding the SYS_PTRACE capability; found {}", added));
  }
  return {};
}

/// ECS API, EnvironmentFile: ARNs of objects that end in .env.
Result<void> read_environment_files(const shapes::ContainerDefinition& given, ContainerDefinition& container) {
  for (const auto& file : list(given.environment_files)) {
    const std::string arn = text(file.value);
    if (!arn.starts_with("arn:aws:s3:::") || !arn.ends_with(".env") || text(file.type) != "s3") return fail("ClientException", fmt::format("Invalid environment file for container '{}': wanted type s3 and the ARN of an object that ends in .env; found {} {}", container.name, text(file.type), arn));
    container.environment_files.push_back(arn);
  }
  if (container.environment_files.size() > 10) return fail("ClientException", fmt::format("Container '{}' can have at most 10 environment files.", container.name));
  return {};
}

/// Source  ECS API, ContainerRestartPolicy
Result<void> read_restarts(const shapes::ContainerDefinition& given, ContainerDefinition& container) {
  if (!given.restart_policy) return {};
  const auto& policy = *given.restart_policy;
  if (!policy.enabled) return fail("ClientException", fmt::format("The restart policy of container '{}' must say whether it is enabled.", container.name));
  container.restart_policy = {.is_enabled = *policy.enabled, .ignored_exit_codes = list(policy.ignored_exit_codes), .attempt_period_seconds = policy.restart_attempt_period.value_or(300)};
  const int period = container.restart_policy.attempt_period_seconds;
  if (period < 60 || period > 1800) return fail("ClientException", fmt::format("The restartAttemptPeriod of container '{}' must be between 60 and 1800 seconds; found {}", container.name, period));
  if (container.restart_policy.ignored_exit_codes.size() > 50) return fail("ClientException", fmt::format("The restart policy of container '{}' can ignore at most 50 exit codes.", container.name));
  return {};
}

void read_rest(const shapes::ContainerDefinition& given, ContainerDefinition& container) {
  container.keeps_digest = given.version_consistency != "disabled";
  container.cpu = given.cpu.value_or(0);
  container.memory = given.memory.value_or(0);
  container.memory_reservation = given.memory_reservation.value_or(0);
  container.essential = given.essential.value_or(true);
  container.entry_point = given.entry_point;
  container.command = given.command;
  for (const auto& pair : list(given.environment)) container.environment.push_back({.name = text(pair.name), .value = text(pair.value)});
  for (const auto& secret : list(given.secrets)) container.secrets.push_back({.name = text(secret.name), .value = text(secret.value_from)});
  for (const auto& dependency : list(given.depends_on)) container.depends_on.push_back({.container_name = text(dependency.container_name), .condition = text(dependency.condition)});
  if (given.health_check) {
    const auto& h = *given.health_check;
    container.health_check = model::ContainerHealthCheck{.command = list(h.command), .interval_seconds = h.interval.value_or(30), .timeout_seconds = h.timeout.value_or(5),
                                                         .retries = h.retries.value_or(3), .start_period_seconds = h.start_period.value_or(0)};
  }
  for (const auto& limit : list(given.ulimits)) container.ulimits.push_back({.name = text(limit.name), .soft = limit.soft_limit.value_or(0), .hard = limit.hard_limit.value_or(0)});
  for (const auto& mount : list(given.mount_points)) container.mount_points.push_back({.source_volume = text(mount.source_volume), .container_path = text(mount.container_path), .read_only = mount.read_only.value_or(false)});
  container.user = text(given.user);
  container.working_directory = text(given.working_directory);
  container.readonly_root_filesystem = given.readonly_root_filesystem.value_or(false);
  container.pseudo_terminal = given.pseudo_terminal.value_or(false);
  container.interactive = given.interactive.value_or(false);
  container.start_timeout = given.start_timeout.value_or(0);
  container.stop_timeout = given.stop_timeout.value_or(0);
  if (given.docker_labels) container.docker_labels = *given.docker_labels;
  for (const auto& control : list(given.system_controls)) container.system_controls.push_back({.name = text(control.namespace_), .value = text(control.value)});
}

Result<void> check_dependencies(const std::vector<ContainerDefinition>& containers) {
  for (const auto& container : containers) {
    for (const auto& dependency : container.depends_on) {
      const auto other = std::ranges::find(containers, dependency.container_name, &ContainerDefinition::name);
      if (other == containers.end()) return fail("ClientException", fmt::format("The container '{}' depends on the container '{}', which does not exist.", container.name, dependency.container_name));
      if (dependency.condition == "HEALTHY" && !other->health_check) return fail("ClientException", fmt::format("The container '{}' waits for '{}' to be HEALTHY, which has no healthCheck.", container.name, other->name));
      const bool finishes = dependency.condition == "COMPLETE" || dependency.condition == "SUCCESS";
      if (finishes && other->essential) return fail("ClientException", fmt::format("The container '{}' is essential and cannot be waited for with {}.", other->name, dependency.condition));
    }
  }
  return {};
}

/// What a container mounts with `volumesFrom`: all that the other one mounts, what that one has from others too, at the same paths.
/// Reads `given` and not the containers so far, so that their order does not count; `seen` ends a circle.
void add_mounts_of(const std::string& name, bool read_only, const std::vector<shapes::ContainerDefinition>& given, std::set<std::string>& seen, ContainerDefinition& into) {
  if (!seen.insert(name).second) return;
  for (const auto& other : given) {
    if (text(other.name) != name) continue;
    for (const auto& mount : list(other.mount_points)) {
      const std::string path = text(mount.container_path);
      const auto taken = std::ranges::find(into.mount_points, path, &model::MountPoint::container_path);
      if (taken == into.mount_points.end()) into.mount_points.push_back({.source_volume = text(mount.source_volume), .container_path = path, .read_only = read_only || mount.read_only.value_or(false)});
    }
    for (const auto& from : list(other.volumes_from)) add_mounts_of(text(from.source_container), read_only || from.read_only.value_or(false), given, seen, into);
  }
}

Result<void> read_volumes_from(const shapes::ContainerDefinition& definition, const std::vector<shapes::ContainerDefinition>& given, ContainerDefinition& container) {
  for (const auto& from : list(definition.volumes_from)) {
    const std::string source = text(from.source_container);
    const bool is_there = source != container.name && std::ranges::any_of(given, [&](const auto& other) { return text(other.name) == source; });
    if (!is_there) return fail("ClientException", fmt::format("Invalid 'volumesFrom' setting of container '{}'. Unknown container: '{}'", container.name, source));
    std::set<std::string> seen{container.name};
    add_mounts_of(source, from.read_only.value_or(false), given, seen, container);
  }
  return {};
}

}  // namespace

Result<void> check_container_name(const std::string& name) {
  if (name.empty()) return fail("ClientException", "Container.name should not be null or empty.");
  const bool is_plain = name.size() <= 255 && std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_'; });
  if (!is_plain) return fail("ClientException", fmt::format("Container.name '{}' must be 1 to 255 letters, digits, hyphens and underscores.", name));
  return {};
}

Result<std::vector<ContainerDefinition>> read_containers(const std::vector<shapes::ContainerDefinition>& given, int task_memory) {
  if (given.empty()) return fail("ClientException", "Container definitions can not be empty.");
  if (given.size() > 10) return fail("ClientException", fmt::format("A task definition has at most 10 containers; found {}", given.size()));
  std::vector<ContainerDefinition> containers;
  std::set<std::string> names;
  for (const auto& definition : given) {
    ContainerDefinition container{.name = text(definition.name), .image = text(definition.image)};
    TRY(check_container_name(container.name));
    if (!names.insert(container.name).second) return fail("ClientException", fmt::format("Container.name should not be duplicated in a task definition: '{}'", container.name));
    TRY(refuse_unsupported(definition));
    TRY(read_ports(definition, container));
    TRY(read_log(definition, container));
    TRY(read_linux(definition, container));
    TRY(read_restarts(definition, container));
    TRY(read_environment_files(definition, container));
    read_rest(definition, container);
    TRY(read_volumes_from(definition, given, container));
    TRY(check_container_memory(container, task_memory, "ClientException"));
    containers.push_back(std::move(container));
  }
  const bool any_essential = std::ranges::any_of(containers, [](const auto& c) { return c.essential; });
  if (!any_essential) return fail("ClientException", "At least one container must be marked essential.");
  TRY(check_dependencies(containers));
  return containers;
}

}  // namespace landfall::services::ecs
