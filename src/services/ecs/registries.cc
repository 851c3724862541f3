#include <fmt/format.h>

#include "model/discovery.h"
#include "services/ecs/support.h"

/// Where a service announces its tasks: services of Cloud Map, whose instances ecs/ keeps.
namespace landfall::services::ecs {
namespace {

using model::ServiceRegistry;

Result<void> check_container(const model::TaskDefinition& definition, const ServiceRegistry& registry) {
  const auto container = std::ranges::find(definition.containers, registry.container_name, &model::ContainerDefinition::name);
  if (container == definition.containers.end()) return invalid(fmt::format("The container {} does not exist in the task definition.", registry.container_name));
  const bool has_port = std::ranges::count(container->port_mappings, registry.container_port, &model::PortMapping::container_port) > 0;
  if (!has_port) return invalid(fmt::format("The container {} did not have a container port {} defined.", registry.container_name, registry.container_port));
  return {};
}

/// Source  ECS API, ServiceRegistry: of a service with SRV records either port, or container and its port.
Result<void> check_port(const model::DiscoveryService& discovery, const ServiceRegistry& registry) {
  const bool has_srv = std::ranges::count(discovery.records, "SRV", &model::DnsRecordKind::type) > 0;
  const bool has_container = !registry.container_name.empty() || registry.container_port != 0;
  if (has_container && (registry.container_name.empty() || registry.container_port == 0)) return invalid("A service registry must have both containerName and containerPort, or neither.");
  if (has_container && registry.port != 0) return invalid("A service registry must have either port, or containerName and containerPort, but not both.");
  if (has_srv && !has_container && registry.port == 0) return invalid("A service registry with SRV records must have port, or containerName and containerPort.");
  return {};
}

}  // namespace

Result<std::vector<ServiceRegistry>> read_registries(const Transaction& tx, const CallContext& context, const model::TaskDefinition& definition, const std::optional<std::vector<shapes::ServiceRegistry>>& given) {
  std::vector<ServiceRegistry> registries;
  for (const auto& r : list(given)) registries.push_back({.registry_arn = text(r.registry_arn), .container_name = text(r.container_name), .container_port = r.container_port.value_or(0), .port = r.port.value_or(0)});
  if (registries.size() > 1) return invalid("Each service can be associated with one service registry.");
  for (const ServiceRegistry& registry : registries) {
    const auto discovery = store::find<model::DiscoveryService>(tx, scope(context) + registry.registry_arn.substr(registry.registry_arn.rfind('/') + 1));
    if (!discovery || discovery->arn != registry.registry_arn) return invalid(fmt::format("The service registry {} does not exist.", registry.registry_arn));
    TRY(check_port(*discovery, registry));
    if (!registry.container_name.empty()) TRY(check_container(definition, registry));
  }
  return registries;
}

std::vector<shapes::ServiceRegistry> registry_list(const std::vector<ServiceRegistry>& registries) {
  std::vector<shapes::ServiceRegistry> result;
  for (const auto& r : registries) {
    auto& out = result.emplace_back();
    out.registry_arn = r.registry_arn;
    if (!r.container_name.empty()) out.container_name = r.container_name;
    if (r.container_port != 0) out.container_port = r.container_port;
    if (r.port != 0) out.port = r.port;
  }
  return result;
}

}  // namespace landfall::services::ecs
