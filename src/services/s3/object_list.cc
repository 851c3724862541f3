#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/s3/archive.h"
#include "services/s3/listing.h"
#include "services/s3/support.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr int kMaxKeys = 1000;  // S3 API, ListObjectsV2

struct Question {
  std::string prefix, delimiter, after;
  size_t limit = kMaxKeys;
};

/// Keys and rolled-up prefixes after `after`, in byte order; `last` is where the next page goes on.
struct Listing {
  std::vector<Object> objects;
  std::vector<std::string> prefixes;
  bool is_truncated = false;
  std::string last;
};

Listing list(const std::vector<Object>& all, const Question& question) {
  Listing listing;
  for (const Object& object : all) {
    const std::string& key = object.object_key;
    if (key <= question.after) continue;
    const std::string rolled = rolled_up(key, question.prefix, question.delimiter);
    if (!rolled.empty() && (question.after.starts_with(rolled) || (!listing.prefixes.empty() && listing.prefixes.back() == rolled))) continue;
    if (listing.objects.size() + listing.prefixes.size() == question.limit) {
      listing.is_truncated = question.limit > 0;
      break;
    }
    listing.last = rolled.empty() ? key : rolled;
    if (rolled.empty()) listing.objects.push_back(object);
    else listing.prefixes.push_back(rolled);
  }
  return listing;
}

template <class Request>
Result<Question> read(const CallContext& context, const Request& request, const std::string& after) {
  if (request.max_keys && *request.max_keys < 0) return fail(bad_argument(context, "maxKeys", std::to_string(*request.max_keys), "Argument maxKeys must be an integer between 0 and 2147483647"));
  return Question{.prefix = text(request.prefix), .delimiter = text(request.delimiter), .after = after, .limit = static_cast<size_t>(std::min(request.max_keys.value_or(kMaxKeys), kMaxKeys))};
}

/// What both versions of the answer tell alike. Keys are escaped if the caller asked for it.
template <class Answer, class Request>
Answer describe(const Listing& listing, const Request& request, bool with_owner, const std::string& account, WallTime now) {
  const auto extras = request.optional_object_attributes.value_or(std::vector<std::string>{});
  const bool tells_restore = std::ranges::count(extras, "RestoreStatus") > 0;
  const bool escapes = request.encoding_type.has_value();
  const auto shown = [&](const std::string& key) { return escapes ? percent_encode(key, true) : key; };
  Answer answer;
  answer.name = request.bucket;
  answer.prefix = shown(text(request.prefix));
  if (!text(request.delimiter).empty()) answer.delimiter = shown(*request.delimiter);
  answer.encoding_type = request.encoding_type;
  answer.max_keys = std::min(request.max_keys.value_or(kMaxKeys), kMaxKeys);
  answer.is_truncated = listing.is_truncated;
  for (const Object& object : listing.objects) {
    if (!answer.contents) answer.contents.emplace();
    shapes::Object out{.e_tag = in_quotes(object.etag), .key = shown(object.object_key), .last_modified = object.modified_at, .size = object.size, .storage_class = class_of(object)};
    tell_checksums(object, out);
    if (tells_restore) tell_restore(object, now, out);
    if (with_owner) out.owner = owner_of(account);
    answer.contents->push_back(std::move(out));
  }
  for (const std::string& prefix : listing.prefixes) {
    if (!answer.common_prefixes) answer.common_prefixes.emplace();
    answer.common_prefixes->push_back({.prefix = shown(prefix)});
  }
  return answer;
}

template <class Request>
Result<Listing> listing_of(const Deps& deps, const CallContext& context, const Request& request, const std::string& after) {
  const Question question = TRY(read(context, request, after));
  return transact<Listing>(deps.store, [&](Transaction& tx) -> Result<Listing> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    tell_region(context, bucket);
    return list(store::all<Object>(tx, bucket.name + "/" + question.prefix), question);
  });
}

Result<shapes::ListObjectsV2Output> list_v2(const Deps& deps, const CallContext& context, const shapes::ListObjectsV2Request& request) {
  std::string after = text(request.start_after);
  if (request.continuation_token) {
    const auto token = base64_decode(*request.continuation_token);
    if (!token || token->empty()) return fail(bad_argument(context, "continuation-token", std::nullopt, "The continuation token provided is incorrect"));
    after = *token;
  }
  const Listing listing = TRY(listing_of(deps, context, request, after));
  auto answer = describe<shapes::ListObjectsV2Output>(listing, request, request.fetch_owner.value_or(false), context.account, deps.clock.wall());
  answer.key_count = static_cast<int32_t>(listing.objects.size() + listing.prefixes.size());
  answer.continuation_token = request.continuation_token;
  if (request.start_after && !request.continuation_token) answer.start_after = request.encoding_type ? percent_encode(*request.start_after, true) : *request.start_after;
  if (listing.is_truncated) answer.next_continuation_token = base64_encode(listing.last);
  return answer;
}

Result<shapes::ListObjectsOutput> list_v1(const Deps& deps, const CallContext& context, const shapes::ListObjectsRequest& request) {
  const Listing listing = TRY(listing_of(deps, context, request, text(request.marker)));
  auto answer = describe<shapes::ListObjectsOutput>(listing, request, true, context.account, deps.clock.wall());
  const auto shown = [&](const std::string& key) { return request.encoding_type ? percent_encode(key, true) : key; };
  answer.marker = shown(text(request.marker));
  if (listing.is_truncated && answer.delimiter) answer.next_marker = shown(listing.last);
  return answer;
}

}  // namespace

void register_object_list(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::ListObjectsV2Request, shapes::ListObjectsV2Output>(
      "s3", "ListObjectsV2", {"Bucket", "ContinuationToken", "Delimiter", "EncodingType", "ExpectedBucketOwner", "FetchOwner", "MaxKeys", "Prefix", "StartAfter", "OptionalObjectAttributes", "OptionalObjectAttributes.*", "RequestPayer"},
      [&deps](const CallContext& c, const auto& r) { return list_v2(deps, c, r); });
  registry.add<shapes::ListObjectsRequest, shapes::ListObjectsOutput>("s3", "ListObjects", {"Bucket", "Delimiter", "EncodingType", "ExpectedBucketOwner", "Marker", "MaxKeys", "Prefix", "OptionalObjectAttributes", "OptionalObjectAttributes.*", "RequestPayer"},
                                                                      [&deps](const CallContext& c, const auto& r) { return list_v1(deps, c, r); });
}

}  // namespace landfall::services::s3
