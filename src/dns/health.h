#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/zone.h"

/// What looks at endpoints make of health checks. Pure.
/// Source: Route 53 developer guide, How Amazon Route 53 determines whether a health check is healthy.
namespace landfall::dns {

/// What one look came to; `status` as GetHealthCheckStatus tells it ("Success: …", "Failure: …").
struct Look {
  bool is_up = false;
  std::string status;
};

/// The health after one more look: the endpoint changes its state after failure_threshold looks in a row that say so.
model::DnsHealth after(const model::DnsHealthCheck& check, model::DnsHealth before, const Look& look, WallTime now);

/// Of CALCULATED: whether enough of the children are healthy. `healthy`: by id; a child that is not there counts as unhealthy.
Look of_children(const model::DnsHealthCheck& check, const std::map<std::string, bool>& healthy);

/// Of CLOUDWATCH_METRIC: by the alarm's state ("" if there is no such alarm).
Look of_alarm(const model::DnsHealthCheck& check, const std::string& alarm_state, bool was_up);

}  // namespace landfall::dns
