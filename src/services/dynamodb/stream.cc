#include <algorithm>
#include <charconv>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "aws/shapes/dynamodbstreams.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "services/dynamodb/journal.h"

/// DynamoDB Streams: what the journal kept of a table, in one shard.
namespace landfall::services::dynamodb {
namespace {

namespace wire = landfall::aws::dynamodbstreams;
namespace json = boost::json;
using model::DynamoChange;
using model::DynamoStream;

constexpr int32_t kMostListed = 100, kMostRecords = 1000;
constexpr size_t kMostBytes = 1 << 20;              // of one answer; API reference, GetRecords
constexpr std::chrono::hours kRecordLife{24};
constexpr std::chrono::minutes kIteratorLife{15};   // API reference, GetShardIterator

std::unexpected<Error> invalid(std::string what) { return fail("ValidationException", std::move(what)); }

Result<DynamoStream> stream_at(const store::Store& store, const CallContext& context, const std::string& arn) {
  auto stream = store::find<DynamoStream>(store, arn);
  if (!stream || stream->account != context.account || stream->region != context.region) return fail("ResourceNotFoundException", fmt::format("Requested resource not found: Stream: {} not found", arn));
  return std::move(*stream);
}

std::string shard_of(const DynamoStream& stream) { return fmt::format("shardId-{:020}-{}", stream.created_at.ms, stream.table_id.substr(0, 8)); }

/// Where the next record is: after this many changes.
struct Position {
  int64_t after = 0;
  WallTime made_at;
};

std::string iterator_of(const DynamoStream& stream, const Position& position) { return fmt::format("{}|1|{}", stream.arn(), base64_encode(fmt::format("{}:{}", position.after, position.made_at.ms))); }

/// The stream's ARN and the place in it.
Result<std::pair<std::string, Position>> read_iterator(const std::string& text) {
  const auto bad = [&] { return invalid(fmt::format("Invalid ShardIterator: {}", text)); };
  const size_t mark = text.find("|1|");
  if (mark == std::string::npos) return bad();
  const auto plain = base64_decode(text.substr(mark + 3));
  if (!plain) return bad();
  Position position;
  const char* const end = plain->data() + plain->size();
  const auto first = std::from_chars(plain->data(), end, position.after);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ':') return bad();
  const auto second = std::from_chars(first.ptr + 1, end, position.made_at.ms);
  if (second.ec != std::errc() || second.ptr != end) return bad();
  return std::pair(text.substr(0, mark), position);
}

Result<int64_t> read_sequence(const std::string& digits) {
  int64_t number = 0;
  const bool is_ours = digits.size() == 21 && digits[0] == '1';
  const auto read = std::from_chars(digits.data() + (is_ours ? 1 : 0), digits.data() + digits.size(), number);
  if (!is_ours || read.ec != std::errc() || read.ptr != digits.data() + digits.size()) return invalid(fmt::format("Invalid SequenceNumber: {}", digits));
  return number;
}

/// How far the stream goes by now.
int64_t last_of(const store::Store& store, const DynamoStream& stream) {
  if (stream.ended_at) return stream.last;
  const auto journal = store::find<model::DynamoJournal>(store, stream.table_id);
  return journal ? journal->last : 0;
}

/// After this many changes come the oldest records that can still be read.
int64_t horizon_of(const Deps& deps, const DynamoStream& stream) {
  const WallTime oldest = deps.clock.wall() - kRecordLife;
  for (const DynamoChange& change : store::all<DynamoChange>(deps.store, DynamoChange::prefix(stream.table_id))) {
    if (change.stream_label == stream.label && change.at >= oldest) return change.sequence - 1;
  }
  return last_of(deps.store, stream);
}

json::value read(const std::string& item) { return json::parse(item).as_object().at("M"); }

/// Source  API reference, StreamRecord
wire::Record render(const DynamoStream& stream, const DynamoChange& change) {
  const Item before = change.before.empty() ? Item{} : item_of(change.before), after = change.after.empty() ? Item{} : item_of(change.after);
  const json::value whole = read(change.after.empty() ? change.before : change.after);
  json::object keys;
  size_t bytes = 0;
  for (const std::string& name : {stream.hash_key, stream.range_key}) {
    if (name.empty()) continue;
    keys[name] = whole.as_object().at(name);
    bytes += stored_size({{name, (after.empty() ? before : after).at(name)}});
  }
  json::object body{{"Keys", std::move(keys)}};
  if (!after.empty() && stream.view.starts_with("NEW")) {
    body["NewImage"] = read(change.after);
    bytes += stored_size(after);
  }
  if (!before.empty() && (stream.view == "OLD_IMAGE" || stream.view == "NEW_AND_OLD_IMAGES")) {
    body["OldImage"] = read(change.before);
    bytes += stored_size(before);
  }
  wire::StreamRecord record;
  const auto decoded = aws::decode_json(wire::StreamRecord::shape(), json::serialize(body), aws::Unknown::refused, &record);
  ENSURE(decoded.has_value(), "the journal holds items");
  record.approximate_creation_date_time = WallTime{change.at.ms / 1000 * 1000};
  record.sequence_number = DynamoChange::digits(change.sequence);
  record.size_bytes = static_cast<int64_t>(bytes);
  record.stream_view_type = stream.view;
  wire::Record out{.aws_region = stream.region, .dynamodb = std::move(record), .event_id = to_hex(sha256(change.key())).substr(0, 32), .event_name = before.empty() ? "INSERT" : after.empty() ? "REMOVE" : "MODIFY",
                   .event_source = "aws:dynamodb", .event_version = "1.1"};
  if (change.is_expiry) out.user_identity = wire::Identity{.principal_id = "dynamodb.amazonaws.com", .type = "Service"};
  return out;
}

Result<wire::ListStreamsOutput> list(const Deps& deps, const CallContext& context, const wire::ListStreamsInput& request) {
  wire::ListStreamsOutput answer{.streams = std::vector<wire::Stream>{}};
  const std::string after = text(request.exclusive_start_stream_arn);
  for (const DynamoStream& stream : store::all<DynamoStream>(deps.store, fmt::format("arn:aws:dynamodb:{}:{}:", context.region, context.account))) {
    if ((request.table_name && *request.table_name != stream.table_name) || stream.arn() <= after) continue;
    if (static_cast<int32_t>(answer.streams->size()) == std::min(request.limit.value_or(kMostListed), kMostListed)) {
      answer.last_evaluated_stream_arn = answer.streams->back().stream_arn;
      break;
    }
    answer.streams->push_back({.stream_arn = stream.arn(), .stream_label = stream.label, .table_name = stream.table_name});
  }
  return answer;
}

Result<wire::DescribeStreamOutput> describe(const Deps& deps, const CallContext& context, const wire::DescribeStreamInput& request) {
  const DynamoStream stream = TRY(stream_at(deps.store, context, text(request.stream_arn)));
  wire::Shard shard{.sequence_number_range = wire::SequenceNumberRange{.starting_sequence_number = DynamoChange::digits(stream.first)}, .shard_id = shard_of(stream)};
  if (stream.ended_at) shard.sequence_number_range->ending_sequence_number = DynamoChange::digits(stream.last);
  wire::StreamDescription description{.creation_request_date_time = stream.created_at, .shards = std::vector<wire::Shard>{}, .stream_arn = stream.arn(), .stream_label = stream.label,
                                      .stream_status = stream.ended_at ? "DISABLED" : "ENABLED", .stream_view_type = stream.view, .table_name = stream.table_name};
  description.key_schema.emplace().push_back({.attribute_name = stream.hash_key, .key_type = "HASH"});
  if (!stream.range_key.empty()) description.key_schema->push_back({.attribute_name = stream.range_key, .key_type = "RANGE"});
  const bool is_child_wanted = request.shard_filter && text(request.shard_filter->type) == "CHILD_SHARDS";  // a shard here has none
  if (!is_child_wanted && text(request.exclusive_start_shard_id) < *shard.shard_id) description.shards->push_back(std::move(shard));
  return wire::DescribeStreamOutput{.stream_description = std::move(description)};
}

Result<wire::GetShardIteratorOutput> iterator(const Deps& deps, const CallContext& context, const wire::GetShardIteratorInput& request) {
  const DynamoStream stream = TRY(stream_at(deps.store, context, text(request.stream_arn)));
  if (text(request.shard_id) != shard_of(stream)) return fail("ResourceNotFoundException", fmt::format("Requested resource not found: Shard: {} in stream: {} not found", text(request.shard_id), stream.arn()));
  const std::string kind = text(request.shard_iterator_type);
  const bool is_by_number = kind == "AT_SEQUENCE_NUMBER" || kind == "AFTER_SEQUENCE_NUMBER";
  if (is_by_number != request.sequence_number.has_value()) return invalid(fmt::format("A SequenceNumber goes with AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER alone; the ShardIteratorType is {}", kind));
  Position position{.made_at = deps.clock.wall()};
  const int64_t horizon = horizon_of(deps, stream);
  if (kind == "TRIM_HORIZON") {
    position.after = horizon;
  } else if (kind == "LATEST") {
    position.after = last_of(deps.store, stream);
  } else {
    position.after = TRY(read_sequence(*request.sequence_number)) - (kind == "AT_SEQUENCE_NUMBER" ? 1 : 0);
    if (position.after < stream.first - 1 || position.after > last_of(deps.store, stream)) return invalid(fmt::format("Invalid SequenceNumber: {} is not in the shard", *request.sequence_number));
    if (position.after < horizon && horizon > stream.first) return fail("TrimmedDataAccessException", fmt::format("The records at SequenceNumber {} are older than a day and gone", *request.sequence_number));
  }
  return wire::GetShardIteratorOutput{.shard_iterator = iterator_of(stream, position)};
}

Result<wire::GetRecordsOutput> records(const Deps& deps, const CallContext& context, const wire::GetRecordsInput& request) {
  const auto [arn, from] = TRY(read_iterator(text(request.shard_iterator)));
  const DynamoStream stream = TRY(stream_at(deps.store, context, arn));
  const WallTime now = deps.clock.wall();
  if (from.made_at < now - kIteratorLife) return fail("ExpiredIteratorException", fmt::format("Iterator expired. It was made at {}, more than 15 minutes ago.", iso8601(from.made_at)));
  if (request.limit.value_or(1) > kMostRecords) return invalid(fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member must have value less than or equal to {}", *request.limit, kMostRecords));
  wire::GetRecordsOutput answer{.records = std::vector<wire::Record>{}};
  Position next{.after = from.after, .made_at = now};
  size_t bytes = 0;
  bool is_all = true;
  for (const DynamoChange& change : store::all<DynamoChange>(deps.store, DynamoChange::prefix(stream.table_id))) {
    if (change.sequence <= from.after || change.stream_label != stream.label || change.at < now - kRecordLife) continue;
    if (static_cast<int32_t>(answer.records->size()) == request.limit.value_or(kMostRecords) || bytes > kMostBytes) {
      is_all = false;
      break;
    }
    answer.records->push_back(render(stream, change));
    bytes += change.before.size() + change.after.size();
    next.after = change.sequence;
  }
  if (!stream.ended_at || !is_all) answer.next_shard_iterator = iterator_of(stream, next);
  return answer;
}

}  // namespace

void register_stream(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const char* service = "dynamodbstreams";
  registry.add<wire::ListStreamsInput, wire::ListStreamsOutput>(service, "ListStreams", {"*"}, bind(list));
  registry.add<wire::DescribeStreamInput, wire::DescribeStreamOutput>(service, "DescribeStream", {"*"}, bind(describe));
  registry.add<wire::GetShardIteratorInput, wire::GetShardIteratorOutput>(service, "GetShardIterator", {"*"}, bind(iterator));
  registry.add<wire::GetRecordsInput, wire::GetRecordsOutput>(service, "GetRecords", {"*"}, bind(records));
}

}  // namespace landfall::services::dynamodb
