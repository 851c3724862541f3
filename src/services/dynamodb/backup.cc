#include <fmt/format.h>

#include "services/dynamodb/attribute.h"
#include "services/dynamodb/backup.h"
#include "services/dynamodb/schema.h"

/// Backups on demand: a copy of a table's settings and items, and new tables from it.
namespace landfall::services::dynamodb {
namespace {

using model::DynamoBackup;
using model::DynamoItem;
using model::DynamoTable;

constexpr int32_t kMaxListed = 100;

shapes::BackupDetails details_of(const DynamoBackup& backup, std::string_view status) {
  shapes::BackupDetails details{.backup_arn = backup.arn, .backup_creation_date_time = backup.created_at, .backup_name = backup.name, .backup_size_bytes = backup.size, .backup_status = std::string(status), .backup_type = backup.type};
  if (backup.expires_at) details.backup_expiry_date_time = backup.expires_at;
  return details;
}

shapes::BackupDescription describe(const DynamoBackup& backup, std::string_view status) {
  const DynamoTable& table = backup.table;
  shapes::SourceTableDetails source{.billing_mode = table.billing_mode, .item_count = backup.item_count, .key_schema = key_schema(keys_of(table)),
                                    .provisioned_throughput = shapes::ProvisionedThroughput{.read_capacity_units = table.read_capacity, .write_capacity_units = table.write_capacity},
                                    .table_arn = arn_of(table), .table_creation_date_time = table.created_at, .table_id = table.id, .table_name = table.name, .table_size_bytes = backup.size};
  shapes::SourceTableFeatureDetails features;
  for (const auto& index : table.indexes) {
    if (index.is_local) {
      if (!features.local_secondary_indexes) features.local_secondary_indexes.emplace();
      features.local_secondary_indexes->push_back({.index_name = index.name, .key_schema = key_schema(keys_of(index)), .projection = projection_of(index)});
    } else {
      if (!features.global_secondary_indexes) features.global_secondary_indexes.emplace();
      features.global_secondary_indexes->push_back({.index_name = index.name, .key_schema = key_schema(keys_of(index)), .projection = projection_of(index),
                                                    .provisioned_throughput = shapes::ProvisionedThroughput{.read_capacity_units = index.read_capacity, .write_capacity_units = index.write_capacity}});
    }
  }
  if (!table.stream_view.empty()) features.stream_description = shapes::StreamSpecification{.stream_enabled = true, .stream_view_type = table.stream_view};
  if (!table.ttl_attribute.empty()) features.time_to_live_description = shapes::TimeToLiveDescription{.attribute_name = table.ttl_attribute, .time_to_live_status = "ENABLED"};
  return {.backup_details = details_of(backup, status), .source_table_details = source, .source_table_feature_details = features};
}

Result<DynamoBackup> backup_at(const Transaction& tx, const std::optional<std::string>& arn) {
  auto backup = store::find<DynamoBackup>(tx, text(arn));
  if (!backup) return fail("BackupNotFoundException", fmt::format("Backup not found: {}", text(arn)));
  return std::move(*backup);
}

Result<shapes::CreateBackupOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateBackupInput& request) {
  return transact<shapes::CreateBackupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateBackupOutput> {
    auto table = table_named(tx, context, request.table_name, false);
    if (!table) return fail("TableNotFoundException", fmt::format("Table not found: {}", text(request.table_name)));
    const DynamoBackup backup = keep_backup(deps, tx, {.account = {}, .region = {}, .arn = {}, .name = text(request.backup_name), .table = *table, .created_at = {}});
    return shapes::CreateBackupOutput{.backup_details = details_of(backup, "CREATING")};
  });
}

Result<shapes::DeleteBackupOutput> remove(const Deps& deps, const CallContext&, const shapes::DeleteBackupInput& request) {
  return transact<shapes::DeleteBackupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteBackupOutput> {
    const DynamoBackup backup = TRY(backup_at(tx, request.backup_arn));
    if (backup.type == "SYSTEM") return fail("ValidationException", fmt::format("A backup of the type SYSTEM cannot be deleted: {}", backup.arn));
    erase_backup(tx, backup);
    return shapes::DeleteBackupOutput{.backup_description = describe(backup, "DELETED")};
  });
}

Result<shapes::DescribeBackupOutput> describe_backup(const Deps& deps, const CallContext&, const shapes::DescribeBackupInput& request) {
  return transact<shapes::DescribeBackupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeBackupOutput> {
    return shapes::DescribeBackupOutput{.backup_description = describe(TRY(backup_at(tx, request.backup_arn)), "AVAILABLE")};
  });
}

