#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "cli/daemon_client.h"

namespace landfall::cli {

/// The daemon's status for people: what answers where, then services, tasks and targets.
std::string picture(const boost::json::object& status);

/// The lines to copy for trying what is served with curl and with a browser.
std::string how_to_try(const boost::json::object& status, const DaemonClient& daemon);

}  // namespace landfall::cli
