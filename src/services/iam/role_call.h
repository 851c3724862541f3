#pragma once

#include <string>

#include "base/error.h"
#include "services/deps.h"

/// What AWS's own services do in a role's name (`serve --enforce-iam`).
namespace landfall::services::iam {

/// Whether the role's trust policy lets the service take it ("ecs-tasks.amazonaws.com").
bool trusts_service(const Deps& deps, const std::string& role_arn, const std::string& service);

/// Whether the role, as the session of that name, may do it. Errors: "AccessDenied", with the sentence that names action and
/// resource.
Result<void> authorize_role(const Deps& deps, const std::string& role_arn, const std::string& session, const std::string& action, const std::string& resource);

}  // namespace landfall::services::iam
