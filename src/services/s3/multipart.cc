#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cstdio>

#include <fmt/format.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/customer_key.h"
#include "services/s3/acl.h"
#include "services/s3/archive.h"
#include "services/s3/expiry.h"
#include "services/s3/copy_source.h"
#include "services/s3/object_lock.h"
#include "services/s3/range.h"
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

Error no_upload(const CallContext& context, const std::optional<std::string>& id) {
  tell_about(context, {{"UploadId", text(id)}});
  return {.code = "NoSuchUpload", .what = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."};
}

/// An upload's guard lies under its id until it is completed.
Object guarded(const Upload& upload) { return {.bucket = upload.object.bucket, .object_key = upload.object.object_key, .version_id = upload.id}; }

template <class Request>
Result<Upload> upload_of(const Transaction& tx, const CallContext& context, const Request& request) {
  TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
  auto upload = store::find<Upload>(tx, text(request.bucket) + "/" + text(request.upload_id));
  if (!upload || upload->object.object_key != text(request.key)) return fail(no_upload(context, request.upload_id));
  return std::move(*upload);
}

Result<shapes::CreateMultipartUploadOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateMultipartUploadRequest& request) {
  const model::Bucket target = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  model::ObjectGuard guard{.bucket = text(request.bucket), .object_key = text(request.key)};
  guard.acl = TRY(acl_of(context, target, acl_request(request)));
  TRY(take_lock(target, request.object_lock_mode, request.object_lock_retain_until_date, request.object_lock_legal_hold_status, deps.clock.wall(), guard));
  TRY(check_encryption(context, request.server_side_encryption));
  const std::string customer_key = TRY(checked_key(context, customer_key_of(request), request.server_side_encryption));
  TRY(check_storage_class(context, request.storage_class));
  const std::string algorithm = text(request.checksum_algorithm);
  const std::string type = algorithm.empty() ? "" : request.checksum_type.value_or(algorithm == "CRC64NVME" ? "FULL_OBJECT" : "COMPOSITE");
  if ((type == "COMPOSITE" && algorithm == "CRC64NVME") || (type == "FULL_OBJECT" && algorithm.starts_with("SHA"))) {
    return fail("InvalidRequest", fmt::format("The {} checksum type cannot be used with the {} checksum algorithm.", type, lower(algorithm)));
  }
  Upload upload{.id = replace_all(deps.ids.uuid() + deps.ids.uuid(), "-", ""), .started_at = deps.clock.wall(), .checksum_algorithm = algorithm, .checksum_type = type};
  auto its_tags = TRY(tags_of_header(context, request.tagging));
  upload.object = Object{.bucket = text(request.bucket), .object_key = text(request.key), .content_type = request.content_type.value_or("binary/octet-stream"), .content_encoding = text(request.content_encoding),
                         .server_side_encryption = "AES256", .metadata = request.metadata.value_or(std::map<std::string, std::string>{}), .tags = std::move(its_tags), .customer_key = customer_key};
  keep_headers(request, upload.object);
  return transact<shapes::CreateMultipartUploadOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateMultipartUploadOutput> {
    TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    store::put(tx, upload);
    put_guard(tx, guarded(upload), guard);
    shapes::CreateMultipartUploadOutput answer{.bucket = request.bucket, .checksum_algorithm = unless_empty(algorithm), .checksum_type = unless_empty(type), .key = request.key, .upload_id = upload.id};
    tell_encryption(upload.object, answer);
    return answer;
  });
}

/// Records a part whose bytes lie there; the one before it with that number goes.
template <class Request>
Result<void> keep_part(const Deps& deps, const CallContext& context, const Request& request, const UploadPart& part) {
  std::optional<Object> old;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    Upload upload = TRY(upload_of(tx, context, request));
    old.reset();
    if (const auto same = std::ranges::find(upload.parts, part.number, &UploadPart::number); same != upload.parts.end()) {
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
    remove_file(deps, Object{.file = part.file});
    return fail(done.error());
  }
  if (old) remove_file(deps, *old);
  return {};
}

