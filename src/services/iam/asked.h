#pragma once

#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::iam {

/// One action on one resource.
struct Asked {
  std::string action;     ///< "s3:GetObject"
  std::string resource;   ///< an ARN, or "*"
  std::string passed_to;  ///< of iam:PassRole: the service that gets the role
};

/// Everything that a call needs leave for; at least one.
std::vector<Asked> asked_by(const Deps& deps, const aws::CallContext& context, const aws::Shape& shape, const void* input);

}  // namespace landfall::services::iam
