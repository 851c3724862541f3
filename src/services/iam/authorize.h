#pragma once

#include <string>

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::iam {

/// Whether the caller's policies let it make the call (`serve --enforce-iam`). The account's root may everything, and
/// anyone may ask who he is. Errors: the service's own code, with a sentence that names action and resource.
Result<void> authorize(const Deps& deps, const aws::CallContext& context, const aws::KeyOwner& caller, const aws::Shape& shape, const void* input);

/// The same for what comes through another door than the API: the registry's paths. `resource`  an ARN.
Result<void> authorize_action(const Deps& deps, const std::string& access_key, const aws::KeyOwner& caller, const std::string& action, const std::string& resource);

}  // namespace landfall::services::iam
