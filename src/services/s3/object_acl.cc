#include "services/s3/support.h"
#include "services/s3/version.h"

namespace landfall::services::s3 {
namespace {

/// The bucket of an object that is there.
template <class Request>
Result<model::Bucket> bucket_of(const Deps& deps, const CallContext& context, const Request& request) {
  return transact<model::Bucket>(deps.store, [&](Transaction& tx) -> Result<model::Bucket> {
    model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    const auto object = TRY(version_named(tx, bucket.name, text(request.key), request.version_id));
    if (!object) return fail(no_such_key());
    return bucket;
  });
}

Result<shapes::GetObjectAclOutput> acl(const Deps& deps, const CallContext& context, const shapes::GetObjectAclRequest& request) {
  const shapes::AccessControlPolicy whole = owners_policy(TRY(bucket_of(deps, context, request)).account);
  return shapes::GetObjectAclOutput{.grants = whole.grants, .owner = whole.owner};
}

Result<shapes::PutObjectAclOutput> put_acl(const Deps& deps, const CallContext& context, const shapes::PutObjectAclRequest& request) {
  TRY(check_owners_policy(TRY(bucket_of(deps, context, request)), request.acl, request.access_control_policy));
  return shapes::PutObjectAclOutput{};
}

}  // namespace

void register_object_acl(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::GetObjectAclRequest, shapes::GetObjectAclOutput>("s3", "GetObjectAcl", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner"}, bind(acl));
  registry.add<shapes::PutObjectAclRequest, shapes::PutObjectAclOutput>("s3", "PutObjectAcl", {"Bucket", "Key", "VersionId", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "ACL", "AccessControlPolicy.*"}, bind(put_acl));
}

}  // namespace landfall::services::s3
