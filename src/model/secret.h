#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// Secrets Manager and SSM's Parameter Store: values that tasks get as environment variables.
namespace landfall::model {

struct SecretVersion {
  std::string id;
  std::string text, binary;  ///< one of them; binary in base64
  std::vector<std::string> stages;  ///< in order
  WallTime created_at, accessed_at;  ///< accessed_at: the day
  FIELDS(id, text, binary, stages, created_at, accessed_at)
};

struct Secret {
  std::string account, region, name, arn, description, kms_key_id, policy;
  std::vector<SecretVersion> versions;  ///< oldest first
  WallTime created_at, changed_at, accessed_at;
  WallTime deleted_at, deletion_date;   ///< scheduled for deletion if set
  std::string primary_region;           ///< of a replica: where it is changed; empty: here
  std::vector<std::string> replica_regions;
  Tags tags;
  bool was_tagged = false;              ///< once; then it is told that there are none
  FIELDS(account, region, name, arn, description, kms_key_id, policy, versions, created_at, changed_at, accessed_at,
         deleted_at, deletion_date, primary_region, replica_regions, tags, was_tagged)
  static constexpr std::string_view kTable = "secret";
  std::string key() const { return account + "/" + region + "/" + name; }
};

struct ParameterVersion {
  int64_t number = 1;
  std::string value, description, key_id, type, allowed_pattern, tier = "Standard", data_type = "text", modified_by;
  std::vector<std::string> labels;
  std::string policies;  ///< as they were given
  WallTime modified_at, expires_at;
  FIELDS(number, value, description, key_id, type, allowed_pattern, tier, data_type, modified_by, labels, policies, modified_at, expires_at)
};

struct Parameter {
  std::string account, region, name;
  std::vector<ParameterVersion> versions;  ///< oldest first; the last is current
  Tags tags;
  FIELDS(account, region, name, versions, tags)
  static constexpr std::string_view kTable = "parameter";
  std::string key() const { return account + "/" + region + "#" + name; }
  std::string arn() const { return "arn:aws:ssm:" + region + ":" + account + ":parameter" + (name.starts_with("/") ? "" : "/") + name; }
};

}  // namespace landfall::model
