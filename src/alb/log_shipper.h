#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "model/load_balancing.h"
#include "store/store.h"

namespace landfall::alb {

/// Puts a worker's finished log files into the bucket that the balancer's attributes name, and removes them: gzip, with
/// ALB's keys (ALB user guide, Access logs; Connection logs), one file per balancer where AWS has one per node.
/// `folder` the worker's; `objects` where the bytes of objects lie. Files whose bucket is not there (any more) are
/// removed and told.
void ship_logs(store::Store& store, const model::LoadBalancer& balancer, const std::filesystem::path& folder, const std::filesystem::path& objects, WallTime now);

/// "AWSLogs/…/ACCOUNT_elasticloadbalancing_REGION_app.NAME.ID_20251125T1635Z_IP_TAIL.log.gz" behind the prefix.
/// `stamp` "20251125T163500Z"; `kind` "" or "conn_log.".
std::string log_key(const model::LoadBalancer& balancer, const std::string& prefix, const std::string& kind, const std::string& stamp, const std::string& tail);

}  // namespace landfall::alb
