#include "services/resourcegroupstaggingapi/resourcegroupstaggingapi.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "aws/shapes/resourcegroupstaggingapi.h"
#include "base/text.h"
#include "services/resourcegroupstaggingapi/tagged.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"

namespace landfall::services::resourcegroupstaggingapi {
namespace {

namespace shapes = landfall::aws::resourcegroupstaggingapi;
using aws::CallContext;
using store::Transaction;

constexpr int kMostOfPage = 100;  // API reference, GetResources: ResourcesPerPage
constexpr size_t kMaxTags = 50;   // AWS general reference, tag naming limits

std::unexpected<Error> invalid(std::string what) { return fail("InvalidParameterException", std::move(what)); }

template <class T>
Result<Page<T>> page(std::vector<T> all, std::optional<int> limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit.value_or(kMostOfPage), token, {.code = "PaginationTokenExpiredException", .what = "The pagination token is not one that this operation gave"});
}

/// "service" or "service:type", as the ARN has them; an S3 bucket's ARN has no type.
bool is_of_type(const std::string& arn, const std::string& type) {
  const std::vector<std::string> parts = split(arn, ':');
  const size_t colon = type.find(':');
  if (parts.size() < 6 || parts[2] != type.substr(0, colon)) return false;
  if (colon == std::string::npos) return true;
  const std::string wanted = type.substr(colon + 1), &resource = parts[5];
  if (parts[2] == "s3") return wanted == "bucket";
  return resource.starts_with(wanted) && (resource.size() == wanted.size() || resource[wanted.size()] == '/');
}

bool has(const model::Tags& tags, const shapes::TagFilter& filter) {
  const auto tag = tags.find(text(filter.key));
  if (tag == tags.end()) return false;
  return !filter.values || filter.values->empty() || std::ranges::count(*filter.values, tag->second) > 0;
}

Result<void> check_request(const shapes::GetResourcesInput& request) {
  const bool is_listed = request.resource_arn_list && !request.resource_arn_list->empty();
  const bool is_filtered = (request.tag_filters && !request.tag_filters->empty()) || (request.resource_type_filters && !request.resource_type_filters->empty());
  const bool is_paged = request.resources_per_page || !text(request.pagination_token).empty();
  if (is_listed && (is_filtered || is_paged)) return invalid("ResourceARNList does not go with TagFilters, ResourceTypeFilters or pages");
  if (request.resources_per_page && (*request.resources_per_page < 1 || *request.resources_per_page > kMostOfPage)) return invalid(fmt::format("ResourcesPerPage is {}; wanted 1 to {}", *request.resources_per_page, kMostOfPage));
  for (const auto& filter : request.tag_filters.value_or(std::vector<shapes::TagFilter>{})) {
    if (text(filter.key).empty()) return invalid("A tag filter needs a key");
  }
  return {};
}

bool is_asked_for(const Tagged& one, const shapes::GetResourcesInput& request) {
  const auto filters = request.tag_filters.value_or(std::vector<shapes::TagFilter>{});
  const auto any = [&](const std::optional<std::vector<std::string>>& list, const auto& fits) { return !list || list->empty() || std::ranges::any_of(*list, fits); };
  return any(request.resource_arn_list, [&](const std::string& arn) { return arn == one.arn; }) && any(request.resource_type_filters, [&](const std::string& type) { return is_of_type(one.arn, type); }) &&
         std::ranges::all_of(filters, [&](const shapes::TagFilter& filter) { return has(one.tags, filter); });
}

Result<shapes::GetResourcesOutput> get_resources(const Deps& deps, const CallContext& context, const shapes::GetResourcesInput& request) {
  TRY(check_request(request));
  std::vector<Tagged> chosen = tagged_resources(deps.store, context);
  std::erase_if(chosen, [&](const Tagged& one) { return !is_asked_for(one, request); });
  auto answer = TRY(page(std::move(chosen), request.resources_per_page, request.pagination_token));
  shapes::GetResourcesOutput output{.pagination_token = answer.next, .resource_tag_mapping_list = std::vector<shapes::ResourceTagMapping>{}};
  for (const Tagged& one : answer.items) {
    auto& told = output.resource_tag_mapping_list->emplace_back(shapes::ResourceTagMapping{.resource_arn = one.arn, .tags = std::vector<shapes::Tag>{}});
    for (const auto& [key, value] : one.tags) told.tags->push_back({.key = key, .value = value});
  }
  return output;
}

Result<shapes::GetTagKeysOutput> get_keys(const Deps& deps, const CallContext& context, const shapes::GetTagKeysInput& request) {
  std::set<std::string> keys;
  for (const Tagged& one : tagged_resources(deps.store, context)) {
    for (const auto& tag : one.tags) keys.insert(tag.first);
  }
  auto answer = TRY(page(std::vector<std::string>(keys.begin(), keys.end()), std::nullopt, request.pagination_token));
  return shapes::GetTagKeysOutput{.pagination_token = answer.next, .tag_keys = std::move(answer.items)};
}

Result<shapes::GetTagValuesOutput> get_values(const Deps& deps, const CallContext& context, const shapes::GetTagValuesInput& request) {
  std::set<std::string> values;
  for (const Tagged& one : tagged_resources(deps.store, context)) {
    if (const auto tag = one.tags.find(text(request.key)); tag != one.tags.end()) values.insert(tag->second);
  }
  auto answer = TRY(page(std::vector<std::string>(values.begin(), values.end()), std::nullopt, request.pagination_token));
  return shapes::GetTagValuesOutput{.pagination_token = answer.next, .tag_values = std::move(answer.items)};
}

/// Each resource by itself: one that cannot be changed is told with its reason, the others are.
template <class Answer, class Change>
Result<Answer> change_each(const Deps& deps, const CallContext& context, const std::optional<std::vector<std::string>>& arns, Change change) {
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    Answer answer{.failed_resources_map = std::map<std::string, shapes::FailureInfo>{}};
    const auto failed = [&](const std::string& arn, std::string why) { (*answer.failed_resources_map)[arn] = {.error_code = "InvalidParameterException", .error_message = std::move(why), .status_code = 400}; };
    for (const std::string& arn : arns.value_or(std::vector<std::string>{})) {
      const Result<bool> found = change_tags(tx, context, arn, change);
      if (!found) failed(arn, found.error().what);
      else if (!*found) failed(arn, fmt::format("{} names no resource of this account and region whose tags can be changed here", arn));
    }
    return answer;
  });
}

