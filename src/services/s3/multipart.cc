#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/support.h"
#include "services/s3/version.h"
#include "services/support/pages.h"

/// Uploads in parts (S3 user guide, Uploading and copying objects using multipart upload).
namespace landfall::services::s3 {
namespace {

using model::Object;
using model::Upload;
using model::UploadPart;

constexpr int kMostParts = 10'000;
constexpr int64_t kSmallestPart = 5 << 20;  // all but the last

Error no_upload() { return {.code = "NoSuchUpload", .what = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."}; }

template <class Request>
Result<Upload> upload_of(const Transaction& tx, const CallContext& context, const Request& request) {
  TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
  auto upload = store::find<Upload>(tx, text(request.bucket) + "/" + text(request.upload_id));
  if (!upload || upload->object.object_key != text(request.key)) return fail(no_upload());
  return std::move(*upload);
}

Result<shapes::CreateMultipartUploadOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateMultipartUploadRequest& request) {
  if (request.acl.value_or("private") != "private" && *request.acl != "bucket-owner-full-control") return fail("NotImplemented", fmt::format("Landfall does not support the ACL '{}' yet; wanted private", *request.acl));
  if (request.server_side_encryption.value_or("AES256") != "AES256") return fail("NotImplemented", fmt::format("Landfall does not support the encryption '{}' yet; wanted AES256", *request.server_side_encryption));
  if (request.storage_class.value_or("STANDARD") != "STANDARD") return fail("NotImplemented", fmt::format("Landfall does not support the storage class {} yet; wanted STANDARD", *request.storage_class));
  Upload upload{.id = replace_all(deps.ids.uuid() + deps.ids.uuid(), "-", ""), .started_at = deps.clock.wall()};
  auto its_tags = TRY(tags_of_header(request.tagging));
  upload.object = Object{.bucket = text(request.bucket), .object_key = text(request.key), .content_type = request.content_type.value_or("binary/octet-stream"), .content_encoding = text(request.content_encoding),
                         .cache_control = text(request.cache_control), .server_side_encryption = "AES256", .metadata = request.metadata.value_or(std::map<std::string, std::string>{}),
                         .content_disposition = text(request.content_disposition), .content_language = text(request.content_language), .tags = std::move(its_tags)};
  return transact<shapes::CreateMultipartUploadOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateMultipartUploadOutput> {
    TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    store::put(tx, upload);
    return shapes::CreateMultipartUploadOutput{.bucket = request.bucket, .key = request.key, .server_side_encryption = "AES256", .upload_id = upload.id};
  });
}

Result<shapes::UploadPartOutput> upload_part(const Deps& deps, const CallContext& context, const shapes::UploadPartRequest& request) {
  const int number = request.part_number.value_or(0);
  if (number < 1 || number > kMostParts) return fail("InvalidArgument", fmt::format("Part number must be an integer between 1 and {}, inclusive", kMostParts));
  Claims claims;
  const auto claim = [&](const char* algorithm, const std::optional<std::string>& value) {
    if (value) claims[algorithm] = *value;
  };
  claim("MD5", request.content_md5);
  claim("CRC32", request.checksum_crc32);
  claim("CRC32C", request.checksum_crc32_c);
  claim("CRC64NVME", request.checksum_crc64_nvme);
  claim("SHA1", request.checksum_sha1);
  claim("SHA256", request.checksum_sha256);
  const std::string id = deps.ids.uuid();
  auto its_etag = TRY(verified_md5(*context.request, claims));
  UploadPart part{.number = number, .etag = std::move(its_etag), .file = id.substr(0, 2) + "/" + id, .modified_at = deps.clock.wall()};
  const Object bytes{.file = part.file};
  part.size = TRY(store_bytes(*context.request, file_of(deps, bytes)));
  std::optional<Object> old;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    Upload upload = TRY(upload_of(tx, context, request));
    old.reset();
    if (const auto same = std::ranges::find(upload.parts, number, &UploadPart::number); same != upload.parts.end()) {
      old = Object{.file = same->file};
      *same = part;
    } else {
      upload.parts.push_back(part);
      std::ranges::sort(upload.parts, {}, &UploadPart::number);
    }
    store::put(tx, upload);
    return {};
  });
  if (!done) {
    remove_file(deps, bytes);
    return fail(done.error());
  }
  if (old) remove_file(deps, *old);
  return shapes::UploadPartOutput{.checksum_crc32 = request.checksum_crc32, .checksum_crc32_c = request.checksum_crc32_c, .checksum_crc64_nvme = request.checksum_crc64_nvme, .checksum_sha1 = request.checksum_sha1,
                                  .checksum_sha256 = request.checksum_sha256, .e_tag = in_quotes(part.etag), .server_side_encryption = "AES256"};
}

