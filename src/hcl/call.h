#pragma once

#include <expected>
#include <span>
#include <string_view>

#include "hcl/evaluate.h"

namespace landfall::hcl {

/// Calls a function by name with evaluated arguments: counts them, converts them, handles null, unknown and
/// marks. On failure a Diagnostic whose place is the argument to blame, or the call.
std::expected<Value, Diagnostic> call_function(const Call& call, const Range& range,
                                               std::span<const Value> values, const FunctionContext& context,
                                               Dialect dialect);

}  // namespace landfall::hcl
