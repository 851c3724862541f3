#pragma once

#include <chrono>

#include "terraform/provider.h"

namespace landfall::terraform::utility_types {

/// Waits. Errors: "Interrupted".
Result<void> pause(const Cloud& cloud, std::chrono::nanoseconds length);

}  // namespace landfall::terraform::utility_types
