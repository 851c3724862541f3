#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "aws/json_codec.h"
#include "base/text.h"
#include "services/logs/insights_query.h"
#include "services/logs/support.h"

/// Logs Insights: what was asked is a record, the answer is found when it is wanted.
namespace landfall::services::logs {
namespace {

using model::InsightsQuery;
using insights::Row;

constexpr int kPage = 10'000, kMostPages = 20;   // so many events of one query are looked at, the newest
constexpr size_t kMostGroups = 50, kMostKept = 1000;
constexpr int kAnswerRows = 1000;                 // of one GetQueryResults that pages
constexpr Duration kFieldsWindow = std::chrono::minutes(8);  // API reference, GetLogGroupFields: eight minutes before and after

/// "@ptr": the group's key and the event's sequence.
std::string pointer_of(const std::string& group_key, int64_t sequence) { return base64_encode(fmt::format("{}\n{}", group_key, sequence)); }

struct Scan {
  std::vector<Row> rows;
  double bytes = 0;
};

/// Of every group the events in the query's range, newest first.
Result<Scan> scan(const Deps& deps, const InsightsQuery& query) {
  Scan scan;
  for (const std::string& group : query.groups) {
    const std::string key = query.account + "/" + query.region + "/" + group;
    store::LogQuery read{.group_key = key, .from = query.from, .until = query.until, .before_sequence = query.last_sequence + 1, .by_time = true, .newest_first = true, .limit = kPage};
    for (int page = 0; page < kMostPages; ++page) {
      const auto events = TRY(deps.logs.read(read));
      for (const auto& event : events) {
        scan.bytes += static_cast<double>(event.message.size());
        scan.rows.push_back(insights::row_of(event, query.account + ":" + group, pointer_of(key, event.sequence)));
      }
      if (events.size() < static_cast<size_t>(kPage)) break;
      read.before = store::LogPosition{.at = events.back().timestamp, .sequence = events.back().sequence};
    }
  }
  if (query.groups.size() > 1) std::ranges::stable_sort(scan.rows, std::ranges::greater(), [](const Row& row) { return row.at("@timestamp").number().value_or(0); });
  return scan;
}

/// The groups of a request, each by its name. Exactly one of the three members names them.
Result<std::vector<std::string>> groups_of(const Deps& deps, const CallContext& context, const shapes::StartQueryRequest& request) {
  const int given = static_cast<int>(request.log_group_name.has_value()) + static_cast<int>(request.log_group_names.has_value()) + static_cast<int>(request.log_group_identifiers.has_value());
  if (given != 1) return fail("InvalidParameterException", "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be specified.");
  std::vector<std::string> names;
  if (request.log_group_name) names.push_back(*request.log_group_name);
  for (const std::string& name : request.log_group_names.value_or(std::vector<std::string>{})) names.push_back(name);
  for (const std::string& identifier : request.log_group_identifiers.value_or(std::vector<std::string>{})) names.push_back(identifier.starts_with("arn:") ? text(name_of_arn(identifier)) : identifier);
  if (names.empty() || names.size() > kMostGroups) return fail("InvalidParameterException", fmt::format("A query asks 1 to {} log groups, got {}", kMostGroups, names.size()));
  for (const std::string& name : names) {
    if (!store::find<model::LogGroup>(deps.store, group_key(context, name))) {
      return fail("ResourceNotFoundException", fmt::format("Log group '{}' does not exist for account ID '{}' (Service: AWSLogs; Status Code: 400; Error Code: ResourceNotFoundException; Request ID: {}; Proxy: null)", name, context.account, context.request_id));
    }
  }
  return names;
}

Result<int64_t> last_sequence(const Deps& deps, const CallContext& context, const std::vector<std::string>& groups) {
  int64_t last = 0;
  for (const std::string& group : groups) {
    const auto newest = TRY(deps.logs.read({.group_key = group_key(context, group), .newest_first = true, .limit = 1}));
    if (!newest.empty()) last = std::max(last, newest[0].sequence);
  }
  return last;
}

Result<shapes::StartQueryResponse> start(const Deps& deps, const CallContext& context, const shapes::StartQueryRequest& request) {
  if (request.query_language.value_or("CWLI") != "CWLI") return fail("InvalidParameterException", fmt::format("Landfall does not support the query language {} yet; wanted CWLI", *request.query_language));
  const auto groups = TRY(groups_of(deps, context, request));
  if (*request.end_time < *request.start_time) return fail("InvalidParameterException", fmt::format("The end time {} must not be before the start time {}", *request.end_time, *request.start_time));
  if (const auto query = insights::Query::parse(*request.query_string); !query) {
    const shapes::MalformedQueryException told{.query_compile_error = shapes::QueryCompileError{.message = query.error().what}};
    if (query.error().code == "MalformedQueryException") context.error_members = aws::encode_json(shapes::MalformedQueryException::shape(), &told);
    return fail(query.error());
  }
  const int64_t last = TRY(last_sequence(deps, context, groups));
  return transact<shapes::StartQueryResponse>(deps.store, [&](Transaction& tx) -> Result<shapes::StartQueryResponse> {
    const InsightsQuery query{.account = context.account, .region = context.region, .id = deps.ids.uuid(), .text = *request.query_string, .groups = groups, .from = {*request.start_time * 1000}, .until = {(*request.end_time + 1) * 1000}, .last_sequence = last,
                              .limit = request.limit.value_or(kPage), .created_at = deps.clock.wall()};
    auto kept = store::all<InsightsQuery>(tx, group_key(context, ""));
    if (kept.size() >= kMostKept) store::erase<InsightsQuery>(tx, std::ranges::min_element(kept, {}, &InsightsQuery::created_at)->key());
    store::put(tx, query);
    return shapes::StartQueryResponse{.query_id = query.id};
  });
}

template <class From>
Result<InsightsQuery> query_named(const From& from, const CallContext& context, const std::optional<std::string>& id) {
  auto query = store::find<InsightsQuery>(from, group_key(context, text(id)));
  if (!query) return fail("ResourceNotFoundException", fmt::format("The query with ID {} does not exist.", text(id)));
  return std::move(*query);
}

/// A query has ended before somebody could stop it.
Result<shapes::StopQueryResponse> stop(const Deps& deps, const CallContext& context, const shapes::StopQueryRequest& request) {
  TRY(query_named(deps.store, context, request.query_id));
  return fail("InvalidParameterException", fmt::format("The query with ID {} is not running.", text(request.query_id)));
}

Result<shapes::GetQueryResultsResponse> results(const Deps& deps, const CallContext& context, const shapes::GetQueryResultsRequest& request) {
  const InsightsQuery asked = TRY(query_named(deps.store, context, request.query_id));
  const auto query = TRY(insights::Query::parse(asked.text));
  Scan found = TRY(scan(deps, asked));
  const double scanned = static_cast<double>(found.rows.size());
  auto answer = query.run(std::move(found.rows), static_cast<size_t>(asked.limit), asked.created_at);
  shapes::GetQueryResultsResponse told{.query_language = "CWLI", .status = "Complete"};
  told.statistics = shapes::QueryStatistics{.bytes_scanned = found.bytes, .estimated_bytes_skipped = 0, .estimated_records_skipped = 0, .log_groups_scanned = static_cast<double>(asked.groups.size()), .records_matched = static_cast<double>(answer.matched), .records_scanned = scanned};
  auto page = TRY(page_of(std::move(answer.rows), request.max_items || request.next_token ? std::optional(request.max_items.value_or(kAnswerRows)) : std::nullopt, request.next_token, bad_token()));
  told.results.emplace();
  for (const auto& row : page.items) {
    auto& into = told.results->emplace_back();
    for (const auto& [field, value] : row) into.push_back({.field = field, .value = value});
  }
  if (!page.next.empty()) told.next_token = page.next;
  return told;
}

/// As AWS tells it: with the groups and the range before the text.
std::string told_text(const InsightsQuery& query) {
  std::string sources;
  for (const std::string& group : query.groups) sources += fmt::format("{}\"{}\"", sources.empty() ? "" : ", ", group);
  return fmt::format("SOURCE {} START={} END={} | {}", sources, query.from.ms, query.until.ms - 1, query.text);
}

Result<shapes::DescribeQueriesResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeQueriesRequest& request) {
  auto all = store::all<InsightsQuery>(deps.store, group_key(context, ""));
  std::ranges::stable_sort(all, std::ranges::greater(), &InsightsQuery::created_at);
  std::vector<shapes::QueryInfo> found;
  for (const InsightsQuery& query : all) {
    if (request.log_group_name && std::ranges::count(query.groups, *request.log_group_name) == 0) continue;
    if (request.status.value_or("Complete") != "Complete" || request.query_language.value_or("CWLI") != "CWLI") continue;
    found.push_back({.create_time = query.created_at.ms, .log_group_name = query.groups.front(), .query_id = query.id, .query_language = "CWLI", .query_string = told_text(query), .status = "Complete"});
  }
  auto answer = TRY(page_of(std::move(found), request.max_results.value_or(static_cast<int>(kMostKept)), request.next_token, bad_token()));
  shapes::DescribeQueriesResponse result{.queries = std::move(answer.items)};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

/// The fields that the events around a moment have, and how many of them in a hundred.
Result<shapes::GetLogGroupFieldsResponse> fields(const Deps& deps, const CallContext& context, const shapes::GetLogGroupFieldsRequest& request) {
  const auto group = TRY(group_given(deps.store, context, request));
  const WallTime now = deps.clock.wall(), middle = request.time ? WallTime{*request.time * 1000} : now;
  const Duration back = request.time ? kFieldsWindow : std::chrono::minutes(15);  // without a time: the last 15 minutes
  InsightsQuery asked{.account = context.account, .region = context.region, .groups = {group.name}, .from = middle - back, .until = middle + kFieldsWindow};
  asked.last_sequence = TRY(last_sequence(deps, context, asked.groups));
  const Scan found = TRY(scan(deps, asked));
  std::map<std::string, int64_t> counts;
  for (const Row& row : found.rows) {
    for (const auto& [name, value] : row) ++counts[name];
  }
  counts.erase("@ptr");
  shapes::GetLogGroupFieldsResponse answer{.log_group_fields = std::vector<shapes::LogGroupField>{}};
  for (const auto& [name, count] : counts) answer.log_group_fields->push_back({.name = name, .percent = static_cast<int32_t>(count * 100 / static_cast<int64_t>(found.rows.size()))});
  std::ranges::stable_sort(*answer.log_group_fields, std::ranges::greater(), [](const auto& field) { return *field.percent; });
  return answer;
}

/// All fields of the event that "@ptr" names; only of the caller's account.
Result<shapes::GetLogRecordResponse> record(const Deps& deps, const CallContext& context, const shapes::GetLogRecordRequest& request) {
  const auto pointer = base64_decode(text(request.log_record_pointer));
  const size_t at = pointer ? pointer->find('\n') : std::string::npos;
  const auto sequence = at == std::string::npos ? std::nullopt : insights::Value{.text = pointer->substr(at + 1)}.number();
  if (!sequence || !pointer->starts_with(group_key(context, ""))) return fail("InvalidParameterException", "The specified log record pointer is invalid.");
  const std::string key = pointer->substr(0, at);
  const auto number = static_cast<int64_t>(*sequence);
  const auto events = TRY(deps.logs.read({.group_key = key, .after_sequence = number - 1, .before_sequence = number + 1, .limit = 1}));
  if (events.empty()) return fail("ResourceNotFoundException", "The specified log record does not exist.");
  shapes::GetLogRecordResponse answer;
  answer.log_record.emplace();
  for (const auto& [name, value] : insights::row_of(events[0], context.account + ":" + key.substr(group_key(context, "").size()), *request.log_record_pointer)) {
    if (name != "@ptr") (*answer.log_record)[name] = value.text;
  }
  return answer;
}

}  // namespace

void register_queries(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::StartQueryRequest, shapes::StartQueryResponse>("logs", "StartQuery", {"*"}, bind(start));
  registry.add<shapes::StopQueryRequest, shapes::StopQueryResponse>("logs", "StopQuery", {"*"}, bind(stop));
  registry.add<shapes::GetQueryResultsRequest, shapes::GetQueryResultsResponse>("logs", "GetQueryResults", {"*"}, bind(results));
  registry.add<shapes::DescribeQueriesRequest, shapes::DescribeQueriesResponse>("logs", "DescribeQueries", {"*"}, bind(describe));
  registry.add<shapes::GetLogGroupFieldsRequest, shapes::GetLogGroupFieldsResponse>("logs", "GetLogGroupFields", {"*"}, bind(fields));
  registry.add<shapes::GetLogRecordRequest, shapes::GetLogRecordResponse>("logs", "GetLogRecord", {"*"}, bind(record));
}

}  // namespace landfall::services::logs
