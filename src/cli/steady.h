#pragma once

#include <chrono>

#include "cli/daemon_client.h"

namespace landfall::cli {

/// Says what changes until everything is steady, then prints what is served. If the limit passes: what `why` says, exit
/// code 1.
int wait_until_steady(const DaemonClient& daemon, std::chrono::seconds limit);

}  // namespace landfall::cli
