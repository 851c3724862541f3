#include "services/servicediscovery/support.h"

namespace landfall::services::servicediscovery {

void publish(Transaction& tx, const DiscoveryService& service) {
  const auto space = store::find<Namespace>(tx, service.account + "/" + service.region + "/" + service.namespace_id);
  if (!space || space->hosted_zone_id.empty()) return;
  const std::string name = lower(service.name) + "." + lower(space->name) + (space->name.ends_with(".") ? "" : ".");
  const auto instances = store::all<DiscoveryInstance>(tx, service.key() + "#");
  for (const auto& kind : service.records) {
    model::RecordSet record{.zone_id = space->hosted_zone_id, .name = name, .type = kind.type, .ttl = kind.ttl};
    for (const DiscoveryInstance& instance : instances) {
      const auto attribute = [&](const char* key) { return instance.attributes.contains(key) ? instance.attributes.at(key) : std::string(); };
      const std::string ip = attribute("AWS_INSTANCE_IPV4");
      if (!instance.is_healthy || ip.empty()) continue;
      if (kind.type == "A") record.values.push_back(ip);
      if (kind.type != "SRV") continue;
      record.values.push_back(fmt::format("1 1 {} {}.{}", attribute("AWS_INSTANCE_PORT"), lower(instance.id), name));
      store::put(tx, model::RecordSet{.zone_id = space->hosted_zone_id, .name = lower(instance.id) + "." + name, .type = "A", .ttl = kind.ttl, .values = {ip}});
    }
    if (record.values.empty()) store::erase<model::RecordSet>(tx, record.key());
    else store::put(tx, record);
  }
}

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
      if (!request.attributes->contains("AWS_INSTANCE_IPV4")) return fail("InvalidInput", fmt::format("Attribute AWS_INSTANCE_IPV4 must be specified for a service with {} records", kind.type));
      if (kind.type == "SRV" && !request.attributes->contains("AWS_INSTANCE_PORT")) return fail("InvalidInput", "Attribute AWS_INSTANCE_PORT must be specified for a service with SRV records");
    }
    store::put(tx, DiscoveryInstance{.account = context.account, .region = context.region, .service_id = service.id, .id = text(request.instance_id), .attributes = *request.attributes, .created_at = deps.clock.wall()});
    publish(tx, service);
    return shapes::RegisterInstanceResponse{.operation_id = put_operation(deps, tx, context, "REGISTER_INSTANCE", {{"INSTANCE", text(request.instance_id)}, {"SERVICE", service.id}})};
  });
}

Result<shapes::DeregisterInstanceResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeregisterInstanceRequest& request) {
  return transact<shapes::DeregisterInstanceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeregisterInstanceResponse> {
    const DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    const DiscoveryInstance instance = TRY(instance_of(tx, service, request.instance_id));
    store::erase<DiscoveryInstance>(tx, instance.key());
    if (const auto space = store::find<Namespace>(tx, scope(context) + service.namespace_id); space && !space->hosted_zone_id.empty()) {
      const std::string own = fmt::format("{}.{}.{}{}", lower(instance.id), lower(service.name), lower(space->name), space->name.ends_with(".") ? "" : ".");
      store::erase<model::RecordSet>(tx, model::RecordSet{.zone_id = space->hosted_zone_id, .name = own, .type = "A"}.key());
    }
    publish(tx, service);
    return shapes::DeregisterInstanceResponse{.operation_id = put_operation(deps, tx, context, "DEREGISTER_INSTANCE", {{"INSTANCE", instance.id}, {"SERVICE", service.id}})};
  });
}

