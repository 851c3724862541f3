#include "services/dynamodb/keys.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "store/table.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoIndex;
using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxHashKey = 2048, kMaxRangeKey = 1024;  // DynamoDB quotas

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

const std::string& bytes_of(const Value& value) { return value.s ? *value.s : value.n ? *value.n : *value.b; }

/// One key attribute as part of a store key: "S:" and the escaped bytes.
Result<std::string> key_part(const Item& item, const std::string& name, const std::string& type, bool is_hash) {
  const auto found = item.find(name);
  if (found == item.end()) return invalid(fmt::format("One or more parameter values were invalid: Missing the key {} in the item", name));
  const Value& value = found->second;
  if (type_of(value) != type) return invalid(fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}", name, type, type_of(value)));
  const std::string& bytes = bytes_of(value);
  if (bytes.empty()) return invalid(fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} value. Key: {}", value.b ? "binary" : "string", name));
  if (is_hash && bytes.size() > kMaxHashKey) return invalid(fmt::format("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of{} bytes", kMaxHashKey));
  if (!is_hash && bytes.size() > kMaxRangeKey) return invalid(fmt::format("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of {} bytes", kMaxRangeKey));
  return type + ":" + percent_encode(bytes);
}

}  // namespace

std::string key_type(const DynamoTable& table, const std::string& attribute) {
  if (attribute == table.hash_key) return table.hash_key_type;
  if (attribute == table.range_key) return table.range_key_type;
  const auto found = std::ranges::find(table.attributes, attribute, &model::DynamoAttribute::name);
  return found == table.attributes.end() ? "" : found->type;
}

Result<std::string> hash_of(const DynamoTable& table, const Item& item) { return key_part(item, table.hash_key, table.hash_key_type, true); }

Result<std::string> key_of(const DynamoTable& table, const Item& item) {
  std::string key = TRY(hash_of(table, item));
  if (!table.range_key.empty()) key += "/" + TRY(key_part(item, table.range_key, table.range_key_type, false));
  return key;
}

Result<std::string> key_alone(const DynamoTable& table, Item& key) {
  for (auto& [name, value] : key) TRY(normalize(value));
  if (key.size() > (table.range_key.empty() ? 1u : 2u)) return invalid("The number of conditions on the keys is invalid");
  auto encoded = key_of(table, key);
  const bool is_other_key = !encoded && (encoded.error().what.find("Missing the key") != std::string::npos || encoded.error().what.find("Type mismatch") != std::string::npos);
  if (is_other_key) return invalid("The provided key element does not match the schema");
  return encoded;
}

Item key_attributes(const DynamoTable& table, const DynamoIndex* index, const Item& item) {
  Item key;
  for (const std::string& name : {table.hash_key, table.range_key, index == nullptr ? "" : index->hash_key, index == nullptr ? "" : index->range_key}) {
    if (const auto found = item.find(name); found != item.end()) key.insert(*found);
  }
  return key;
}

Result<void> check_index_keys(const DynamoTable& table, const Item& item, bool is_update) {
  for (const DynamoIndex& index : table.indexes) {
    for (const std::string& name : {index.hash_key, index.range_key}) {
      const auto found = item.find(name);
      if (found == item.end()) continue;
      const std::string wanted = key_type(table, name);
      if (type_of(found->second) != wanted) {
        if (is_update) return invalid("The update expression attempted to update the secondary index key to unsupported type");
        return invalid(fmt::format("One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}", name, wanted, type_of(found->second), index.name));
      }
      if (!bytes_of(found->second).empty()) continue;
      const std::string_view noun = found->second.b ? "binary" : "string";
      if (is_update) return invalid(fmt::format("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {} value.", noun));
      return invalid(fmt::format("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}", noun, index.name, name));
    }
  }
  return {};
}

bool is_in(const DynamoIndex& index, const Item& item) { return item.contains(index.hash_key) && (index.range_key.empty() || item.contains(index.range_key)); }

Item projected_into(const DynamoTable& table, const DynamoIndex& index, const Item& item) {
  if (index.projection == "ALL") return item;
  Item kept = key_attributes(table, &index, item);
  for (const std::string& name : index.included) {
    if (const auto found = item.find(name); found != item.end()) kept.insert(*found);
  }
  return kept;
}

Item find_item(const store::Transaction& tx, const DynamoTable& table, const std::string& key) {
  const auto found = store::find<DynamoItem>(tx, table.key() + "/" + key);
  return found ? item_of(found->item) : Item{};
}

}  // namespace landfall::services::dynamodb
