#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "services/s3/archive.h"
#include "services/s3/checksum.h"
#include "services/s3/customer_key.h"
#include "services/s3/expiry.h"
#include "services/s3/object_lock.h"
#include "services/s3/range.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr int64_t kMaxInline = 1 << 20;  // larger objects are sent from their file
constexpr int kMaxTries = 3;             // an overwrite may take the file away between record and read

/// RFC 9110, 13.2.2, for the state that the record shows.
template <class Request>
Result<void> check_conditions(const CallContext& context, const Request& request, const Object& object, WallTime now) {
  const auto names = [&](const std::string& tags) {
    for (const std::string& tag : split(tags, ',')) {
      if (trim(tag) == "*" || replace_all(trim(tag), "\"", "") == object.etag) return true;
    }
    return false;
  };
  const int64_t second = object.modified_at.ms / 1000;
  const bool unmatched = request.if_match ? !names(*request.if_match) : request.if_unmodified_since && second > request.if_unmodified_since->ms / 1000;
  if (unmatched) return fail(failed_condition(context, request.if_match ? "If-Match" : "If-Unmodified-Since"));
  const bool is_past = request.if_modified_since && request.if_modified_since->ms <= now.ms;  // a time to come counts for nothing
  const bool unchanged = request.if_none_match ? names(*request.if_none_match) : is_past && second <= request.if_modified_since->ms / 1000;
  if (unchanged) return fail("NotModified", "Not Modified");
  return {};
}

/// An object and what the answer tells because of its bucket.
struct Found {
  Object object;
  std::optional<std::string> version, expiration;
};

template <class Request>
Result<Found> find_object(const Deps& deps, const CallContext& context, const Request& request) {
  return transact<Found>(deps.store, [&](Transaction& tx) -> Result<Found> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object) return fail(missing_key(tx, context, bucket.name, text(request.key)));
    TRY(check_conditions(context, request, *object, deps.clock.wall()));
    return Found{.object = *object, .version = told_version(bucket, *object), .expiration = request.version_id ? std::nullopt : told_expiration(bucket, *object)};
  });
}

/// The bytes of one part of an object that was uploaded in parts; all of another one.
Result<std::optional<ByteRange>> part_of(const CallContext& context, const Object& object, int number) {
  if (object.part_sizes.empty() && number == 1) return object.size == 0 ? std::nullopt : std::optional(ByteRange{.first = 0, .last = object.size - 1});
  if (number < 1 || number > static_cast<int>(object.part_sizes.size())) {
    tell_about(context, {{"PartNumberRequested", std::to_string(number)}, {"ActualPartCount", std::to_string(std::max<size_t>(1, object.part_sizes.size()))}});
    return fail("InvalidPartNumber", "The requested partnumber is not satisfiable");
  }
  int64_t first = 0;
  for (int i = 0; i + 1 < number; ++i) first += object.part_sizes[static_cast<size_t>(i)];
  return std::optional(ByteRange{.first = first, .last = first + object.part_sizes[static_cast<size_t>(number - 1)] - 1});
}

template <class Request>
Result<std::optional<ByteRange>> wanted_range(const CallContext& context, const Request& request, const Object& object) {
  if (!request.part_number) {
    auto range = range_of(request.range, object.size);
    if (!range) tell_about(context, {{"RangeRequested", text(request.range)}, {"ActualObjectSize", std::to_string(object.size)}});
    return range;
  }
  if (request.range) return fail("InvalidRequest", "Cannot specify both Range header and partNumber query parameter");
  return part_of(context, object, *request.part_number);
}

