#include "services/s3/object_lock.h"

#include <fmt/format.h>

#include "services/s3/setting.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Bucket;
using model::Object;
using model::ObjectGuard;

constexpr const char* kSetting = "objectLock";
constexpr Duration kDay = std::chrono::hours(24);
constexpr int kDaysPerYear = 365;

Error no_lock() { return {.code = "InvalidRequest", .what = "Bucket is missing Object Lock Configuration"}; }

std::optional<shapes::DefaultRetention> default_retention(const Bucket& bucket) {
  const auto configuration = told<shapes::ObjectLockConfiguration>(setting(bucket, kSetting));
  return configuration.rule ? configuration.rule->default_retention : std::nullopt;
}

Result<shapes::GetObjectLockConfigurationOutput> configuration(const Deps& deps, const CallContext& context, const shapes::GetObjectLockConfigurationRequest& request) {
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  if (!has_object_lock(bucket)) return fail("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket");
  return shapes::GetObjectLockConfigurationOutput{.object_lock_configuration = told<shapes::ObjectLockConfiguration>(setting(bucket, kSetting))};
}

Result<void> check_configuration(const std::optional<shapes::ObjectLockConfiguration>& configuration) {
  if (!configuration || text(configuration->object_lock_enabled) != "Enabled") return fail(malformed_xml());
  if (!configuration->rule) return {};
  if (!configuration->rule->default_retention) return fail(malformed_xml());
  const auto& retention = *configuration->rule->default_retention;
  if (!retention.mode || retention.days.has_value() == retention.years.has_value()) return fail(malformed_xml());
  if (retention.days.value_or(1) <= 0 || retention.years.value_or(1) <= 0) return fail("InvalidArgument", "Default retention period must be a positive integer value.");
  return {};
}

Result<shapes::PutObjectLockConfigurationOutput> put_configuration(const Deps& deps, const CallContext& context, const shapes::PutObjectLockConfigurationRequest& request) {
  return transact<shapes::PutObjectLockConfigurationOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutObjectLockConfigurationOutput> {
    Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    TRY(check_configuration(request.object_lock_configuration));
    if (bucket.versioning != "Enabled") return fail("InvalidBucketState", "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
    bucket.settings[kSetting] = kept(*request.object_lock_configuration);
    store::put(tx, bucket);
    return shapes::PutObjectLockConfigurationOutput{};
  });
}

/// Lets `change` at the version that is named, or at the current one.
template <class Request, class Change>
Result<void> change_version(const Deps& deps, const CallContext& context, const Request& request, Change change) {
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    const Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object) return fail(no_such_key());
    if (!has_object_lock(bucket)) return fail(no_lock());
    ObjectGuard guard = guard_of(tx, *object);
    TRY(change(guard));
    store::put(tx, guard);
    return {};
  }));
  return {};
}

template <class Request>
Result<ObjectGuard> locked_version(const Deps& deps, const CallContext& context, const Request& request) {
  return transact<ObjectGuard>(deps.store, [&](Transaction& tx) -> Result<ObjectGuard> {
    const Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object) return fail(no_such_key());
    if (!has_object_lock(bucket)) return fail(no_lock());
    return guard_of(tx, *object);
  });
}

/// A retention may be made longer; shorter, weaker or none only if it is over, or GOVERNANCE and bypassed.
Result<void> change_retention(ObjectGuard& guard, const shapes::ObjectLockRetention& wanted, bool bypasses, WallTime now) {
  const std::string mode = text(wanted.mode);
  const WallTime until = wanted.retain_until_date.value_or(WallTime{});
  if (mode.empty() != !wanted.retain_until_date) return fail(malformed_xml());
  if (!mode.empty() && until <= now) return fail("InvalidArgument", "The retain until date must be in the future!");
  const bool holds = !guard.lock_mode.empty() && guard.lock_until > now;
  const bool is_weaker = until < guard.lock_until || (guard.lock_mode == "COMPLIANCE" && mode != "COMPLIANCE") || mode.empty();
  if (holds && is_weaker && (guard.lock_mode == "COMPLIANCE" || !bypasses)) return fail(object_locked());
  guard.lock_mode = mode;
  guard.lock_until = until;
  return {};
}

Result<shapes::PutObjectRetentionOutput> put_retention(const Deps& deps, const CallContext& context, const shapes::PutObjectRetentionRequest& request) {
  const shapes::ObjectLockRetention wanted = request.retention.value_or(shapes::ObjectLockRetention{});
  TRY(change_version(deps, context, request, [&](ObjectGuard& guard) { return change_retention(guard, wanted, request.bypass_governance_retention.value_or(false), deps.clock.wall()); }));
  return shapes::PutObjectRetentionOutput{};
}

