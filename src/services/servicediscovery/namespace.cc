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
  shapes::NamespaceProperties out{.dns_properties = shapes::DnsProperties{.soa = shapes::SOA{}}, .http_properties = shapes::HttpProperties{.http_name = n.name}};
  if (n.type != "HTTP") out.dns_properties = shapes::DnsProperties{.hosted_zone_id = n.hosted_zone_id, .soa = shapes::SOA{.ttl = n.soa_ttl}};
  return out;
}

int32_t service_count(const store::Store& store, const Namespace& n) {
  return static_cast<int32_t>(std::ranges::count(store::all<DiscoveryService>(store, n.account + "/" + n.region + "/"), n.id, &DiscoveryService::namespace_id));
}

Result<Namespace> make(const Deps& deps, Transaction& tx, const CallContext& context, Namespace made) {
  for (const Namespace& other : store::all<Namespace>(tx, scope(context))) {
    if (other.name != made.name || other.type != made.type || other.vpc_id != made.vpc_id) continue;
    context.error_members = fmt::format(R"({{"NamespaceId":"{}"}})", other.id);
    return fail("NamespaceAlreadyExists", fmt::format("Namespace already exists: {}", other.id));
  }
  made.account = context.account;
  made.region = context.region;
  made.id = "ns-" + lower(deps.ids.upper_alnum(16));
  made.arn = fmt::format("arn:aws:servicediscovery:{}:{}:namespace/{}", context.region, context.account, made.id);
  made.created_at = deps.clock.wall();
  return made;
}

