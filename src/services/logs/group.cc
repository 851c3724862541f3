#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "model/log_export.h"
#include "services/logs/support.h"

namespace landfall::services::logs {
namespace {

using model::LogGroup;

constexpr size_t kMostTags = 50;

/// CloudWatch Logs API, PutRetentionPolicy.
constexpr int kRetentionDays[] = {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653};

Result<shapes::CreateLogGroupOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateLogGroupRequest& request) {
  const std::string name = text(request.log_group_name);
  if (lower(name).starts_with("aws/")) return fail("InvalidParameterException", "Log groups starting with AWS/ are reserved for AWS.");
  if (text(request.log_group_class) == "DELIVERY") return fail("InvalidParameterException", "Landfall does not support the log group class DELIVERY yet; wanted STANDARD or INFREQUENT_ACCESS");
  return transact<shapes::CreateLogGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLogGroupOutput> {
    LogGroup group{.account = context.account, .region = context.region, .name = name, .arn = fmt::format("arn:aws:logs:{}:{}:log-group:{}", context.region, context.account, name), .group_class = request.log_group_class.value_or("STANDARD"), .is_protected = request.deletion_protection_enabled.value_or(false), .created_at = deps.clock.wall()};
    if (request.tags) group.tags = *request.tags;
    if (store::find<LogGroup>(tx, group.key())) return fail("ResourceAlreadyExistsException", "The specified log group already exists");
    store::put(tx, group);
    return shapes::CreateLogGroupOutput{};
  });
}

Result<shapes::DeleteLogGroupOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteLogGroupRequest& request) {
  auto done = transact<shapes::DeleteLogGroupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteLogGroupOutput> {
    const LogGroup group = TRY(group_named(tx, context, request.log_group_name));
    if (group.is_protected) return fail("ValidationException", "The specified log group has deletion protection enabled and cannot be deleted.");
    for (const auto& stream : store::all<model::LogStream>(tx, group.key() + "#")) store::erase<model::LogStream>(tx, stream.key());
    for (const auto& filter : store::all<model::MetricFilter>(tx, group.key() + "#")) store::erase<model::MetricFilter>(tx, filter.key());
    store::erase<LogGroup>(tx, group.key());
    return shapes::DeleteLogGroupOutput{};
  });
  if (done) TRY(deps.logs.erase(group_key(context, text(request.log_group_name)), std::nullopt));
  return done;
}

