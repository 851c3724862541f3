#include "hcl/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/ensure.h"
#include "hcl/arithmetic.h"
#include "hcl/call.h"
#include "hcl/convert.h"
#include "hcl/describe.h"

/// Source: hashicorp/hcl, hclsyntax/expression.go and expression_template.go.
namespace landfall::hcl {
namespace {

using Kind = Type::Kind;

constexpr int kMostSteps = 20'000'000;  ///< per evaluation: minutes of work are a mistake or an attack
constexpr size_t kLargestString = 64u << 20;

/// Evaluates one expression. Failures become diagnostics and an unknown value, so that one fault is told
/// once.
class Evaluator {
 public:
  Evaluator(const Scope& scope, Diagnostics& diagnostics) : scope_(scope), diagnostics_(&diagnostics) {}

  Value eval(const Expression& expression) {
    if (++steps_ > kMostSteps) {
      if (steps_ == kMostSteps + 1)
        error(expression.range, "Expression too expensive",
              "This expression takes too many steps to evaluate.");
      return Value::unknown();
    }
    return std::visit([&](const auto& node) { return eval(node, expression); }, expression.node);
  }

  /// Tells beneath each failure what the references in it stood for.
  void describe_references(const Expression& whole) {
    Diagnostics found = std::move(*diagnostics_);
    diagnostics_->clear();
    for (Diagnostic& diagnostic : found) {
      if (!diagnostic.is_error() || !diagnostic.values.empty()) continue;
      for (const Reference* reference : whole.references()) {
        if (lies_in(reference->range, diagnostic)) describe(*reference, whole.dialect, diagnostic);
      }
    }
    *diagnostics_ = std::move(found);
  }

 private:
  struct Binding {
    std::string_view name;
    Value value;
  };

  /// Names of a `for`, while it runs.
  class Frame {
   public:
    Frame(Evaluator& evaluator, std::string_view key_name, std::string_view value_name)
        : evaluator_(evaluator), has_key_(!key_name.empty()) {
      if (has_key_) evaluator.names_.push_back({key_name, Value()});
      evaluator.names_.push_back({value_name, Value()});
    }
    ~Frame() { evaluator_.names_.resize(evaluator_.names_.size() - (has_key_ ? 2 : 1)); }
    void set(const Value& key, const Value& value) {
      const size_t last = evaluator_.names_.size() - 1;
      if (has_key_) evaluator_.names_[last - 1].value = key;
      evaluator_.names_[last].value = value;
    }

   private:
    Evaluator& evaluator_;
    bool has_key_;
  };

  Value error(const Range& at, std::string summary, std::string detail) {
    diagnostics_->error(at, std::move(summary), std::move(detail));
    return Value::unknown();
  }

  Value error(const Range& at, Diagnostic diagnostic) {
    if (diagnostic.line == 0) {
      Diagnostic placed =
          diagnose(at, std::move(diagnostic.summary), std::move(diagnostic.detail), diagnostic.severity);
      placed.values = std::move(diagnostic.values);
      diagnostics_->push_back(std::move(placed));
    } else {
      diagnostics_->push_back(std::move(diagnostic));
    }
    return Value::unknown();
  }

  static bool lies_in(const Range& range, const Diagnostic& d) {
    const auto start = std::pair(static_cast<int>(range.start.line), static_cast<int>(range.start.column));
    const auto end = std::pair(static_cast<int>(range.end.line), static_cast<int>(range.end.column));
    return start >= std::pair(d.line, d.column) && end <= std::pair(d.end_line, d.end_column);
  }

  void describe(const Reference& reference, Dialect dialect, Diagnostic& diagnostic) {
    Diagnostics apart;
    Diagnostics* before = std::exchange(diagnostics_, &apart);
    const std::expected<Resolution, Diagnostic> resolved = scope_.resolve(reference);
    if (resolved) {
      const Value value = follow(resolved->value, reference, resolved->steps_used, dialect);
      std::string line = fmt::format("{} {}", reference.text(), description(value));
      const bool is_new =
          std::find(diagnostic.values.begin(), diagnostic.values.end(), line) == diagnostic.values.end();
      if (apart.empty() && is_new) diagnostic.values.push_back(std::move(line));
    }
    diagnostics_ = before;
  }

