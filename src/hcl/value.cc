#include "hcl/value.h"

#include <algorithm>
#include <variant>

#include "base/ensure.h"
#include "hcl/unicode.h"

namespace landfall::hcl {

struct Value::Node {
  struct Null {};
  struct Unknown {};
  using Content =
      std::variant<Null, Unknown, bool, Number, std::string, std::vector<Value>, std::vector<Field>>;
  Type type;
  Content content;
  bool is_wholly_known = true;
  bool has_marks_inside = false;
};

namespace {

template <class Items, class Get>
void summarize(const Items& items, Get get, bool& wholly_known, bool& marks_inside) {
  for (const auto& item : items) {
    const Value& value = get(item);
    wholly_known = wholly_known && value.is_wholly_known();
    marks_inside = marks_inside || value.has_marks_inside();
  }
}

const Value& itself(const Value& value) { return value; }
const Value& value_of(const Value::Field& field) { return field.value; }

/// Sorted by name; of two with one name the last stays.
void arrange(std::vector<Value::Field>& fields) {
  const auto less = [](const Value::Field& a, const Value::Field& b) { return a.name < b.name; };
  if (!std::is_sorted(fields.begin(), fields.end(), less))
    std::stable_sort(fields.begin(), fields.end(), less);
  size_t kept = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (kept > 0 && fields[kept - 1].name == fields[i].name) --kept;
    if (kept != i) fields[kept] = std::move(fields[i]);
    ++kept;
  }
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(kept), fields.end());
}

}  // namespace

Value::Value() {
  static const auto kNull = std::make_shared<const Node>(Node{Type::dynamic(), Node::Null{}});
  node_ = kNull;
}

Value Value::null(Type type) {
  if (type.is_dynamic()) return Value();
  return Value(std::make_shared<const Node>(Node{std::move(type), Node::Null{}}));
}

Value Value::unknown(Type type) {
  return Value(std::make_shared<const Node>(Node{std::move(type), Node::Unknown{}, false}));
}

Value Value::string(std::string_view text) {
  return Value(std::make_shared<const Node>(Node{Type::string(), to_nfc(text)}));
}

Value Value::number(Number number) {
  return Value(std::make_shared<const Node>(Node{Type::number(), std::move(number)}));
}

Value Value::boolean(bool truth) {
  static const auto kTrue = std::make_shared<const Node>(Node{Type::boolean(), true});
  static const auto kFalse = std::make_shared<const Node>(Node{Type::boolean(), false});
  return Value(truth ? kTrue : kFalse);
}

Value Value::list(Type element, std::vector<Value> elements) {
  auto node = std::make_shared<Node>(Node{Type::list(std::move(element)), Node::Null{}});
  summarize(elements, itself, node->is_wholly_known, node->has_marks_inside);
  node->content = std::move(elements);
  return Value(std::move(node));
}

Value Value::set(Type element, std::vector<Value> elements) {
  Marks marks = Marks::none;
  for (Value& value : elements) {
    if (value.has_marks_inside()) value = value.unmark_deep(marks);
  }
  std::sort(elements.begin(), elements.end(), set_less);
  // Two unknowns may turn out different, so only known doubles go.
  const auto same = [](const Value& a, const Value& b) { return a.is_wholly_known() && a == b; };
  elements.erase(std::unique(elements.begin(), elements.end(), same), elements.end());
  auto node = std::make_shared<Node>(Node{Type::set(std::move(element)), Node::Null{}});
  summarize(elements, itself, node->is_wholly_known, node->has_marks_inside);
  node->content = std::move(elements);
  return Value(std::move(node)).with_marks(marks);
}

Value Value::map(Type element, std::vector<Field> fields) {
  arrange(fields);
  auto node = std::make_shared<Node>(Node{Type::map(std::move(element)), Node::Null{}});
  summarize(fields, value_of, node->is_wholly_known, node->has_marks_inside);
  node->content = std::move(fields);
  return Value(std::move(node));
}

Value Value::tuple(std::vector<Value> elements) {
  std::vector<Type> types;
  types.reserve(elements.size());
  for (const Value& value : elements) types.push_back(value.type());
  auto node = std::make_shared<Node>(Node{Type::tuple(std::move(types)), Node::Null{}});
  summarize(elements, itself, node->is_wholly_known, node->has_marks_inside);
  node->content = std::move(elements);
  return Value(std::move(node));
}

