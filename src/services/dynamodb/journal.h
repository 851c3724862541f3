#pragma once

#include <string>

#include "services/dynamodb/attribute.h"
#include "services/dynamodb/support.h"

/// The changes of a table's items, one record each, for streams and for going back in time.
namespace landfall::services::dynamodb {

/// Of one item; an empty side means that there is none.
struct Change {
  const std::string& item_key;
  const Item& before;
  const Item& after;
  bool is_expiry = false;
};

/// Writes the change down if a stream or point-in-time recovery of the table is on, and something did change.
void keep_change(Transaction& tx, const model::DynamoTable& table, const Change& change, WallTime now);

/// How many changes there were so far.
int64_t changes_of(const Transaction& tx, const std::string& table_id);

/// A new stream of the table, which has none that is on.
void begin_stream(Transaction& tx, model::DynamoTable& table, const std::string& view, WallTime now);
/// Its records stay readable for a day.
void end_stream(Transaction& tx, model::DynamoTable& table, WallTime now);

/// Drops changes that neither a stream nor recovery reaches any more, and streams a day after their end.
void expire_changes(const Deps& deps);

}  // namespace landfall::services::dynamodb
