#include <chrono>
#include <set>

#include <fmt/format.h>

#include "services/s3/expiry.h"
#include "services/s3/setting.h"

/// What a bucket's lifecycle configuration may say; expiry.cc carries it out.
/// Source: S3 user guide, Managing the lifecycle of objects; S3 API, PutBucketLifecycleConfiguration.
namespace landfall::services::s3 {
namespace {

using Rule = shapes::LifecycleRule;

constexpr size_t kMaxRules = 1000, kMaxId = 255;
constexpr const char* kSetting = "lifecycle";
constexpr const char* kMinimum = "all_storage_classes_128K";  ///< of transitions, which are not carried

Error malformed() { return {.code = "MalformedXML", .what = "The XML you provided was not well-formed or did not validate against our published schema"}; }

bool has_tags(const Rule& rule) { return rule.filter && (rule.filter->tag || (rule.filter->and_ && rule.filter->and_->tags && !rule.filter->and_->tags->empty())); }

Result<void> check_filter(const Rule& rule) {
  if (rule.filter.has_value() == rule.prefix.has_value()) return fail(malformed());
  if (!rule.filter) return {};
  const int members = rule.filter->and_.has_value() + rule.filter->prefix.has_value() + rule.filter->tag.has_value() + rule.filter->object_size_greater_than.has_value() + rule.filter->object_size_less_than.has_value();
  if (members > 1) return fail(malformed());
  return {};
}

Result<void> check_expiration(const Rule& rule) {
  if (!rule.expiration) return {};
  const auto& e = *rule.expiration;
  if (e.days.has_value() + e.date.has_value() + e.expired_object_delete_marker.has_value() != 1) return fail(malformed());
  if (e.days && *e.days <= 0) return fail("InvalidArgument", "'Days' for Expiration action must be a positive integer");
  if (e.date && e.date->ms % std::chrono::milliseconds(std::chrono::days(1)).count() != 0) return fail("InvalidArgument", "'Date' must be at midnight GMT");
  if (e.expired_object_delete_marker && has_tags(rule)) return fail("InvalidRequest", "ExpiredObjectDeleteMarker cannot be specified with Tags.");
  return {};
}

Result<void> check_actions(const Rule& rule) {
  if ((rule.transitions && !rule.transitions->empty()) || (rule.noncurrent_version_transitions && !rule.noncurrent_version_transitions->empty())) {
    return fail("NotImplemented", "Landfall does not support transitions of lifecycle rules yet; wanted expirations and aborts of uploads");
  }
  if (!rule.expiration && !rule.noncurrent_version_expiration && !rule.abort_incomplete_multipart_upload) return fail("InvalidRequest", "At least one action needs to be specified in a rule");
  if (rule.noncurrent_version_expiration) {
    const auto& e = *rule.noncurrent_version_expiration;
    if (e.noncurrent_days.value_or(0) <= 0) return fail("InvalidArgument", "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer");
    if (e.newer_noncurrent_versions && (*e.newer_noncurrent_versions < 1 || *e.newer_noncurrent_versions > 100)) return fail("InvalidArgument", "'NewerNoncurrentVersions' must be between 1 and 100");
  }
  if (!rule.abort_incomplete_multipart_upload) return {};
  if (has_tags(rule)) return fail("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags.");
  if (rule.abort_incomplete_multipart_upload->days_after_initiation.value_or(0) <= 0) return fail("InvalidArgument", "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer");
  return {};
}

Result<shapes::PutBucketLifecycleConfigurationOutput> put(const Deps& deps, const CallContext& context, const shapes::PutBucketLifecycleConfigurationRequest& request) {
  if (request.transition_default_minimum_object_size.value_or(kMinimum) != kMinimum) return fail("NotImplemented", fmt::format("Landfall does not support the minimum {} of transitions yet; wanted {}", *request.transition_default_minimum_object_size, kMinimum));
  shapes::BucketLifecycleConfiguration configuration = request.lifecycle_configuration.value_or(shapes::BucketLifecycleConfiguration{});
  if (!configuration.rules || configuration.rules->empty() || configuration.rules->size() > kMaxRules) return fail(malformed());
  std::set<std::string> ids;
  for (Rule& rule : *configuration.rules) {
    if (text(rule.id).size() > kMaxId) return fail("InvalidArgument", fmt::format("ID length should not exceed allowed limit of {}", kMaxId));
    if (text(rule.id).empty()) rule.id = deps.ids.uuid();
    if (!ids.insert(*rule.id).second) return fail("InvalidArgument", fmt::format("Rule ID must be unique. Found same ID for more than one rule: {}", *rule.id));
    TRY(check_filter(rule));
    TRY(check_expiration(rule));
    TRY(check_actions(rule));
  }
  TRY(keep<shapes::PutBucketLifecycleConfigurationOutput>(deps, context, request, kSetting, kept(configuration)));
  return shapes::PutBucketLifecycleConfigurationOutput{.transition_default_minimum_object_size = kMinimum};
}

Result<shapes::GetBucketLifecycleConfigurationOutput> get(const Deps& deps, const CallContext& context, const shapes::GetBucketLifecycleConfigurationRequest& request) {
  auto rules = lifecycle_of(TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner)));
  if (rules.empty()) return fail("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  return shapes::GetBucketLifecycleConfigurationOutput{.rules = std::move(rules), .transition_default_minimum_object_size = kMinimum};
}

}  // namespace

std::vector<Rule> lifecycle_of(const model::Bucket& bucket) {
  const std::string text = setting(bucket, kSetting);
  if (text.empty() || text == kGone) return {};
  return told<shapes::BucketLifecycleConfiguration>(text).rules.value_or(std::vector<Rule>{});
}

void register_lifecycle(aws::Registry& registry, const Deps& deps) {
  const auto bind = [&deps](auto handler) { return [&deps, handler](const CallContext& c, const auto& r) { return handler(deps, c, r); }; };
  const std::vector<std::string> plain{"Bucket", "ExpectedBucketOwner"};
  registry.add<shapes::PutBucketLifecycleConfigurationRequest, shapes::PutBucketLifecycleConfigurationOutput>(
      "s3", "PutBucketLifecycleConfiguration", {"Bucket", "ExpectedBucketOwner", "ChecksumAlgorithm", "LifecycleConfiguration.*", "TransitionDefaultMinimumObjectSize"}, bind(put));
  registry.add<shapes::GetBucketLifecycleConfigurationRequest, shapes::GetBucketLifecycleConfigurationOutput>("s3", "GetBucketLifecycleConfiguration", plain, bind(get));
  registry.add<shapes::DeleteBucketLifecycleRequest, shapes::DeleteBucketLifecycleOutput>("s3", "DeleteBucketLifecycle", plain, [&deps](const CallContext& c, const auto& r) { return keep<shapes::DeleteBucketLifecycleOutput>(deps, c, r, kSetting, kGone); });
}

}  // namespace landfall::services::s3