Value Value::object(std::vector<Field> fields) {
  arrange(fields);
  std::vector<Type::Attribute> types;
  types.reserve(fields.size());
  for (const Field& field : fields) types.push_back({field.name, field.value.type()});
  auto node = std::make_shared<Node>(Node{Type::object(std::move(types)), Node::Null{}});
  summarize(fields, value_of, node->is_wholly_known, node->has_marks_inside);
  node->content = std::move(fields);
  return Value(std::move(node));
}

const Type& Value::type() const { return node_->type; }
bool Value::is_null() const { return std::holds_alternative<Node::Null>(node_->content); }
bool Value::is_known() const { return !std::holds_alternative<Node::Unknown>(node_->content); }
bool Value::is_wholly_known() const { return node_->is_wholly_known; }
bool Value::has_marks_inside() const { return is_marked() || node_->has_marks_inside; }

const std::string& Value::as_string() const {
  const auto* text = std::get_if<std::string>(&node_->content);
  ENSURE(text != nullptr, "the caller has made sure that this is a known string");
  return *text;
}

const Number& Value::as_number() const {
  const auto* number = std::get_if<Number>(&node_->content);
  ENSURE(number != nullptr, "the caller has made sure that this is a known number");
  return *number;
}

bool Value::as_bool() const {
  const auto* truth = std::get_if<bool>(&node_->content);
  ENSURE(truth != nullptr, "the caller has made sure that this is a known bool");
  return *truth;
}

std::span<const Value> Value::elements() const {
  const auto* elements = std::get_if<std::vector<Value>>(&node_->content);
  ENSURE(elements != nullptr, "the caller has made sure that this is a known list, set or tuple");
  return *elements;
}

std::span<const Value::Field> Value::fields() const {
  const auto* fields = std::get_if<std::vector<Field>>(&node_->content);
  ENSURE(fields != nullptr, "the caller has made sure that this is a known map or object");
  return *fields;
}

size_t Value::length() const { return type().has_fields() ? fields().size() : elements().size(); }

const Value* Value::find(std::string_view name) const {
  const auto all = fields();
  const auto found = std::lower_bound(
      all.begin(), all.end(), name, [](const Field& f, std::string_view wanted) { return f.name < wanted; });
  return found != all.end() && found->name == name ? &found->value : nullptr;
}

Value Value::with_marks(Marks more) const {
  Value copy = *this;
  copy.marks_ = copy.marks_ | more;
  return copy;
}

Value Value::without_marks() const {
  Value copy = *this;
  copy.marks_ = Marks::none;
  return copy;
}

Value Value::unmark_deep(Marks& found) const {
  found = found | marks_;
  if (!node_->has_marks_inside) return without_marks();
  auto node = std::make_shared<Node>(*node_);
  node->has_marks_inside = false;
  if (auto* elements = std::get_if<std::vector<Value>>(&node->content)) {
    for (Value& value : *elements) value = value.unmark_deep(found);
  } else if (auto* fields = std::get_if<std::vector<Field>>(&node->content)) {
    for (Field& field : *fields) field.value = field.value.unmark_deep(found);
  }
  return Value(std::move(node));
}

bool Value::operator==(const Value& other) const {
  if (marks_ != other.marks_) return false;
  if (node_ == other.node_) return true;
  const Node& a = *node_;
  const Node& b = *other.node_;
  if (a.content.index() != b.content.index() || !(a.type == b.type)) return false;
  if (is_null() || !is_known()) return true;
  if (const auto* truth = std::get_if<bool>(&a.content)) return *truth == std::get<bool>(b.content);
  if (const auto* number = std::get_if<Number>(&a.content)) return *number == std::get<Number>(b.content);
  if (const auto* text = std::get_if<std::string>(&a.content))
    return *text == std::get<std::string>(b.content);
  if (const auto* elements = std::get_if<std::vector<Value>>(&a.content)) {
    return *elements == std::get<std::vector<Value>>(b.content);
  }
  const auto& left = std::get<std::vector<Field>>(a.content);
  const auto& right = std::get<std::vector<Field>>(b.content);
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const Field& x, const Field& y) { return x.name == y.name && x.value == y.value; });
}

