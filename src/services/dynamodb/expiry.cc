#include "services/dynamodb/expiry.h"

#include <cmath>
#include <cstdlib>

#include "base/log.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/journal.h"
#include "services/dynamodb/support.h"

namespace landfall::services::dynamodb {
namespace {

constexpr double kOldest = 5.0 * 365 * 24 * 3600;
constexpr size_t kBatch = 500;  // items of one transaction

bool has_expired(const std::string& text, const std::string& attribute, double now) {
  const Item item = item_of(text);
  const auto found = item.find(attribute);
  if (found == item.end() || !found->second.n) return false;
  const double at = std::strtod(found->second.n->c_str(), nullptr);
  return at < now && at > now - kOldest;
}

/// Looked at again in the transaction: somebody may have prolonged the item.
size_t expire(const Deps& deps, const model::DynamoTable& table, const std::vector<std::string>& keys, double now) {
  size_t gone = 0;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    gone = 0;
    const auto current = store::find<model::DynamoTable>(tx, table.key());
    if (!current || current->id != table.id || current->ttl_attribute != table.ttl_attribute) return {};
    for (const std::string& key : keys) {
      const auto item = store::find<model::DynamoItem>(tx, key);
      if (!item || !has_expired(item->item, table.ttl_attribute, now)) continue;
      store::erase<model::DynamoItem>(tx, key);
      keep_change(tx, *current, {.item_key = item->item_key, .before = item_of(item->item), .after = {}, .is_expiry = true}, deps.clock.wall());
      ++gone;
    }
    return {};
  });
  if (!done) log_error("items not expired", {{"table", table.name}, {"error", done.error().message()}});
  return done ? gone : 0;
}

}  // namespace

size_t expire_items(const Deps& deps) {
  const double now = std::floor(static_cast<double>(deps.clock.wall().ms) / 1000);
  size_t gone = 0;
  for (const auto& table : store::all<model::DynamoTable>(deps.store)) {
    if (table.ttl_attribute.empty()) continue;
    std::vector<std::string> batch;
    for (const auto& item : store::all<model::DynamoItem>(deps.store, table.key() + "/")) {
      if (has_expired(item.item, table.ttl_attribute, now)) batch.push_back(item.key());
      if (batch.size() < kBatch) continue;
      gone += expire(deps, table, batch, now);
      batch.clear();
    }
    if (!batch.empty()) gone += expire(deps, table, batch, now);
  }
  if (gone > 0) log_info("items expired", {{"count", std::to_string(gone)}});
  return gone;
}

}  // namespace landfall::services::dynamodb
