#include "services/dynamodb/journal.h"

#include <chrono>
#include <map>
#include <set>
#include <vector>

#include "base/log.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoChange;
using model::DynamoJournal;
using model::DynamoStream;
using model::DynamoTable;

constexpr std::chrono::hours kStreamLife{24};  // Developer guide, DynamoDB Streams
constexpr size_t kBatch = 500;                 // records of one transaction

/// AWS's labels: "2015-05-20T20:51:10.252".
std::string label_at(WallTime now) {
  std::string label = iso8601(now, true);
  label.pop_back();
  return label;
}

/// From where on changes of a table are wanted.
std::map<std::string, WallTime> kept_since(const Deps& deps) {
  const WallTime now = deps.clock.wall();
  std::map<std::string, WallTime> since;
  for (const DynamoStream& stream : store::all<DynamoStream>(deps.store)) since[stream.table_id] = now - kStreamLife;
  for (const DynamoTable& table : store::all<DynamoTable>(deps.store)) {
    if (table.recoverable_since) since[table.id] = now - std::chrono::days(table.recovery_days);
  }
  return since;
}

template <class Record>
void drop(const Deps& deps, const std::vector<std::string>& keys) {
  if (keys.empty()) return;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    for (const std::string& key : keys) store::erase<Record>(tx, key);
    return {};
  });
  if (!done) log_error("changes of tables not dropped", {{"error", done.error().message()}});
}

}  // namespace

void keep_change(Transaction& tx, const DynamoTable& table, const Change& change, WallTime now) {
  if (table.stream_view.empty() && !table.recoverable_since) return;
  DynamoChange kept{.table_id = table.id, .at = now, .item_key = change.item_key, .is_expiry = change.is_expiry};
  if (!change.before.empty()) kept.before = to_text(change.before);
  if (!change.after.empty()) kept.after = to_text(change.after);
  if (kept.before == kept.after) return;
  if (!table.stream_view.empty()) kept.stream_label = table.stream_label;
  kept.sequence = changes_of(tx, table.id) + 1;
  store::put(tx, DynamoJournal{.table_id = table.id, .last = kept.sequence});
  store::put(tx, kept);
}

int64_t changes_of(const Transaction& tx, const std::string& table_id) {
  const auto journal = store::find<DynamoJournal>(tx, table_id);
  return journal ? journal->last : 0;
}

void begin_stream(Transaction& tx, DynamoTable& table, const std::string& view, WallTime now) {
  table.stream_view = view;
  table.stream_label = label_at(now);
  store::put(tx, DynamoStream{.account = table.account, .region = table.region, .table_name = table.name, .table_id = table.id, .label = table.stream_label, .view = view, .hash_key = table.hash_key, .range_key = table.range_key,
                              .first = changes_of(tx, table.id), .last = 0, .created_at = now, .ended_at = {}});
}

void end_stream(Transaction& tx, DynamoTable& table, WallTime now) {
  for (DynamoStream& stream : store::all<DynamoStream>(tx)) {
    if (stream.table_id != table.id || stream.ended_at) continue;
    stream.ended_at = now;
    stream.last = changes_of(tx, table.id);
    store::put(tx, stream);
  }
  table.stream_view.clear();
}

void expire_changes(const Deps& deps) {
  const WallTime now = deps.clock.wall();
  std::vector<std::string> streams, changes, journals;
  for (const DynamoStream& stream : store::all<DynamoStream>(deps.store)) {
    if (stream.ended_at && stream.ended_at < now - kStreamLife) streams.push_back(stream.key());
  }
  drop<DynamoStream>(deps, streams);
  const auto since = kept_since(deps);
  std::set<std::string> tables;
  for (const DynamoTable& table : store::all<DynamoTable>(deps.store)) tables.insert(table.id);
  for (const DynamoJournal& journal : store::all<DynamoJournal>(deps.store)) {
    const auto found = since.find(journal.table_id);
    if (found == since.end() && !tables.contains(journal.table_id)) journals.push_back(journal.key());
    for (const DynamoChange& change : store::all<DynamoChange>(deps.store, DynamoChange::prefix(journal.table_id))) {
      if (found != since.end() && change.at >= found->second) break;
      changes.push_back(change.key());
      if (changes.size() < kBatch) continue;
      drop<DynamoChange>(deps, changes);
      changes.clear();
    }
  }
  drop<DynamoChange>(deps, changes);
  drop<DynamoJournal>(deps, journals);
}

}  // namespace landfall::services::dynamodb
