#pragma once

#include <optional>
#include <string>

#include "services/ecr/support.h"

namespace landfall::services::ecr {

/// A repository that comes without CreateRepository, made of the template whose prefix fits its name best; none: no template
/// is for `cause` (REPLICATION or CREATE_ON_PUSH).
/// Source  ECR user guide, Repository creation templates
struct Wanted {
  std::string account, region, name;
};
std::optional<Repository> from_template(Transaction& tx, const Wanted& wanted, std::string_view cause, WallTime now);

std::string arn_of_repository(const Wanted& wanted);

}  // namespace landfall::services::ecr
