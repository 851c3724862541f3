#include "services/dynamodb/schema.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/keys.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoAttribute;
using model::DynamoIndex;
using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxLocal = 5, kMaxGlobal = 20, kMaxIncluded = 100, kMaxKeyAttributes = 4;  // DynamoDB quotas

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }
std::unexpected<Error> wrong_value(std::string what) { return invalid("One or more parameter values were invalid: " + std::move(what)); }

template <class T>
const std::vector<T>& list(const std::optional<std::vector<T>>& given) {
  static const std::vector<T> nothing;
  return given ? *given : nothing;
}

std::string shown(std::vector<std::string> names) {
  std::ranges::sort(names);
  return "[" + join(names, ", ") + "]";
}

std::vector<std::string> names_of(const std::vector<DynamoAttribute>& attributes) {
  std::vector<std::string> names;
  for (const auto& attribute : attributes) names.push_back(attribute.name);
  return names;
}

bool is_defined(const DynamoTable& table, const std::string& name) { return std::ranges::count(table.attributes, name, &DynamoAttribute::name) > 0; }

/// How many attributes the keys of a table or an index may have. `path` names the schema in the request.
struct KeyBounds {
  std::string path;
  size_t most = 1;  ///< of each kind
};

Result<void> check_order(const std::vector<shapes::KeySchemaElement>& schema, const KeyBounds& bounds) {
  const auto count = [&](std::string_view type) { return static_cast<size_t>(std::ranges::count_if(schema, [&](const auto& element) { return text(element.key_type) == type; })); };
  if (text(schema[0].key_type) != "HASH") return invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type");
  if (bounds.most == 1) {
    if (schema.size() > 1 && text(schema[1].key_type) != "RANGE") return invalid("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type");
    return {};
  }
  for (const char* type : {"HASH", "RANGE"}) {
    if (count(type) > bounds.most) return invalid(fmt::format("Invalid KeySchema: The KeySchema exceeds the maximum allowed number of {} key attributes", type));
  }
  for (size_t i = 0; i < count("HASH"); ++i) {
    if (text(schema[i].key_type) != "HASH") return invalid("Invalid KeySchema: All HASH key attributes must precede RANGE key attributes in the KeySchema");
  }
  return {};
}

Result<KeyNames> read_keys(const std::vector<shapes::KeySchemaElement>& schema, const KeyBounds& bounds) {
  if (bounds.most == 1 && schema.size() > 2) {
    std::vector<std::string> elements;
    for (const auto& element : schema) elements.push_back(fmt::format("KeySchemaElement(attributeName={}, keyType={})", text(element.attribute_name), text(element.key_type)));
    return invalid(fmt::format("1 validation error detected: Value '[{}]' at '{}' failed to satisfy constraint: Member must have length less than or equal to 2", join(elements, ", "), bounds.path));
  }
  TRY(check_order(schema, bounds));
  KeyNames keys;
  for (const auto& element : schema) (text(element.key_type) == "HASH" ? keys.hash : keys.range).push_back(text(element.attribute_name));
  return keys;
}

Result<void> check_defined(const DynamoTable& table, const KeyNames& names) {
  const std::vector<std::string> keys = names.all();
  if (table.attributes.size() < keys.size()) return invalid("Invalid KeySchema: Some index key attribute have no definition");
  if (!std::ranges::all_of(keys, [&](const std::string& name) { return is_defined(table, name); })) return wrong_value(fmt::format("Some index key attributes are not defined in AttributeDefinitions. Keys: {}, AttributeDefinitions: {}", shown(keys), shown(names_of(table.attributes))));
  if (std::set<std::string>(keys.begin(), keys.end()).size() < keys.size()) return invalid("Both the Hash Key and the Range Key element in the KeySchema have the same name");
  return {};
}

