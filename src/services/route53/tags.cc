#include <fmt/format.h>

#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

constexpr size_t kMaxTags = 10;  // Route 53 API, ChangeTagsForResource

bool is_zone(const std::optional<std::string>& type) { return text(type) == "hostedzone"; }

Result<model::Tags> tags_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& type, const std::optional<std::string>& id) {
  if (is_zone(type)) return TRY(zone_with(tx, context, id)).tags;
  return TRY(health_check_with(tx, context, id)).tags;
}

Result<void> put_tags(Transaction& tx, const CallContext& context, const shapes::ChangeTagsForResourceRequest& request, const model::Tags& tags) {
  if (is_zone(request.resource_type)) {
    model::HostedZone zone = TRY(zone_with(tx, context, request.resource_id));
    zone.tags = tags;
    store::put(tx, zone);
    return {};
  }
  model::DnsHealthCheck check = TRY(health_check_with(tx, context, request.resource_id));
  check.tags = tags;
  store::put(tx, check);
  return {};
}

Result<shapes::ChangeTagsForResourceResponse> change(const Deps& deps, const CallContext& context, const shapes::ChangeTagsForResourceRequest& request) {
  return transact<shapes::ChangeTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ChangeTagsForResourceResponse> {
    model::Tags tags = TRY(tags_of(tx, context, request.resource_type, request.resource_id));
    for (const std::string& key : request.remove_tag_keys.value_or(std::vector<std::string>{})) tags.erase(key);
    for (const shapes::Tag& tag : request.add_tags.value_or(std::vector<shapes::Tag>{})) tags[text(tag.key)] = text(tag.value);
    if (tags.size() > kMaxTags) return fail("InvalidInput", fmt::format("{} would have {} tags; wanted at most {}", plain_id(request.resource_id), tags.size(), kMaxTags));
    TRY(put_tags(tx, context, request, tags));
    return shapes::ChangeTagsForResourceResponse{};
  });
}

shapes::ResourceTagSet set_of(const std::string& id, const std::optional<std::string>& type, const model::Tags& tags) {
  shapes::ResourceTagSet set{.resource_id = id, .resource_type = type, .tags = std::vector<shapes::Tag>{}};
  for (const auto& [key, value] : tags) set.tags->push_back({.key = key, .value = value});
  return set;
}

Result<shapes::ListTagsForResourceResponse> list(const Deps& deps, const CallContext& context, const shapes::ListTagsForResourceRequest& request) {
  return transact<shapes::ListTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsForResourceResponse> {
    const model::Tags tags = TRY(tags_of(tx, context, request.resource_type, request.resource_id));
    return shapes::ListTagsForResourceResponse{.resource_tag_set = set_of(plain_id(request.resource_id), request.resource_type, tags)};
  });
}

Result<shapes::ListTagsForResourcesResponse> list_several(const Deps& deps, const CallContext& context, const shapes::ListTagsForResourcesRequest& request) {
  const auto ids = request.resource_ids.value_or(std::vector<std::string>{});
  if (ids.empty() || ids.size() > kMaxTags) return fail("InvalidInput", fmt::format("ResourceIds has {} members; wanted 1 to {}", ids.size(), kMaxTags));
  return transact<shapes::ListTagsForResourcesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsForResourcesResponse> {
    shapes::ListTagsForResourcesResponse answer{.resource_tag_sets = std::vector<shapes::ResourceTagSet>{}};
    for (const std::string& id : ids) {
      const model::Tags tags = TRY(tags_of(tx, context, request.resource_type, id));
      answer.resource_tag_sets->push_back(set_of(plain_id(id), request.resource_type, tags));
    }
    return answer;
  });
}

}  // namespace

void register_tags(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::ChangeTagsForResourceRequest, shapes::ChangeTagsForResourceResponse>("route53", "ChangeTagsForResource", {"ResourceType", "ResourceId", "AddTags.*", "RemoveTagKeys"}, bind(change));
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>("route53", "ListTagsForResource", {"ResourceType", "ResourceId"}, bind(list));
  registry.add<shapes::ListTagsForResourcesRequest, shapes::ListTagsForResourcesResponse>("route53", "ListTagsForResources", {"*"}, bind(list_several));
}

}  // namespace landfall::services::route53
