#pragma once

#include <string>
#include <vector>

#include "terraform/record.h"
#include "base/error.h"

/// Which of several arguments are written, for types that want one of them. What is not known yet counts as written.
namespace landfall::terraform::utility_types {

bool is_written(const Record& config, std::string_view name);
Result<void> exactly_one(const Record& config, const std::vector<std::string>& names);   ///< Errors: "Argument.Conflict", "Argument.Missing"
Result<void> at_least_one(const Record& config, const std::vector<std::string>& names);  ///< Errors: "Argument.Missing"

}  // namespace landfall::terraform::utility_types
