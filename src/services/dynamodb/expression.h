#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "services/dynamodb/path.h"
#include "services/dynamodb/placeholders.h"

/// Condition, filter and projection expressions. Pure.
/// Source: DynamoDB Developer Guide, Condition and filter expressions, operators, and functions.
namespace landfall::services::dynamodb {

/// Whether the condition holds for the item (empty if there is none). `kind` names it in errors. Errors:
/// "ValidationException", "Invalid ConditionExpression: …".
Result<bool> condition_holds(std::string_view text, Placeholders& placeholders, const Item& item, std::string_view kind = "ConditionExpression");

/// Reads a condition without an item; the top-level attributes that it names.
Result<std::set<std::string>> check_condition(std::string_view text, Placeholders& placeholders, std::string_view kind = "ConditionExpression");

/// What a projection asks for. Errors: "ValidationException".
Result<std::vector<Path>> projected_paths(std::string_view text, Placeholders& placeholders);

}  // namespace landfall::services::dynamodb
