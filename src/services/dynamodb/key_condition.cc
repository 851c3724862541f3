#include "services/dynamodb/key_condition.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/reader.h"

namespace landfall::services::dynamodb {
namespace {

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

struct Term {
  std::string attribute, mark;
  std::vector<Value> bounds;
};

class Parser {
 public:
  explicit Parser(Reader reader) : reader_(std::move(reader)) {}

  Result<std::vector<Term>> terms() {
    TRY(all_of());
    if (iequals(reader_.token(), "OR")) return not_here("OR");
    if (!reader_.is_at_end()) return reader_.unexpected();
    return terms_;
  }

 private:
  std::unexpected<Error> not_here(std::string_view mark) const { return invalid(fmt::format("Invalid operator used in KeyConditionExpression: {}", mark)); }

  Result<void> all_of() {
    do TRY(one());
    while (reader_.take("AND"));
    return {};
  }

  Result<void> one() {
    if (reader_.is_redundant_parenthesis()) return reader_.invalid("The expression has redundant parentheses;");
    if (iequals(reader_.token(), "NOT")) return not_here("NOT");
    if (reader_.take("(")) {
      TRY(all_of());
      if (iequals(reader_.token(), "OR")) return not_here("OR");
      return reader_.expect(")");
    }
    return reader_.is_call() ? prefix() : comparison();
  }

  Result<void> prefix() {
    const std::string name(reader_.token());
    if (name == "attribute_exists" || name == "attribute_not_exists" || name == "attribute_type" || name == "contains" || name == "size") return not_here(name);
    if (name != "begins_with") return reader_.invalid(fmt::format("Invalid function name; function: {}", name));
    reader_.skip();
    TRY(reader_.expect("("));
    Term term{.attribute = TRY(name_here()), .mark = "begins_with", .bounds = {}};
    TRY(reader_.expect(","));
    term.bounds.push_back(TRY(reader_.value()));
    if (!term.bounds[0].s && !term.bounds[0].b) return reader_.invalid(fmt::format("Incorrect operand type for operator or function; operator or function: begins_with, operand type: {}", type_of(term.bounds[0])));
    terms_.push_back(std::move(term));
    return reader_.expect(")");
  }

  Result<void> comparison() {
    if (reader_.is_value()) return reversed();
    Term term{.attribute = TRY(name_here()), .mark = std::string(reader_.token()), .bounds = {}};
    if (reader_.take("BETWEEN")) {
      term.mark = "BETWEEN";
      term.bounds.push_back(TRY(reader_.value()));
      TRY(reader_.expect("AND"));
      term.bounds.push_back(TRY(reader_.value()));
      TRY(check_bounds(term));
    } else {
      if (term.mark == "<>" || iequals(term.mark, "IN")) return not_here(upper(term.mark));
      if (term.mark != "=" && term.mark != "<" && term.mark != "<=" && term.mark != ">" && term.mark != ">=") return reader_.unexpected();
      reader_.skip();
      term.bounds.push_back(TRY(reader_.value()));
    }
    terms_.push_back(std::move(term));
    return {};
  }

