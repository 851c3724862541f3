#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/support.h"

namespace landfall::services::logs {
namespace {

using store::LogEvent;

constexpr size_t kMaxBytes = 1'048'576, kEventOverhead = 26;  // CloudWatch Logs quotas

Result<shapes::PutLogEventsResponse> put(const Deps& deps, const CallContext& context, const shapes::PutLogEventsRequest& request) {
  const auto stream = TRY(stream_named(deps.store, context, request.log_group_name, request.log_stream_name));
  std::vector<LogEvent> events;
  size_t bytes = 0;
  for (const auto& event : request.log_events.value_or(std::vector<shapes::InputLogEvent>{})) {
    events.push_back({.timestamp = {event.timestamp.value_or(0)}, .ingested = deps.clock.wall(), .message = text(event.message)});
    bytes += events.back().message.size() + kEventOverhead;
    const bool ordered = events.size() < 2 || events[events.size() - 2].timestamp <= events.back().timestamp;
    if (!ordered) return fail("InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.");
  }
  if (bytes > kMaxBytes) return fail("InvalidParameterException", fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kMaxBytes));
  TRY(deps.logs.append(stream.group_key, stream.name, events));
  return shapes::PutLogEventsResponse{.next_sequence_token = "0"};
}

/// "f/N" and "b/N": forward from after sequence N, backward from before it.
Result<int64_t> position(const std::string& token) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(token.data() + 2, token.data() + token.size(), value);
  if (token.size() < 3 || (token[0] != 'f' && token[0] != 'b') || token[1] != '/' || error != std::errc() || end != token.data() + token.size()) return fail("InvalidParameterException", "The specified nextToken is invalid.");
  return value;
}

Result<shapes::GetLogEventsResponse> get(const Deps& deps, const CallContext& context, const shapes::GetLogEventsRequest& request) {
  const auto stream = TRY(stream_named(deps.store, context, request.log_group_name, request.log_stream_name));
  store::LogQuery query{.group_key = stream.group_key, .stream = stream.name, .from = {request.start_time.value_or(0)}, .until = {request.end_time.value_or(0)}, .newest_first = !request.start_from_head.value_or(false),
                        .limit = request.limit.value_or(10'000)};
  int64_t at = 0;
  if (request.next_token) {
    at = TRY(position(*request.next_token));
    query.newest_first = (*request.next_token)[0] == 'b';
    (query.newest_first ? query.before_sequence : query.after_sequence) = at;
  }
  auto events = TRY(deps.logs.read(query));
  if (query.newest_first) std::ranges::reverse(events);
  shapes::GetLogEventsResponse result{.events = std::vector<shapes::OutputLogEvent>{}};
  for (const auto& event : events) result.events->push_back({.ingestion_time = event.ingested.ms, .message = event.message, .timestamp = event.timestamp.ms});
  result.next_backward_token = fmt::format("b/{}", events.empty() ? at : events.front().sequence);
  result.next_forward_token = fmt::format("f/{}", events.empty() ? at : events.back().sequence);
  return result;
}

Result<shapes::FilterLogEventsResponse> filter(const Deps& deps, const CallContext& context, const shapes::FilterLogEventsRequest& request) {
  if (request.log_stream_names && request.log_stream_name_prefix) return fail("InvalidParameterException", "Only one of logStreamNames and logStreamNamePrefix may be specified.");
  const auto group = TRY(group_named(deps.store, context, request.log_group_name));
  const FilterPattern pattern = TRY(FilterPattern::parse(text(request.filter_pattern)));
  store::LogQuery query{.group_key = group.key(), .stream_prefix = text(request.log_stream_name_prefix), .from = {request.start_time.value_or(0)}, .until = {request.end_time.value_or(0)}, .limit = 1'000'000};
  if (request.next_token) query.after_sequence = TRY(position(*request.next_token));
  const size_t limit = static_cast<size_t>(request.limit.value_or(10'000));
  shapes::FilterLogEventsResponse result{.events = std::vector<shapes::FilteredLogEvent>{}, .searched_log_streams = std::vector<shapes::SearchedLogStream>{}};
  for (const auto& event : TRY(deps.logs.read(query))) {
    const bool of_stream = !request.log_stream_names || std::ranges::count(*request.log_stream_names, event.stream) > 0;
    if (!of_stream || !pattern.matches(event.message)) continue;
    if (result.events->size() == limit) {
      result.next_token = fmt::format("f/{}", event.sequence - 1);
      break;
    }
    result.events->push_back({.event_id = fmt::format("{:056}", event.sequence), .ingestion_time = event.ingested.ms, .log_stream_name = event.stream, .message = event.message, .timestamp = event.timestamp.ms});
  }
  return result;
}

}  // namespace

void register_events(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutLogEventsRequest, shapes::PutLogEventsResponse>("logs", "PutLogEvents", {"logGroupName", "logStreamName", "logEvents.*", "sequenceToken"}, bind(put));
  registry.add<shapes::GetLogEventsRequest, shapes::GetLogEventsResponse>("logs", "GetLogEvents", {"logGroupName", "logStreamName", "startTime", "endTime", "nextToken", "limit", "startFromHead"}, bind(get));
  registry.add<shapes::FilterLogEventsRequest, shapes::FilterLogEventsResponse>("logs", "FilterLogEvents", {"logGroupName", "logStreamNames.*", "logStreamNamePrefix", "startTime", "endTime", "filterPattern", "nextToken", "limit", "interleaved"}, bind(filter));
}

}  // namespace landfall::services::logs
