#include "hcl/type.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/ensure.h"
#include "hcl/syntax.h"
#include "hcl/type_constraint.h"

namespace landfall::hcl {

struct Type::Node {
  std::vector<Type> elements;  ///< one for list, set, map; any number for tuple
  std::vector<Attribute> attributes{};
};

Type Type::list(Type element) { return Type(Kind::list, std::make_shared<Node>(Node{{std::move(element)}})); }
Type Type::set(Type element) { return Type(Kind::set, std::make_shared<Node>(Node{{std::move(element)}})); }
Type Type::map(Type element) { return Type(Kind::map, std::make_shared<Node>(Node{{std::move(element)}})); }
Type Type::tuple(std::vector<Type> elements) {
  return Type(Kind::tuple, std::make_shared<Node>(Node{std::move(elements)}));
}

Type Type::object(std::vector<Attribute> attributes) {
  const auto less = [](const Attribute& a, const Attribute& b) { return a.name < b.name; };
  if (!std::is_sorted(attributes.begin(), attributes.end(), less)) {
    std::stable_sort(attributes.begin(), attributes.end(), less);
  }
  size_t kept = 0;
  for (size_t i = 0; i < attributes.size(); ++i) {
    if (kept > 0 && attributes[kept - 1].name == attributes[i].name) --kept;
    if (kept != i) attributes[kept] = std::move(attributes[i]);
    ++kept;
  }
  attributes.resize(kept);
  return Type(Kind::object, std::make_shared<Node>(Node{{}, std::move(attributes)}));
}

Result<Type> Type::parse(std::string_view text) {
  const ParsedExpression parsed = parse_expression("type constraint", text);
  if (!parsed.expression) {
    return fail("Hcl.Type",
                fmt::format("type constraint \"{}\": {}", text, parsed.diagnostics.front().detail));
  }
  ParsedType type = type_of_constraint(*parsed.expression);
  if (type.diagnostics.has_errors()) {
    return fail("Hcl.Type", fmt::format("type constraint \"{}\": {}", text, type.diagnostics.front().detail));
  }
  return type.type;
}

bool Type::has_dynamic() const {
  if (kind_ == Kind::dynamic) return true;
  if (!node_) return false;
  return std::any_of(node_->elements.begin(), node_->elements.end(),
                     [](const Type& t) { return t.has_dynamic(); }) ||
         std::any_of(node_->attributes.begin(), node_->attributes.end(),
                     [](const Attribute& a) { return a.type.has_dynamic(); });
}

const Type& Type::element() const {
  ENSURE(is_collection(), "only lists, sets and maps have one element type");
  return node_->elements[0];
}

std::span<const Type> Type::elements() const {
  ENSURE(kind_ == Kind::tuple, "only tuples have several element types");
  return node_->elements;
}

std::span<const Type::Attribute> Type::attributes() const {
  ENSURE(kind_ == Kind::object, "only objects have attributes");
  return node_->attributes;
}

const Type::Attribute* Type::attribute(std::string_view name) const {
  const auto all = attributes();
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const Attribute& a, std::string_view b) { return a.name < b; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

std::string Type::text() const {
  switch (kind_) {
    case Kind::dynamic:
      return "dynamic";
    case Kind::string:
      return "string";
    case Kind::number:
      return "number";
    case Kind::boolean:
      return "bool";
    case Kind::list:
      return fmt::format("list({})", element().text());
    case Kind::set:
      return fmt::format("set({})", element().text());
    case Kind::map:
      return fmt::format("map({})", element().text());
    case Kind::tuple: {
      std::string inner;
      for (const Type& type : node_->elements) inner += (inner.empty() ? "" : ", ") + type.text();
      return fmt::format("tuple([{}])", inner);
    }
    case Kind::object: {
      std::string inner;
      for (const Attribute& a : node_->attributes) {
        inner += (inner.empty() ? "" : ", ") + a.name + ": " + a.type.text();
      }
      return fmt::format("object({{{}}})", inner);
    }
  }
  return {};
}

std::string Type::friendly() const {
  switch (kind_) {
    case Kind::list:
      return fmt::format("list of {}", element().friendly());
    case Kind::set:
      return fmt::format("set of {}", element().friendly());
    case Kind::map:
      return fmt::format("map of {}", element().friendly());
    case Kind::tuple:
      return "tuple";
    case Kind::object:
      return "object";
    case Kind::dynamic:
    case Kind::string:
    case Kind::number:
    case Kind::boolean:
      return text();
  }
  return {};
}

Type Type::without_optional() const {
  switch (kind_) {
    case Kind::list:
      return list(element().without_optional());
    case Kind::set:
      return set(element().without_optional());
    case Kind::map:
      return map(element().without_optional());
    case Kind::tuple: {
      std::vector<Type> types;
      for (const Type& type : elements()) types.push_back(type.without_optional());
      return tuple(std::move(types));
    }
    case Kind::object: {
      std::vector<Attribute> plain;
      for (const Attribute& a : attributes()) plain.push_back({a.name, a.type.without_optional()});
      return object(std::move(plain));
    }
    case Kind::dynamic:
    case Kind::string:
    case Kind::number:
    case Kind::boolean:
      return *this;
  }
  return *this;
}

bool Type::operator==(const Type& other) const {
  if (kind_ != other.kind_) return false;
  if (node_ == other.node_) return true;
  if (node_->elements.size() != other.node_->elements.size()) return false;
  if (!std::equal(node_->elements.begin(), node_->elements.end(), other.node_->elements.begin()))
    return false;
  return std::equal(node_->attributes.begin(), node_->attributes.end(), other.node_->attributes.begin(),
                    other.node_->attributes.end(), [](const Attribute& a, const Attribute& b) {
                      return a.name == b.name && a.type == b.type;
                    });
}

}  // namespace landfall::hcl
