#include "services/ecr/lifecycle.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"

namespace landfall::services::ecr {
namespace {

std::unexpected<Error> invalid(const std::string& why) {
  return fail("InvalidParameterException", fmt::format("Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: {}'", why));
}

Result<void> check_members(const json::object& object, const std::set<std::string_view>& known) {
  for (const auto& member : object) {
    if (!known.contains(member.key())) return invalid(fmt::format("object instance has properties which are not allowed by the schema: [\"{}\"]", std::string_view(member.key())));
  }
  return {};
}

Result<LifecycleRule> read_rule(const json::object& object) {
  const json::object* selection = object_member(object, "selection");
  const json::object* action = object_member(object, "action");
  if (!object.contains("rulePriority") || selection == nullptr || action == nullptr) return invalid("object has missing required properties ([\"action\",\"rulePriority\",\"selection\"])");
  LifecycleRule rule{.priority = int_member(object, "rulePriority"), .prefixes = strings_member(*selection, "tagPrefixList"), .patterns = strings_member(*selection, "tagPatternList")};
  if (rule.priority < 1) return invalid("numeric instance is lower than the required minimum (minimum: 1, found: " + std::to_string(rule.priority) + ")");
  if (string_member(*action, "type") != "expire") return invalid(fmt::format("Landfall does not support the action '{}' yet; wanted expire", string_member(*action, "type")));
  TRY(check_members(*action, {"type"}));
  TRY(check_members(object, {"rulePriority", "description", "selection", "action"}));
  TRY(check_members(*selection, {"tagStatus", "tagPrefixList", "tagPatternList", "countType", "countUnit", "countNumber"}));
  const std::string_view tags = string_member(*selection, "tagStatus"), type = string_member(*selection, "countType");
  if (tags != "tagged" && tags != "untagged" && tags != "any") return invalid(fmt::format("instance value (\"{}\") not found in enum (possible values: [\"tagged\",\"untagged\",\"any\"])", tags));
  rule.tags = tags == "tagged" ? LifecycleRule::Tags::tagged : tags == "untagged" ? LifecycleRule::Tags::untagged : LifecycleRule::Tags::any;
  const bool names_tags = !rule.prefixes.empty() || !rule.patterns.empty();
  if (rule.tags == LifecycleRule::Tags::tagged && (rule.prefixes.empty() == rule.patterns.empty())) return invalid("exactly one of tagPrefixList and tagPatternList is required with tagStatus tagged");
  if (rule.tags != LifecycleRule::Tags::tagged && names_tags) return invalid(fmt::format("tagPrefixList and tagPatternList are not allowed with tagStatus {}", tags));
  const int number = int_member(*selection, "countNumber");
  if (number < 1) return invalid("numeric instance is lower than the required minimum (minimum: 1, found: " + std::to_string(number) + ")");
  if (type == "imageCountMoreThan" && !selection->contains("countUnit")) rule.most = number;
  else if (type == "sinceImagePushed" && string_member(*selection, "countUnit") == "days") rule.age = std::chrono::hours(24) * number;
  else return invalid(fmt::format("countType '{}' with countUnit '{}'; wanted imageCountMoreThan, or sinceImagePushed with days", type, string_member(*selection, "countUnit")));
  return rule;
}

bool selects(const LifecycleRule& rule, const LifecycleImage& image) {
  switch (rule.tags) {
    case LifecycleRule::Tags::any: return true;
    case LifecycleRule::Tags::untagged: return image.tags.empty();
    case LifecycleRule::Tags::tagged: break;
  }
  const auto has = [&](const auto& fits) { return std::ranges::any_of(image.tags, fits); };
  return std::ranges::all_of(rule.prefixes, [&](const std::string& prefix) { return has([&](const std::string& tag) { return tag.starts_with(prefix); }); }) &&
         std::ranges::all_of(rule.patterns, [&](const std::string& pattern) { return has([&](const std::string& tag) { return glob_match(pattern, tag, false); }); });
}

}  // namespace

Result<std::vector<LifecycleRule>> read_lifecycle(std::string_view document) {
  const auto value = parse_json(document, "the policy");
  const json::object* object = value ? value->if_object() : nullptr;
  const json::array* listed = object == nullptr ? nullptr : array_member(*object, "rules");
  if (listed == nullptr || listed->empty()) return invalid("string [] does not match the lifecycle policy schema");
  TRY(check_members(*object, {"rules"}));
  std::vector<LifecycleRule> rules;
  for (const json::value& one : *listed) {
    if (!one.is_object()) return invalid("a rule is no object");
    rules.push_back(TRY(read_rule(one.get_object())));
  }
  std::ranges::sort(rules, {}, &LifecycleRule::priority);
  for (size_t i = 0; i < rules.size(); ++i) {
    if (i > 0 && rules[i - 1].priority == rules[i].priority) return invalid(fmt::format("two rules have the priority {}", rules[i].priority));
    if (rules[i].tags == LifecycleRule::Tags::any && i + 1 < rules.size()) return invalid("the rule with tagStatus any must have the highest rulePriority, to be evaluated last");
  }
  if (std::ranges::count(rules, LifecycleRule::Tags::untagged, &LifecycleRule::tags) > 1) return invalid("only one rule may have tagStatus untagged");
  return rules;
}

std::vector<Expiry> expired_images(const std::vector<LifecycleRule>& rules, const std::vector<LifecycleImage>& images, WallTime now) {
  std::vector<LifecycleImage> newest_first = images;
  std::ranges::stable_sort(newest_first, std::ranges::greater(), [](const auto& image) { return image.pushed_at.ms; });
  std::set<std::string> claimed;
  std::vector<Expiry> expired;
  for (const LifecycleRule& rule : rules) {
    int seen = 0;
    for (const LifecycleImage& image : newest_first) {
      if (image.is_part || !selects(rule, image)) continue;
      ++seen;
      const bool is_over = rule.most > 0 ? seen > rule.most : now - image.pushed_at >= rule.age;
      if (claimed.insert(image.digest).second && is_over) expired.push_back({.digest = image.digest, .priority = rule.priority});
    }
  }
  return expired;
}

}  // namespace landfall::services::ecr
