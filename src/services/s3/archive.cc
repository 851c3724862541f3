#include "services/s3/archive.h"

#include <chrono>

#include <fmt/format.h>

#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr int64_t kDay = std::chrono::milliseconds(std::chrono::days(1)).count();

Result<int> days_of(const shapes::RestoreRequest& request) {
  if (!request.days) return fail(malformed_xml());
  if (*request.days < 1) return fail("InvalidArgument", "restoration days should be at least 1");
  return *request.days;
}

/// A copy of the bytes is there at once; it ends at the midnight after its days.
Result<shapes::RestoreObjectOutput> restore(const Deps& deps, const CallContext& context, const shapes::RestoreObjectRequest& request) {
  const int days = TRY(days_of(request.restore_request.value_or(shapes::RestoreRequest{})));
  const WallTime now = deps.clock.wall();
  bool was_restored = false;
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object) return fail(missing_key(tx, context, bucket.name, text(request.key)));
    if (!is_archive_class(object->storage_class)) {
      tell_about(context, {{"StorageClass", class_of(*object)}});
      return fail("InvalidObjectState", "Restore is not allowed for the object's current storage class");
    }
    was_restored = object->restored_until > now;
    object->restored_until = WallTime{((now.ms + days * kDay) / kDay + 1) * kDay};
    replace_version(tx, *object);
    return {};
  }));
  context.raw_answer = http::Response{.status = was_restored ? 200 : 202};
  return shapes::RestoreObjectOutput{};
}

}  // namespace

Result<void> check_readable(const CallContext& context, const Object& object, WallTime now) {
  if (may_be_read(object, now)) return {};
  tell_about(context, {{"StorageClass", object.storage_class}});
  return fail("InvalidObjectState", "The operation is not valid for the object's storage class");
}

Result<void> check_copyable(const Object& object, WallTime now) {
  if (may_be_read(object, now)) return {};
  return fail("ObjectNotInActiveTierError", "The source object of the COPY operation is not in the active tier and is only stored in Amazon Glacier.");
}

std::optional<std::string> told_restore(const Object& object, WallTime now) {
  if (!is_archive_class(object.storage_class) || object.restored_until <= now) return std::nullopt;
  return fmt::format("ongoing-request=\"false\", expiry-date=\"{}\"", http_date(object.restored_until));
}

void register_restore(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::RestoreObjectRequest, shapes::RestoreObjectOutput>(
      "s3", "RestoreObject", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner", "ChecksumAlgorithm", "RestoreRequest.Days", "RestoreRequest.GlacierJobParameters.*", "RestoreRequest.Tier", "RestoreRequest.Description"}, [&deps](const CallContext& c, const auto& r) { return restore(deps, c, r); });
}

}  // namespace landfall::services::s3
