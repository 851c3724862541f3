#include <fmt/format.h>

#include "services/elbv2/support.h"

namespace landfall::services::elbv2 {
namespace {

constexpr size_t kMaxTags = 50;  // per resource: ELBv2 API, AddTags

/// Runs `change` on the tags of the record with that ARN.
template <class Change>
Result<void> on_tags(Transaction& tx, const CallContext& context, const std::string& arn, Change change) {
  const auto apply = [&](auto record) -> Result<void> {
    if (!record) return fail(record.error());
    change(record->tags);
    if (record->tags.size() > kMaxTags) return fail("TooManyTags", "The maximum number of tags has been reached");
    store::put(tx, *record);
    return {};
  };
  if (arn.find(":loadbalancer/") != std::string::npos) return apply(balancer_at(tx, context, arn));
  if (arn.find(":targetgroup/") != std::string::npos) return apply(group_at(tx, context, arn));
  if (arn.find(":truststore/") != std::string::npos) return apply(trust_store_at(tx, context, arn));
  if (arn.find(":listener-rule/") != std::string::npos) return apply(rule_at(tx, context, arn));
  if (arn.find(":listener/") != std::string::npos) return apply(listener_at(tx, context, arn));
  return fail("ValidationError", fmt::format("'{}' is not a valid load balancer, listener, rule, target group or trust store ARN", arn));
}

}  // namespace

void register_tags(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::AddTagsInput, shapes::AddTagsOutput>("elbv2", "AddTags", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::AddTagsOutput> {
    const model::Tags added = TRY(tags_of(r.tags));
    return transact<shapes::AddTagsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::AddTagsOutput> {
      for (const std::string& arn : list(r.resource_arns)) {
        TRY(on_tags(tx, c, arn, [&](model::Tags& tags) { for (const auto& [key, value] : added) tags[key] = value; }));
      }
      return shapes::AddTagsOutput{};
    });
  });
  registry.add<shapes::RemoveTagsInput, shapes::RemoveTagsOutput>("elbv2", "RemoveTags", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::RemoveTagsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RemoveTagsOutput> {
      for (const std::string& arn : list(r.resource_arns)) {
        TRY(on_tags(tx, c, arn, [&](model::Tags& tags) { for (const auto& key : list(r.tag_keys)) tags.erase(key); }));
      }
      return shapes::RemoveTagsOutput{};
    });
  });
  registry.add<shapes::DescribeTagsInput, shapes::DescribeTagsOutput>("elbv2", "DescribeTags", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return transact<shapes::DescribeTagsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTagsOutput> {
      shapes::DescribeTagsOutput result{.tag_descriptions = std::vector<shapes::TagDescription>{}};
      for (const std::string& arn : list(r.resource_arns)) {
        shapes::TagDescription described{.resource_arn = arn, .tags = std::vector<shapes::Tag>{}};
        TRY(on_tags(tx, c, arn, [&](const model::Tags& tags) { for (const auto& [key, value] : tags) described.tags->push_back({.key = key, .value = value}); }));
        result.tag_descriptions->push_back(std::move(described));
      }
      return result;
    });
  });
}

}  // namespace landfall::services::elbv2