  /// ":value < attribute"
  Result<void> reversed() {
    static const std::map<std::string, std::string, std::less<>> kOther{{"=", "="}, {"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}};
    Term term{.attribute = {}, .mark = {}, .bounds = {}};
    term.bounds.push_back(TRY(reader_.value()));
    const auto mark = kOther.find(reader_.token());
    if (mark == kOther.end()) return reader_.unexpected();
    term.mark = mark->second;
    reader_.skip();
    term.attribute = TRY(name_here());
    terms_.push_back(std::move(term));
    return {};
  }

  Result<std::string> name_here() {
    const Path path = TRY(reader_.path());
    if (path.size() > 1) return invalid("Key condition expressions do not support nested attributes: KeyConditionExpressions cannot have conditions on nested attributes");
    return path[0].name;
  }

  Result<void> check_bounds(const Term& term) const {
    const auto found = order(term.bounds[0], term.bounds[1]);
    if (found && *found <= 0) return {};
    const auto shown = [](const Value& v) { return fmt::format("{{{}:{}}}", type_of(v), v.s ? *v.s : v.n ? *v.n : ""); };
    return reader_.invalid(fmt::format("The BETWEEN operator requires {}; lower bound operand: AttributeValue: {}, upper bound operand: AttributeValue: {}",
                                       found ? "upper bound to be greater than or equal to lower bound" : "same data type for lower and upper bounds", shown(term.bounds[0]), shown(term.bounds[1])));
  }

  Reader reader_;
  std::vector<Term> terms_;
};

Result<void> check_types(const model::DynamoTable& table, const Term& term) {
  for (const Value& bound : term.bounds) {
    if (type_of(bound) != key_type(table, term.attribute)) return invalid("One or more parameter values were invalid: Condition parameter type does not match schema type");
    if ((bound.s && bound.s->empty()) || (bound.b && bound.b->empty())) {
      return invalid(fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} value. Key: {}", bound.s ? "string" : "binary", term.attribute));
    }
  }
  return {};
}

const Term* term_for(const std::vector<Term>& terms, const std::string& name) {
  const auto found = std::ranges::find(terms, name, &Term::attribute);
  return found == terms.end() ? nullptr : &*found;
}

/// What is asked of the range key's attributes: no gap, and equality before the last.
Result<std::vector<const Term*>> read_ranges(const std::vector<Term>& terms, const std::vector<std::string>& range, size_t wanted) {
  std::vector<const Term*> found;
  for (const std::string& name : range) found.push_back(term_for(terms, name));
  const size_t matched = static_cast<size_t>(std::ranges::count_if(found, [](const Term* term) { return term != nullptr; }));
  const auto first_missing = std::ranges::find(found, nullptr);
  if (matched < wanted) {
    if (first_missing == found.end()) return invalid("Query key condition not supported");
    return invalid("Query condition missed key schema element: " + range[static_cast<size_t>(first_missing - found.begin())]);
  }
  while (!found.empty() && found.back() == nullptr) found.pop_back();
  std::vector<std::string> unequal;
  for (size_t i = 0; i + 1 < found.size(); ++i) {
    if (found[i] == nullptr || found[i]->mark != "=") unequal.push_back(range[i]);
  }
  if (!unequal.empty()) return invalid(fmt::format("RANGE key attributes {} must have equality conditions specified in the query because a condition is present on key attribute {}", join(unequal, ", "), found.back()->attribute));
  return found;
}

}  // namespace

bool RangeCondition::admits(const Value& value) const {
  if (mark == "begins_with") return (value.s && bounds[0].s && value.s->starts_with(*bounds[0].s)) || (value.b && bounds[0].b && value.b->starts_with(*bounds[0].b));
  const auto found = order(value, bounds[0]);
  if (!found) return false;
  if (mark == "=") return *found == 0;
  if (mark == "<") return *found < 0;
  if (mark == "<=") return *found <= 0;
  if (mark == ">") return *found > 0;
  if (mark == ">=") return *found >= 0;
  const auto high = order(value, bounds[1]);
  return *found >= 0 && high && *high <= 0;
}

bool KeyCondition::admits(const Item& item, const KeyNames& keys) const {
  for (size_t i = 0; i < hash.size(); ++i) {
    if (!equal(item.at(keys.hash[i]), hash[i])) return false;
  }
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (!ranges[i].admits(item.at(keys.range[i]))) return false;
  }
  return true;
}

Result<KeyCondition> read_key_condition(std::string_view text, Placeholders& placeholders, const model::DynamoTable& table, const KeyNames& keys) {
  const std::vector<Term> terms = TRY(Parser(TRY(Reader::open(text, "KeyConditionExpression", placeholders))).terms());
  const size_t most = std::max<size_t>(keys.all().size(), 2);
  if (terms.size() > most) return invalid(most == 2 ? "Conditions can be of length 1 or 2 only" : fmt::format("Conditions can be of length 1 to {} only", most));
  for (const Term& term : terms) {
    if (std::ranges::count(terms, term.attribute, &Term::attribute) > 1) return invalid("KeyConditionExpressions must only contain one condition per key");
  }
  KeyCondition condition;
  for (const std::string& name : keys.hash) {
    const Term* hash = term_for(terms, name);
    if (hash == nullptr) return invalid("Query condition missed key schema element: " + name);
    if (hash->mark != "=") return invalid("Query key condition not supported");
    TRY(check_types(table, *hash));
    condition.hash.push_back(hash->bounds[0]);
  }
  for (const Term* range : TRY(read_ranges(terms, keys.range, terms.size() - keys.hash.size()))) {
    TRY(check_types(table, *range));
    condition.ranges.push_back({.mark = range->mark, .bounds = range->bounds});
  }
  return condition;
}

}  // namespace landfall::services::dynamodb
