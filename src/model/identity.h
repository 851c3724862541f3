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
  std::string user_name;          ///< of an IAM user's own key
  std::string status = "Active";  ///< or "Inactive"
  WallTime created_at;
  FIELDS(id, secret, account, principal_arn, session_token, role_arn, expires_at, user_name, status, created_at)
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

struct User {
  std::string account, name, path = "/", id, arn;
  std::map<std::string, std::string> inline_policies;
  std::vector<std::string> attached_policy_arns;
  std::string permissions_boundary;
  WallTime created_at;
  Tags tags;
  FIELDS(account, name, path, id, arn, inline_policies, attached_policy_arns, permissions_boundary, created_at, tags)
  static constexpr std::string_view kTable = "user";
  std::string key() const { return account + "/" + name; }
};

struct Group {
  std::string account, name, path = "/", id, arn;
  std::map<std::string, std::string> inline_policies;
  std::vector<std::string> attached_policy_arns;
  std::vector<std::string> user_names;
  WallTime created_at;
  FIELDS(account, name, path, id, arn, inline_policies, attached_policy_arns, user_names, created_at)
  static constexpr std::string_view kTable = "group";
  std::string key() const { return account + "/" + name; }
};

struct InstanceProfile {
  std::string account, name, path = "/", id, arn;
  std::string role_name;  ///< empty: none
  WallTime created_at;
  Tags tags;
  FIELDS(account, name, path, id, arn, role_name, created_at, tags)
  static constexpr std::string_view kTable = "instance_profile";
  std::string key() const { return account + "/" + name; }
};

/// The alias of an account, shown in its console's address.
struct AccountAlias {
  std::string account, alias;
  FIELDS(account, alias)
  static constexpr std::string_view kTable = "account_alias";
  std::string key() const { return account; }
};

}  // namespace landfall::model
