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
constexpr const char* kMinimumSetting = "lifecycleMinimum";
constexpr int kDaysBeforeInfrequent = 30;

bool has_tags(const Rule& rule) { return rule.filter && (rule.filter->tag || (rule.filter->and_ && rule.filter->and_->tags && !rule.filter->and_->tags->empty())); }

/// A rule's filter as S3's sentences repeat it.
std::string shown_filter(const Rule& rule) {
  const std::string prefix = rule.filter ? text(rule.filter->and_ ? rule.filter->and_->prefix : rule.filter->prefix) : text(rule.prefix);
  return fmt::format("(prefix={})", prefix);
}

Result<void> check_tags(const Rule& rule) {
  if (!rule.filter || !rule.filter->and_) return {};
  std::set<std::string> keys;
  for (const auto& tag : rule.filter->and_->tags.value_or(std::vector<shapes::Tag>{})) {
    if (!keys.insert(text(tag.key)).second) return fail("InvalidRequest", "Duplicate Tag Keys are not allowed.");
  }
  return {};
}

Result<void> check_filter(const Rule& rule) {
  if (rule.filter.has_value() == rule.prefix.has_value()) return fail(malformed_xml());
  if (!rule.filter) return {};
  const int members = rule.filter->and_.has_value() + rule.filter->prefix.has_value() + rule.filter->tag.has_value() + rule.filter->object_size_greater_than.has_value() + rule.filter->object_size_less_than.has_value();
  if (members > 1) return fail(malformed_xml());
  return check_tags(rule);
}

/// 'Date' of an expiration or a transition.
Result<void> check_date(const CallContext& context, const std::optional<WallTime>& date) {
  if (date && date->ms % std::chrono::milliseconds(std::chrono::days(1)).count() != 0) return fail(bad_argument(context, "Date", iso8601(*date, true), "'Date' must be at midnight GMT"));
  return {};
}

Result<void> check_expiration(const CallContext& context, const Rule& rule) {
  if (!rule.expiration) return {};
  const auto& e = *rule.expiration;
  if (e.days.has_value() + e.date.has_value() + e.expired_object_delete_marker.has_value() != 1) return fail(malformed_xml());
  if (e.days && *e.days <= 0) return fail("InvalidArgument", "'Days' for Expiration action must be a positive integer");
  TRY(check_date(context, e.date));
  if (e.expired_object_delete_marker && has_tags(rule)) return fail("InvalidRequest", "ExpiredObjectDeleteMarker cannot be specified with Tags.");
  return {};
}

Result<void> check_days(const std::optional<int32_t>& days, const std::string& storage_class, const char* name, const char* action) {
  if (days.value_or(0) < 0) return fail("InvalidArgument", fmt::format("'{}' for {} action must be nonnegative", name, action));
  if ((storage_class == "STANDARD_IA" || storage_class == "ONEZONE_IA") && days && *days < kDaysBeforeInfrequent) {
    return fail("InvalidArgument", fmt::format("'{}' in {} action must be greater than or equal to {} for storageClass '{}'", name, action, kDaysBeforeInfrequent, storage_class));
  }
  return {};
}

Result<void> check_transitions(const CallContext& context, const Rule& rule) {
  std::set<std::string> classes;
  for (const auto& t : rule.transitions.value_or(std::vector<shapes::Transition>{})) {
    if (!t.storage_class || (t.days && t.date)) return fail(malformed_xml());
    TRY(check_days(t.days, *t.storage_class, "Days", "Transition"));
    TRY(check_date(context, t.date));
    if (!classes.insert(*t.storage_class).second) return fail("InvalidRequest", fmt::format("'StorageClass' must be different for 'Transition' actions in same 'Rule' with filter '{}'", shown_filter(rule)));
    if (rule.expiration && ((rule.expiration->days && t.date) || (rule.expiration->date && !t.date))) {
      return fail("InvalidRequest", fmt::format("Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '{}'", shown_filter(rule)));
    }
    if (rule.expiration && rule.expiration->days && t.days.value_or(0) >= *rule.expiration->days) return fail("InvalidArgument", fmt::format("'Days' in the Expiration action for filter '{}' must be greater than 'Days' in the Transition action", shown_filter(rule)));
  }
  for (const auto& t : rule.noncurrent_version_transitions.value_or(std::vector<shapes::NoncurrentVersionTransition>{})) {
    if (!t.storage_class || !t.noncurrent_days) return fail(malformed_xml());
    TRY(check_days(t.noncurrent_days, *t.storage_class, "NoncurrentDays", "NoncurrentVersionTransition"));
  }
  return {};
}

