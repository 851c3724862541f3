#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace landfall::daemon {

/// Starts `landfall alb --config FILE` inside a network namespace, in a session of its own, its words in worker.log
/// beside the file. It outlives us, and holds the folder's lock (alb/worker_lock.h) from the fork on; where a worker lives it
/// takes that one's place (alb/handover.h). Gives its process id.
Result<int> start_worker(const std::string& network_namespace, const std::filesystem::path& config_file);

}  // namespace landfall::daemon
