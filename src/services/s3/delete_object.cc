#include "base/text.h"
#include "services/s3/support.h"

namespace landfall::services::s3 {
namespace {

using model::Object;

constexpr size_t kMaxDeleted = 1000;  // S3 API, DeleteObjects

/// Deletes what is there; what is not there is deleted already.
Result<shapes::DeleteObjectOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteObjectRequest& request) {
  std::optional<Object> old;
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    old = store::find<Object>(tx, text(request.bucket) + "/" + text(request.key));
    const bool is_wanted = !request.if_match || (old && (*request.if_match == "*" || replace_all(*request.if_match, "\"", "") == old->etag));
    if (!is_wanted) return old ? fail("PreconditionFailed", "At least one of the pre-conditions you specified did not hold") : fail(no_such_key());
    if (old) store::erase<Object>(tx, old->key());
    return {};
  }));
  if (old) remove_file(deps, *old);
  return shapes::DeleteObjectOutput{};
}

Result<shapes::DeleteObjectsOutput> remove_many(const Deps& deps, const CallContext& context, const shapes::DeleteObjectsRequest& request) {
  const auto wanted = request.delete_->objects.value_or(std::vector<shapes::ObjectIdentifier>{});
  if (wanted.empty() || wanted.size() > kMaxDeleted) return fail("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
  std::vector<Object> gone;
  TRY(deps.store.transact([&](Transaction& tx) -> Result<void> {
    TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    gone.clear();
    for (const shapes::ObjectIdentifier& one : wanted) {
      auto object = store::find<Object>(tx, text(request.bucket) + "/" + text(one.key));
      if (!object) continue;
      store::erase<Object>(tx, object->key());
      gone.push_back(std::move(*object));
    }
    return {};
  }));
  for (const Object& object : gone) remove_file(deps, object);
  shapes::DeleteObjectsOutput answer;
  if (request.delete_->quiet.value_or(false)) return answer;
  answer.deleted.emplace();
  for (const shapes::ObjectIdentifier& one : wanted) answer.deleted->push_back({.key = one.key});
  return answer;
}

}  // namespace

void register_delete_object(aws::Registry& registry, const Deps& deps) {
  registry.add<shapes::DeleteObjectRequest, shapes::DeleteObjectOutput>("s3", "DeleteObject", {"Bucket", "Key", "ExpectedBucketOwner", "IfMatch"},
                                                                        [&deps](const CallContext& c, const auto& r) { return remove(deps, c, r); });
  registry.add<shapes::DeleteObjectsRequest, shapes::DeleteObjectsOutput>("s3", "DeleteObjects", {"Bucket", "ExpectedBucketOwner", "ChecksumAlgorithm", "Delete.Objects.Key", "Delete.Quiet"},
                                                                          [&deps](const CallContext& c, const auto& r) { return remove_many(deps, c, r); });
}

}  // namespace landfall::services::s3
