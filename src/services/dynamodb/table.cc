#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/journal.h"
#include "services/dynamodb/recovery.h"
#include "services/dynamodb/schema.h"
#include "services/dynamodb/support.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxListed = 100;

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

Result<void> read_capacity(const shapes::CreateTableInput& request, DynamoTable& table) {
  table.billing_mode = request.billing_mode.value_or("PROVISIONED");
  const auto& throughput = request.provisioned_throughput;
  if (table.billing_mode == "PAY_PER_REQUEST") {
    if (throughput) return invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    return {};
  }
  if (!throughput) return invalid("One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED");
  table.read_capacity = throughput->read_capacity_units.value_or(0);
  table.write_capacity = throughput->write_capacity_units.value_or(0);
  return {};
}

Result<void> check_stream(const shapes::StreamSpecification& wanted) {
  const bool is_on = wanted.stream_enabled.value_or(false);
  if (is_on && !wanted.stream_view_type) return invalid("One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true");
  if (!is_on && wanted.stream_view_type) return invalid("One or more parameter values were invalid: StreamViewType cannot be specified when StreamEnabled is false");
  return {};
}

/// Source  API reference, UpdateTable: neither is a stream switched on twice, nor one off that is not there.
Result<void> change_stream(Transaction& tx, DynamoTable& table, const shapes::StreamSpecification& wanted, WallTime now) {
  const bool is_on = *wanted.stream_enabled;
  if (is_on && !table.stream_view.empty()) return invalid(fmt::format("Table already has an enabled stream: TableName: {}", table.name));
  if (!is_on && table.stream_view.empty()) return invalid(fmt::format("Table does not have a stream to disable: TableName: {}", table.name));
  if (is_on) begin_stream(tx, table, *wanted.stream_view_type, now);
  else end_stream(tx, table, now);
  return {};
}

/// Features that Landfall does not have, asked for in a way that the list of members cannot tell.
Result<void> refuse_features(const shapes::CreateTableInput& request) {
  if (request.sse_specification && request.sse_specification->enabled.value_or(false)) return invalid("Landfall does not support encryption of tables with KMS keys yet (SSESpecification.Enabled)");
  return {};
}

Result<shapes::CreateTableOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateTableInput& request) {
  DynamoTable made{.account = context.account, .region = context.region, .name = text(request.table_name), .id = deps.ids.uuid(), .created_at = deps.clock.wall()};
  TRY(read_capacity(request, made));
  TRY(read_schema(request, made));
  TRY(refuse_features(request));
  if (request.stream_specification) TRY(check_stream(*request.stream_specification));
  made.table_class = text(request.table_class);
  made.is_deletion_protected = request.deletion_protection_enabled.value_or(false);
  for (const shapes::Tag& tag : request.tags.value_or(std::vector<shapes::Tag>{})) made.tags[text(tag.key)] = text(tag.value);
  return transact<shapes::CreateTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateTableOutput> {
    DynamoTable table = made;
    if (store::find<DynamoTable>(tx, table.key())) return fail("ResourceInUseException", fmt::format("Table already exists: {}", table.name));
    if (request.stream_specification && *request.stream_specification->stream_enabled) begin_stream(tx, table, *request.stream_specification->stream_view_type, deps.clock.wall());
    store::put(tx, table);
    return shapes::CreateTableOutput{.table_description = describe_table(tx, table, "CREATING")};
  });
}

Result<shapes::DeleteTableOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteTableInput& request) {
  return transact<shapes::DeleteTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteTableOutput> {
    DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    if (table.is_deletion_protected) return invalid(fmt::format("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."));
    keep_last_backup(deps, tx, table);
    end_stream(tx, table, deps.clock.wall());
    for (const DynamoItem& item : store::all<DynamoItem>(tx, table.key() + "/")) store::erase<DynamoItem>(tx, item.key());
    store::erase<DynamoTable>(tx, table.key());
    return shapes::DeleteTableOutput{.table_description = describe_table(tx, table, "DELETING")};
  });
}

Result<shapes::DescribeTableOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTableInput& request) {
  return transact<shapes::DescribeTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTableOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    return shapes::DescribeTableOutput{.table = describe_table(tx, table, "ACTIVE")};
  });
}

