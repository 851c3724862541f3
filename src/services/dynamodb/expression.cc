#include "services/dynamodb/expression.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::dynamodb {
namespace {

constexpr size_t kMaxExpression = 4096;
constexpr int kMaxDepth = 64;

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

/// Words (with # or : in front), numbers, and the marks ( ) [ ] , . = <> < <= > >=. Empty at the end.
Result<std::vector<std::string>> tokens_of(std::string_view text, std::string_view kind) {
  std::vector<std::string> tokens;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++i;
      continue;
    }
    size_t end = i + 1;
    if (is_word(c) || c == '#' || c == ':') {
      while (end < text.size() && is_word(text[end])) ++end;
    } else if ((c == '<' || c == '>') && end < text.size() && (text[end] == '=' || (c == '<' && text[end] == '>'))) {
      ++end;
    } else if (std::string_view("()[],.=<>").find(c) == std::string_view::npos) {
      return invalid(fmt::format("Invalid {}: Syntax error; token: \"{}\", near: \"{}\"", kind, c, text.substr(i > 8 ? i - 8 : 0, 24)));
    }
    tokens.emplace_back(text.substr(i, end - i));
    i = end;
  }
  return tokens;
}

struct Step {
  std::string name;  ///< empty for an index
  size_t index = 0;
};

const Value* follow(const Item& item, const std::vector<Step>& path) {
  const auto top = item.find(path[0].name);
  const Value* at = top == item.end() ? nullptr : &top->second;
  for (size_t i = 1; i < path.size() && at != nullptr; ++i) {
    if (path[i].name.empty()) {
      at = at->l && path[i].index < at->l->size() ? &(*at->l)[path[i].index] : nullptr;
    } else {
      if (!at->m) return nullptr;
      const auto found = at->m->find(path[i].name);
      at = found == at->m->end() ? nullptr : &found->second;
    }
  }
  return at;
}

bool contains(const Value& whole, const Value& part) {
  if (whole.s && part.s) return whole.s->find(*part.s) != std::string::npos;
  if (whole.b && part.b) return whole.b->find(*part.b) != std::string::npos;
  if (whole.ss && part.s) return std::ranges::count(*whole.ss, *part.s) > 0;
  if (whole.ns && part.n) return std::ranges::count(*whole.ns, *part.n) > 0;
  if (whole.bs && part.b) return std::ranges::count(*whole.bs, *part.b) > 0;
  return whole.l && std::ranges::any_of(*whole.l, [&](const Value& element) { return equal(element, part); });
}

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

/// Reads and evaluates in one pass: both sides of AND and OR are always read, so that every fault is found.
class Condition {
 public:
  Condition(std::vector<std::string> tokens, Placeholders& placeholders, const Item& item) : tokens_(std::move(tokens)), placeholders_(placeholders), item_(item) {}

  Result<bool> evaluate() {
    const bool holds = TRY(any_of());
    if (at_ < tokens_.size()) return unexpected_token();
    return holds;
  }

 private:
  using Operand = std::optional<Value>;  ///< empty: there is no such attribute

  std::string_view token() const { return at_ < tokens_.size() ? std::string_view(tokens_[at_]) : std::string_view(); }
  bool take(std::string_view wanted) {
    if (!iequals(token(), wanted)) return false;
    ++at_;
    return true;
  }
  std::unexpected<Error> unexpected_token() const {
    std::string near;
    for (size_t i = at_ > 0 ? at_ - 1 : 0; i < std::min(tokens_.size(), at_ + 2); ++i) near += (near.empty() ? "" : " ") + tokens_[i];
    return invalid(fmt::format("Invalid ConditionExpression: Syntax error; token: \"{}\", near: \"{}\"", at_ < tokens_.size() ? tokens_[at_] : "<EOF>", near));
  }
  Result<void> expect(std::string_view wanted) {
    if (!take(wanted)) return unexpected_token();
    return {};
  }

  Result<bool> any_of() {
    if (++depth_ > kMaxDepth) return invalid(fmt::format("Invalid ConditionExpression: The expression is nested deeper than {} levels", kMaxDepth));
    bool holds = TRY(all_of());
    while (take("OR")) {
      const bool right = TRY(all_of());
      holds = holds || right;
    }
    --depth_;
    return holds;
  }

