#pragma once

#include <string>

#include "hcl/value.h"

/// Values and types in the words of error messages.
namespace landfall::hcl {

/// What stands behind a name beneath a source line: `is "foo"`, `is object with 3 attributes`, `has a
/// sensitive value`.
std::string description(const Value& value);

/// Why the two results of a conditional do not agree.
std::string difference(const Type& if_true, const Type& if_false);

}  // namespace landfall::hcl
