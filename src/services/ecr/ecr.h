#pragma once

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::ecr {

/// Repositories, their images and the registry's password.
void register_ecr(aws::Registry& registry, const Deps& deps);
void register_policy(aws::Registry& registry, const Deps& deps);  ///< a part of it

/// The secret that registry passwords are made of; <data_dir>/registry/token-secret, made at first use (0600).
Result<std::string> registry_secret(const std::string& data_dir);

}  // namespace landfall::services::ecr
