#pragma once

#include <functional>
#include <string>
#include <vector>

#include "aws/endpoint.h"
#include "model/network.h"
#include "store/store.h"

namespace landfall::services::resourcegroupstaggingapi {

struct Tagged {
  std::string arn;
  model::Tags tags;
};

/// The resources of the caller's account and region that have tags, by ARN. What is of no region (hosted zones) is us-east-1's, as with AWS.
std::vector<Tagged> tagged_resources(const store::Store& store, const aws::CallContext& context);

/// Changes the tags of the resource with that ARN. False if the caller's account has none in its region.
Result<bool> change_tags(store::Transaction& tx, const aws::CallContext& context, const std::string& arn, const std::function<Result<void>(model::Tags&)>& change);

}  // namespace landfall::services::resourcegroupstaggingapi
