#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace landfall::hcl {

/// An immutable number with Terraform's meaning: a binary float (MPFR), or an infinity; never NaN. It has 512 bits where it was
/// written, 64 where it counts things, 53 where a function of doubles made it, and what is calculated has as many as the wider
/// side: `length(a) / length(b)` shows 20 digits, `1 / 3` 154. Whole numbers that fit 64 bits need no allocation.
/// Source: go-cty, cty.Number (big.Float, round to nearest even); Go's big.Float (a result's precision).
class Number {
 public:
  Number() = default;                       ///< 0
  Number(int64_t whole) : whole_(whole) {}  // NOLINT: a whole number is a number
  static Number count(int64_t whole) { return {whole, kCountPrecision}; }  ///< of things, or the place among them
  static Number from_double(double value);  ///< exact; NaN is a broken invariant
  /// Decimal text: digits, optional sign, fraction and exponent. Errors: "Hcl.Number".
  static Result<Number> parse(std::string_view text);
  /// Whole number in base 2..62 as Go's big.Int reads it (after 36: lower case first). nullopt if malformed.
  static std::optional<Number> parse_whole(std::string_view text, int base);
  static Number infinity(bool negative);

  /// Shortest decimal text that reads back the same, without exponent (as jsonencode and tostring give it).
  std::string text() const;
  /// C-style formatting with `precision` digits; verb is one of e f g (E G) as Go prints a big.Float.
  /// precision < 0: the shortest that reads back.
  std::string format(char verb, int precision) const;
  /// In base 2, 8, 10, 16; whole numbers only (fractions are cut).
  std::string whole_text(int base) const;

  bool is_whole() const;
  bool is_infinite() const;
  int sign() const;                         ///< -1, 0, 1
  std::optional<int64_t> as_int64() const;  ///< if whole and in range
  double as_double() const;                 ///< nearest

  Number operator-() const;
  /// nullopt where there is no answer: Inf - Inf, 0 * Inf, 0 / 0.
  static std::optional<Number> add(const Number& a, const Number& b);
  static std::optional<Number> subtract(const Number& a, const Number& b);
  static std::optional<Number> multiply(const Number& a, const Number& b);
  static std::optional<Number> divide(const Number& a, const Number& b);
  /// a - b * trunc(a / b) in steps that round to a's precision; the sign is a's. nullopt when b is 0 or either is infinite.
  static std::optional<Number> modulo(const Number& a, const Number& b);
  Number floor() const;
  Number ceil() const;
  Number trunc() const;

  /// -1, 0, 1
  static int compare(const Number& a, const Number& b);
  bool operator==(const Number& other) const { return compare(*this, other) == 0; }
  bool operator<(const Number& other) const { return compare(*this, other) < 0; }

  struct Big;  ///< the MPFR value

 private:
  static constexpr uint16_t kPrecision = 512, kCountPrecision = 64;
  Number(int64_t whole, uint16_t precision) : whole_(whole), precision_(precision) {}
  explicit Number(std::shared_ptr<const Big> big) : big_(std::move(big)) {}
  friend struct NumberAccess;
  int64_t whole_ = 0;
  uint16_t precision_ = kPrecision;     ///< bits of whole_
  std::shared_ptr<const Big> big_{};  ///< set if the value does not fit whole_
};

}  // namespace landfall::hcl
