#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/iam/evaluate.h"

namespace landfall::services::iam {

/// Every policy that has a say in one call.
struct Policies {
  std::vector<std::string> identity;
  std::optional<std::string> boundary;  ///< the permissions boundary of the user or role, if it has one
  std::optional<std::string> resource;  ///< of the bucket, repository or role that is called for
  std::string resource_account;         ///< whose it is; empty: the caller's
  bool is_trust = false;                ///< the resource is a role: without its trust policy nobody assumes it
};

struct Access {
  bool is_allowed = false;
  std::string why;  ///< "because no identity-based policy allows the s3:GetObject action"
};

/// Whether the call may be made. A deny anywhere wins. In one account either the identity's policies (within its boundary) or
/// the resource's policy suffice; between two accounts both must allow; a role is assumed only if its trust policy allows.
/// A resource that names the caller itself lets it in whatever its boundary does not allow; one that names its role does not.
/// Source  IAM user guide, Policy evaluation logic: single account, cross-account, how permissions boundaries limit
Access access_of(const Policies& policies, const Question& question, const Caller& caller);

}  // namespace landfall::services::iam