Result<void> read_projection(const std::optional<shapes::Projection>& given, DynamoIndex& index) {
  if (!given || !given->projection_type) return wrong_value("Unknown ProjectionType: null");
  index.projection = *given->projection_type;
  index.included = list(given->non_key_attributes);
  if (index.projection == "INCLUDE" && index.included.empty()) return wrong_value("ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
  if (index.projection != "INCLUDE" && given->non_key_attributes) return wrong_value(fmt::format("ProjectionType is {}, but NonKeyAttributes is specified", index.projection));
  if (index.included.size() > kMaxIncluded) return wrong_value(fmt::format("Number of NonKeyAttributes exceeds the limit of {}: {}", kMaxIncluded, index.included.size()));
  return {};
}

Result<void> read_throughput(const DynamoTable& table, const std::optional<shapes::ProvisionedThroughput>& given, DynamoIndex& index) {
  if (table.billing_mode == "PAY_PER_REQUEST") {
    if (given) return wrong_value(fmt::format("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified on index: {} when BillingMode is PAY_PER_REQUEST", index.name));
    return {};
  }
  if (!given) return wrong_value(fmt::format("ReadCapacityUnits and WriteCapacityUnits must both be specified for index: {} when BillingMode is PROVISIONED", index.name));
  index.read_capacity = given->read_capacity_units.value_or(0);
  index.write_capacity = given->write_capacity_units.value_or(0);
  return {};
}

/// Name, keys and projection; what both kinds of index have.
template <class Given>
Result<DynamoIndex> read_index(const Given& given, const DynamoTable& table, const KeyBounds& bounds) {
  DynamoIndex index{.name = text(given.index_name), .hash_key = {}, .range_key = {}};
  if (std::ranges::count(table.indexes, index.name, &DynamoIndex::name) > 0) return wrong_value("Duplicate index name: " + index.name);
  const KeyNames keys = TRY(read_keys(list(given.key_schema), bounds));
  TRY(check_defined(table, keys));
  index.hash_key = keys.hash[0];
  index.more_hash_keys.assign(keys.hash.begin() + 1, keys.hash.end());
  if (!keys.range.empty()) {
    index.range_key = keys.range[0];
    index.more_range_keys.assign(keys.range.begin() + 1, keys.range.end());
  }
  TRY(read_projection(given.projection, index));
  return index;
}

Result<void> read_local(const shapes::CreateTableInput& request, DynamoTable& table) {
  if (request.local_secondary_indexes && request.local_secondary_indexes->empty()) return wrong_value("List of LocalSecondaryIndexes is empty");
  if (list(request.local_secondary_indexes).size() > kMaxLocal) return wrong_value(fmt::format("Number of LocalSecondaryIndexes exceeds per-table limit of {}", kMaxLocal));
  for (const auto& given : list(request.local_secondary_indexes)) {
    if (table.range_key.empty()) return wrong_value("Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex");
    DynamoIndex index = TRY(read_index(given, table, {.path = fmt::format("localSecondaryIndexes.{}.member.keySchema", table.indexes.size() + 1)}));
    index.is_local = true;
    if (index.hash_key != table.hash_key) return wrong_value(fmt::format("Index KeySchema does not have the same leading hash key as table KeySchema for index: {}. index hash key: {}, table hash key: {}", index.name, index.hash_key, table.hash_key));
    if (index.range_key.empty()) return wrong_value(fmt::format("Index KeySchema does not have a range key for index: {}", index.name));
    table.indexes.push_back(std::move(index));
  }
  return {};
}

Result<void> read_global(const shapes::CreateTableInput& request, DynamoTable& table) {
  if (request.global_secondary_indexes && request.global_secondary_indexes->empty()) return wrong_value("List of GlobalSecondaryIndexes is empty");
  if (list(request.global_secondary_indexes).size() > kMaxGlobal) return wrong_value(fmt::format("GlobalSecondaryIndex count exceeds the per-table limit of {}", kMaxGlobal));
  for (const auto& given : list(request.global_secondary_indexes)) {
    DynamoIndex index = TRY(read_index(given, table, {.path = {}, .most = kMaxKeyAttributes}));
    TRY(read_throughput(table, given.provisioned_throughput, index));
    table.indexes.push_back(std::move(index));
  }
  return {};
}

std::vector<std::string> keys_used(const DynamoTable& table) {
  std::set<std::string> used;
  const auto add = [&](const KeyNames& keys) {
    for (const std::string& name : keys.all()) used.insert(name);
  };
  add(keys_of(table));
  for (const DynamoIndex& index : table.indexes) add(keys_of(index));
  return {used.begin(), used.end()};
}

Result<void> check_all_used(const DynamoTable& table) {
  const auto used = keys_used(table);
  if (used.size() == table.attributes.size()) return {};
  if (table.indexes.empty()) return wrong_value("Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions");
  return wrong_value(fmt::format("Some AttributeDefinitions are not used. AttributeDefinitions: {}, keys used: {}", shown(names_of(table.attributes)), shown(used)));
}

std::vector<shapes::AttributeDefinition> definitions_of(const DynamoTable& table) {
  std::vector<shapes::AttributeDefinition> out;
  for (const auto& [name, type] : table.attributes) out.push_back({.attribute_name = name, .attribute_type = type});
  if (!out.empty()) return out;
  out.push_back({.attribute_name = table.hash_key, .attribute_type = table.hash_key_type});
  if (!table.range_key.empty()) out.push_back({.attribute_name = table.range_key, .attribute_type = table.range_key_type});
  return out;
}

/// What may be asked at once: of a new table on demand, and of its indexes, so much; else what is provisioned.
/// Source: DynamoDB developer guide, Understanding DynamoDB warm throughput.
template <class Warm, class Capacity>
Warm warm_throughput(const DynamoTable& table, const Capacity& of, std::string_view status) {
  constexpr int64_t kReads = 12000, kWrites = 4000;
  const bool is_on_demand = table.billing_mode == "PAY_PER_REQUEST";
  return {.read_units_per_second = is_on_demand ? kReads : of.read_capacity, .status = std::string(status), .write_units_per_second = is_on_demand ? kWrites : of.write_capacity};
}

void describe_indexes(const DynamoTable& table, std::string_view status, const std::vector<Item>& items, shapes::TableDescription& out) {
  for (const DynamoIndex& index : table.indexes) {
    int64_t count = 0, bytes = 0;
    for (const Item& item : items) {
      if (!is_in(index, item)) continue;
      ++count;
      bytes += static_cast<int64_t>(stored_size(projected_into(table, index, item)));
    }
    const std::string arn = fmt::format("{}/index/{}", arn_of(table), index.name);
    if (index.is_local) {
      if (!out.local_secondary_indexes) out.local_secondary_indexes.emplace();
      out.local_secondary_indexes->push_back({.index_arn = arn, .index_name = index.name, .index_size_bytes = bytes, .item_count = count, .key_schema = key_schema(keys_of(index)), .projection = projection_of(index)});
      continue;
    }
    if (!out.global_secondary_indexes) out.global_secondary_indexes.emplace();
    out.global_secondary_indexes->push_back({.index_arn = arn, .index_name = index.name, .index_size_bytes = bytes, .index_status = std::string(status), .item_count = count, .key_schema = key_schema(keys_of(index)), .projection = projection_of(index),
                                             .provisioned_throughput = shapes::ProvisionedThroughputDescription{.number_of_decreases_today = 0, .read_capacity_units = index.read_capacity, .write_capacity_units = index.write_capacity},
                                             .warm_throughput = warm_throughput<shapes::GlobalSecondaryIndexWarmThroughputDescription>(table, index, status)});
  }
}

}  // namespace

