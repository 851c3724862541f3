#pragma once

#include <functional>
#include <string>

#include "terraform/record.h"
#include "base/error.h"

namespace landfall::terraform::aws_types {

/// Whether a name fits `name_regex`, where a data source has one written; else every name does. Error: "Config.Regex".
Result<std::function<bool(const std::string&)>> name_filter(const Record& state);

/// For checked(): a pattern that can be read.
std::string check_pattern(const Value& value);

}  // namespace landfall::terraform::aws_types