  /// Runs with diagnostics of its own.
  Value eval_apart(const Expression& expression, Diagnostics& apart) {
    Diagnostics* before = std::exchange(diagnostics_, &apart);
    const Value value = eval(expression);
    diagnostics_ = before;
    return value;
  }

  Value eval(const Literal& node, const Expression&) { return node.value; }
  Value eval(const TemplateWrap& node, const Expression&) { return eval(*node.inner); }
  Value eval(const Parentheses& node, const Expression&) { return eval(*node.inner); }

  Value eval(const Template& node, const Expression& whole) {
    std::string text;
    Marks marks = Marks::none;
    bool is_known = true;
    for (const ExpressionPtr& part : node.parts) {
      const Value value = eval(*part);
      if (!append_text(value, part->range, text, marks, is_known)) is_known = false;
    }
    if (text.size() > kLargestString)
      return error(whole.range, "String too long", "This template gives more than 64 MiB.");
    return (is_known ? Value::string(text) : Value::unknown(Type::string())).with_marks(marks);
  }

  bool append_text(const Value& value, const Range& at, std::string& text, Marks& marks, bool& is_known) {
    marks = marks | value.marks();
    if (value.is_null()) {
      error(at, "Invalid template interpolation value",
            "The expression result is null. Cannot include a null value in a string template.");
      return false;
    }
    const Result<Value> converted = convert(value, Type::string());
    if (!converted) {
      error(at, "Invalid template interpolation value",
            fmt::format("Cannot include the given value in a string template: {}.", converted.error().what));
      return false;
    }
    if (!converted->is_known()) {
      is_known = false;
    } else if (is_known && text.size() <= kLargestString) {
      text += converted->as_string();
    }
    return true;
  }

  Value eval(const TupleNode& node, const Expression& whole) {
    std::vector<Value> elements;
    elements.reserve(node.elements.size());
    for (const ExpressionPtr& element : node.elements) {
      Value value = eval(*element);
      const bool may_flatten = whole.dialect == Dialect::v011 && element->as<TemplateWrap>() != nullptr;
      if (!may_flatten || !value.type().is_sequence() || value.is_null()) {
        elements.push_back(std::move(value));
        continue;
      }
      // 0.11: a list in a list by interpolation alone stands for its elements.
      if (!value.is_known()) return Value::unknown().with_marks(value.marks());
      for (const Value& inner : value.elements()) elements.push_back(inner.with_marks(value.marks()));
    }
    return Value::tuple(std::move(elements));
  }

  Value eval(const ObjectNode& node, const Expression&) {
    std::vector<Value::Field> fields;
    fields.reserve(node.items.size());
    Marks marks = Marks::none;
    bool is_known = true;
    for (const ObjectItem& item : node.items) {
      if (item.key->as<Variable>() != nullptr) {
        error(item.key->range, "Ambiguous attribute key",
              "If this expression is intended to be a reference, wrap it in parentheses. If it's instead intended "
              "as a literal name containing periods, wrap it in quotes to create a string literal.");
        is_known = false;
        continue;
      }
      const Value key = eval(*item.key);
      Value value = eval(*item.value);
      marks = marks | key.marks();
      if (key.is_null()) {
        error(item.key->range, "Null value as key", "Can't use a null value as a key.");
        is_known = false;
        continue;
      }
      const Result<Value> name = convert(key, Type::string());
      if (!name) {
        error(item.key->range, "Incorrect key type",
              fmt::format("Can't use this value as a key: {}.", name.error().what));
        is_known = false;
        continue;
      }
      if (!name->is_known()) {
        is_known = false;
        continue;
      }
      fields.push_back({name->as_string(), std::move(value)});
    }
    return (is_known ? Value::object(std::move(fields)) : Value::unknown()).with_marks(marks);
  }

  Value eval(const Variable& node, const Expression& whole) {
    const Reference& reference = node.reference;
    const auto local = std::find_if(names_.rbegin(), names_.rend(),
                                    [&](const Binding& binding) { return binding.name == reference.root(); });
    if (local != names_.rend()) return follow(local->value, reference, 1, whole.dialect);
    std::expected<Resolution, Diagnostic> found = scope_.resolve(reference);
    if (!found) return error(whole.range, std::move(found.error()));
    return follow(std::move(found->value), reference, found->steps_used, whole.dialect);
  }