Result<shapes::TagResourcesOutput> tag(const Deps& deps, const CallContext& context, const shapes::TagResourcesInput& request) {
  const auto added = request.tags.value_or(std::map<std::string, std::string>{});
  for (const auto& [key, value] : added) {
    if (lower(key).starts_with("aws:")) return invalid(fmt::format("The tag key {} begins with aws:, which is AWS's own", key));
  }
  return change_each<shapes::TagResourcesOutput>(deps, context, request.resource_arn_list, [&](model::Tags& tags) -> Result<void> {
    for (const auto& [key, value] : added) tags[key] = value;
    if (tags.size() > kMaxTags) return invalid(fmt::format("A resource has at most {} tags", kMaxTags));
    return {};
  });
}

Result<shapes::UntagResourcesOutput> untag(const Deps& deps, const CallContext& context, const shapes::UntagResourcesInput& request) {
  return change_each<shapes::UntagResourcesOutput>(deps, context, request.resource_arn_list, [&](model::Tags& tags) -> Result<void> {
    for (const std::string& key : request.tag_keys.value_or(std::vector<std::string>{})) tags.erase(key);
    return {};
  });
}

}  // namespace

void register_resourcegroupstaggingapi(aws::Registry& registry, const Deps& deps) {
  const char* const service = "resourcegroupstaggingapi";
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetResourcesInput, shapes::GetResourcesOutput>(service, "GetResources", {"PaginationToken", "TagFilters.*", "ResourcesPerPage", "ResourceTypeFilters.*", "ResourceARNList.*"}, bind(get_resources));
  registry.add<shapes::GetTagKeysInput, shapes::GetTagKeysOutput>(service, "GetTagKeys", {"PaginationToken"}, bind(get_keys));
  registry.add<shapes::GetTagValuesInput, shapes::GetTagValuesOutput>(service, "GetTagValues", {"PaginationToken", "Key"}, bind(get_values));
  registry.add<shapes::TagResourcesInput, shapes::TagResourcesOutput>(service, "TagResources", {"ResourceARNList.*", "Tags.*"}, bind(tag));
  registry.add<shapes::UntagResourcesInput, shapes::UntagResourcesOutput>(service, "UntagResources", {"ResourceARNList.*", "TagKeys.*"}, bind(untag));
}

}  // namespace landfall::services::resourcegroupstaggingapi