Result<shapes::GetInstanceResponse> get(const Deps& deps, const CallContext& context, const shapes::GetInstanceRequest& request) {
  const DiscoveryInstance instance = TRY(instance_of(deps.store, TRY(service_at(deps.store, context, request.service_id)), request.instance_id));
  return shapes::GetInstanceResponse{.instance = shapes::Instance{.attributes = instance.attributes, .id = instance.id}};
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

Result<shapes::DiscoverInstancesResponse> discover(const Deps& deps, const CallContext& context, const shapes::DiscoverInstancesRequest& request) {
  for (const Namespace& space : store::all<Namespace>(deps.store, scope(context))) {
    if (space.name != text(request.namespace_name)) continue;
    for (const DiscoveryService& service : store::all<DiscoveryService>(deps.store, scope(context))) {
      if (service.namespace_id != space.id || service.name != text(request.service_name)) continue;
      shapes::DiscoverInstancesResponse answer{.instances = std::vector<shapes::HttpInstanceSummary>{}, .instances_revision = static_cast<int64_t>(deps.store.revision())};
      const std::string wanted = request.health_status.value_or("HEALTHY_OR_ELSE_ALL");
      for (const auto& instance : store::all<DiscoveryInstance>(deps.store, service.key() + "#")) {
        const bool fits = std::ranges::all_of(request.query_parameters.value_or(std::map<std::string, std::string>{}), [&](const auto& pair) { return instance.attributes.contains(pair.first) && instance.attributes.at(pair.first) == pair.second; });
        if (!fits || (wanted == "HEALTHY" && !instance.is_healthy) || (wanted == "UNHEALTHY" && instance.is_healthy)) continue;
        answer.instances->push_back({.attributes = instance.attributes, .health_status = instance.is_healthy ? "HEALTHY" : "UNHEALTHY", .instance_id = instance.id, .namespace_name = space.name, .service_name = service.name});
      }
      return answer;
    }
    return fail("ServiceNotFound", fmt::format("Service not found: {}", text(request.service_name)));
  }
  return fail("NamespaceNotFound", fmt::format("Namespace not found: {}", text(request.namespace_name)));
}

Result<shapes::UpdateInstanceCustomHealthStatusOutput> set_health(const Deps& deps, const CallContext& context, const shapes::UpdateInstanceCustomHealthStatusRequest& request) {
  return transact<shapes::UpdateInstanceCustomHealthStatusOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateInstanceCustomHealthStatusOutput> {
    const DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    if (service.failure_threshold == 0) return fail("CustomHealthNotFound", fmt::format("{} has no custom health check", service.id));
    DiscoveryInstance instance = TRY(instance_of(tx, service, request.instance_id));
    instance.is_healthy = text(request.status) == "HEALTHY";
    store::put(tx, instance);
    publish(tx, service);
    return shapes::UpdateInstanceCustomHealthStatusOutput{};
  });
}

Result<shapes::GetInstancesHealthStatusResponse> health(const Deps& deps, const CallContext& context, const shapes::GetInstancesHealthStatusRequest& request) {
  const DiscoveryService service = TRY(service_at(deps.store, context, request.service_id));
  shapes::GetInstancesHealthStatusResponse answer{.status = std::map<std::string, std::string>{}};
  for (const auto& instance : store::all<DiscoveryInstance>(deps.store, service.key() + "#")) {
    if (!request.instances || std::ranges::count(*request.instances, instance.id) > 0) (*answer.status)[instance.id] = instance.is_healthy ? "HEALTHY" : "UNHEALTHY";
  }
  return answer;
}

}  // namespace

void register_instance(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "servicediscovery";
  registry.add<shapes::RegisterInstanceRequest, shapes::RegisterInstanceResponse>(service, "RegisterInstance", {"*"}, bind(add));
  registry.add<shapes::DeregisterInstanceRequest, shapes::DeregisterInstanceResponse>(service, "DeregisterInstance", {"*"}, bind(remove));
  registry.add<shapes::GetInstanceRequest, shapes::GetInstanceResponse>(service, "GetInstance", {"*"}, bind(get));
  registry.add<shapes::ListInstancesRequest, shapes::ListInstancesResponse>(service, "ListInstances", {"*"}, bind(list));
  registry.add<shapes::DiscoverInstancesRequest, shapes::DiscoverInstancesResponse>(service, "DiscoverInstances", {"NamespaceName", "ServiceName", "MaxResults", "QueryParameters.*", "HealthStatus"}, bind(discover));
  registry.add<shapes::UpdateInstanceCustomHealthStatusRequest, shapes::UpdateInstanceCustomHealthStatusOutput>(service, "UpdateInstanceCustomHealthStatus", {"*"}, bind(set_health));
  registry.add<shapes::GetInstancesHealthStatusRequest, shapes::GetInstancesHealthStatusResponse>(service, "GetInstancesHealthStatus", {"ServiceId", "Instances.*"}, bind(health));
}

}  // namespace landfall::services::servicediscovery
