#include <fmt/format.h>

#include "services/dynamodb/support.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoTable;

Result<shapes::DescribeTimeToLiveOutput> time_to_live(const Deps& deps, const CallContext& context, const shapes::DescribeTimeToLiveInput& request) {
  return transact<shapes::DescribeTimeToLiveOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTimeToLiveOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    shapes::TimeToLiveDescription description{.time_to_live_status = table.ttl_attribute.empty() ? "DISABLED" : "ENABLED"};
    if (!table.ttl_attribute.empty()) description.attribute_name = table.ttl_attribute;
    return shapes::DescribeTimeToLiveOutput{.time_to_live_description = description};
  });
}

/// The sweep (expiry.h) takes items away soon after their time; AWS does "within a few days".
Result<shapes::UpdateTimeToLiveOutput> update_time_to_live(const Deps& deps, const CallContext& context, const shapes::UpdateTimeToLiveInput& request) {
  const auto& wanted = *request.time_to_live_specification;
  return transact<shapes::UpdateTimeToLiveOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateTimeToLiveOutput> {
    DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    const bool is_on = wanted.enabled.value_or(false);
    if (is_on && !table.ttl_attribute.empty()) return fail("ValidationException", "TimeToLive is already enabled");
    if (!is_on && table.ttl_attribute.empty()) return fail("ValidationException", "TimeToLive is already disabled");
    if (!is_on && table.ttl_attribute != text(wanted.attribute_name)) return fail("ValidationException", fmt::format("TimeToLive is active on a different AttributeName: current AttributeName is {}", table.ttl_attribute));
    table.ttl_attribute = is_on ? text(wanted.attribute_name) : "";
    store::put(tx, table);
    return shapes::UpdateTimeToLiveOutput{.time_to_live_specification = wanted};
  });
}

/// DynamoDB quotas, Read/write throughput: the defaults of an account.
Result<shapes::DescribeLimitsOutput> limits(const Deps&, const CallContext&, const shapes::DescribeLimitsInput&) {
  return shapes::DescribeLimitsOutput{.account_max_read_capacity_units = 80'000, .account_max_write_capacity_units = 80'000, .table_max_read_capacity_units = 40'000, .table_max_write_capacity_units = 40'000};
}

Result<shapes::DescribeEndpointsResponse> endpoints(const Deps&, const CallContext& context, const shapes::DescribeEndpointsRequest&) {
  return shapes::DescribeEndpointsResponse{.endpoints = std::vector<shapes::Endpoint>{{.address = fmt::format("dynamodb.{}.amazonaws.com", context.region), .cache_period_in_minutes = 1440}}};
}

Result<DynamoTable> table_of_arn(const Transaction& tx, const CallContext& context, const std::optional<std::string>& arn) {
  auto table = table_named(tx, context, arn, false);
  if (!text(arn).starts_with("arn:")) return fail("ValidationException", fmt::format("Invalid TableArn: Invalid ResourceArn provided as input {}", text(arn)));
  if (!table || arn_of(*table) != *arn) return fail("ResourceNotFoundException", fmt::format("Requested resource not found: ResourcArn: {} not found", *arn));
  return table;
}

Result<shapes::ListTagsOfResourceOutput> list_tags(const Deps& deps, const CallContext& context, const shapes::ListTagsOfResourceInput& request) {
  return transact<shapes::ListTagsOfResourceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ListTagsOfResourceOutput> {
    shapes::ListTagsOfResourceOutput answer{.tags = std::vector<shapes::Tag>{}};
    const auto table = TRY(table_of_arn(tx, context, request.resource_arn));
    for (const auto& [key, value] : table.tags) answer.tags->push_back({.key = key, .value = value});
    return answer;
  });
}

Result<shapes::TagResourceOutput> tag(const Deps& deps, const CallContext& context, const shapes::TagResourceInput& request) {
  return transact<shapes::TagResourceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::TagResourceOutput> {
    DynamoTable table = TRY(table_of_arn(tx, context, request.resource_arn));
    for (const shapes::Tag& one : request.tags.value_or(std::vector<shapes::Tag>{})) table.tags[text(one.key)] = text(one.value);
    store::put(tx, table);
    return shapes::TagResourceOutput{};
  });
}

Result<shapes::UntagResourceOutput> untag(const Deps& deps, const CallContext& context, const shapes::UntagResourceInput& request) {
  return transact<shapes::UntagResourceOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UntagResourceOutput> {
    DynamoTable table = TRY(table_of_arn(tx, context, request.resource_arn));
    for (const std::string& key : request.tag_keys.value_or(std::vector<std::string>{})) table.tags.erase(key);
    store::put(tx, table);
    return shapes::UntagResourceOutput{};
  });
}

}  // namespace

void register_table_settings(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeTimeToLiveInput, shapes::DescribeTimeToLiveOutput>("dynamodb", "DescribeTimeToLive", {"TableName"}, bind(time_to_live));
  registry.add<shapes::UpdateTimeToLiveInput, shapes::UpdateTimeToLiveOutput>("dynamodb", "UpdateTimeToLive", {"TableName", "TimeToLiveSpecification.*"}, bind(update_time_to_live));
  registry.add<shapes::DescribeLimitsInput, shapes::DescribeLimitsOutput>("dynamodb", "DescribeLimits", {}, bind(limits));
  registry.add<shapes::DescribeEndpointsRequest, shapes::DescribeEndpointsResponse>("dynamodb", "DescribeEndpoints", {}, bind(endpoints));
  registry.add<shapes::ListTagsOfResourceInput, shapes::ListTagsOfResourceOutput>("dynamodb", "ListTagsOfResource", {"ResourceArn"}, bind(list_tags));
  registry.add<shapes::TagResourceInput, shapes::TagResourceOutput>("dynamodb", "TagResource", {"ResourceArn", "Tags.*"}, bind(tag));
  registry.add<shapes::UntagResourceInput, shapes::UntagResourceOutput>("dynamodb", "UntagResource", {"ResourceArn", "TagKeys"}, bind(untag));
}

}  // namespace landfall::services::dynamodb
