#include "services/servicediscovery/support.h"

/// Attributes of services.
namespace landfall::services::servicediscovery {
namespace {

constexpr size_t kMostAttributes = 30;  // Cloud Map API, UpdateServiceAttributes

Result<shapes::GetServiceAttributesResponse> get(const Deps& deps, const CallContext& context, const shapes::GetServiceAttributesRequest& request) {
  const DiscoveryService service = TRY(service_at(deps.store, context, request.service_id));
  return shapes::GetServiceAttributesResponse{.service_attributes = shapes::ServiceAttributes{.attributes = service.attributes, .service_arn = service.arn}};
}

Result<shapes::UpdateServiceAttributesResponse> update(const Deps& deps, const CallContext& context, const shapes::UpdateServiceAttributesRequest& request) {
  return transact<shapes::UpdateServiceAttributesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateServiceAttributesResponse> {
    DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    for (const auto& [key, value] : *request.attributes) service.attributes[key] = value;
    if (service.attributes.size() > kMostAttributes) return fail("ServiceAttributesLimitExceededException", fmt::format("A service can have at most {} attributes; found {}", kMostAttributes, service.attributes.size()));
    store::put(tx, service);
    return shapes::UpdateServiceAttributesResponse{};
  });
}

Result<shapes::DeleteServiceAttributesResponse> remove(const Deps& deps, const CallContext& context, const shapes::DeleteServiceAttributesRequest& request) {
  return transact<shapes::DeleteServiceAttributesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteServiceAttributesResponse> {
    DiscoveryService service = TRY(service_at(tx, context, request.service_id));
    for (const std::string& key : *request.attributes) service.attributes.erase(key);
    store::put(tx, service);
    return shapes::DeleteServiceAttributesResponse{};
  });
}

}  // namespace

void register_attribute(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetServiceAttributesRequest, shapes::GetServiceAttributesResponse>("servicediscovery", "GetServiceAttributes", {"*"}, bind(get));
  registry.add<shapes::UpdateServiceAttributesRequest, shapes::UpdateServiceAttributesResponse>("servicediscovery", "UpdateServiceAttributes", {"*"}, bind(update));
  registry.add<shapes::DeleteServiceAttributesRequest, shapes::DeleteServiceAttributesResponse>("servicediscovery", "DeleteServiceAttributes", {"*"}, bind(remove));
}

}  // namespace landfall::services::servicediscovery
