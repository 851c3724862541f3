#include "services/dynamodb/path.h"

#include <algorithm>
#include <map>
#include <span>

#include <fmt/format.h>

namespace landfall::services::dynamodb {
namespace {

using Steps = std::span<const Step>;

std::unexpected<Error> no_parent() { return fail("ValidationException", "The document path provided in the update expression is invalid for update"); }

const Value* child(const Value& at, const Step& step) {
  if (step.name.empty()) return at.l && step.index < at.l->size() ? &(*at.l)[step.index] : nullptr;
  if (!at.m) return nullptr;
  const auto found = at.m->find(step.name);
  return found == at.m->end() ? nullptr : &found->second;
}

Item project_map(const Item& item, const std::vector<Steps>& paths);

std::optional<Value> project_value(const Value& value, const std::vector<Steps>& paths) {
  if (std::ranges::any_of(paths, [](Steps path) { return path.empty(); })) return value;
  if (value.m) {
    Item kept = project_map(*value.m, paths);
    return kept.empty() ? std::nullopt : std::optional(Value{.m = std::move(kept)});
  }
  std::map<size_t, std::vector<Steps>> by_index;
  for (const Steps path : paths) {
    if (path[0].name.empty() && value.l && path[0].index < value.l->size()) by_index[path[0].index].push_back(path.subspan(1));
  }
  std::vector<Value> kept;
  for (const auto& [index, rest] : by_index) {
    if (auto element = project_value((*value.l)[index], rest)) kept.push_back(std::move(*element));
  }
  return kept.empty() ? std::nullopt : std::optional(Value{.l = std::move(kept)});
}

Item project_map(const Item& item, const std::vector<Steps>& paths) {
  std::map<std::string, std::vector<Steps>> by_name;
  for (const Steps path : paths) {
    if (!path[0].name.empty()) by_name[path[0].name].push_back(path.subspan(1));
  }
  Item kept;
  for (const auto& [name, rest] : by_name) {
    const auto found = item.find(name);
    if (found == item.end()) continue;
    if (auto value = project_value(found->second, rest)) kept.emplace(name, std::move(*value));
  }
  return kept;
}

/// The map or list that holds the last step.
Result<Value*> parent_of(Item& item, const Path& path) {
  const auto top = item.find(path[0].name);
  const Value* at = top == item.end() ? nullptr : &top->second;
  for (size_t i = 1; i + 1 < path.size() && at != nullptr; ++i) at = child(*at, path[i]);
  const bool fits = at != nullptr && (path.back().name.empty() ? at->l.has_value() : at->m.has_value());
  if (!fits) return no_parent();
  return const_cast<Value*>(at);  // of `item`, which the caller may change
}

}  // namespace

std::string to_text(const Path& path) {
  std::string text;
  for (const Step& step : path) text += (text.empty() ? "" : ", ") + (step.name.empty() ? fmt::format("[{}]", step.index) : step.name);
  return "[" + text + "]";
}

const Value* follow(const Item& item, const Path& path) {
  const auto top = item.find(path[0].name);
  const Value* at = top == item.end() ? nullptr : &top->second;
  for (size_t i = 1; i < path.size() && at != nullptr; ++i) at = child(*at, path[i]);
  return at;
}

Item project(const Item& item, const std::vector<Path>& paths) { return project_map(item, {paths.begin(), paths.end()}); }

Result<void> set_at(Item& item, const Path& path, Value value) {
  if (path.size() == 1) {
    item.insert_or_assign(path[0].name, std::move(value));
    return {};
  }
  Value* parent = TRY(parent_of(item, path));
  const Step& last = path.back();
  if (!last.name.empty()) parent->m->insert_or_assign(last.name, std::move(value));
  else if (last.index < parent->l->size()) (*parent->l)[last.index] = std::move(value);
  else parent->l->push_back(std::move(value));
  return {};
}

Result<void> remove_at(Item& item, const Path& path) {
  if (path.size() == 1) {
    item.erase(path[0].name);
    return {};
  }
  Value* parent = TRY(parent_of(item, path));
  const Step& last = path.back();
  if (!last.name.empty()) parent->m->erase(last.name);
  else if (last.index < parent->l->size()) parent->l->erase(parent->l->begin() + static_cast<std::ptrdiff_t>(last.index));
  return {};
}

Result<void> check_disjoint(const std::vector<Path>& paths) {
  for (size_t i = 0; i < paths.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const Path &one = paths[j], &two = paths[i];
      const auto [a, b] = std::ranges::mismatch(one, two);
      const bool overlaps = a == one.end() || b == two.end();
      if (!overlaps && a->name.empty() == b->name.empty()) continue;
      return fail("ValidationException", fmt::format("Two document paths {} with each other; must remove or rewrite one of these paths; path one: {}, path two: {}", overlaps ? "overlap" : "conflict", to_text(one), to_text(two)));
    }
  }
  return {};
}

}  // namespace landfall::services::dynamodb