  Value follow(Value value, const Reference& reference, size_t from, Dialect dialect) {
    for (size_t i = from; i < reference.steps.size(); ++i) {
      std::expected<Value, Diagnostic> next = apply_step(value, reference.steps[i], dialect);
      if (!next) {
        describe_beginning(next.error(), reference, i, value);
        return error(reference.steps[i].range, std::move(next.error()));
      }
      value = std::move(*next);
    }
    return value;
  }

  /// Terraform's "aws_vpc.x is object with 3 attributes" beneath the source line.
  static void describe_beginning(Diagnostic& diagnostic, const Reference& reference, size_t steps,
                                 const Value& value) {
    Reference beginning;
    beginning.steps.assign(reference.steps.begin(),
                           reference.steps.begin() + static_cast<std::ptrdiff_t>(steps));
    diagnostic.values.push_back(fmt::format("{} {}", beginning.text(), description(value)));
  }

  Value eval(const GetStep& node, const Expression& whole) {
    const Value object = eval(*node.object);
    std::expected<Value, Diagnostic> result = apply_step(object, node.step, whole.dialect);
    return result ? std::move(*result) : error(node.step.range, std::move(result.error()));
  }

  Value eval(const Index& node, const Expression& whole) {
    const Value object = eval(*node.object);
    const Value key = eval(*node.key);
    std::expected<Value, Diagnostic> result = apply_step(object, {key, {}}, whole.dialect);
    return result ? std::move(*result) : error(node.key->range, std::move(result.error()));
  }

  Value eval(const SplatItem&, const Expression&) {
    ENSURE(!splat_items_.empty(), "the parser puts splat items only into splats");
    return splat_items_.back();
  }

  Value eval(const Splat& node, const Expression&) {
    const Value source = eval(*node.source);
    const Marks marks = source.marks();
    const Type& type = source.type();
    if (!type.is_sequence()) {
      if (source.is_null()) return Value::tuple({}).with_marks(marks);
      if (type.is_dynamic()) return Value::unknown().with_marks(marks);
      return Value::tuple({splat_item(node, source.without_marks())}).with_marks(marks);
    }
    if (source.is_null()) {
      return error(node.source->range, "Splat of null value",
                   "Splat expressions (with the * symbol) cannot be applied to null sequences.");
    }
    if (!source.is_known()) return unknown_splat(node, type).with_marks(marks);
    std::vector<Value> results;
    results.reserve(source.length());
    for (const Value& element : source.elements()) results.push_back(splat_item(node, element));
    if (type.is(Kind::tuple)) return Value::tuple(std::move(results)).with_marks(marks);
    return list_or_tuple(node, type, std::move(results)).with_marks(marks);
  }

  Value splat_item(const Splat& node, const Value& element) {
    splat_items_.push_back(element);
    Value result = eval(*node.each);
    splat_items_.pop_back();
    return result;
  }

  Value unknown_splat(const Splat& node, const Type& type) {
    if (type.is(Kind::tuple)) {
      std::vector<Value> results;
      for (const Type& element : type.elements())
        results.push_back(splat_item(node, Value::unknown(element)));
      return Value::tuple(std::move(results));
    }
    return Value::unknown(Type::list(splat_item(node, Value::unknown(type.element())).type()));
  }

  Value list_or_tuple(const Splat& node, const Type& source, std::vector<Value> results) {
    if (results.empty()) {
      Diagnostics ignored;
      Diagnostics* before = std::exchange(diagnostics_, &ignored);
      const Type element = splat_item(node, Value::unknown(source.element())).type();
      diagnostics_ = before;
      return Value::list(element, {});
    }
    const Type element = results[0].type();
    const bool agree =
        std::all_of(results.begin(), results.end(), [&](const Value& v) { return v.type() == element; });
    return agree ? Value::list(element, std::move(results)) : Value::tuple(std::move(results));
  }

  /// Calls visit(key, value) for each element; false if it is not possible (and said so) or not known yet.
  template <class Visit>
  bool iterate(const Value& collection, const Range& at, bool& is_unknown, Visit visit) {
    if (collection.is_null()) {
      error(at, "Iteration over null value",
            "A null value cannot be used as the collection in a 'for' expression.");
      return false;
    }
    const Type& type = collection.type();
    if (type.is_dynamic()) {
      is_unknown = true;
      return false;
    }
    if (type.is_primitive()) {
      error(at, "Iteration over non-iterable value",
            fmt::format("A value of type {} cannot be used as the collection in a 'for' expression.",
                        type.friendly()));
      return false;
    }
    if (!collection.is_known()) {
      is_unknown = true;
      return false;
    }
    if (type.has_fields()) {
      for (const Value::Field& field : collection.fields()) {
        if (!visit(Value::string(field.name), field.value)) return false;
      }
      return true;
    }
    int64_t index = 0;
    for (const Value& element : collection.elements()) {
      if (!visit(type.is(Kind::set) ? element : Value::count(index), element)) return false;
      ++index;
    }
    return true;
  }

