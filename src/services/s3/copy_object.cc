#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/customer_key.h"
#include "services/s3/acl.h"
#include "services/s3/archive.h"
#include "services/s3/expiry.h"
#include "services/s3/copy_source.h"
#include "services/s3/object_lock.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
Result<CopySource> copy_source_of(const CallContext& context, const std::string& given) {
  std::string path = given.starts_with("/") ? given.substr(1) : given;
  CopySource source;
  if (const size_t mark = path.find("?versionId="); mark != std::string::npos) {
    source.version_id = path.substr(mark + 11);
    path.erase(mark);
  }
  path = percent_decode(path);
  const size_t slash = path.find('/');
  if (slash == std::string::npos || slash + 1 == path.size()) return fail(bad_argument(context, "x-amz-copy-source", "x-amz-copy-source", "Invalid copy source object key"));
  source.bucket = path.substr(0, slash);
  source.key = path.substr(slash + 1);
  return source;
}

Result<model::Object> source_named(const Transaction& tx, const CallContext& context, const CopySource& source, const std::optional<std::string>& expected_owner) {
  if (auto bucket = bucket_named(tx, context, source.bucket, expected_owner); !bucket) {
    if (bucket.error().code == "NoSuchBucket") tell_about(context, {{"BucketName", source.bucket}});
    return fail(bucket.error());
  }
  auto found = version_named(tx, context, source.bucket, source.key, source.version_id);
  if (!found && found.error().code == "MethodNotAllowed") {
    context.error_members.clear();
    return fail("InvalidRequest", "The source of a copy request may not specifically refer to a delete marker by version id.");
  }
  if (!found) return fail(found.error());
  if (!*found) return fail(no_such_key(context, source.key));
  return std::move(**found);
}

