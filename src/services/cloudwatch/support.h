#pragma once

#include <map>
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

inline std::map<std::string, std::string> pairs_of(const std::optional<std::vector<shapes::Dimension>>& dimensions) {
  std::map<std::string, std::string> all;
  for (const auto& d : dimensions.value_or(std::vector<shapes::Dimension>{})) all[text(d.name)] = text(d.value);
  return all;
}

/// Percentiles and the like need every measurement, which nobody keeps here: refused by name.
Result<void> check_statistic(const std::string& name);

void tell_history(Transaction& tx, const model::Alarm& alarm, model::AlarmEvent event);

template <class T>
Result<Page<T>> page(std::vector<T> all, int limit, const std::optional<std::string>& token) {
  return page_of(std::move(all), limit, token, Error{.code = "InvalidNextToken", .what = "Invalid NextToken"});
}

void register_alarm(aws::Registry&, const Deps&);
void register_alarm_history(aws::Registry&, const Deps&);
void register_metric(aws::Registry&, const Deps&);

}  // namespace landfall::services::cloudwatch
