#include <algorithm>

#include <fmt/format.h>

#include "base/ip.h"
#include "model/region.h"
#include "services/s3/acl.h"
#include "services/s3/object_lock.h"
#include "services/s3/setting.h"
#include "services/s3/support.h"
#include "services/s3/tag_set.h"
#include "services/support/pages.h"

namespace landfall::services::s3 {
namespace {

using model::Bucket;

/// S3 User Guide, Bucket naming rules.
bool is_bucket_name(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool right_size = name.size() >= 3 && name.size() <= 63;
  return right_size && plain(name.front()) && plain(name.back()) && name.find("..") == std::string::npos && !parse_ipv4(name) && !name.starts_with("xn--") && !name.ends_with("-s3alias") &&
         std::ranges::all_of(name, [&](char c) { return plain(c) || c == '-' || c == '.'; });
}

bool is_region(const std::string& name) { return std::ranges::count(model::kRegions, name) + std::ranges::count(model::kOptInRegions, name) > 0; }

/// The region that the bucket is to lie in. The endpoint of us-east-1 makes buckets of every region.
Result<std::string> region_of(const CallContext& context, const std::string& constraint) {
  const bool is_global = context.region.empty() || context.region == "us-east-1";
  if (is_global && constraint.empty()) return std::string("us-east-1");
  if (is_global && constraint == "EU") return std::string("eu-west-1");
  if (is_global ? constraint != "us-east-1" && is_region(constraint) : constraint == context.region) return constraint;
  if (constraint.empty()) return fail("IllegalLocationConstraintException", "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to.");
  if (is_global || !is_region(constraint)) {
    tell_about(context, {{"LocationConstraint", constraint}});
    return fail("InvalidLocationConstraint", "The specified location-constraint is not valid");
  }
  return fail("IllegalLocationConstraintException", fmt::format("The {} location constraint is incompatible for the region specific endpoint this request was sent to.", constraint));
}

Result<shapes::CreateBucketOutput> create(const Deps& deps, const CallContext& context, const shapes::CreateBucketRequest& request) {
  const shapes::CreateBucketConfiguration configuration = request.create_bucket_configuration.value_or(shapes::CreateBucketConfiguration{});
  if (!is_bucket_name(text(request.bucket))) return fail("InvalidBucketName", "The specified bucket is not valid.");
  const std::string region = TRY(region_of(context, text(configuration.location_constraint)));
  const model::Tags tags = TRY(tags_of_set(context, configuration.tags, "System tags cannot be added/updated by requester"));
  return transact<shapes::CreateBucketOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::CreateBucketOutput> {
    Bucket bucket{.account = context.account, .region = region, .name = text(request.bucket), .created_at = deps.clock.wall()};
    bucket.tags = tags;
    if (request.object_ownership) bucket.settings["ownershipControls"] = kept(shapes::OwnershipControls{.rules = std::vector<shapes::OwnershipControlsRule>{{.object_ownership = *request.object_ownership}}});
    if (std::string acl = TRY(acl_of_new(context, bucket, acl_request(request))); !acl.empty()) bucket.settings["acl"] = std::move(acl);
    if (request.object_lock_enabled_for_bucket.value_or(false)) enable_object_lock(bucket);
    if (const auto existing = store::find<Bucket>(tx, bucket.name)) {
      if (existing->account != context.account) return fail("BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.");
      if (existing->region == "us-east-1" && region == "us-east-1") return shapes::CreateBucketOutput{.location = "/" + bucket.name};  // as of old (S3 API, CreateBucket)
      return fail("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.");
    }
    store::put(tx, bucket);
    return shapes::CreateBucketOutput{.location = region == "us-east-1" ? "/" + bucket.name : fmt::format("http://{}.s3.amazonaws.com/", bucket.name)};
  });
}

Result<shapes::DeleteBucketOutput> remove(const Deps& deps, const CallContext& context, const shapes::DeleteBucketRequest& request) {
  return transact<shapes::DeleteBucketOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::DeleteBucketOutput> {
    const Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    if (!tx.list(store::path_of<model::Object>(bucket.name + "/")).empty() || !tx.list(store::path_of<model::ObjectVersion>(bucket.name + "/")).empty()) return fail("BucketNotEmpty", bucket.versioning.empty() ? "The bucket you tried to delete is not empty" : "The bucket you tried to delete is not empty. You must delete all versions in the bucket.");
    store::erase<Bucket>(tx, bucket.key());
    return shapes::DeleteBucketOutput{};
  });
}

Result<shapes::HeadBucketOutput> head(const Deps& deps, const CallContext& context, const shapes::HeadBucketRequest& request) {
  const Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  return shapes::HeadBucketOutput{.access_point_alias = false, .bucket_region = bucket.region};
}

Result<shapes::ListBucketsOutput> list(const Deps& deps, const CallContext& context, const shapes::ListBucketsRequest& request) {
  std::vector<shapes::Bucket> buckets;
  for (const Bucket& bucket : store::all<Bucket>(deps.store)) {
    if (bucket.account != context.account || !bucket.name.starts_with(text(request.prefix)) || bucket.region != request.bucket_region.value_or(bucket.region)) continue;
    buckets.push_back({.bucket_region = bucket.region, .creation_date = bucket.created_at, .name = bucket.name});
  }
  auto page = TRY(page_of(std::move(buckets), request.max_buckets, request.continuation_token, Error{.code = "InvalidArgument", .what = "The continuation token provided is incorrect"}));
  shapes::ListBucketsOutput answer{.buckets = std::move(page.items), .owner = owner_of(context.account), .prefix = request.prefix};
  if (!page.next.empty()) answer.continuation_token = page.next;
  return answer;
}

/// Any region may ask.
Result<shapes::GetBucketLocationOutput> location(const Deps& deps, const CallContext& context, const shapes::GetBucketLocationRequest& request) {
  const auto bucket = store::find<Bucket>(deps.store, text(request.bucket));
  CallContext there = context;
  if (bucket) there.region = bucket->region;
  TRY(checked_bucket(bucket, there, request.expected_bucket_owner));
  shapes::GetBucketLocationOutput answer;
  if (bucket->region != "us-east-1") answer.location_constraint = bucket->region;
  return answer;
}

}  // namespace

void register_bucket(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  registry.add<shapes::CreateBucketRequest, shapes::CreateBucketOutput>(
      "s3", "CreateBucket", {"Bucket", "ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP", "ObjectOwnership", "ObjectLockEnabledForBucket", "CreateBucketConfiguration.LocationConstraint", "CreateBucketConfiguration.Tags.*"}, bind(create));
  registry.add<shapes::DeleteBucketRequest, shapes::DeleteBucketOutput>("s3", "DeleteBucket", {"Bucket", "ExpectedBucketOwner"}, bind(remove));
  registry.add<shapes::HeadBucketRequest, shapes::HeadBucketOutput>("s3", "HeadBucket", {"Bucket", "ExpectedBucketOwner"}, bind(head));
  registry.add<shapes::ListBucketsRequest, shapes::ListBucketsOutput>("s3", "ListBuckets", {"*"}, bind(list));
  registry.add<shapes::GetBucketLocationRequest, shapes::GetBucketLocationOutput>("s3", "GetBucketLocation", {"Bucket", "ExpectedBucketOwner"}, bind(location));
}

}  // namespace landfall::services::s3