namespace {

/// A text that is the same for equal values: what go-cty sorts sets of anything but primitives by.
void append_order_text(std::string& text, const Value& value) {
  if (!value.is_known()) {
    text += '?';
  } else if (value.is_null()) {
    text += '~';
  } else {
    switch (value.type().kind()) {
      case Type::Kind::dynamic:
        break;
      case Type::Kind::string:
        text += quoted(value.as_string());
        break;
      case Type::Kind::number:
        text += value.as_number().format('g', 10);
        break;
      case Type::Kind::boolean:
        text += value.as_bool() ? 'T' : 'F';
        break;
      case Type::Kind::list:
      case Type::Kind::set:
      case Type::Kind::tuple: {
        const bool is_tuple = value.is(Type::Kind::tuple);
        text += is_tuple ? '<' : '[';
        for (const Value& element : value.elements()) {
          append_order_text(text, element);
          text += ';';
        }
        text += is_tuple ? '>' : ']';
        break;
      }
      case Type::Kind::map:
      case Type::Kind::object: {
        const bool is_map = value.is(Type::Kind::map);
        text += is_map ? '{' : '<';
        for (const Value::Field& field : value.fields()) {
          if (is_map) text += quoted(field.name) + ":";
          append_order_text(text, field.value);
          text += ';';
        }
        text += is_map ? '}' : '>';
        break;
      }
    }
  }
}

}  // namespace

bool set_less(const Value& a, const Value& b) {
  if (a.is_null() || b.is_null()) return !a.is_null() && b.is_null();
  if (!a.is_known() || !b.is_known()) return a.is_known() && !b.is_known();
  if (a.type().kind() == b.type().kind()) {
    if (a.is(Type::Kind::string)) return a.as_string() < b.as_string();
    if (a.is(Type::Kind::number)) return a.as_number() < b.as_number();
    if (a.is(Type::Kind::boolean)) return a.as_bool() < b.as_bool();
  }
  std::string left, right;
  append_order_text(left, a);
  append_order_text(right, b);
  return left < right;
}

namespace {

enum class Truth { no, yes, unknown };

Truth and_then(Truth a, Truth b) {
  if (a == Truth::no || b == Truth::no) return Truth::no;
  return a == Truth::unknown || b == Truth::unknown ? Truth::unknown : Truth::yes;
}

Truth same(const Value& a, const Value& b) {
  if (a.is_known() && b.is_known() && (a.is_null() || b.is_null())) {
    return a.is_null() && b.is_null() ? Truth::yes : Truth::no;
  }
  if (!a.type().has_dynamic() && !b.type().has_dynamic() && !(a.type() == b.type())) return Truth::no;
  if (!a.is_known() || !b.is_known()) return Truth::unknown;
  if (!(a.type() == b.type()) && a.type().kind() != b.type().kind()) return Truth::no;
  if (a.type().is_primitive()) return a.without_marks() == b.without_marks() ? Truth::yes : Truth::no;
  if (a.length() != b.length()) {
    const bool may_shrink = a.is(Type::Kind::set) && !(a.is_wholly_known() && b.is_wholly_known());
    return may_shrink ? Truth::unknown : Truth::no;
  }
  if (a.is(Type::Kind::set)) {
    if (!a.is_wholly_known() || !b.is_wholly_known()) return Truth::unknown;
    return a == b ? Truth::yes : Truth::no;
  }
  Truth answer = Truth::yes;
  if (a.type().has_fields()) {
    for (const Value::Field& field : a.fields()) {
      const Value* other = b.find(field.name);
      answer = and_then(answer, other == nullptr ? Truth::no : same(field.value, *other));
    }
    return answer;
  }
  for (size_t i = 0; i < a.length(); ++i) answer = and_then(answer, same(a.elements()[i], b.elements()[i]));
  return answer;
}

}  // namespace

Value equals(const Value& a, const Value& b) {
  Marks marks = Marks::none;
  const Truth answer = same(a.unmark_deep(marks), b.unmark_deep(marks));
  const Value result =
      answer == Truth::unknown ? Value::unknown(Type::boolean()) : Value::boolean(answer == Truth::yes);
  return result.with_marks(marks);
}

}  // namespace landfall::hcl
