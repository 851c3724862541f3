#pragma once

#include <cstddef>

#include "model/load_balancing.h"

namespace landfall::services::elbv2 {

/// Whether a condition's values, and the header's name of an http-header one, are what its field may have.
///
/// Sources  ELBv2 API: HostHeaderConditionConfig, HttpHeaderConditionConfig, SourceIpConditionConfig. Of hosts AWS takes more than
///          these pages say: a wildcard may stand after the last dot (`api-*.*`, aws-load-balancer-controller issue 987).
Result<void> check_values(const model::Condition& condition);

/// Wildcards in it, each of which counts (ALB quotas: condition wildcards per rule). A query's may be escaped.
size_t wildcards_in(const model::Condition& condition);

}  // namespace landfall::services::elbv2
