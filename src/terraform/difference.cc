#include "terraform/difference.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "hcl/value_json.h"
#include "terraform/sequence.h"
#include "terraform/value_mirror.h"

namespace landfall::terraform {
namespace {

using Kind = Difference::Kind;

Action joined(Action whole, Action part) { return whole == part ? whole : Action::update; }

/// How a whole begins before its parts are looked at.
Action first_action(bool has_before, bool has_after) { return has_before == has_after ? Action::none : has_after ? Action::create : Action::remove; }

bool is_here(const Value* value) { return value != nullptr && !(value->is_known() && value->is_null()); }

/// Null as a type has it: any value that is told without a schema may be one.
Difference compare(const Value* before, const Value* after, const Type& type);

/// What a string says if it is a JSON object or array.
std::optional<Value> document_in(const Value& text) {
  if (!text.is(Type::Kind::string) || !(text.as_string().starts_with('{') || text.as_string().starts_with('['))) return std::nullopt;
  auto parsed = hcl::from_json(text.as_string());
  return parsed ? std::optional(std::move(*parsed)) : std::nullopt;
}

Difference changed_type(const Value& before, const Value& after, const Type& type) {
  Difference made{.kind = Kind::other_type, .action = Action::update};
  made.elements = {compare(&before, nullptr, type), compare(nullptr, &after, type)};
  return made;
}

Difference compare_simple(const Value* before, const Value* after) {
  Difference made{.action = first_action(before != nullptr, after != nullptr), .before = before == nullptr ? Value() : *before, .after = after == nullptr ? Value() : *after};
  if (before != nullptr && after != nullptr && !(*before == *after)) made.action = Action::update;
  const bool is_text = (before != nullptr && is_here(before) && before->is(Type::Kind::string)) || (after != nullptr && is_here(after) && after->is(Type::Kind::string));
  if (!is_text) return made;
  made.kind = Kind::text;
  const std::optional<Value> old = is_here(before) ? document_in(*before) : std::nullopt, now = is_here(after) ? document_in(*after) : std::nullopt;
  if (!old && !now) return made;
  if (is_here(before) && is_here(after) && old.has_value() != now.has_value()) {
    Difference split{.kind = Kind::other_type, .action = made.action};
    split.elements = {compare_simple(before, nullptr), compare_simple(nullptr, after)};
    return split;
  }
  made.kind = Kind::document;
  made.elements = {difference_of(old ? &*old : nullptr, now ? &*now : nullptr)};
  return made;
}

/// One element against another, or against nothing.
using Pairing = std::function<void(const Value* before, const Value* after)>;

/// Along the longest common subsequence; objects that stand at the same place between are one that changes.
/// Source  collections.ProcessSlice.
void pair_rows(std::span<const Value> before, std::span<const Value> after, const Pairing& pair) {
  const std::vector<std::pair<size_t, size_t>> common = common_subsequence(before.size(), after.size(), [&](size_t i, size_t j) { return before[i] == after[j]; });
  const auto is_object = [](const Value& value) { return value.has_value() && value.type().has_fields(); };
  size_t i = 0, j = 0, next = 0;
  while (i < before.size() || j < after.size()) {
    const size_t stop_i = next < common.size() ? common[next].first : before.size(), stop_j = next < common.size() ? common[next].second : after.size();
    while (i < stop_i) {
      const bool is_pair = j < stop_j && is_object(before[i]) && is_object(after[j]);
      pair(&before[i++], is_pair ? &after[j++] : nullptr);
    }
    while (j < stop_j) pair(nullptr, &after[j++]);
    if (next++ < common.size()) {
      pair(&before[i], &after[j]);
      ++i, ++j;
    }
  }
}

void pair_sets(std::span<const Value> before, std::span<const Value> after, const Pairing& pair) {
  const auto found_in = [](std::span<const Value> list, const Value& wanted) { return std::ranges::find(list, wanted); };
  for (const Value& element : before) {
    const auto same = found_in(after, element);
    pair(&element, same == after.end() ? nullptr : &*same);
  }
  for (const Value& element : after) {
    if (found_in(before, element) == before.end()) pair(nullptr, &element);
  }
}

Difference compare_rows(const Value* before, const Value* after, const Type& type) {
  Difference made{.kind = type.is(Type::Kind::set) ? Kind::set : Kind::row, .action = first_action(before != nullptr, after != nullptr)};
  const std::span<const Value> old = before == nullptr ? std::span<const Value>() : before->elements(), now = after == nullptr ? std::span<const Value>() : after->elements();
  const Type element = type.is_collection() ? type.element() : Type::dynamic();
  const auto add = [&](const Value* x, const Value* y) {
    made.elements.push_back(compare(x, y, element));
    made.action = joined(made.action, made.elements.back().action);
  };
  if (made.kind == Kind::set) {
    pair_sets(old, now, add);
  } else if (!type.is_collection() && old.size() == now.size()) {
    for (size_t i = 0; i < old.size(); ++i) add(&old[i], &now[i]);
  } else {
    pair_rows(old, now, add);
  }
  return made;
}

Difference compare_fields(const Value* before, const Value* after, const Type& type) {
  Difference made{.kind = type.is(Type::Kind::map) ? Kind::map : Kind::object, .action = first_action(before != nullptr, after != nullptr)};
  std::map<std::string, std::pair<const Value*, const Value*>> names;
  if (before != nullptr) for (const auto& [name, value] : before->fields()) names[name].first = &value;
  if (after != nullptr) for (const auto& [name, value] : after->fields()) names[name].second = &value;
  for (const auto& [name, both] : names) {
    const Type::Attribute* attribute = type.is(Type::Kind::object) ? type.attribute(name) : nullptr;
    const Type inner = type.is(Type::Kind::map) ? type.element() : attribute == nullptr ? Type::dynamic() : attribute->type;
    if (attribute != nullptr && !is_here(both.first) && !is_here(both.second)) continue;
    made.members.emplace_back(name, compare(both.first, both.second, inner));
    made.action = joined(made.action, made.members.back().second.action);
  }
  return made;
}

Difference compare_sensitive(const Value* before, const Value* after, const Type& type) {
  const Value old = before == nullptr ? Value() : before->without_marks(), now = after == nullptr ? Value() : after->without_marks();
  Difference made{.kind = Kind::sensitive, .was_sensitive = before != nullptr && before->is_sensitive(), .becomes_sensitive = after != nullptr && after->is_sensitive()};
  made.elements = {compare(before == nullptr ? nullptr : &old, after == nullptr ? nullptr : &now, type)};
  made.action = made.elements[0].action;
  if (made.action == Action::none && made.was_sensitive != made.becomes_sensitive) made.action = Action::update;
  return made;
}

Difference compare(const Value* before, const Value* after, const Type& type) {
  const bool is_loose = type.is_dynamic();  // then null is a value like others
  if (!is_loose && !is_here(before)) before = nullptr;
  if (!is_loose && !is_here(after)) after = nullptr;
  if ((before != nullptr && before->is_sensitive()) || (after != nullptr && after->is_sensitive())) return compare_sensitive(before, after, type);
  if (after != nullptr && !after->is_known()) {
    Difference made{.kind = Kind::unknown, .action = before == nullptr ? Action::create : Action::update};
    if (before != nullptr) made.elements = {compare(before, nullptr, type)};
    return made;
  }
  const auto shape = [](const Value* value) { return !is_here(value) || value->type().is_primitive() ? 0 : value->type().has_fields() ? 1 : 2; };
  if (is_here(before) && is_here(after)) {
    const bool is_other = shape(before) != shape(after) || (shape(before) == 0 && before->type() != after->type());
    if (is_other) return changed_type(*before, *after, type);
  } else if (before != nullptr && after != nullptr && (shape(before) != 0 || shape(after) != 0)) {
    return changed_type(*before, *after, type);
  }
  const Value* some = is_here(before) ? before : after;
  switch (shape(some)) {
    case 1: return compare_fields(before, after, is_loose ? Type::object({}) : type);
    case 2: return compare_rows(before, after, is_loose ? Type::tuple({}) : type);
    default: return compare_simple(before, after);
  }
}

const Value& member(const Value& object, std::string_view name) {
  static const Value none;
  const Value* found = object.has_value() && object.type().has_fields() ? object.find(name) : nullptr;
  return found == nullptr ? none : *found;
}

/// A resource's body and the blocks in it.
class BodyDifference {
 public:
  BodyDifference(const std::vector<std::string>& replaced_by, bool is_exact) : replaced_by_(replaced_by), is_exact_(is_exact) {}