/// The parts that the caller names, in its order, as they were uploaded.
Result<std::vector<UploadPart>> chosen_parts(const Upload& upload, const shapes::CompleteMultipartUploadRequest& request) {
  const auto named = request.multipart_upload ? request.multipart_upload->parts.value_or(std::vector<shapes::CompletedPart>{}) : std::vector<shapes::CompletedPart>{};
  if (named.empty()) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  std::vector<UploadPart> parts;
  for (const auto& one : named) {
    const auto found = std::ranges::find(upload.parts, one.part_number.value_or(0), &UploadPart::number);
    if (found == upload.parts.end() || replace_all(text(one.e_tag), "\"", "") != found->etag) {
      return fail("InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
    }
    if (!parts.empty() && parts.back().number >= found->number) return fail("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.");
    if (!parts.empty() && parts.back().size < kSmallestPart) return fail("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    parts.push_back(*found);
  }
  return parts;
}

Result<void> join_files(const Deps& deps, const std::vector<UploadPart>& parts, const std::filesystem::path& target) {
  TRY(make_directories(target.parent_path(), 0700));
  const Fd out(::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out) return fail(errno_error("storing " + target.string(), errno));
  std::array<char, 1 << 16> buffer{};
  for (const UploadPart& part : parts) {
    const std::filesystem::path path = file_of(deps, Object{.file = part.file});
    const Fd in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!in) return fail(errno_error("reading " + path.string(), errno));
    for (ssize_t got = 0; (got = ::read(in.get(), buffer.data(), buffer.size())) != 0;) {
      if (got < 0 || ::write(out.get(), buffer.data(), static_cast<size_t>(got)) != got) return fail(errno_error("joining parts into " + target.string(), errno));
    }
  }
  if (::fsync(out.get()) != 0) return fail(errno_error("storing " + target.string(), errno));
  return {};
}

Result<shapes::CompleteMultipartUploadOutput> complete(const Deps& deps, const CallContext& context, const shapes::CompleteMultipartUploadRequest& request) {
  const Upload upload = TRY(transact<Upload>(deps.store, [&](Transaction& tx) { return upload_of(tx, context, request); }));
  const std::vector<UploadPart> parts = TRY(chosen_parts(upload, request));
  const std::string id = deps.ids.uuid();
  Object object = upload.object;
  object.file = id.substr(0, 2) + "/" + id;
  object.modified_at = deps.clock.wall();
  std::string digests;
  for (const UploadPart& part : parts) {
    object.size += part.size;
    digests += TRY(from_hex(part.etag));
  }
  object.etag = fmt::format("{}-{}", to_hex(md5(digests)), parts.size());
  TRY(join_files(deps, parts, file_of(deps, object)));
  Gone gone;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    if (!store::find<Upload>(tx, upload.key())) return fail(no_upload());
    const bool is_there = store::find<Object>(tx, object.key()).has_value();
    if (request.if_none_match && is_there) return fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
    gone.clear();
    put_current(tx, bucket, object, replace_all(id, "-", ""), deps.store.revision(), gone);
    store::erase<Upload>(tx, upload.key());
    return {};
  });
  if (!done) {
    remove_file(deps, object);
    return fail(done.error());
  }
  for (const Object& old : gone) remove_file(deps, old);
  for (const UploadPart& part : upload.parts) remove_file(deps, Object{.file = part.file});
  shapes::CompleteMultipartUploadOutput answer{.bucket = request.bucket, .e_tag = in_quotes(object.etag), .key = request.key, .location = fmt::format("http://{}.s3.amazonaws.com/{}", object.bucket, percent_encode(object.object_key, true)), .server_side_encryption = "AES256"};
  if (!object.version_id.empty()) answer.version_id = object.version_id;
  return answer;
}

Result<shapes::AbortMultipartUploadOutput> abort(const Deps& deps, const CallContext& context, const shapes::AbortMultipartUploadRequest& request) {
  const Upload upload = TRY(transact<Upload>(deps.store, [&](Transaction& tx) -> Result<Upload> {
    Upload found = TRY(upload_of(tx, context, request));
    store::erase<Upload>(tx, found.key());
    return found;
  }));
  for (const UploadPart& part : upload.parts) remove_file(deps, Object{.file = part.file});
  return shapes::AbortMultipartUploadOutput{};
}

