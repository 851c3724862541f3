#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/write.h"

/// Statements of PartiQL: one, many each for itself, many all or none.
namespace landfall::services::dynamodb {
namespace {

using model::DynamoIndex;
using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxBatch = 25, kMaxTransaction = 100, kMaxPage = 1024 * 1024;  // DynamoDB API

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

/// Whether the placeholder stands in one of the texts, not as the beginning of a longer one.
bool is_used(const std::string& placeholder, const std::vector<std::string>& texts) {
  return std::ranges::any_of(texts, [&](const std::string& text) {
    for (size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at + 1)) {
      const size_t end = at + placeholder.size();
      if (end == text.size() || text[end] < '0' || text[end] > '9') return true;
    }
    return false;
  });
}

template <class Map>
std::optional<Map> only_used(const Map& all, const std::vector<std::string>& texts) {
  Map used;
  for (const auto& [placeholder, meant] : all) {
    if (is_used(placeholder, texts)) used[placeholder] = meant;
  }
  return used.empty() ? std::nullopt : std::optional(std::move(used));
}

/// The key that a WHERE names, and what it asks besides.
struct Aim {
  Item key;
  std::string condition;
};
Aim aim_of(const Statement& statement, const DynamoTable& table) {
  Aim aim;
  std::vector<std::string> rest;
  for (const WhereTerm& term : statement.where) {
    const bool is_key = term.equals && (term.attribute == table.hash_key || term.attribute == table.range_key) && !aim.key.contains(term.attribute);
    if (is_key) aim.key[term.attribute] = *term.equals;
    else rest.push_back(term.text);
  }
  aim.condition = join(rest, " AND ");
  return aim;
}
bool is_whole(const Item& key, const DynamoTable& table) { return key.contains(table.hash_key) && (table.range_key.empty() || key.contains(table.range_key)); }

bool writes(const Statement& statement) { return statement.kind != Statement::Kind::select && statement.kind != Statement::Kind::exists; }

/// What a statement that writes comes to. An insert wants no such item, an update wants one.
Result<PreparedWrite> prepared(const Transaction& tx, const CallContext& context, const Statement& statement, Write::Kind kind) {
  const DynamoTable table = TRY(table_named(tx, context, statement.table, false));
  Write write{.kind = kind, .table = statement.table};
  std::map<std::string, std::string> names = statement.names;
  std::vector<std::string> conditions;
  names["#hash"] = table.hash_key;
  if (statement.kind == Statement::Kind::insert) {
    write.item = statement.item;
    conditions.emplace_back("attribute_not_exists(#hash)");
  } else {
    const Aim aim = aim_of(statement, table);
    if (!is_whole(aim.key, table)) return invalid("Where clause does not contain a mandatory equality on all key attributes");
    write.item = aim.key;
    if (kind != Write::Kind::remove) conditions.emplace_back("attribute_exists(#hash)");
    if (!aim.condition.empty()) conditions.push_back("(" + aim.condition + ")");
    if (aim.condition.starts_with("(") && aim.condition.ends_with(")") && conditions.size() == 1) conditions.back() = aim.condition;
    if (!statement.update.empty()) write.update = statement.update;
  }
  if (!conditions.empty()) write.condition = join(conditions, " AND ");
  const std::vector<std::string> texts{write.condition.value_or(""), write.update.value_or("")};
  write.names = only_used(names, texts);
  write.values = only_used(statement.values, texts);
  return PreparedWrite::prepare(std::move(write));
}

Write::Kind kind_of(const Statement& statement) {
  switch (statement.kind) {
    case Statement::Kind::insert: return Write::Kind::put;
    case Statement::Kind::remove: return Write::Kind::remove;
    case Statement::Kind::exists: return Write::Kind::check;
    case Statement::Kind::select: return Write::Kind::check;
    case Statement::Kind::update: break;
  }
  return Write::Kind::update;
}

struct Done {
  Written written;
  std::optional<Item> returned;
};

Result<Done> carry_out(Transaction& tx, const CallContext& context, const Statement& statement, WallTime now, Item* found = nullptr) {
  PreparedWrite write = TRY(prepared(tx, context, statement, kind_of(statement)));
  auto written = write.apply(tx, context, now, found);
  if (!written && statement.kind == Statement::Kind::insert && written.error().code == "ConditionalCheckFailedException") return fail("DuplicateItemException", "Duplicate primary key exists in table");
  Done done{.written = TRY(std::move(written)), .returned = {}};
  const std::vector<Path> paths = write.update() ? write.update()->paths() : std::vector<Path>{};
  const Item& side = statement.returning.ends_with("OLD") ? done.written.before : done.written.after;
  const Item told = statement.returning.starts_with("MODIFIED") ? project(side, paths) : side;
  if (!statement.returning.empty() && !told.empty()) done.returned = told;
  return done;
}

struct Selected {
  std::vector<Item> items;
  std::string next;            ///< where the page after it goes on; empty: nothing is left
  std::optional<Item> last_key;
  DynamoTable table;
  size_t bytes = 0;
};

Result<const DynamoIndex*> index_of(const Statement& statement, const DynamoTable& table, bool is_consistent) {
  if (statement.index.empty()) return nullptr;
  const auto found = std::ranges::find(table.indexes, statement.index, &DynamoIndex::name);
  if (found == table.indexes.end()) return invalid("The table does not have the specified index");
  if (!found->more_hash_keys.empty() || !found->more_range_keys.empty()) return invalid("PartiQL statements cannot be executed on tables with multi-attribute HASH keys or multi-attribute RANGE keys.");
  if (is_consistent && !found->is_local) return invalid("Strongly consistent read is not supported on Global Secondary Indexes");
  return &*found;
}

/// What an index must hold for the statement: a global one all that is selected, each, read by its hash key, all that is `asked` for.
Result<void> check_held(const Statement& statement, const DynamoTable& table, const DynamoIndex& index, const std::vector<Path>& paths, const std::set<std::string>& asked) {
  if (index.projection == "ALL") return {};
  std::set<std::string> held(index.included.begin(), index.included.end());
  for (const KeyNames& keys : {keys_of(table), keys_of(index)}) std::ranges::copy(keys.all(), std::inserter(held, held.end()));
  std::vector<std::string> selected, sought;
  for (const Path& path : paths) {
    if (!held.contains(path[0].name)) selected.push_back(path[0].name);
  }
  std::ranges::set_difference(asked, held, std::back_inserter(sought));
  const bool is_keyed = std::ranges::any_of(statement.where, [&](const WhereTerm& term) { return term.attribute == index.hash_key; });
  if (is_keyed && !sought.empty()) return invalid(fmt::format("One or more parameter values were invalid: Secondary index {} does not project one or more filter attributes: [{}]", index.name, join(sought, ", ")));
  if (!index.is_local && !selected.empty()) return invalid(fmt::format("One or more parameter values were invalid: Global secondary index {} does not project [{}]", index.name, join(selected, ", ")));
  return {};
}

/// What a SELECT lists: what a path leads to by its last name, an element of a list in its place in the item.
Item picked(const Item& item, const std::vector<Path>& paths) {
  Item told;
  std::vector<Path> elements;
  for (const Path& path : paths) {
    const Value* found = follow(item, path);
    if (path.back().name.empty()) elements.push_back(path);
    else if (found != nullptr) told[path.back().name] = *found;
  }
  told.merge(project(item, elements));
  return told;
}

using Keyed = std::pair<std::string, Item>;

/// The items of the table or the index, in the order of the table, or of the attribute that is asked for.
Result<std::vector<Keyed>> source_of(const Transaction& tx, const Statement& statement, const DynamoTable& table, const DynamoIndex* index) {
  std::vector<Keyed> all;
  for (const DynamoItem& stored : store::all<DynamoItem>(tx, table.key() + "/")) all.emplace_back(stored.item_key, item_of(stored.item));
  if (index != nullptr) std::erase_if(all, [&](const Keyed& one) { return !is_in(*index, one.second); });
  if (statement.order_by.empty()) return all;
  const std::string& hash = index == nullptr ? table.hash_key : index->hash_key;
  const std::string& range = index == nullptr ? table.range_key : index->range_key;
  if (statement.order_by != range && statement.order_by != hash) return invalid("Variable reference " + statement.order_by + " in ORDER BY clause must be part of the primary key");
  if (std::ranges::none_of(statement.where, [&](const WhereTerm& term) { return term.equals && term.attribute == hash; })) return invalid("Must have WHERE clause in the statement when using ORDER BY clause.");
  std::ranges::stable_sort(all, [&](const Keyed& a, const Keyed& b) {
    const auto found = order(a.second.at(statement.order_by), b.second.at(statement.order_by));
    return found && (statement.is_descending ? *found > 0 : *found < 0);
  });
  return all;
}

/// The attributes that the condition names. Statements tell of a wrong operand without the expression they are read into.
Result<std::set<std::string>> attributes_of(const std::string& condition, Placeholders& placeholders) {
  if (condition.empty()) return std::set<std::string>{};
  auto names = check_condition(condition, placeholders);
  constexpr std::string_view kBefore = "Invalid ConditionExpression: ", kWrong = "Incorrect operand type";
  if (!names && names.error().what.starts_with(std::string(kBefore) + std::string(kWrong))) return invalid(names.error().what.substr(kBefore.size()));
  return names;
}

Result<Selected> select(const Transaction& tx, const CallContext& context, const Statement& statement, std::optional<int> limit, const std::string& after, bool is_consistent = false) {
  Selected answer{.table = TRY(table_named(tx, context, statement.table, false))};
  const DynamoTable& table = answer.table;
  const DynamoIndex* index = TRY(index_of(statement, table, is_consistent));
  std::vector<std::string> terms;
  for (const WhereTerm& term : statement.where) terms.push_back(term.text);
  const std::string condition = join(terms, " AND ");
  std::vector<std::string> texts = statement.projection;
  texts.push_back(condition);
  Placeholders placeholders(only_used(statement.names, texts), only_used(statement.values, texts));
  TRY(placeholders.check(true));
  std::vector<Path> paths;
  if (!statement.projection.empty()) paths = TRY(projected_paths(join(statement.projection, ", "), placeholders));
  const auto asked = TRY(attributes_of(condition, placeholders));
  if (index != nullptr) TRY(check_held(statement, table, *index, paths, asked));
  size_t seen = 0;
  bool is_past = after.empty();
  for (const auto& [key, item] : TRY(source_of(tx, statement, table, index))) {
    if (!is_past) {
      is_past = key == after;
      continue;
    }
    if ((limit && seen == static_cast<size_t>(*limit)) || answer.bytes >= kMaxPage) {
      answer.last_key.emplace();
      break;
    }
    ++seen;
    answer.next = key;
    const Item shown = index == nullptr ? item : projected_into(table, *index, item);
    answer.bytes += stored_size(shown);
    if (!condition.empty() && !TRY(condition_holds(condition, placeholders, shown))) continue;
    answer.items.push_back(paths.empty() ? shown : picked(item, paths));
  }
  if (answer.last_key) answer.last_key = key_attributes(table, index, item_of(store::find<DynamoItem>(tx, table.key() + "/" + answer.next)->item));
  else answer.next.clear();
  return answer;
}

Result<shapes::ExecuteStatementOutput> execute(const Deps& deps, const CallContext& context, const shapes::ExecuteStatementInput& request) {
  const Statement statement = TRY(read_statement(text(request.statement), request.parameters.value_or(std::vector<Value>{})));
  if (statement.kind == Statement::Kind::exists) return invalid("EXISTS() function is not supported in ExecuteStatement");
  std::string after;
  if (request.next_token) {
    const auto token = base64_decode(*request.next_token);
    if (!token || token->empty()) return invalid("Invalid NextToken");
    after = *token;
  }
  return transact<shapes::ExecuteStatementOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ExecuteStatementOutput> {
    shapes::ExecuteStatementOutput answer{.items = std::vector<Item>{}};
    if (!writes(statement)) {
      Selected selected = TRY(select(tx, context, statement, request.limit, after, request.consistent_read.value_or(false)));
      answer.items = std::move(selected.items);
      answer.consumed_capacity = consumed(request.return_consumed_capacity, selected.table, read_units(selected.bytes, request.consistent_read.value_or(false)));
      if (!selected.next.empty()) answer.next_token = base64_encode(selected.next);
      answer.last_evaluated_key = std::move(selected.last_key);
      return answer;
    }
    Item stored;
    const auto done = carry_out(tx, context, statement, deps.clock.wall(), &stored);
    if (!done) {
      if (!stored.empty() && text(request.return_values_on_condition_check_failure) == "ALL_OLD") context.error_members = members_of(shapes::ConditionalCheckFailedException{.item = stored});
      return fail(done.error());
    }
    if (done->returned) answer.items->push_back(*done->returned);
    answer.consumed_capacity = consumed_by_write(request.return_consumed_capacity, done->written.table, done->written.before, done->written.after);
    return answer;
  });
}

