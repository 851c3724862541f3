#pragma once

#include <string>

#include "terraform/simple_source.h"

namespace landfall::terraform::aws_types {

/// "no matching X found", "multiple X matched; use additional constraints to reduce matches to a single X".
Error found_not_one(size_t count, const std::string& what);

}  // namespace landfall::terraform::aws_types
