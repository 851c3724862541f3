#pragma once

#include <boost/json/fwd.hpp>
#include <functional>
#include <string>

#include "cli/daemon_client.h"

namespace landfall::cli {

/// Prints the events of a route of the daemon that answers {"events": [{"sequence", …}]} for "&after=N"; with `follow`, those
/// that come until interrupted too. `path` ends so that "after=N" may be appended. Errors: "Daemon.Malformed", DaemonClient's.
Result<void> follow_events(const DaemonClient& client, const std::string& path, bool follow, const std::function<std::string(const boost::json::object&)>& line_of);

}  // namespace landfall::cli
