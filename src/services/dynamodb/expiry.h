#pragma once

#include <cstddef>

#include "services/deps.h"

namespace landfall::services::dynamodb {

/// Takes away the items whose time is over: tables with time to live, items whose attribute is a number of seconds in the
/// past, but by no more than five years (developer guide, Using time to live). Returns how many. For a background sweep.
size_t expire_items(const Deps& deps);

}  // namespace landfall::services::dynamodb
