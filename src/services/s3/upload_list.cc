#include <algorithm>
#include <vector>

#include "base/text.h"
#include "services/s3/listing.h"
#include "services/s3/support.h"

namespace landfall::services::s3 {
namespace {

using model::Upload;

constexpr int kMaxUploads = 1000;

/// By key, and of one key the oldest first; without those that the markers leave behind. Errors: "InvalidArgument".
Result<std::vector<Upload>> uploads_after(const Deps& deps, const CallContext& context, const shapes::ListMultipartUploadsRequest& request) {
  const std::string marker = text(request.key_marker), id_marker = marker.empty() ? "" : text(request.upload_id_marker);  // the second means nothing alone
  auto all = store::all<Upload>(deps.store, text(request.bucket) + "/");
  std::erase_if(all, [&](const Upload& upload) { return !upload.object.object_key.starts_with(text(request.prefix)); });
  std::ranges::sort(all, {}, [](const Upload& upload) { return std::pair(upload.object.object_key, upload.started_at); });
  const auto marked = std::ranges::find_if(all, [&](const Upload& upload) { return upload.id == id_marker && upload.object.object_key == marker; });
  if (!id_marker.empty() && marked == all.end()) {
    tell_about(context, {{"ArgumentName", "upload-id-marker"}, {"ArgumentValue", id_marker}});
    return fail("InvalidArgument", "Invalid uploadId marker");
  }
  if (!id_marker.empty()) all.erase(all.begin(), marked + 1);
  else if (!marker.empty()) std::erase_if(all, [&](const Upload& upload) { return upload.object.object_key <= marker; });
  return all;
}

/// Source  S3 API reference, ListMultipartUploads; what AWS answers: the markers are told even if they are empty
Result<shapes::ListMultipartUploadsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListMultipartUploadsRequest& request) {
  TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  const auto shown = [&](const std::string& key) { return request.encoding_type ? percent_encode(key, true) : key; };
  const int limit = std::clamp(request.max_uploads.value_or(kMaxUploads), 0, kMaxUploads);
  const std::string prefix = text(request.prefix), delimiter = text(request.delimiter);
  shapes::ListMultipartUploadsOutput answer{.bucket = request.bucket, .encoding_type = request.encoding_type, .is_truncated = false, .max_uploads = limit};
  answer.key_marker = shown(text(request.key_marker));
  answer.upload_id_marker = text(request.upload_id_marker);
  answer.next_key_marker.emplace();
  answer.next_upload_id_marker.emplace();
  if (!prefix.empty()) answer.prefix = shown(prefix);
  if (!delimiter.empty()) answer.delimiter = shown(delimiter);
  int count = 0;
  std::string last_prefix;
  for (const Upload& upload : TRY(uploads_after(deps, context, request))) {
    const std::string rolled = rolled_up(upload.object.object_key, prefix, delimiter);
    if (!rolled.empty() && (rolled == last_prefix || text(request.key_marker).starts_with(rolled))) continue;
    if (count++ == limit) {
      answer.is_truncated = limit > 0;
      break;
    }
    if (!rolled.empty()) {
      last_prefix = rolled;
      if (!answer.common_prefixes) answer.common_prefixes.emplace();
      answer.common_prefixes->push_back({.prefix = shown(rolled)});
      continue;
    }
    if (!answer.uploads) answer.uploads.emplace();
    const shapes::Owner owner = owner_of(context.account);
    answer.uploads->push_back({.checksum_algorithm = unless_empty(upload.checksum_algorithm), .checksum_type = unless_empty(upload.checksum_type), .initiated = upload.started_at, .initiator = shapes::Initiator{.display_name = owner.display_name, .id = owner.id}, .key = shown(upload.object.object_key), .owner = owner, .storage_class = class_of(upload.object), .upload_id = upload.id});
    answer.next_key_marker = shown(upload.object.object_key);
    answer.next_upload_id_marker = upload.id;
  }
  return answer;
}

}  // namespace

void register_upload_list(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::ListMultipartUploadsRequest, shapes::ListMultipartUploadsOutput>("s3", "ListMultipartUploads", {"Bucket", "Delimiter", "EncodingType", "Prefix", "KeyMarker", "UploadIdMarker", "MaxUploads", "ExpectedBucketOwner"},
                                                                                        [&deps](const CallContext& c, const auto& r) { return list(deps, c, r); });
}

}  // namespace landfall::services::s3