  Difference of(const Schema& schema, const Value& before, const Value& after, const std::string& path) const {
    Difference made{.kind = Kind::block, .action = first_action(!before.is_null(), !(after.is_known() && after.is_null()))};
    std::map<std::string, const Attribute*> sorted;
    for (const Attribute& attribute : schema.attributes) sorted[attribute.name] = &attribute;
    for (const auto& [name, attribute] : sorted) add_attribute(*attribute, member(before, name), member(after, name), path, made);
    std::map<std::string, const Block*> blocks;
    for (const Block& block : schema.blocks) blocks[block.name] = &block;
    for (const auto& [name, block] : blocks) add_blocks(*block, member(before, name), member(after, name), path, made);
    return made;
  }

 private:
  bool is_forcing(const std::string& path) const { return std::ranges::find(replaced_by_, path) != replaced_by_.end(); }
  /// Null, "", 0 and false are one for types of older plugins.
  bool is_kept(const Value& before, const Value& after) const { return !is_exact_ && is_alike(before, after) && before.is_sensitive() == after.is_sensitive(); }

  void add_attribute(const Attribute& attribute, const Value& before, const Value& after, const std::string& path, Difference& into) const {
    const bool is_same = is_kept(before, after);
    const Value& old = is_same && !is_here(&before) ? before : is_same && !is_here(&after) ? after : before;
    const Value& now = is_same ? old : after;
    if (!is_here(&old) && !is_here(&now)) return;
    Difference made = compare(is_here(&old) ? &old : nullptr, is_here(&now) ? &now : nullptr, attribute.type);
    made.is_forcing = is_forcing(path + attribute.name);
    into.action = joined(into.action, made.action);
    into.members.emplace_back(attribute.name, std::move(made));
  }

