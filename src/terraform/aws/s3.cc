#include "terraform/aws/s3.h"

#include <map>

#include <fmt/format.h>

#include "base/json.h"

namespace landfall::terraform::aws_types {
namespace {

namespace s3 = aws::s3;

std::string supported_algorithm(const Value& algorithm) {
  if (algorithm.as_string() == "AES256") return "";
  return fmt::format("to be \"AES256\": Landfall does not support \"{}\" yet", algorithm.as_string());
}

Result<void> delete_version(const Cloud& cloud, const std::string& bucket, const std::optional<std::string>& key, const std::optional<std::string>& version) {
  s3::DeleteObjectRequest request;
  request.bucket = bucket;
  request.key = key;
  request.version_id = version;
  return ignore_gone(cloud.call<s3::DeleteObjectOutput>("s3", "DeleteObject", request));
}

}  // namespace

Result<void> BucketSetting::create(const Cloud& cloud, const Record& planned, Record& state) const {
  TRY(put(cloud, planned));
  const std::string owner = planned.text("expected_bucket_owner");
  state.set("id", planned.text("bucket") + (owner.empty() ? "" : "," + owner));
  return {};
}

Result<Record> BucketSetting::import(const Cloud&, const std::string& id) const {
  Record record;
  const size_t comma = id.find(',');
  record.set("id", id);
  record.set("bucket", id.substr(0, comma));
  if (comma != std::string::npos) record.set("expected_bucket_owner", id.substr(comma + 1));
  return record;
}

Attribute policy_argument(const char* name) {
  return text(name).same_if(is_same_json).checked([](const Value& policy) -> std::string {
    const std::string& written = policy.as_string();
    return written.empty() || parse_json(written) ? "" : "to be a JSON policy: it contains an invalid JSON policy";
  });
}

Result<void> put_bucket_policy(const Cloud& cloud, const Record& bucket, const std::string& policy) {
  auto request = of_bucket<s3::PutBucketPolicyRequest>(bucket);
  request.policy = policy;
  TRY(cloud.call<s3::PutBucketPolicyOutput>("s3", "PutBucketPolicy", request));
  return {};
}

Result<std::string> bucket_policy(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetBucketPolicyOutput>(cloud, "GetBucketPolicy", of_bucket<s3::GetBucketPolicyRequest>(bucket), "NoSuchBucketPolicy"));
  return found ? found->policy.value_or("") : std::string();
}

Result<void> put_bucket_versioning(const Cloud& cloud, const Record& bucket, const std::string& status) {
  auto request = of_bucket<s3::PutBucketVersioningRequest>(bucket);
  request.versioning_configuration.emplace().status = status;
  TRY(cloud.call<s3::PutBucketVersioningOutput>("s3", "PutBucketVersioning", request));
  return {};
}

Result<std::optional<std::string>> bucket_versioning(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetBucketVersioningOutput>(cloud, "GetBucketVersioning", of_bucket<s3::GetBucketVersioningRequest>(bucket), ""));
  return found ? std::optional(found->status.value_or("Disabled")) : std::nullopt;
}

Schema encryption_rule() {
  return {.attributes = {flag("bucket_key_enabled")},
          .blocks = {one_block("apply_server_side_encryption_by_default", {.attributes = {text("sse_algorithm").required().checked(supported_algorithm).carried_if([](const Value& algorithm) { return supported_algorithm(algorithm).empty(); }), refused(text("kms_master_key_id"))}})}};
}

Result<void> put_bucket_encryption(const Cloud& cloud, const Record& bucket, const std::vector<Record>& rules) {
  auto request = of_bucket<s3::PutBucketEncryptionRequest>(bucket);
  auto& sent = request.server_side_encryption_configuration.emplace().rules.emplace();
  for (const Record& rule : rules) {
    auto& one = sent.emplace_back();
    one.bucket_key_enabled = rule.flag("bucket_key_enabled");
    const Record by_default = rule.block("apply_server_side_encryption_by_default");
    if (by_default.has("sse_algorithm")) one.apply_server_side_encryption_by_default.emplace().sse_algorithm = by_default.text("sse_algorithm");
  }
  TRY(cloud.call<s3::PutBucketEncryptionOutput>("s3", "PutBucketEncryption", request));
  return {};
}

