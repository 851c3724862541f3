#include "terraform/aws/shaped.h"

#include <algorithm>
#include <string>
#include <vector>

#include "aws/scalar.h"

namespace landfall::terraform::aws_types {
namespace {

using aws::Kind;
using aws::Member;
using aws::Shape;

bool is_called(std::string_view member, std::string_view attribute) {
  size_t at = 0;
  for (const char c : attribute) {
    if (c == '_') continue;
    if (at == member.size() || std::tolower(static_cast<unsigned char>(member[at])) != c) return false;
    ++at;
  }
  return at == member.size() || (at + 1 == member.size() && member[at] == 's');
}

/// The one that is called so whole, before one in the plural.
const Member* member_for(const Shape& shape, std::string_view attribute, const Renamed& renamed) {
  const auto other = renamed.find(attribute);
  if (other != renamed.end()) {
    const auto found = std::ranges::find(shape.members, other->second, &Member::name);
    if (found != shape.members.end()) return &*found;
  }
  const Member* best = nullptr;
  for (const Member& member : shape.members) {
    if (is_called(member.name, attribute) && (best == nullptr || member.name.size() < best->name.size())) best = &member;
  }
  return best;
}

/// "" for what has no text.
std::string text_of(const Value& value) {
  if (!value.has_value()) return "";
  switch (value.type().kind()) {
    case hcl::Type::Kind::string: return value.as_string();
    case hcl::Type::Kind::number: return value.as_number().text();
    case hcl::Type::Kind::boolean: return value.as_bool() ? "true" : "false";
    default: return "";
  }
}

/// Of an element that is a structure and stands as one text: its first member that is one.
const Member* only_text(const Shape& element) {
  const auto found = std::ranges::find_if(element.members, [](const Member& member) { return member.shape->kind == Kind::string; });
  return found == element.members.end() ? nullptr : &*found;
}

const Member* named(const Shape& shape, std::string_view name) {
  const auto found = std::ranges::find(shape.members, name, &Member::name);
  return found == shape.members.end() ? nullptr : &*found;
}

std::string& emplace_text(const Member& member, void* into) { return *static_cast<std::string*>(member.access->emplace(aws::member_of(member, into))); }

std::string text_in(const Member& member, const void* from) {
  const void* optional = aws::member_of(member, from);
  return member.access->has(optional) ? aws::scalar_text(*member.shape, member.access->get(optional), aws::TimeFormat::iso8601) : "";
}

/// Key and value of tags, which a map stands for.
bool is_tag(const Shape& element) { return element.kind == Kind::structure && named(element, "Key") != nullptr && named(element, "Value") != nullptr; }

Result<void> fill_attribute(const Member& member, const Attribute& attribute, const Record& from, void* into) {
  const Shape& shape = *member.shape;
  void* const optional = aws::member_of(member, into);
  if (aws::is_scalar(shape)) {
    const std::string text = text_of(from.value(attribute.name));
    return text.empty() ? Result<void>() : aws::read_scalar(shape, text, aws::TimeFormat::iso8601, member.access->emplace(optional));
  }
  if (shape.kind == Kind::map) {
    const auto pairs = from.pairs(attribute.name);
    if (pairs.empty()) return {};
    void* const map = member.access->emplace(optional);
    for (const auto& [key, text] : pairs) TRY(aws::read_scalar(*shape.element, text, aws::TimeFormat::iso8601, shape.map->slot(map, key)));
    return {};
  }
  if (shape.kind != Kind::list) return {};
  if (is_tag(*shape.element)) {
    const auto pairs = from.pairs(attribute.name);
    void* const list = pairs.empty() ? nullptr : member.access->emplace(optional);
    for (const auto& [key, text] : pairs) {
      void* const tag = shape.list->add(list);
      emplace_text(*named(*shape.element, "Key"), tag) = key;
      emplace_text(*named(*shape.element, "Value"), tag) = text;
    }
    return {};
  }
  const auto texts = from.texts(attribute.name);
  void* const list = texts.empty() ? nullptr : member.access->emplace(optional);
  const Member* inner = shape.element->kind == Kind::structure ? only_text(*shape.element) : nullptr;
  for (const std::string& text : texts) {
    void* const element = shape.list->add(list);
    if (inner != nullptr) emplace_text(*inner, element) = text;
    else TRY(aws::read_scalar(*shape.element, text, aws::TimeFormat::iso8601, element));
  }
  return {};
}

Value scalar_value(const Shape& shape, const void* from) {
  switch (shape.kind) {
    case Kind::boolean: return Value::boolean(*static_cast<const bool*>(from));
    case Kind::integer: return Value::number(*static_cast<const int32_t*>(from));
    case Kind::long_integer: return Value::number(*static_cast<const int64_t*>(from));
    case Kind::floating: {
      Record holder;
      holder.set("n", *static_cast<const double*>(from));
      return holder.value("n");
    }
    default: return Value::string(aws::scalar_text(shape, from, aws::TimeFormat::iso8601));
  }
}

void tell_list(const Shape& shape, const void* list, const std::string& name, Record& into) {
  std::vector<std::string> texts;
  std::map<std::string, std::string> pairs;
  const Shape& element = *shape.element;
  const Member* inner = element.kind == Kind::structure ? only_text(element) : nullptr;
  for (size_t i = 0; i < shape.list->size(list); ++i) {
    const void* const one = shape.list->at(list, i);
    if (is_tag(element)) pairs[text_in(*named(element, "Key"), one)] = text_in(*named(element, "Value"), one);
    else texts.push_back(inner != nullptr ? text_in(*inner, one) : aws::scalar_text(element, one, aws::TimeFormat::iso8601));
  }
  if (is_tag(element)) into.set(name, pairs);
  else into.set(name, texts);
}

void tell_attribute(const Member& member, const Attribute& attribute, const void* from, Record& into) {
  const Shape& shape = *member.shape;
  if (aws::is_scalar(shape)) return into.set(attribute.name, scalar_value(shape, from));
  if (shape.kind == Kind::list) return tell_list(shape, from, attribute.name, into);
  if (shape.kind != Kind::map) return;
  std::map<std::string, std::string> pairs;
  for (const auto& [key, value] : shape.map->items(from)) pairs[std::string(key)] = aws::scalar_text(*shape.element, value, aws::TimeFormat::iso8601);
  into.set(attribute.name, pairs);
}

}  // namespace

Result<void> fill_structure(const Shape& shape, const Schema& schema, const Record& from, const Renamed& renamed, void* into) {
  for (const Attribute& attribute : schema.attributes) {
    const Member* member = member_for(shape, attribute.name, renamed);
    if (member != nullptr) TRY(fill_attribute(*member, attribute, from, into).while_doing("reading " + attribute.name));
  }
  for (const Block& block : schema.blocks) {
    const Member* member = member_for(shape, block.name, renamed);
    const std::vector<Record> written = from.blocks(block.name);
    if (member == nullptr || written.empty()) continue;
    void* const held = member->access->emplace(aws::member_of(*member, into));
    const bool is_list = member->shape->kind == Kind::list;
    for (const Record& one : written) TRY(fill_structure(is_list ? *member->shape->element : *member->shape, block.schema, one, renamed, is_list ? member->shape->list->add(held) : held));
  }
  return {};
}

void tell_structure(const Shape& shape, const Schema& schema, const void* from, const Renamed& renamed, Record& into) {
  const auto held = [&](const Member* member) -> const void* {
    const void* const optional = member == nullptr ? nullptr : aws::member_of(*member, from);
    return optional == nullptr || !member->access->has(optional) ? nullptr : member->access->get(optional);
  };
  for (const Attribute& attribute : schema.attributes) {
    const Member* member = member_for(shape, attribute.name, renamed);
    if (const void* const value = held(member)) tell_attribute(*member, attribute, value, into);
    else into.clear(attribute.name);
  }
  for (const Block& block : schema.blocks) {
    const Member* member = member_for(shape, block.name, renamed);
    const void* const value = held(member);
    const bool is_list = value != nullptr && member->shape->kind == Kind::list;
    std::vector<Record> rows;
    for (size_t i = 0; value != nullptr && i < (is_list ? member->shape->list->size(value) : 1); ++i) {
      tell_structure(is_list ? *member->shape->element : *member->shape, block.schema, is_list ? member->shape->list->at(value, i) : value, renamed, rows.emplace_back());
    }
    into.set(block.name, rows);
  }
}

}  // namespace landfall::terraform::aws_types
