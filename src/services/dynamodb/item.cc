#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/legacy.h"
#include "services/dynamodb/write.h"

namespace landfall::services::dynamodb {
namespace {

using model::DynamoTable;

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

/// What a put, delete or update asks for, in its own words; a condition's failure tells the item, if it is wanted.
template <class Answer, class Request>
Result<Answer> write(const Deps& deps, const CallContext& context, const Request& request, Write wanted, std::optional<Item> (*answered)(const Request&, const PreparedWrite&, const Written&)) {
  wanted.table = request.table_name;
  wanted.condition = request.condition_expression;
  wanted.names = request.expression_attribute_names;
  wanted.values = request.expression_attribute_values;
  const PreparedWrite prepared = TRY(PreparedWrite::prepare(std::move(wanted)));
  return transact<Answer>(deps.store, [&](Transaction& tx) -> Result<Answer> {
    PreparedWrite once = prepared;
    Item stored;
    const auto written = once.apply(tx, context, deps.clock.wall(), &stored);
    if (!written) {
      if (!stored.empty() && text(request.return_values_on_condition_check_failure) == "ALL_OLD") context.error_members = members_of(shapes::ConditionalCheckFailedException{.item = stored});
      return fail(written.error());
    }
    Answer answer{.attributes = answered(request, once, *written), .consumed_capacity = consumed_by_write(request.return_consumed_capacity, written->table, written->before, written->after)};
    return answer;
  });
}

std::optional<Item> some(Item item) { return item.empty() ? std::nullopt : std::optional(std::move(item)); }

template <class Request>
std::optional<Item> old_item(const Request& request, const PreparedWrite&, const Written& written) {
  return text(request.return_values) == "ALL_OLD" ? some(written.before) : std::nullopt;
}

std::optional<Item> updated_attributes(const shapes::UpdateItemInput& request, const PreparedWrite& prepared, const Written& written) {
  const std::string wanted = request.return_values.value_or("NONE");
  const std::vector<Path> paths = prepared.update() ? prepared.update()->paths() : std::vector<Path>{};
  if (wanted == "ALL_OLD") return some(written.before);
  if (wanted == "ALL_NEW") return some(written.after);
  if (wanted == "UPDATED_OLD") return some(project(written.before, paths));
  return wanted == "UPDATED_NEW" ? some(project(written.after, paths)) : std::nullopt;
}

/// Whether the old item is all that may be wanted back.
Result<void> check_return_values(const std::optional<std::string>& wanted) {
  if (wanted.value_or("NONE") != "NONE" && *wanted != "ALL_OLD") return invalid("Return values set to invalid value");
  return {};
}

Result<shapes::PutItemOutput> put(const Deps& deps, const CallContext& context, const shapes::PutItemInput& given) {
  const auto request = TRY(modern(given));
  TRY(check_return_values(request.return_values));
  return write<shapes::PutItemOutput>(deps, context, request, {.kind = Write::Kind::put, .item = request.item.value_or(Item{})}, old_item);
}

Result<shapes::DeleteItemOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteItemInput& given) {
  const auto request = TRY(modern(given));
  TRY(check_return_values(request.return_values));
  return write<shapes::DeleteItemOutput>(deps, context, request, {.kind = Write::Kind::remove, .item = request.key.value_or(Item{})}, old_item);
}

Result<shapes::UpdateItemOutput> update(const Deps& deps, const CallContext& context, const shapes::UpdateItemInput& given) {
  const auto request = TRY(modern(given));
  return write<shapes::UpdateItemOutput>(deps, context, request, {.kind = Write::Kind::update, .item = request.key.value_or(Item{}), .update = request.update_expression}, updated_attributes);
}

Result<shapes::GetItemOutput> get(const Deps& deps, const CallContext& context, const shapes::GetItemInput& given) {
  const auto request = TRY(modern(given));
  Placeholders placeholders(request.expression_attribute_names, std::nullopt);
  TRY(placeholders.check(request.projection_expression.has_value()));
  std::optional<std::vector<Path>> paths;
  if (request.projection_expression) paths = TRY(projected_paths(*request.projection_expression, placeholders));
  TRY(placeholders.check_used());
  return transact<shapes::GetItemOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::GetItemOutput> {
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, false));
    Item key = request.key.value_or(Item{});
    const Item stored = find_item(tx, table, TRY(key_alone(table, key)));
    shapes::GetItemOutput answer{.consumed_capacity = consumed(request.return_consumed_capacity, table, read_units(stored_size(stored), request.consistent_read.value_or(false)))};
    if (!stored.empty()) answer.item = paths ? project(stored, *paths) : stored;
    return answer;
  });
}

}  // namespace

void register_item(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> common{"TableName", "ConditionExpression", "ExpressionAttributeNames.*", "ExpressionAttributeValues.*", "ReturnValues", "ReturnValuesOnConditionCheckFailure", "ReturnConsumedCapacity", "Expected.*", "ConditionalOperator"};
  const auto with = [&](std::vector<std::string> own) {
    own.insert(own.end(), common.begin(), common.end());
    return own;
  };
  registry.add<shapes::PutItemInput, shapes::PutItemOutput>("dynamodb", "PutItem", with({"Item.*"}), bind(put));
  registry.add<shapes::DeleteItemInput, shapes::DeleteItemOutput>("dynamodb", "DeleteItem", with({"Key.*"}), bind(remove));
  registry.add<shapes::UpdateItemInput, shapes::UpdateItemOutput>("dynamodb", "UpdateItem", with({"Key.*", "UpdateExpression", "AttributeUpdates.*"}), bind(update));
  registry.add<shapes::GetItemInput, shapes::GetItemOutput>("dynamodb", "GetItem", {"TableName", "Key.*", "ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames.*", "ReturnConsumedCapacity", "AttributesToGet"}, bind(get));
}

}  // namespace landfall::services::dynamodb