Result<void> check_number(const CallContext& context, int number) {
  if (number < 1 || number > kMostParts) return fail(bad_argument(context, "partNumber", std::to_string(number), fmt::format("Part number must be an integer between 1 and {}, inclusive", kMostParts)));
  return {};
}

/// The algorithm of the checksum that comes with a part; "" without one.
template <class Request>
std::string claimed_algorithm(const Request& request) {
  Claims claims = claims_of(request);
  claims.erase("MD5");
  return claims.empty() ? text(request.checksum_algorithm) : claims.begin()->first;
}

/// A part must have the checksum that its upload asked for; in an upload that asked for none it may have any.
Result<void> check_algorithm(const Upload& upload, const std::string& claimed) {
  const bool must_have = upload.checksum_type == "COMPOSITE";
  const bool fits = upload.checksum_algorithm.empty() || claimed == upload.checksum_algorithm || (claimed.empty() && !must_have);
  if (fits) return {};
  return fail("InvalidRequest", fmt::format("Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}", lower(upload.checksum_algorithm), claimed.empty() ? "null" : lower(claimed)));
}

Result<shapes::UploadPartOutput> upload_part(const Deps& deps, const CallContext& context, const shapes::UploadPartRequest& request) {
  const int number = request.part_number.value_or(0);
  TRY(check_number(context, number));
  const std::string id = deps.ids.uuid();
  const Upload upload = TRY(transact<Upload>(deps.store, [&](Transaction& tx) { return upload_of(tx, context, request); }));
  TRY(check_part_key(context, customer_key_of(request), upload.object));
  TRY(check_algorithm(upload, claimed_algorithm(request)));
  auto digests = TRY(verified_digests(*context.request, claims_of(request), upload.checksum_algorithm, &context));
  UploadPart part{.number = number, .etag = etag_for(deps, upload.object, std::move(digests.md5)), .file = id.substr(0, 2) + "/" + id, .modified_at = deps.clock.wall(), .checksums = std::move(digests.checksums)};
  const Object bytes{.file = part.file};
  part.size = TRY(store_bytes(*context.request, file_of(deps, bytes)));
  TRY(keep_part(deps, context, request, part));
  shapes::UploadPartOutput answer{.e_tag = in_quotes(part.etag)};
  tell_encryption(upload.object, answer);
  tell(part.checksums, answer);
  return answer;
}

