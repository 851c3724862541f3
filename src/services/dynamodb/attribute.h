#pragma once

#include <compare>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/shapes/dynamodb.h"
#include "base/error.h"

/// Attribute values: what makes one valid, equal, less. Pure.
/// Source: DynamoDB Developer Guide, Naming rules and data types; Comparison operator reference.
namespace landfall::services::dynamodb {

using Value = landfall::aws::dynamodb::AttributeValue;
using Item = std::map<std::string, Value>;

std::string_view type_of(const Value& value);  ///< "S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"; "" if none

/// Exactly one type, numbers that are numbers, sets without duplicates, nesting of at most 32; numbers are brought to
/// canonical form. Errors: "ValidationException".
Result<void> normalize(Value& value, int depth = 0);

bool equal(const Value& a, const Value& b);  ///< deep; sets in any order

/// Order of two values of one of the types S, N, B; empty for others.
std::optional<std::strong_ordering> order(const Value& a, const Value& b);

/// size() of the condition expressions; empty for types that have none.
std::optional<size_t> size_of(const Value& value);

/// Bytes that the item takes against the limit of 400 KB.
size_t stored_size(const Item& item);

std::string to_text(const Item& item);                 ///< as DynamoDB JSON
Item item_of(const std::string& text);                 ///< what to_text wrote

}  // namespace landfall::services::dynamodb
