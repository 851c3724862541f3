#pragma once

#include <string>

#include "model/network.h"
#include "services/deps.h"

namespace landfall::services::iam {

/// What policies may ask of a resource: its tags (aws:ResourceTag) and, in EC2, its VPC (ec2:Vpc).
struct ResourceFacts {
  model::Tags tags{};
  std::string vpc_arn{};
};
ResourceFacts facts_of(const Deps& deps, const std::string& arn);

}  // namespace landfall::services::iam