Result<shapes::ListPartsOutput> parts(const Deps& deps, const CallContext& context, const shapes::ListPartsRequest& request) {
  const Upload upload = TRY(transact<Upload>(deps.store, [&](Transaction& tx) { return upload_of(tx, context, request); }));
  const int limit = std::clamp(request.max_parts.value_or(1000), 0, 1000);
  const int marker = request.part_number_marker.value_or(0);
  shapes::ListPartsOutput answer;
  answer.bucket = request.bucket;
  answer.key = request.key;
  answer.upload_id = upload.id;
  answer.max_parts = limit;
  answer.part_number_marker = marker;
  answer.is_truncated = false;
  answer.owner = owner_of(context.account);
  answer.storage_class = "STANDARD";
  for (const UploadPart& part : upload.parts) {
    if (part.number <= marker) continue;
    if (!answer.parts) answer.parts.emplace();
    if (static_cast<int>(answer.parts->size()) == limit) {
      answer.is_truncated = true;
      break;
    }
    answer.parts->push_back({.e_tag = in_quotes(part.etag), .last_modified = part.modified_at, .part_number = part.number, .size = part.size});
    answer.next_part_number_marker = part.number;
  }
  return answer;
}

Result<shapes::ListMultipartUploadsOutput> uploads(const Deps& deps, const CallContext& context, const shapes::ListMultipartUploadsRequest& request) {
  TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  shapes::ListMultipartUploadsOutput answer;
  answer.bucket = request.bucket;
  answer.prefix = request.prefix;
  answer.max_uploads = request.max_uploads.value_or(1000);
  answer.is_truncated = false;
  auto all = store::all<Upload>(deps.store, text(request.bucket) + "/");
  std::ranges::sort(all, {}, [](const Upload& upload) { return std::pair(upload.object.object_key, upload.started_at); });
  for (const Upload& upload : all) {
    if (!upload.object.object_key.starts_with(text(request.prefix)) || (request.key_marker && upload.object.object_key <= *request.key_marker)) continue;
    if (!answer.uploads) answer.uploads.emplace();
    if (static_cast<int>(answer.uploads->size()) == *answer.max_uploads) {
      answer.is_truncated = true;
      answer.next_key_marker = answer.uploads->back().key;
      answer.next_upload_id_marker = answer.uploads->back().upload_id;
      break;
    }
    answer.uploads->push_back({.initiated = upload.started_at, .key = upload.object.object_key, .owner = owner_of(context.account), .storage_class = "STANDARD", .upload_id = upload.id});
  }
  return answer;
}

}  // namespace

void register_multipart(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateMultipartUploadRequest, shapes::CreateMultipartUploadOutput>(
      "s3", "CreateMultipartUpload", {"Bucket", "Key", "ACL", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "ExpectedBucketOwner", "Metadata.*", "ServerSideEncryption", "StorageClass", "Tagging", "ChecksumAlgorithm", "ChecksumType"}, bind(create));
  registry.add<shapes::UploadPartRequest, shapes::UploadPartOutput>(
      "s3", "UploadPart", {"Bucket", "Key", "Body", "ContentLength", "ContentMD5", "PartNumber", "UploadId", "ExpectedBucketOwner", "ChecksumAlgorithm", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"}, bind(upload_part));
  registry.add<shapes::CompleteMultipartUploadRequest, shapes::CompleteMultipartUploadOutput>("s3", "CompleteMultipartUpload", {"Bucket", "Key", "UploadId", "MultipartUpload.*", "ExpectedBucketOwner", "IfNoneMatch", "ChecksumType", "MpuObjectSize"}, bind(complete));
  registry.add<shapes::AbortMultipartUploadRequest, shapes::AbortMultipartUploadOutput>("s3", "AbortMultipartUpload", {"Bucket", "Key", "UploadId", "ExpectedBucketOwner"}, bind(abort));
  registry.add<shapes::ListPartsRequest, shapes::ListPartsOutput>("s3", "ListParts", {"Bucket", "Key", "UploadId", "MaxParts", "PartNumberMarker", "ExpectedBucketOwner"}, bind(parts));
  registry.add<shapes::ListMultipartUploadsRequest, shapes::ListMultipartUploadsOutput>("s3", "ListMultipartUploads", {"Bucket", "Prefix", "KeyMarker", "MaxUploads", "EncodingType", "ExpectedBucketOwner"}, bind(uploads));
}

}  // namespace landfall::services::s3
