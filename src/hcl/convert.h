#pragma once

#include <span>
#include <vector>

#include "hcl/type.h"
#include "hcl/value.h"

namespace landfall::hcl {

/// The value as `to`, by Terraform's rules: "5" is 5 where a number is wanted, a tuple becomes a list if its
/// elements unify, an object loses attributes that are not asked for, optional attributes get their defaults
/// (or a typed null), unknown stays unknown, marks stay. `any` inside `to` is filled in from the value.
/// Errors "Hcl.Convert": "a number is required", `attribute "x": string required`, without a subject in
/// front.
Result<Value> convert(const Value& value, const Type& to);

/// The one type that all of these convert to (what `[a, b]` becomes as a list, `c ? a : b`); dynamic if there
/// is none but all are known, and `found` says which.
struct Unified {
  Type type;
  bool found = false;
};
Unified unify(std::span<const Type> types);
/// The same for the two results of a conditional: a null inside of one stands beside an object inside of the other.
Unified unify_branches(std::span<const Type> types);

}  // namespace landfall::hcl
