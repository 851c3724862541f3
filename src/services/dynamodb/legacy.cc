#include "services/dynamodb/legacy.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"

namespace landfall::services::dynamodb {
namespace {

std::unexpected<Error> wrong_value(std::string what) { return fail("ValidationException", "One or more parameter values were invalid: " + std::move(what)); }

/// How many arguments a comparison takes; IN takes one or more.
struct Comparison {
  size_t least, most;
  const char* mark;  ///< of those that are written "a mark b"
};
const Comparison* comparison_of(const std::string& name) {
  static const std::map<std::string, Comparison> kComparisons{{"EQ", {1, 1, "="}}, {"NE", {1, 1, "<>"}}, {"LE", {1, 1, "<="}}, {"LT", {1, 1, "<"}}, {"GE", {1, 1, ">="}}, {"GT", {1, 1, ">"}}, {"NOT_NULL", {0, 0, nullptr}}, {"NULL", {0, 0, nullptr}},
                                                              {"CONTAINS", {1, 1, nullptr}}, {"NOT_CONTAINS", {1, 1, nullptr}}, {"BEGINS_WITH", {1, 1, nullptr}}, {"IN", {1, 100, nullptr}}, {"BETWEEN", {2, 2, nullptr}}};
  const auto found = kComparisons.find(name);
  return found == kComparisons.end() ? nullptr : &found->second;
}

}  // namespace

std::string Legacy::name(const std::string& attribute) {
  const std::string placeholder = fmt::format("#n{}", names_.size());
  names_[placeholder] = attribute;
  return placeholder;
}

std::string Legacy::value(const Value& value) {
  const std::string placeholder = fmt::format(":v{}", values_.size());
  values_[placeholder] = value;
  return placeholder;
}

Result<std::string> Legacy::term(const std::string& attribute, const std::string& comparison, const std::vector<Value>& arguments) {
  const Comparison* found = comparison_of(comparison);
  if (found == nullptr) return wrong_value("ComparisonOperator is not valid: " + comparison);
  if (arguments.size() < found->least || arguments.size() > found->most) return wrong_value(fmt::format("Invalid number of argument(s) for the {} ComparisonOperator", comparison));
  const std::string subject = name(attribute);
  if (comparison == "NULL") return fmt::format("attribute_not_exists({})", subject);
  if (comparison == "NOT_NULL") return fmt::format("attribute_exists({})", subject);
  if (found->mark != nullptr) return fmt::format("{} {} {}", subject, found->mark, value(arguments[0]));
  if (comparison == "CONTAINS") return fmt::format("contains({}, {})", subject, value(arguments[0]));
  if (comparison == "NOT_CONTAINS") return fmt::format("NOT contains({}, {})", subject, value(arguments[0]));
  if (comparison == "BEGINS_WITH") return fmt::format("begins_with({}, {})", subject, value(arguments[0]));
  std::vector<std::string> values;
  for (const Value& one : arguments) values.push_back(value(one));
  return comparison == "IN" ? fmt::format("{} IN ({})", subject, join(values, ", ")) : fmt::format("{} BETWEEN {} AND {}", subject, values[0], values[1]);
}

Result<std::string> Legacy::conditions(const std::map<std::string, shapes::Condition>& conditions, const std::string& joined) {
  std::vector<std::string> terms;
  for (const auto& [attribute, condition] : conditions) terms.push_back(TRY(term(attribute, text(condition.comparison_operator), condition.attribute_value_list.value_or(std::vector<Value>{}))));
  return join(terms, fmt::format(" {} ", joined));
}

Result<std::string> Legacy::expected(const std::map<std::string, shapes::ExpectedAttributeValue>& expected, const std::string& joined) {
  std::vector<std::string> terms;
  for (const auto& [attribute, wanted] : expected) {
    if (wanted.comparison_operator) {
      if (wanted.exists) return wrong_value("Exists and ComparisonOperator cannot be used together for Attribute: " + attribute);
      if (wanted.value && wanted.attribute_value_list) return wrong_value("Value and AttributeValueList cannot be used together for Attribute: " + attribute);
      std::vector<Value> arguments = wanted.attribute_value_list.value_or(std::vector<Value>{});
      if (wanted.value) arguments.push_back(*wanted.value);
      terms.push_back(TRY(term(attribute, *wanted.comparison_operator, arguments)));
      continue;
    }
    if (wanted.attribute_value_list) return wrong_value("AttributeValueList can only be used with a ComparisonOperator for Attribute: " + attribute);
    const bool exists = wanted.exists.value_or(true);
    if (exists && !wanted.value) return wrong_value(fmt::format("Value must be provided when Exists is {} for Attribute: {}", wanted.exists ? "true" : "null", attribute));
    if (!exists && wanted.value) return wrong_value("Value cannot be used when Exists is false for Attribute: " + attribute);
    terms.push_back(exists ? fmt::format("{} = {}", name(attribute), value(*wanted.value)) : fmt::format("attribute_not_exists({})", name(attribute)));
  }
  return join(terms, fmt::format(" {} ", joined));
}

Result<std::string> Legacy::updates(const std::map<std::string, shapes::AttributeValueUpdate>& updates) {
  std::map<std::string, std::vector<std::string>> clauses;
  for (const auto& [attribute, update] : updates) {
    const std::string action = update.action.value_or("PUT");
    if (!update.value && action != "DELETE") return wrong_value(fmt::format("Only DELETE action is allowed when no attribute value is specified"));
    if (action == "PUT") clauses["SET"].push_back(fmt::format("{} = {}", name(attribute), value(*update.value)));
    else if (!update.value) clauses["REMOVE"].push_back(name(attribute));
    else clauses[action].push_back(fmt::format("{} {}", name(attribute), value(*update.value)));
  }
  std::string text;
  for (const auto& [clause, actions] : clauses) text += (text.empty() ? "" : " ") + clause + " " + join(actions, ", ");
  return text;
}

Result<std::string> Legacy::projection(const std::vector<std::string>& names) {
  std::vector<std::string> placeholders;
  std::set<std::string> seen;
  for (const std::string& attribute : names) {
    if (!seen.insert(attribute).second) return wrong_value("Duplicate value in attribute name: " + attribute);
    placeholders.push_back(name(attribute));
  }
  return join(placeholders, ", ");
}

Result<void> check_unmixed(const std::vector<std::string>& legacy, const std::vector<std::string>& expressions) {
  if (legacy.empty() || expressions.empty()) return {};
  return fail("ValidationException", fmt::format("Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {{{}}} Expression parameters: {{{}}}", join(legacy, ", "), join(expressions, ", ")));
}

}  // namespace landfall::services::dynamodb
