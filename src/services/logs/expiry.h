#pragma once

#include "services/deps.h"

namespace landfall::services::logs {

/// Takes away the events that are older than their group's retention. For a background sweep, once an hour.
void expire_events(const Deps& deps);

}  // namespace landfall::services::logs