Result<std::optional<std::vector<Record>>> bucket_encryption(const Cloud& cloud, const Record& bucket) {
  const auto found = TRY(look_up_setting<s3::GetBucketEncryptionOutput>(cloud, "GetBucketEncryption", of_bucket<s3::GetBucketEncryptionRequest>(bucket), "ServerSideEncryptionConfigurationNotFoundError"));
  if (!found || !found->server_side_encryption_configuration) return std::optional<std::vector<Record>>();
  std::vector<Record> rules;
  for (const auto& read : found->server_side_encryption_configuration->rules.value_or(std::vector<s3::ServerSideEncryptionRule>{})) {
    Record& rule = rules.emplace_back();
    rule.set("bucket_key_enabled", read.bucket_key_enabled.value_or(false));
    std::vector<Record> by_default;
    if (read.apply_server_side_encryption_by_default) {
      by_default.emplace_back().set("sse_algorithm", read.apply_server_side_encryption_by_default->sse_algorithm.value_or(""));
      by_default.back().set("kms_master_key_id", "");
    }
    rule.set("apply_server_side_encryption_by_default", by_default);
  }
  return std::optional(std::move(rules));
}

std::string private_acl(const Value& acl) {
  return acl.as_string() == "private" ? "" : fmt::format("to be \"private\": new buckets take no other, unless an aws_s3_bucket_acl puts it after an aws_s3_bucket_ownership_controls, got \"{}\"", acl.as_string());
}

std::string check_canned_acl(const Value& acl) {
  static const auto check = one_of({"private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write"});
  return check(acl);
}

std::string website_zone(std::string_view region) {
  static const std::map<std::string_view, const char*> zones{
      {"ap-northeast-1", "Z2M4EHUR26P7ZW"}, {"ap-northeast-2", "Z3W03O7B5YMIYP"}, {"ap-south-1", "Z11RGJOFQNVJUP"}, {"ap-southeast-1", "Z3O0J2DXBE1FTB"}, {"ap-southeast-2", "Z1WCIGYICN2BYD"}, {"ca-central-1", "Z1QDHH18159H29"},
      {"eu-central-1", "Z21DNDUVLTQW6Q"}, {"eu-north-1", "Z3BAZG2TWCNX0D"}, {"eu-west-1", "Z1BKCTXD74EZPE"}, {"eu-west-2", "Z3GKZC51ZF0DB4"}, {"eu-west-3", "Z3R1K369G5AVDG"}, {"sa-east-1", "Z7KQH4QJS55SO"},
      {"us-east-1", "Z3AQBSTGFYJSTF"}, {"us-east-2", "Z2O1EMRO9K5GLX"}, {"us-west-1", "Z2F56UZL2M1ACD"}, {"us-west-2", "Z3BJ6K6RIION7M"},
  };
  const auto found = zones.find(region);
  return found == zones.end() ? "" : found->second;
}

Result<void> delete_versions(const Cloud& cloud, const std::string& bucket, const std::string& key) {
  s3::ListObjectVersionsRequest list;
  list.bucket = bucket;
  if (!key.empty()) list.prefix = key;
  for (;;) {
    const auto found = TRY(look_up<s3::ListObjectVersionsOutput>(cloud, "s3", "ListObjectVersions", list));
    if (!found) return {};
    const auto is_meant = [&](const std::optional<std::string>& name) { return key.empty() || name == key; };
    for (const auto& version : found->versions.value_or(std::vector<s3::ObjectVersion>{})) {
      if (is_meant(version.key)) TRY(delete_version(cloud, bucket, version.key, version.version_id));
    }
    for (const auto& marker : found->delete_markers.value_or(std::vector<s3::DeleteMarkerEntry>{})) {
      if (is_meant(marker.key)) TRY(delete_version(cloud, bucket, marker.key, marker.version_id));
    }
    if (!found->is_truncated.value_or(false)) return {};
    list.key_marker = found->next_key_marker;
    list.version_id_marker = found->next_version_id_marker;
  }
}

}  // namespace landfall::terraform::aws_types