  Result<bool> all_of() {
    bool holds = TRY(negated());
    while (take("AND")) {
      const bool right = TRY(negated());
      holds = holds && right;
    }
    return holds;
  }

  Result<bool> negated() {
    bool flips = false;
    while (take("NOT")) flips = !flips;
    const bool holds = TRY(primary());
    return holds != flips;
  }

  Result<bool> primary() {
    if (take("(")) {
      const bool holds = TRY(any_of());
      TRY(expect(")"));
      return holds;
    }
    const bool is_call = at_ + 1 < tokens_.size() && tokens_[at_ + 1] == "(" && token() != "size";
    return is_call ? function() : comparison();
  }

  Result<bool> comparison() {
    const Operand left = TRY(operand());
    const std::string mark(token());
    if (take("BETWEEN")) {
      const Operand low = TRY(operand());
      TRY(expect("AND"));
      const Operand high = TRY(operand());
      return left && compare(">=", left, low) && compare("<=", left, high);
    }
    if (take("IN")) return in_list(left);
    if (mark != "=" && mark != "<>" && mark != "<" && mark != "<=" && mark != ">" && mark != ">=") return unexpected_token();
    ++at_;
    return compare(mark, left, TRY(operand()));
  }

  Result<bool> in_list(const Operand& left) {
    TRY(expect("("));
    bool found = false;
    do {
      const Operand candidate = TRY(operand());
      found = found || compare("=", left, candidate);
    } while (take(","));
    TRY(expect(")"));
    return found;
  }

  Result<bool> function() {
    const std::string name(token());
    const bool wants_existing = name == "attribute_exists";
    if (!wants_existing && name != "attribute_not_exists" && name != "attribute_type" && name != "begins_with" && name != "contains") {
      return invalid(fmt::format("Invalid ConditionExpression: Invalid function name; function: {}", name));
    }
    ++at_;
    TRY(expect("("));
    const Value* subject = follow(item_, TRY(path()));
    if (wants_existing || name == "attribute_not_exists") {
      TRY(expect(")"));
      return (subject != nullptr) == wants_existing;
    }
    TRY(expect(","));
    const Operand argument = TRY(operand());
    TRY(expect(")"));
    if (subject == nullptr || !argument) return false;
    if (name == "contains") return contains(*subject, *argument);
    if (name == "attribute_type") return argument->s && *argument->s == type_of(*subject);
    return (subject->s && argument->s && subject->s->starts_with(*argument->s)) || (subject->b && argument->b && subject->b->starts_with(*argument->b));
  }

  Result<Operand> operand() {
    if (token().starts_with(':')) return Operand(TRY(placeholders_.value(tokens_[at_++], "ConditionExpression")));
    if (token() == "size" && at_ + 1 < tokens_.size() && tokens_[at_ + 1] == "(") {
      at_ += 2;
      const Value* subject = follow(item_, TRY(path()));
      TRY(expect(")"));
      const auto size = subject == nullptr ? std::nullopt : size_of(*subject);
      return size ? Operand(Value{.n = std::to_string(*size)}) : Operand();
    }
    const Value* found = follow(item_, TRY(path()));
    return found == nullptr ? Operand() : Operand(*found);
  }

  Result<std::vector<Step>> path() {
    std::vector<Step> steps{Step{.name = TRY(attribute_name())}};
    for (;;) {
      if (take(".")) {
        steps.push_back({.name = TRY(attribute_name())});
      } else if (take("[")) {
        const bool is_number = !token().empty() && token().size() < 9 && std::ranges::all_of(token(), [](char c) { return c >= '0' && c <= '9'; });
        if (!is_number) return unexpected_token();
        steps.push_back({.name = "", .index = std::stoul(tokens_[at_++])});
        TRY(expect("]"));
      } else {
        return steps;
      }
    }
  }

  Result<std::string> attribute_name() {
    const std::string word(token());
    if (word.empty() || (!is_word(word[0]) && word[0] != '#') || (word[0] >= '0' && word[0] <= '9')) return unexpected_token();
    for (const std::string_view keyword : {"AND", "OR", "NOT", "BETWEEN", "IN"}) {
      if (iequals(word, keyword)) return unexpected_token();
    }
    ++at_;
    return word[0] == '#' ? placeholders_.name(word, "ConditionExpression") : Result<std::string>(word);
  }

