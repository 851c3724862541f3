#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/ecr/support.h"

namespace landfall::services::ecr {

/// The regions that an image of the repository goes to, by the rules of its registry.
std::vector<std::string> replicas_of(const std::string& replication, const Repository& repository);

/// Puts an image that has just come into the same repository of the regions that the registry replicates to; a repository
/// that is not there comes with it. Blobs are shared, so that only records are made.
/// Source  ECR user guide, Private image replication
void replicate(const Deps& deps, Transaction& tx, const Repository& repository, const Manifest& manifest, const std::optional<std::string>& tag);

}  // namespace landfall::services::ecr