  void add_blocks(const Block& block, const Value& before, const Value& after, const std::string& path, Difference& into) const {
    if (!after.is_known()) {
      if (before.has_value() && before.length() > 0) into.action = Action::update;
      into.blocks.emplace_back(block.name, Difference{.kind = Kind::unknown, .action = before.has_value() && before.length() > 0 ? Action::update : Action::create});
      return;
    }
    const std::span<const Value> old = before.has_value() ? before.elements() : std::span<const Value>(), now = after.has_value() ? after.elements() : std::span<const Value>();
    const bool all_forcing = is_forcing(path + block.name);
    size_t place = 0;
    const auto add = [&](const Value* x, const Value* y) {
      Difference made = of(block.schema, x == nullptr ? Value() : *x, y == nullptr ? Value() : *y, path + fmt::format("{}[{}].", block.name, place++));
      made.is_forcing = all_forcing && made.action != Action::none;
      into.action = joined(into.action, made.action);
      into.blocks.emplace_back(block.name, std::move(made));
    };
    if (!block.is_set) {
      for (size_t i = 0; i < std::max(old.size(), now.size()); ++i) add(i < old.size() ? &old[i] : nullptr, i < now.size() ? &now[i] : nullptr);
      return;
    }
    std::vector<const Value*> left;
    for (const Value& element : now) left.push_back(&element);
    for (const Value& element : old) {
      const auto same = std::ranges::find_if(left, [&](const Value* other) { return is_exact_ ? element == *other : is_alike(element, *other); });
      add(&element, same == left.end() ? nullptr : *same);
      if (same != left.end()) left.erase(same);
    }
    for (const Value* element : left) add(nullptr, element);
  }

  const std::vector<std::string>& replaced_by_;
  bool is_exact_;
};

}  // namespace

Difference difference_of(const Value* before, const Value* after, const Type& type) { return compare(before, after, type); }

Difference difference_of(const Schema& schema, const Value& before, const Value& after, const std::vector<std::string>& replaced_by) {
  return BodyDifference(replaced_by, schema.is_exact).of(schema, with_schema_marks(before, schema), with_schema_marks(after, schema), "");
}

}  // namespace landfall::terraform
