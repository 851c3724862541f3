#pragma once

#include <span>
#include <string>

#include "terraform/record.h"
#include "base/error.h"

namespace landfall::terraform::aws_types {

/// Of these arguments one is written, known or not. Errors: "Config.Missing", "Config.Conflict", in the official provider's words.
Result<void> exactly_one(const Record& config, std::span<const char* const> names);
Result<void> at_most_one(const Record& config, std::span<const char* const> names);

}  // namespace landfall::terraform::aws_types
