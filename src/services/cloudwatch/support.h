#pragma once

#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "aws/endpoint.h"
#include "aws/shapes/cloudwatch.h"
#include "model/scaling.h"
#include "services/deps.h"
#include "services/support/pages.h"
#include "services/support/text.h"
#include "services/support/transact.h"
#include "store/table.h"

/// What the CloudWatch handlers share.
namespace landfall::services::cloudwatch {

namespace shapes = landfall::aws::cloudwatch;
using aws::CallContext;
using store::Transaction;


template <class T>
Result<Page<T>> page(std::vector<T> all, int limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit, token, Error{.code = "InvalidNextToken", .what = "Invalid NextToken"});
}

void register_alarm(aws::Registry&, const Deps&);
void register_metric(aws::Registry&, const Deps&);

}  // namespace landfall::services::cloudwatch
