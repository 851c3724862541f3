#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/record.h"
#include "model/network.h"

/// IAM. Global: no region.
namespace landfall::model {

struct AccessKey {
  std::string id, secret;  ///< AKIA… or ASIA… for temporary ones
  std::string account, principal_arn, session_token;
  std::string role_arn;  ///< for AssumeRole sessions and task roles
  WallTime expires_at;
  FIELDS(id, secret, account, principal_arn, session_token, role_arn, expires_at)
  static constexpr std::string_view kTable = "access_key";
  std::string key() const { return id; }
};

struct Role {
  std::string account, name, path = "/", id, arn, description;
  std::string assume_role_policy;  ///< JSON text as given
  int max_session_duration = 3600;
  std::map<std::string, std::string> inline_policies;  ///< name -> JSON text as given
  std::vector<std::string> attached_policy_arns;
  std::string permissions_boundary;
  WallTime created_at;
  Tags tags;
  FIELDS(account, name, path, id, arn, description, assume_role_policy, max_session_duration, inline_policies,
         attached_policy_arns, permissions_boundary, created_at, tags)
  static constexpr std::string_view kTable = "role";
  std::string key() const { return account + "/" + name; }
};

struct PolicyVersion {
  std::string id;  ///< "v1"
  std::string document;
  WallTime created_at;
  FIELDS(id, document, created_at)
};

struct Policy {
  std::string account, name, path = "/", id, arn, description;
  std::vector<PolicyVersion> versions;
  std::string default_version = "v1";
  int next_version = 2;
  WallTime created_at, updated_at;
  Tags tags;
  FIELDS(account, name, path, id, arn, description, versions, default_version, next_version, created_at, updated_at, tags)
  static constexpr std::string_view kTable = "policy";
  std::string key() const { return arn; }
};

}  // namespace landfall::model