/// The bytes first..last of a file as a file of its own.
Result<void> copy_bytes(const std::filesystem::path& from, const ByteRange& range, const std::filesystem::path& target) {
  TRY(make_directories(target.parent_path(), 0700));
  const Fd in(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  const Fd out(::open(target.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!in || !out) return fail(errno_error("copying " + from.string(), errno));
  std::array<char, 1 << 16> buffer{};
  for (int64_t at = range.first; at <= range.last;) {
    const ssize_t got = ::pread(in.get(), buffer.data(), std::min<size_t>(buffer.size(), static_cast<size_t>(range.last - at + 1)), at);
    if (got <= 0 || ::write(out.get(), buffer.data(), static_cast<size_t>(got)) != got) return fail(errno_error("copying " + from.string(), errno));
    at += got;
  }
  if (::fsync(out.get()) != 0) return fail(errno_error("storing " + target.string(), errno));
  return {};
}

/// "bytes=first-last", both given and within the source (S3 API, UploadPartCopy).
Result<ByteRange> copied_range(const CallContext& context, const std::optional<std::string>& given, int64_t size) {
  if (!given) return ByteRange{.first = 0, .last = size - 1};
  ByteRange range;
  int used = 0;
  if (std::sscanf(given->c_str(), "bytes=%" SCNd64 "-%" SCNd64 "%n", &range.first, &range.last, &used) != 2 || used != static_cast<int>(given->size()) || range.first > range.last) {
    return fail(bad_argument(context, "x-amz-copy-source-range", *given, "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy"));
  }
  if (range.first >= size) return fail("InvalidRequest", "The specified copy range is invalid for the source object size");
  if (range.last >= size) return fail(bad_argument(context, "x-amz-copy-source-range", *given, fmt::format("Range specified is not valid for source object of size: {}", size)));
  return range;
}

Result<shapes::UploadPartCopyOutput> copy_part(const Deps& deps, const CallContext& context, const shapes::UploadPartCopyRequest& request) {
  const int number = request.part_number.value_or(0);
  TRY(check_number(context, number));
  const CopySource from = TRY(copy_source_of(context, text(request.copy_source)));
  Upload upload;
  const Object source = TRY(transact<Object>(deps.store, [&](Transaction& tx) -> Result<Object> {
    upload = TRY(upload_of(tx, context, request));
    TRY(check_part_key(context, customer_key_of(request), upload.object));
    Object found = TRY(source_named(tx, context, from, request.expected_source_bucket_owner));
    TRY(check_key(context, source_key_of(request), found));
    TRY(check_source(context, request, found, deps.clock.wall()));
    TRY(check_copyable(found, deps.clock.wall()));
    return found;
  }));
  const ByteRange range = TRY(copied_range(context, request.copy_source_range, source.size));
  const std::string id = deps.ids.uuid();
  UploadPart part{.number = number, .etag = {}, .file = id.substr(0, 2) + "/" + id, .size = range.length(), .modified_at = deps.clock.wall(), .checksums = {}};
  http::Request bytes;
  bytes.body_file = file_of(deps, Object{.file = part.file});
  TRY(copy_bytes(file_of(deps, source), range, *bytes.body_file));
  Digests digests = TRY(verified_digests(bytes, {}, upload.checksum_algorithm));
  part.etag = etag_for(deps, upload.object, std::move(digests.md5));
  part.checksums = std::move(digests.checksums);
  TRY(keep_part(deps, context, request, part));
  shapes::UploadPartCopyOutput answer{.copy_part_result = shapes::CopyPartResult{.e_tag = in_quotes(part.etag), .last_modified = part.modified_at}};
  tell_encryption(upload.object, answer);
  if (!upload.checksum_algorithm.empty()) tell(part.checksums, *answer.copy_part_result);
  answer.copy_source_version_id = unless_empty(source.version_id);
  return answer;
}

/// The parts that the caller names, in its order, as they were uploaded.
Result<std::vector<UploadPart>> chosen_parts(const CallContext& context, const Upload& upload, const shapes::CompleteMultipartUploadRequest& request) {
  const auto named = request.multipart_upload ? request.multipart_upload->parts.value_or(std::vector<shapes::CompletedPart>{}) : std::vector<shapes::CompletedPart>{};
  if (named.empty() && !request.multipart_upload) return fail("InvalidRequest", "You must specify at least one part");
  if (named.empty()) return fail(malformed_xml());
  std::vector<UploadPart> parts;
  for (const auto& one : named) {
    const auto found = std::ranges::find(upload.parts, one.part_number.value_or(0), &UploadPart::number);
    const Claims claims = claims_of(one);
    if (upload.checksum_type == "COMPOSITE" && !claims.contains(upload.checksum_algorithm)) {
      return fail("InvalidRequest", fmt::format("The upload was created using a {0} checksum. The complete request must include the checksum for each part. It was missing for part {1} in the request.", lower(upload.checksum_algorithm), one.part_number.value_or(0)));
    }
    const bool is_wrong = found != upload.parts.end() && std::ranges::any_of(claims, [&](const auto& claim) {
      const auto known = found->checksums.find(claim.first);
      return upload.checksum_algorithm.empty() || known == found->checksums.end() || known->second != claim.second;
    });
    if (found == upload.parts.end() || is_wrong || replace_all(text(one.e_tag), "\"", "") != found->etag) {
      tell_about(context, {{"ETag", replace_all(text(one.e_tag), "\"", "")}, {"PartNumber", std::to_string(one.part_number.value_or(0))}, {"UploadId", upload.id}});
      return fail("InvalidPart", "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.");
    }
    if (!parts.empty() && parts.back().number >= found->number) {
      tell_about(context, {{"UploadId", upload.id}});
      return fail("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.");
    }
    if (!parts.empty() && parts.back().size < kSmallestPart) {
      const UploadPart& small = parts.back();
      tell_about(context, {{"ETag", small.etag}, {"MinSizeAllowed", std::to_string(kSmallestPart)}, {"PartNumber", std::to_string(small.number)}, {"ProposedSize", std::to_string(small.size)}});
      return fail("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
    }
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

/// The checksum of an object in parts: of the parts' checksums, or of all its bytes.
Result<void> digest_whole(const Deps& deps, const Upload& upload, const std::vector<UploadPart>& parts, Object& object) {
  for (const UploadPart& part : parts) {
    object.part_sizes.push_back(part.size);
    if (!upload.checksum_algorithm.empty()) object.part_checksums.push_back(part.checksums);
  }
  if (upload.checksum_type == "COMPOSITE") {
    std::vector<Claims> all;
    for (const UploadPart& part : parts) all.push_back(part.checksums);
    object.checksums[upload.checksum_algorithm] = composite(upload.checksum_algorithm, all);
    object.checksum_type = upload.checksum_type;
    return {};
  }
  http::Request bytes;
  bytes.body_file = file_of(deps, object);
  object.checksums = TRY(verified_digests(bytes, {}, upload.checksum_algorithm)).checksums;
  object.checksum_type = "FULL_OBJECT";
  return {};
}

/// What the caller says of the whole must be so.
Result<void> check_whole(const shapes::CompleteMultipartUploadRequest& request, const Object& object) {
  if (request.mpu_object_size && *request.mpu_object_size != object.size) return fail("InvalidRequest", fmt::format("The provided 'x-amz-mp-object-size' header value {} does not match what was computed: {}", *request.mpu_object_size, object.size));
  for (const auto& [algorithm, claimed] : claims_of(request)) {
    const auto found = object.checksums.find(algorithm);
    const std::string whole = found == object.checksums.end() ? "" : found->second;
    if (whole != claimed && whole.substr(0, whole.rfind('-')) != claimed) return fail("BadDigest", fmt::format("The {} you specified did not match the calculated checksum.", lower(algorithm)));
  }
  return {};
}

Result<shapes::CompleteMultipartUploadOutput> complete(const Deps& deps, const CallContext& context, const shapes::CompleteMultipartUploadRequest& request) {
  const Upload upload = TRY(transact<Upload>(deps.store, [&](Transaction& tx) { return upload_of(tx, context, request); }));
  TRY(check_write_headers(context, request.if_match, request.if_none_match));
  const std::vector<UploadPart> parts = TRY(chosen_parts(context, upload, request));
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
  TRY(digest_whole(deps, upload, parts, object));
  Gone gone;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    if (!store::find<Upload>(tx, upload.key())) return fail(no_upload(context, request.upload_id));
    const Upload now = *store::find<Upload>(tx, upload.key());
    const auto current = store::find<Object>(tx, object.key());
    if (request.if_none_match && current) return fail(failed_condition(context, "If-None-Match"));
    if (request.if_none_match && now.is_key_deleted) return fail(conflicting(context, "If-None-Match"));
    if (request.if_match && !current) return fail(no_such_key());
    if (request.if_match && replace_all(*request.if_match, "\"", "") != current->etag) return fail(failed_condition(context, "If-Match"));
    if (request.if_match && (now.is_key_deleted || current->modified_at > now.started_at)) return fail(conflicting(context, "If-Match"));
    TRY(check_whole(request, object));
    gone.clear();
    put_current(tx, bucket, object, replace_all(id, "-", ""), deps.store.revision(), gone);
    const model::ObjectGuard guard = guard_of(tx, guarded(upload));
    store::erase<model::ObjectGuard>(tx, guard.key());
    put_guard(tx, object, guard);
    store::erase<Upload>(tx, upload.key());
    return {};
  });
  if (!done) {
    remove_file(deps, object);
    return fail(done.error());
  }
  for (const Object& old : gone) remove_file(deps, old);
  for (const UploadPart& part : upload.parts) remove_file(deps, Object{.file = part.file});
  shapes::CompleteMultipartUploadOutput answer{.bucket = request.bucket, .e_tag = in_quotes(object.etag), .key = request.key, .location = fmt::format("http://{}.s3.amazonaws.com/{}", object.bucket, percent_encode(object.object_key, true)), .server_side_encryption = object.customer_key.empty() ? std::optional(object.server_side_encryption) : std::nullopt};
  tell(object.checksums, answer);
  answer.checksum_type = object.checksum_type;
  answer.version_id = unless_empty(object.version_id);
  if (const auto bucket = store::find<model::Bucket>(deps.store, object.bucket)) answer.expiration = told_expiration(*bucket, object);
  return answer;
}

Result<shapes::AbortMultipartUploadOutput> abort(const Deps& deps, const CallContext& context, const shapes::AbortMultipartUploadRequest& request) {
  const Upload upload = TRY(transact<Upload>(deps.store, [&](Transaction& tx) -> Result<Upload> {
    Upload found = TRY(upload_of(tx, context, request));
    store::erase<Upload>(tx, found.key());
    store::erase<model::ObjectGuard>(tx, guard_of(tx, guarded(found)).key());
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
  answer.initiator = shapes::Initiator{.display_name = answer.owner->display_name, .id = answer.owner->id};
  answer.next_part_number_marker = 0;
  answer.storage_class = class_of(upload.object);
  answer.checksum_algorithm = unless_empty(upload.checksum_algorithm);
  answer.checksum_type = unless_empty(upload.checksum_type);
  for (const UploadPart& part : upload.parts) {
    if (part.number <= marker) continue;
    if (!answer.parts) answer.parts.emplace();
    if (static_cast<int>(answer.parts->size()) == limit) {
      answer.is_truncated = true;
      break;
    }
    auto& one = answer.parts->emplace_back(shapes::Part{.e_tag = in_quotes(part.etag), .last_modified = part.modified_at, .part_number = part.number, .size = part.size});
    if (!upload.checksum_algorithm.empty()) tell(part.checksums, one);
    answer.next_part_number_marker = part.number;
  }
  return answer;
}

}  // namespace

void register_multipart(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateMultipartUploadRequest, shapes::CreateMultipartUploadOutput>(
      "s3", "CreateMultipartUpload", {"Bucket", "Key", "ACL", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "ExpectedBucketOwner", "Metadata.*", "ServerSideEncryption", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "StorageClass", "Tagging", "ChecksumAlgorithm", "ChecksumType", "Expires", "WebsiteRedirectLocation", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"}, bind(create));
  registry.add<shapes::UploadPartRequest, shapes::UploadPartOutput>(
      "s3", "UploadPart", {"Bucket", "Key", "Body", "ContentLength", "ContentMD5", "PartNumber", "UploadId", "ExpectedBucketOwner", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "ChecksumAlgorithm", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"}, bind(upload_part));
  registry.add<shapes::CompleteMultipartUploadRequest, shapes::CompleteMultipartUploadOutput>("s3", "CompleteMultipartUpload", {"Bucket", "Key", "UploadId", "MultipartUpload.*", "ExpectedBucketOwner", "IfMatch", "IfNoneMatch", "ChecksumType", "MpuObjectSize", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME", "ChecksumSHA1", "ChecksumSHA256"}, bind(complete));
  registry.add<shapes::AbortMultipartUploadRequest, shapes::AbortMultipartUploadOutput>("s3", "AbortMultipartUpload", {"Bucket", "Key", "UploadId", "ExpectedBucketOwner"}, bind(abort));
  registry.add<shapes::ListPartsRequest, shapes::ListPartsOutput>("s3", "ListParts", {"Bucket", "Key", "UploadId", "MaxParts", "PartNumberMarker", "ExpectedBucketOwner"}, bind(parts));
}

void register_upload_part_copy(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::UploadPartCopyRequest, shapes::UploadPartCopyOutput>(
      "s3", "UploadPartCopy", {"Bucket", "Key", "CopySource", "CopySourceIfMatch", "CopySourceIfNoneMatch", "CopySourceIfModifiedSince", "CopySourceIfUnmodifiedSince", "CopySourceRange", "PartNumber", "UploadId", "ExpectedBucketOwner", "ExpectedSourceBucketOwner", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "CopySourceSSECustomerAlgorithm", "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5"},
      [&deps](const CallContext& c, const auto& r) { return copy_part(deps, c, r); });
}

}  // namespace landfall::services::s3
