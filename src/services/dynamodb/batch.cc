#include <set>

#include <fmt/format.h>

#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/legacy.h"
#include "services/dynamodb/write.h"

/// Many items in one call, each for itself.
namespace landfall::services::dynamodb {
namespace {

using model::DynamoTable;

constexpr size_t kMaxGets = 100, kMaxWrites = 25, kMaxAnswer = 16 * 1024 * 1024;  // DynamoDB API, BatchGetItem and BatchWriteItem

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

/// One table's part of BatchGetItem.
struct Gets {
  std::string name;
  shapes::KeysAndAttributes wanted;
  std::optional<std::vector<Path>> paths{};
};

Result<Gets> read_gets(const std::string& name, const shapes::KeysAndAttributes& given) {
  const auto wanted = TRY(modern(given));
  Gets gets{.name = name, .wanted = wanted};
  Placeholders placeholders(wanted.expression_attribute_names, std::nullopt);
  TRY(placeholders.check(wanted.projection_expression.has_value()));
  if (wanted.projection_expression) gets.paths = TRY(projected_paths(*wanted.projection_expression, placeholders));
  TRY(placeholders.check_used());
  return gets;
}

/// Fills the answer for one table; keys for which there is no room any more are told as unprocessed.
Result<void> get_from(const Transaction& tx, const CallContext& context, const Gets& gets, const shapes::BatchGetItemInput& request, size_t& answered, shapes::BatchGetItemOutput& answer) {
  const DynamoTable table = TRY(table_named(tx, context, gets.name, false));
  std::set<std::string> seen;
  std::optional<shapes::ConsumedCapacity> capacity;
  auto& found = (*answer.responses)[gets.name];
  for (Item key : *gets.wanted.keys) {
    const std::string at = TRY(key_alone(table, key));
    if (!seen.insert(at).second) return invalid("Provided list of item keys contains duplicates");
    const Item item = find_item(tx, table, at);
    const size_t size = stored_size(item);
    if (answered + size > kMaxAnswer) {
      auto& rest = answer.unprocessed_keys->try_emplace(gets.name, gets.wanted).first->second;
      if (!found.empty() || rest.keys->size() == gets.wanted.keys->size()) rest.keys->clear();
      rest.keys->push_back(key);
      answered = kMaxAnswer;
      continue;
    }
    answered += size;
    add(capacity, consumed(request.return_consumed_capacity, table, read_units(size, gets.wanted.consistent_read.value_or(false))));
    if (!item.empty()) found.push_back(gets.paths ? project(item, *gets.paths) : item);
  }
  if (capacity) answer.consumed_capacity->push_back(*capacity);
  return {};
}

Result<shapes::BatchGetItemOutput> get(const Deps& deps, const CallContext& context, const shapes::BatchGetItemInput& request) {
  if (request.request_items->empty()) return invalid("The requestItems parameter is required for BatchGetItem");
  std::vector<Gets> all;
  size_t count = 0;
  for (const auto& [name, wanted] : *request.request_items) {
    all.push_back(TRY(read_gets(name, wanted)));
    count += wanted.keys->size();
  }
  if (count > kMaxGets) return invalid("Too many items requested for the BatchGetItem call");
  return transact<shapes::BatchGetItemOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::BatchGetItemOutput> {
    shapes::BatchGetItemOutput answer;
    answer.responses.emplace();
    answer.unprocessed_keys.emplace();
    if (request.return_consumed_capacity.value_or("NONE") != "NONE") answer.consumed_capacity.emplace();
    size_t answered = 0;
    for (const Gets& gets : all) TRY(get_from(tx, context, gets, request, answered, answer));
    return answer;
  });
}

Result<PreparedWrite> read_write(const std::string& table, const shapes::WriteRequest& request) {
  if (request.put_request.has_value() == request.delete_request.has_value()) return invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of PutRequest and DeleteRequest");
  if (request.put_request) return PreparedWrite::prepare({.kind = Write::Kind::put, .table = table, .item = request.put_request->item.value_or(Item{})});
  return PreparedWrite::prepare({.kind = Write::Kind::remove, .table = table, .item = request.delete_request->key.value_or(Item{})});
}

Result<shapes::BatchWriteItemOutput> write(const Deps& deps, const CallContext& context, const shapes::BatchWriteItemInput& request) {
  size_t count = 0;
  for (const auto& [name, writes] : *request.request_items) count += writes.size();
  if (count > kMaxWrites) return invalid("Too many items requested for the BatchWriteItem call");
  return transact<shapes::BatchWriteItemOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::BatchWriteItemOutput> {
    shapes::BatchWriteItemOutput answer;
    answer.unprocessed_items.emplace();
    if (request.return_consumed_capacity.value_or("NONE") != "NONE") answer.consumed_capacity.emplace();
    for (const auto& [name, writes] : *request.request_items) {
      TRY(table_named(tx, context, name, false));
      std::set<std::string> seen;
      std::optional<shapes::ConsumedCapacity> capacity;
      for (const auto& one : writes) {
        PreparedWrite prepared = TRY(read_write(name, one));
        const auto place = prepared.locate(tx, context);
        if (!place) return fail(told_of_key(place.error()));
        if (!seen.insert(place->key).second) return invalid("Provided list of item keys contains duplicates");
        const Written written = TRY(prepared.apply(tx, context, deps.clock.wall()));
        add(capacity, consumed_by_write(request.return_consumed_capacity, written.table, written.before, written.after));
      }
      if (capacity) answer.consumed_capacity->push_back(*capacity);
    }
    return answer;
  });
}

}  // namespace

void register_batch(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::BatchGetItemInput, shapes::BatchGetItemOutput>(
      "dynamodb", "BatchGetItem",
      {"RequestItems.Keys.*", "RequestItems.ConsistentRead", "RequestItems.ProjectionExpression", "RequestItems.ExpressionAttributeNames.*", "RequestItems.AttributesToGet", "ReturnConsumedCapacity"}, bind(get));
  registry.add<shapes::BatchWriteItemInput, shapes::BatchWriteItemOutput>("dynamodb", "BatchWriteItem", {"RequestItems.*", "ReturnConsumedCapacity"}, bind(write));
}

}  // namespace landfall::services::dynamodb
