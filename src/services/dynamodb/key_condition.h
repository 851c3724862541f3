#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/storage.h"
#include "services/dynamodb/placeholders.h"

namespace landfall::services::dynamodb {

/// What a query asks of the keys: one hash value, and perhaps where the range value lies.
struct KeyCondition {
  Value hash;
  std::string mark;           ///< "", =, <, <=, >, >=, BETWEEN, begins_with
  std::vector<Value> bounds;  ///< one, or two of BETWEEN

  bool admits(const Value& range) const;
};

/// `hash_key`, `range_key` ("" for none): of the table or index that is queried. Errors: "ValidationException".
/// Source: DynamoDB Developer Guide, Key condition expressions for the Query operation.
Result<KeyCondition> read_key_condition(std::string_view text, Placeholders& placeholders, const model::DynamoTable& table, const std::string& hash_key, const std::string& range_key);

}  // namespace landfall::services::dynamodb
