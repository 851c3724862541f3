#include "services/servicediscovery/support.h"

namespace landfall::services::servicediscovery {

namespace {

Error no_instance(const std::optional<std::string>& id) { return {.code = "InstanceNotFound", .what = fmt::format("Instance not found: {}", text(id))}; }

template <class From>
Result<DiscoveryInstance> instance_of(const From& from, const DiscoveryService& service, const std::optional<std::string>& id) {
  auto found = store::find<DiscoveryInstance>(from, service.key() + "#" + text(id));
  if (!found) return fail(no_instance(id));
  return std::move(*found);
}

Result<shapes::RegisterInstanceResponse> add(const Deps& deps, const CallContext& context, const shapes::RegisterInstanceRequest& request) {
  return transact<shapes::RegisterInstanceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::RegisterInstanceResponse> {
    const DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    for (const auto& kind : service.records) {
      const char* wanted = kind.type == "AAAA" ? "AWS_INSTANCE_IPV6" : kind.type == "CNAME" ? "AWS_INSTANCE_CNAME" : "AWS_INSTANCE_IPV4";
      if (!request.attributes->contains(wanted)) return fail("InvalidInput", fmt::format("Attribute {} must be specified for a service with {} records", wanted, kind.type));
      if (kind.type == "SRV" && !request.attributes->contains("AWS_INSTANCE_PORT")) return fail("InvalidInput", "Attribute AWS_INSTANCE_PORT must be specified for a service with SRV records");
    }
    store::put(tx, DiscoveryInstance{.account = context.account, .region = context.region, .service_id = service.id, .id = text(request.instance_id), .creator_request_id = text(request.creator_request_id), .attributes = *request.attributes, .created_at = deps.clock.wall()});
    store::publish_instances(tx, service);
    return shapes::RegisterInstanceResponse{.operation_id = put_operation(deps, tx, context, "REGISTER_INSTANCE", {{"INSTANCE", text(request.instance_id)}, {"SERVICE", service.id}})};
  });
}

Result<shapes::DeregisterInstanceResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeregisterInstanceRequest& request) {
  return transact<shapes::DeregisterInstanceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeregisterInstanceResponse> {
    const DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    const DiscoveryInstance instance = TRY(instance_of(tx, service, request.instance_id));
    store::erase_instance(tx, service, instance);
    store::publish_instances(tx, service);
    return shapes::DeregisterInstanceResponse{.operation_id = put_operation(deps, tx, context, "DEREGISTER_INSTANCE", {{"INSTANCE", instance.id}, {"SERVICE", service.id}})};
  });
}

Result<shapes::GetInstanceResponse> get(const Deps& deps, const CallContext& context, const shapes::GetInstanceRequest& request) {
  const DiscoveryInstance instance = TRY(instance_of(deps.store, TRY(service_at(deps.store, context, request.service_id)), request.instance_id));
  shapes::Instance out{.attributes = instance.attributes, .id = instance.id};
  if (!instance.creator_request_id.empty()) out.creator_request_id = instance.creator_request_id;
  return shapes::GetInstanceResponse{.instance = out};
}

