#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "services/s3/archive.h"
#include "services/s3/listing.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

constexpr int kMaxKeys = 1000;

struct Listed {
  model::ObjectVersion version;
  bool is_latest = false;
};

/// All versions under a prefix: by key, newest first.
std::vector<Listed> versions_under(const Transaction& tx, const std::string& bucket, const std::string& prefix) {
  std::vector<Listed> all;
  for (model::Object& object : store::all<model::Object>(tx, bucket + "/" + prefix)) all.push_back({.version = {.object = std::move(object), .sequence = INT64_MAX}});
  for (auto& version : store::all<model::ObjectVersion>(tx, bucket + "/" + prefix)) all.push_back({.version = std::move(version)});
  std::ranges::sort(all, [](const Listed& a, const Listed& b) {
    const auto& x = a.version;
    const auto& y = b.version;
    return x.object.object_key != y.object.object_key ? x.object.object_key < y.object.object_key : x.sequence > y.sequence;
  });
  for (size_t i = 0; i < all.size(); ++i) all[i].is_latest = i == 0 || all[i].version.object.object_key != all[i - 1].version.object.object_key;
  return all;
}

Result<shapes::ListObjectVersionsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListObjectVersionsRequest& request) {
  if (request.version_id_marker && !request.key_marker) {
    return fail(bad_argument(context, "version-id-marker", *request.version_id_marker, "A version-id marker cannot be specified without a key marker."));
  }
  return transact<shapes::ListObjectVersionsOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::ListObjectVersionsOutput> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    tell_region(context, bucket);
    const auto extras = request.optional_object_attributes.value_or(std::vector<std::string>{});
    const bool tells_restore = std::ranges::count(extras, "RestoreStatus") > 0;
    const int limit = std::min(request.max_keys.value_or(kMaxKeys), kMaxKeys);
    const std::string prefix = text(request.prefix), delimiter = text(request.delimiter), marker = text(request.key_marker);
    const auto shown = [&](const std::string& key) { return request.encoding_type ? percent_encode(key, true) : key; };
    shapes::ListObjectVersionsOutput answer;
    answer.name = bucket.name;
    answer.prefix = shown(prefix);
    answer.key_marker = shown(marker);
    answer.version_id_marker = text(request.version_id_marker);
    answer.max_keys = limit;
    answer.encoding_type = request.encoding_type;
    if (!delimiter.empty()) answer.delimiter = shown(delimiter);
    answer.is_truncated = false;
    int count = 0;
    std::string last_prefix;
    bool is_past_version = !request.version_id_marker;
    for (const Listed& one : versions_under(tx, bucket.name, prefix)) {
      const model::Object& object = one.version.object;
      const std::string id = on_the_wire(object.version_id);
      if (object.object_key < marker || (object.object_key == marker && !request.version_id_marker && request.key_marker)) continue;
      if (object.object_key == marker && !is_past_version) {
        is_past_version = id == *request.version_id_marker;
        continue;
      }
      const std::string rolled = rolled_up(object.object_key, prefix, delimiter);
      if (!rolled.empty() && (rolled == last_prefix || marker.starts_with(rolled))) continue;
      if (count == limit) {
        answer.is_truncated = limit > 0;
        break;
      }
      ++count;
      answer.next_key_marker = shown(rolled.empty() ? object.object_key : rolled);
      answer.next_version_id_marker = id;
      if (!rolled.empty()) {
        answer.next_version_id_marker.reset();
        last_prefix = rolled;
        if (!answer.common_prefixes) answer.common_prefixes.emplace();
        answer.common_prefixes->push_back({.prefix = shown(rolled)});
      } else if (one.version.is_marker) {
        if (!answer.delete_markers) answer.delete_markers.emplace();
        answer.delete_markers->push_back({.is_latest = one.is_latest, .key = shown(object.object_key), .last_modified = object.modified_at, .owner = owner_of(bucket.account), .version_id = id});
      } else {
        if (!answer.versions) answer.versions.emplace();
        shapes::ObjectVersion out{.e_tag = in_quotes(object.etag), .is_latest = one.is_latest, .key = shown(object.object_key), .last_modified = object.modified_at, .owner = owner_of(bucket.account), .size = object.size, .storage_class = class_of(object), .version_id = id};
        tell_checksums(object, out);
        if (tells_restore) tell_restore(object, deps.clock.wall(), out);
        answer.versions->push_back(std::move(out));
      }
    }
    if (!*answer.is_truncated) {
      answer.next_key_marker.reset();
      answer.next_version_id_marker.reset();
    }
    return answer;
  });
}

}  // namespace

void register_version_list(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::ListObjectVersionsRequest, shapes::ListObjectVersionsOutput>(
      "s3", "ListObjectVersions", {"Bucket", "Delimiter", "EncodingType", "ExpectedBucketOwner", "KeyMarker", "VersionIdMarker", "MaxKeys", "Prefix", "OptionalObjectAttributes", "OptionalObjectAttributes.*", "RequestPayer"}, [&deps](const CallContext& c, const auto& r) { return list(deps, c, r); });
}

}  // namespace landfall::services::s3
