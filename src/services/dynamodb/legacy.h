#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/attribute.h"
#include "services/dynamodb/support.h"

/// The parameters that were before expressions, read as the expressions that mean the same.
/// Source: DynamoDB developer guide, Legacy conditional parameters.
namespace landfall::services::dynamodb {

/// Expressions out of such parameters, and the placeholders that they use.
class Legacy {
 public:
  /// A condition on attributes, of `parameter`; `joined` "AND" or "OR". Errors: "ValidationException".
  Result<std::string> conditions(const std::map<std::string, shapes::Condition>& conditions, const std::string& joined);
  Result<std::string> expected(const std::map<std::string, shapes::ExpectedAttributeValue>& expected, const std::string& joined);
  Result<std::string> updates(const std::map<std::string, shapes::AttributeValueUpdate>& updates);
  Result<std::string> projection(const std::vector<std::string>& names);

  /// Puts the placeholders where the request has its own.
  template <class Request>
  void give(Request& request) const {
    if (!names_.empty()) request.expression_attribute_names = names_;
    if constexpr (requires { request.expression_attribute_values; }) {
      if (!values_.empty()) request.expression_attribute_values = values_;
    }
  }

 private:
  std::string name(const std::string& attribute);
  std::string value(const Value& value);
  Result<std::string> term(const std::string& attribute, const std::string& comparison, const std::vector<Value>& arguments);

  std::map<std::string, std::string> names_;
  std::map<std::string, Value> values_;
};

/// Old and new parameters do not go together. Error: "ValidationException".
Result<void> check_unmixed(const std::vector<std::string>& legacy, const std::vector<std::string>& expressions);

/// The request with expressions alone. Errors: "ValidationException".
template <class Request>
Result<Request> modern(const Request& request) {
  Request out = request;
  std::vector<std::string> old, now;
  std::string joined = "AND";
  if constexpr (requires { out.conditional_operator; }) {
    joined = request.conditional_operator.value_or("AND");
    if (request.conditional_operator) old.emplace_back("ConditionalOperator");
  }
  const auto note = [](const auto& member, const char* name, std::vector<std::string>& into) {
    if (member) into.emplace_back(name);
  };
  if constexpr (requires { out.condition_expression; }) note(request.condition_expression, "ConditionExpression", now);
  if constexpr (requires { out.update_expression; }) note(request.update_expression, "UpdateExpression", now);
  if constexpr (requires { out.projection_expression; }) note(request.projection_expression, "ProjectionExpression", now);
  if constexpr (requires { out.filter_expression; }) note(request.filter_expression, "FilterExpression", now);
  if constexpr (requires { out.key_condition_expression; }) note(request.key_condition_expression, "KeyConditionExpression", now);
  Legacy legacy;
  const auto take = [&](auto& member, auto& into, const char* name, auto read) -> Result<void> {
    if (!member) return {};
    old.emplace_back(name);
    const auto given = std::move(*member);
    member.reset();
    if (given.empty()) return {};
    std::string text = TRY(read(given));
    if (!into) into = std::move(text);
    return {};
  };
  if constexpr (requires { out.expected; }) TRY(take(out.expected, out.condition_expression, "Expected", [&](const auto& given) { return legacy.expected(given, joined); }));
  if constexpr (requires { out.attribute_updates; }) TRY(take(out.attribute_updates, out.update_expression, "AttributeUpdates", [&](const auto& given) { return legacy.updates(given); }));
  if constexpr (requires { out.key_conditions; }) TRY(take(out.key_conditions, out.key_condition_expression, "KeyConditions", [&](const auto& given) { return legacy.conditions(given, "AND"); }));
  if constexpr (requires { out.query_filter; }) TRY(take(out.query_filter, out.filter_expression, "QueryFilter", [&](const auto& given) { return legacy.conditions(given, joined); }));
  if constexpr (requires { out.scan_filter; }) TRY(take(out.scan_filter, out.filter_expression, "ScanFilter", [&](const auto& given) { return legacy.conditions(given, joined); }));
  if constexpr (requires { out.attributes_to_get; }) TRY(take(out.attributes_to_get, out.projection_expression, "AttributesToGet", [&](const auto& given) { return legacy.projection(given); }));
  TRY(check_unmixed(old, now));
  if constexpr (requires { out.conditional_operator; }) {
    if (old.size() == 1 && old[0] == "ConditionalOperator") return fail("ValidationException", "One or more parameter values were invalid: ConditionalOperator cannot be used without Filter or Expected");
    out.conditional_operator.reset();
  }
  legacy.give(out);
  return out;
}

}  // namespace landfall::services::dynamodb
