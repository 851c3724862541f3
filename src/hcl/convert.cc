#include "hcl/convert.h"

#include <fmt/format.h>

#include <algorithm>

/// Source: zclconf/go-cty, cty/convert.
namespace landfall::hcl {
namespace {

using Kind = Type::Kind;

std::unexpected<Error> refuse(std::string what) { return fail("Hcl.Convert", std::move(what)); }

/// How a wanted type is asked for: "string", "list of string", "map of any single type".
std::string wanted(const Type& type) {
  switch (type.kind()) {
    case Kind::dynamic:
      return "any type";
    case Kind::list:
      return "list of " + (type.element().is_dynamic() ? "any single type" : wanted(type.element()));
    case Kind::set:
      return "set of " + (type.element().is_dynamic() ? "any single type" : wanted(type.element()));
    case Kind::map:
      return "map of " + (type.element().is_dynamic() ? "any single type" : wanted(type.element()));
    default:
      return type.friendly();
  }
}

std::string in_element(size_t index, std::string_view what) {
  return fmt::format("element {}: {}", index, what);
}
std::string in_key(std::string_view key, std::string_view what) {
  return fmt::format("element \"{}\": {}", key, what);
}
std::string in_attribute(std::string_view name, std::string_view what) {
  return fmt::format("attribute \"{}\": {}", name, what);
}

Result<Value> to_primitive(const Value& value, Kind to) {
  const Kind from = value.type().kind();
  if (to == Kind::string && from == Kind::number) return Value::string(value.as_number().text());
  if (to == Kind::string && from == Kind::boolean) return Value::string(value.as_bool() ? "true" : "false");
  if (to == Kind::number && from == Kind::string) {
    const Result<Number> number = Number::parse(value.as_string());
    if (!number) return refuse("a number is required");
    return Value::number(*number);
  }
  if (to == Kind::boolean && from == Kind::string) {
    const std::string& text = value.as_string();
    if (text == "true" || text == "1") return Value::boolean(true);
    if (text == "false" || text == "0") return Value::boolean(false);
    if (text == "True" || text == "TRUE") {
      return refuse("a bool is required; to convert from string, use lowercase \"true\"");
    }
    if (text == "False" || text == "FALSE") {
      return refuse("a bool is required; to convert from string, use lowercase \"false\"");
    }
    return refuse("a bool is required");
  }
  if (value.type().is_primitive()) {
    return refuse(to == Kind::number    ? "number required"
                  : to == Kind::boolean ? "bool required"
                                        : "string required");
  }
  return refuse(fmt::format("{} required", to == Kind::number    ? "number"
                                           : to == Kind::boolean ? "bool"
                                                                 : "string"));
}

bool primitive_converts(Kind from, Kind to) {
  if (from == to) return true;
  return from == Kind::string || to == Kind::string;
}

/// Whether a value of one type could become the other: what is known before its content is.
bool may_convert(const Type& from, const Type& to) {
  if (from.is_dynamic() || to.is_dynamic() || from == to) return true;
  if (to.is_primitive()) return from.is_primitive() && primitive_converts(from.kind(), to.kind());
  switch (to.kind()) {
    case Kind::list:
    case Kind::set:
      if (from.is(Kind::tuple)) {
        return std::all_of(from.elements().begin(), from.elements().end(),
                           [&](const Type& t) { return may_convert(t, to.element()); });
      }
      return (from.is(Kind::list) || from.is(Kind::set)) && may_convert(from.element(), to.element());
    case Kind::map:
      if (from.is(Kind::object)) {
        return std::all_of(from.attributes().begin(), from.attributes().end(),
                           [&](const Type::Attribute& a) { return may_convert(a.type, to.element()); });
      }
      return from.is(Kind::map) && may_convert(from.element(), to.element());
    case Kind::tuple:
      if (!from.is(Kind::tuple) || from.elements().size() != to.elements().size()) return false;
      for (size_t i = 0; i < to.elements().size(); ++i) {
        if (!may_convert(from.elements()[i], to.elements()[i])) return false;
      }
      return true;
    case Kind::object:
      if (from.is(Kind::map)) {
        return std::all_of(to.attributes().begin(), to.attributes().end(),
                           [&](const Type::Attribute& a) { return may_convert(from.element(), a.type); });
      }
      if (!from.is(Kind::object)) return false;
      return std::all_of(to.attributes().begin(), to.attributes().end(), [&](const Type::Attribute& a) {
        const Type::Attribute* given = from.attribute(a.name);
        return given != nullptr ? may_convert(given->type, a.type) : a.is_optional;
      });
    default:
      return false;
  }
}

/// `any` inside a wanted collection becomes the one type its elements agree on.
template <class Items, class Get>
Result<Type> element_type_for(const Items& items, Get get, const Value& value, const Type& to) {
  if (!to.element().has_dynamic()) return to.element().without_optional();
  std::vector<Type> types;
  for (const auto& item : items) types.push_back(get(item).type());
  if (value.type().is_collection() && !value.type().element().is_dynamic() && to.element().is_dynamic()) {
    return value.type().element();
  }
  if (types.empty()) return to.element().without_optional();
  const Unified unified = unify(types);
  if (!unified.found) {
    const char* kind = to.is(Kind::list) ? "list" : to.is(Kind::set) ? "set" : "map";
    return refuse(fmt::format("all {} elements must have the same type", kind));
  }
  return unified.type;
}

Result<Value> to_sequence(const Value& value, const Type& to) {
  if (!value.type().is_sequence()) return refuse(fmt::format("{} required", wanted(to)));
  const auto elements = value.elements();
  if (elements.empty() && !may_convert(value.type(), to)) return refuse(fmt::format("{} required", wanted(to)));
  std::vector<Value> converted;
  converted.reserve(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    Result<Value> element = convert(elements[i], to.element());
    if (!element) return refuse(in_element(i, element.error().what));
    converted.push_back(std::move(*element));
  }
  const Type element = TRY(element_type_for(
      converted, [](const Value& v) -> const Value& { return v; }, value, to));
  if (to.element().has_dynamic()) {
    for (Value& one : converted) one = TRY(convert(one, element));
  }
  return to.is(Kind::list) ? Value::list(element, std::move(converted))
                           : Value::set(element, std::move(converted));
}

Result<Value> to_map(const Value& value, const Type& to) {
  if (!value.type().has_fields()) return refuse(fmt::format("{} required", wanted(to)));
  std::vector<Value::Field> converted;
  converted.reserve(value.length());
  for (const Value::Field& field : value.fields()) {
    Result<Value> element = convert(field.value, to.element());
    if (!element) {
      return refuse(value.is(Kind::object) ? in_attribute(field.name, element.error().what)
                                           : in_key(field.name, element.error().what));
    }
    converted.push_back({field.name, std::move(*element)});
  }
  const auto value_of = [](const Value::Field& f) -> const Value& { return f.value; };
  const Type element = TRY(element_type_for(converted, value_of, value, to));
  if (to.element().has_dynamic()) {
    for (Value::Field& one : converted) one.value = TRY(convert(one.value, element));
  }
  return Value::map(element, std::move(converted));
}

Result<Value> to_tuple(const Value& value, const Type& to) {
  if (!value.is(Kind::tuple)) return refuse("tuple required");
  const auto elements = value.elements();
  if (elements.size() != to.elements().size()) {
    return refuse(
        fmt::format("a tuple of {} elements is required, {} given", to.elements().size(), elements.size()));
  }
  std::vector<Value> converted;
  for (size_t i = 0; i < elements.size(); ++i) {
    Result<Value> element = convert(elements[i], to.elements()[i]);
    if (!element) return refuse(in_element(i, element.error().what));
    converted.push_back(std::move(*element));
  }
  return Value::tuple(std::move(converted));
}

std::string missing_text(const std::vector<std::string>& names) {
  if (names.size() == 1) return fmt::format("attribute \"{}\" is required", names[0]);
  std::string text = "attributes ";
  for (size_t i = 0; i < names.size(); ++i) {
    text += i == 0 ? "" : i + 1 < names.size() ? ", " : names.size() == 2 ? " and " : ", and ";
    text += fmt::format("\"{}\"", names[i]);
  }
  return text + " are required";
}

Result<Value> to_object(const Value& value, const Type& to) {
  if (!value.type().has_fields()) return refuse("object required");
  std::vector<Value::Field> converted;
  std::vector<std::string> missing;
  for (const Type::Attribute& wanted_attribute : to.attributes()) {
    const Value* given = value.find(wanted_attribute.name);
    Result<Value> attribute = Value();
    if (wanted_attribute.default_value && (given == nullptr || given->is_null())) {
      attribute = convert(*wanted_attribute.default_value, wanted_attribute.type);
    } else if (given != nullptr) {
      attribute = convert(*given, wanted_attribute.type);
    } else if (wanted_attribute.is_optional) {
      attribute = Value::null(wanted_attribute.type.without_optional());
    } else {
      missing.push_back(wanted_attribute.name);
      continue;
    }
    if (!attribute) return refuse(in_attribute(wanted_attribute.name, attribute.error().what));
    converted.push_back({wanted_attribute.name, std::move(*attribute)});
  }
  if (!missing.empty()) return refuse(missing_text(missing));
  return Value::object(std::move(converted));
}

/// Whether the type holds attributes with defaults, so that even a value of the same type may change.
bool has_defaults(const Type& type) {
  switch (type.kind()) {
    case Kind::list:
    case Kind::set:
    case Kind::map:
      return has_defaults(type.element());
    case Kind::tuple:
      return std::any_of(type.elements().begin(), type.elements().end(), has_defaults);
    case Kind::object:
      return std::any_of(type.attributes().begin(), type.attributes().end(),
                         [](const Type::Attribute& a) { return a.default_value || has_defaults(a.type); });
    default:
      return false;
  }
}

Result<Value> convert_unmarked(const Value& value, const Type& to) {
  if (to.is_dynamic()) return value;
  if (value.type() == to && !to.has_dynamic() && !has_defaults(to)) return value;
  if (!value.has_value()) {
    if (!may_convert(value.type(), to)) return refuse(fmt::format("{} required", wanted(to)));
    if (value.is_null()) return Value::null(to.without_optional());
    return to.has_dynamic() && !value.type().is_dynamic() && value.type().kind() == to.kind()
               ? value
               : Value::unknown(to.without_optional());
  }
  switch (to.kind()) {
    case Kind::dynamic:
      return value;
    case Kind::string:
    case Kind::number:
    case Kind::boolean:
      return to_primitive(value, to.kind());
    case Kind::list:
    case Kind::set:
      return to_sequence(value, to);
    case Kind::map:
      return to_map(value, to);
    case Kind::tuple:
      return to_tuple(value, to);
    case Kind::object:
      return to_object(value, to);
  }
  return value;
}

/// Conversions that never fail: what a type may be replaced by when several must agree.
bool converts_safely(const Type& from, const Type& to) {
  if (from.is_dynamic() || from == to) return true;
  if (to.is_primitive()) return to.is(Kind::string) && from.is_primitive();
  return may_convert(from, to) && !from.is_primitive();
}

enum class Nulls : unsigned char { refused, taken };

Unified unify_types(std::span<const Type> all, Nulls nulls);

Unified unify_elements(std::span<const Type> types, Nulls nulls) {
  std::vector<Type> inner;
  for (const Type& type : types) inner.push_back(type.element());
  return unify_types(inner, nulls);
}

Unified unify_to_map(std::span<const Type> types, Nulls nulls) {
  std::vector<Type> inner;
  for (const Type& type : types) {
    if (type.is(Kind::map)) {
      inner.push_back(type.element());
    } else {
      for (const Type::Attribute& attribute : type.attributes()) inner.push_back(attribute.type);
    }
  }
  if (inner.empty()) return {Type::map(Type::dynamic()), true};
  const Unified element = unify_types(inner, nulls);
  return {Type::map(element.type), element.found};
}

Unified unify_to_list(std::span<const Type> types, Nulls nulls) {
  std::vector<Type> inner;
  for (const Type& type : types) {
    if (type.is(Kind::list)) {
      inner.push_back(type.element());
    } else {
      inner.insert(inner.end(), type.elements().begin(), type.elements().end());
    }
  }
  if (inner.empty()) return {Type::list(Type::dynamic()), true};
  const Unified element = unify_types(inner, nulls);
  return {Type::list(element.type), element.found};
}

Unified unify_objects(std::span<const Type> types, Nulls nulls) {
  const auto first = types[0].attributes();
  const bool same_names = std::all_of(types.begin(), types.end(), [&](const Type& type) {
    return std::equal(type.attributes().begin(), type.attributes().end(), first.begin(), first.end(),
                      [](const Type::Attribute& a, const Type::Attribute& b) { return a.name == b.name; });
  });
  if (!same_names) return unify_to_map(types, nulls);
  std::vector<Type::Attribute> attributes;
  for (size_t i = 0; i < first.size(); ++i) {
    std::vector<Type> inner;
    for (const Type& type : types) inner.push_back(type.attributes()[i].type);
    const Unified attribute = unify_types(inner, nulls);
    if (!attribute.found) return {};  // of one shape: no falling back
    attributes.push_back({first[i].name, attribute.type});
  }
  return {Type::object(std::move(attributes)), true};
}

Unified unify_tuples(std::span<const Type> types, Nulls nulls) {
  const size_t length = types[0].elements().size();
  if (std::any_of(types.begin(), types.end(), [&](const Type& t) { return t.elements().size() != length; })) {
    return unify_to_list(types, nulls);
  }
  std::vector<Type> elements;
  for (size_t i = 0; i < length; ++i) {
    std::vector<Type> inner;
    for (const Type& type : types) inner.push_back(type.elements()[i]);
    const Unified element = unify_types(inner, nulls);
    if (!element.found) return {};
    elements.push_back(element.type);
  }
  return {Type::tuple(std::move(elements)), true};
}

Unified unify_by_preference(std::span<const Type> types) {
  for (const Type& candidate : types) {
    if (std::all_of(types.begin(), types.end(),
                    [&](const Type& t) { return converts_safely(t, candidate); })) {
      return {candidate, true};
    }
  }
  for (const Type& candidate : types) {
    if (std::all_of(types.begin(), types.end(), [&](const Type& t) { return may_convert(t, candidate); })) {
      return {candidate, true};
    }
  }
  return {};
}

Unified unify_types(std::span<const Type> all, Nulls nulls) {
  std::vector<Type> types;
  bool has_null = false;
  for (const Type& type : all) {
    has_null = has_null || type.is_dynamic();
    // A literal null takes any type, so it does not vote.
    if (!type.is_dynamic() && std::find(types.begin(), types.end(), type) == types.end())
      types.push_back(type);
  }
  if (types.empty()) return {Type::dynamic(), true};
  const auto is_structural = [](const Type& t) { return t.is(Kind::object) || t.is(Kind::tuple); };
  // Terraform gives up on a bare null among objects or tuples, but for what stands inside the branches of a conditional.
  if (has_null && std::any_of(types.begin(), types.end(), is_structural)) return {Type::dynamic(), nulls == Nulls::taken};
  if (types.size() == 1) return {types[0], true};
  const auto all_are = [&](Kind one, Kind other) {
    return std::all_of(types.begin(), types.end(), [&](const Type& t) { return t.is(one) || t.is(other); });
  };
  const auto wrap = [](Unified element, Type (*make)(Type)) {
    return Unified{make(element.type), element.found};
  };
  if (all_are(Kind::map, Kind::map)) return wrap(unify_elements(types, nulls), Type::map);
  if (all_are(Kind::list, Kind::list)) return wrap(unify_elements(types, nulls), Type::list);
  if (all_are(Kind::list, Kind::set) && std::ranges::any_of(types, [](const Type& t) { return t.is(Kind::list); })) return wrap(unify_elements(types, nulls), Type::list);
  if (all_are(Kind::set, Kind::set)) return wrap(unify_elements(types, nulls), Type::set);
  if (all_are(Kind::object, Kind::object)) return unify_objects(types, nulls);
  if (all_are(Kind::tuple, Kind::tuple)) return unify_tuples(types, nulls);
  if (all_are(Kind::map, Kind::object)) return unify_to_map(types, nulls);
  if (all_are(Kind::list, Kind::tuple)) return unify_to_list(types, nulls);
  return unify_by_preference(types);
}
}  // namespace

Result<Value> convert(const Value& value, const Type& to) {
  Result<Value> converted = convert_unmarked(value.is_marked() ? value.without_marks() : value, to);
  if (!converted || !value.is_marked()) return converted;
  return converted->with_marks(value.marks());
}

Unified unify(std::span<const Type> types) { return unify_types(types, Nulls::refused); }
Unified unify_branches(std::span<const Type> types) { return unify_types(types, Nulls::taken); }

}  // namespace landfall::hcl