Result<void> check_actions(const CallContext& context, const Rule& rule) {
  TRY(check_transitions(context, rule));
  const bool moves = (rule.transitions && !rule.transitions->empty()) || (rule.noncurrent_version_transitions && !rule.noncurrent_version_transitions->empty());
  if (!moves && !rule.expiration && !rule.noncurrent_version_expiration && !rule.abort_incomplete_multipart_upload) return fail("InvalidRequest", "At least one action needs to be specified in a rule");
  if (rule.noncurrent_version_expiration) {
    const auto& e = *rule.noncurrent_version_expiration;
    if (!e.noncurrent_days) return fail(malformed_xml());
    if (*e.noncurrent_days <= 0) return fail("InvalidArgument", "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer");
    if (e.newer_noncurrent_versions && (*e.newer_noncurrent_versions < 1 || *e.newer_noncurrent_versions > 100)) return fail("InvalidArgument", "'NewerNoncurrentVersions' must be between 1 and 100");
  }
  if (!rule.abort_incomplete_multipart_upload) return {};
  if (has_tags(rule)) return fail("InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags.");
  if (rule.abort_incomplete_multipart_upload->days_after_initiation.value_or(0) <= 0) return fail("InvalidArgument", "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer");
  return {};
}

Result<shapes::PutBucketLifecycleConfigurationOutput> put(const Deps& deps, const CallContext& context, const shapes::PutBucketLifecycleConfigurationRequest& request) {
  const std::string minimum = request.transition_default_minimum_object_size.value_or(kSmall);
  shapes::BucketLifecycleConfiguration configuration = request.lifecycle_configuration.value_or(shapes::BucketLifecycleConfiguration{});
  if (!configuration.rules || configuration.rules->empty() || configuration.rules->size() > kMaxRules) return fail(malformed_xml());
  std::set<std::string> ids;
  for (Rule& rule : *configuration.rules) {
    if (text(rule.id).size() > kMaxId) return fail("InvalidArgument", fmt::format("ID length should not exceed allowed limit of {}", kMaxId));
    if (text(rule.id).empty()) rule.id = deps.ids.uuid();
    if (!ids.insert(*rule.id).second) return fail("InvalidArgument", fmt::format("Rule ID must be unique. Found same ID for more than one rule: {}", *rule.id));
    TRY(check_filter(rule));
    TRY(check_expiration(context, rule));
    TRY(check_actions(context, rule));
  }
  return transact<shapes::PutBucketLifecycleConfigurationOutput>(deps.store, [&](Transaction& tx) -> Result<shapes::PutBucketLifecycleConfigurationOutput> {
    model::Bucket bucket = TRY(bucket_named(tx, context, request.bucket, request.expected_bucket_owner));
    bucket.settings[kSetting] = kept(configuration);
    bucket.settings[kMinimumSetting] = minimum;
    store::put(tx, bucket);
    return shapes::PutBucketLifecycleConfigurationOutput{.transition_default_minimum_object_size = minimum};
  });
}

Result<shapes::GetBucketLifecycleConfigurationOutput> get(const Deps& deps, const CallContext& context, const shapes::GetBucketLifecycleConfigurationRequest& request) {
  const model::Bucket bucket = TRY(bucket_named(deps.store, context, request.bucket, request.expected_bucket_owner));
  auto rules = lifecycle_of(bucket);
  if (rules.empty()) return fail("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
  return shapes::GetBucketLifecycleConfigurationOutput{.rules = std::move(rules), .transition_default_minimum_object_size = transition_minimum_of(bucket)};
}

}  // namespace

std::vector<Rule> lifecycle_of(const model::Bucket& bucket) {
  const std::string text = setting(bucket, kSetting);
  if (text.empty() || text == kGone) return {};
  return told<shapes::BucketLifecycleConfiguration>(text).rules.value_or(std::vector<Rule>{});
}

std::string transition_minimum_of(const model::Bucket& bucket) {
  const std::string minimum = setting(bucket, kMinimumSetting);
  return minimum.empty() ? kSmall : minimum;
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
