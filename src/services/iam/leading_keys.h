#pragma once

#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "services/deps.h"

namespace landfall::services::iam {

/// The partition keys that a call of DynamoDB names in one table (dynamodb:LeadingKeys).
std::vector<std::string> leading_keys(const Deps& deps, const aws::CallContext& context, const aws::Shape& shape, const void* input, const std::string& table_arn);

}  // namespace landfall::services::iam
