#pragma once

#include <string_view>

#include "base/error.h"

/// Whether a policy document is one. Pure.
/// Source: IAM user guide, Grammar of the IAM JSON policy language.
namespace landfall::services::iam {

enum class PolicyKind { managed, inline_, trust };

/// Errors: "MalformedPolicyDocument" in IAM's words. A managed policy has to be of version 2012-10-17.
Result<void> check_policy(std::string_view document, PolicyKind kind);

}  // namespace landfall::services::iam