std::vector<shapes::KeySchemaElement> key_schema(const KeyNames& keys) {
  std::vector<shapes::KeySchemaElement> schema;
  for (const std::string& name : keys.hash) schema.push_back({.attribute_name = name, .key_type = "HASH"});
  for (const std::string& name : keys.range) schema.push_back({.attribute_name = name, .key_type = "RANGE"});
  return schema;
}

shapes::Projection projection_of(const DynamoIndex& index) {
  shapes::Projection projection{.projection_type = index.projection};
  if (!index.included.empty()) projection.non_key_attributes = index.included;
  return projection;
}

Result<void> read_schema(const shapes::CreateTableInput& request, DynamoTable& table) {
  for (const auto& definition : list(request.attribute_definitions)) {
    if (is_defined(table, text(definition.attribute_name))) return wrong_value("Cannot redefine attribute definition: " + text(definition.attribute_name));
    table.attributes.push_back({.name = text(definition.attribute_name), .type = text(definition.attribute_type)});
  }
  const KeyNames keys = TRY(read_keys(list(request.key_schema), {.path = "keySchema"}));
  TRY(check_defined(table, keys));
  table.hash_key = keys.hash[0];
  if (!keys.range.empty()) table.range_key = keys.range[0];
  table.hash_key_type = std::ranges::find(table.attributes, table.hash_key, &DynamoAttribute::name)->type;
  if (!table.range_key.empty()) table.range_key_type = std::ranges::find(table.attributes, table.range_key, &DynamoAttribute::name)->type;
  TRY(read_local(request, table));
  TRY(read_global(request, table));
  return check_all_used(table);
}

