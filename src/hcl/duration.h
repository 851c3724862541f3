#pragma once

#include <chrono>
#include <string_view>

#include "base/error.h"

namespace landfall::hcl {

/// "1h30m", "-1.5s", "300ms", as Go's time.ParseDuration reads them. Errors: "Duration.Malformed".
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace landfall::hcl