  enum class Answer { yes, no, unknown, failed };

  Answer includes(const ForNode& node, Marks& marks) {
    if (!node.condition) return Answer::yes;
    const Value condition = eval(*node.condition);
    marks = marks | condition.marks();
    if (condition.is_null()) {
      error(node.condition->range, "Condition is null", "The value of the 'if' clause must not be null.");
      return Answer::failed;
    }
    const Result<Value> truth = convert(condition, Type::boolean());
    if (!truth) {
      error(node.condition->range, "Invalid 'for' condition",
            fmt::format("The 'if' clause value is invalid: {}.", truth.error().what));
      return Answer::failed;
    }
    if (!truth->is_known()) return Answer::unknown;
    return truth->as_bool() ? Answer::yes : Answer::no;
  }

  Value eval(const ForNode& node, const Expression&) {
    const Value collection = eval(*node.collection);
    Marks marks = collection.marks();
    bool is_unknown = false;
    std::vector<Value> elements;
    std::vector<Value::Field> fields;
    std::map<std::string, std::vector<Value>> groups;
    std::map<std::string_view, bool> seen;
    Frame frame(*this, node.key_name, node.value_name);
    const bool good =
        iterate(collection, node.collection->range, is_unknown, [&](const Value& key, const Value& value) {
          frame.set(key, value);
          const Answer answer = includes(node, marks);
          if (answer == Answer::failed) return false;
          if (answer == Answer::unknown) is_unknown = true;
          if (answer == Answer::no) return true;
          if (!node.is_object) {
            elements.push_back(eval(*node.value));
            return true;
          }
          const std::optional<Value> name = object_key(node, marks);
          if (!name) return false;
          Value result = eval(*node.value);
          if (!name->is_known()) {
            is_unknown = true;
          } else if (node.is_grouping) {
            groups[name->as_string()].push_back(std::move(result));
          } else {
            fields.push_back({name->as_string(), std::move(result)});
          }
          return true;
        });
    if (good && collection.has_value() && (collection.type().is_sequence() || collection.type().has_fields()) && collection.length() == 0) {
      frame.set(Value::unknown(), Value::unknown());  // a condition that can never be is told also where nothing comes to it
      const size_t before = diagnostics_->size();
      if (includes(node, marks) == Answer::failed || diagnostics_->size() > before) return Value::unknown().with_marks(marks);
    }
    if (!good || is_unknown) return Value::unknown().with_marks(marks);
    if (!node.is_object) return Value::tuple(std::move(elements)).with_marks(marks);
    for (auto& [name, values] : groups) fields.push_back({name, Value::tuple(std::move(values))});
    for (const Value::Field& field : fields) {
      if (!seen.emplace(field.name, true).second)
        return duplicate_key(node, any(marks) ? "(sensitive value)" : field.name);
    }
    return Value::object(std::move(fields)).with_marks(marks);
  }

