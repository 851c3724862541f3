#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>

#include "services/dynamodb/backup.h"
#include "services/dynamodb/journal.h"
#include "services/dynamodb/recovery.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoBackup;
using model::DynamoChange;
using model::DynamoItem;
using model::DynamoTable;

constexpr std::chrono::days kSystemBackupLife{35};  // Developer guide, Point-in-time recovery

WallTime earliest(const DynamoTable& table, WallTime now) { return std::max(table.recoverable_since, now - std::chrono::days(table.recovery_days)); }

shapes::ContinuousBackupsDescription describe(const DynamoTable& table, WallTime now) {
  shapes::PointInTimeRecoveryDescription recovery{.point_in_time_recovery_status = table.recoverable_since ? "ENABLED" : "DISABLED"};
  if (table.recoverable_since) {
    recovery.earliest_restorable_date_time = earliest(table, now);
    recovery.latest_restorable_date_time = now;
    recovery.recovery_period_in_days = table.recovery_days;
  }
  return {.continuous_backups_status = "ENABLED", .point_in_time_recovery_description = std::move(recovery)};
}

Result<DynamoTable> table_of(const Transaction& tx, const CallContext& context, const std::optional<std::string>& name) {
  auto table = table_named(tx, context, name, false);
  if (!table) return fail("TableNotFoundException", fmt::format("Table not found: {}", text(name)));
  return table;
}

Result<shapes::DescribeContinuousBackupsOutput> backups(const Deps& deps, const CallContext& context, const shapes::DescribeContinuousBackupsInput& request) {
  return transact<shapes::DescribeContinuousBackupsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeContinuousBackupsOutput> {
    return shapes::DescribeContinuousBackupsOutput{.continuous_backups_description = describe(TRY(table_of(tx, context, request.table_name)), deps.clock.wall())};
  });
}

/// Switched on again the window begins anew; switched on twice it goes on.
Result<shapes::UpdateContinuousBackupsOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateContinuousBackupsInput& request) {
  const auto& wanted = *request.point_in_time_recovery_specification;
  const bool is_on = wanted.point_in_time_recovery_enabled.value_or(false);
  if (!is_on && wanted.recovery_period_in_days) return fail("ValidationException", "RecoveryPeriodInDays cannot be specified when PointInTimeRecoveryEnabled is false");
  return transact<shapes::UpdateContinuousBackupsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateContinuousBackupsOutput> {
    DynamoTable table = TRY(table_of(tx, context, request.table_name));
    const WallTime now = deps.clock.wall();
    if (is_on && !table.recoverable_since) table.recovery_days = DynamoTable{}.recovery_days;
    table.recovery_days = wanted.recovery_period_in_days.value_or(table.recovery_days);
    table.recoverable_since = !is_on ? WallTime{} : table.recoverable_since ? table.recoverable_since : now;
    store::put(tx, table);
    return shapes::UpdateContinuousBackupsOutput{.continuous_backups_description = describe(table, now)};
  });
}

/// The items as they were: what changed since is undone, the newest change first.
std::vector<DynamoItem> items_at(const Transaction& tx, const DynamoTable& table, WallTime at) {
  std::map<std::string, DynamoItem> items;
  for (DynamoItem& item : store::all<DynamoItem>(tx, table.key() + "/")) items[item.item_key] = std::move(item);
  std::vector<DynamoChange> changes = store::all<DynamoChange>(tx, DynamoChange::prefix(table.id));
  std::ranges::reverse(changes);
  for (DynamoChange& change : changes) {
    if (change.at <= at) break;
    if (change.before.empty()) items.erase(change.item_key);
    else items[change.item_key] = {.table_key = table.key(), .item_key = change.item_key, .item = std::move(change.before)};
  }
  std::vector<DynamoItem> found;
  for (auto& [key, item] : items) found.push_back(std::move(item));
  return found;
}

Result<WallTime> moment_of(const shapes::RestoreTableToPointInTimeInput& request, const DynamoTable& table, WallTime now) {
  if (request.use_latest_restorable_time.value_or(false)) {
    if (request.restore_date_time) return fail("ValidationException", "RestoreDateTime and UseLatestRestorableTime cannot both be specified");
    return now;
  }
  if (!request.restore_date_time) return fail("ValidationException", "Either RestoreDateTime or UseLatestRestorableTime must be specified");
  if (*request.restore_date_time < earliest(table, now) || *request.restore_date_time > now) {
    return fail("InvalidRestoreTimeException", fmt::format("An invalid restore time was specified: {}. RestoreDateTime must be between EarliestRestorableDateTime {} and LatestRestorableDateTime {}.", iso8601(*request.restore_date_time), iso8601(earliest(table, now)), iso8601(now)));
  }
  return *request.restore_date_time;
}

Result<shapes::RestoreTableToPointInTimeOutput> restore(const Deps& deps, const CallContext& context, const shapes::RestoreTableToPointInTimeInput& request) {
  if (request.source_table_name.has_value() == request.source_table_arn.has_value()) return fail("ValidationException", "Exactly one of SourceTableName and SourceTableArn must be specified");
  const std::string source = request.source_table_name.value_or(text(request.source_table_arn));
  return transact<shapes::RestoreTableToPointInTimeOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RestoreTableToPointInTimeOutput> {
    const auto table = table_named(tx, context, source, false);
    if (!table) return fail("TableNotFoundException", fmt::format("Source table not found: {}", source));
    if (!table->recoverable_since) return fail("PointInTimeRecoveryUnavailableException", fmt::format("Point in time recovery is not enabled for table '{}'", table->name));
    const WallTime at = TRY(moment_of(request, *table, deps.clock.wall()));
    auto description = TRY(restore_table(deps, tx, context, {.source = *table, .items = items_at(tx, *table, at), .target = text(request.target_table_name)}));
    description.restore_summary = shapes::RestoreSummary{.restore_date_time = at, .restore_in_progress = true, .source_table_arn = arn_of(*table)};
    return shapes::RestoreTableToPointInTimeOutput{.table_description = description};
  });
}

}  // namespace

void keep_last_backup(const Deps& deps, Transaction& tx, const DynamoTable& table) {
  if (!table.recoverable_since) return;
  keep_backup(deps, tx, {.account = {}, .region = {}, .arn = {}, .name = table.name + "$DeletedTableBackup", .table = table, .created_at = {}, .type = "SYSTEM", .expires_at = deps.clock.wall() + kSystemBackupLife});
}

void expire_backups(const Deps& deps) {
  for (const DynamoBackup& backup : store::all<DynamoBackup>(deps.store)) {
    if (!backup.expires_at || backup.expires_at > deps.clock.wall()) continue;
    (void)deps.store.transact([&](Transaction& tx) -> Result<void> {
      erase_backup(tx, backup);
      return {};
    });
  }
}

void register_recovery(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::DescribeContinuousBackupsInput, shapes::DescribeContinuousBackupsOutput>("dynamodb", "DescribeContinuousBackups", {"*"}, bind(backups));
  registry.add<shapes::UpdateContinuousBackupsInput, shapes::UpdateContinuousBackupsOutput>("dynamodb", "UpdateContinuousBackups", {"*"}, bind(update));
  registry.add<shapes::RestoreTableToPointInTimeInput, shapes::RestoreTableToPointInTimeOutput>("dynamodb", "RestoreTableToPointInTime", {"SourceTableName", "SourceTableArn", "TargetTableName", "RestoreDateTime", "UseLatestRestorableTime"}, bind(restore));
}

}  // namespace landfall::services::dynamodb
