#include <charconv>

#include <fmt/format.h>

#include "base/text.h"
#include "services/logs/filter_pattern.h"
#include "services/logs/support.h"

namespace landfall::services::logs {
namespace {

using store::LogEvent;
using store::LogPosition;

constexpr size_t kMaxBytes = 1'048'576, kEventOverhead = 26;  // CloudWatch Logs quotas; an answer has as much (API reference, GetLogEvents)
constexpr Duration kLongestBatch = std::chrono::hours(24), kOldest = std::chrono::hours(14 * 24), kNewest = std::chrono::hours(2);
constexpr int kPage = 10'000, kMostPages = 100;

size_t size_of(const std::string& message) { return message.size() + kEventOverhead; }

Result<std::vector<LogEvent>> read_events(const std::vector<shapes::InputLogEvent>& given, WallTime now) {
  std::vector<LogEvent> events;
  size_t bytes = 0;
  for (const auto& event : given) {
    events.push_back({.timestamp = {event.timestamp.value_or(0)}, .ingested = now, .message = text(event.message)});
    if (size_of(events.back().message) > kMaxBytes) return fail("InvalidParameterException", fmt::format("Log event too large: {} bytes exceeds limit of {}", size_of(events.back().message), kMaxBytes));
    bytes += size_of(events.back().message);
    const bool ordered = events.size() < 2 || events[events.size() - 2].timestamp <= events.back().timestamp;
    if (!ordered) return fail("InvalidParameterException", "Log events in a single PutLogEvents request must be in chronological order.");
  }
  if (bytes > kMaxBytes) return fail("InvalidParameterException", fmt::format("Upload too large: {} bytes exceeds limit of {}", bytes, kMaxBytes));
  if (events.back().timestamp - events.front().timestamp > kLongestBatch) return fail("InvalidParameterException", "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.");
  return events;
}

/// What is too old, older than the group keeps it, or too far in the future is left out, and told by its place.
shapes::RejectedLogEventsInfo reject(std::vector<LogEvent>& events, int retention_days, WallTime now) {
  const auto before = [&](WallTime time) { return static_cast<int32_t>(std::ranges::count_if(events, [&](const LogEvent& event) { return event.timestamp < time; })); };
  const int32_t too_old = before(now - kOldest), expired = retention_days > 0 ? before(now - std::chrono::hours(24) * retention_days) : 0;
  const int32_t in_time = before(now + kNewest + Duration(1));
  shapes::RejectedLogEventsInfo info;
  if (expired > 0) info.expired_log_event_end_index = expired;
  if (in_time < static_cast<int32_t>(events.size())) info.too_new_log_event_start_index = in_time;
  if (too_old > 0) info.too_old_log_event_end_index = too_old;
  events.resize(static_cast<size_t>(in_time));
  events.erase(events.begin(), events.begin() + std::max(too_old, expired));
  return info;
}

Result<shapes::PutLogEventsResponse> put(const Deps& deps, const CallContext& context, const shapes::PutLogEventsRequest& request) {
  const auto group = TRY(group_named(deps.store, context, request.log_group_name));
  const auto stream = TRY(stream_named(deps.store, context, request.log_group_name, request.log_stream_name));
  auto events = TRY(read_events(*request.log_events, deps.clock.wall()));
  const shapes::RejectedLogEventsInfo rejected = reject(events, group.retention_days, deps.clock.wall());
  if (!events.empty()) TRY(deps.logs.append(stream.group_key, stream.name, events));
  const auto newest = TRY(deps.logs.read({.group_key = stream.group_key, .stream = stream.name, .newest_first = true, .limit = 1}));
  shapes::PutLogEventsResponse answer{.next_sequence_token = sequence_token(newest.empty() ? 0 : newest[0].sequence)};
  if (rejected.expired_log_event_end_index || rejected.too_new_log_event_start_index || rejected.too_old_log_event_end_index) answer.rejected_log_events_info = rejected;
  return answer;
}

/// "f/N" and "b/N": forward from after a place, backward from before it; N has 20 digits of its time and 36 of its sequence.
std::string token_of(char direction, const LogPosition& at) { return fmt::format("{}/{:020}{:036}", direction, at.at.ms, at.sequence); }

Result<LogPosition> position(const std::string& token) {
  LogPosition position;
  const auto read = [&](size_t begin, size_t length, int64_t& into) {
    const char* end = token.data() + begin + length;
    return std::from_chars(token.data() + begin, end, into) == std::from_chars_result{end, std::errc()};
  };
  const bool is_token = token.size() == 58 && (token[0] == 'f' || token[0] == 'b') && token[1] == '/' && read(2, 20, position.at.ms) && read(22, 36, position.sequence);
  if (!is_token) return fail(bad_token());
  return position;
}

LogPosition place_of(const LogEvent& event) { return {.at = event.timestamp, .sequence = event.sequence}; }

/// Cuts off what an answer has no room for.
void fit(std::vector<LogEvent>& events) {
  size_t bytes = 0, count = 0;
  while (count < events.size() && (count == 0 || bytes + size_of(events[count].message) <= kMaxBytes)) bytes += size_of(events[count++].message);
  events.resize(count);
}

Result<shapes::GetLogEventsResponse> get(const Deps& deps, const CallContext& context, const shapes::GetLogEventsRequest& request) {
  const auto group = TRY(group_given(deps.store, context, request));
  const auto stream = TRY(stream_named(deps.store, context, group.name, request.log_stream_name));
  store::LogQuery query{.group_key = stream.group_key, .stream = stream.name, .from = {request.start_time.value_or(0)}, .until = {request.end_time.value_or(0)}, .by_time = true, .newest_first = !request.start_from_head.value_or(false),
                        .limit = request.limit.value_or(kPage)};
  LogPosition forward, backward;  // where there is nothing to tell: the token that was given comes again
  if (request.next_token) {
    forward = backward = TRY(position(*request.next_token));
    query.newest_first = (*request.next_token)[0] == 'b';
    (query.newest_first ? query.before : query.after) = forward;
    if (query.newest_first) --forward.sequence;
    else ++backward.sequence;
  }
  auto events = TRY(deps.logs.read(query));
  fit(events);
  if (query.newest_first) std::ranges::reverse(events);
  shapes::GetLogEventsResponse result{.events = std::vector<shapes::OutputLogEvent>{}};
  for (const auto& event : events) result.events->push_back({.ingestion_time = event.ingested.ms, .message = event.message, .timestamp = event.timestamp.ms});
  result.next_backward_token = token_of('b', events.empty() ? backward : place_of(events.front()));
  result.next_forward_token = token_of('f', events.empty() ? forward : place_of(events.back()));
  return result;
}

Result<shapes::FilterLogEventsResponse> filter(const Deps& deps, const CallContext& context, const shapes::FilterLogEventsRequest& request) {
  if (request.log_stream_names && request.log_stream_name_prefix) return fail("InvalidParameterException", "Only one of logStreamNames and logStreamNamePrefix may be specified.");
  const auto group = TRY(group_given(deps.store, context, request));
  for (const std::string& name : request.log_stream_names.value_or(std::vector<std::string>{})) TRY(stream_named(deps.store, context, group.name, name));
  const FilterPattern pattern = TRY(FilterPattern::parse(text(request.filter_pattern)));
  store::LogQuery query{.group_key = group.key(), .stream_prefix = text(request.log_stream_name_prefix), .from = {request.start_time.value_or(0)}, .by_time = true, .limit = kPage};
  if (request.end_time) query.until = {*request.end_time + 1};  // what happened at the end counts, unlike with GetLogEvents
  if (request.next_token) query.after = TRY(position(*request.next_token));
  const size_t limit = static_cast<size_t>(request.limit.value_or(kPage));
  shapes::FilterLogEventsResponse result{.events = std::vector<shapes::FilteredLogEvent>{}, .searched_log_streams = std::vector<shapes::SearchedLogStream>{}};
  size_t bytes = 0;
  for (int page = 0; page < kMostPages; ++page) {
    const auto events = TRY(deps.logs.read(query));
    for (const auto& event : events) {
      const bool of_stream = !request.log_stream_names || std::ranges::count(*request.log_stream_names, event.stream) > 0;
      if (of_stream && pattern.matches(event.message)) {
        bytes += size_of(event.message);
        if (result.events->size() == limit || (bytes > kMaxBytes && !result.events->empty())) {
          result.next_token = token_of('f', query.after.value_or(LogPosition{}));
          return result;
        }
        result.events->push_back({.event_id = sequence_token(event.sequence), .ingestion_time = event.ingested.ms, .log_stream_name = event.stream, .message = event.message, .timestamp = event.timestamp.ms});
      }
      query.after = place_of(event);
    }
    if (events.size() < static_cast<size_t>(kPage)) return result;
  }
  result.next_token = token_of('f', *query.after);  // so many were looked at; the next call goes on
  return result;
}

}  // namespace

void register_events(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::PutLogEventsRequest, shapes::PutLogEventsResponse>("logs", "PutLogEvents", {"logGroupName", "logStreamName", "logEvents.*", "sequenceToken"}, bind(put));
  registry.add<shapes::GetLogEventsRequest, shapes::GetLogEventsResponse>("logs", "GetLogEvents", {"logGroupName", "logGroupIdentifier", "logStreamName", "startTime", "endTime", "nextToken", "limit", "startFromHead", "unmask"}, bind(get));
  registry.add<shapes::FilterLogEventsRequest, shapes::FilterLogEventsResponse>("logs", "FilterLogEvents", {"logGroupName", "logGroupIdentifier", "unmask", "logStreamNames.*", "logStreamNamePrefix", "startTime", "endTime", "filterPattern", "nextToken", "limit", "interleaved"}, bind(filter));
}

}  // namespace landfall::services::logs
