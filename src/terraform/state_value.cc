#include "terraform/state_value.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/json.h"
#include "hcl/value_json.h"
#include "terraform/decode.h"
#include "terraform/json_text.h"

namespace landfall::terraform {
namespace {

using hcl::Type;

/// Whether `any` stands for a value somewhere in the type: there a state writes {"value":…,"type":…}.
bool has_any(const Type& type) { return type.has_dynamic(); }

void write(std::string& out, const Value& value, const Type& type) {
  if (!has_any(type)) {
    out += hcl::to_json(value);
    return;
  }
  if (type.is_dynamic()) {
    if (value.is_null() && value.type().is_dynamic()) {
      out += "null";
      return;
    }
    out += "{\"value\":" + hcl::to_json(value) + ",\"type\":" + json::serialize(hcl::type_to_json(value.type())) + "}";
    return;
  }
  if (!value.has_value()) {
    out += "null";
    return;
  }
  if (value.type().has_fields()) {
    out += '{';
    bool is_first = true;
    for (const auto& [name, member] : value.fields()) {
      if (!std::exchange(is_first, false)) out += ',';
      out += json_quoted(name) + ":";
      const Type* inner = type.is(Type::Kind::map) ? &type.element() : type.attribute(name) == nullptr ? nullptr : &type.attribute(name)->type;
      write(out, member, inner == nullptr ? member.type() : *inner);
    }
    out += '}';
    return;
  }
  out += '[';
  bool is_first = true;
  for (const Value& element : value.elements()) {
    if (!std::exchange(is_first, false)) out += ',';
    write(out, element, type.is_collection() ? type.element() : element.type());
  }
  out += ']';
}

/// Takes {"value":…,"type":…} apart where the type says `any`.
Result<Value> unwrap(const Value& loose, const Type& type) {
  if (!has_any(type) || !loose.has_value()) return loose;
  if (type.is_dynamic()) {
    const Value* value = loose.type().has_fields() ? loose.find("value") : nullptr;
    const Value* written = loose.type().has_fields() ? loose.find("type") : nullptr;
    if (value == nullptr || written == nullptr || loose.length() != 2) return loose;
    const Type wanted = TRY(hcl::type_from_json(hcl::to_json_value(*written)));
    return hcl::from_json(hcl::to_json(*value), wanted);
  }
  if (loose.type().has_fields()) {
    std::vector<Value::Field> fields;
    for (const auto& [name, member] : loose.fields()) {
      const Type* inner = type.is(Type::Kind::map) ? &type.element() : !type.is(Type::Kind::object) || type.attribute(name) == nullptr ? nullptr : &type.attribute(name)->type;
      fields.push_back({name, inner == nullptr ? member : TRY(unwrap(member, *inner))});
    }
    return Value::object(std::move(fields));
  }
  if (!loose.type().is_sequence()) return loose;
  std::vector<Value> elements;
  for (const Value& element : loose.elements()) elements.push_back(type.is_collection() ? TRY(unwrap(element, type.element())) : element);
  return Value::tuple(std::move(elements));
}

/// One path of sensitive_attributes: names and keys, from the outside in.
using Path = std::vector<std::string>;

void collect_paths(const Value& value, const std::string& prefix, std::vector<std::string>& paths) {
  if (value.is_sensitive()) {
    paths.push_back("[" + prefix + "]");
    return;
  }
  if (!value.has_value() || !value.has_marks_inside()) return;
  const auto step = [&](const std::string& text, const Value& inner) { collect_paths(inner, prefix + (prefix.empty() ? "" : ",") + text, paths); };
  if (value.is(Type::Kind::object)) {
    for (const auto& [name, member] : value.fields()) step("{\"type\":\"get_attr\",\"value\":" + json_quoted(name) + "}", member);
  } else if (value.is(Type::Kind::map)) {
    for (const auto& [name, member] : value.fields()) step("{\"type\":\"index\",\"value\":{\"value\":" + json_quoted(name) + ",\"type\":\"string\"}}", member);
  } else if (value.is(Type::Kind::list) || value.is(Type::Kind::tuple)) {
    for (size_t i = 0; i < value.length(); ++i) step("{\"type\":\"index\",\"value\":{\"value\":" + std::to_string(i) + ",\"type\":\"number\"}}", value.elements()[i]);
  }
}

/// Blocks of which no more than the name is known stand in a state as they are.
bool is_plain(const Schema& schema, std::string_view name) {
  const Attribute* attribute = schema.attribute(name);
  return attribute != nullptr && attribute->is_block_list && attribute->type.is_dynamic();
}

Value mark(const Value& value, std::span<const std::string> path) {
  if (path.empty()) return value.sensitive();
  if (!value.has_value()) return value;
  if (value.type().has_fields()) {
    std::vector<Value::Field> fields(value.fields().begin(), value.fields().end());
    for (Value::Field& field : fields) {
      if (field.name == path[0]) field.value = mark(field.value, path.subspan(1));
    }
    return (value.is(Type::Kind::map) ? Value::map(value.type().element(), std::move(fields)) : Value::object(std::move(fields))).with_marks(value.marks());
  }
  if (!value.is(Type::Kind::list) && !value.is(Type::Kind::tuple)) return value.sensitive();
  std::vector<Value> elements(value.elements().begin(), value.elements().end());
  const size_t index = static_cast<size_t>(std::strtoul(path[0].c_str(), nullptr, 10));
  if (index < elements.size()) elements[index] = mark(elements[index], path.subspan(1));
  return (value.is(Type::Kind::list) ? Value::list(value.type().element(), std::move(elements)) : Value::tuple(std::move(elements))).with_marks(value.marks());
}

Result<Path> path_of(std::string_view json) {
  Path path;
  TRY(for_each_element(json, [&](std::string_view step) -> Result<void> {
    return for_each_member(step, [&](const std::string& name, std::string_view value) -> Result<void> {
      if (name != "value") return {};
      if (!value.starts_with('{')) {
        path.push_back(text_of_json(value));
        return {};
      }
      return for_each_member(value, [&](const std::string& member, std::string_view inside) -> Result<void> {
        if (member == "value") path.push_back(inside.starts_with('"') ? text_of_json(inside) : std::string(inside));
        return {};
      });
    });
  }));
  return path;
}

std::string attributes_json(const Value& value, const Schema& schema) {
  const Type type = schema.type();
  std::string text;
  if (schema.is_loose || !has_any(type) || !value.has_value()) return hcl::to_json(value);
  for (const auto& [name, member] : value.fields()) {
    text += (text.empty() ? "{" : ",") + json_quoted(name) + ":";
    const Type::Attribute* attribute = type.attribute(name);
    if (attribute == nullptr || is_plain(schema, name)) text += hcl::to_json(member);
    else write(text, member, attribute->type);
  }
  return text + "}";
}

/// Takes {"value":…,"type":…} apart at the places of the schema that have any type.
Result<Value> unwrap(const Value& loose, const Schema& schema) {
  const Type type = schema.type();
  if (schema.is_loose || !has_any(type) || !loose.has_value() || !loose.type().has_fields()) return loose;
  std::vector<Value::Field> fields;
  for (const auto& [name, member] : loose.fields()) {
    const Type::Attribute* attribute = type.attribute(name);
    fields.push_back({name, attribute == nullptr || is_plain(schema, name) ? member : TRY(unwrap(member, attribute->type))});
  }
  return Value::object(std::move(fields));
}

using Flat = std::map<std::string, std::string>;

/// One value out of a flat map: "tags.%" counts a map, "list.#" a list or set (whose elements have any numbers).
Value from_flat(const Flat& flat, const std::string& path, const Type& type) {
  const auto own = flat.find(path);
  if (type.is_primitive() || type.is_dynamic()) return own == flat.end() ? Value::null(type) : fit(Value::string(own->second), type).value_or(Value::null(type));
  const std::string under = path + ".";
  const auto keys_under = [&] {
    std::vector<std::string> keys;
    for (auto at = flat.lower_bound(under); at != flat.end() && at->first.starts_with(under); ++at) {
      const std::string key = type.is(Type::Kind::map) ? at->first.substr(under.size()) : at->first.substr(under.size(), at->first.find('.', under.size()) - under.size());
      if (key != "%" && key != "#" && (keys.empty() || keys.back() != key)) keys.push_back(key);
    }
    return keys;
  };
  if (type.is(Type::Kind::map)) {
    if (!flat.contains(path + ".%") && keys_under().empty()) return Value::null(type);
    std::vector<Value::Field> fields;
    for (const std::string& key : keys_under()) fields.push_back({key, from_flat(flat, under + key, type.element())});
    return Value::map(type.element(), std::move(fields));
  }
  if (type.is(Type::Kind::object)) {
    std::vector<Value::Field> fields;
    for (const Type::Attribute& attribute : type.attributes()) fields.push_back({attribute.name, from_flat(flat, path.empty() ? attribute.name : under + attribute.name, attribute.type)});
    return Value::object(std::move(fields));
  }
  if (!type.is_collection() || !flat.contains(path + ".#")) return Value::null(type);
  std::vector<std::string> keys = keys_under();
  if (type.is(Type::Kind::list)) std::sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
  std::vector<Value> elements;
  for (const std::string& key : keys) elements.push_back(from_flat(flat, under + key, type.element()));
  return type.is(Type::Kind::set) ? Value::set(type.element(), std::move(elements)) : Value::list(type.element(), std::move(elements));
}

/// With the marks that the state tells; what is sensitive by its schema is known anyway.
Result<Value> marked_as_kept(Value value, const StateInstance& instance, const Schema* schema) {
  if (instance.sensitive_attributes.empty()) return value;
  TRY(for_each_element(instance.sensitive_attributes, [&](std::string_view json) -> Result<void> {
    const Path path = TRY(path_of(json));
    const Attribute* attribute = schema != nullptr && path.size() == 1 ? schema->attribute(path[0]) : nullptr;
    if (attribute == nullptr || !attribute->is_sensitive) value = mark(value, path);
    return {};
  }));
  return value;
}

}  // namespace

Result<Value> value_of_instance(const StateInstance& instance, const Schema& schema) {
  const Type type = schema.type();
  if (instance.is_flat) {
    Flat flat;
    TRY(for_each_member(instance.attributes, [&](std::string name, std::string_view value) -> Result<void> {
      flat.emplace(std::move(name), value.starts_with('"') ? text_of_json(value) : std::string(value));
      return {};
    }));
    return from_flat(flat, "", type);
  }
  const Value loose = TRY(hcl::from_json(instance.attributes));
  Value value = TRY(fit(TRY(unwrap(loose, schema)), type));
  return marked_as_kept(value, instance, &schema);
}

Result<Value> value_of_instance(const StateInstance& instance) { return marked_as_kept(TRY(hcl::from_json(instance.attributes)), instance, nullptr); }

std::vector<std::string> sensitive_paths(const Value& value) {
  std::vector<std::string> paths;
  if (value.has_marks_inside()) collect_paths(value, "", paths);
  return paths;
}

Value with_marks_of(const Value& value, const Value& marked) {
  if (!marked.has_marks_inside()) {
    hcl::Marks dropped = hcl::Marks::none;
    return value.has_marks_inside() ? value.unmark_deep(dropped) : value;
  }
  const auto keep = [&](const Value& made) { return made.with_marks(marked.marks()); };
  if (!value.has_value() || !marked.has_value()) return keep(value.without_marks());
  if (value.type().has_fields() && marked.type().has_fields()) {
    std::vector<Value::Field> fields;
    for (const auto& [name, member] : value.fields()) {
      const Value* other = marked.find(name);
      fields.push_back({name, other == nullptr ? member : with_marks_of(member, *other)});
    }
    return keep(value.is(Type::Kind::map) ? Value::map(value.type().element(), std::move(fields)) : Value::object(std::move(fields)));
  }
  const bool is_row = value.is(Type::Kind::list) || value.is(Type::Kind::tuple);
  if (is_row && marked.type().is_sequence() && marked.length() == value.length()) {
    std::vector<Value> elements;
    for (size_t i = 0; i < value.length(); ++i) elements.push_back(with_marks_of(value.elements()[i], marked.elements()[i]));
    return keep(value.is(Type::Kind::list) ? Value::list(value.type().element(), std::move(elements)) : Value::tuple(std::move(elements)));
  }
  return keep(value.without_marks());
}

void set_attributes(StateInstance& instance, const Value& value, const Schema& schema) {
  instance.is_flat = false;
  instance.attributes = attributes_json(value, schema);
  std::vector<std::string> paths = sensitive_paths(value);
  for (const Attribute& attribute : schema.attributes) {
    const std::string own = "[{\"type\":\"get_attr\",\"value\":" + json_quoted(attribute.name) + "}]";
    if (attribute.is_sensitive && std::find(paths.begin(), paths.end(), own) == paths.end()) paths.push_back(own);
  }
  instance.sensitive_attributes.clear();
  for (const std::string& path : paths) instance.sensitive_attributes += (instance.sensitive_attributes.empty() ? "[" : ",") + path;
  if (!instance.sensitive_attributes.empty()) instance.sensitive_attributes += "]";
}

}  // namespace landfall::terraform