namespace {

using model::Object;

constexpr size_t kMaxKey = 1024;

/// A copy is one object, whatever its source came in: its ETag is its MD5, its checksum of the algorithm asked for.
Result<void> digest_copy(const Deps& deps, const shapes::CopyObjectRequest& request, Object& object) {
  const std::string before = object.checksum_type == "FULL_OBJECT" && !object.checksums.empty() ? object.checksums.begin()->first : "";
  http::Request bytes;
  bytes.body_file = file_of(deps, object);
  Digests digests = TRY(verified_digests(bytes, {}, request.checksum_algorithm.value_or(before)));
  object.etag = std::move(digests.md5);
  object.checksums = std::move(digests.checksums);
  object.checksum_type = "FULL_OBJECT";
  object.part_sizes.clear();
  object.part_checksums.clear();
  return {};
}

Result<shapes::CopyObjectOutput> copy(const Deps& deps, const CallContext& context, const shapes::CopyObjectRequest& request) {
  const CopySource from = TRY(copy_source_of(context, text(request.copy_source)));
  const model::Bucket target = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  model::ObjectGuard guard{.bucket = text(request.bucket), .object_key = text(request.key)};
  guard.acl = TRY(acl_of(context, target, acl_request(request)));
  TRY(take_lock(target, request.object_lock_mode, request.object_lock_retain_until_date, request.object_lock_legal_hold_status, deps.clock.wall(), guard));
  TRY(check_encryption(context, request.server_side_encryption));
  const std::string customer_key = TRY(checked_key(context, customer_key_of(request), request.server_side_encryption));
  TRY(check_storage_class(context, request.storage_class));
  TRY(check_write_headers(context, request.if_match, request.if_none_match));
  if (text(request.key).size() > kMaxKey) {
    tell_about(context, {{"MaxSizeAllowed", std::to_string(kMaxKey)}, {"Size", std::to_string(request.key->size())}});
    return fail("KeyTooLongError", "Your key is too long");
  }
  const bool replaces = request.metadata_directive.value_or("COPY") == "REPLACE";
  const std::string id = deps.ids.uuid();
  Object object = TRY(transact<Object>(deps.store, [&](Transaction& tx) -> Result<Object> {
    Object source = TRY(source_named(tx, context, from, request.expected_source_bucket_owner));
    TRY(check_key(context, source_key_of(request), source));
    TRY(check_source(context, request, source, deps.clock.wall()));
    TRY(check_copyable(source, deps.clock.wall()));
    return source;
  }));
  if (from.bucket == text(request.bucket) && from.key == text(request.key) && !replaces && !from.version_id && !request.storage_class && !request.website_redirect_location && !request.server_side_encryption && customer_key.empty()) {
    return fail("InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.");
  }
  const std::string source_version = object.version_id;
  const std::filesystem::path source_file = file_of(deps, object);
  object.bucket = text(request.bucket);
  object.object_key = text(request.key);
  object.version_id.clear();
  object.restored_until = {};
  object.customer_key = customer_key;
  object.file = id.substr(0, 2) + "/" + id;
  object.modified_at = deps.clock.wall();
  if (replaces) {
    object.metadata = request.metadata.value_or(std::map<std::string, std::string>{});
    object.content_type = request.content_type.value_or("binary/octet-stream");
    object.content_encoding = text(request.content_encoding);
    keep_headers(request, object);
  }
  // Class and redirect are the request's, whatever the directive (S3 API, CopyObject).
  object.storage_class = request.storage_class.value_or("STANDARD") == "STANDARD" ? "" : *request.storage_class;
  object.website_redirect = text(request.website_redirect_location);
  if (request.tagging_directive.value_or("COPY") == "REPLACE") object.tags = TRY(tags_of_header(context, request.tagging));
  TRY(make_directories(file_of(deps, object).parent_path(), 0700));
  std::error_code error;
  std::filesystem::copy_file(source_file, file_of(deps, object), error);
  if (error) return fail("InternalError", fmt::format("copying an object: {}", error.message()), Blame::host);
  TRY(digest_copy(deps, request, object));
  object.etag = etag_for(deps, object, std::move(object.etag));
  Gone gone;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    const auto current = store::find<Object>(tx, object.key());
    if (request.if_none_match && current) return fail(failed_condition(context, "If-None-Match"));
    if (request.if_match && !current) return fail(no_such_key());
    if (request.if_match && replace_all(*request.if_match, "\"", "") != current->etag) return fail(failed_condition(context, "If-Match"));
    gone.clear();
    put_current(tx, bucket, object, replace_all(id, "-", ""), deps.store.revision(), gone);
    put_guard(tx, object, guard);
    return {};
  });
  if (!done) {
    remove_file(deps, object);
    return fail(done.error());
  }
  for (const Object& old : gone) remove_file(deps, old);
  shapes::CopyObjectOutput answer{.copy_object_result = shapes::CopyObjectResult{.e_tag = in_quotes(object.etag), .last_modified = object.modified_at}};
  tell_encryption(object, answer);
  tell(object.checksums, *answer.copy_object_result);
  answer.copy_object_result->checksum_type = object.checksum_type;
  if (!source_version.empty()) answer.copy_source_version_id = source_version;
  answer.version_id = told_version(target, object);
  answer.expiration = told_expiration(target, object);
  return answer;
}

}  // namespace

void register_copy_object(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::CopyObjectRequest, shapes::CopyObjectOutput>(
      "s3", "CopyObject",
      {"Bucket", "Key", "CopySource", "CopySourceIfMatch", "CopySourceIfNoneMatch", "CopySourceIfModifiedSince", "CopySourceIfUnmodifiedSince", "MetadataDirective", "Metadata.*", "ContentType", "CacheControl",
       "ContentEncoding", "ContentDisposition", "ContentLanguage", "TaggingDirective", "Tagging", "ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus", "ChecksumAlgorithm", "Expires", "ServerSideEncryption", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "CopySourceSSECustomerAlgorithm", "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5", "StorageClass", "WebsiteRedirectLocation", "ExpectedBucketOwner", "ExpectedSourceBucketOwner", "IfMatch", "IfNoneMatch"},
      [&deps](const CallContext& c, const auto& r) { return copy(deps, c, r); });
}

}  // namespace landfall::services::s3