/// What the answers to GET and HEAD tell alike.
template <class Answer, class Request>
Answer describe(const Found& found, const Request& request, const std::optional<ByteRange>& range, WallTime now) {
  const Object& object = found.object;
  Answer answer;
  answer.expiration = found.expiration;
  answer.restore = told_restore(object, now);
  answer.accept_ranges = "bytes";
  answer.cache_control = request.response_cache_control ? request.response_cache_control : unless_empty(object.cache_control);
  answer.content_disposition = request.response_content_disposition ? request.response_content_disposition : unless_empty(object.content_disposition);
  answer.content_encoding = request.response_content_encoding ? request.response_content_encoding : unless_empty(object.content_encoding);
  answer.content_language = request.response_content_language ? request.response_content_language : unless_empty(object.content_language);
  answer.version_id = found.version;
  if (!object.tags.empty()) answer.tag_count = static_cast<int32_t>(object.tags.size());
  answer.content_length = range ? range->length() : object.size;
  answer.content_type = request.response_content_type.value_or(object.content_type);
  answer.e_tag = in_quotes(object.etag);
  answer.last_modified = object.modified_at;
  answer.metadata = object.metadata;
  tell_encryption(object, answer);
  answer.storage_class = told_class(object);
  answer.website_redirect_location = unless_empty(object.website_redirect);
  if (request.response_expires) answer.expires = request.response_expires;
  else if (object.expires_at) answer.expires = object.expires_at;
  if (request.part_number && !object.part_sizes.empty()) answer.parts_count = static_cast<int32_t>(object.part_sizes.size());
  const bool is_whole = !range || range->length() == object.size;
  if (request.checksum_mode && !object.checksum_type.empty() && is_whole) {
    tell(object.checksums, answer);
    answer.checksum_type = object.checksum_type;
  }
  if (range) answer.content_range = fmt::format("bytes {}-{}/{}", range->first, range->last, object.size);
  return answer;
}

/// The bytes asked for: small ones in the answer, others from the file by the server.
Result<void> add_bytes(const Deps& deps, const CallContext& context, const Object& object, const std::optional<ByteRange>& range, shapes::GetObjectOutput& answer) {
  const int64_t first = range ? range->first : 0, length = range ? range->length() : object.size;
  context.raw_answer = http::Response{.status = range ? 206 : 200};
  const std::filesystem::path file = file_of(deps, object);
  if (object.size <= kMaxInline) {
    answer.body = TRY(read_file(file)).substr(static_cast<size_t>(first), static_cast<size_t>(length));
    return {};
  }
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || static_cast<int64_t>(size) != object.size) return fail("InternalError", fmt::format("the bytes of {} are not there", object.key()), Blame::host);
  context.raw_answer->body_file = file;
  context.raw_answer->file_offset = static_cast<uint64_t>(first);
  context.raw_answer->file_length = static_cast<uint64_t>(length);
  return {};
}

Result<shapes::GetObjectOutput> get(const Deps& deps, const CallContext& context, const shapes::GetObjectRequest& request) {
  Result<void> read;
  for (int i = 0; i < kMaxTries; ++i) {
    const Found found = TRY(find_object(deps, context, request));
    const Object& object = found.object;
    TRY(check_key(context, customer_key_of(request), object));
    TRY(check_readable(context, object, deps.clock.wall()));
    const std::optional<ByteRange> range = TRY(wanted_range(context, request, object));
    auto answer = describe<shapes::GetObjectOutput>(found, request, range, deps.clock.wall());
    tell_lock(guard_of(deps.store, object), answer);
    read = add_bytes(deps, context, object, range, answer);
    if (read) return answer;
  }
  return fail(Error{.code = "InternalError", .what = read.error().what, .blame = Blame::host});
}

Result<shapes::HeadObjectOutput> head(const Deps& deps, const CallContext& context, const shapes::HeadObjectRequest& request) {
  const Found found = TRY(find_object(deps, context, request));
  const Object& object = found.object;
  TRY(check_key(context, customer_key_of(request), object));
  const std::optional<ByteRange> range = TRY(wanted_range(context, request, object));
  if (range) context.raw_answer = http::Response{.status = 206};
  auto answer = describe<shapes::HeadObjectOutput>(found, request, range, deps.clock.wall());
  tell_lock(guard_of(deps.store, object), answer);
  return answer;
}

}  // namespace

void register_get_object(aws::Registry& registry, const Deps& deps) {
  const std::vector<std::string> members{"Bucket", "Key", "ChecksumMode", "ExpectedBucketOwner", "IfMatch", "IfModifiedSince", "IfNoneMatch", "IfUnmodifiedSince", "Range",
                                         "ResponseCacheControl", "ResponseContentDisposition", "ResponseContentEncoding", "ResponseContentLanguage", "ResponseContentType", "ResponseExpires", "PartNumber", "VersionId", "RequestPayer", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"};
  registry.add<shapes::GetObjectRequest, shapes::GetObjectOutput>("s3", "GetObject", members, [&deps](const CallContext& c, const auto& r) { return get(deps, c, r); });
  registry.add<shapes::HeadObjectRequest, shapes::HeadObjectOutput>("s3", "HeadObject", members, [&deps](const CallContext& c, const auto& r) { return head(deps, c, r); });
}

}  // namespace landfall::services::s3
