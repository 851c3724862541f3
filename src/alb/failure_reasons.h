#pragma once

#include <map>
#include <string>
#include <vector>

#include "alb/config.h"
#include "model/reachability.h"
#include "model/reason.h"

namespace landfall::alb {

/// Why requests failed lately although their targets are healthy, told from what the worker met. Pure; by Because::key(),
/// the subject is the target group. A failure is told for kTold after the last of its kind.
/// `view`      where a target that takes no connection is looked for
/// `programs`  target group -> what runs behind it (a task definition), blamed for what the program itself does
/// Source  ALB user guide, Troubleshoot: HTTP 502 Bad gateway, HTTP 504 Gateway timeout.
constexpr Duration kTold = std::chrono::minutes(2);
std::map<std::string, model::Because> failures_of(const model::LoadBalancer& balancer, const std::vector<TargetState>& targets, const model::NetworkView& view, const std::map<std::string, std::string>& programs, WallTime now);

bool is_of_failures(const model::Because& because);

}  // namespace landfall::alb