Result<shapes::ListBackupsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListBackupsInput& request) {
  shapes::ListBackupsOutput answer;
  answer.backup_summaries.emplace();
  for (const DynamoBackup& backup : store::all<DynamoBackup>(deps.store)) {
    const bool is_wanted = backup.account == context.account && backup.region == context.region && (!request.table_name || *request.table_name == backup.table.name) &&
                           (!request.time_range_lower_bound || backup.created_at >= *request.time_range_lower_bound) && (!request.time_range_upper_bound || backup.created_at < *request.time_range_upper_bound) &&
                           (request.backup_type.value_or("ALL") == "ALL" || *request.backup_type == backup.type);
    if (!is_wanted || (request.exclusive_start_backup_arn && backup.arn <= *request.exclusive_start_backup_arn)) continue;
    if (static_cast<int32_t>(answer.backup_summaries->size()) == request.limit.value_or(kMaxListed)) {
      answer.last_evaluated_backup_arn = answer.backup_summaries->back().backup_arn;
      break;
    }
    answer.backup_summaries->push_back({.backup_arn = backup.arn, .backup_creation_date_time = backup.created_at, .backup_expiry_date_time = backup.expires_at ? std::optional(backup.expires_at) : std::nullopt, .backup_name = backup.name, .backup_size_bytes = backup.size, .backup_status = "AVAILABLE", .backup_type = backup.type,
                                        .table_arn = arn_of(backup.table), .table_id = backup.table.id, .table_name = backup.table.name});
  }
  return answer;
}

Result<shapes::RestoreTableFromBackupOutput> restore(const Deps& deps, const CallContext& context, const shapes::RestoreTableFromBackupInput& request) {
  return transact<shapes::RestoreTableFromBackupOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::RestoreTableFromBackupOutput> {
    const DynamoBackup backup = TRY(backup_at(tx, request.backup_arn));
    auto description = TRY(restore_table(deps, tx, context, {.source = backup.table, .items = store::all<DynamoItem>(tx, backup.arn + "/"), .target = text(request.target_table_name)}));
    description.restore_summary = shapes::RestoreSummary{.restore_date_time = description.creation_date_time, .restore_in_progress = true, .source_backup_arn = backup.arn, .source_table_arn = arn_of(backup.table)};
    return shapes::RestoreTableFromBackupOutput{.table_description = description};
  });
}

}  // namespace

DynamoBackup keep_backup(const Deps& deps, Transaction& tx, DynamoBackup backup) {
  backup.account = backup.table.account;
  backup.region = backup.table.region;
  backup.created_at = deps.clock.wall();
  backup.arn = fmt::format("{}/backup/{:014}-{}", arn_of(backup.table), backup.created_at.ms, deps.ids.hex(8));
  for (DynamoItem& item : store::all<DynamoItem>(tx, backup.table.key() + "/")) {
    ++backup.item_count;
    backup.size += static_cast<int64_t>(stored_size(item_of(item.item)));
    item.table_key = backup.arn;
    store::put(tx, item);
  }
  store::put(tx, backup);
  return backup;
}

Result<shapes::TableDescription> restore_table(const Deps& deps, Transaction& tx, const CallContext& context, Restored wanted) {
  DynamoTable table = std::move(wanted.source);
  table.account = context.account;
  table.region = context.region;
  table.name = wanted.target;
  table.id = deps.ids.uuid();
  table.created_at = deps.clock.wall();
  table.ttl_attribute.clear();
  table.stream_view.clear();
  table.stream_label.clear();
  table.recoverable_since = {};
  table.is_deletion_protected = false;
  table.tags.clear();
  table.policy.clear();
  if (store::find<DynamoTable>(tx, table.key())) return fail("TableAlreadyExistsException", fmt::format("Table already exists: {}", table.name));
  store::put(tx, table);
  for (DynamoItem& item : wanted.items) {
    item.table_key = table.key();
    store::put(tx, item);
  }
  return describe_table(tx, table, "CREATING");
}

void erase_backup(Transaction& tx, const DynamoBackup& backup) {
  for (const DynamoItem& item : store::all<DynamoItem>(tx, backup.arn + "/")) store::erase<DynamoItem>(tx, item.key());
  store::erase<DynamoBackup>(tx, backup.key());
}

void register_backup(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateBackupInput, shapes::CreateBackupOutput>("dynamodb", "CreateBackup", {"*"}, bind(create));
  registry.add<shapes::DeleteBackupInput, shapes::DeleteBackupOutput>("dynamodb", "DeleteBackup", {"*"}, bind(remove));
  registry.add<shapes::DescribeBackupInput, shapes::DescribeBackupOutput>("dynamodb", "DescribeBackup", {"*"}, bind(describe_backup));
  registry.add<shapes::ListBackupsInput, shapes::ListBackupsOutput>("dynamodb", "ListBackups", {"*"}, bind(list));
  registry.add<shapes::RestoreTableFromBackupInput, shapes::RestoreTableFromBackupOutput>("dynamodb", "RestoreTableFromBackup", {"BackupArn", "TargetTableName"}, bind(restore));
}

}  // namespace landfall::services::dynamodb
