#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "services/dynamodb/attribute.h"
#include "services/dynamodb/support.h"

/// Capacity that a call consumes: told when it is asked for, never throttled.
/// Source: DynamoDB Developer Guide, Read and write capacity unit consumption.
namespace landfall::services::dynamodb {

/// Of one read of so many bytes: 4 KB a unit, half for an eventually consistent one, twice in a transaction.
double read_units(size_t bytes, bool is_consistent, bool in_transaction = false);
/// Of one write of the larger of the two: 1 KB a unit, twice in a transaction.
double write_units(const Item& before, const Item& after, bool in_transaction = false);

/// What the answer says: empty unless `wanted` (ReturnConsumedCapacity) is TOTAL or INDEXES. `index`: the one that was read.
std::optional<shapes::ConsumedCapacity> consumed(const std::optional<std::string>& wanted, const model::DynamoTable& table, double units, const model::DynamoIndex* index = nullptr);
/// Of a write, with the indexes that it touches.
std::optional<shapes::ConsumedCapacity> consumed_by_write(const std::optional<std::string>& wanted, const model::DynamoTable& table, const Item& before, const Item& after, bool in_transaction = false);
/// Adds one call's capacity to another's of the same table.
void add(std::optional<shapes::ConsumedCapacity>& to, const std::optional<shapes::ConsumedCapacity>& more);

}  // namespace landfall::services::dynamodb
