#include <set>

#include <fmt/format.h>

#include "services/ecs/support.h"

/// Service Connect of a service: what it offers in a namespace, and its services in Cloud Map.
/// Source  ECS API, ServiceConnectConfiguration and ServiceConnectService; ECS guide, Service Connect parameters.
namespace landfall::services::ecs {
namespace {

using model::ConnectAlias;
using model::ConnectPort;
using model::DiscoveryService;
using model::ServiceConnect;

constexpr size_t kLongestAlias = 127, kLongestDiscoveryName = 64;

Result<model::Namespace> namespace_of(const Transaction& tx, const CallContext& context, const model::Cluster& cluster, const std::string& named) {
  const std::string wanted = named.empty() ? cluster.connect_namespace : named;
  if (wanted.empty()) return invalid("serviceConnectConfiguration.namespace must be specified: the cluster has no default Service Connect namespace.");
  const auto all = store::all<model::Namespace>(tx, scope(context));
  if (const model::Namespace* known = find_namespace(all, wanted)) return *known;
  return fail("NamespaceNotFoundException", fmt::format("The specified namespace {} was not found.", wanted));
}

bool is_name(std::string_view name, size_t longest) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; };
  return !name.empty() && name.size() <= longest && name[0] != '-' && std::ranges::all_of(name, fits);
}

Result<ConnectPort> read_port(const shapes::ServiceConnectService& given, const model::TaskDefinition& definition, const model::Namespace& space) {
  ConnectPort port{.port_name = text(given.port_name), .discovery_name = given.discovery_name.value_or(text(given.port_name))};
  for (const auto& container : definition.containers) {
    const auto mapping = std::ranges::find(container.port_mappings, port.port_name, &model::PortMapping::name);
    if (mapping != container.port_mappings.end() && !port.port_name.empty()) port.container_port = mapping->container_port;
  }
  if (port.container_port == 0) return invalid(fmt::format("portName '{}' is not the name of a port mapping in the task definition {}:{}.", port.port_name, definition.family, definition.revision));
  if (!is_name(port.discovery_name, kLongestDiscoveryName)) return invalid(fmt::format("discoveryName '{}' must be 1 to {} lowercase letters, digits, underscores, hyphens and periods, and not start with a hyphen.", port.discovery_name, kLongestDiscoveryName));
  const auto aliases = list(given.client_aliases);
  if (aliases.size() > 1) return invalid(fmt::format("Service Connect service '{}' has {} client aliases; it can have at most 1.", port.port_name, aliases.size()));
  for (const auto& alias : aliases) {
    port.aliases.push_back({.name = alias.dns_name.value_or(port.discovery_name + "." + space.name), .port = alias.port.value_or(0)});
    if (port.aliases.back().port < 1 || port.aliases.back().port > 65535) return invalid(fmt::format("The port {} of client alias '{}' must be between 1 and 65535.", port.aliases.back().port, port.aliases.back().name));
    if (!is_name(port.aliases.back().name, kLongestAlias)) return invalid(fmt::format("The dnsName '{}' must be 1 to {} lowercase letters, digits, underscores, hyphens and periods, and not start with a hyphen.", port.aliases.back().name, kLongestAlias));
  }
  if (aliases.empty()) port.aliases.push_back({.name = port.discovery_name + "." + space.name, .port = port.container_port});
  return port;
}

/// The names that a request leaves out, as they are told later.
shapes::ServiceConnectConfiguration with_defaults(shapes::ServiceConnectConfiguration told, const ServiceConnect& connect) {
  if (text(told.namespace_).empty()) told.namespace_ = connect.namespace_arn;
  for (size_t i = 0; i < connect.ports.size(); ++i) {
    auto& service = told.services->at(i);
    service.discovery_name = connect.ports[i].discovery_name;
    if (service.client_aliases && !service.client_aliases->empty()) service.client_aliases->front().dns_name = connect.ports[i].aliases[0].name;
  }
  return told;
}

