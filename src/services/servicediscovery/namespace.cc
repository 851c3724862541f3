#include "services/servicediscovery/servicediscovery.h"
#include "services/servicediscovery/support.h"

namespace landfall::services::servicediscovery {

std::string put_operation(const Deps& deps, Transaction& tx, const CallContext& context, const std::string& type, std::map<std::string, std::string> targets) {
  const model::DiscoveryOperation operation{.account = context.account, .region = context.region, .id = lower(deps.ids.upper_alnum(32)) + "-" + lower(deps.ids.upper_alnum(8)), .type = type,
                                            .targets = std::move(targets), .created_at = deps.clock.wall(), .updated_at = deps.clock.wall()};
  store::put(tx, operation);
  return operation.id;
}

namespace {

shapes::NamespaceProperties properties_of(const Namespace& n) {
  shapes::NamespaceProperties out{.dns_properties = shapes::DnsProperties{}, .http_properties = shapes::HttpProperties{.http_name = n.name}};
  if (n.type == "DNS_PRIVATE") out.dns_properties = shapes::DnsProperties{.hosted_zone_id = n.hosted_zone_id, .soa = shapes::SOA{.ttl = n.soa_ttl}};
  return out;
}

int32_t service_count(const store::Store& store, const Namespace& n) {
  return static_cast<int32_t>(std::ranges::count(store::all<DiscoveryService>(store, n.account + "/" + n.region + "/"), n.id, &DiscoveryService::namespace_id));
}

Result<Namespace> make(const Deps& deps, Transaction& tx, const CallContext& context, Namespace made) {
  for (const Namespace& other : store::all<Namespace>(tx, scope(context))) {
    if (other.name == made.name && other.vpc_id == made.vpc_id) return fail("NamespaceAlreadyExists", fmt::format("The namespace {} exists already: {}", made.name, other.id));
  }
  made.account = context.account;
  made.region = context.region;
  made.id = "ns-" + lower(deps.ids.upper_alnum(16));
  made.arn = fmt::format("arn:aws:servicediscovery:{}:{}:namespace/{}", context.region, context.account, made.id);
  made.created_at = deps.clock.wall();
  return made;
}

/// A private hosted zone comes with it (Cloud Map API, CreatePrivateDnsNamespace).
Result<shapes::CreatePrivateDnsNamespaceResponse> create_private(const Deps& deps, const CallContext& context, const shapes::CreatePrivateDnsNamespaceRequest& request) {
  Namespace given{.name = text(request.name), .type = "DNS_PRIVATE", .description = text(request.description), .vpc_id = text(request.vpc)};
  if (request.properties && request.properties->dns_properties && request.properties->dns_properties->soa) given.soa_ttl = request.properties->dns_properties->soa->ttl.value_or(15);
  for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) given.tags[text(tag.key)] = text(tag.value);
  return transact<shapes::CreatePrivateDnsNamespaceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreatePrivateDnsNamespaceResponse> {
    if (!store::find<model::Vpc>(tx, scope(context) + given.vpc_id)) return fail("InvalidInput", fmt::format("The VPC {} does not exist in {}", given.vpc_id, context.region));
    Namespace made = TRY(make(deps, tx, context, given));
    const std::string zone_name = lower(made.name) + (made.name.ends_with(".") ? "" : ".");
    for (const auto& zone : store::all<model::HostedZone>(tx, context.account + "/")) {
      const bool same = zone.name == zone_name && std::ranges::any_of(zone.vpcs, [&](const auto& vpc) { return vpc.vpc_id == made.vpc_id; });
      if (same) return fail("InvalidInput", fmt::format("{} has a private hosted zone {} already", made.vpc_id, zone_name));
    }
    const model::HostedZone zone{.account = context.account, .id = "Z" + deps.ids.upper_alnum(20), .name = zone_name, .caller_reference = made.id, .comment = "Created by AWS Cloud Map namespace " + made.id, .is_private = true,
                                 .vpcs = {{.region = context.region, .vpc_id = made.vpc_id}}};
    store::put(tx, zone);
    store::put(tx, model::RecordSet{.zone_id = zone.id, .name = zone_name, .type = "NS", .ttl = 172800, .values = {"ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."}});
    store::put(tx, model::RecordSet{.zone_id = zone.id, .name = zone_name, .type = "SOA", .ttl = made.soa_ttl, .values = {"ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}});
    made.hosted_zone_id = zone.id;
    store::put(tx, made);
    return shapes::CreatePrivateDnsNamespaceResponse{.operation_id = put_operation(deps, tx, context, "CREATE_NAMESPACE", {{"NAMESPACE", made.id}})};
  });
}

Result<shapes::CreateHttpNamespaceResponse> create_http(const Deps& deps, const CallContext& context, const shapes::CreateHttpNamespaceRequest& request) {
  Namespace given{.name = text(request.name), .type = "HTTP", .description = text(request.description)};
  for (const auto& tag : request.tags.value_or(std::vector<shapes::Tag>{})) given.tags[text(tag.key)] = text(tag.value);
  return transact<shapes::CreateHttpNamespaceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateHttpNamespaceResponse> {
    const Namespace made = TRY(make(deps, tx, context, given));
    store::put(tx, made);
    return shapes::CreateHttpNamespaceResponse{.operation_id = put_operation(deps, tx, context, "CREATE_NAMESPACE", {{"NAMESPACE", made.id}})};
  });
}

Result<shapes::DeleteNamespaceResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteNamespaceRequest& request) {
  return transact<shapes::DeleteNamespaceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteNamespaceResponse> {
    const Namespace found = TRY(namespace_at(tx, context, request.id));
    for (const auto& service : store::all<DiscoveryService>(tx, scope(context))) {
      if (service.namespace_id == found.id) return fail("ResourceInUse", fmt::format("Namespace has associated services: {}", found.id));
    }
    for (const auto& record : store::all<model::RecordSet>(tx, found.hosted_zone_id + "/")) {
      if (!found.hosted_zone_id.empty()) store::erase<model::RecordSet>(tx, record.key());
    }
    if (!found.hosted_zone_id.empty()) store::erase<model::HostedZone>(tx, context.account + "/" + found.hosted_zone_id);
    store::erase<Namespace>(tx, found.key());
    return shapes::DeleteNamespaceResponse{.operation_id = put_operation(deps, tx, context, "DELETE_NAMESPACE", {{"NAMESPACE", found.id}})};
  });
}

