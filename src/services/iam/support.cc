#include "services/iam/support.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

namespace landfall::services::iam {

constexpr size_t kMaxTags = 50, kMaxKey = 128, kMaxValue = 256;  // IAM quotas

/// Letters, numbers and blanks of any script (bytes above ASCII), and some marks.
bool is_tag_key(const std::string& key) {
  return !key.empty() && std::ranges::all_of(key, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0 || std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view(" _.:/=+-@").find(c) != std::string_view::npos; });
}

Result<void> check_path(const std::optional<std::string>& path) {
  if (!path) return {};
  const bool plain = std::ranges::all_of(*path, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!plain || !path->starts_with('/') || !path->ends_with('/')) return fail("ValidationError", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.");
  return {};
}

Result<void> check_name(std::string_view member, const std::string& name) {
  const bool right = std::ranges::all_of(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("_+=,.@-").find(c) != std::string_view::npos; });
  if (!right || name.empty()) return fail("ValidationError", fmt::format("The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", member));
  return {};
}

Error no_role(const std::optional<std::string>& name) { return {.code = "NoSuchEntity", .what = fmt::format("The role with name {} cannot be found.", text(name))}; }
Error no_user(const std::optional<std::string>& name) { return {.code = "NoSuchEntity", .what = fmt::format("The user with name {} cannot be found.", text(name))}; }

Result<void> check_attachable(const Transaction& tx, const std::string& arn) {
  if (aws_managed(arn) == nullptr && !store::find<model::Policy>(tx, arn)) return fail("NoSuchEntity", fmt::format("Policy {} does not exist or is not attachable.", arn));
  return {};
}

Result<void> add_tags(model::Tags& to, const std::optional<std::vector<shapes::Tag>>& tags) {
  for (const auto& [key, value] : TRY(checked_tags(tags))) to[key] = value;
  if (to.size() > kMaxTags) return fail("LimitExceeded", fmt::format("The number of tags has reached the maximum limit of {}.", kMaxTags));
  return {};
}

/// Keys are the same whatever their case (IAM user guide, Tagging).
Result<model::Tags> checked_tags(const std::optional<std::vector<shapes::Tag>>& tags) {
  model::Tags result;
  std::set<std::string> seen;
  for (const auto& tag : tags.value_or(std::vector<shapes::Tag>{})) {
    if (!seen.insert(lower(text(tag.key))).second) return fail("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    if (text(tag.key).starts_with("aws:")) return fail("InvalidInput", fmt::format("Tag keys that start with 'aws:' are reserved: {}", text(tag.key)));
    const auto refuse = [&](const char* member, const std::string& found, std::string wanted) {
      return fail("ValidationError", fmt::format("1 validation error detected: Value '{}' at 'tags.{}.member.{}' failed to satisfy constraint: Member must {}", found, seen.size(), member, wanted));
    };
    if (text(tag.key).size() > kMaxKey) return refuse("key", text(tag.key), fmt::format("have length less than or equal to {}.", kMaxKey));
    if (text(tag.value).size() > kMaxValue) return refuse("value", text(tag.value), fmt::format("have length less than or equal to {}.", kMaxValue));
    if (!is_tag_key(text(tag.key))) return refuse("key", text(tag.key), R"(satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+)");
    result[text(tag.key)] = text(tag.value);
  }
  if (result.size() > kMaxTags) return fail("ValidationError", fmt::format("1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to {}.", kMaxTags));
  return result;
}

std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags) {
  std::vector<shapes::Tag> list;
  for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
  return list;
}

model::Tags tags_of(const std::optional<std::vector<shapes::Tag>>& tags) {
  model::Tags result;
  for (const auto& tag : tags.value_or(std::vector<shapes::Tag>{})) result[text(tag.key)] = text(tag.value);
  return result;
}

}  // namespace landfall::services::iam
