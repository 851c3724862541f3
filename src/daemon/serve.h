#pragma once

#include "daemon/data_dir.h"

namespace landfall::daemon {

/// Runs the daemon until SIGTERM, SIGINT or a stop request. Returns an exit code; why it could not run is on stderr.
int serve(const ServeOptions& options);

}  // namespace landfall::daemon
