#pragma once

#include <optional>
#include <string_view>

#include "hcl/number.h"
#include "hcl/syntax.h"

/// The operators of the language on numbers.
namespace landfall::hcl {

/// Whether <, <=, > or >= holds, given how the operands compare (-1, 0, 1).
bool ordered(Operator op, int order);

/// a op b for + - * / %; nothing where there is no answer, and no_result says why.
std::optional<Number> calculate(Operator op, const Number& a, const Number& b);
std::string_view no_result(Operator op);

}  // namespace landfall::hcl
