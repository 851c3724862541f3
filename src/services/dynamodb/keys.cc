#include "services/dynamodb/keys.h"

#include <algorithm>
#include <iterator>

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

Result<void> check_sizes(size_t hash, size_t range) {
  if (hash > kMaxHashKey) return invalid(fmt::format("One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of{} bytes", kMaxHashKey));
  if (range > kMaxRangeKey) return invalid(fmt::format("One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of {} bytes", kMaxRangeKey));
  return {};
}

/// One key attribute as part of a store key: "S:" and the escaped bytes.
Result<std::string> key_part(const Item& item, const std::string& name, const std::string& type, bool is_hash) {
  const auto found = item.find(name);
  if (found == item.end()) return invalid(fmt::format("One or more parameter values were invalid: Missing the key {} in the item", name));
  const Value& value = found->second;
  if (type_of(value) != type) return invalid(fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}", name, type, type_of(value)));
  const std::string& bytes = bytes_of(value);
  if (bytes.empty()) return invalid(fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} value. Key: {}", value.b ? "binary" : "string", name));
  TRY(check_sizes(is_hash ? bytes.size() : 0, is_hash ? 0 : bytes.size()));
  return type + ":" + percent_encode(bytes);
}

Result<void> check_index_key(const DynamoTable& table, const DynamoIndex& index, const std::string& name, const Value& value, Origin origin) {
  const std::string wanted = key_type(table, name);
  if (type_of(value) != wanted) {
    if (origin == Origin::update) return invalid("The update expression attempted to update the secondary index key to unsupported type");
    return invalid(fmt::format("One or more parameter values were invalid: Type mismatch for Index Key {} Expected: {} Actual: {} IndexName: {}", name, wanted, type_of(value), index.name));
  }
  if (!bytes_of(value).empty()) return {};
  const std::string_view noun = value.b ? "binary" : "string";
  if (origin != Origin::put) return invalid(fmt::format("One or more parameter values are not valid. The update expression attempted to update a secondary index key to a value that is not supported. The AttributeValue for a key attribute cannot contain an empty {} value.", noun));
  return invalid(fmt::format("One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty {} value. IndexName: {}, IndexKey: {}", noun, index.name, name));
}

size_t size_of(const Item& item, const std::vector<std::string>& names) {
  size_t bytes = 0;
  for (const std::string& name : names) {
    if (const auto found = item.find(name); found != item.end()) bytes += bytes_of(found->second).size();
  }
  return bytes;
}

}  // namespace

std::vector<std::string> KeyNames::all() const {
  std::vector<std::string> names = hash;
  names.insert(names.end(), range.begin(), range.end());
  return names;
}

KeyNames keys_of(const DynamoTable& table) {
  KeyNames keys{.hash = {table.hash_key}, .range = {}};
  if (!table.range_key.empty()) keys.range.push_back(table.range_key);
  return keys;
}

KeyNames keys_of(const DynamoIndex& index) {
  KeyNames keys{.hash = {index.hash_key}, .range = {}};
  keys.hash.insert(keys.hash.end(), index.more_hash_keys.begin(), index.more_hash_keys.end());
  if (!index.range_key.empty()) keys.range.push_back(index.range_key);
  keys.range.insert(keys.range.end(), index.more_range_keys.begin(), index.more_range_keys.end());
  return keys;
}

KeyNames keys_of(const DynamoTable& table, const DynamoIndex* index) { return index == nullptr ? keys_of(table) : keys_of(*index); }

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
  if (!encoded) return fail(told_of_key(encoded.error()));
  return encoded;
}

Error told_of_key(const Error& error) {
  const bool is_other_key = error.what.find("Missing the key") != std::string::npos || error.what.find("Type mismatch for key") != std::string::npos;
  return is_other_key ? Error{.code = "ValidationException", .what = "The provided key element does not match the schema"} : error;
}

Item key_attributes(const DynamoTable& table, const DynamoIndex* index, const Item& item) {
  Item key;
  std::vector<std::string> names = keys_of(table).all();
  if (index != nullptr) std::ranges::copy(keys_of(*index).all(), std::back_inserter(names));
  for (const std::string& name : names) {
    if (const auto found = item.find(name); found != item.end()) key.insert(*found);
  }
  return key;
}

Result<void> check_index_keys(const DynamoTable& table, const Item& item, Origin origin) {
  std::vector<DynamoIndex> by_name = table.indexes;  // of several that have the attribute, errors tell the first
  std::ranges::sort(by_name, {}, &DynamoIndex::name);
  for (const DynamoIndex& index : by_name) {
    const KeyNames keys = keys_of(index);
    for (const std::string& name : keys.all()) {
      if (const auto found = item.find(name); found != item.end()) TRY(check_index_key(table, index, name, found->second, origin));
    }
    TRY(check_sizes(size_of(item, keys.hash), size_of(item, keys.range)));
  }
  return {};
}

bool is_in(const DynamoIndex& index, const Item& item) {
  return std::ranges::all_of(keys_of(index).all(), [&](const std::string& name) { return item.contains(name); });
}

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
