#pragma once

#include "hcl/syntax.h"
#include "hcl/type.h"

namespace landfall::hcl {

struct ParsedType {
  Type type;  ///< dynamic after errors
  Diagnostics diagnostics;
};

/// The type constraint an expression stands for: `string`, `list(object({a = optional(number, 5)}))`, `any`.
/// In quotes: "string", "list" (list of any), "map" (map of any); with a warning in modern files.
ParsedType type_of_constraint(const Expression& expression);

}  // namespace landfall::hcl