Result<void> change_index(const shapes::GlobalSecondaryIndexUpdate& update, const std::vector<shapes::AttributeDefinition>& definitions, DynamoTable& table) {
  if (update.create.has_value() + update.update.has_value() + update.delete_.has_value() != 1) return wrong_value("A GlobalSecondaryIndexUpdate has exactly one of Create, Update and Delete");
  if (table.attributes.empty()) {
    for (const auto& definition : definitions_of(table)) table.attributes.push_back({.name = *definition.attribute_name, .type = *definition.attribute_type});
  }
  if (update.create) {
    for (const auto& definition : definitions) {
      if (!is_defined(table, text(definition.attribute_name))) table.attributes.push_back({.name = text(definition.attribute_name), .type = text(definition.attribute_type)});
    }
    DynamoIndex index = TRY(read_index(*update.create, table, {.path = {}, .most = kMaxKeyAttributes}));
    TRY(read_throughput(table, update.create->provisioned_throughput, index));
    table.indexes.push_back(std::move(index));
    return check_all_used(table);
  }
  const std::string name = update.update ? text(update.update->index_name) : text(update.delete_->index_name);
  const auto found = std::ranges::find_if(table.indexes, [&](const DynamoIndex& index) { return index.name == name && !index.is_local; });
  if (found == table.indexes.end()) return fail("ResourceNotFoundException", fmt::format("Requested resource not found: Index: {} not found", name));
  if (update.update) return read_throughput(table, update.update->provisioned_throughput, *found);
  table.indexes.erase(found);
  const auto used = keys_used(table);
  std::erase_if(table.attributes, [&](const DynamoAttribute& attribute) { return std::ranges::count(used, attribute.name) == 0; });
  return {};
}

shapes::TableDescription describe_table(const Transaction& tx, const DynamoTable& table, std::string_view status) {
  std::vector<Item> items;
  for (const DynamoItem& item : store::all<DynamoItem>(tx, table.key() + "/")) items.push_back(item_of(item.item));
  shapes::TableDescription out{.attribute_definitions = definitions_of(table), .creation_date_time = table.created_at, .deletion_protection_enabled = table.is_deletion_protected, .item_count = static_cast<int64_t>(items.size()),
                               .key_schema = key_schema(keys_of(table)),
                               .provisioned_throughput = shapes::ProvisionedThroughputDescription{.number_of_decreases_today = 0, .read_capacity_units = table.read_capacity, .write_capacity_units = table.write_capacity},
                               .table_arn = arn_of(table), .table_id = table.id, .table_name = table.name, .table_size_bytes = 0, .table_status = std::string(status),
                               .warm_throughput = warm_throughput<shapes::TableWarmThroughputDescription>(table, table, status)};
  if (table.billing_mode == "PAY_PER_REQUEST") out.billing_mode_summary = shapes::BillingModeSummary{.billing_mode = table.billing_mode, .last_update_to_pay_per_request_date_time = table.created_at};
  if (!table.table_class.empty()) out.table_class_summary = shapes::TableClassSummary{.table_class = table.table_class};
  if (!table.stream_view.empty()) out.stream_specification = shapes::StreamSpecification{.stream_enabled = true, .stream_view_type = table.stream_view};
  if (!table.stream_label.empty()) {
    out.latest_stream_label = table.stream_label;
    out.latest_stream_arn = fmt::format("{}/stream/{}", arn_of(table), table.stream_label);
  }
  for (const Item& item : items) *out.table_size_bytes += static_cast<int64_t>(stored_size(item));
  describe_indexes(table, status == "DELETING" || status == "CREATING" ? status : "ACTIVE", items, out);
  return out;
}

}  // namespace landfall::services::dynamodb
