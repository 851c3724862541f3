#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/attribute.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/support.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxItem = 400 * 1024;  // DynamoDB quotas
constexpr size_t kMaxHashKey = 2048, kMaxRangeKey = 1024;

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

/// One key attribute as part of a store key: "S:" and the escaped bytes.
Result<std::string> key_part(const Item& item, const std::string& name, const std::string& type, size_t longest) {
  const auto found = item.find(name);
  if (found == item.end()) return invalid(fmt::format("One or more parameter values were invalid: Missing the key {} in the item", name));
  const Value& value = found->second;
  if (type_of(value) != type) return invalid(fmt::format("One or more parameter values were invalid: Type mismatch for key {} expected: {} actual: {}", name, type, type_of(value)));
  const std::string bytes = value.s ? *value.s : value.n ? *value.n : *value.b;
  if (bytes.empty()) return invalid(fmt::format("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty {} value. Key: {}", value.b ? "binary" : "string", name));
  if (bytes.size() > longest) return invalid(fmt::format("One or more parameter values were invalid: Size of the key {} has exceeded the maximum size limit of {} bytes", name, longest));
  return type + ":" + percent_encode(bytes);
}

Result<std::string> key_of(const DynamoTable& table, const Item& item) {
  std::string key = TRY(key_part(item, table.hash_key, table.hash_key_type, kMaxHashKey));
  if (!table.range_key.empty()) key += "/" + TRY(key_part(item, table.range_key, table.range_key_type, kMaxRangeKey));
  return key;
}

/// The key of a request that names exactly the key attributes.
Result<std::string> key_alone(const DynamoTable& table, Item& key) {
  for (auto& [name, value] : key) TRY(normalize(value));
  if (key.size() != (table.range_key.empty() ? 1u : 2u)) return invalid("The number of conditions on the keys is invalid");
  auto encoded = key_of(table, key);
  if (!encoded && encoded.error().what.starts_with("One or more parameter values were invalid")) return invalid("The provided key element does not match the schema");
  return encoded;
}

Item find_item(const Transaction& tx, const DynamoTable& table, const std::string& key) {
  const auto found = store::find<DynamoItem>(tx, table.key() + "/" + key);
  return found ? item_of(found->item) : Item{};
}

/// Refuses the write unless the condition, if there is one, holds for what is stored.
Result<void> check_condition(const std::optional<std::string>& condition, Placeholders& placeholders, const Item& stored) {
  TRY(placeholders.check(condition.has_value()));
  if (!condition) return {};
  const bool holds = TRY(condition_holds(*condition, placeholders, stored));
  TRY(placeholders.check_used());
  if (!holds) return fail("ConditionalCheckFailedException", "The conditional request failed");
  return {};
}

/// Whether the old item is wanted back.
Result<bool> wants_old(const std::optional<std::string>& return_values) {
  const std::string wanted = return_values.value_or("NONE");
  if (wanted != "NONE" && wanted != "ALL_OLD") return invalid("Return values set to invalid value: ReturnValues can only be ALL_OLD or NONE");
  return wanted == "ALL_OLD";
}

Result<void> refuse_old_on_failure(const std::optional<std::string>& wanted) {
  if (wanted.value_or("NONE") != "NONE") return invalid(fmt::format("Landfall does not support ReturnValuesOnConditionCheckFailure {} yet; wanted NONE", *wanted));
  return {};
}

Result<shapes::PutItemOutput> put(const Deps& deps, const CallContext& context, const shapes::PutItemInput& request) {
  const bool answers_old = TRY(wants_old(request.return_values));
  TRY(refuse_old_on_failure(request.return_values_on_condition_check_failure));
  Item item = request.item.value_or(Item{});
  for (auto& [name, value] : item) TRY(normalize(value));
  if (stored_size(item) > kMaxItem) return invalid("Item size has exceeded the maximum allowed size");
  return transact<shapes::PutItemOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutItemOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, false));
    const std::string key = TRY(key_of(table, item));
    const Item old = find_item(tx, table, key);
    Placeholders placeholders(request.expression_attribute_names, request.expression_attribute_values);
    TRY(check_condition(request.condition_expression, placeholders, old));
    store::put(tx, DynamoItem{.table_key = table.key(), .item_key = key, .item = to_text(item)});
    shapes::PutItemOutput answer;
    if (answers_old && !old.empty()) answer.attributes = old;
    return answer;
  });
}

Result<shapes::DeleteItemOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteItemInput& request) {
  const bool answers_old = TRY(wants_old(request.return_values));
  TRY(refuse_old_on_failure(request.return_values_on_condition_check_failure));
  return transact<shapes::DeleteItemOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteItemOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, false));
    Item given = request.key.value_or(Item{});
    const std::string key = TRY(key_alone(table, given));
    const Item old = find_item(tx, table, key);
    Placeholders placeholders(request.expression_attribute_names, request.expression_attribute_values);
    TRY(check_condition(request.condition_expression, placeholders, old));
    store::erase<DynamoItem>(tx, table.key() + "/" + key);
    shapes::DeleteItemOutput answer;
    if (answers_old && !old.empty()) answer.attributes = old;
    return answer;
  });
}

Result<Item> projected(const shapes::GetItemInput& request, Item item) {
  Placeholders placeholders(request.expression_attribute_names, std::nullopt);
  TRY(placeholders.check(request.projection_expression.has_value()));
  if (!request.projection_expression) return item;
  const std::vector<std::string> names = TRY(projected_names(*request.projection_expression, placeholders));
  TRY(placeholders.check_used());
  std::erase_if(item, [&](const auto& attribute) { return std::ranges::count(names, attribute.first) == 0; });
  return item;
}

Result<shapes::GetItemOutput> get(const Deps& deps, const CallContext& context, const shapes::GetItemInput& request) {
  return transact<shapes::GetItemOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::GetItemOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, false));
    Item given = request.key.value_or(Item{});
    const Item stored = find_item(tx, table, TRY(key_alone(table, given)));
    const Item shown = TRY(projected(request, stored));
    shapes::GetItemOutput answer;
    if (!stored.empty()) answer.item = shown;
    return answer;
  });
}

}  // namespace

void register_item(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutItemInput, shapes::PutItemOutput>(
      "dynamodb", "PutItem", {"TableName", "Item.*", "ConditionExpression", "ExpressionAttributeNames.*", "ExpressionAttributeValues.*", "ReturnValues", "ReturnValuesOnConditionCheckFailure"}, bind(put));
  registry.add<shapes::DeleteItemInput, shapes::DeleteItemOutput>(
      "dynamodb", "DeleteItem", {"TableName", "Key.*", "ConditionExpression", "ExpressionAttributeNames.*", "ExpressionAttributeValues.*", "ReturnValues", "ReturnValuesOnConditionCheckFailure"}, bind(remove));
  registry.add<shapes::GetItemInput, shapes::GetItemOutput>("dynamodb", "GetItem", {"TableName", "Key.*", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames.*"}, bind(get));
}

}  // namespace landfall::services::dynamodb
