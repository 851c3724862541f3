#pragma once

#include <string>

#include "model/scaling.h"

namespace landfall::model {

/// What the history says when an alarm comes from the state that `before` has to another one. `reason_data` is JSON, or empty.
AlarmEvent state_change(const Alarm& before, const std::string& state, const std::string& reason, const std::string& reason_data, WallTime now);

}  // namespace landfall::model
