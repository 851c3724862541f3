#include "services/iam/support.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/iam/inline_policies.h"

namespace landfall::services::iam {

constexpr size_t kMaxTags = 50;  // IAM quotas

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

namespace {

/// "arn:aws:iam::1:policy/name", "arn:aws:iam::aws:policy/path/name".
bool is_policy_arn(const std::string& arn) {
  const std::vector<std::string> parts = split(arn, ':');
  return parts.size() == 6 && parts[0] == "arn" && parts[2] == "iam" && parts[5].starts_with("policy/");
}

bool is_known_policy(const Transaction& tx, const std::string& arn) { return aws_managed(arn) != nullptr || store::find<model::Policy>(tx, arn).has_value(); }

}  // namespace

Result<void> check_attachable(const Transaction& tx, const std::string& arn) {
  if (!is_policy_arn(arn)) return fail("ValidationError", fmt::format("ARN {} is not valid.", arn));
  if (!is_known_policy(tx, arn)) return fail("NoSuchEntity", fmt::format("Policy {} does not exist or is not attachable.", arn));
  return {};
}

Result<void> check_boundary(const Transaction& tx, const std::string& arn) {
  if (!is_policy_arn(arn)) return fail("InvalidInput", fmt::format("ARN {} is not valid.", arn));
  if (!is_known_policy(tx, arn)) return fail("NoSuchEntity", fmt::format("Scope ARN: {} does not exist or is not attachable.", arn));
  return {};
}

Result<void> add_tags(model::Tags& to, const std::optional<std::vector<shapes::Tag>>& tags, TagKeys keys) {
  for (const auto& [key, value] : TRY(checked_tags(tags, keys))) {
    const auto same = std::ranges::find_if(to, [&](const auto& tag) { return keys == TagKeys::of_any_case && iequals(tag.first, key); });
    if (same != to.end()) to.erase(same);
    to[key] = value;
  }
  if (to.size() > kMaxTags) return fail("LimitExceeded", "The number of tags has reached the maximum limit.");
  return {};
}

/// Source  IAM user guide, Tagging
Result<model::Tags> checked_tags(const std::optional<std::vector<shapes::Tag>>& tags, TagKeys keys) {
  model::Tags result;
  std::set<std::string> seen;
  for (const auto& tag : tags.value_or(std::vector<shapes::Tag>{})) {
    if (!seen.insert(keys == TagKeys::as_written ? text(tag.key) : lower(text(tag.key))).second) return fail("InvalidInput", keys == TagKeys::as_written ? "Duplicate tag keys found." : "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    if (text(tag.key).starts_with("aws:")) return fail("InvalidInput", fmt::format("Tag keys that start with 'aws:' are reserved: {}", text(tag.key)));
    result[text(tag.key)] = text(tag.value);
  }
  return result;
}

std::optional<std::vector<shapes::Tag>> tag_list(const model::Tags& tags) {
  std::vector<shapes::Tag> list;
  for (const auto& [key, value] : tags) list.push_back({.key = key, .value = value});
  return list;
}

std::optional<std::vector<shapes::Tag>> tags_if_any(const std::optional<std::vector<shapes::Tag>>& tags) { return tags && !tags->empty() ? tags : std::nullopt; }

}  // namespace landfall::services::iam
