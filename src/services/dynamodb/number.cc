#include "services/dynamodb/number.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace landfall::services::dynamodb {
namespace {

constexpr size_t kMaxDigits = 38;
constexpr int kMaxExponent = 126, kMinExponent = -129;  // of 0.digits: 9.99e125 and 1e-130

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::unexpected<Error> not_a_number(std::string_view text) {
  return fail("ValidationException", fmt::format("The parameter cannot be converted to a numeric value: {}", text));
}

/// Digits of a + b, of one length.
std::string plus(const std::string& a, const std::string& b) {
  std::string out(a.size() + 1, '0');
  int carry = 0;
  for (size_t i = a.size(); i-- > 0;) {
    const int digit = (a[i] - '0') + (b[i] - '0') + carry;
    out[i + 1] = static_cast<char>('0' + digit % 10);
    carry = digit / 10;
  }
  out[0] = static_cast<char>('0' + carry);
  return out;
}

/// Digits of a − b, of one length, a >= b.
std::string minus(const std::string& a, const std::string& b) {
  std::string out(a.size(), '0');
  int borrow = 0;
  for (size_t i = a.size(); i-- > 0;) {
    const int digit = (a[i] - '0') - (b[i] - '0') - borrow;
    out[i] = static_cast<char>('0' + (digit + 10) % 10);
    borrow = digit < 0 ? 1 : 0;
  }
  return out;
}

/// At most 38 significant digits, half up; `power` is that of the last digit.
std::string rounded(std::string digits, int& power) {
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  if (digits.size() <= kMaxDigits) return digits;
  const bool up = digits[kMaxDigits] >= '5';
  power += static_cast<int>(digits.size() - kMaxDigits);
  digits.resize(kMaxDigits);
  return up ? plus(digits, std::string(kMaxDigits - 1, '0') + "1") : digits;
}

}  // namespace

Result<Number> Number::sum(const Number& a, const Number& b, bool subtracts) {
  const auto last = [](const Number& n) { return n.exponent_ - static_cast<int>(n.digits_.size()); };
  int power = std::min(last(a), last(b));
  std::string left = a.digits_ + std::string(static_cast<size_t>(last(a) - power), '0');
  std::string right = b.digits_ + std::string(static_cast<size_t>(last(b) - power), '0');
  const size_t length = std::max(left.size(), right.size());
  left.insert(0, length - left.size(), '0');
  right.insert(0, length - right.size(), '0');
  const bool is_right_negative = b.is_negative_ != subtracts;
  std::string digits;
  bool is_negative = a.is_negative_;
  if (a.is_negative_ == is_right_negative) {
    digits = plus(left, right);
  } else {
    digits = left >= right ? minus(left, right) : minus(right, left);
    if (left < right) is_negative = is_right_negative;
  }
  digits = rounded(std::move(digits), power);
  return digits.empty() ? Number{} : parse(fmt::format("{}{}e{}", is_negative ? "-" : "", digits, power));
}

Result<Number> Number::parse(std::string_view text) {
  Number number;
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) {
    number.is_negative_ = rest[0] == '-';
    rest.remove_prefix(1);
  }
  bool any = false, after_point = false;
  for (; !rest.empty() && (is_digit(rest[0]) || (rest[0] == '.' && !after_point)); rest.remove_prefix(1)) {
    if (rest[0] == '.') {
      after_point = true;
      continue;
    }
    any = true;
    const bool leads = number.digits_.empty() && rest[0] == '0';
    if (!leads) number.digits_ += rest[0];
    if (!after_point && !leads) ++number.exponent_;
    if (after_point && leads) --number.exponent_;
  }
  if (!any) return not_a_number(text);
  if (!rest.empty()) {
    if (rest[0] != 'e' && rest[0] != 'E') return not_a_number(text);
    rest.remove_prefix(1);
    if (rest.starts_with('+')) rest.remove_prefix(1);
    int power = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), power);
    if (error != std::errc() || end != rest.data() + rest.size() || power > 1000 || power < -1000) return not_a_number(text);
    number.exponent_ += power;
  }
  while (number.digits_.ends_with('0')) number.digits_.pop_back();
  if (number.digits_.empty()) return Number{};
  if (number.digits_.size() > kMaxDigits) return fail("ValidationException", "Attempting to store more than 38 significant digits in a Number");
  if (number.exponent_ > kMaxExponent) return fail("ValidationException", "Number overflow. Attempting to store a number with magnitude larger than supported range");
  if (number.exponent_ < kMinExponent) return fail("ValidationException", "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  return number;
}

std::string Number::text() const {
  if (digits_.empty()) return "0";
  const int length = static_cast<int>(digits_.size());
  std::string out = is_negative_ ? "-" : "";
  if (exponent_ <= 0) return out + "0." + std::string(static_cast<size_t>(-exponent_), '0') + digits_;
  if (exponent_ >= length) return out + digits_ + std::string(static_cast<size_t>(exponent_ - length), '0');
  return out + digits_.substr(0, static_cast<size_t>(exponent_)) + "." + digits_.substr(static_cast<size_t>(exponent_));
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  const auto sign = [](const Number& n) { return n.digits_.empty() ? 0 : n.is_negative_ ? -1 : 1; };
  if (sign(*this) != sign(other)) return sign(*this) <=> sign(other);
  if (sign(*this) == 0) return std::strong_ordering::equal;
  const auto magnitude = exponent_ != other.exponent_ ? exponent_ <=> other.exponent_ : digits_ <=> other.digits_;
  return is_negative_ ? 0 <=> magnitude : magnitude;
}

}  // namespace landfall::services::dynamodb
