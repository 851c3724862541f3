#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace landfall::hcl {

class Value;

/// A Terraform type, or a type constraint (which may hold `any` and optional attributes). Immutable, cheap to
/// copy.
class Type {
 public:
  enum class Kind : uint8_t { dynamic, string, number, boolean, list, set, map, tuple, object };
  struct Attribute;

  Type() = default;  ///< dynamic: `any` in a constraint, not yet known elsewhere
  static Type dynamic() { return Type(); }
  static Type string() { return Type(Kind::string); }
  static Type number() { return Type(Kind::number); }
  static Type boolean() { return Type(Kind::boolean); }
  static Type list(Type element);
  static Type set(Type element);
  static Type map(Type element);
  static Type tuple(std::vector<Type> elements);
  static Type object(
      std::vector<Attribute> attributes);  ///< sorted here; of two with one name the last stays

  /// Reads a type constraint: `list(object({a = optional(string, "x")}))`, also the quoted 0.11 words.
  /// For constraints inside a parsed file use type_of_constraint in hcl/type_constraint.h.
  static Result<Type> parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  bool is_dynamic() const { return kind_ == Kind::dynamic; }
  bool is_primitive() const { return kind_ >= Kind::string && kind_ <= Kind::boolean; }
  bool is_collection() const { return kind_ >= Kind::list && kind_ <= Kind::map; }
  bool is_sequence() const { return kind_ == Kind::list || kind_ == Kind::set || kind_ == Kind::tuple; }
  bool has_fields() const { return kind_ == Kind::map || kind_ == Kind::object; }
  bool has_dynamic() const;  ///< here or anywhere inside

  const Type& element() const;                              ///< of list, set, map
  std::span<const Type> elements() const;                   ///< of tuple
  std::span<const Attribute> attributes() const;            ///< of object, sorted by name
  const Attribute* attribute(std::string_view name) const;  ///< of object, or null

  /// `list(string)`, `object({a: number})` as the console's type() and errors print it; dynamic is "dynamic".
  std::string text() const;
  /// "string", "list of string", "object": as error messages name it.
  std::string friendly() const;
  Type without_optional() const;  ///< the type of values that meet this constraint

  /// Optional attributes and their defaults do not count.
  bool operator==(const Type& other) const;

 private:
  struct Node;
  explicit Type(Kind kind) : kind_(kind) {}
  Type(Kind kind, std::shared_ptr<const Node> node) : kind_(kind), node_(std::move(node)) {}
  Kind kind_ = Kind::dynamic;
  std::shared_ptr<const Node> node_{};
};

/// One attribute of an object type.
struct Type::Attribute {
  std::string name;
  Type type;
  bool is_optional = false;
  std::shared_ptr<const Value> default_value{};  ///< of optional(T, default); null if none
};

}  // namespace landfall::hcl
