#pragma once

#include "model/identity.h"
#include "services/deps.h"
#include "services/iam/access.h"

/// Which policies count for an identity: its own, attached ones, those of its groups, and its boundary.
namespace landfall::services::iam {

Policies policies_of_user(const Deps& deps, const model::User& user);
Policies policies_of_role(const Deps& deps, const model::Role& role);
Policies policies_of_group(const Deps& deps, const model::Group& group);

}  // namespace landfall::services::iam
