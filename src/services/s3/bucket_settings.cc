#include <fmt/format.h>

#include "services/s3/object_lock.h"
#include "services/s3/support.h"
#include "services/s3/tag_set.h"

namespace landfall::services::s3 {
namespace {

using model::Bucket;

constexpr size_t kMaxTags = 50;

Result<shapes::GetBucketVersioningOutput> versioning(const Deps& deps, const CallContext& context, const shapes::GetBucketVersioningRequest& request) {
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  shapes::GetBucketVersioningOutput answer;
  if (!bucket.versioning.empty()) answer.status = bucket.versioning;
  return answer;
}

Result<shapes::PutBucketVersioningOutput> put_versioning(const Deps& deps, const CallContext& context, const shapes::PutBucketVersioningRequest& request) {
  const std::string status = text(request.versioning_configuration->status);
  if (request.versioning_configuration->mfa_delete == "Enabled") return fail("InvalidRequest", "Landfall does not support MFADelete Enabled yet; wanted Disabled");
  return transact<shapes::PutBucketVersioningOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutBucketVersioningOutput> {
    Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    if (status.empty()) return fail("IllegalVersioningConfigurationException", "The Versioning element must be specified");
    if (status == "Suspended" && has_object_lock(bucket)) return fail("InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
    bucket.versioning = status;
    store::put(tx, bucket);
    return shapes::PutBucketVersioningOutput{};
  });
}

Result<shapes::GetBucketTaggingOutput> tagging(const Deps& deps, const CallContext& context, const shapes::GetBucketTaggingRequest& request) {
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  if (bucket.tags.empty()) return fail("NoSuchTagSet", "The TagSet does not exist");
  shapes::GetBucketTaggingOutput answer{.tag_set = std::vector<shapes::Tag>{}};
  for (const auto& [key, value] : bucket.tags) answer.tag_set->push_back({.key = key, .value = value});
  return answer;
}

Result<shapes::PutBucketTaggingOutput> put_tagging(const Deps& deps, const CallContext& context, const shapes::PutBucketTaggingRequest& request) {
  const model::Tags tags = TRY(tags_of_set(context, request.tagging->tag_set, "System tags cannot be added/updated by requester"));
  if (tags.size() > kMaxTags) return fail("BadRequest", fmt::format("Bucket tag count cannot be greater than {}; found {}", kMaxTags, tags.size()));
  return transact<shapes::PutBucketTaggingOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutBucketTaggingOutput> {
    Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    bucket.tags = tags;
    store::put(tx, bucket);
    return shapes::PutBucketTaggingOutput{};
  });
}

Result<shapes::DeleteBucketTaggingOutput> delete_tagging(const Deps& deps, const CallContext& context, const shapes::DeleteBucketTaggingRequest& request) {
  return transact<shapes::DeleteBucketTaggingOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteBucketTaggingOutput> {
    Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    bucket.tags.clear();
    store::put(tx, bucket);
    return shapes::DeleteBucketTaggingOutput{};
  });
}

}  // namespace

void register_bucket_settings(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> plain{"Bucket", "ExpectedBucketOwner"};
  registry.add<shapes::GetBucketVersioningRequest, shapes::GetBucketVersioningOutput>("s3", "GetBucketVersioning", plain, bind(versioning));
  registry.add<shapes::PutBucketVersioningRequest, shapes::PutBucketVersioningOutput>(
      "s3", "PutBucketVersioning", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "VersioningConfiguration.Status", "VersioningConfiguration.MFADelete"}, bind(put_versioning));
  registry.add<shapes::GetBucketTaggingRequest, shapes::GetBucketTaggingOutput>("s3", "GetBucketTagging", plain, bind(tagging));
  registry.add<shapes::PutBucketTaggingRequest, shapes::PutBucketTaggingOutput>("s3", "PutBucketTagging", {"Bucket", "ExpectedBucketOwner", "ContentMD5", "ChecksumAlgorithm", "Tagging.*"}, bind(put_tagging));
  registry.add<shapes::DeleteBucketTaggingRequest, shapes::DeleteBucketTaggingOutput>("s3", "DeleteBucketTagging", plain, bind(delete_tagging));
}

}  // namespace landfall::services::s3
