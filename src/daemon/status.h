#pragma once

#include <string>

#include "model/settings.h"
#include "store/store.h"

namespace landfall::daemon {

/// What is served, by whom and how it is: JSON for `landfall status`. `is_steady`: every service has its tasks, every
/// load balancer is active, every registered target is healthy or in use by nobody.
std::string status_json(const store::Store& store, const model::Settings& settings, int dns_port);

}  // namespace landfall::daemon