template <class Answer, class Request, class Change>
Result<Answer> update(const Deps& deps, const CallContext& context, const Request& request, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Namespace found = TRY(namespace_at(tx, context, request.id));
    change(tx, found);
    store::put(tx, found);
    return Answer{.operation_id = put_operation(deps, tx, context, "UPDATE_NAMESPACE", {{"NAMESPACE", found.id}})};
  });
}

Result<shapes::GetNamespaceResponse> get(const Deps& deps, const CallContext& context, const shapes::GetNamespaceRequest& request) {
  const Namespace n = TRY(namespace_at(deps.store, context, request.id));
  shapes::Namespace out{.arn = n.arn, .create_date = n.created_at, .id = n.id, .name = n.name, .properties = properties_of(n), .service_count = service_count(deps.store, n), .type = n.type};
  if (!n.description.empty()) out.description = n.description;
  return shapes::GetNamespaceResponse{.namespace_ = out};
}

Result<shapes::ListNamespacesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListNamespacesRequest& request) {
  std::vector<shapes::NamespaceSummary> found;
  for (const Namespace& n : store::all<Namespace>(deps.store, scope(context))) {
    const bool fits = std::ranges::all_of(request.filters.value_or(std::vector<shapes::NamespaceFilter>{}), [&](const auto& filter) {
      const std::string fact = text(filter.name) == "TYPE" ? n.type : text(filter.name) == "NAME" || text(filter.name) == "HTTP_NAME" ? n.name : "";
      return std::ranges::any_of(*filter.values, [&](const std::string& value) { return text(filter.condition) == "BEGINS_WITH" ? fact.starts_with(value) : fact == value; });
    });
    if (!fits) continue;
    shapes::NamespaceSummary out{.arn = n.arn, .create_date = n.created_at, .id = n.id, .name = n.name, .properties = properties_of(n), .service_count = service_count(deps.store, n), .type = n.type};
    if (!n.description.empty()) out.description = n.description;
    found.push_back(std::move(out));
  }
  auto answer = TRY(page(std::move(found), request.max_results, request.next_token));
  shapes::ListNamespacesResponse result{.namespaces = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

Result<shapes::GetOperationResponse> operation(const Deps& deps, const CallContext& context, const shapes::GetOperationRequest& request) {
  const auto found = store::find<model::DiscoveryOperation>(deps.store, scope(context) + text(request.operation_id));
  if (!found) return fail("OperationNotFound", fmt::format("Operation not found: {}", text(request.operation_id)));
  return shapes::GetOperationResponse{.operation = shapes::Operation{.create_date = found->created_at, .id = found->id, .status = found->status, .targets = found->targets, .type = found->type, .update_date = found->updated_at}};
}

/// Changes the tags of a namespace or a service.
template <class Answer, class Change>
Result<Answer> tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    if (auto found = namespace_at(tx, context, arn); found && found->arn == text(arn)) {
      const Answer answer = change(found->tags);
      store::put(tx, *found);
      return answer;
    }
    if (auto found = service_at(tx, context, arn); found && found->arn == text(arn)) {
      const Answer answer = change(found->tags);
      store::put(tx, *found);
      return answer;
    }
    return fail("ResourceNotFoundException", fmt::format("There is no resource {}", text(arn)));
  });
}

}  // namespace

