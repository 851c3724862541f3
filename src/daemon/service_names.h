#pragma once

#include <string>
#include <vector>

namespace landfall::daemon {

/// Names under which the AWS endpoint is reached from inside VPCs, for its certificate.
std::vector<std::string> service_names(const std::string& region);

}  // namespace landfall::daemon
