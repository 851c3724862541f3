#include "terraform/value_mirror.h"

#include <functional>
#include <utility>

#include "hcl/value_json.h"
#include "terraform/json_object.h"

namespace landfall::terraform {
namespace {

constexpr std::string_view kNothing = "false";  // of a mirror: no such part in here

/// Mirrors of the parts, in an object or a list.
std::string parts_json(const Value& value, const std::function<std::string(const Value&)>& mirror) {
  if (value.type().is_sequence()) {
    JsonArray list;
    for (const Value& element : value.elements()) list.add(mirror(element));
    return list.text();
  }
  JsonObject object;
  for (const auto& [name, member] : value.fields()) {
    if (const std::string inner = mirror(member); inner != kNothing) object.add(name, inner);
  }
  return object.text();
}

}  // namespace

std::string known_json(const Value& value) {
  if (!value.has_value()) return "null";
  if (value.is_wholly_known() || value.type().is_primitive()) return hcl::to_json(value);
  if (value.type().is_sequence()) {
    JsonArray list;
    for (const Value& element : value.elements()) list.add(known_json(element));
    return list.text();
  }
  JsonObject object;
  for (const auto& [name, member] : value.fields()) {
    if (member.is_known()) object.add(name, known_json(member));
  }
  return object.text();
}

std::string unknown_json(const Value& value) {
  if (!value.is_known()) return "true";
  if (value.is_null() || value.type().is_primitive()) return std::string(kNothing);
  return parts_json(value, unknown_json);
}

std::string sensitive_json(const Value& value) {
  if (value.is_sensitive()) return "true";
  const Type& type = value.type();
  if ((value.is_known() && value.is_null()) || type.is_primitive() || type.is_dynamic()) return std::string(kNothing);
  if (!value.is_known()) return type.is_sequence() ? "[]" : "{}";
  return parts_json(value, sensitive_json);
}

Value with_schema_marks(const Value& value, const Schema& schema) {
  if (!value.has_value()) return value;
  if (value.type().is_sequence()) {  // of blocks
    std::vector<Value> elements;
    for (const Value& element : value.elements()) elements.push_back(with_schema_marks(element, schema));
    return Value::tuple(std::move(elements)).with_marks(value.marks());
  }
  std::vector<Value::Field> fields;
  for (const auto& [name, member] : value.fields()) {
    const Attribute* attribute = schema.attribute(name);
    const Block* block = schema.block(name);
    if (attribute != nullptr && attribute->is_sensitive) fields.push_back({name, member.sensitive()});
    else fields.push_back({name, block == nullptr ? member : with_schema_marks(member, block->schema)});
  }
  return Value::object(std::move(fields)).with_marks(value.marks());
}

}  // namespace landfall::terraform