void register_namespace(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "servicediscovery";
  registry.add<shapes::CreatePrivateDnsNamespaceRequest, shapes::CreatePrivateDnsNamespaceResponse>(service, "CreatePrivateDnsNamespace", {"*"}, bind(create_private));
  registry.add<shapes::CreateHttpNamespaceRequest, shapes::CreateHttpNamespaceResponse>(service, "CreateHttpNamespace", {"*"}, bind(create_http));
  registry.add<shapes::DeleteNamespaceRequest, shapes::DeleteNamespaceResponse>(service, "DeleteNamespace", {"*"}, bind(remove));
  registry.add<shapes::GetNamespaceRequest, shapes::GetNamespaceResponse>(service, "GetNamespace", {"*"}, bind(get));
  registry.add<shapes::ListNamespacesRequest, shapes::ListNamespacesResponse>(service, "ListNamespaces", {"*"}, bind(list));
  registry.add<shapes::GetOperationRequest, shapes::GetOperationResponse>(service, "GetOperation", {"*"}, bind(operation));
  registry.add<shapes::UpdatePrivateDnsNamespaceRequest, shapes::UpdatePrivateDnsNamespaceResponse>(service, "UpdatePrivateDnsNamespace", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return update<shapes::UpdatePrivateDnsNamespaceResponse>(deps, c, r, [&](Transaction& tx, Namespace& found) {
      if (r.namespace_->description) found.description = *r.namespace_->description;
      if (!r.namespace_->properties || !r.namespace_->properties->dns_properties || !r.namespace_->properties->dns_properties->soa) return;
      found.soa_ttl = r.namespace_->properties->dns_properties->soa->ttl.value_or(found.soa_ttl);
      for (model::RecordSet record : store::all<model::RecordSet>(tx, found.hosted_zone_id + "/")) {
        if (record.type != "SOA") continue;
        record.ttl = found.soa_ttl;
        store::put(tx, record);
      }
    });
  });
  registry.add<shapes::UpdateHttpNamespaceRequest, shapes::UpdateHttpNamespaceResponse>(service, "UpdateHttpNamespace", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return update<shapes::UpdateHttpNamespaceResponse>(deps, c, r, [&](Transaction&, Namespace& found) { found.description = text(r.namespace_->description); });
  });
  registry.add<shapes::TagResourceRequest, shapes::TagResourceResponse>(service, "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return tags<shapes::TagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& all) {
      for (const auto& tag : *r.tags) all[text(tag.key)] = text(tag.value);
      return shapes::TagResourceResponse{};
    });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceResponse>(service, "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return tags<shapes::UntagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& all) {
      for (const auto& key : *r.tag_keys) all.erase(key);
      return shapes::UntagResourceResponse{};
    });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>(service, "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return tags<shapes::ListTagsForResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& all) {
      shapes::ListTagsForResourceResponse answer{.tags = std::vector<shapes::Tag>{}};
      for (const auto& [key, value] : all) answer.tags->push_back({.key = key, .value = value});
      return answer;
    });
  });
}

void register_servicediscovery(aws::Registry& registry, const Deps& deps) {
  register_namespace(registry, deps);
  register_service(registry, deps);
  register_instance(registry, deps);
}

}  // namespace landfall::services::servicediscovery
