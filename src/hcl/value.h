#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hcl/number.h"
#include "hcl/type.h"

namespace landfall::hcl {

/// What clings to a value. A bit set.
enum class Marks : uint8_t { none = 0, sensitive = 1, ephemeral = 2 };
constexpr Marks operator|(Marks a, Marks b) {
  return static_cast<Marks>(static_cast<int>(a) | static_cast<int>(b));
}
constexpr Marks operator&(Marks a, Marks b) {
  return static_cast<Marks>(static_cast<int>(a) & static_cast<int>(b));
}
constexpr bool any(Marks marks) { return marks != Marks::none; }

/// An immutable Terraform value: one pointer and its marks. Copies share.
///
/// Every value has a type. It is null, unknown ("known after apply"), or known; collections that are known
/// may hold unknown parts. Strings are NFC. Sets are sorted and without doubles; maps and objects are sorted
/// by name (bytes). Reading accessors require the matching kind and a known, not-null value (an ENSURE ends
/// the process otherwise); they look through marks, so who copies a part out of a marked whole must keep the
/// marks: see with_marks. Source: zclconf/go-cty.
class Value {
 public:
  struct Field;

  Value();  ///< null of dynamic type
  static Value null(Type type = Type::dynamic());
  static Value unknown(Type type = Type::dynamic());
  static Value string(std::string_view text);  ///< brought to NFC; bytes that are not UTF-8 become U+FFFD
  static Value number(Number number);
  static Value number(int64_t whole) { return number(Number(whole)); }
  static Value count(int64_t whole) { return number(Number::count(whole)); }  ///< of things, or the place among them
  static Value boolean(bool truth);
  /// Elements must be of the element type (which may be dynamic only if there are none).
  static Value list(Type element, std::vector<Value> elements);
  static Value set(Type element, std::vector<Value> elements);  ///< marks of elements move to the set
  static Value map(Type element, std::vector<Field> fields);    ///< of two with one name the last stays
  static Value tuple(std::vector<Value> elements);
  static Value object(std::vector<Field> fields);  ///< of two with one name the last stays

  const Type& type() const;
  bool is_null() const;
  bool is_known() const;         ///< at the top: not "known after apply" (null is known)
  bool is_wholly_known() const;  ///< nowhere unknown
  bool is(Type::Kind kind) const { return type().is(kind); }
  bool has_value() const { return is_known() && !is_null(); }

  const std::string& as_string() const;
  const Number& as_number() const;
  bool as_bool() const;
  std::span<const Value> elements() const;         ///< of list, set, tuple
  std::span<const Field> fields() const;           ///< of map, object
  size_t length() const;                           ///< of any of these
  const Value* find(std::string_view name) const;  ///< in map or object; null if absent

  Marks marks() const { return marks_; }
  bool is_sensitive() const { return any(marks_ & Marks::sensitive); }
  bool is_marked() const { return any(marks_); }
  bool has_marks_inside() const;          ///< here or anywhere inside
  Value with_marks(Marks more) const;     ///< adds
  Value without_marks() const;            ///< at the top only
  Value unmark_deep(Marks& found) const;  ///< everywhere; what was there is added to `found`
  Value sensitive() const { return with_marks(Marks::sensitive); }

  /// Same type, same content (null equals null, unknown equals unknown), same marks.
  bool operator==(const Value& other) const;

 private:
  struct Node;
  explicit Value(std::shared_ptr<const Node> node) : node_(std::move(node)) {}
  std::shared_ptr<const Node> node_;
  Marks marks_ = Marks::none;
};

struct Value::Field {
  std::string name;
  Value value;
};

/// Total order used for the elements of a set: primitives by value, everything else by a stable text.
bool set_less(const Value& a, const Value& b);

/// `a == b` of the language: unknown if an answer needs an unknown part; false for different types. Marks are
/// kept.
Value equals(const Value& a, const Value& b);

/// As `terraform console` prints it: `tolist([...])`, typed nulls, `(sensitive value)`, `(known after
/// apply)`, heredocs for text of several lines. No newline at the end.
std::string to_console(const Value& value);

}  // namespace landfall::hcl
