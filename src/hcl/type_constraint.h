#pragma once

#include "hcl/syntax.h"
#include "hcl/type.h"

namespace landfall::hcl {

struct ParsedType {
  Type type;  ///< dynamic after errors
  Diagnostics diagnostics;
};

/// The type constraint an expression stands for: `string`, `list(object({a = optional(number, 5)}))`, `any`.
/// In 0.11: "string", "list" (list of any), "map" (map of any); in modern files quoted words are refused.
ParsedType type_of_constraint(const Expression& expression);

}  // namespace landfall::hcl
