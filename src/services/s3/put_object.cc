#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "services/s3/checksum.h"
#include "services/s3/customer_key.h"
#include "services/s3/acl.h"
#include "services/s3/expiry.h"
#include "services/s3/object_lock.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr size_t kMaxKey = 1024, kMaxMetadata = 2048;
constexpr int kFileMode = 0600;

/// "aws-chunked" tells how the body came, not what it is.
std::string content_encoding(const std::optional<std::string>& given) {
  std::vector<std::string> kept;
  for (const std::string& part : split(text(given), ',')) {
    if (!trim(part).empty() && !iequals(trim(part), "aws-chunked")) kept.emplace_back(trim(part));
  }
  return join(kept, ",");
}

Result<void> check_request(const CallContext& context, const shapes::PutObjectRequest& request) {
  if (text(request.key).size() > kMaxKey) {
    tell_about(context, {{"MaxSizeAllowed", std::to_string(kMaxKey)}, {"Size", std::to_string(request.key->size())}});
    return fail("KeyTooLongError", "Your key is too long");
  }
  size_t metadata = 0;
  for (const auto& [name, value] : request.metadata.value_or(std::map<std::string, std::string>{})) metadata += name.size() + value.size();
  if (metadata > kMaxMetadata) {
    tell_about(context, {{"MaxSizeAllowed", std::to_string(kMaxMetadata)}, {"Size", std::to_string(metadata)}});
    return fail("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size");
  }
  TRY(check_encryption(context, request.server_side_encryption));
  TRY(check_storage_class(context, request.storage_class));
  return check_write_headers(context, request.if_match, request.if_none_match);
}

Result<void> sync(const std::filesystem::path& path, int flags) {
  const Fd fd(::open(path.c_str(), flags | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return fail(errno_error("writing " + path.string(), errno));
  return {};
}

/// A spooled upload lies in the data directory already: it is synced and renamed, not copied.
Result<void> adopt(const std::filesystem::path& spooled, const std::filesystem::path& target) {
  TRY(sync(spooled, O_RDWR));
  if (::chmod(spooled.c_str(), kFileMode) != 0 || ::rename(spooled.c_str(), target.c_str()) != 0) return fail(errno_error("storing " + target.string(), errno));
  return sync(target.parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace

Result<void> check_write_headers(const CallContext& context, const std::optional<std::string>& if_match, const std::optional<std::string>& if_none_match) {
  const auto refused = [&](const char* header, const std::string& why) {
    tell_about(context, {{"Header", header}, {"additionalMessage", why}});
    return fail("NotImplemented", "A header you provided implies functionality that is not implemented");
  };
  if (if_match && if_none_match) return refused("If-Match,If-None-Match", "Multiple conditional request headers present in the request");
  if (if_none_match.value_or("*") != "*") return refused("If-None-Match", "We don't accept the provided value of If-None-Match header for this API");
  if (if_match && *if_match == "*") return refused("If-Match", "We don't accept the provided value of If-Match header for this API");
  return {};
}

Result<int64_t> store_bytes(const http::Request& request, const std::filesystem::path& target) {
  TRY(make_directories(target.parent_path(), 0700));
  if (!request.body_file) {
    TRY(write_file_atomic(target, request.body, kFileMode));
    return static_cast<int64_t>(request.body.size());
  }
  std::error_code error;
  const auto size = std::filesystem::file_size(*request.body_file, error);
  if (error) return fail("InternalError", fmt::format("reading the size of an upload: {}", error.message()), Blame::host);
  TRY(adopt(*request.body_file, target));
  return static_cast<int64_t>(size);
}

namespace {

Result<void> check_length(const http::Request& request) {
  const auto wanted = request.headers.find("x-amz-decoded-content-length");
  if (!wanted || request.body_file || std::to_string(request.body.size()) == *wanted) return {};
  return fail("IncompleteBody", "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header");
}

Result<void> check_conditions(const CallContext& context, const shapes::PutObjectRequest& request, const std::optional<Object>& current) {
  if (request.if_none_match && current) return fail(failed_condition(context, "If-None-Match"));
  if (!request.if_match) return {};
  if (!current) return fail(no_such_key());
  if (replace_all(*request.if_match, "\"", "") != current->etag) return fail(failed_condition(context, "If-Match"));
  return {};
}

shapes::PutObjectOutput answer_for(const Object& object) {
  shapes::PutObjectOutput answer{.e_tag = in_quotes(object.etag)};
  tell_encryption(object, answer);
  tell(object.checksums, answer);
  if (!object.version_id.empty()) answer.version_id = object.version_id;
  answer.checksum_type = object.checksum_type;
  return answer;
}

/// Bytes first, under a name of their own; then the record, in one transaction with the conditions; then the old bytes go.
Result<shapes::PutObjectOutput> put(const Deps& deps, const CallContext& context, const shapes::PutObjectRequest& request) {
  const model::Bucket target = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  TRY(check_request(context, request));
  const std::string customer_key = TRY(checked_key(context, customer_key_of(request), request.server_side_encryption));
  model::ObjectGuard guard{.bucket = text(request.bucket), .object_key = text(request.key)};
  guard.acl = TRY(acl_of(context, target, acl_request(request)));
  TRY(take_lock(target, request.object_lock_mode, request.object_lock_retain_until_date, request.object_lock_legal_hold_status, deps.clock.wall(), guard));
  TRY(check_length(*context.request));
  const std::string id = deps.ids.uuid();
  auto digests = TRY(verified_digests(*context.request, claims_of(request), text(request.checksum_algorithm), &context));
  auto its_tags = TRY(tags_of_header(context, request.tagging));
  Object object{.bucket = text(request.bucket), .object_key = text(request.key), .etag = std::move(digests.md5),
                .content_type = request.content_type.value_or("binary/octet-stream"), .content_encoding = content_encoding(request.content_encoding),
                .server_side_encryption = "AES256", .file = id.substr(0, 2) + "/" + id, .metadata = request.metadata.value_or(std::map<std::string, std::string>{}), .modified_at = deps.clock.wall(), .checksums = std::move(digests.checksums), .checksum_type = "FULL_OBJECT", .tags = std::move(its_tags), .customer_key = customer_key};
  object.etag = etag_for(deps, object, std::move(object.etag));
  keep_headers(request, object);
  object.size = TRY(store_bytes(*context.request, file_of(deps, object)));
  Gone gone;
  const auto done = deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    TRY(check_conditions(context, request, store::find<Object>(tx, object.key())));
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
  auto answer = answer_for(object);
  answer.expiration = told_expiration(target, object);
  return answer;
}

}  // namespace

void register_put_object(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::PutObjectRequest, shapes::PutObjectOutput>(
      "s3", "PutObject",
      {"Bucket", "Key", "Body", "ACL", "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentLength", "ContentMD5", "ContentType", "ChecksumAlgorithm", "ChecksumCRC32", "ChecksumCRC32C", "ChecksumCRC64NVME",
       "ChecksumSHA1", "ChecksumSHA256", "ExpectedBucketOwner", "IfMatch", "IfNoneMatch", "Metadata.*", "ServerSideEncryption", "SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5", "StorageClass", "Tagging", "Expires", "WebsiteRedirectLocation", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP", "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus"},
      [&deps](const CallContext& c, const auto& r) { return put(deps, c, r); });
}

}  // namespace landfall::services::s3
