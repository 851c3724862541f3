#include "services/dynamodb/expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/reader.h"

namespace landfall::services::dynamodb {
namespace {

constexpr int kMaxDepth = 64;

bool contains(const Value& whole, const Value& part) {
  if (whole.s && part.s) return whole.s->find(*part.s) != std::string::npos;
  if (whole.b && part.b) return whole.b->find(*part.b) != std::string::npos;
  if (whole.ss && part.s) return std::ranges::count(*whole.ss, *part.s) > 0;
  if (whole.ns && part.n) return std::ranges::count(*whole.ns, *part.n) > 0;
  if (whole.bs && part.b) return std::ranges::count(*whole.bs, *part.b) > 0;
  return whole.l && std::ranges::any_of(*whole.l, [&](const Value& element) { return equal(element, part); });
}

struct Operand {
  std::optional<Value> value{};  ///< empty: there is no such attribute
  std::optional<Path> path{};    ///< empty: a literal or a size
  bool is_literal = false;
};

bool compare(std::string_view mark, const std::optional<Value>& a, const std::optional<Value>& b) {
  if (!a || !b) return mark == "<>";
  if (mark == "=") return equal(*a, *b);
  if (mark == "<>") return !equal(*a, *b);
  const auto found = order(*a, *b);
  if (!found) return false;
  if (mark == "<") return *found < 0;
  if (mark == "<=") return *found <= 0;
  return mark == ">" ? *found > 0 : *found >= 0;
}

bool has_order(const Value& value) { return value.s || value.n || value.b; }

/// Reads and evaluates in one pass: both sides of AND and OR are always read, so that every fault is found.
class Condition {
 public:
  Condition(Reader reader, const Item& item) : reader_(std::move(reader)), item_(item) {}

  Result<bool> evaluate() {
    const bool holds = TRY(any_of());
    if (!reader_.is_at_end()) return reader_.unexpected();
    return holds;
  }
  const Reader& reader() const { return reader_; }

 private:
  Result<bool> any_of() {
    if (++depth_ > kMaxDepth) return reader_.invalid(fmt::format("The expression is nested deeper than {} levels", kMaxDepth));
    bool holds = TRY(all_of());
    while (reader_.take("OR")) {
      const bool right = TRY(all_of());
      holds = holds || right;
    }
    --depth_;
    return holds;
  }

  Result<bool> all_of() {
    bool holds = TRY(negated());
    while (reader_.take("AND")) {
      const bool right = TRY(negated());
      holds = holds && right;
    }
    return holds;
  }

  Result<bool> negated() {
    bool flips = false;
    while (reader_.take("NOT")) flips = !flips;
    const bool holds = TRY(primary());
    return holds != flips;
  }

  Result<bool> primary() {
    if (reader_.is_redundant_parenthesis()) return reader_.invalid("The expression has redundant parentheses;");
    if (reader_.take("(")) {
      const bool holds = TRY(any_of());
      TRY(reader_.expect(")"));
      return holds;
    }
    return reader_.is_call() && reader_.token() != "size" ? function() : comparison();
  }

  Result<void> check_distinct(std::string_view mark, const Operand& first, const Operand& other) const {
    if (first.path && other.path && *first.path == *other.path) {
      return reader_.invalid(fmt::format("The first operand must be distinct from the remaining operands for this operator or function; operator: {}, first operand: {}", mark, to_text(*first.path)));
    }
    return {};
  }

  std::unexpected<Error> wrong_type(std::string_view what, const Value& value) const {
    return reader_.invalid(fmt::format("Incorrect operand type for operator or function; operator or function: {}, operand type: {}", what, type_of(value)));
  }
  Result<void> check_ordered(std::string_view mark, const Operand& operand) const {
    if (operand.is_literal && !has_order(*operand.value)) return wrong_type(mark, *operand.value);
    return {};
  }

  Result<bool> comparison() {
    const Operand left = TRY(operand());
    const std::string mark(reader_.token());
    if (reader_.take("BETWEEN")) return between(left);
    if (reader_.take("IN")) return in_list(left);
    if (mark != "=" && mark != "<>" && mark != "<" && mark != "<=" && mark != ">" && mark != ">=") return reader_.unexpected();
    reader_.skip();
    const Operand right = TRY(operand());
    TRY(check_distinct(mark, left, right));
    if (mark != "=" && mark != "<>") {
      TRY(check_ordered(mark, left));
      TRY(check_ordered(mark, right));
    }
    return compare(mark, left.value, right.value);
  }

  Result<bool> between(const Operand& left) {
    const Operand low = TRY(operand());
    TRY(reader_.expect("AND"));
    const Operand high = TRY(operand());
    TRY(check_ordered("BETWEEN", low));
    TRY(check_ordered("BETWEEN", high));
    if (low.is_literal && high.is_literal) {
      const auto found = order(*low.value, *high.value);
      if (!found) return reader_.invalid(fmt::format("The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {{{0}:{1}}}, upper bound operand: AttributeValue: {{{2}:{3}}}", type_of(*low.value), bound(*low.value), type_of(*high.value), bound(*high.value)));
      if (*found > 0) return reader_.invalid(fmt::format("The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {{{0}:{1}}}, upper bound operand: AttributeValue: {{{2}:{3}}}", type_of(*low.value), bound(*low.value), type_of(*high.value), bound(*high.value)));
    }
    return left.value && low.value && high.value && compare(">=", left.value, low.value) && compare("<=", left.value, high.value);
  }

