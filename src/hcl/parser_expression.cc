#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "hcl/children.h"
#include "hcl/parser.h"

namespace landfall::hcl {

ExpressionPtr Parser::make(decltype(Expression::node) node, Range range) {
  auto expression = std::make_unique<Expression>();
  expression->node = std::move(node);
  expression->range = range;
  expression->dialect = dialect_;
  int tallest = 0;
  for_each_child(*expression,
                 [&](const Expression& child) { tallest = std::max<int>(tallest, child.height); });
  if (tallest >= kTallestTree) {
    return fail(
        range, "Expression too long",
        fmt::format("An expression may hold chains of {} operations, and this goes beyond.", kTallestTree));
  }
  expression->height = static_cast<uint16_t>(tallest + 1);
  return expression;
}

ExpressionPtr Parser::parse_whole_expression() {
  skip_newlines();
  ExpressionPtr expression = parse_expression();
  if (!expression) return nullptr;
  skip_newlines();
  if (at(Kind::invalid)) return fail_invalid();
  if (!at(Kind::end)) {
    return fail(here(), "Extra characters after expression",
                "An expression was successfully parsed, but extra characters were found after it.");
  }
  return expression;
}

ExpressionPtr Parser::parse_expression() {
  ExpressionPtr expression;
  if (deeper()) expression = parse_conditional();
  --depth_;
  return expression;
}

ExpressionPtr Parser::parse_conditional() {
  const Position start = token_.start;
  ExpressionPtr condition = parse_binary(0);
  if (!condition || !at(Kind::question)) return condition;
  next();
  ExpressionPtr if_true = parse_expression();
  if (!if_true) return nullptr;
  if (!at(Kind::colon)) {
    return fail(here(), "Missing false expression in conditional",
                "The conditional operator (...?...:...) requires a false expression, delimited by a colon.");
  }
  next();
  ExpressionPtr if_false = parse_expression();
  if (!if_false) return nullptr;
  return make(ConditionalNode{std::move(condition), std::move(if_true), std::move(if_false)}, from(start));
}

namespace {

struct OperatorToken {
  Token::Kind token;
  Operator op;
};
using Kind = Token::Kind;
constexpr std::array<OperatorToken, 1> kOr{{{Kind::or_or, Operator::logical_or}}};
constexpr std::array<OperatorToken, 1> kAnd{{{Kind::and_and, Operator::logical_and}}};
constexpr std::array<OperatorToken, 2> kEquality{
    {{Kind::equal_equal, Operator::equal}, {Kind::not_equal, Operator::not_equal}}};
constexpr std::array<OperatorToken, 4> kOrder{{{Kind::less, Operator::less},
                                               {Kind::less_equal, Operator::less_equal},
                                               {Kind::greater, Operator::greater},
                                               {Kind::greater_equal, Operator::greater_equal}}};
constexpr std::array<OperatorToken, 2> kSum{{{Kind::plus, Operator::add}, {Kind::minus, Operator::subtract}}};
constexpr std::array<OperatorToken, 3> kProduct{
    {{Kind::star, Operator::multiply}, {Kind::slash, Operator::divide}, {Kind::percent, Operator::modulo}}};
/// From the loosest to the tightest.
constexpr std::array<std::span<const OperatorToken>, 6> kLevels{kOr, kAnd, kEquality, kOrder, kSum, kProduct};

}  // namespace

ExpressionPtr Parser::parse_binary(int level) {
  if (level == static_cast<int>(kLevels.size())) return parse_unary();
  const Position start = token_.start;
  ExpressionPtr left = parse_binary(level + 1);
  while (left) {
    const auto operators = kLevels[static_cast<size_t>(level)];
    const auto found =
        std::find_if(operators.begin(), operators.end(), [&](const OperatorToken& o) { return at(o.token); });
    if (found == operators.end()) break;
    next();
    ExpressionPtr right = parse_binary(level + 1);
    if (!right) return nullptr;
    left = make(Binary{found->op, std::move(left), std::move(right)}, from(start));
  }
  return left;
}

ExpressionPtr Parser::parse_unary() {
  if (!at(Kind::minus) && !at(Kind::bang)) return parse_postfix();
  const Position start = token_.start;
  const Operator op = at(Kind::minus) ? Operator::negate : Operator::logical_not;
  ExpressionPtr operand;
  if (deeper()) {
    next();
    operand = parse_unary();
  }
  --depth_;
  if (!operand) return nullptr;
  return make(Unary{op, std::move(operand)}, from(start));
}

ExpressionPtr Parser::parse_postfix() {
  ExpressionPtr primary = parse_primary();
  return primary ? parse_traversal(std::move(primary)) : nullptr;
}

ExpressionPtr Parser::parse_traversal(ExpressionPtr object) {
  while (object && (at(Kind::dot) || at(Kind::open_bracket))) {
    object = at(Kind::dot) ? parse_dot(std::move(object)) : parse_bracket(std::move(object));
  }
  return object;
}

/// A constant step joins the reference it follows.
ExpressionPtr Parser::add_step(ExpressionPtr object, Step step) {
  const Range range = cover(object->range, step.range);
  if (const auto* variable = object->as<Variable>()) {
    Reference reference = variable->reference;
    if (reference.steps.size() >= kTallestTree) {
      return fail(range, "Expression too long", "This reference has too many steps.");
    }
    reference.steps.push_back(std::move(step));
    reference.range = range;
    return make(Variable{std::move(reference)}, range);
  }
  return make(GetStep{std::move(object), std::move(step)}, range);
}

/// One `.name` or legacy `.0`, from the dot on.
std::optional<Step> Parser::parse_dot_step() {
  const Range dot = here();
  // The token after a dot is read by hand: numbers there are indexes, not fractions.
  const std::string_view text = source_.text;
  size_t end = token_.end.byte;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  if (end > token_.end.byte) {
    const Token after =
        scanner_.scan(advance(token_.end, text.substr(token_.end.byte, end - token_.end.byte)));
    const bool is_name =
        dialect_ == Dialect::v011 && after.start.byte == end && after.kind == Kind::identifier;
    Token index{Kind::number, token_.end, is_name ? after.end : after.start, {}};
    index.end =
        is_name ? after.end : advance(token_.end, text.substr(token_.end.byte, end - token_.end.byte));
    index.text = text.substr(index.start.byte, index.end.byte - index.start.byte);
    last_end_ = index.end;
    restart(index.end);
    const Range range = cover(dot, range_of(index));
    if (is_name) return Step{std::string(index.text), range};
    const Result<Number> number = Number::parse(index.text);
    if (!number) {
      fail(range, "Invalid number literal", number.error().what);
      return std::nullopt;
    }
    return Step{Value::number(*number), range};
  }
  next();
  if (!at(Kind::identifier)) {
    fail(here(), "Invalid attribute name", "An attribute name is required after a dot.");
    return std::nullopt;
  }
  Step step{std::string(token_.text), cover(dot, here())};
  next();
  return step;
}

ExpressionPtr Parser::parse_dot(ExpressionPtr object) {
  if (const Token after = scanner_.scan(token_.end); after.kind == Kind::star) {
    next();
    const Range star = here();
    next();
    return parse_attribute_splat(std::move(object), star);
  }
  std::optional<Step> step = parse_dot_step();
  return step ? add_step(std::move(object), std::move(*step)) : nullptr;
}

/// `x.*.a.b`: the names after the star apply to each element, an index applies to the result.
ExpressionPtr Parser::parse_attribute_splat(ExpressionPtr object, const Range& star) {
  const Position start = object->range.start;
  ExpressionPtr each = make(SplatItem{}, star);
  while (each && at(Kind::dot) && scanner_.scan(token_.end).kind != Kind::star) {
    std::optional<Step> step = parse_dot_step();
    if (!step) return nullptr;
    const bool was_number = !step->is_name();
    each = add_step(std::move(each), std::move(*step));
    // Terraform reads `.0.0` here as one fraction, and refuses it.
    const std::string_view rest = std::string_view(source_.text).substr(token_.start.byte);
    if (was_number && at(Kind::dot) && rest.size() > 1 && rest[1] >= '0' && rest[1] <= '9' &&
        dialect_ == Dialect::modern) {
      return fail(here(), "Invalid attribute name", "An index after .* is written in brackets: [0].");
    }
  }
  if (!each) return nullptr;
  if (at(Kind::dot)) {
    return fail(here(), "Nested splat expression not allowed",
                "A splat expression (*) cannot be used inside another attribute-only splat expression.");
  }
  return make(Splat{std::move(object), std::move(each), false}, from(start));
}

/// `x[*].a[0]`: everything after it applies to each element.
ExpressionPtr Parser::parse_full_splat(ExpressionPtr object, const Range& star) {
  const Position start = object->range.start;
  ExpressionPtr each;
  if (deeper()) {
    each = make(SplatItem{}, star);
    if (each) each = parse_traversal(std::move(each));
  }
  --depth_;
  if (!each) return nullptr;
  return make(Splat{std::move(object), std::move(each), true}, from(start));
}

ExpressionPtr Parser::parse_bracket(ExpressionPtr object) {
  const Position bracket = token_.start;
  ExpressionPtr key;
  bool is_splat = false;
  Range star;
  {
    const IgnoreNewlines ignore(*this);
    next();
    if (at(Kind::star)) {
      star = here();
      is_splat = true;
      next();
    } else {
      key = parse_expression();
      if (!key) return nullptr;
    }
    if (!at(Kind::close_bracket)) {
      return fail(here(), "Missing close bracket on index",
                  "The index operator must end with a closing bracket (\"]\").");
    }
  }
  next();
  if (is_splat) return parse_full_splat(std::move(object), star);
  if (const auto* literal = key->as<Literal>(); literal != nullptr && literal->value.has_value()) {
    if (literal->value.is(Type::Kind::string) || literal->value.is(Type::Kind::number)) {
      return add_step(std::move(object), Step{literal->value, from(bracket)});
    }
  }
  const Range range = from(object->range.start);
  return make(Index{std::move(object), std::move(key)}, range);
}

ExpressionPtr Parser::parse_primary() {
  switch (token_.kind) {
    case Kind::open_paren:
      return parse_parentheses();
    case Kind::number:
      return parse_number();
    case Kind::identifier:
      return parse_word();
    case Kind::quote:
      return parse_quoted();
    case Kind::heredoc:
      return parse_heredoc();
    case Kind::open_bracket:
      return parse_tuple();
    case Kind::open_brace:
      return parse_object();
    case Kind::end:
      return fail(here(), "Missing expression",
                  "Expected the start of an expression, but found the end of the file.");
    case Kind::unclosed_comment:
      return fail(here(), "Unterminated comment",
                  "This comment is not closed with \"*/\" before the end of the file.");
    case Kind::invalid:
      return fail_invalid();
    default:
      return fail(here(), "Invalid expression",
                  "Expected the start of an expression, but found an invalid expression token.");
  }
}

/// What people write who come from other languages.
std::nullptr_t Parser::fail_invalid() {
  const std::string_view text = token_.text;
  if (text == "&" || text == "|") {
    return fail(here(), "Unsupported operator",
                fmt::format("Bitwise operators are not supported. Did you mean boolean {} (\"{}{}\")?",
                            text == "&" ? "AND" : "OR", text, text));
  }
  if (text == "'") {
    return fail(here(), "Invalid character",
                "Single quotes are not valid. Use double quotes (\") to enclose strings.");
  }
  if (text == "`") {
    return fail(here(), "Invalid character",
                "The \"`\" character is not valid. To create a multi-line string, use the \"heredoc\" "
                "syntax, like \"<<EOT\".");
  }
  if (text == ";") {
    return fail(here(), "Invalid character",
                "The \";\" character is not valid. Use newlines to separate arguments and blocks, and commas "
                "to separate "
                "items in collection values.");
  }
  return fail(here(), "Invalid character", fmt::format("\"{}\" is not used within the language here.", text));
}

ExpressionPtr Parser::parse_parentheses() {
  const Position start = token_.start;
  ExpressionPtr inner;
  {
    const IgnoreNewlines ignore(*this);
    next();
    inner = parse_expression();
    if (!inner) return nullptr;
    if (!at(Kind::close_paren)) {
      return fail(here(), "Unbalanced parentheses",
                  "Expected a closing parenthesis to terminate the expression.");
    }
  }
  next();
  return make(Parentheses{std::move(inner)}, from(start));
}

ExpressionPtr Parser::parse_number() {
  const Token number = token_;
  const Token after = scanner_.scan(token_.end);
  next();
  if (after.kind == Kind::identifier && after.start == number.end) {
    return fail(range_of(number), "Invalid expression",
                fmt::format("\"{}{}\" is neither a number nor a name: names do not begin with a digit.",
                            number.text, after.text));
  }
  if (dialect_ == Dialect::v011 && !in_interpolation_ && number.text.size() > 1 && number.text[0] == '0' &&
      number.text.find_first_of(".eE") != 1) {
    const bool is_hex = number.text[1] == 'x' || number.text[1] == 'X';
    const auto whole = Number::parse_whole(number.text.substr(is_hex ? 2 : 1), is_hex ? 16 : 8);
    if (whole) return make(Literal{Value::number(*whole)}, range_of(number));
  }
  const Result<Number> value = Number::parse(number.text);
  if (!value) return fail(range_of(number), "Invalid number literal", value.error().what);
  return make(Literal{Value::number(*value)}, range_of(number));
}

ExpressionPtr Parser::parse_word() {
  const Token word = token_;
  next();
  if (at(Kind::open_paren)) return parse_call(std::string(word.text), range_of(word));
  if (at(Kind::double_colon)) {
    std::string name(word.text);
    while (accept(Kind::double_colon)) {
      if (!at(Kind::identifier)) {
        return fail(here(), "Missing function name", "A function name is required after \"::\".");
      }
      name += fmt::format("::{}", token_.text);
      next();
    }
    const Range name_range = from(word.start);
    if (!at(Kind::open_paren)) {
      return fail(here(), "Missing open parenthesis",
                  "Function selector must be followed by an open parenthesis to begin the function call.");
    }
    return parse_call(std::move(name), name_range);
  }
  const Range range = range_of(word);
  if (word.text == "true") return make(Literal{Value::boolean(true)}, range);
  if (word.text == "false") return make(Literal{Value::boolean(false)}, range);
  if (word.text == "null") return make(Literal{Value()}, range);
  return make(Variable{{{{std::string(word.text), range}}, range}}, range);
}

ExpressionPtr Parser::parse_call(std::string name, const Range& name_range) {
  Call call{.name = std::move(name), .name_range = name_range};
  {
    const IgnoreNewlines ignore(*this);
    next();  // (
    while (!at(Kind::close_paren)) {
      ExpressionPtr argument = parse_expression();
      if (!argument) return nullptr;
      call.arguments.push_back(std::move(argument));
      if (at(Kind::close_paren)) break;
      if (accept(Kind::ellipsis)) {
        call.expands_last = true;
        if (at(Kind::close_paren)) break;
        return fail(
            here(), "Missing closing parenthesis",
            "An expanded function argument (with ...) must be immediately followed by closing parentheses.");
      }
      if (at(Kind::end)) {
        return fail(
            name_range, "Unterminated function call",
            "There is no closing parenthesis for this function call before the end of the file. This may be "
            "caused by incorrect parenthesis nesting elsewhere in this file.");
      }
      if (!at(Kind::comma)) {
        return fail(here(), "Missing argument separator",
                    "A comma is required to separate each function argument from the next.");
      }
      next();
    }
  }
  next();  // )
  return make(std::move(call), from(name_range.start));
}

ExpressionPtr Parser::parse_tuple() {
  const Token opener = token_;
  TupleNode tuple;
  std::optional<ForNode> comprehension;
  {
    const IgnoreNewlines ignore(*this);
    next();
    const bool is_for = at_word("for") && (dialect_ == Dialect::modern || peek().kind == Kind::identifier);
    if (is_for && !(comprehension = parse_for(false))) return nullptr;
    while (!at(Kind::close_bracket)) {
      if (at(Kind::end)) {
        return fail(
            range_of(opener), "Unterminated tuple constructor expression",
            "There is no corresponding closing bracket before the end of the file. This may be caused by "
            "incorrect bracket nesting elsewhere in this file.");
      }
      ExpressionPtr element = parse_expression();
      if (!element) return nullptr;
      tuple.elements.push_back(std::move(element));
      if (at(Kind::close_bracket) || at(Kind::end)) continue;
      if (!at(Kind::comma)) {
        return fail(here(), "Missing item separator",
                    "Expected a comma to mark the beginning of the next item.");
      }
      next();
    }
  }
  next();  // ]
  if (comprehension) return make(std::move(*comprehension), from(opener.start));
  return make(std::move(tuple), from(opener.start));
}

ExpressionPtr Parser::parse_object() {
  const Token opener = token_;
  // `{ for` makes newlines meaningless; between items they are separators.
  Token first = peek();
  while (first.kind == Kind::newline) first = scanner_.scan(first.end);
  if (first.kind == Kind::identifier && first.text == "for" &&
      (dialect_ == Dialect::modern || scanner_.scan(first.end).kind == Kind::identifier)) {
    std::optional<ForNode> comprehension;
    {
      const IgnoreNewlines ignore(*this);
      next();
      comprehension = parse_for(true);
    }
    if (!comprehension) return nullptr;
    next();  // }
    return make(std::move(*comprehension), from(opener.start));
  }
  ObjectNode object;
  {
    const KeepNewlines keep(*this);
    next();
    for (;;) {
      skip_newlines();
      if (at(Kind::close_brace)) break;
      if (at(Kind::end)) {
        return fail(
            range_of(opener), "Unterminated object constructor expression",
            "There is no corresponding closing brace before the end of the file. This may be caused by "
            "incorrect brace nesting elsewhere in this file.");
      }
      if (!parse_object_item(object)) return nullptr;
    }
  }
  next();  // }
  return make(std::move(object), from(opener.start));
}

bool Parser::parse_object_item(ObjectNode& object) {
  const Position start = token_.start;
  ExpressionPtr key = parse_object_key();
  if (!key) return false;
  ExpressionPtr value;
  if (at(Kind::equals) || at(Kind::colon)) {
    next();
    if (dialect_ == Dialect::modern) skip_newlines();
    value = parse_expression();
  } else if (dialect_ == Dialect::v011 && at(Kind::open_brace)) {
    value = parse_expression();  // HCL 1: `{ tags { a = 1 } }`
  } else if (at(Kind::end)) {
    return true;  // the caller says what is missing
  } else {
    const Range at_fault = at(Kind::newline) || at(Kind::end) ? from(start) : here();
    fail(at_fault, "Missing attribute value",
         "Expected an attribute value, introduced by an equals sign (\"=\").");
    return false;
  }
  if (!value) return false;
  object.items.push_back({std::move(key), std::move(value)});
  if (at(Kind::newline) || at(Kind::close_brace)) return true;
  if (accept(Kind::comma) || dialect_ == Dialect::v011 || at(Kind::end)) return true;
  if (at(Kind::invalid)) {
    fail_invalid();
    return false;
  }
  fail(here(), "Missing attribute separator",
       "Expected a newline or comma to mark the beginning of the next attribute.");
  return false;
}

/// A bare word before `=` is that text. A reference stands there as itself: who reads it statically may mean it (`providers`),
/// to an evaluation it is an error.
ExpressionPtr Parser::parse_object_key() {
  if (at(Kind::identifier)) {
    const Token after = scanner_.scan(token_.end);
    if (after.kind == Kind::end || after.kind == Kind::equals || after.kind == Kind::colon ||
        (dialect_ == Dialect::v011 && after.kind == Kind::open_brace)) {
      ExpressionPtr key = make(Literal{Value::string(token_.text)}, here());
      next();
      return key;
    }
  }
  return parse_expression();
}

/// From `for` up to the closing bracket, which stays; newlines are ignored by the caller.
std::optional<ForNode> Parser::parse_for(bool is_object) {
  ForNode node;
  node.is_object = is_object;
  next();  // for
  const auto name = [&](std::string& into) {
    if (!at(Kind::identifier)) {
      fail(here(), "Invalid 'for' expression", "For expression requires variable name after 'for'.");
      return false;
    }
    into = token_.text;
    next();
    return true;
  };
  if (!name(node.value_name)) return std::nullopt;
  if (accept(Kind::comma)) {
    node.key_name = std::move(node.value_name);
    if (!name(node.value_name)) return std::nullopt;
  }
  if (!at_word("in")) {
    fail(here(), "Invalid 'for' expression",
         "For expression requires the 'in' keyword after its name declarations.");
    return std::nullopt;
  }
  next();
  node.collection = parse_expression();
  if (!node.collection) return std::nullopt;
  if (!accept(Kind::colon)) {
    fail(here(), "Invalid 'for' expression",
         "For expression requires a colon after the collection expression.");
    return std::nullopt;
  }
  node.value = parse_expression();
  if (!node.value) return std::nullopt;
  if (at(Kind::arrow)) {
    if (!is_object) {
      fail(here(), "Invalid 'for' expression", "Key expression is not valid when building a tuple.");
      return std::nullopt;
    }
    next();
    node.key = std::move(node.value);
    node.value = parse_expression();
    if (!node.value) return std::nullopt;
  } else if (is_object) {
    fail(here(), "Invalid 'for' expression", "Key expression is required when building an object.");
    return std::nullopt;
  }
  if (at(Kind::ellipsis)) {
    if (!is_object) {
      fail(here(), "Invalid 'for' expression",
           "Grouping ellipsis (...) cannot be used when building a tuple.");
      return std::nullopt;
    }
    next();
    node.is_grouping = true;
  }
  if (at_word("if")) {
    next();
    node.condition = parse_expression();
    if (!node.condition) return std::nullopt;
  }
  if (!at(is_object ? Kind::close_brace : Kind::close_bracket)) {
    fail(here(), "Invalid 'for' expression", "Extra characters after the end of the 'for' expression.");
    return std::nullopt;
  }
  return node;
}

}  // namespace landfall::hcl
