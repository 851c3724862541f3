#include "services/servicediscovery/support.h"

namespace landfall::services::servicediscovery {
namespace {

template <class Out>
Out render(const store::Store& store, const DiscoveryService& s) {
  Out out;
  out.arn = s.arn;
  out.create_date = s.created_at;
  out.id = s.id;
  out.name = s.name;
  if (!s.description.empty()) out.description = s.description;
  out.instance_count = static_cast<int32_t>(store::all<DiscoveryInstance>(store, s.account + "/" + s.region + "/" + s.id + "#").size());
  const auto space = store::find<Namespace>(store, s.account + "/" + s.region + "/" + s.namespace_id);
  out.type = s.records.empty() || !space || space->type == "HTTP" ? "HTTP" : "DNS_HTTP";
  if (!s.records.empty()) {
    shapes::DnsConfig config{.dns_records = std::vector<shapes::DnsRecord>{}, .namespace_id = s.namespace_id, .routing_policy = s.routing_policy};
    for (const auto& record : s.records) config.dns_records->push_back({.ttl = record.ttl, .type = record.type});
    out.dns_config = config;
  }
  if (s.failure_threshold > 0) out.health_check_custom_config = shapes::HealthCheckCustomConfig{.failure_threshold = s.failure_threshold};
  if constexpr (requires { out.namespace_id; }) out.namespace_id = s.namespace_id;
  if constexpr (requires { out.creator_request_id; }) {
    if (!s.creator_request_id.empty()) out.creator_request_id = s.creator_request_id;
  }
  return out;
}

/// A, AAAA, both, SRV, or a CNAME alone, which is of one instance at a time (Cloud Map API, DnsConfig, DnsRecord).
Result<std::vector<model::DnsRecordKind>> read_records(const std::vector<shapes::DnsRecord>& given, const std::string& routing_policy) {
  std::vector<model::DnsRecordKind> records;
  for (const auto& record : given) records.push_back({.type = text(record.type), .ttl = record.ttl.value_or(60)});
  const bool has_name = std::ranges::count(records, "CNAME", &model::DnsRecordKind::type) > 0;
  if (has_name && records.size() > 1) return fail("InvalidInput", "If you specify CNAME for the type of a record, no other record may be specified");
  if (has_name && routing_policy != "WEIGHTED") return fail("InvalidInput", "If you specify CNAME for the type of a record, the routing policy must be WEIGHTED");
  return records;
}

Result<shapes::CreateServiceResponse> create(const Deps& deps, const CallContext& context, const shapes::CreateServiceRequest& request) {
  return transact<shapes::CreateServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateServiceResponse> {
    const std::optional<std::string> named = request.namespace_id ? request.namespace_id : request.dns_config ? request.dns_config->namespace_id : std::nullopt;
    if (!named) return fail("InvalidInput", "Either NamespaceId or DnsConfig.NamespaceId must be specified");
    const Namespace space = TRY(namespace_at(tx, context, named));
    if (request.dns_config && space.type == "HTTP") return fail("InvalidInput", "DnsConfig cannot be specified for a service in an HTTP namespace");
    for (const auto& other : store::all<DiscoveryService>(tx, scope(context))) {
      if (other.namespace_id == space.id && iequals(other.name, text(request.name))) {
        context.error_members = fmt::format(R"({{"ServiceId":"{}"}})", other.id);
        return fail("ServiceAlreadyExists", fmt::format("Service already exists: {}", other.id));
      }
    }
    DiscoveryService made{.account = context.account, .region = context.region, .id = "srv-" + lower(deps.ids.upper_alnum(16)), .name = text(request.name), .namespace_id = space.id, .description = text(request.description), .creator_request_id = text(request.creator_request_id), .created_at = deps.clock.wall()};
    made.arn = fmt::format("arn:aws:servicediscovery:{}:{}:service/{}", context.region, context.account, made.id);
    if (request.dns_config) {
      made.routing_policy = request.dns_config->routing_policy.value_or("MULTIVALUE");
      made.records = TRY(read_records(*request.dns_config->dns_records, made.routing_policy));
    }
    if (request.health_check_custom_config) made.failure_threshold = request.health_check_custom_config->failure_threshold.value_or(1);
    made.tags = TRY(read_tags(request.tags));
    store::put(tx, made);
    return shapes::CreateServiceResponse{.service = render<shapes::Service>(deps.store, made)};
  });
}

Result<shapes::GetServiceResponse> get(const Deps& deps, const CallContext& context, const shapes::GetServiceRequest& request) {
  return shapes::GetServiceResponse{.service = render<shapes::Service>(deps.store, TRY(service_at(deps.store, context, request.id)))};
}

Result<shapes::UpdateServiceResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateServiceRequest& request) {
  return transact<shapes::UpdateServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateServiceResponse> {
    DiscoveryService found = TRY(service_at(tx, context, request.id));
    if (request.service->description) found.description = *request.service->description;
    found.records = request.service->dns_config ? TRY(read_records(*request.service->dns_config->dns_records, found.routing_policy)) : std::vector<model::DnsRecordKind>{};  // what is left out goes
    store::put(tx, found);
    store::publish_instances(tx, found);
    return shapes::UpdateServiceResponse{.operation_id = put_operation(deps, tx, context, "UPDATE_SERVICE", {{"SERVICE", found.id}})};
  });
}

Result<shapes::DeleteServiceResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteServiceRequest& request) {
  return transact<shapes::DeleteServiceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServiceResponse> {
    const DiscoveryService found = TRY(service_at(tx, context, request.id));
    if (!store::all<DiscoveryInstance>(tx, found.key() + "#").empty()) return fail("ResourceInUse", fmt::format("Service contains registered instances; delete the instances before deleting the service: {}", found.id));
    store::erase<DiscoveryService>(tx, found.key());
    return shapes::DeleteServiceResponse{};
  });
}

Result<shapes::ListServicesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListServicesRequest& request) {
  std::vector<shapes::ServiceSummary> found;
  for (const DiscoveryService& s : store::all<DiscoveryService>(deps.store, scope(context))) {
    const bool fits = std::ranges::all_of(request.filters.value_or(std::vector<shapes::ServiceFilter>{}), [&](const auto& filter) { return passes(filter, text(filter.name) == "NAMESPACE_ID" ? s.namespace_id : "SELF"); });
    if (fits) found.push_back(render<shapes::ServiceSummary>(deps.store, s));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::ListServicesResponse result{.services = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_service(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "servicediscovery";
  registry.add<shapes::CreateServiceRequest, shapes::CreateServiceResponse>(service, "CreateService", {"Name", "NamespaceId", "CreatorRequestId", "Description", "DnsConfig.*", "HealthCheckCustomConfig.*", "Tags.*"}, bind(create));
  registry.add<shapes::GetServiceRequest, shapes::GetServiceResponse>(service, "GetService", {"*"}, bind(get));
  registry.add<shapes::UpdateServiceRequest, shapes::UpdateServiceResponse>(service, "UpdateService", {"Id", "Service.Description", "Service.DnsConfig.*"}, bind(update));
  registry.add<shapes::DeleteServiceRequest, shapes::DeleteServiceResponse>(service, "DeleteService", {"*"}, bind(remove));
  registry.add<shapes::ListServicesRequest, shapes::ListServicesResponse>(service, "ListServices", {"*"}, bind(list));
}

}  // namespace landfall::services::servicediscovery
