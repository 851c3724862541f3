#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/storage.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/placeholders.h"

namespace landfall::services::dynamodb {

/// What a query asks of one attribute of the range key.
struct RangeCondition {
  std::string mark;           ///< =, <, <=, >, >=, BETWEEN, begins_with
  std::vector<Value> bounds;  ///< one, or two of BETWEEN

  bool admits(const Value& value) const;
};

/// What a query asks of the keys: the whole hash value, and where the range value lies.
struct KeyCondition {
  std::vector<Value> hash;             ///< of each attribute
  std::vector<RangeCondition> ranges;  ///< of the first attributes; all but the last ask for equality

  /// `item` has all attributes of `keys`, those that the condition was read for.
  bool admits(const Item& item, const KeyNames& keys) const;
};

/// `keys`: of the table or index that is queried. Errors: "ValidationException".
/// Source: DynamoDB Developer Guide, Key condition expressions for the Query operation; Multi-attribute keys.
Result<KeyCondition> read_key_condition(std::string_view text, Placeholders& placeholders, const model::DynamoTable& table, const KeyNames& keys);

}  // namespace landfall::services::dynamodb