Result<shapes::ListInstancesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListInstancesRequest& request) {
  std::vector<shapes::InstanceSummary> found;
  const DiscoveryService service = TRY(service_at(deps.store, context, request.service_id));
  for (const auto& instance : store::all<DiscoveryInstance>(deps.store, service.key() + "#")) found.push_back({.attributes = instance.attributes, .id = instance.id});
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::ListInstancesResponse result{.instances = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// The service that names stand for, with its namespace's name.
template <class Request>
Result<DiscoveryService> service_named(const Deps& deps, const CallContext& context, const Request& request) {
  bool has_namespace = false;
  for (const Namespace& space : store::all<Namespace>(deps.store, scope(context))) {
    if (space.name != text(request.namespace_name)) continue;
    has_namespace = true;
    for (DiscoveryService& service : store::all<DiscoveryService>(deps.store, scope(context))) {
      if (service.namespace_id == space.id && service.name == text(request.service_name)) return std::move(service);
    }
  }
  if (has_namespace) return fail("ServiceNotFound", fmt::format("Service not found: {}", text(request.service_name)));
  return fail("NamespaceNotFound", fmt::format("Namespace not found: {}", text(request.namespace_name)));
}

/// Optional parameters narrow only if something is left (Cloud Map API, DiscoverInstances).
Result<shapes::DiscoverInstancesResponse> discover(const Deps& deps, const CallContext& context, const shapes::DiscoverInstancesRequest& request) {
  const DiscoveryService service = TRY(service_named(deps, context, request));
  const auto has = [](const DiscoveryInstance& instance, const std::optional<std::map<std::string, std::string>>& wanted) {
    return std::ranges::all_of(wanted.value_or(std::map<std::string, std::string>{}), [&](const auto& pair) { return instance.attributes.contains(pair.first) && instance.attributes.at(pair.first) == pair.second; });
  };
  std::vector<DiscoveryInstance> found;
  for (DiscoveryInstance& instance : store::all<DiscoveryInstance>(deps.store, service.key() + "#")) {
    if (has(instance, request.query_parameters)) found.push_back(std::move(instance));
  }
  const std::string wanted = service.failure_threshold == 0 ? "ALL" : request.health_status.value_or("HEALTHY_OR_ELSE_ALL");
  const bool has_healthy = std::ranges::any_of(found, &DiscoveryInstance::is_healthy);
  std::erase_if(found, [&](const DiscoveryInstance& instance) { return (wanted == "HEALTHY" && !instance.is_healthy) || (wanted == "UNHEALTHY" && instance.is_healthy) || (wanted == "HEALTHY_OR_ELSE_ALL" && has_healthy && !instance.is_healthy); });
  if (std::ranges::any_of(found, [&](const auto& instance) { return has(instance, request.optional_parameters); })) std::erase_if(found, [&](const auto& instance) { return !has(instance, request.optional_parameters); });
  const size_t most = static_cast<size_t>(std::clamp(request.max_results.value_or(100), 1, 1000));
  shapes::DiscoverInstancesResponse answer{.instances = std::vector<shapes::HttpInstanceSummary>{}, .instances_revision = service.revision};
  for (const auto& instance : found) {
    if (answer.instances->size() < most) answer.instances->push_back({.attributes = instance.attributes, .health_status = service.failure_threshold == 0 ? "UNKNOWN" : instance.is_healthy ? "HEALTHY" : "UNHEALTHY", .instance_id = instance.id, .namespace_name = request.namespace_name, .service_name = service.name});
  }
  return answer;
}

Result<shapes::DiscoverInstancesRevisionResponse> revision(const Deps& deps, const CallContext& context, const shapes::DiscoverInstancesRevisionRequest& request) {
  return shapes::DiscoverInstancesRevisionResponse{.instances_revision = TRY(service_named(deps, context, request)).revision};
}

Result<shapes::UpdateInstanceCustomHealthStatusOutput> set_health(const Deps& deps, const CallContext& context, const shapes::UpdateInstanceCustomHealthStatusRequest& request) {
  return transact<shapes::UpdateInstanceCustomHealthStatusOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateInstanceCustomHealthStatusOutput> {
    const DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    if (service.failure_threshold == 0) return fail("CustomHealthNotFound", fmt::format("{} has no custom health check", service.id));
    DiscoveryInstance instance = TRY(instance_of(tx, service, request.instance_id));
    instance.is_healthy = text(request.status) == "HEALTHY";
    store::put(tx, instance);
    store::publish_instances(tx, service);
    return shapes::UpdateInstanceCustomHealthStatusOutput{};
  });
}

/// Without a health check nothing is known (Cloud Map API, GetInstancesHealthStatus).
Result<shapes::GetInstancesHealthStatusResponse> health(const Deps& deps, const CallContext& context, const shapes::GetInstancesHealthStatusRequest& request) {
  const DiscoveryService service = TRY(service_at(deps.store, context, request.service_id));
  std::vector<DiscoveryInstance> found;
  if (request.instances) {
    for (const std::string& id : *request.instances) found.push_back(TRY(instance_of(deps.store, service, id)));
  } else {
    found = store::all<DiscoveryInstance>(deps.store, service.key() + "#");
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::GetInstancesHealthStatusResponse result{.status = std::map<std::string, std::string>{}};
  for (const auto& instance : answer.items) (*result.status)[instance.id] = service.failure_threshold == 0 ? "UNKNOWN" : instance.is_healthy ? "HEALTHY" : "UNHEALTHY";
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_instance(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "servicediscovery";
  registry.add<shapes::RegisterInstanceRequest, shapes::RegisterInstanceResponse>(service, "RegisterInstance", {"*"}, bind(add));
  registry.add<shapes::DeregisterInstanceRequest, shapes::DeregisterInstanceResponse>(service, "DeregisterInstance", {"*"}, bind(remove));
  registry.add<shapes::GetInstanceRequest, shapes::GetInstanceResponse>(service, "GetInstance", {"*"}, bind(get));
  registry.add<shapes::ListInstancesRequest, shapes::ListInstancesResponse>(service, "ListInstances", {"*"}, bind(list));
  registry.add<shapes::DiscoverInstancesRequest, shapes::DiscoverInstancesResponse>(service, "DiscoverInstances", {"NamespaceName", "ServiceName", "MaxResults", "QueryParameters.*", "OptionalParameters.*", "HealthStatus"}, bind(discover));
  registry.add<shapes::DiscoverInstancesRevisionRequest, shapes::DiscoverInstancesRevisionResponse>(service, "DiscoverInstancesRevision", {"NamespaceName", "ServiceName"}, bind(revision));
  registry.add<shapes::UpdateInstanceCustomHealthStatusRequest, shapes::UpdateInstanceCustomHealthStatusOutput>(service, "UpdateInstanceCustomHealthStatus", {"*"}, bind(set_health));
  registry.add<shapes::GetInstancesHealthStatusRequest, shapes::GetInstancesHealthStatusResponse>(service, "GetInstancesHealthStatus", {"*"}, bind(health));
}

}  // namespace landfall::services::servicediscovery
