#include <algorithm>

#include "services/s3/checksum.h"
#include "services/s3/customer_key.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr int kMaxParts = 1000;  // S3 API, GetObjectAttributes

shapes::GetObjectAttributesParts parts_of(const Object& object, const shapes::GetObjectAttributesRequest& request) {
  const int count = static_cast<int>(object.part_sizes.size()), limit = std::clamp(request.max_parts.value_or(kMaxParts), 0, kMaxParts), after = request.part_number_marker.value_or(0);
  if (object.part_checksums.empty()) return {.total_parts_count = count};  // AWS tells parts by their checksums
  shapes::GetObjectAttributesParts parts{.is_truncated = false, .max_parts = limit, .next_part_number_marker = 0, .part_number_marker = after, .total_parts_count = count};
  for (int number = after + 1; number <= std::min(count, after + limit); ++number) {
    if (!parts.parts) parts.parts.emplace();
    auto& part = parts.parts->emplace_back(shapes::ObjectPart{.part_number = number, .size = object.part_sizes[static_cast<size_t>(number - 1)]});
    tell(object.part_checksums[static_cast<size_t>(number - 1)], part);
    parts.next_part_number_marker = number;
  }
  parts.is_truncated = after + limit < count;
  return parts;
}

Result<shapes::GetObjectAttributesOutput> attributes(const Deps& deps, const CallContext& context, const shapes::GetObjectAttributesRequest& request) {
  std::optional<std::string> version;
  const Object object = TRY(transact<Object>(deps.store, [&](Transaction& tx) -> Result<Object> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto found = TRY(version_named(tx, context, text(request.bucket), text(request.key), request.version_id));
    if (!found) return fail(missing_key(tx, context, bucket.name, text(request.key)));
    TRY(check_key(context, customer_key_of(request), *found));
    version = told_version(bucket, *found);
    return std::move(*found);
  }));
  shapes::GetObjectAttributesOutput answer{.last_modified = object.modified_at, .version_id = version};
  for (const std::string& name : request.object_attributes.value_or(std::vector<std::string>{})) {
    if (name == "ETag") answer.e_tag = object.etag;
    else if (name == "StorageClass") answer.storage_class = class_of(object);
    else if (name == "ObjectSize") answer.object_size = object.size;
    else if (name == "ObjectParts" && !object.part_sizes.empty()) answer.object_parts = parts_of(object, request);
    else if (name == "Checksum" && !object.checksums.empty()) {
      answer.checksum.emplace().checksum_type = object.checksum_type;
      Claims whole = object.checksums;
      for (auto& [algorithm, value] : whole) value = value.substr(0, value.rfind('-'));  // how many parts is told elsewhere
      tell(whole, *answer.checksum);
    }
  }
  return answer;
}

}  // namespace

void register_object_attributes(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::GetObjectAttributesRequest, shapes::GetObjectAttributesOutput>(
      "s3", "GetObjectAttributes", {"Bucket", "Key", "VersionId", "MaxParts", "PartNumberMarker", "ObjectAttributes.*", "ObjectAttributes", "ExpectedBucketOwner", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"}, [&deps](const CallContext& c, const auto& r) { return attributes(deps, c, r); });
}

}  // namespace landfall::services::s3
