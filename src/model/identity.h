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

/// Rules for the passwords of an account's users (IAM API, UpdateAccountPasswordPolicy).
struct PasswordPolicy {
  std::string account;
  int minimum_length = 6, maximum_age_days = 0, reuse_prevention = 0;  ///< 0: none
  bool requires_symbols = false, requires_numbers = false, requires_uppercase = false, requires_lowercase = false;
  bool users_may_change = false, is_hard_expiry = false;
  FIELDS(account, minimum_length, maximum_age_days, reuse_prevention, requires_symbols, requires_numbers,
         requires_uppercase, requires_lowercase, users_may_change, is_hard_expiry)
  static constexpr std::string_view kTable = "password_policy";
  std::string key() const { return account; }
};

/// A user's password: kept salted and digested, for nobody signs in with it here.
struct LoginProfile {
  std::string account, user_name, salt, digest;
  bool needs_reset = false;
  WallTime created_at;
  FIELDS(account, user_name, salt, digest, needs_reset, created_at)
  static constexpr std::string_view kTable = "login_profile";
  std::string key() const { return account + "/" + user_name; }
};

/// An OpenID Connect or a SAML provider.
struct IdentityProvider {
  std::string account, arn;
  std::string url;       ///< OIDC, without the scheme
  std::vector<std::string> client_ids, thumbprints;
  std::string metadata, uuid;  ///< SAML: the document as given; what else the provider is told by
  WallTime created_at;
  Tags tags;
  FIELDS(account, arn, url, client_ids, thumbprints, metadata, uuid, created_at, tags)
  static constexpr std::string_view kTable = "identity_provider";
  std::string key() const { return arn; }
};

struct ServerCertificate {
  std::string account, name, path = "/", id, arn, body, chain;
  WallTime uploaded_at, expires_at;
  Tags tags;
  FIELDS(account, name, path, id, arn, body, chain, uploaded_at, expires_at, tags)
  static constexpr std::string_view kTable = "server_certificate";
  std::string key() const { return account + "/" + name; }
};

/// An SSH key or a signing certificate of a user.
struct UserCredential {
  std::string account, user_name, id;
  std::string kind;  ///< "ssh", "signing"
  std::string body, fingerprint;
  std::string status = "Active";
  WallTime uploaded_at;
  FIELDS(account, user_name, id, kind, body, fingerprint, status, uploaded_at)
  static constexpr std::string_view kTable = "user_credential";
  std::string key() const { return account + "/" + user_name + "/" + kind + "/" + id; }
};

/// A user's name and password for one service: the password is told once and not kept, for nothing here takes it.
struct ServiceCredential {
  std::string account, user_name, id, service, service_user_name;
  std::string status = "Active";
  WallTime created_at, expires_at;  ///< expires_at 0: never
  FIELDS(account, user_name, id, service, service_user_name, status, created_at, expires_at)
  static constexpr std::string_view kTable = "service_credential";
  std::string key() const { return account + "/" + user_name + "/" + id; }
};

/// The report of an account's credentials as it was made last.
struct CredentialReport {
  std::string account, content;
  WallTime made_at;
  FIELDS(account, content, made_at)
  static constexpr std::string_view kTable = "credential_report";
  std::string key() const { return account; }
};

struct MfaDevice {
  std::string account, serial, seed;  ///< serial: ARN; seed: base32
  std::string user_name;              ///< empty: not enabled
  WallTime enabled_at;
  Tags tags;
  FIELDS(account, serial, seed, user_name, enabled_at, tags)
  static constexpr std::string_view kTable = "mfa_device";
  std::string key() const { return serial; }
};

}  // namespace landfall::model
