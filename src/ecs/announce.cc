#include "ecs/announce.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "store/discovery.h"
#include "store/table.h"

namespace landfall::ecs {
namespace {

using model::Deployment;
using model::DiscoveryInstance;
using model::DiscoveryService;
using model::ServiceRegistry;
using model::Task;

/// "arn:…:task-definition/FAMILY:REVISION"
std::string family_of(const Task& task) {
  const std::string named = task.task_definition_arn.substr(task.task_definition_arn.rfind('/') + 1);
  return named.substr(0, named.rfind(':'));
}

std::map<std::string, std::string> attributes_of(const View& view, const Deployment& deployment, const ServiceRegistry& registry, const Task& task) {
  const model::Service& service = view.service;
  std::map<std::string, std::string> attributes{{"AWS_INSTANCE_IPV4", task.private_ip}, {"AVAILABILITY_ZONE", task.zone}, {"REGION", task.region}, {"ECS_CLUSTER_NAME", service.cluster_arn.substr(service.cluster_arn.rfind('/') + 1)},
                                                {"ECS_SERVICE_NAME", service.name}, {"ECS_TASK_DEFINITION_FAMILY", family_of(task)}};
  const int port = registry.port != 0 ? registry.port : registry.container_port;
  if (port != 0) attributes["AWS_INSTANCE_PORT"] = std::to_string(port);
  if (!deployment.external_id.empty()) attributes["ECS_TASK_SET_EXTERNAL_ID"] = deployment.external_id;
  return attributes;
}

std::string id_of(const std::string& discovery_arn) { return discovery_arn.substr(discovery_arn.rfind('/') + 1); }

/// Its registries, and the services of its Service Connect.
std::vector<ServiceRegistry> registries_of(const Deployment& deployment) {
  std::vector<ServiceRegistry> registries = deployment.registries;
  if (!deployment.connect) return registries;
  for (const auto& port : deployment.connect->ports) registries.push_back({.registry_arn = port.discovery_arn, .container_port = port.container_port});
  return registries;
}

/// The registries of a deployment, and every discovery service that still has an instance of the view's tasks.
std::vector<DiscoveryService> services_of(store::Transaction& tx, const View& view) {
  std::set<std::string> keys;
  const std::string scope = view.service.account + "/" + view.service.region + "/";
  for (const Deployment& deployment : view.service.deployments) {
    for (const ServiceRegistry& registry : registries_of(deployment)) keys.insert(scope + id_of(registry.registry_arn));
  }
  std::vector<DiscoveryService> services;
  for (const std::string& key : keys) {
    if (auto found = store::find<DiscoveryService>(tx, key)) services.push_back(std::move(*found));
  }
  return services;
}

/// What one discovery service is to have of the service's tasks.
std::vector<DiscoveryInstance> wanted_in(const View& view, const DiscoveryService& discovery, WallTime now) {
  std::vector<DiscoveryInstance> wanted;
  for (const Deployment& deployment : view.service.deployments) {
    const auto registries = registries_of(deployment);
    const auto registry = std::ranges::find(registries, discovery.arn, &ServiceRegistry::registry_arn);
    if (registry == registries.end()) continue;
    for (const Task& task : view.tasks) {
      if (task.started_by != deployment.id || !is_announced(task)) continue;
      const bool is_healthy = discovery.failure_threshold == 0 || task.health_status != "UNHEALTHY";
      wanted.push_back({.account = task.account, .region = task.region, .service_id = discovery.id, .id = task.id, .attributes = attributes_of(view, deployment, *registry, task), .is_healthy = is_healthy, .created_at = now});
    }
  }
  return wanted;
}

/// The services of Cloud Map that were made for their Service Connect.
std::set<std::string> discovered_by(const std::vector<Deployment>& deployments) {
  std::set<std::string> arns;
  for (const Deployment& deployment : deployments) {
    if (!deployment.connect) continue;
    for (const auto& port : deployment.connect->ports) arns.insert(port.discovery_arn);
  }
  return arns;
}

}  // namespace

bool is_announced(const Task& task) { return task.desired_status == "RUNNING" && task.last_status == "RUNNING" && !task.private_ip.empty(); }

void announce(store::Transaction& tx, const View& view, WallTime now) {
  for (const DiscoveryService& discovery : services_of(tx, view)) {
    const auto wanted = wanted_in(view, discovery, now);
    bool is_changed = false;
    for (const DiscoveryInstance& known : store::all<DiscoveryInstance>(tx, discovery.key() + "#")) {
      const auto own = known.attributes.find("ECS_SERVICE_NAME"), cluster = known.attributes.find("ECS_CLUSTER_NAME");
      const bool is_ours = own != known.attributes.end() && cluster != known.attributes.end() && own->second == view.service.name && view.service.cluster_arn.ends_with("/" + cluster->second);
      if (!is_ours || std::ranges::count(wanted, known.id, &DiscoveryInstance::id) > 0) continue;
      store::erase_instance(tx, discovery, known);
      is_changed = true;
    }
    for (DiscoveryInstance instance : wanted) {
      const auto known = store::find<DiscoveryInstance>(tx, instance.key());
      if (known && known->is_healthy == instance.is_healthy) continue;
      if (known) instance.created_at = known->created_at;
      store::put(tx, instance);
      is_changed = true;
    }
    if (is_changed) store::publish_instances(tx, discovery);
  }
}

void withdraw(store::Transaction& tx, const std::vector<Deployment>& before, const std::vector<Deployment>& after) {
  std::set<std::string> gone = discovered_by(before);
  for (const std::string& kept : discovered_by(after)) gone.erase(kept);
  if (gone.empty()) return;
  for (const DiscoveryService& service : store::all<DiscoveryService>(tx)) {
    if (!gone.contains(service.arn)) continue;
    for (const DiscoveryInstance& instance : store::all<DiscoveryInstance>(tx, service.key() + "#")) store::erase_instance(tx, service, instance);
    store::erase<DiscoveryService>(tx, service.key());
  }
}

}  // namespace landfall::ecs
