#include "services/dynamodb/write.h"

#include <fmt/format.h>

#include "services/dynamodb/expression.h"
#include "services/dynamodb/journal.h"
#include "services/dynamodb/keys.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxItem = 400 * 1024;  // DynamoDB quotas

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

}  // namespace

Result<PreparedWrite> PreparedWrite::prepare(Write write) {
  Placeholders given(write.names, write.values);
  PreparedWrite prepared(std::move(write), std::move(given));
  Write& own = prepared.write_;
  Placeholders& placeholders = prepared.placeholders_;
  const bool is_update = own.kind == Write::Kind::update;
  TRY(placeholders.check(own.condition || own.update, is_update ? "UpdateExpression and ConditionExpression are null" : "ConditionExpression is null"));
  for (auto& [name, value] : own.item) TRY(normalize(value));
  if (own.kind == Write::Kind::put && stored_size(own.item) > kMaxItem) return invalid("Item size has exceeded the maximum allowed size");
  if (own.update) prepared.update_ = TRY(Update::parse(*own.update, placeholders));
  if (own.condition) (void)TRY(check_condition(*own.condition, placeholders));
  TRY(placeholders.check_used());
  return prepared;
}

Result<Written> PreparedWrite::locate(const Transaction& tx, const CallContext& context) {
  Written written{.table = TRY(table_named(tx, context, write_.table, false)), .key = {}, .before = {}, .after = {}};
  written.key = write_.kind == Write::Kind::put ? TRY(key_of(written.table, write_.item)) : TRY(key_alone(written.table, write_.item));
  return written;
}

Result<Item> PreparedWrite::updated(const DynamoTable& table, const Item& before) const {
  for (const Path& path : update_ ? update_->paths() : std::vector<Path>{}) {
    const std::string& name = path[0].name;
    if (name == table.hash_key || name == table.range_key) return invalid(fmt::format("One or more parameter values were invalid: Cannot update attribute {}. This attribute is part of the key", name));
  }
  const Item base = before.empty() ? write_.item : before;
  Item after = update_ ? TRY(update_->apply(base)) : base;
  for (auto& [name, value] : after) TRY(normalize(value));
  if (stored_size(after) > kMaxItem) return invalid("Item size to update has exceeded the maximum allowed size");
  return after;
}

Result<Written> PreparedWrite::apply(Transaction& tx, const CallContext& context, WallTime now, Item* found) {
  Written written = TRY(locate(tx, context));
  const DynamoTable& table = written.table;
  written.before = find_item(tx, table, written.key);
  if (write_.kind == Write::Kind::put) TRY(check_index_keys(table, write_.item, Origin::put));
  if (write_.condition && !TRY(condition_holds(*write_.condition, placeholders_, written.before))) {
    if (found != nullptr) *found = written.before;
    return fail("ConditionalCheckFailedException", "The conditional request failed");
  }
  switch (write_.kind) {
    case Write::Kind::check:
      written.after = written.before;
      return written;
    case Write::Kind::remove:
      store::erase<DynamoItem>(tx, table.key() + "/" + written.key);
      keep_change(tx, table, {.item_key = written.key, .before = written.before, .after = written.after}, now);
      return written;
    case Write::Kind::put:
      written.after = write_.item;
      break;
    case Write::Kind::update:
      written.after = TRY(updated(table, written.before));
      TRY(check_index_keys(table, written.after, write_.is_transacted ? Origin::transacted_update : Origin::update));
      break;
  }
  store::put(tx, DynamoItem{.table_key = table.key(), .item_key = written.key, .item = to_text(written.after)});
  keep_change(tx, table, {.item_key = written.key, .before = written.before, .after = written.after}, now);
  return written;
}

}  // namespace landfall::services::dynamodb
