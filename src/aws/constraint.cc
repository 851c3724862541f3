#include "aws/constraint.h"

#include <algorithm>

#include <fmt/format.h>

#include "aws/constraint_facts.h"
#include "aws/pattern.h"
#include "aws/scalar.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

/// Steps as a chain on the stack: they become names only where a fault is found.
struct Place {
  const Place* above = nullptr;
  Step step{};
};

std::vector<Step> path_to(const Place& place) {
  std::vector<Step> path;
  for (const Place* at = &place; at->above != nullptr; at = at->above) path.push_back(at->step);
  std::ranges::reverse(path);
  return path;
}

double number(const Shape& shape, const void* value) {
  if (shape.kind == Kind::integer) return *static_cast<const int32_t*>(value);
  if (shape.kind == Kind::long_integer) return static_cast<double>(*static_cast<const int64_t*>(value));
  return *static_cast<const double*>(value);
}

/// Characters of a text, bytes of a blob, members of a list or map.
size_t length(const Shape& shape, const void* value) {
  if (shape.kind == Kind::list) return shape.list->size(value);
  if (shape.kind == Kind::map) return shape.map->items(value).size();
  const auto& text = *static_cast<const std::string*>(value);
  if (shape.kind == Kind::blob) return text.size();
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// A name of a table stands where its ARN may stand: the bounds are then those of a name (DynamoDB API, CreateTable).
const Shape& meant(const Shape& shape, const void* value) {
  static const Shape table_name{.name = "TableName", .kind = Kind::string, .minimum = 3, .maximum = 255, .pattern = "[a-zA-Z0-9_.-]+"};
  if (shape.name != "TableArn") return shape;
  const auto& given = *static_cast<const std::string*>(value);
  return given.empty() || given.starts_with("arn:") ? shape : table_name;  // an empty one is only told to be too short
}

std::string bound(const Shape& shape, bool is_most) {
  return fmt::format("Member must have {} {} than or equal to {}", is_number(shape) ? "value" : "length", is_most ? "less" : "greater", is_most ? *shape.maximum : *shape.minimum);
}

/// AWS lists some enums in an order of its own: that of its answers.
std::string in_order(const Shape& shape) {
  if (shape.name == "StateValue") return "INSUFFICIENT_DATA, ALARM, OK";
  if (shape.name == "PolicyType") return "PredictiveScaling, StepScaling, TargetTrackingScaling";
  if (shape.name == "ParameterType") return "SecureString, StringList, String";
  if (shape.name == "ScalarAttributeType") return "B, N, S";
  if (shape.name == "ReturnValue") return "ALL_NEW, UPDATED_OLD, ALL_OLD, NONE, UPDATED_NEW";
  if (shape.name == "Select") return "SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES";
  return join(std::vector<std::string>(shape.values.begin(), shape.values.end()), ", ");
}

std::string listed(const Shape& shape) { return fmt::format("Member must satisfy enum value set: [{}]", in_order(shape)); }
std::string patterned(const Shape& shape) { return fmt::format("Member must satisfy regular expression pattern: {}", shape.pattern); }

/// All that is asked of one value, as errors tell it of the members of a list.
std::string all_asked(const Shape& shape) {
  std::vector<std::string> asked;
  if (shape.maximum) asked.push_back(bound(shape, true));
  if (shape.minimum) asked.push_back(bound(shape, false));
  if (!shape.pattern.empty()) asked.push_back(patterned(shape));
  if (!shape.values.empty()) asked.push_back(listed(shape));
  return join(asked, ", ");
}

struct Miss {
  Unmet unmet;
  std::string constraint;
};

/// EC2 reads the actions of network ACL entries in any case ("ALLOW"; Terraform's provider sends them as they are written).
bool is_listed(const Shape& shape, const std::string& text) {
  const bool in_any_case = shape.name == "RuleAction";
  return std::ranges::any_of(shape.values, [&](std::string_view value) { return value == text || (in_any_case && iequals(value, text)); });
}

/// What is asked of the value itself, not of what it holds, and not met.
std::vector<Miss> misses_of(const Shape& shape, const void* value) {
  std::vector<Miss> misses;
  if (shape.kind == Kind::string) {
    const auto& text = *static_cast<const std::string*>(value);
    if (!shape.values.empty() && !is_listed(shape, text)) misses.push_back({Unmet::not_listed, listed(shape)});
    if (!shape.pattern.empty() && !matches_pattern(shape.pattern, text)) misses.push_back({Unmet::pattern, patterned(shape)});
  }
  if (!shape.maximum && !shape.minimum) return misses;
  const double size = is_number(shape) ? number(shape, value) : static_cast<double>(length(shape, value));
  if (shape.maximum && size > *shape.maximum) misses.push_back({Unmet::too_large, bound(shape, true)});
  if (shape.minimum && size < *shape.minimum) misses.push_back({Unmet::too_small, bound(shape, false)});
  return misses;
}

bool is_secret(std::string_view service, const Shape& shape) { return std::ranges::count(secret_shapes(), fmt::format("{}.{}", service, shape.name)) > 0; }

const Shape* key_of(std::string_view service, const Shape& map) {
  for (const MapKey& one : map_keys()) {
    if (one.service == service && one.map == map.name) return &one.key;
  }
  return nullptr;
}

/// As Java writes it. What holds structures, bytes or secrets is not repeated.
std::string shown(std::string_view service, const Shape& shape, const void* value) {
  if (shape.kind == Kind::blob || is_secret(service, shape)) return "";
  if (is_scalar(shape)) return fmt::format("'{}'", scalar_text(shape, value, TimeFormat::iso8601));
  std::vector<std::string> parts;
  if (shape.kind == Kind::list) {
    const size_t size = shape.list->size(value);
    if (size > 0 && (!is_scalar(*shape.element) || is_secret(service, *shape.element))) return "";
    for (size_t i = 0; i < size; ++i) parts.push_back(scalar_text(*shape.element, shape.list->at(value, i), TimeFormat::iso8601));
    return fmt::format("'[{}]'", join(parts, ", "));
  }
  if (shape.kind != Kind::map) return "";
  const auto items = shape.map->items(value);
  if (!items.empty() && (!is_scalar(*shape.element) || is_secret(service, *shape.element))) return "";
  for (const auto& [key, item] : items) parts.push_back(fmt::format("{}={}", key, scalar_text(*shape.element, item, TimeFormat::iso8601)));
  return fmt::format("'{{{}}}'", join(parts, ", "));
}

class Walk {
 public:
  explicit Walk(std::string_view service) : service_(service) {}

  std::vector<Fault> faults{};

  void value(const Shape& shape, const void* value, const Place& place) {
    const Shape& asked = shape.kind == Kind::string ? meant(shape, value) : shape;
    for (Miss& miss : misses_of(asked, value)) add(miss.unmet, place, shown(service_, shape, value), std::move(miss.constraint), &asked);
    inside(shape, value, place);
  }

  void inside(const Shape& shape, const void* value, const Place& place) {
    if (shape.kind == Kind::structure) structure(shape, value, place);
    if (shape.kind == Kind::list) list(shape, value, place);
    if (shape.kind == Kind::map) map(shape, value, place);
  }

 private:
  void add(Unmet unmet, const Place& place, std::string text, std::string constraint, const Shape* shape) {
    if (faults.size() < kMaxFaults) faults.push_back({unmet, path_to(place), std::move(text), std::move(constraint), shape});
  }

  void structure(const Shape& shape, const void* from, const Place& place) {
    for (const Member& member : shape.members) {
      const void* optional = member_of(member, from);
      const Place inner{&place, {.member = member.name}};
      if (member.access->has(optional)) {
        value(*member.shape, member.access->get(optional), inner);
      } else if (member.is_required && !member.is_idempotency_token) {
        add(Unmet::missing, inner, "null", "Member must not be null", member.shape);
      }
    }
  }

  /// Faults of members are told of their list or map.
  void list(const Shape& shape, const void* from, const Place& place) {
    const Shape& element = *shape.element;
    bool is_right = true;
    for (size_t i = 0; i < shape.list->size(from); ++i) {
      const void* one = shape.list->at(from, i);
      is_right = is_right && misses_of(element.kind == Kind::string ? meant(element, one) : element, one).empty();
      if (!is_scalar(element)) inside(element, one, {&place, {.index = i + 1}});
    }
    const char* presence = shape.name == "tagKeyListType" ? ", Member must not be null" : "";  // IAM's list of tag keys alone says so
    if (!is_right) add(Unmet::of_members, place, shown(service_, shape, from), fmt::format("Member must satisfy constraint: [{}{}]", all_asked(element), presence), &element);
  }

  void map(const Shape& shape, const void* from, const Place& place) {
    const Shape* const key_shape = key_of(service_, shape);
    const Shape* wrong_key = nullptr;
    bool is_right = true;
    for (const auto& [key, item] : shape.map->items(from)) {
      const std::string name(key);
      if (key_shape != nullptr && !misses_of(meant(*key_shape, &name), &name).empty()) wrong_key = &meant(*key_shape, &name);
      is_right = is_right && misses_of(*shape.element, item).empty();
      if (!is_scalar(*shape.element)) inside(*shape.element, item, {&place, {.key = name}});
    }
    if (wrong_key != nullptr) add(Unmet::of_members, place, shown(service_, shape, from), fmt::format("Map keys must satisfy constraint: [{}]", all_asked(*wrong_key)), wrong_key);
    if (!is_right) add(Unmet::of_members, place, shown(service_, shape, from), fmt::format("Map value must satisfy constraint: [{}]", all_asked(*shape.element)), shape.element);
  }

  std::string_view service_;
};

}  // namespace

std::vector<Fault> faults_of(std::string_view service, const Shape& shape, const void* value) {
  Walk walk(service);
  walk.inside(shape, value, Place{});
  return std::move(walk.faults);
}

}  // namespace landfall::aws
