#pragma once

#include <map>
#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "aws/shapes/sts.h"
#include "services/deps.h"

namespace landfall::services::sts {

/// GetCallerIdentity; AssumeRole with temporary keys that sign.
void register_sts(aws::Registry& registry, const Deps& deps);
void register_session(aws::Registry& registry, const Deps& deps);  ///< a part of it

/// Whom a token of an OpenID Connect provider names; somebody found its signature and its times right.
struct WebIdentity {
  std::string provider_arn;
  std::string issuer;                ///< "https://…"
  std::string subject, party;        ///< claims sub and azp
  std::vector<std::string> audience; ///< claim aud
};

/// Keys of the role, if its trust policy lets the identity in: whatever else is enforced, for nobody else answers for the caller.
/// Source  IAM user guide, Available keys for AWS OIDC federation. Errors: "AccessDenied", "ValidationError", those of policies.
Result<aws::sts::AssumeRoleWithWebIdentityResponse> assume_with_web_identity(const Deps& deps, const aws::CallContext& context, const aws::sts::AssumeRoleWithWebIdentityRequest& request, const WebIdentity& identity);

}  // namespace landfall::services::sts
