#include <fmt/format.h>

#include "services/logs/support.h"

namespace landfall::services::logs {
namespace {

using model::LogStream;

Result<shapes::CreateLogStreamOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateLogStreamRequest& request) {
  const std::string name = text(request.log_stream_name);
  return transact<shapes::CreateLogStreamOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateLogStreamOutput> {
    const auto group = TRY(group_named(tx, context, request.log_group_name));
    const LogStream stream{.group_key = group.key(), .name = name, .arn = group.arn + ":log-stream:" + name, .created_at = deps.clock.wall()};
    if (store::find<LogStream>(tx, stream.key())) return fail("ResourceAlreadyExistsException", "The specified log stream already exists");
    store::put(tx, stream);
    return shapes::CreateLogStreamOutput{};
  });
}

Result<shapes::DeleteLogStreamOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteLogStreamRequest& request) {
  auto done = transact<shapes::DeleteLogStreamOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteLogStreamOutput> {
    const LogStream stream = TRY(stream_named(tx, context, request.log_group_name, request.log_stream_name));
    store::erase<LogStream>(tx, stream.key());
    return shapes::DeleteLogStreamOutput{};
  });
  if (done) TRY(deps.logs.erase(group_key(context, text(request.log_group_name)), text(request.log_stream_name)));
  return done;
}

/// First and last event of a stream, by one read of each end.
Result<void> add_times(const Deps& deps, const LogStream& stream, shapes::LogStream& out) {
  const auto first = TRY(deps.logs.read({.group_key = stream.group_key, .stream = stream.name, .by_time = true, .limit = 1}));
  const auto last = TRY(deps.logs.read({.group_key = stream.group_key, .stream = stream.name, .by_time = true, .newest_first = true, .limit = 1}));
  const auto newest = TRY(deps.logs.read({.group_key = stream.group_key, .stream = stream.name, .newest_first = true, .limit = 1}));
  if (first.empty() || last.empty() || newest.empty()) return {};
  out.first_event_timestamp = first[0].timestamp.ms;
  out.last_event_timestamp = last[0].timestamp.ms;
  out.last_ingestion_time = newest[0].ingested.ms;
  out.upload_sequence_token = sequence_token(newest[0].sequence);
  return {};
}

Result<shapes::DescribeLogStreamsResponse> describe(const Deps& deps, const CallContext& context, const shapes::DescribeLogStreamsRequest& request) {
  const auto group = TRY(group_given(deps.store, context, request));
  const bool by_time = text(request.order_by) == "LastEventTime";
  if (by_time && request.log_stream_name_prefix) return fail("InvalidParameterException", "Cannot order by LastEventTime with a logStreamNamePrefix.");
  std::vector<shapes::LogStream> streams;
  for (const auto& stream : store::all<LogStream>(deps.store, group.key() + "#")) {
    if (!stream.name.starts_with(text(request.log_stream_name_prefix))) continue;
    shapes::LogStream out{.arn = stream.arn, .creation_time = stream.created_at.ms, .log_stream_name = stream.name, .stored_bytes = 0};
    TRY(add_times(deps, stream, out));
    streams.push_back(std::move(out));
  }
  if (by_time) std::ranges::stable_sort(streams, {}, [](const auto& s) { return s.last_event_timestamp.value_or(0); });
  if (request.descending.value_or(false)) std::ranges::reverse(streams);
  auto answer = TRY(page_of(std::move(streams), request.limit.value_or(50), request.next_token, bad_token()));
  shapes::DescribeLogStreamsResponse result{.log_streams = answer.items};
  if (!answer.next.empty()) result.next_token = answer.next;
  return result;
}

}  // namespace

void register_streams(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateLogStreamRequest, shapes::CreateLogStreamOutput>("logs", "CreateLogStream", {"*"}, bind(create));
  registry.add<shapes::DeleteLogStreamRequest, shapes::DeleteLogStreamOutput>("logs", "DeleteLogStream", {"*"}, bind(remove));
  registry.add<shapes::DescribeLogStreamsRequest, shapes::DescribeLogStreamsResponse>("logs", "DescribeLogStreams", {"logGroupName", "logGroupIdentifier", "logStreamNamePrefix", "orderBy", "descending", "nextToken", "limit"}, bind(describe));
}

}  // namespace landfall::services::logs
