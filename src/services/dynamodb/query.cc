#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "services/dynamodb/capacity.h"
#include "services/dynamodb/expression.h"
#include "services/dynamodb/key_condition.h"
#include "services/dynamodb/keys.h"
#include "services/dynamodb/legacy.h"

/// Query and Scan: the items of a table or of an index, in order, a page at a time.
namespace landfall::services::dynamodb {
namespace {

using model::DynamoIndex;
using model::DynamoItem;
using model::DynamoTable;

constexpr size_t kMaxPage = 1024 * 1024;  // DynamoDB API, Query: bytes that one call reads

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

/// An item and its place: by hash value, then by range value, then by the table's own key.
struct Entry {
  std::string hash, key;
  std::vector<Value> range;
  Item item;
};

bool comes_before(const Entry& a, const Entry& b) {
  if (a.hash != b.hash) return a.hash < b.hash;
  for (size_t i = 0; i < std::min(a.range.size(), b.range.size()); ++i) {
    const auto found = order(a.range[i], b.range[i]);
    if (found && *found != 0) return *found < 0;
  }
  return a.key < b.key;
}

/// What is read: the table itself (`index` null) or one of its indexes.
struct Source {
  const DynamoTable& table;
  const DynamoIndex* index = nullptr;
  KeyNames keys() const { return keys_of(table, index); }
  bool is_global() const { return index != nullptr && !index->is_local; }
};

Entry entry_of(const Source& source, std::string key, Item item) {
  Entry entry{.hash = {}, .key = std::move(key), .range = {}, .item = std::move(item)};
  const KeyNames keys = source.keys();
  for (const std::string& name : keys.hash) {
    if (const auto hash = entry.item.find(name); hash != entry.item.end()) entry.hash += to_text(Item{*hash});
  }
  for (const std::string& name : keys.range) {
    if (const auto range = entry.item.find(name); range != entry.item.end()) entry.range.push_back(range->second);
  }
  return entry;
}

Result<Source> source_of(const DynamoTable& table, const std::optional<std::string>& index_name) {
  if (!index_name) return Source{.table = table};
  const auto found = std::ranges::find(table.indexes, *index_name, &DynamoIndex::name);
  if (found == table.indexes.end()) return invalid("The table does not have the specified index: " + *index_name);
  return Source{.table = table, .index = &*found};
}

/// What Query and Scan ask for alike.
struct Page {
  std::optional<std::vector<Path>> paths{};
  std::optional<std::string> filter{};
  std::string select{};
  std::optional<int32_t> limit{};
  bool is_consistent = false;
};

/// What Select goes together with.
template <class Request>
Result<void> check_select(const Request& asked) {
  if (!asked.select) return {};
  const std::string& select = *asked.select;
  const char* named = asked.projection_expression ? "ProjectionExpression" : asked.attributes_to_get ? "AttributesToGet" : nullptr;
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !asked.index_name) return invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  if (select == "SPECIFIC_ATTRIBUTES" && named == nullptr) return invalid("Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES");
  if (select != "SPECIFIC_ATTRIBUTES" && named != nullptr) return invalid(fmt::format("Cannot specify the {} when choosing to get {}", named, select == "COUNT" ? "only the Count" : select));
  return {};
}

template <class Request>
Result<Page> read_page(const Source& source, const Request& request, Placeholders& placeholders) {
  Page page{.filter = request.filter_expression, .limit = request.limit, .is_consistent = request.consistent_read.value_or(false)};
  if (source.is_global() && page.is_consistent) return invalid("Consistent reads are not supported on global secondary indexes");
  if (request.projection_expression) page.paths = TRY(projected_paths(*request.projection_expression, placeholders));
  page.select = request.select.value_or(page.paths ? "SPECIFIC_ATTRIBUTES" : source.index == nullptr ? "ALL_ATTRIBUTES" : "ALL_PROJECTED_ATTRIBUTES");
  if (source.is_global() && source.index->projection != "ALL") {
    if (page.select == "ALL_ATTRIBUTES") return invalid(fmt::format("One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index {} because its projection type is not ALL", source.index->name));
    std::vector<std::string> absent, keys = keys_of(source.table).all();
    std::ranges::copy(source.keys().all(), std::back_inserter(keys));
    for (const Path& path : page.paths.value_or(std::vector<Path>{})) {
      const std::string& name = path[0].name;
      const bool is_kept = std::ranges::count(keys, name) > 0 || std::ranges::count(source.index->included, name) > 0;
      if (!is_kept) absent.push_back(name);
    }
    if (!absent.empty()) return invalid(fmt::format("One or more parameter values were invalid: Global secondary index {} does not project [{}]", source.index->name, join(absent, ", ")));
  }
  return page;
}

/// The place after which the page begins: a key that names the key attributes of table and index, and no others.
Result<std::optional<Entry>> start_of(const Source& source, const std::optional<Item>& given) {
  if (!given) return std::optional<Entry>();
  Item key = *given;
  for (auto& [name, value] : key) TRY(normalize(value));
  const Item wanted = key_attributes(source.table, source.index, key);
  const bool is_whole = std::ranges::all_of(source.keys().all(), [&](const std::string& name) { return key.contains(name); });
  auto at = key_of(source.table, key);
  if (!at || !is_whole || wanted.size() != key.size()) return invalid("The provided starting key is invalid");
  return std::optional(entry_of(source, std::move(*at), std::move(key)));
}

template <class Answer, class Request>
Result<Answer> answer_page(const Source& source, const Request& request, const Page& page, Placeholders& placeholders, std::vector<Entry> entries, bool is_forward) {
  std::ranges::sort(entries, comes_before);
  if (!is_forward) std::ranges::reverse(entries);
  const auto start = TRY(start_of(source, request.exclusive_start_key));
  const auto is_past = [&](const Entry& entry) { return !start || (is_forward ? comes_before(*start, entry) : comes_before(entry, *start)); };
  Answer answer{.count = 0, .scanned_count = 0};
  if (page.select != "COUNT") answer.items.emplace();
  size_t bytes = 0;
  const Entry* last = nullptr;
  for (const Entry& entry : entries) {
    if (!is_past(entry)) continue;
    const bool is_full = (page.limit && *answer.scanned_count >= *page.limit) || bytes >= kMaxPage;
    if (is_full) break;
    ++*answer.scanned_count;
    const bool reads_table = source.index != nullptr && source.index->is_local && page.select != "ALL_PROJECTED_ATTRIBUTES";
    const Item seen = source.index == nullptr || reads_table ? entry.item : projected_into(source.table, *source.index, entry.item);
    bytes += stored_size(seen);
    last = &entry;
    if (page.filter && !TRY(condition_holds(*page.filter, placeholders, seen, "FilterExpression"))) continue;
    ++*answer.count;
    if (answer.items) answer.items->push_back(page.paths ? project(seen, *page.paths) : seen);
  }
  const bool stopped_early = last != nullptr && ((page.limit && *answer.scanned_count >= *page.limit) || (bytes >= kMaxPage && last != &entries.back()));
  if (stopped_early) answer.last_evaluated_key = key_attributes(source.table, source.index, last->item);
  answer.consumed_capacity = consumed(request.return_consumed_capacity, source.table, read_units(bytes, page.is_consistent), source.index);
  return answer;
}

/// All items below a store prefix that the source has.
std::vector<Entry> entries_below(const Transaction& tx, const Source& source, const std::string& prefix) {
  std::vector<Entry> entries;
  for (const DynamoItem& stored : store::all<DynamoItem>(tx, prefix)) {
    Item item = item_of(stored.item);
    if (source.index == nullptr || is_in(*source.index, item)) entries.push_back(entry_of(source, stored.item_key, std::move(item)));
  }
  return entries;
}

Result<shapes::QueryOutput> query(const Deps& deps, const CallContext& context, const shapes::QueryInput& asked) {
  const auto request = TRY(modern(asked));
  TRY(check_select(asked));
  if (!request.key_condition_expression) return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  Placeholders given(request.expression_attribute_names, request.expression_attribute_values);
  TRY(given.check(true));
  return transact<shapes::QueryOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::QueryOutput> {
    Placeholders placeholders = given;
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, false));
    const Source source = TRY(source_of(table, request.index_name));
    const KeyNames keys = source.keys();
    const KeyCondition condition = TRY(read_key_condition(*request.key_condition_expression, placeholders, table, keys));
    const Page page = TRY(read_page(source, request, placeholders));
    if (page.filter) {
      const auto names = TRY(check_condition(*page.filter, placeholders, "FilterExpression"));
      for (const std::string& key : keys.all()) {
        if (names.contains(key)) return invalid(fmt::format("Filter Expression can only contain non-primary key attributes: Primary key attribute: {}", key));
      }
    }
    TRY(placeholders.check_used());
    const bool is_by_table_hash = keys.hash == keys_of(table).hash;
    const std::string prefix = is_by_table_hash ? table.key() + "/" + TRY(hash_of(table, {{table.hash_key, condition.hash[0]}})) + (table.range_key.empty() ? "" : "/") : table.key() + "/";
    auto entries = entries_below(tx, source, prefix);
    std::erase_if(entries, [&](const Entry& entry) { return !condition.admits(entry.item, keys); });
    return answer_page<shapes::QueryOutput>(source, request, page, placeholders, std::move(entries), request.scan_index_forward.value_or(true));
  });
}