  std::vector<std::string> tokens_;
  Placeholders& placeholders_;
  const Item& item_;
  size_t at_ = 0;
  int depth_ = 0;
};

Result<std::vector<std::string>> checked_tokens(std::string_view text, std::string_view kind) {
  if (text.size() > kMaxExpression) return invalid(fmt::format("Invalid {}: Expression size has exceeded the maximum allowed size; expression size: {}", kind, text.size()));
  auto tokens = TRY(tokens_of(text, kind));
  if (tokens.empty()) return invalid(fmt::format("Invalid {}: The expression can not be empty;", kind));
  return tokens;
}

}  // namespace

Result<void> Placeholders::check(bool has_expression) {
  if (!has_expression && has_names_) return invalid("ExpressionAttributeNames can only be specified when using expressions");
  if (!has_expression && has_values_) return invalid("ExpressionAttributeValues can only be specified when using expressions: ConditionExpression is null");
  if (has_names_ && names_.empty()) return invalid("ExpressionAttributeNames must not be empty");
  if (has_values_ && values_.empty()) return invalid("ExpressionAttributeValues must not be empty");
  for (auto& [name, value] : values_) {
    if (auto good = normalize(value); !good) return invalid(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}", good.error().what, name));
  }
  return {};
}

Result<void> Placeholders::check_used() const {
  std::vector<std::string> unused;
  for (const auto& [name, value] : names_) {
    if (!used_.contains(name)) unused.push_back(name);
  }
  if (!unused.empty()) return invalid(fmt::format("Value provided in ExpressionAttributeNames unused in expressions: keys: {{{}}}", join(unused, ", ")));
  for (const auto& [name, value] : values_) {
    if (!used_.contains(name)) unused.push_back(name);
  }
  if (!unused.empty()) return invalid(fmt::format("Value provided in ExpressionAttributeValues unused in expressions: keys: {{{}}}", join(unused, ", ")));
  return {};
}

Result<std::string> Placeholders::name(std::string_view placeholder, std::string_view kind) {
  const auto found = names_.find(std::string(placeholder));
  if (found == names_.end()) return invalid(fmt::format("Invalid {}: An expression attribute name used in the document path is not defined; attribute name: {}", kind, placeholder));
  used_.emplace(placeholder);
  return found->second;
}

Result<Value> Placeholders::value(std::string_view placeholder, std::string_view kind) {
  const auto found = values_.find(std::string(placeholder));
  if (found == values_.end()) return invalid(fmt::format("Invalid {}: An expression attribute value used in expression is not defined; attribute value: {}", kind, placeholder));
  used_.emplace(placeholder);
  return found->second;
}

Result<bool> condition_holds(std::string_view text, Placeholders& placeholders, const Item& item) {
  return Condition(TRY(checked_tokens(text, "ConditionExpression")), placeholders, item).evaluate();
}

Result<std::vector<std::string>> projected_names(std::string_view text, Placeholders& placeholders) {
  const std::vector<std::string> tokens = TRY(checked_tokens(text, "ProjectionExpression"));
  std::vector<std::string> names;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const bool wants_comma = i % 2 == 1;
    if (wants_comma && (tokens[i] == "." || tokens[i] == "[")) {
      return invalid(fmt::format("Landfall supports top-level attributes in a ProjectionExpression only; found a path below {}", tokens[i - 1]));
    }
    const bool is_name = is_word(tokens[i][0]) || tokens[i][0] == '#';
    if (wants_comma != (tokens[i] == ",") || (!wants_comma && !is_name)) {
      return invalid(fmt::format("Invalid ProjectionExpression: Syntax error; token: \"{}\", near: \"{}\"", tokens[i], text.substr(0, 24)));
    }
    if (!wants_comma) names.push_back(tokens[i][0] == '#' ? TRY(placeholders.name(tokens[i], "ProjectionExpression")) : tokens[i]);
  }
  if (tokens.size() % 2 == 0) return invalid("Invalid ProjectionExpression: Syntax error; token: \"<EOF>\", near: \",\"");
  return names;
}

}  // namespace landfall::services::dynamodb
