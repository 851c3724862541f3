#include "aws/member_path.h"

#include "aws/scalar.h"
#include "base/text.h"

namespace landfall::aws {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void collect(const Shape& shape, const void* value, std::span<const std::string> steps, std::vector<std::string>& into) {
  if (shape.kind == Kind::list) {
    for (size_t i = 0; i < shape.list->size(value); ++i) collect(*shape.element, shape.list->at(value, i), steps, into);
    return;
  }
  if (steps.empty()) {
    if (is_scalar(shape)) into.push_back(scalar_text(shape, value, TimeFormat::iso8601));
    return;
  }
  const std::string& step = steps[0];
  if (shape.kind == Kind::map) {
    for (const auto& [key, item] : shape.map->items(value)) {
      if (step == "@") into.emplace_back(key);
      else if (step == "*" || step == key) collect(*shape.element, item, steps.subspan(1), into);
    }
  }
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, value);
    if (member.name == step && member.access->has(optional)) collect(*member.shape, member.access->get(optional), steps.subspan(1), into);
  }
}

/// Structures of a key and a value, or maps of them.
void collect_tags(const Shape& shape, const void* value, Pairs& into) {
  if (shape.kind == Kind::list) {
    for (size_t i = 0; i < shape.list->size(value); ++i) collect_tags(*shape.element, shape.list->at(value, i), into);
  }
  if (shape.kind == Kind::map && is_scalar(*shape.element)) {
    for (const auto& [key, item] : shape.map->items(value)) into.emplace_back(key, scalar_text(*shape.element, item, TimeFormat::iso8601));
  }
  std::string key, text;
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, value);
    if (!member.access->has(optional)) continue;
    const void* inner = member.access->get(optional);
    const std::string name = lower(member.name);
    if (!is_scalar(*member.shape)) collect_tags(*member.shape, inner, into);
    else if (name == "key" || name == "tagkey") key = scalar_text(*member.shape, inner, TimeFormat::iso8601);
    else if (name == "value" || name == "tagvalue") text = scalar_text(*member.shape, inner, TimeFormat::iso8601);
  }
  if (!key.empty()) into.emplace_back(std::move(key), std::move(text));
}

}  // namespace

std::vector<std::string> texts_at(const Shape& shape, const void* value, std::span<const std::string> steps) {
  std::vector<std::string> texts;
  collect(shape, value, steps, texts);
  return texts;
}

std::vector<std::string> texts_at(const Shape& shape, const void* value, std::string_view path) { return texts_at(shape, value, split(path, '.')); }

Pairs tags_in(const Shape& shape, const void* value) {
  Pairs pairs;
  for (const Member& member : shape.members) {
    const void* optional = member_of(member, value);
    const std::string name = lower(member.name);
    const bool is_tags = name.find("tag") != std::string::npos && !is_scalar(*member.shape);
    if (is_tags && member.access->has(optional)) collect_tags(*member.shape, member.access->get(optional), pairs);
  }
  return pairs;
}

}  // namespace landfall::aws