/// Each hash value belongs to one segment, whatever the index.
Result<void> check_segments(const shapes::ScanInput& request) {
  if (request.segment && !request.total_segments) return invalid("The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  if (!request.segment && request.total_segments) return invalid("The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  if (!request.segment) return {};
  if (*request.segment < 0 || *request.segment >= *request.total_segments) return invalid(fmt::format("The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: {} is not less than TotalSegments: {}", *request.segment, *request.total_segments));
  return {};
}

Result<shapes::ScanOutput> scan(const Deps& deps, const CallContext& context, const shapes::ScanInput& asked) {
  const auto request = TRY(modern(asked));
  TRY(check_select(asked));
  TRY(check_segments(request));
  Placeholders given(request.expression_attribute_names, request.expression_attribute_values);
  TRY(given.check(request.filter_expression || request.projection_expression, "FilterExpression is null"));
  return transact<shapes::ScanOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ScanOutput> {
    Placeholders placeholders = given;
    const DynamoTable table = TRY(table_named(tx, context, request.table_name, false));
    const Source source = TRY(source_of(table, request.index_name));
    const Page page = TRY(read_page(source, request, placeholders));
    if (page.filter) (void)TRY(check_condition(*page.filter, placeholders, "FilterExpression"));
    TRY(placeholders.check_used());
    auto entries = entries_below(tx, source, table.key() + "/");
    if (request.segment) std::erase_if(entries, [&](const Entry& entry) { return std::hash<std::string>{}(entry.hash) % static_cast<size_t>(*request.total_segments) != static_cast<size_t>(*request.segment); });
    return answer_page<shapes::ScanOutput>(source, request, page, placeholders, std::move(entries), true);
  });
}

}  // namespace

void register_query(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> common{"TableName", "IndexName", "Select", "Limit", "ConsistentRead", "ExclusiveStartKey.*", "ReturnConsumedCapacity", "ProjectionExpression", "FilterExpression", "ExpressionAttributeNames.*", "ExpressionAttributeValues.*", "AttributesToGet", "ConditionalOperator"};
  const auto with = [&](std::vector<std::string> own) {
    own.insert(own.end(), common.begin(), common.end());
    return own;
  };
  registry.add<shapes::QueryInput, shapes::QueryOutput>("dynamodb", "Query", with({"KeyConditionExpression", "ScanIndexForward", "KeyConditions.*", "QueryFilter.*"}), bind(query));
  registry.add<shapes::ScanInput, shapes::ScanOutput>("dynamodb", "Scan", with({"Segment", "TotalSegments", "ScanFilter.*"}), bind(scan));
}

}  // namespace landfall::services::dynamodb