  Value duplicate_key(const ForNode& node, const std::string& name) {
    return error(
        node.key->range, "Duplicate object key",
        fmt::format("Two different items produced the key \"{}\" in this 'for' expression. If duplicates are "
                    "expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                    name));
  }

  std::optional<Value> object_key(const ForNode& node, Marks& marks) {
    const Value key = eval(*node.key);
    marks = marks | key.marks();
    if (key.is_null()) {
      error(node.key->range, "Invalid object key",
            "Key expression in 'for' expression must not produce a null value.");
      return std::nullopt;
    }
    const Result<Value> name = convert(key, Type::string());
    if (!name) {
      error(node.key->range, "Invalid object key",
            fmt::format("The key expression produced an invalid result: {}.", name.error().what));
      return std::nullopt;
    }
    return *name;
  }

  Value eval(const TemplateFor& node, const Expression&) {
    const Value collection = eval(*node.collection);
    Marks marks = collection.marks();
    bool is_unknown = false;
    bool is_known = true;
    std::string text;
    Frame frame(*this, node.key_name, node.value_name);
    const bool good =
        iterate(collection, node.collection->range, is_unknown, [&](const Value& key, const Value& value) {
          frame.set(key, value);
          const Value piece = eval(*node.body);
          return append_text(piece, node.body->range, text, marks, is_known);
        });
    const bool complete = good && !is_unknown && is_known;
    return (complete ? Value::string(text) : Value::unknown(Type::string())).with_marks(marks);
  }

  Value eval(const ConditionalNode& node, const Expression& whole) {
    Diagnostics of_true, of_false;
    const Value condition = eval(*node.condition);
    const Value if_true = eval_apart(*node.if_true, of_true);
    const Value if_false = eval_apart(*node.if_false, of_false);
    const auto is_bare_null = [](const Value& v) { return v.is_null() && v.type().is_dynamic(); };
    Unified unified{Type::dynamic(), true};
    if (is_bare_null(if_true)) {
      unified.type = if_false.type();
    } else if (is_bare_null(if_false)) {
      unified.type = if_true.type();
    } else if (!if_true.type().is_dynamic() && !if_false.type().is_dynamic()) {
      const std::array types{if_true.type(), if_false.type()};
      unified = unify_branches(types);
    }
    if (!unified.found) return inconsistent(whole, if_true.type(), if_false.type());
    const Marks marks = condition.marks() | if_true.marks() | if_false.marks();  // the chosen one tells of the other
    if (condition.is_null()) {
      return error(node.condition->range, "Null condition",
                   "The condition value is null. Conditions must either be true or false.");
    }
    const Result<Value> truth = convert(condition, Type::boolean());
    if (!truth) {
      return error(node.condition->range, "Incorrect condition type",
                   "The condition expression must be of type bool.");
    }
    if (!truth->is_known()) {
      return Value::unknown(unified.type).with_marks(marks);
    }
    diagnostics_->append(std::move(truth->as_bool() ? of_true : of_false));
    const Value& chosen = truth->as_bool() ? if_true : if_false;
    const Result<Value> converted = convert(chosen, unified.type);
    if (!converted) return inconsistent(whole, if_true.type(), if_false.type());
    return converted->with_marks(marks);
  }

  Value inconsistent(const Expression& whole, const Type& if_true, const Type& if_false) {
    return error(whole.range, "Inconsistent conditional result types",
                 fmt::format("The true and false result expressions must have consistent types. {}",
                             difference(if_true, if_false)));
  }

  /// The operand as a wanted primitive; nothing if that failed.
  std::optional<Value> operand(const Value& value, const Type& type, const Range& at, std::string_view side) {
    Result<Value> converted = convert(value, type);
    if (!converted) {
      error(at, "Invalid operand",
            fmt::format("Unsuitable value for {} operand: {}.", side, converted.error().what));
      return std::nullopt;
    }
    if (converted->is_null()) {
      error(at, "Operation failed", "Error during operation: argument must not be null.");
      return std::nullopt;
    }
    return *converted;
  }

  Value eval(const Unary& node, const Expression&) {
    const Type type = node.op == Operator::negate ? Type::number() : Type::boolean();
    const std::optional<Value> value = operand(eval(*node.operand), type, node.operand->range, "unary");
    if (!value) return Value::unknown(type);
    if (!value->is_known()) return *value;
    const Value result =
        node.op == Operator::negate ? Value::number(-value->as_number()) : Value::boolean(!value->as_bool());
    return result.with_marks(value->marks());
  }

  Value eval(const Binary& node, const Expression& whole) {
    switch (node.op) {
      case Operator::logical_or:
        return logical(node, true);
      case Operator::logical_and:
        return logical(node, false);
      case Operator::equal:
        return equality(node, whole);
      case Operator::not_equal: {
        const Value same = equality(node, whole);
        return same.is_known() ? Value::boolean(!same.as_bool()).with_marks(same.marks()) : same;
      }
      case Operator::less:
      case Operator::less_equal:
      case Operator::greater:
      case Operator::greater_equal:
      case Operator::add:
      case Operator::subtract:
      case Operator::multiply:
      case Operator::divide:
      case Operator::modulo:
        return arithmetic(node, whole);
      case Operator::negate:
      case Operator::logical_not:
        break;
    }
    ENSURE(false, "negation and ! have one operand");
  }

  /// `decisive` is the left operand that settles it: true for ||, false for &&. Then the right one is not
  /// looked at (HCL 2.24; Terraform 1.11 evaluates both).
  Value logical(const Binary& node, bool decisive) {
    const std::optional<Value> left = operand(eval(*node.left), Type::boolean(), node.left->range, "left");
    if (!left) return Value::unknown(Type::boolean());
    if (left->is_known() && left->as_bool() == decisive) return *left;
    const std::optional<Value> right =
        operand(eval(*node.right), Type::boolean(), node.right->range, "right");
    if (!right) return Value::unknown(Type::boolean());
    const Marks marks = left->marks() | right->marks();
    if (right->is_known() && (left->is_known() || right->as_bool() == decisive))
      return right->with_marks(marks);
    return Value::unknown(Type::boolean()).with_marks(marks);
  }

  Value equality(const Binary& node, const Expression& whole) {
    const Value left = eval(*node.left);
    const Value right = eval(*node.right);
    const bool differ =
        left.type().is_primitive() && right.type().is_primitive() && !(left.type() == right.type());
    if (whole.dialect == Dialect::v011 && differ) {
      // In 0.11 values met as strings: "1" == 1.
      return equals(*convert(left, Type::string()), *convert(right, Type::string()));
    }
    return equals(left, right);
  }

  Value arithmetic(const Binary& node, const Expression& whole) {
    const bool compares = node.op == Operator::less || node.op == Operator::less_equal ||
                          node.op == Operator::greater || node.op == Operator::greater_equal;
    const Type type = compares ? Type::boolean() : Type::number();
    const std::optional<Value> left = operand(eval(*node.left), Type::number(), node.left->range, "left");
    const std::optional<Value> right = operand(eval(*node.right), Type::number(), node.right->range, "right");
    if (!left || !right) return Value::unknown(type);
    const Marks marks = left->marks() | right->marks();
    if (!left->is_known() || !right->is_known()) return Value::unknown(type).with_marks(marks);
    const Number& a = left->as_number();
    const Number& b = right->as_number();
    if (compares) return Value::boolean(ordered(node.op, Number::compare(a, b))).with_marks(marks);
    std::optional<Number> result = calculate(node.op, a, b);
    if (!result)
      return error(whole.range, "Operation failed",
                   fmt::format("Error during operation: {}.", no_result(node.op)));
    if (whole.dialect == Dialect::v011 && node.op == Operator::divide && a.is_whole() && b.is_whole() &&
        !has_fraction_text(*node.left) && !has_fraction_text(*node.right) && !result->is_infinite()) {
      result = result->trunc();  // 0.11 divided whole numbers as whole numbers
    }
    return Value::number(*result).with_marks(marks);
  }

  /// Whether it is written as a float: `2.0`.
  static bool has_fraction_text(const Expression& expression) {
    return expression.as<Literal>() != nullptr && expression.range.text().find('.') != std::string_view::npos;
  }

  Value eval(const Call& node, const Expression& whole) {
    const std::string_view name =
        node.name.starts_with("core::") ? std::string_view(node.name).substr(6) : node.name;
    if (name == "try") return eval_try(node, whole);
    if (name == "can") return eval_can(node, whole);
    if (name == "templatestring" && !node.arguments.empty() && node.arguments[0]->as<Literal>() != nullptr) {
      return error(
          node.arguments[0]->range, "Invalid function argument",
          "Invalid value for \"template\" parameter: invalid template expression: templatestring is only for "
          "rendering templates retrieved dynamically from elsewhere, and so does not support providing a "
          "literal template; consider using a template string expression instead.");
    }
    std::vector<Value> values;
    Marks marks = Marks::none;
    const size_t errors_before = diagnostics_->size();
    for (size_t i = 0; i < node.arguments.size(); ++i) {
      Value value = eval(*node.arguments[i]);
      if (!node.expands_last || i + 1 < node.arguments.size()) {
        values.push_back(std::move(value));
        continue;
      }
      if (!expand(value, *node.arguments[i], values)) return Value::unknown();
      if (!value.is_known()) return Value::unknown().with_marks(value.marks());
      marks = value.marks();
    }
    if (diagnostics_->size() > errors_before && diagnostics_->has_errors()) return Value::unknown();
    std::expected<Value, Diagnostic> result =
        call_function(node, whole.range, values, scope_.functions(), whole.dialect);
    return result ? result->with_marks(marks) : error(whole.range, std::move(result.error()));
  }

  bool expand(const Value& value, const Expression& argument, std::vector<Value>& values) {
    if (value.is_null()) {
      error(argument.range, "Invalid expanding argument value",
            "The expanding argument (indicated by ...) must not be null.");
      return false;
    }
    if (!value.type().is_sequence() && !value.type().is_dynamic()) {
      error(argument.range, "Invalid expanding argument value",
            "The expanding argument (indicated by ...) must be of a tuple, list, or set type.");
      return false;
    }
    if (value.is_known()) {
      for (const Value& element : value.elements()) values.push_back(element);
    }
    return true;
  }

  Value eval_try(const Call& node, const Expression& whole) {
    if (node.arguments.empty()) {
      return error(whole.range, "Error in function call",
                   "Call to function \"try\" failed: at least one argument is required.");
    }
    std::vector<Value> spread;
    const size_t alone = node.arguments.size() - (node.expands_last ? 1 : 0);
    if (node.expands_last) {
      const Value last = eval(*node.arguments.back());
      if (!expand(last, *node.arguments.back(), spread) || !last.is_known()) return Value::unknown();
    }
    std::string failures;
    for (const ExpressionPtr& argument : std::span(node.arguments).first(alone)) {
      Diagnostics apart;
      const Value value = eval_apart(*argument, apart);
      if (!apart.has_errors())
        return value.is_wholly_known() ? value : Value::unknown().with_marks(value.marks());
      for (const Diagnostic& d : apart) {
        failures += fmt::format("\n- {} (at {}:{},{})\n  {}", d.summary, d.file, d.line, d.column, d.detail);
      }
    }
    if (!spread.empty()) return spread[0].is_wholly_known() ? spread[0] : Value::unknown().with_marks(spread[0].marks());
    return error(
        whole.range, "Error in function call",
        fmt::format(
            "Call to function \"try\" failed: no expression succeeded:{}\n\nAt least one expression must "
            "produce a successful result.",
            failures));
  }

  Value eval_can(const Call& node, const Expression& whole) {
    std::vector<Value> spread;
    if (node.expands_last) {
      const Value last = eval(*node.arguments.back());
      if (!expand(last, *node.arguments.back(), spread) || !last.is_known()) return Value::unknown();
    }
    const size_t count = node.arguments.size() + spread.size() - (node.expands_last ? 1 : 0);
    if (count != 1) {
      return error(whole.range,
                   count == 0 ? "Not enough function arguments" : "Too many function arguments",
                   "Function \"can\" expects 1 argument(s).");
    }
    Diagnostics apart;
    const Value value = spread.empty() ? eval_apart(*node.arguments[0], apart) : spread[0];
    if (apart.has_errors()) return Value::boolean(false);
    return value.is_wholly_known() ? Value::boolean(true) : Value::unknown(Type::boolean());
  }

  const Scope& scope_;
  Diagnostics* diagnostics_;
  std::vector<Binding> names_;
  std::vector<Value> splat_items_;
  int steps_ = 0;
};

}  // namespace

std::expected<Resolution, Diagnostic> MapScope::resolve(const Reference& reference) const {
  const auto found = names_.find(reference.root());
  if (found != names_.end()) return Resolution{found->second, 1};
  if (names_.empty()) {
    return std::unexpected(
        Diagnostic{.summary = "Variables not allowed", .detail = "Variables may not be used here."});
  }
  return std::unexpected(
      Diagnostic{.summary = "Unknown variable",
                 .detail = fmt::format("There is no variable named \"{}\".", reference.root())});
}

Evaluated evaluate(const Expression& expression, const Scope& scope) {
  Evaluated result;
  Evaluator evaluator(scope, result.diagnostics);
  result.value = evaluator.eval(expression);
  if (!result.ok()) {
    evaluator.describe_references(expression);
    result.value = Value::unknown();
  }
  return result;
}

Evaluated evaluate(const Expression& expression, const Scope& scope, const Type& type) {
  Evaluated result = evaluate(expression, scope);
  if (!result.ok()) return result;
  Result<Value> converted = convert(result.value, type);
  if (converted) {
    result.value = std::move(*converted);
  } else {
    result.value = Value::unknown(type.without_optional());
    result.diagnostics.error(expression.range, "Incorrect value type",
                             fmt::format("Invalid expression value: {}.", converted.error().what));
  }
  return result;
}

}  // namespace landfall::hcl
