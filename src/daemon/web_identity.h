#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::daemon {

/// STS's AssumeRoleWithWebIdentity: a token is verified with the keys that its provider publishes. It joins services/sts and the
/// JSON Web Tokens of alb/, which do not know each other.
void register_web_identity(aws::Registry& registry, const services::Deps& deps);

}  // namespace landfall::daemon
