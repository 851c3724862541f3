#include "services/iam/support.h"

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::services::iam {

Result<void> check_policy(std::string_view document) {
  const auto value = parse_json(document, "the policy");
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return fail("MalformedPolicyDocument", "This policy contains invalid Json");
  if (!object->contains("Statement")) return fail("MalformedPolicyDocument", "Syntax errors in policy: it has no Statement.");
  return {};
}

Result<model::Role> role_named(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name) {
  auto role = store::find<model::Role>(tx, context.account + "/" + text(name));
  if (!role) return fail("NoSuchEntity", fmt::format("The role with name {} cannot be found.", text(name)));
  return std::move(*role);
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
