#pragma once

#include <optional>

#include "model/alarm_suppression.h"
#include "store/store.h"

namespace landfall::store {

/// Why that alarm does not act now; nothing if it may, also if its suppressor is gone.
std::optional<model::Suppression> suppression_now(const Store& store, const model::Alarm& alarm, WallTime now);

}  // namespace landfall::store
