#include "hcl/arithmetic.h"

namespace landfall::hcl {

bool ordered(Operator op, int order) {
  if (op == Operator::less) return order < 0;
  if (op == Operator::less_equal) return order <= 0;
  if (op == Operator::greater) return order > 0;
  return order >= 0;
}

std::optional<Number> calculate(Operator op, const Number& a, const Number& b) {
  if (op == Operator::add) return Number::add(a, b);
  if (op == Operator::subtract) return Number::subtract(a, b);
  if (op == Operator::multiply) return Number::multiply(a, b);
  if (op == Operator::divide) return Number::divide(a, b);
  // Terraform gives the left operand back when the right one is 0.
  if (b.sign() == 0 && !a.is_infinite()) return a;
  return Number::modulo(a, b);
}

std::string_view no_result(Operator op) {
  if (op == Operator::divide) return "can't divide zero by zero or infinity by infinity";
  if (op == Operator::multiply) return "can't multiply zero by infinity";
  if (op == Operator::modulo) return "can't use modulo with infinity";
  if (op == Operator::subtract) return "can't subtract infinity from itself";
  return "can't compute sum of opposing infinities";
}

}  // namespace landfall::hcl