/// The one item of a select that names a whole key.
Result<std::optional<Item>> select_one(const Transaction& tx, const CallContext& context, const Statement& statement, const char* call) {
  const DynamoTable table = TRY(table_named(tx, context, statement.table, false));
  if (!is_whole(aim_of(statement, table).key, table)) return invalid(fmt::format("Select statements within {} must specify the primary key in the where clause.", call));
  const Selected selected = TRY(select(tx, context, statement, std::nullopt, ""));
  return selected.items.empty() ? std::nullopt : std::optional(selected.items[0]);
}

/// Code of a statement's error among many.
std::string short_code(const std::string& code) {
  if (code == "ConditionalCheckFailedException") return "ConditionalCheckFailed";
  if (code == "DuplicateItemException") return "DuplicateItem";
  if (code == "ResourceNotFoundException") return "ResourceNotFound";
  return "ValidationError";
}

shapes::BatchStatementResponse one_of_batch(const Deps& deps, const CallContext& context, const shapes::BatchStatementRequest& request) {
  shapes::BatchStatementResponse response;
  Item stored;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const Statement statement = TRY(read_statement(text(request.statement), request.parameters.value_or(std::vector<Value>{})));
    response = {.table_name = statement.table};
    if (writes(statement)) response.item = TRY(carry_out(tx, context, statement, deps.clock.wall(), &stored)).returned;
    else response.item = TRY(select_one(tx, context, statement, "BatchExecuteStatement"));
    return {};
  });
  if (done) return response;
  response.error = shapes::BatchStatementError{.code = short_code(done.error().code), .message = done.error().what};
  if (!stored.empty() && text(request.return_values_on_condition_check_failure) == "ALL_OLD") response.error->item = stored;
  return response;
}

