#include <fmt/format.h>

#include "services/route53/support.h"

namespace landfall::services::route53 {
namespace {

constexpr size_t kMaxTags = 10;  // Route 53 API, ChangeTagsForResource

Result<model::HostedZone> tagged(const Transaction& tx, const CallContext& context, const std::optional<std::string>& type, const std::optional<std::string>& id) {
  if (text(type) != "hostedzone") return fail("InvalidInput", fmt::format("Landfall does not support the resource type '{}' of tags yet; wanted hostedzone", text(type)));
  return zone_with(tx, context, id);
}

Result<shapes::ChangeTagsForResourceResponse> change(const Deps& deps, const CallContext& context, const shapes::ChangeTagsForResourceRequest& request) {
  return transact<shapes::ChangeTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ChangeTagsForResourceResponse> {
    model::HostedZone zone = TRY(tagged(tx, context, request.resource_type, request.resource_id));
    for (const std::string& key : request.remove_tag_keys.value_or(std::vector<std::string>{})) zone.tags.erase(key);
    for (const shapes::Tag& tag : request.add_tags.value_or(std::vector<shapes::Tag>{})) zone.tags[text(tag.key)] = text(tag.value);
    if (zone.tags.size() > kMaxTags) return fail("InvalidInput", fmt::format("The hosted zone would have {} tags; wanted at most {}", zone.tags.size(), kMaxTags));
    store::put(tx, zone);
    return shapes::ChangeTagsForResourceResponse{};
  });
}

shapes::ResourceTagSet set_of(const model::HostedZone& zone) {
  shapes::ResourceTagSet set{.resource_id = zone.id, .resource_type = "hostedzone", .tags = std::vector<shapes::Tag>{}};
  for (const auto& [key, value] : zone.tags) set.tags->push_back({.key = key, .value = value});
  return set;
}

Result<shapes::ListTagsForResourceResponse> list(const Deps& deps, const CallContext& context, const shapes::ListTagsForResourceRequest& request) {
  return transact<shapes::ListTagsForResourceResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsForResourceResponse> {
    return shapes::ListTagsForResourceResponse{.resource_tag_set = set_of(TRY(tagged(tx, context, request.resource_type, request.resource_id)))};
  });
}

Result<shapes::ListTagsForResourcesResponse> list_several(const Deps& deps, const CallContext& context, const shapes::ListTagsForResourcesRequest& request) {
  return transact<shapes::ListTagsForResourcesResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsForResourcesResponse> {
    shapes::ListTagsForResourcesResponse answer{.resource_tag_sets = std::vector<shapes::ResourceTagSet>{}};
    for (const std::string& id : request.resource_ids.value_or(std::vector<std::string>{})) answer.resource_tag_sets->push_back(set_of(TRY(tagged(tx, context, request.resource_type, id))));
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
