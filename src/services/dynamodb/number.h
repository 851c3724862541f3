#pragma once

#include <compare>
#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall::services::dynamodb {

/// A decimal number of up to 38 significant digits, as DynamoDB keeps it: 0.digits × 10^exponent.
/// Source: DynamoDB Developer Guide, Data types, Number.
class Number {
 public:
  /// "-12.50e3". Errors: "ValidationException" in DynamoDB's words.
  static Result<Number> parse(std::string_view text);

  /// a + b, or a − b; rounded to 38 digits. Errors: "ValidationException" for what is too large or too small.
  static Result<Number> sum(const Number& a, const Number& b, bool subtracts);

  std::string text() const;  ///< canonical: plain decimal without superfluous zeros ("100", "0.5")
  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const { return (*this <=> other) == 0; }

 private:
  bool is_negative_ = false;
  std::string digits_;  ///< without leading or trailing zeros; empty is zero
  int exponent_ = 0;
};

}  // namespace landfall::services::dynamodb