Error not_locked() { return {.code = "NoSuchObjectLockConfiguration", .what = "The specified object does not have a ObjectLock configuration"}; }

Result<shapes::GetObjectRetentionOutput> retention(const Deps& deps, const CallContext& context, const shapes::GetObjectRetentionRequest& request) {
  const ObjectGuard guard = TRY(locked_version(deps, context, request));
  if (guard.lock_mode.empty()) return fail(not_locked());
  return shapes::GetObjectRetentionOutput{.retention = shapes::ObjectLockRetention{.mode = guard.lock_mode, .retain_until_date = guard.lock_until}};
}

Result<shapes::PutObjectLegalHoldOutput> put_legal_hold(const Deps& deps, const CallContext& context, const shapes::PutObjectLegalHoldRequest& request) {
  if (!request.legal_hold || !request.legal_hold->status) return fail(malformed_xml());
  TRY(change_version(deps, context, request, [&](ObjectGuard& guard) -> Result<void> {
    guard.legal_hold = *request.legal_hold->status;
    return {};
  }));
  return shapes::PutObjectLegalHoldOutput{};
}

Result<shapes::GetObjectLegalHoldOutput> legal_hold(const Deps& deps, const CallContext& context, const shapes::GetObjectLegalHoldRequest& request) {
  const ObjectGuard guard = TRY(locked_version(deps, context, request));
  if (guard.legal_hold.empty()) return fail(not_locked());
  return shapes::GetObjectLegalHoldOutput{.legal_hold = shapes::ObjectLockLegalHold{.status = guard.legal_hold}};
}

}  // namespace

bool has_object_lock(const Bucket& bucket) { return !setting(bucket, kSetting).empty(); }

void enable_object_lock(Bucket& bucket) {
  bucket.versioning = "Enabled";
  bucket.settings[kSetting] = kept(shapes::ObjectLockConfiguration{.object_lock_enabled = "Enabled"});
}

bool is_locked(const ObjectGuard& guard, WallTime now, bool bypasses_governance) {
  if (guard.legal_hold == "ON") return true;
  return !guard.lock_mode.empty() && guard.lock_until > now && !(guard.lock_mode == "GOVERNANCE" && bypasses_governance);
}

Result<void> take_lock(const Bucket& bucket, const std::optional<std::string>& mode, const std::optional<WallTime>& until, const std::optional<std::string>& legal_hold, WallTime now, ObjectGuard& guard) {
  if ((mode || until || legal_hold) && !has_object_lock(bucket)) return fail(no_lock());
  if (mode.has_value() != until.has_value()) return fail("InvalidArgument", "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied");
  if (until && *until <= now) return fail("InvalidArgument", "The retain until date must be in the future!");
  guard.lock_mode = text(mode);
  guard.lock_until = until.value_or(WallTime{});
  guard.legal_hold = text(legal_hold);
  const auto usual = default_retention(bucket);
  if (mode || !usual) return {};
  guard.lock_mode = text(usual->mode);
  guard.lock_until = now + kDay * (usual->days ? *usual->days : *usual->years * kDaysPerYear);
  return {};
}

void register_object_lock(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> of_object{"Bucket", "Key", "VersionId", "ExpectedBucketOwner"};
  const auto putting = [&](std::vector<std::string> more) {
    more.insert(more.end(), {"Bucket", "Key", "VersionId", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm"});
    return more;
  };
  registry.add<shapes::GetObjectLockConfigurationRequest, shapes::GetObjectLockConfigurationOutput>("s3", "GetObjectLockConfiguration", {"Bucket", "ExpectedBucketOwner"}, bind(configuration));
  registry.add<shapes::PutObjectLockConfigurationRequest, shapes::PutObjectLockConfigurationOutput>("s3", "PutObjectLockConfiguration", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "ObjectLockConfiguration.*"}, bind(put_configuration));
  registry.add<shapes::PutObjectRetentionRequest, shapes::PutObjectRetentionOutput>("s3", "PutObjectRetention", putting({"Retention.*", "BypassGovernanceRetention"}), bind(put_retention));
  registry.add<shapes::GetObjectRetentionRequest, shapes::GetObjectRetentionOutput>("s3", "GetObjectRetention", of_object, bind(retention));
  registry.add<shapes::PutObjectLegalHoldRequest, shapes::PutObjectLegalHoldOutput>("s3", "PutObjectLegalHold", putting({"LegalHold.*"}), bind(put_legal_hold));
  registry.add<shapes::GetObjectLegalHoldRequest, shapes::GetObjectLegalHoldOutput>("s3", "GetObjectLegalHold", of_object, bind(legal_hold));
}

}  // namespace landfall::services::s3
