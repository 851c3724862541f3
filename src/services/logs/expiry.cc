#include "services/logs/expiry.h"

#include "base/log.h"
#include "model/storage.h"
#include "store/table.h"

namespace landfall::services::logs {

void expire_events(const Deps& deps) {
  for (const auto& group : store::all<model::LogGroup>(deps.store)) {
    if (group.retention_days == 0) continue;
    const WallTime oldest = deps.clock.wall() - std::chrono::hours(24) * group.retention_days;
    if (const auto done = deps.logs.erase_older(group.key(), oldest); !done) log_error("log events not expired", {{"group", group.name}, {"error", done.error().message()}});
  }
}

}  // namespace landfall::services::logs
