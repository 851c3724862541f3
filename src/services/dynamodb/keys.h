#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "model/storage.h"
#include "services/dynamodb/attribute.h"
#include "store/store.h"

/// Keys of items: of the table, and of its secondary indexes.
namespace landfall::services::dynamodb {

/// Attributes of a key in their order. A table and a local index have one of each at most, a global index up to four.
struct KeyNames {
  std::vector<std::string> hash, range;

  std::vector<std::string> all() const;
};
KeyNames keys_of(const model::DynamoTable& table);
KeyNames keys_of(const model::DynamoIndex& index);
/// Of what a query or scan reads: `index` null is the table.
KeyNames keys_of(const model::DynamoTable& table, const model::DynamoIndex* index);

/// S, N or B; "" if the attribute is no key of anything.
std::string key_type(const model::DynamoTable& table, const std::string& attribute);

/// Where a whole item is stored, below the table's key. Errors: "ValidationException" (missing, wrong type, empty, too long).
Result<std::string> key_of(const model::DynamoTable& table, const Item& item);
/// The same for a request that names exactly the key attributes; brings their values to canonical form.
Result<std::string> key_alone(const model::DynamoTable& table, Item& key);
/// What key_of finds missing or of another type, in the words of calls that name a key, and of batches.
Error told_of_key(const Error& error);
/// Where all items with the hash value of `item` begin.
Result<std::string> hash_of(const model::DynamoTable& table, const Item& item);

/// Only the key attributes of the table, and of the index if there is one.
Item key_attributes(const model::DynamoTable& table, const model::DynamoIndex* index, const Item& item);

/// What gave an item its index keys: errors tell of it in words of its own.
enum class Origin : unsigned char { put, update, transacted_update };
/// Errors: "ValidationException" if the item has an index's key in another type, empty, or too long.
Result<void> check_index_keys(const model::DynamoTable& table, const Item& item, Origin origin);
/// Whether the item is in the index: it has all of its keys.
bool is_in(const model::DynamoIndex& index, const Item& item);
/// What the index keeps of the item.
Item projected_into(const model::DynamoTable& table, const model::DynamoIndex& index, const Item& item);

/// The item at a key; empty if there is none.
Item find_item(const store::Transaction& tx, const model::DynamoTable& table, const std::string& key);

}  // namespace landfall::services::dynamodb