  static std::string bound(const Value& value) { return value.s ? *value.s : value.n ? *value.n : base64_encode(*value.b); }

  Result<bool> in_list(const Operand& left) {
    TRY(reader_.expect("("));
    bool found = false;
    do {
      const Operand candidate = TRY(operand());
      found = found || (left.value && candidate.value && compare("=", left.value, candidate.value));
    } while (reader_.take(","));
    TRY(reader_.expect(")"));
    return found;
  }

  Result<bool> function() {
    const std::string name(reader_.token());
    const bool asks_existence = name == "attribute_exists" || name == "attribute_not_exists";
    if (!asks_existence && name != "attribute_type" && name != "begins_with" && name != "contains") {
      if (name == "if_not_exists" || name == "list_append") return reader_.invalid(fmt::format("The function is not allowed in a {}; function: {}", reader_.kind() == "FilterExpression" ? "filter expression" : "condition expression", name));
      return reader_.invalid(fmt::format("Invalid function name; function: {}", name));
    }
    reader_.skip();
    TRY(reader_.expect("("));
    const Operand subject = TRY(operand());
    if (asks_existence) {
      if (reader_.token() == ",") return wrong_count(name, 2);
      TRY(reader_.expect(")"));
      if (!subject.path) return reader_.invalid(fmt::format("Operator or function requires a document path; operator or function: {}", name));
      return subject.value.has_value() == (name == "attribute_exists");
    }
    if (reader_.token() == ")") return wrong_count(name, 1);
    TRY(reader_.expect(","));
    const Operand argument = TRY(operand());
    TRY(reader_.expect(")"));
    TRY(check_distinct(name, subject, argument));
    TRY(check_argument(name, subject, argument));
    if (!subject.value || !argument.value) return false;
    const Value &whole = *subject.value, &part = *argument.value;
    if (name == "contains") return contains(whole, part);
    if (name == "attribute_type") return part.s && *part.s == type_of(whole);
    return (whole.s && part.s && whole.s->starts_with(*part.s)) || (whole.b && part.b && whole.b->starts_with(*part.b));
  }

  std::unexpected<Error> wrong_count(const std::string& name, int count) const {
    return reader_.invalid(fmt::format("Incorrect number of operands for operator or function; operator or function: {}, number of operands: {}", name, count));
  }

  Result<void> check_argument(const std::string& name, const Operand& subject, const Operand& argument) const {
    if (name == "attribute_type" && argument.is_literal) {
      if (!argument.value->s) return wrong_type(name, *argument.value);
      constexpr std::string_view kTypes[] = {"B", "NULL", "SS", "BOOL", "L", "BS", "N", "NS", "S", "M"};
      if (std::ranges::count(kTypes, *argument.value->s) == 0) return reader_.invalid(fmt::format("Invalid attribute type name found; type: {}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}", *argument.value->s));
    }
    if (name == "begins_with") {
      for (const Operand* operand : {&subject, &argument}) {
        if (operand->is_literal && !operand->value->s && !operand->value->b) return wrong_type(name, *operand->value);
      }
    }
    return {};
  }

  Result<Operand> operand() {
    if (reader_.is_value()) {
      Value value = TRY(reader_.value());
      return Operand{.value = std::move(value), .path = {}, .is_literal = true};
    }
    if (reader_.token() == "size" && reader_.is_call()) {
      reader_.skip();
      reader_.skip();
      const Operand subject = TRY(operand());
      TRY(reader_.expect(")"));
      if (subject.is_literal && !size_of(*subject.value)) return wrong_type("size", *subject.value);
      const auto size = subject.value ? size_of(*subject.value) : std::nullopt;
      return size ? Operand{.value = Value{.n = std::to_string(*size)}, .path = {}} : Operand{};
    }
    Path path = TRY(reader_.path());
    const Value* found = follow(item_, path);
    return Operand{.value = found == nullptr ? std::nullopt : std::optional(*found), .path = std::move(path)};
  }

  Reader reader_;
  const Item& item_;
  int depth_ = 0;
};

}  // namespace

Result<bool> condition_holds(std::string_view text, Placeholders& placeholders, const Item& item, std::string_view kind) {
  return Condition(TRY(Reader::open(text, kind, placeholders)), item).evaluate();
}

Result<std::set<std::string>> check_condition(std::string_view text, Placeholders& placeholders, std::string_view kind) {
  const Item nothing;
  Condition condition(TRY(Reader::open(text, kind, placeholders)), nothing);
  (void)TRY(condition.evaluate());
  return condition.reader().names();
}

Result<std::vector<Path>> projected_paths(std::string_view text, Placeholders& placeholders) {
  Reader reader = TRY(Reader::open(text, "ProjectionExpression", placeholders));
  std::vector<Path> paths;
  do paths.push_back(TRY(reader.path()));
  while (reader.take(","));
  if (!reader.is_at_end()) return reader.unexpected();
  if (auto apart = check_disjoint(paths); !apart) return reader.invalid(apart.error().what);
  return paths;
}

}  // namespace landfall::services::dynamodb
