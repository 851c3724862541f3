#pragma once

#include "services/deps.h"

namespace landfall::services::logs {

/// Carries out the export tasks that wait: each stream's events go into the bucket, gzipped, as
/// "PREFIX/TASK/STREAM/000000.gz". For the daemon's sweeper.
void run_exports(const Deps& deps);

}  // namespace landfall::services::logs