Result<shapes::BatchExecuteStatementOutput> execute_batch(const Deps& deps, const CallContext& context, const shapes::BatchExecuteStatementInput& request) {
  if (request.statements->size() > kMaxBatch) return invalid(fmt::format("1 validation error detected: Value at 'statements' failed to satisfy constraint: Member must have length less than or equal to {}", kMaxBatch));
  shapes::BatchExecuteStatementOutput answer{.responses = std::vector<shapes::BatchStatementResponse>{}};
  for (const auto& one : *request.statements) answer.responses->push_back(one_of_batch(deps, context, one));
  return answer;
}

Result<shapes::ExecuteTransactionOutput> execute_transaction(const Deps& deps, const CallContext& context, const shapes::ExecuteTransactionInput& request) {
  std::vector<Statement> statements;
  for (const auto& one : *request.transact_statements) statements.push_back(TRY(read_statement(text(one.statement), one.parameters.value_or(std::vector<Value>{}))));
  if (statements.size() > kMaxTransaction) return invalid(fmt::format("1 validation error detected: Value at 'transactStatements' failed to satisfy constraint: Member must have length less than or equal to {}", kMaxTransaction));
  for (size_t i = 0; i < statements.size(); ++i) {
    const auto refuse = [&](std::string_view why) { return invalid(fmt::format("Validation failed in TransactStatements[{}]: {}", i, why)); };
    if (!statements[i].index.empty()) return refuse("Reads on indices are not supported within transactions.");
    if (!statements[i].returning.empty()) return refuse("RETURNING clause is not supported in ExecuteTransaction.");
  }
  const auto reads = static_cast<size_t>(std::ranges::count(statements, Statement::Kind::select, &Statement::kind));
  if (reads != 0 && reads != statements.size()) return invalid("ExecuteTransaction API does not support both read and write operations in the same request.");
  return transact<shapes::ExecuteTransactionOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ExecuteTransactionOutput> {
    shapes::ExecuteTransactionOutput answer{.responses = std::vector<shapes::ItemResponse>{}};
    std::vector<shapes::CancellationReason> reasons;
    std::set<std::string> seen;
    bool is_cancelled = false;
    for (size_t i = 0; i < statements.size(); ++i) {
      const Statement& statement = statements[i];
      Item found;
      const auto done = [&]() -> Result<std::optional<Item>> {
        if (reads != 0) return select_one(tx, context, statement, "ExecuteTransaction");
        const Written place = TRY(TRY(prepared(tx, context, statement, kind_of(statement))).locate(tx, context));
        if (!seen.insert(place.table.key() + "/" + place.key).second) return invalid("Transaction request cannot include multiple operations on one item");
        return TRY(carry_out(tx, context, statement, deps.clock.wall(), &found)).returned;
      }();
      if (!done && (done.error().code == "ResourceNotFoundException" || done.error().what.starts_with("Transaction request") || done.error().what.starts_with("Where clause") || done.error().what.starts_with("Select statements"))) return fail(done.error());
      is_cancelled = is_cancelled || !done;
      shapes::CancellationReason reason{.code = done ? "None" : short_code(done.error().code)};
      if (!done) reason.message = done.error().what;
      if (!done && !found.empty() && text((*request.transact_statements)[i].return_values_on_condition_check_failure) == "ALL_OLD") reason.item = found;
      reasons.push_back(std::move(reason));
      if (done && reads != 0) answer.responses->push_back({.item = *done});
    }
    if (!is_cancelled) return answer;
    std::vector<std::string> codes;
    for (const auto& reason : reasons) codes.push_back(text(reason.code));
    std::string sentence = fmt::format("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", join(codes, ", "));
    context.error_members = members_of(shapes::TransactionCanceledException{.cancellation_reasons = std::move(reasons), .message = sentence});
    return fail("TransactionCanceledException", std::move(sentence));
  });
}

}  // namespace

void register_statement(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::ExecuteStatementInput, shapes::ExecuteStatementOutput>("dynamodb", "ExecuteStatement", {"*"}, bind(execute));
  registry.add<shapes::BatchExecuteStatementInput, shapes::BatchExecuteStatementOutput>("dynamodb", "BatchExecuteStatement", {"Statements.*"}, bind(execute_batch));
  registry.add<shapes::ExecuteTransactionInput, shapes::ExecuteTransactionOutput>("dynamodb", "ExecuteTransaction", {"TransactStatements.*", "ClientRequestToken"}, bind(execute_transaction));
}

}  // namespace landfall::services::dynamodb
