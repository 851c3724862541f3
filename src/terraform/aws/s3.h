#pragma once

#include <optional>
#include <string>

#include "aws/shapes/s3.h"
#include "terraform/aws/types.h"

/// Buckets, as the old way (arguments of the bucket) and the new one (resources of their own) share them.
namespace landfall::terraform::aws_types {

/// Of a setting of the bucket that a record names, for its expected_bucket_owner if it has one.
template <class Request>
Request of_bucket(const Record& record) {
  Request request;
  request.bucket = record.text("bucket");
  if (!record.text("expected_bucket_owner").empty()) request.expected_bucket_owner = record.text("expected_bucket_owner");
  return request;
}

/// What there is, or nothing if the bucket or its setting is gone: S3 has an error code for each kind of absence.
template <class Answer, class Request>
Result<std::optional<Answer>> look_up_setting(const Cloud& cloud, std::string_view operation, const Request& request, std::string_view absent) {
  auto found = cloud.call<Answer>("s3", operation, request);
  if (found) return std::optional<Answer>(std::move(*found));
  if (is_gone(found.error()) || found.error().code == absent) return std::optional<Answer>();
  return std::unexpected(found.error());
}

/// For destroy.
template <class Answer, class Request>
Result<void> take_away_setting(const Cloud& cloud, std::string_view operation, const Request& request) {
  return ignore_gone(cloud.call<Answer>("s3", operation, request));
}

/// One setting of a bucket as a resource: its id is the bucket's name, "NAME,OWNER" with an expected_bucket_owner.
class BucketSetting : public ResourceType {
 public:
  Result<void> create(const Cloud& cloud, const Record& planned, Record& state) const override;
  Result<void> update(const Cloud& cloud, const Record&, const Record& planned) const override { return put(cloud, planned); }
  Result<Record> import(const Cloud& cloud, const std::string& id) const override;

 private:
  virtual Result<void> put(const Cloud& cloud, const Record& planned) const = 0;
};

Result<void> put_bucket_policy(const Cloud& cloud, const Record& bucket, const std::string& policy);
/// "" if there is none.
Result<std::string> bucket_policy(const Cloud& cloud, const Record& bucket);
Attribute policy_argument(const char* name);

/// `status`: Enabled or Suspended.
Result<void> put_bucket_versioning(const Cloud& cloud, const Record& bucket, const std::string& status);
/// Disabled, Enabled or Suspended; nothing if the bucket is gone.
Result<std::optional<std::string>> bucket_versioning(const Cloud& cloud, const Record& bucket);

/// The arguments of one rule of encryption, in blocks as they are written.
Schema encryption_rule();
Result<void> put_bucket_encryption(const Cloud& cloud, const Record& bucket, const std::vector<Record>& rules);
Result<std::optional<std::vector<Record>>> bucket_encryption(const Cloud& cloud, const Record& bucket);

/// For checked(): the canned ACL that a new bucket takes; those that there are.
std::string private_acl(const Value& acl);
std::string check_canned_acl(const Value& acl);

/// Id of the hosted zone of a region's website endpoints; "" if it is not known. Source: AWS General Reference, Amazon S3 endpoints.
std::string website_zone(std::string_view region);

/// Removes every version and delete marker of one key, of all keys if `key` is "".
Result<void> delete_versions(const Cloud& cloud, const std::string& bucket, const std::string& key);

}  // namespace landfall::terraform::aws_types
