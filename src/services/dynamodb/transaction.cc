#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/write.h"

/// Many items in one call, all or none.
namespace landfall::services::dynamodb {
namespace {

constexpr size_t kMaxItems = 100, kMaxBytes = 4 * 1024 * 1024;  // DynamoDB API, TransactWriteItems

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

template <class T>
Result<void> check_count(const std::optional<std::vector<T>>& items) {
  const size_t count = items ? items->size() : 0;
  if (count == 0) return invalid("1 validation error detected: Value '[]' at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1");
  if (count > kMaxItems) return invalid(fmt::format("1 validation error detected at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to {}.", kMaxItems));
  return {};
}

struct Part {
  PreparedWrite write;
  bool wants_item = false;  ///< the item that did not meet the condition
};

template <class Request>
Result<Part> part_of(Write::Kind kind, const Request& request, Write write) {
  write.kind = kind;
  write.is_transacted = true;
  write.table = request.table_name;
  write.condition = request.condition_expression;
  write.names = request.expression_attribute_names;
  write.values = request.expression_attribute_values;
  PreparedWrite prepared = TRY(PreparedWrite::prepare(std::move(write)));
  return Part{std::move(prepared), text(request.return_values_on_condition_check_failure) == "ALL_OLD"};
}

Result<Part> read_part(const shapes::TransactWriteItem& item) {
  if (item.put.has_value() + item.update.has_value() + item.delete_.has_value() + item.condition_check.has_value() != 1) return invalid("TransactItems can only contain one of Check, Put, Update or Delete");
  if (item.put) return part_of(Write::Kind::put, *item.put, {.item = item.put->item.value_or(Item{})});
  if (item.update) return part_of(Write::Kind::update, *item.update, {.item = item.update->key.value_or(Item{}), .update = item.update->update_expression});
  if (item.delete_) return part_of(Write::Kind::remove, *item.delete_, {.item = item.delete_->key.value_or(Item{})});
  return part_of(Write::Kind::check, *item.condition_check, {.item = item.condition_check->key.value_or(Item{})});
}

/// A table that is not there and an empty key are seen before anything is tried: the request is wrong, no part is told.
bool is_of_request(const Error& error) { return error.code == "ResourceNotFoundException" || error.what.find("cannot contain an empty") != std::string::npos; }

Result<void> check_size(const std::vector<Part>& parts) {
  size_t bytes = 0;
  for (const Part& part : parts) bytes += part.write.size();
  if (bytes > kMaxBytes) return invalid("The aggregate size of the items in the transaction cannot exceed 4 MB");
  return {};
}

/// Why a part stops the whole; "None" if it does not.
shapes::CancellationReason reason_of(const Error& error, const Item& found) {
  shapes::CancellationReason reason{.code = error.code == "ConditionalCheckFailedException" ? "ConditionalCheckFailed" : "ValidationError", .message = error.what};
  if (!found.empty()) reason.item = found;
  return reason;
}

std::unexpected<Error> cancelled(const CallContext& context, std::vector<shapes::CancellationReason> reasons) {
  std::vector<std::string> codes;
  for (const auto& reason : reasons) codes.push_back(text(reason.code));
  std::string sentence = fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", join(codes, ", "));
  context.error_members = members_of(shapes::TransactionCanceledException{.cancellation_reasons = std::move(reasons), .message = sentence});
  return fail("TransactionCanceledException", std::move(sentence));
}

using Capacities = std::map<std::string, std::optional<shapes::ConsumedCapacity>>;

std::optional<std::vector<shapes::ConsumedCapacity>> listed(const Capacities& capacities) {
  std::vector<shapes::ConsumedCapacity> all;
  for (const auto& [table, capacity] : capacities) {
    if (capacity) all.push_back(*capacity);
  }
  return all.empty() ? std::nullopt : std::optional(std::move(all));
}

Result<shapes::TransactWriteItemsOutput> write(const Deps& deps, const CallContext& context, const shapes::TransactWriteItemsInput& request) {
  TRY(check_count(request.transact_items));
  std::vector<Part> parts;
  for (const auto& item : *request.transact_items) parts.push_back(TRY(read_part(item)));
  TRY(check_size(parts));
  return transact<shapes::TransactWriteItemsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::TransactWriteItemsOutput> {
    std::set<std::string> seen;
    for (const Part& part : parts) {
      const auto place = PreparedWrite(part.write).locate(tx, context);
      if (!place && is_of_request(place.error())) return fail(place.error());
      if (place && !seen.insert(place->table.key() + "/" + place->key).second) return invalid("Transaction request cannot include multiple operations on one item");
    }
    Capacities capacities;
    std::vector<shapes::CancellationReason> reasons;
    bool is_cancelled = false;
    for (const Part& part : parts) {
      Item found;
      const auto written = PreparedWrite(part.write).apply(tx, context, deps.clock.wall(), &found);
      if (!written && is_of_request(written.error())) return fail(written.error());
      is_cancelled = is_cancelled || !written;
      reasons.push_back(written ? shapes::CancellationReason{.code = "None"} : reason_of(written.error(), part.wants_item ? found : Item{}));
      if (written) add(capacities[written->table.name], consumed_by_write(request.return_consumed_capacity, written->table, written->before, written->after, true));
    }
    if (is_cancelled) return cancelled(context, std::move(reasons));
    return shapes::TransactWriteItemsOutput{.consumed_capacity = listed(capacities)};
  });
}

Result<shapes::TransactGetItemsOutput> get(const Deps& deps, const CallContext& context, const shapes::TransactGetItemsInput& request) {
  TRY(check_count(request.transact_items));
  return transact<shapes::TransactGetItemsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::TransactGetItemsOutput> {
    shapes::TransactGetItemsOutput answer;
    answer.responses.emplace();
    Capacities capacities;
    std::set<std::string> seen;
    for (const auto& item : *request.transact_items) {
      const shapes::Get& wanted = *item.get;
      Placeholders placeholders(wanted.expression_attribute_names, std::nullopt);
      TRY(placeholders.check(wanted.projection_expression.has_value()));
      std::optional<std::vector<Path>> paths;
      if (wanted.projection_expression) paths = TRY(projected_paths(*wanted.projection_expression, placeholders));
      TRY(placeholders.check_used());
      const model::DynamoTable table = TRY(table_named(tx, context, wanted.table_name, false));
      Item key = wanted.key.value_or(Item{});
      const std::string at = TRY(key_alone(table, key));
      if (!seen.insert(table.key() + "/" + at).second) return invalid("Transaction request cannot include multiple operations on one item");
      const Item found = find_item(tx, table, at);
      shapes::ItemResponse response;
      if (!found.empty()) response.item = paths ? project(found, *paths) : found;
      answer.responses->push_back(std::move(response));
      add(capacities[table.name], consumed(request.return_consumed_capacity, table, read_units(stored_size(found), true, true)));
    }
    answer.consumed_capacity = listed(capacities);
    return answer;
  });
}

}  // namespace

void register_transaction(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::TransactWriteItemsInput, shapes::TransactWriteItemsOutput>("dynamodb", "TransactWriteItems", {"TransactItems.*", "ReturnConsumedCapacity", "ClientRequestToken"}, bind(write));
  registry.add<shapes::TransactGetItemsInput, shapes::TransactGetItemsOutput>("dynamodb", "TransactGetItems", {"TransactItems.*", "ReturnConsumedCapacity"}, bind(get));
}

}  // namespace landfall::services::dynamodb
