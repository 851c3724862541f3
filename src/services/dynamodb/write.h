#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/dynamodb/placeholders.h"
#include "services/dynamodb/support.h"
#include "services/dynamodb/update.h"

namespace landfall::services::dynamodb {

/// One write of one item, whichever call asks for it.
struct Write {
  enum class Kind { put, remove, update, check };
  Kind kind = Kind::put;
  std::optional<std::string> table{};  ///< name or ARN
  Item item{};                         ///< of a put; else the key
  std::optional<std::string> condition{}, update{};
  std::optional<std::map<std::string, std::string>> names{};
  std::optional<std::map<std::string, Value>> values{};
  bool is_transacted = false;
};

/// What a write did.
struct Written {
  model::DynamoTable table;
  std::string key;      ///< below the table's
  Item before, after;   ///< empty: none
};

/// A write whose expressions were read.
class PreparedWrite {
 public:
  /// Errors: what is wrong without looking at a table: "ValidationException".
  static Result<PreparedWrite> prepare(Write write);

  /// The table and the store key that it is about, without writing.
  Result<Written> locate(const Transaction& tx, const CallContext& context);
  /// Errors: "ResourceNotFoundException", "ValidationException", "ConditionalCheckFailedException" (then `found` is the
  /// item that did not meet the condition).
  Result<Written> apply(Transaction& tx, const CallContext& context, WallTime now, Item* found = nullptr);
  const std::optional<Update>& update() const { return update_; }
  size_t size() const { return stored_size(write_.item); }  ///< of what a put stores, else of the key

 private:
  PreparedWrite(Write write, Placeholders placeholders) : write_(std::move(write)), placeholders_(std::move(placeholders)) {}
  Result<Item> updated(const model::DynamoTable& table, const Item& before) const;

  Write write_;
  Placeholders placeholders_;
  std::optional<Update> update_;
};

}  // namespace landfall::services::dynamodb