/// Capacity, billing and protection; one kind of change a call as on AWS (API reference, UpdateTable).
Result<shapes::UpdateTableOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateTableInput& request) {
  if (request.sse_specification && request.sse_specification->enabled.value_or(false)) return invalid("Landfall does not support encryption of tables with KMS keys yet (SSESpecification.Enabled)");
  if (request.stream_specification) TRY(check_stream(*request.stream_specification));
  const bool asks = request.billing_mode || request.provisioned_throughput || request.deletion_protection_enabled || request.table_class || request.sse_specification || request.stream_specification || request.global_secondary_index_updates;
  if (!asks) return invalid("At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required");
  return transact<shapes::UpdateTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::UpdateTableOutput> {
    DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    if (request.billing_mode) table.billing_mode = *request.billing_mode;
    if (table.billing_mode == "PAY_PER_REQUEST") {
      if (request.provisioned_throughput) return invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
      table.read_capacity = table.write_capacity = 0;
    } else if (request.provisioned_throughput) {
      const int64_t read = request.provisioned_throughput->read_capacity_units.value_or(0), write = request.provisioned_throughput->write_capacity_units.value_or(0);
      if (read < 1 || write < 1) return invalid(fmt::format("ReadCapacityUnits is {} and WriteCapacityUnits is {}; wanted at least 1 each", read, write));
      if (read == table.read_capacity && write == table.write_capacity && !request.billing_mode && !request.deletion_protection_enabled && !request.global_secondary_index_updates) {
        return invalid(fmt::format("The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {}. Requested ReadCapacityUnits: {}. Current WriteCapacityUnits provisioned for the table: {}. Requested WriteCapacityUnits: {}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.", table.read_capacity, read, table.write_capacity, write));
      }
      table.read_capacity = read;
      table.write_capacity = write;
    } else if (request.billing_mode && table.read_capacity < 1) {
      return invalid("One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    }
    if (request.deletion_protection_enabled) table.is_deletion_protected = *request.deletion_protection_enabled;
    if (request.table_class) table.table_class = *request.table_class;
    if (request.stream_specification) TRY(change_stream(tx, table, *request.stream_specification, deps.clock.wall()));
    for (const auto& change : request.global_secondary_index_updates.value_or(std::vector<shapes::GlobalSecondaryIndexUpdate>{})) {
      TRY(change_index(change, request.attribute_definitions.value_or(std::vector<shapes::AttributeDefinition>{}), table));
    }
    store::put(tx, table);
    return shapes::UpdateTableOutput{.table_description = describe_table(tx, table, "UPDATING")};
  });
}

Result<shapes::ListTablesOutput> list(const Deps& deps, const CallContext& context, const shapes::ListTablesInput& request) {
  const size_t limit = request.limit ? static_cast<size_t>(std::max(1, *request.limit)) : kMaxListed;
  shapes::ListTablesOutput answer{.table_names = std::vector<std::string>{}};
  for (const DynamoTable& table : store::all<DynamoTable>(deps.store, fmt::format("{}/{}/", context.account, context.region))) {
    if (request.exclusive_start_table_name && table.name <= *request.exclusive_start_table_name) continue;
    if (answer.table_names->size() == limit) {
      answer.last_evaluated_table_name = answer.table_names->back();
      break;
    }
    answer.table_names->push_back(table.name);
  }
  return answer;
}

}  // namespace

void register_table(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateTableInput, shapes::CreateTableOutput>(
      "dynamodb", "CreateTable",
      {"TableName", "AttributeDefinitions.*", "KeySchema.*", "BillingMode", "ProvisionedThroughput.*", "Tags.*", "StreamSpecification.*", "SSESpecification.Enabled", "TableClass", "DeletionProtectionEnabled",
       "GlobalSecondaryIndexes.IndexName", "GlobalSecondaryIndexes.KeySchema.*", "GlobalSecondaryIndexes.Projection.*", "GlobalSecondaryIndexes.ProvisionedThroughput.*", "LocalSecondaryIndexes.*"}, bind(create));
  registry.add<shapes::DeleteTableInput, shapes::DeleteTableOutput>("dynamodb", "DeleteTable", {"TableName"}, bind(remove));
  registry.add<shapes::DescribeTableInput, shapes::DescribeTableOutput>("dynamodb", "DescribeTable", {"TableName"}, bind(describe));
  registry.add<shapes::UpdateTableInput, shapes::UpdateTableOutput>(
      "dynamodb", "UpdateTable",
      {"TableName", "BillingMode", "ProvisionedThroughput.*", "DeletionProtectionEnabled", "TableClass", "StreamSpecification.*", "SSESpecification.Enabled", "AttributeDefinitions.*", "GlobalSecondaryIndexUpdates.Create.IndexName",
       "GlobalSecondaryIndexUpdates.Create.KeySchema.*", "GlobalSecondaryIndexUpdates.Create.Projection.*", "GlobalSecondaryIndexUpdates.Create.ProvisionedThroughput.*", "GlobalSecondaryIndexUpdates.Delete.*",
       "GlobalSecondaryIndexUpdates.Update.IndexName", "GlobalSecondaryIndexUpdates.Update.ProvisionedThroughput.*"}, bind(update));
  registry.add<shapes::ListTablesInput, shapes::ListTablesOutput>("dynamodb", "ListTables", {"ExclusiveStartTableName", "Limit"}, bind(list));
}

}  // namespace landfall::services::dynamodb
