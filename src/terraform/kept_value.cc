#include "terraform/kept_value.h"

#include <algorithm>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/json_object.h"

namespace landfall::terraform {
namespace {

using hcl::Type;
using hcl::Value;

std::string encode(const Value& value) {
  if (value.is_marked()) return JsonArray().add("\"!\"").add(std::to_string(static_cast<int>(value.marks()))).add(encode(value.without_marks())).text();
  if (!value.is_known()) return R"(["?"])";
  if (value.is_null() || value.type().is_primitive()) return hcl::to_json(value);
  if (value.type().has_fields()) {
    JsonObject object;
    for (const auto& [name, member] : value.fields()) object.add(name, encode(member));
    return object.text();
  }
  JsonArray list;
  list.add("\"=\"");
  for (const Value& element : value.elements()) list.add(encode(element));
  return list.text();
}

std::unexpected<Error> malformed(std::string_view wanted, std::string_view json) {
  return fail("Plan.Malformed", "a value of the plan is " + std::string(json.substr(0, 40)) + " where " + std::string(wanted) + " is wanted");
}

Result<Value> decode_value(std::string_view json, const Type& type);

// Inside a list or an object, where any type may stand, a value has the type that its text says.
Result<Value> decode_fields(std::string_view json, const Type& type) {
  const bool is_any = type.is_dynamic();
  std::vector<Value::Field> fields;
  TRY(for_each_member(json, [&](std::string name, std::string_view inner) -> Result<void> {
    const Type::Attribute* attribute = type.is(Type::Kind::object) ? type.attribute(name) : nullptr;
    if (!is_any && !type.is(Type::Kind::map) && attribute == nullptr) return malformed("a value of type " + type.text(), json);
    Value member = TRY(decode_value(inner, is_any ? type : attribute == nullptr ? type.element() : attribute->type));
    fields.push_back({std::move(name), std::move(member)});
    return {};
  }));
  if (is_any) return Value::object(std::move(fields));
  if (type.is(Type::Kind::map)) return Value::map(type.element(), std::move(fields));
  if (fields.size() != type.attributes().size()) return malformed("a value of type " + type.text(), json);
  return Value::object(std::move(fields));
}

Result<Value> from_elements(const std::vector<std::string_view>& parts, std::string_view json, const Type& type) {
  const bool is_any = type.is_dynamic();
  const bool is_tuple = type.is(Type::Kind::tuple);
  if ((!is_any && !type.is_sequence()) || (is_tuple && type.elements().size() + 1 != parts.size())) return malformed("a value of type " + type.text(), json);
  std::vector<Value> elements;
  for (size_t i = 1; i < parts.size(); ++i) elements.push_back(TRY(decode_value(parts[i], is_any ? type : is_tuple ? type.elements()[i - 1] : type.element())));
  if (is_tuple || is_any) return Value::tuple(std::move(elements));
  return type.is(Type::Kind::set) ? Value::set(type.element(), std::move(elements)) : Value::list(type.element(), std::move(elements));
}

Type type_said(std::string_view json) {
  if (json.starts_with('"')) return Type::string();
  return json == "true" || json == "false" ? Type::boolean() : Type::number();
}

Result<Value> decode_value(std::string_view json, const Type& type) {
  if (json == "null") return Value::null(type);
  if (json.starts_with('{')) return decode_fields(json, type);
  if (type.is_dynamic() && !json.starts_with('[')) return hcl::from_json(json, type_said(json));
  if (!json.starts_with('[')) return type.is_primitive() ? hcl::from_json(json, type) : Result<Value>(malformed("a value of type " + type.text(), json));
  std::vector<std::string_view> parts;
  TRY(for_each_element(json, [&](std::string_view part) -> Result<void> {
    parts.push_back(part);
    return {};
  }));
  const std::string_view tag = parts.empty() ? std::string_view() : parts[0];
  if (tag == "\"?\"") return Value::unknown(type);
  if (tag == "\"=\"") return from_elements(parts, json, type);
  const auto bits = parts.size() == 3 && tag == "\"!\"" ? hcl::Marks(static_cast<uint8_t>(std::atoi(std::string(parts[1]).c_str()) & 3)) : hcl::Marks::none;
  if (!hcl::any(bits)) return malformed("a marked value, an unknown one or a list", json);
  return TRY(decode_value(parts[2], type)).with_marks(bits);
}

}  // namespace

std::string TypeTable::keep(const Value& value) {
  const auto found = std::ranges::find(types_, value.type());
  const auto place = found - types_.begin();
  if (found == types_.end()) types_.push_back(value.type());
  return JsonObject().add("t", std::to_string(place)).add("v", encode(value)).text();
}

std::string TypeTable::text() const {
  JsonArray list;
  for (const Type& type : types_) list.add(json::serialize(hcl::type_to_json(type)));
  return list.text();
}

Result<std::vector<Type>> parse_types(std::string_view json) {
  std::vector<Type> types;
  TRY(for_each_element(json, [&](std::string_view one) -> Result<void> {
    types.push_back(TRY(hcl::type_from_json(TRY(parse_json(one, "a type of the plan")))));
    return {};
  }));
  return types;
}

Result<Value> kept_value(std::string_view json, const std::vector<Type>& types) {
  size_t place = types.size();
  std::string_view inner;
  TRY(for_each_member(json, [&](const std::string& name, std::string_view value) -> Result<void> {
    if (name == "t") place = static_cast<size_t>(std::strtoull(std::string(value).c_str(), nullptr, 10));
    if (name == "v") inner = value;
    return {};
  }));
  if (place >= types.size() || inner.empty()) return malformed("a value with its type", json);
  return decode_value(inner, types[place]);
}

}  // namespace landfall::terraform
