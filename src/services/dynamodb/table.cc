#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/support.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxListed = 100;

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

shapes::TableDescription render(const DynamoTable& table, std::string_view status, const std::vector<DynamoItem>& items) {
  shapes::TableDescription out{.attribute_definitions = std::vector<shapes::AttributeDefinition>{{.attribute_name = table.hash_key, .attribute_type = table.hash_key_type}},
                               .creation_date_time = table.created_at, .deletion_protection_enabled = table.is_deletion_protected, .item_count = static_cast<int64_t>(items.size()),
                               .key_schema = std::vector<shapes::KeySchemaElement>{{.attribute_name = table.hash_key, .key_type = "HASH"}},
                               .provisioned_throughput = shapes::ProvisionedThroughputDescription{.number_of_decreases_today = 0, .read_capacity_units = table.read_capacity, .write_capacity_units = table.write_capacity},
                               .table_arn = arn_of(table), .table_id = table.id, .table_name = table.name, .table_size_bytes = 0, .table_status = std::string(status)};
  if (!table.range_key.empty()) {
    out.attribute_definitions->push_back({.attribute_name = table.range_key, .attribute_type = table.range_key_type});
    out.key_schema->push_back({.attribute_name = table.range_key, .key_type = "RANGE"});
  }
  if (table.billing_mode == "PAY_PER_REQUEST") out.billing_mode_summary = shapes::BillingModeSummary{.billing_mode = table.billing_mode, .last_update_to_pay_per_request_date_time = table.created_at};
  for (const DynamoItem& item : items) *out.table_size_bytes += static_cast<int64_t>(stored_size(item_of(item.item)));
  return out;
}

template <class From>
std::vector<DynamoItem> items_of(const From& from, const DynamoTable& table) {
  return store::all<DynamoItem>(from, table.key() + "/");
}

bool is_table_name(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; };
  return name.size() >= 3 && name.size() <= 255 && std::ranges::all_of(name, plain);
}

/// The type that the definitions give to a key attribute.
Result<std::string> type_of_key(const std::vector<shapes::AttributeDefinition>& definitions, const std::string& name) {
  for (const auto& definition : definitions) {
    if (definition.attribute_name == name) return text(definition.attribute_type);
  }
  std::vector<std::string> defined;
  for (const auto& definition : definitions) defined.push_back(text(definition.attribute_name));
  return invalid(fmt::format("One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [{}], AttributeDefinitions: [{}]", name, join(defined, ", ")));
}

Result<void> read_keys(const shapes::CreateTableInput& request, DynamoTable& table) {
  const auto schema = request.key_schema.value_or(std::vector<shapes::KeySchemaElement>{});
  const auto definitions = request.attribute_definitions.value_or(std::vector<shapes::AttributeDefinition>{});
  if (schema.empty() || schema.size() > 2) return invalid(fmt::format("1 validation error detected: KeySchema has {} elements; wanted 1 or 2", schema.size()));
  if (text(schema[0].key_type) != "HASH") return invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (schema.size() == 2 && text(schema[1].key_type) != "RANGE") return invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
  table.hash_key = text(schema[0].attribute_name);
  table.hash_key_type = TRY(type_of_key(definitions, table.hash_key));
  if (schema.size() == 2) {
    table.range_key = text(schema[1].attribute_name);
    if (table.range_key == table.hash_key) return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
    table.range_key_type = TRY(type_of_key(definitions, table.range_key));
  }
  if (definitions.size() != schema.size()) {
    return invalid("One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions");
  }
  return {};
}

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
  if (table.read_capacity < 1 || table.write_capacity < 1) {
    return invalid(fmt::format("ReadCapacityUnits is {} and WriteCapacityUnits is {}; wanted at least 1 each", table.read_capacity, table.write_capacity));
  }
  return {};
}

/// Features that Landfall does not have, asked for in a way that the list of members cannot tell.
Result<void> refuse_features(const shapes::CreateTableInput& request) {
  if (request.stream_specification && request.stream_specification->stream_enabled.value_or(false)) return invalid("Landfall does not support streams of tables yet (StreamSpecification.StreamEnabled)");
  if (request.sse_specification && request.sse_specification->enabled.value_or(false)) return invalid("Landfall does not support encryption of tables with KMS keys yet (SSESpecification.Enabled)");
  if (request.table_class.value_or("STANDARD") != "STANDARD") return invalid(fmt::format("Landfall does not support the table class {} yet; wanted STANDARD", *request.table_class));
  return {};
}