/// The hosted zone that comes with a DNS namespace.
void put_zone(const Deps& deps, Transaction& tx, Namespace& made) {
  const std::string zone_name = lower(made.name) + (made.name.ends_with(".") ? "" : ".");
  model::HostedZone zone{.account = made.account, .id = "Z" + deps.ids.upper_alnum(20), .name = zone_name, .caller_reference = made.id, .comment = "Created by AWS Cloud Map namespace " + made.id, .is_private = !made.vpc_id.empty()};
  if (zone.is_private) zone.vpcs = {{.region = made.region, .vpc_id = made.vpc_id}};
  store::put(tx, zone);
  store::put(tx, model::RecordSet{.zone_id = zone.id, .name = zone_name, .type = "NS", .ttl = 172800, .values = {"ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."}});
  store::put(tx, model::RecordSet{.zone_id = zone.id, .name = zone_name, .type = "SOA", .ttl = made.soa_ttl, .values = {"ns-1536.awsdns-00.co.uk. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}});
  made.hosted_zone_id = zone.id;
}

/// A hosted zone comes with it (Cloud Map API, CreatePrivateDnsNamespace, CreatePublicDnsNamespace).
template <class Answer, class Request>
Result<Answer> create_dns(const Deps& deps, const CallContext& context, const Request& request) {
  Namespace given{.name = text(request.name), .type = "DNS_PUBLIC", .description = text(request.description), .creator_request_id = text(request.creator_request_id)};
  if constexpr (requires { request.vpc; }) {
    given.type = "DNS_PRIVATE";
    given.vpc_id = text(request.vpc);
  }
  if (request.properties && request.properties->dns_properties && request.properties->dns_properties->soa) given.soa_ttl = request.properties->dns_properties->soa->ttl.value_or(15);
  given.tags = TRY(read_tags(request.tags));
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    if (given.type == "DNS_PRIVATE" && !store::find<model::Vpc>(tx, scope(context) + given.vpc_id)) return fail("InvalidInput", fmt::format("The VPC {} does not exist in {}", given.vpc_id, context.region));
    Namespace made = TRY(make(deps, tx, context, given));
    for (const auto& zone : store::all<model::HostedZone>(tx, context.account + "/")) {
      const bool same = !made.vpc_id.empty() && zone.name == lower(made.name) + (made.name.ends_with(".") ? "" : ".") && std::ranges::any_of(zone.vpcs, [&](const auto& vpc) { return vpc.vpc_id == made.vpc_id; });
      if (same) return fail("InvalidInput", fmt::format("{} has a private hosted zone {} already", made.vpc_id, zone.name));
    }
    put_zone(deps, tx, made);
    store::put(tx, made);
    return Answer{.operation_id = put_operation(deps, tx, context, "CREATE_NAMESPACE", {{"NAMESPACE", made.id}})};
  });
}

Result<shapes::CreateHttpNamespaceResponse> create_http(const Deps& deps, const CallContext& context, const shapes::CreateHttpNamespaceRequest& request) {
  Namespace given{.name = text(request.name), .type = "HTTP", .description = text(request.description), .creator_request_id = text(request.creator_request_id)};
  given.tags = TRY(read_tags(request.tags));
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

/// Description, and the TTL of the zone's SOA record.
template <class Change>
void change_dns(Transaction& tx, Namespace& found, const Change& change) {
  if (change.description) found.description = *change.description;
  if (!change.properties || !change.properties->dns_properties || !change.properties->dns_properties->soa) return;
  found.soa_ttl = change.properties->dns_properties->soa->ttl.value_or(found.soa_ttl);
  for (model::RecordSet record : store::all<model::RecordSet>(tx, found.hosted_zone_id + "/")) {
    if (record.type != "SOA") continue;
    record.ttl = found.soa_ttl;
    store::put(tx, record);
  }
}

Result<shapes::GetNamespaceResponse> get(const Deps& deps, const CallContext& context, const shapes::GetNamespaceRequest& request) {
  const Namespace n = TRY(namespace_at(deps.store, context, request.id));
  shapes::Namespace out{.arn = n.arn, .create_date = n.created_at, .id = n.id, .name = n.name, .properties = properties_of(n), .service_count = service_count(deps.store, n), .type = n.type};
  if (!n.description.empty()) out.description = n.description;
  if (!n.creator_request_id.empty()) out.creator_request_id = n.creator_request_id;
  return shapes::GetNamespaceResponse{.namespace_ = out};
}

Result<shapes::ListNamespacesResponse> list(const Deps& deps, const CallContext& context, const shapes::ListNamespacesRequest& request) {
  std::vector<shapes::NamespaceSummary> found;
  for (const Namespace& n : store::all<Namespace>(deps.store, scope(context))) {
    const bool fits = std::ranges::all_of(request.filters.value_or(std::vector<shapes::NamespaceFilter>{}), [&](const auto& filter) {
      const std::string fact = text(filter.name) == "TYPE" ? n.type : text(filter.name) == "NAME" || text(filter.name) == "HTTP_NAME" ? n.name : "SELF";
      return passes(filter, fact);
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

/// Changes the tags of a namespace or a service.
template <class Answer, class Change>
Result<Answer> tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    if (auto found = namespace_at(tx, context, arn); found && found->arn == text(arn)) {
      const Answer answer = TRY(change(found->tags));
      store::put(tx, *found);
      return answer;
    }
    if (auto found = service_at(tx, context, arn); found && found->arn == text(arn)) {
      const Answer answer = TRY(change(found->tags));
      store::put(tx, *found);
      return answer;
    }
    return fail("ResourceNotFoundException", fmt::format("There is no resource {}", text(arn)));
  });
}

}  // namespace

Result<model::Tags> read_tags(const std::optional<std::vector<shapes::Tag>>& given) {
  constexpr size_t kMostTags = 50;
  model::Tags tags;
  for (const auto& tag : given.value_or(std::vector<shapes::Tag>{})) {
    if (lower(text(tag.key)).starts_with("aws:")) return fail("InvalidInput", fmt::format("Tag key {} begins with aws:, which is reserved", text(tag.key)));
    tags[text(tag.key)] = text(tag.value);
  }
  if (tags.size() > kMostTags) return fail("TooManyTagsException", fmt::format("A resource can have at most {} tags; found {}", kMostTags, tags.size()));
  return tags;
}

void register_namespace(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "servicediscovery";
  registry.add<shapes::CreatePrivateDnsNamespaceRequest, shapes::CreatePrivateDnsNamespaceResponse>(service, "CreatePrivateDnsNamespace", {"*"}, bind([](const Deps& d, const CallContext& c, const shapes::CreatePrivateDnsNamespaceRequest& r) { return create_dns<shapes::CreatePrivateDnsNamespaceResponse>(d, c, r); }));
  registry.add<shapes::CreatePublicDnsNamespaceRequest, shapes::CreatePublicDnsNamespaceResponse>(service, "CreatePublicDnsNamespace", {"*"}, bind([](const Deps& d, const CallContext& c, const shapes::CreatePublicDnsNamespaceRequest& r) { return create_dns<shapes::CreatePublicDnsNamespaceResponse>(d, c, r); }));
  registry.add<shapes::CreateHttpNamespaceRequest, shapes::CreateHttpNamespaceResponse>(service, "CreateHttpNamespace", {"*"}, bind(create_http));
  registry.add<shapes::DeleteNamespaceRequest, shapes::DeleteNamespaceResponse>(service, "DeleteNamespace", {"*"}, bind(remove));
  registry.add<shapes::GetNamespaceRequest, shapes::GetNamespaceResponse>(service, "GetNamespace", {"*"}, bind(get));
  registry.add<shapes::ListNamespacesRequest, shapes::ListNamespacesResponse>(service, "ListNamespaces", {"*"}, bind(list));
  registry.add<shapes::UpdatePrivateDnsNamespaceRequest, shapes::UpdatePrivateDnsNamespaceResponse>(service, "UpdatePrivateDnsNamespace", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return update<shapes::UpdatePrivateDnsNamespaceResponse>(deps, c, r, [&](Transaction& tx, Namespace& found) { change_dns(tx, found, *r.namespace_); });
  });
  registry.add<shapes::UpdatePublicDnsNamespaceRequest, shapes::UpdatePublicDnsNamespaceResponse>(service, "UpdatePublicDnsNamespace", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return update<shapes::UpdatePublicDnsNamespaceResponse>(deps, c, r, [&](Transaction& tx, Namespace& found) { change_dns(tx, found, *r.namespace_); });
  });
  registry.add<shapes::UpdateHttpNamespaceRequest, shapes::UpdateHttpNamespaceResponse>(service, "UpdateHttpNamespace", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return update<shapes::UpdateHttpNamespaceResponse>(deps, c, r, [&](Transaction&, Namespace& found) { found.description = text(r.namespace_->description); });
  });
  registry.add<shapes::TagResourceRequest, shapes::TagResourceResponse>(service, "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return tags<shapes::TagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& all) -> Result<shapes::TagResourceResponse> {
      for (const auto& [key, value] : TRY(read_tags(r.tags))) all[key] = value;
      return shapes::TagResourceResponse{};
    });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceResponse>(service, "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return tags<shapes::UntagResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& all) -> Result<shapes::UntagResourceResponse> {
      for (const auto& key : *r.tag_keys) all.erase(key);
      return shapes::UntagResourceResponse{};
    });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>(service, "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return tags<shapes::ListTagsForResourceResponse>(deps, c, r.resource_arn, [&](model::Tags& all) -> Result<shapes::ListTagsForResourceResponse> {
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
  register_operation(registry, deps);
  register_attribute(registry, deps);
}

}  // namespace landfall::services::servicediscovery
