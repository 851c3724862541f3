#include <fmt/format.h>

#include "hcl/convert.h"
#include "hcl/evaluate.h"

/// `.name` and `[index]`. Source: hashicorp/hcl, ops.go.
namespace landfall::hcl {
namespace {

using Outcome = std::expected<Value, Diagnostic>;
using Kind = Type::Kind;

std::unexpected<Diagnostic> refuse(std::string summary, std::string detail) {
  return std::unexpected(Diagnostic{.summary = std::move(summary), .detail = std::move(detail)});
}

std::unexpected<Diagnostic> no_element(std::string_view why) {
  return refuse("Invalid index",
                fmt::format("The given key does not identify an element in this collection value{}{}.",
                            why.empty() ? "" : ": ", why));
}

std::unexpected<Diagnostic> no_attributes(const Type& type, const std::string& name) {
  const bool of_objects = (type.is(Kind::list) || type.is(Kind::set)) && type.element().is(Kind::object);
  if (of_objects && type.element().attribute(name) != nullptr) {
    const char* kind = type.is(Kind::list) ? "list" : "set";
    return refuse(
        "Unsupported attribute",
        fmt::format(
            "Can't access attributes on a {0} of objects. Did you mean to access attribute \"{1}\" for a "
            "specific element of the {0}, or across all elements of the {0}?",
            kind, name));
  }
  if (type.is_primitive()) {
    return refuse("Unsupported attribute",
                  fmt::format("Can't access attributes on a primitive-typed value ({}).", type.friendly()));
  }
  return refuse("Unsupported attribute", "This value does not have any attributes.");
}

Outcome attribute_of(const Value& object, const std::string& name) {
  if (object.is_null()) {
    return refuse("Attempt to get attribute from null value",
                  "This value is null, so it does not have any attributes.");
  }
  const Type& type = object.type();
  if (type.is_dynamic()) return Value::unknown();
  if (!type.has_fields()) return no_attributes(type, name);
  if (!object.is_known()) {
    if (type.is(Kind::map)) return Value::unknown(type.element());
    const Type::Attribute* attribute = type.attribute(name);
    if (attribute != nullptr) return Value::unknown(attribute->type);
  } else if (const Value* found = object.find(name)) {
    return *found;
  }
  if (type.is(Kind::map)) {
    return refuse("Missing map element",
                  fmt::format("This map does not have an element with the key \"{}\".", name));
  }
  return refuse("Unsupported attribute",
                fmt::format("This object does not have an attribute named \"{}\".", name));
}

Outcome element_of(const Value& sequence, const Value& key) {
  const Result<Value> index = convert(key, Type::number());
  if (!index) return no_element(index.error().what);
  const Type& type = sequence.type();
  const Type element = type.is(Kind::list) ? type.element() : Type::dynamic();
  if (!index->is_known()) return Value::unknown(element);
  const Number& number = index->as_number();
  if (!number.is_whole()) {
    return no_element(
        "indexing a sequence requires a whole number, but the given index has a fractional part");
  }
  if (number.sign() < 0) return no_element("a negative number is not a valid index for a sequence");
  const std::optional<int64_t> at = number.as_int64();
  if (!sequence.is_known()) {
    if (type.is(Kind::list)) return Value::unknown(element);
    if (!at || static_cast<size_t>(*at) >= type.elements().size()) return no_element("");
    return Value::unknown(type.elements()[static_cast<size_t>(*at)]);
  }
  if (sequence.length() == 0) return no_element("the collection has no elements");
  if (!at || static_cast<size_t>(*at) >= sequence.length()) return no_element("");
  return sequence.elements()[static_cast<size_t>(*at)];
}

Outcome field_of(const Value& mapping, const Value& key) {
  const Result<Value> name = convert(key, Type::string());
  if (!name) return no_element("string required");
  const Type& type = mapping.type();
  if (!name->is_known()) return Value::unknown(type.is(Kind::map) ? type.element() : Type::dynamic());
  if (!mapping.is_known()) {
    if (type.is(Kind::map)) return Value::unknown(type.element());
    const Type::Attribute* attribute = type.attribute(name->as_string());
    if (attribute == nullptr) return no_element("");
    return Value::unknown(attribute->type);
  }
  const Value* found = mapping.find(name->as_string());
  if (found == nullptr) return no_element("");
  return *found;
}

Outcome item_of(const Value& collection, const Value& key, Dialect dialect) {
  if (collection.is_null()) {
    return refuse("Attempt to index null value", "This value is null, so it does not have any indices.");
  }
  if (key.is_null()) return refuse("Invalid index", "Can't use a null value as an indexing key.");
  switch (collection.type().kind()) {
    case Kind::dynamic:
      return Value::unknown();
    case Kind::list:
    case Kind::tuple:
      return element_of(collection, key);
    case Kind::map:
    case Kind::object:
      return field_of(collection, key);
    case Kind::set:
      // 0.11 knew no difference between lists and sets in expressions.
      if (dialect == Dialect::v011 && collection.is_known()) {
        const auto elements = collection.elements();
        return element_of(Value::list(collection.type().element(), {elements.begin(), elements.end()}), key);
      }
      return refuse(
          "Invalid index",
          "Elements of a set are identified only by their value and don't have any separate index or key to "
          "select with, so it's only possible to perform operations across all elements of the set.");
    case Kind::string:
    case Kind::number:
    case Kind::boolean:
      return refuse("Invalid index", "This value does not have any indices.");
  }
  return refuse("Invalid index", "This value does not have any indices.");
}

}  // namespace

Outcome apply_step(const Value& object, const Step& step, Dialect dialect) {
  Outcome result =
      step.is_name() ? attribute_of(object, step.name()) : item_of(object, step.index(), dialect);
  if (!result) return result;
  return result->with_marks(object.marks() | (step.is_name() ? Marks::none : step.index().marks()));
}

}  // namespace landfall::hcl
