#include "services/s3/acl.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

Result<shapes::GetObjectAclOutput> acl(const Deps& deps, const CallContext& context, const shapes::GetObjectAclRequest& request) {
  return transact<shapes::GetObjectAclOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::GetObjectAclOutput> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    const auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object) return fail(missing_key(tx, context, bucket.name, text(request.key)));
    const shapes::AccessControlPolicy whole = policy_of(bucket.account, guard_of(tx, *object).acl);
    return shapes::GetObjectAclOutput{.grants = whole.grants, .owner = whole.owner};
  });
}

Result<shapes::PutObjectAclOutput> put_acl(const Deps& deps, const CallContext& context, const shapes::PutObjectAclRequest& request) {
  const AclRequest asked = acl_request(request);
  return transact<shapes::PutObjectAclOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutObjectAclOutput> {
    const model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    const auto object = TRY(version_named(tx, context, bucket.name, text(request.key), request.version_id));
    if (!object) return is_hidden(tx, bucket.name, text(request.key)) ? fail(is_delete_marker(context)) : fail(no_such_key());
    if (!asked.asks()) return fail(no_acl(context));
    model::ObjectGuard guard = guard_of(tx, *object);
    guard.acl = TRY(acl_of(context, bucket, asked));
    store::put(tx, guard);
    return shapes::PutObjectAclOutput{};
  });
}

}  // namespace

void register_object_acl(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetObjectAclRequest, shapes::GetObjectAclOutput>("s3", "GetObjectAcl", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner"}, bind(acl));
  registry.add<shapes::PutObjectAclRequest, shapes::PutObjectAclOutput>(
      "s3", "PutObjectAcl", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "ACL", "AccessControlPolicy.*", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"}, bind(put_acl));
}

}  // namespace landfall::services::s3