Result<shapes::CreateTableOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateTableInput& request) {
  DynamoTable table{.account = context.account, .region = context.region, .name = text(request.table_name), .id = deps.ids.uuid(), .created_at = deps.clock.wall()};
  if (!is_table_name(table.name)) return invalid(fmt::format("1 validation error detected: Value '{}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and have 3 to 255 characters", table.name));
  TRY(read_keys(request, table));
  TRY(read_capacity(request, table));
  TRY(refuse_features(request));
  table.is_deletion_protected = request.deletion_protection_enabled.value_or(false);
  for (const shapes::Tag& tag : request.tags.value_or(std::vector<shapes::Tag>{})) table.tags[text(tag.key)] = text(tag.value);
  return transact<shapes::CreateTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateTableOutput> {
    if (store::find<DynamoTable>(tx, table.key())) return fail("ResourceInUseException", fmt::format("Table already exists: {}", table.name));
    store::put(tx, table);
    return shapes::CreateTableOutput{.table_description = render(table, "CREATING", {})};
  });
}

Result<shapes::DeleteTableOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteTableInput& request) {
  return transact<shapes::DeleteTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteTableOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    if (table.is_deletion_protected) return invalid(fmt::format("Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."));
    for (const DynamoItem& item : items_of(tx, table)) store::erase<DynamoItem>(tx, item.key());
    store::erase<DynamoTable>(tx, table.key());
    return shapes::DeleteTableOutput{.table_description = render(table, "DELETING", {})};
  });
}

Result<shapes::DescribeTableOutput> describe(const Deps& deps, const CallContext& context, const shapes::DescribeTableInput& request) {
  return transact<shapes::DescribeTableOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DescribeTableOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, true));
    return shapes::DescribeTableOutput{.table = render(table, "ACTIVE", items_of(tx, table))};
  });
}

/// Capacity, billing and protection; one kind of change a call as on AWS (API reference, UpdateTable).
Result<shapes::UpdateTableOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateTableInput& request) {
  if (request.table_class.value_or("STANDARD") != "STANDARD") return invalid(fmt::format("Landfall does not support the table class {} yet; wanted STANDARD", *request.table_class));
  if (request.sse_specification && request.sse_specification->enabled.value_or(false)) return invalid("Landfall does not support encryption of tables with KMS keys yet (SSESpecification.Enabled)");
  if (request.stream_specification && request.stream_specification->stream_enabled.value_or(false)) return invalid("Landfall does not support streams of tables yet (StreamSpecification.StreamEnabled)");
  const bool asks = request.billing_mode || request.provisioned_throughput || request.deletion_protection_enabled || request.table_class || request.sse_specification || request.stream_specification;
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
      if (read == table.read_capacity && write == table.write_capacity && !request.billing_mode && !request.deletion_protection_enabled) {
        return invalid(fmt::format("The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: {}. Requested ReadCapacityUnits: {}. Current WriteCapacityUnits provisioned for the table: {}. Requested WriteCapacityUnits: {}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.", table.read_capacity, read, table.write_capacity, write));
      }
      table.read_capacity = read;
      table.write_capacity = write;
    } else if (table.read_capacity < 1) {
      return invalid("One or more parameter values were invalid: ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    }
    if (request.deletion_protection_enabled) table.is_deletion_protected = *request.deletion_protection_enabled;
    store::put(tx, table);
    return shapes::UpdateTableOutput{.table_description = render(table, "UPDATING", items_of(tx, table))};
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
      {"TableName", "AttributeDefinitions.*", "KeySchema.*", "BillingMode", "ProvisionedThroughput.*", "Tags.*", "StreamSpecification.StreamEnabled", "SSESpecification.Enabled", "TableClass", "DeletionProtectionEnabled"}, bind(create));
  registry.add<shapes::DeleteTableInput, shapes::DeleteTableOutput>("dynamodb", "DeleteTable", {"TableName"}, bind(remove));
  registry.add<shapes::DescribeTableInput, shapes::DescribeTableOutput>("dynamodb", "DescribeTable", {"TableName"}, bind(describe));
  registry.add<shapes::UpdateTableInput, shapes::UpdateTableOutput>(
      "dynamodb", "UpdateTable", {"TableName", "BillingMode", "ProvisionedThroughput.*", "DeletionProtectionEnabled", "TableClass", "StreamSpecification.StreamEnabled", "SSESpecification.Enabled"}, bind(update));
  registry.add<shapes::ListTablesInput, shapes::ListTablesOutput>("dynamodb", "ListTables", {"ExclusiveStartTableName", "Limit"}, bind(list));
}

}  // namespace landfall::services::dynamodb