Result<shapes::DescribeLogGroupsResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeLogGroupsRequest& request) {
  if (request.log_group_name_prefix && request.log_group_name_pattern) return fail("InvalidParameterException", "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  std::set<std::string> named;
  for (const std::string& identifier : request.log_group_identifiers.value_or(std::vector<std::string>{})) named.insert(identifier.starts_with("arn:") ? text(name_of_arn(identifier)) : identifier);
  std::vector<shapes::LogGroup> groups;
  for (const auto& group : store::all<LogGroup>(deps.store, group_key(context, ""))) {
    const bool matches = request.log_group_name_pattern ? group.name.find(*request.log_group_name_pattern) != std::string::npos : group.name.starts_with(text(request.log_group_name_prefix));
    if (!matches || (!named.empty() && !named.contains(group.name)) || (request.log_group_class && *request.log_group_class != group.group_class)) continue;
    shapes::LogGroup out{.arn = group.arn + ":*", .creation_time = group.created_at.ms, .log_group_arn = group.arn, .log_group_class = group.group_class, .log_group_name = group.name, .metric_filter_count = static_cast<int32_t>(store::all<model::MetricFilter>(deps.store, group.key() + "#").size())};
    if (!request.log_group_name_pattern) {  // with a pattern AWS answers from an index that has neither
      out.deletion_protection_enabled = group.is_protected;
      out.stored_bytes = 0;
    }
    if (group.retention_days > 0) out.retention_in_days = group.retention_days;
    groups.push_back(std::move(out));
  }
  auto answer = TRY(page_of(std::move(groups), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::DescribeLogGroupsResponse result{.log_groups = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// "^/ecs/|web": names that begin with, or have in them, one of the parts. Source  API reference, ListLogGroups
bool fits(const std::string& name, const std::string& pattern) {
  return std::ranges::any_of(split(pattern, '|'), [&](const std::string& part) { return part.starts_with('^') ? name.starts_with(part.substr(1)) : name.find(part) != std::string::npos; });
}

Result<shapes::ListLogGroupsResponse> list(const Deps& deps, const CallContext& context, const shapes::ListLogGroupsRequest& request) {
  std::vector<shapes::LogGroupSummary> found;
  for (const auto& group : store::all<LogGroup>(deps.store, group_key(context, ""))) {
    if (request.log_group_name_pattern && !fits(group.name, *request.log_group_name_pattern)) continue;
    if (request.log_group_class.value_or(group.group_class) == group.group_class) found.push_back({.log_group_arn = group.arn, .log_group_class = group.group_class, .log_group_name = group.name});
  }
  auto answer = TRY(page_of(std::move(found), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::ListLogGroupsResponse result{.log_groups = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

template <class Answer, class Change>
Result<Answer> change(const Deps& deps, const CallContext& context, const std::optional<std::string>& name, Change apply) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    LogGroup group = TRY(group_named(tx, context, name));
    apply(group);
    if (group.tags.size() > kMostTags) return fail("TooManyTagsException", fmt::format("The number of tags exceeds the limit of {}", kMostTags));
    store::put(tx, group);
    return Answer{};
  });
}

/// Of "arn:aws:logs:R:A:delivery-destination:NAME".
std::optional<std::string> destination_key(const CallContext& context, const std::optional<std::string>& arn) {
  constexpr std::string_view kKind = ":delivery-destination:";
  const size_t at = text(arn).find(kKind);
  return at == std::string::npos ? std::nullopt : std::optional(group_key(context, arn->substr(at + kKind.size())));
}

template <class From>
Result<model::DeliveryDestination> destination_at(const From& from, const std::string& key) {
  auto found = store::find<model::DeliveryDestination>(from, key);
  if (!found) return fail("ResourceNotFoundException", "Requested Delivery Destination does not exist in this account.");
  return std::move(*found);
}

/// Of a log group or a delivery destination.
template <class Answer, class Change>
Result<Answer> change_tags(const Deps& deps, const CallContext& context, const std::optional<std::string>& arn, Change apply) {
  const auto key = destination_key(context, arn);
  if (!key) return change<Answer>(deps, context, name_of_arn(arn), [&](LogGroup& group) { apply(group.tags); });
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    model::DeliveryDestination destination = TRY(destination_at(tx, *key));
    apply(destination.tags);
    store::put(tx, destination);
    return Answer{};
  });
}

}  // namespace

std::optional<std::string> name_of_arn(const std::optional<std::string>& arn) {
  std::string name = text(arn);
  const size_t at = name.find(":log-group:");
  if (at == std::string::npos) return std::nullopt;
  name.erase(0, at + 11);
  if (name.ends_with(":*")) name.resize(name.size() - 2);
  return name;
}

void register_groups(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateLogGroupRequest, shapes::CreateLogGroupOutput>("logs", "CreateLogGroup", {"logGroupName", "tags.*", "logGroupClass", "deletionProtectionEnabled"}, bind(create));
  registry.add<shapes::DeleteLogGroupRequest, shapes::DeleteLogGroupOutput>("logs", "DeleteLogGroup", {"*"}, bind(remove));
  registry.add<shapes::DescribeLogGroupsRequest, shapes::DescribeLogGroupsResponse>("logs", "DescribeLogGroups", {"logGroupIdentifiers", "logGroupNamePrefix", "logGroupNamePattern", "logGroupClass", "nextToken", "limit"}, bind(describe));
  registry.add<shapes::ListLogGroupsRequest, shapes::ListLogGroupsResponse>("logs", "ListLogGroups", {"logGroupNamePattern", "logGroupClass", "nextToken", "limit"}, bind(list));
  registry.add<shapes::PutLogGroupDeletionProtectionRequest, shapes::PutLogGroupDeletionProtectionOutput>("logs", "PutLogGroupDeletionProtection", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::PutLogGroupDeletionProtectionOutput>(deps, c, text(r.log_group_identifier).starts_with("arn:") ? name_of_arn(r.log_group_identifier) : r.log_group_identifier, [&](LogGroup& group) { group.is_protected = *r.deletion_protection_enabled; });
  });
  registry.add<shapes::PutRetentionPolicyRequest, shapes::PutRetentionPolicyOutput>("logs", "PutRetentionPolicy", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::PutRetentionPolicyOutput> {
    const int days = r.retention_in_days.value_or(0);
    if (std::ranges::count(kRetentionDays, days) == 0) return fail("InvalidParameterException", fmt::format("1 validation error detected: Value '{}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]", days));
    return change<shapes::PutRetentionPolicyOutput>(deps, c, r.log_group_name, [&](LogGroup& group) { group.retention_days = days; });
  });
  registry.add<shapes::DeleteRetentionPolicyRequest, shapes::DeleteRetentionPolicyOutput>("logs", "DeleteRetentionPolicy", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::DeleteRetentionPolicyOutput>(deps, c, r.log_group_name, [](LogGroup& group) { group.retention_days = 0; });
  });
  registry.add<shapes::TagLogGroupRequest, shapes::TagLogGroupOutput>("logs", "TagLogGroup", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::TagLogGroupOutput>(deps, c, r.log_group_name, [&](LogGroup& group) { for (const auto& [key, value] : *r.tags) group.tags[key] = value; });
  });
  registry.add<shapes::UntagLogGroupRequest, shapes::UntagLogGroupOutput>("logs", "UntagLogGroup", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change<shapes::UntagLogGroupOutput>(deps, c, r.log_group_name, [&](LogGroup& group) { for (const auto& key : *r.tags) group.tags.erase(key); });
  });
  registry.add<shapes::ListTagsLogGroupRequest, shapes::ListTagsLogGroupResponse>("logs", "ListTagsLogGroup", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListTagsLogGroupResponse> {
    return shapes::ListTagsLogGroupResponse{.tags = TRY(group_named(deps.store, c, r.log_group_name)).tags};
  });
  registry.add<shapes::TagResourceRequest, shapes::TagResourceOutput>("logs", "TagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::TagResourceOutput>(deps, c, r.resource_arn, [&](auto& tags) { for (const auto& [key, value] : *r.tags) tags[key] = value; });
  });
  registry.add<shapes::UntagResourceRequest, shapes::UntagResourceOutput>("logs", "UntagResource", {"*"}, [&deps](const CallContext& c, const auto& r) {
    return change_tags<shapes::UntagResourceOutput>(deps, c, r.resource_arn, [&](auto& tags) { for (const auto& key : *r.tag_keys) tags.erase(key); });
  });
  registry.add<shapes::ListTagsForResourceRequest, shapes::ListTagsForResourceResponse>("logs", "ListTagsForResource", {"*"}, [&deps](const CallContext& c, const auto& r) -> Result<shapes::ListTagsForResourceResponse> {
    if (const auto destination = destination_key(c, r.resource_arn)) return shapes::ListTagsForResourceResponse{.tags = TRY(destination_at(deps.store, *destination)).tags};
    return shapes::ListTagsForResourceResponse{.tags = TRY(group_named(deps.store, c, name_of_arn(r.resource_arn))).tags};
  });
}

}  // namespace landfall::services::logs
