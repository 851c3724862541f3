#include "base/text.h"
#include "services/s3/object_lock.h"
#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr size_t kMaxDeleted = 1000;  // S3 API, DeleteObjects

Result<void> check_bypass(const CallContext& context, const model::Bucket& bucket, const std::optional<bool>& bypasses) {
  if (!bypasses || has_object_lock(bucket)) return {};
  return fail(bad_argument(context, "x-amz-bypass-governance-retention", std::nullopt, "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."));
}

/// Uploads of the key that are under way: a condition of theirs cannot be kept any more.
void tell_uploads(Transaction& tx, const std::string& bucket, const std::string& key) {
  for (model::Upload& upload : store::all<model::Upload>(tx, bucket + "/")) {
    if (upload.object.object_key != key || upload.is_key_deleted) continue;
    upload.is_key_deleted = true;
    store::put(tx, upload);
  }
}

/// One key, or one version of it. What is not there is deleted already.
Result<Deleted> delete_one(const Deps& deps, Transaction& tx, const model::Bucket& bucket, const std::string& key, const std::optional<std::string>& version_id, bool bypasses, Gone& gone) {
  tell_uploads(tx, bucket.name, key);
  if (!version_id) return delete_current(tx, bucket, key, replace_all(deps.ids.uuid(), "-", ""), deps.store.revision(), deps.clock.wall(), gone);
  const Object named{.bucket = bucket.name, .object_key = key, .version_id = *version_id == "null" ? "" : *version_id};
  if (is_locked(guard_of(tx, named), deps.clock.wall(), bypasses)) return fail(object_locked());
  return delete_version(tx, bucket, key, *version_id, gone).value_or(Deleted{.version_id = *version_id});
}

Result<shapes::DeleteObjectOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteObjectRequest& request) {
  Gone gone;
  Deleted done;
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    TRY(check_bypass(context, bucket, request.bypass_governance_retention));
    if (request.version_id) TRY(check_version_id(tx, context, bucket.name, *request.version_id));
    const auto current = store::find<Object>(tx, text(request.bucket) + "/" + text(request.key));
    const bool is_wanted = !request.if_match || (current && (*request.if_match == "*" || replace_all(*request.if_match, "\"", "") == current->etag));
    if (!is_wanted) return current ? fail(failed_condition(context, "If-Match")) : fail(no_such_key());
    gone.clear();
    done = TRY(delete_one(deps, tx, bucket, text(request.key), request.version_id, request.bypass_governance_retention.value_or(false), gone));
    return {};
  }));
  for (const Object& object : gone) remove_file(deps, object);
  shapes::DeleteObjectOutput answer;
  if (done.is_marker) answer.delete_marker = true;
  if (!done.version_id.empty()) answer.version_id = done.version_id;
  return answer;
}

Result<shapes::DeleteObjectsOutput> remove_many(const Deps& deps, const CallContext& context, const shapes::DeleteObjectsRequest& request) {
  const auto wanted = request.delete_->objects.value_or(std::vector<shapes::ObjectIdentifier>{});
  if (wanted.empty() || wanted.size() > kMaxDeleted) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  Gone gone;
  std::vector<Result<Deleted>> done;
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    TRY(check_bypass(context, bucket, request.bypass_governance_retention));
    gone.clear();
    done.clear();
    for (const shapes::ObjectIdentifier& one : wanted) {
      // Of several, an id that was never told is a fault of that one alone.
      if (one.version_id && !check_version_id(tx, context, bucket.name, *one.version_id)) {
        done.push_back(Result<Deleted>(fail("NoSuchVersion", "The specified version does not exist.")));
        continue;
      }
      done.push_back(delete_one(deps, tx, bucket, text(one.key), one.version_id, request.bypass_governance_retention.value_or(false), gone));
    }
    return {};
  }));
  for (const Object& object : gone) remove_file(deps, object);
  shapes::DeleteObjectsOutput answer;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (!done[i]) {
      if (!answer.errors) answer.errors.emplace();
      answer.errors->push_back({.code = done[i].error().code, .key = wanted[i].key, .message = done[i].error().what, .version_id = wanted[i].version_id});
      continue;
    }
    if (request.delete_->quiet.value_or(false)) continue;
    shapes::DeletedObject one{.key = wanted[i].key};
    if (wanted[i].version_id) one.version_id = wanted[i].version_id;
    if (done[i]->is_marker) {
      one.delete_marker = true;
      one.delete_marker_version_id = done[i]->version_id;
    }
    if (!answer.deleted) answer.deleted.emplace();
    answer.deleted->push_back(std::move(one));
  }
  return answer;
}

}  // namespace

void register_delete_object(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DeleteObjectRequest, shapes::DeleteObjectOutput>("s3", "DeleteObject", {"Bucket", "Key", "ExpectedBucketOwner", "IfMatch", "VersionId", "BypassGovernanceRetention"},
                                                                        [&deps](const CallContext& c, const auto& r) { return remove(deps, c, r); });
  registry.add<shapes::DeleteObjectsRequest, shapes::DeleteObjectsOutput>("s3", "DeleteObjects", {"Bucket", "ExpectedBucketOwner", "ChecksumAlgorithm", "BypassGovernanceRetention", "Delete.Objects.Key", "Delete.Objects.VersionId", "Delete.Quiet"},
                                                                          [&deps](const CallContext& c, const auto& r) { return remove_many(deps, c, r); });
}

}  // namespace landfall::services::s3