/// Each name and port once in the namespace, also over its clusters.
Result<void> check_unique(const Transaction& tx, const std::string& service_arn, const ServiceConnect& connect) {
  std::set<std::pair<std::string, int>> taken;
  std::set<std::string> discovered;
  for (const auto& other : store::all<model::Service>(tx)) {
    if (other.arn == service_arn || other.deployments.empty() || !other.deployments[0].connect || other.deployments[0].connect->namespace_arn != connect.namespace_arn) continue;
    for (const ConnectPort& port : other.deployments[0].connect->ports) {
      discovered.insert(port.discovery_name);
      for (const ConnectAlias& alias : port.aliases) taken.emplace(alias.name, alias.port);
    }
  }
  for (const ConnectPort& port : connect.ports) {
    if (!discovered.insert(port.discovery_name).second) return invalid(fmt::format("The discoveryName '{}' is already used in the namespace.", port.discovery_name));
    for (const ConnectAlias& alias : port.aliases) {
      if (!taken.emplace(alias.name, alias.port).second) return invalid(fmt::format("The client alias '{}:{}' is already used in the namespace.", alias.name, alias.port));
    }
  }
  return {};
}

/// Found by the API only: it has no records.
Result<std::string> discovery_service(const Deps& deps, Transaction& tx, const model::Namespace& space, const std::string& name) {
  for (const auto& known : store::all<DiscoveryService>(tx, space.account + "/" + space.region + "/")) {
    if (known.namespace_id != space.id || known.name != name) continue;
    if (known.tags.contains(kManagedTag)) return known.arn;
    return invalid(fmt::format("The discoveryName '{}' is a service of AWS Cloud Map that Amazon ECS did not make.", name));
  }
  DiscoveryService made{.account = space.account, .region = space.region, .id = "srv-" + lower(deps.ids.upper_alnum(16)), .name = name, .namespace_id = space.id, .description = "Managed by Amazon ECS", .created_at = deps.clock.wall(), .tags = {{kManagedTag, "true"}}};
  made.arn = fmt::format("arn:aws:servicediscovery:{}:{}:service/{}", space.region, space.account, made.id);
  store::put(tx, made);
  return made.arn;
}

}  // namespace

Result<std::optional<ServiceConnect>> read_connect(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& service_arn, const model::Cluster& cluster, const model::TaskDefinition& definition,
                                                   const std::optional<shapes::ServiceConnectConfiguration>& given) {
  if (!given || !given->enabled.value_or(false)) return std::nullopt;
  if (definition.network_mode != "awsvpc") return invalid(fmt::format("Landfall supports Service Connect for the network mode awsvpc, not for {}.", definition.network_mode));
  const auto space = TRY(namespace_of(tx, context, cluster, text(given->namespace_)));
  ServiceConnect connect{.namespace_arn = space.arn};
  for (const auto& service : list(given->services)) connect.ports.push_back(TRY(read_port(service, definition, space)));
  connect.as_told = to_json(with_defaults(*given, connect));
  TRY(check_unique(tx, service_arn, connect));
  for (ConnectPort& port : connect.ports) port.discovery_arn = TRY(discovery_service(deps, tx, space, port.discovery_name));
  return connect;
}

std::optional<shapes::ServiceConnectConfiguration> connect_shape(const std::optional<ServiceConnect>& connect) {
  return connect ? std::optional(from_json<shapes::ServiceConnectConfiguration>(connect->as_told)) : std::nullopt;
}

std::optional<std::vector<shapes::ServiceConnectServiceResource>> connect_resources(const std::optional<ServiceConnect>& connect) {
  if (!connect) return std::nullopt;
  std::vector<shapes::ServiceConnectServiceResource> resources;
  for (const ConnectPort& port : connect->ports) resources.push_back({.discovery_arn = port.discovery_arn, .discovery_name = port.discovery_name});
  return resources;
}

}  // namespace landfall::services::ecs
