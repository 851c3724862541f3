#include "hcl/number.h"

#include <fmt/format.h>
#include <mpfr.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "base/ensure.h"

namespace landfall::hcl {

struct Number::Big {
  explicit Big(mpfr_prec_t precision) { mpfr_init2(value, precision); }
  ~Big() { mpfr_clear(value); }
  Big(const Big&) = delete;
  Big& operator=(const Big&) = delete;
  mpfr_t value;
};

/// Reaches into Number for the free functions of this file.
struct NumberAccess {
  static constexpr mpfr_prec_t kPrecision = Number::kPrecision, kCountPrecision = Number::kCountPrecision;
  static Number make(std::shared_ptr<const Number::Big> big) { return Number(std::move(big)); }
  static Number make(int64_t whole, mpfr_prec_t precision) { return {whole, static_cast<uint16_t>(precision)}; }
  static const Number::Big* big(const Number& number) { return number.big_.get(); }
  static int64_t whole(const Number& number) { return number.whole_; }
  static mpfr_prec_t precision(const Number& number) { return number.big_ ? mpfr_get_prec(number.big_->value) : number.precision_; }
};

namespace {

using Big = Number::Big;

constexpr mpfr_prec_t kPrecision = NumberAccess::kPrecision;
/// With so many bits nothing of an int64_t is lost.
constexpr mpfr_prec_t kWholePrecision = NumberAccess::kCountPrecision;
/// Longer texts are refused: nobody writes them, and rounding them costs time and memory.
constexpr size_t kLongestText = 4096;
constexpr long kLargestExponent = 100'000;

/// A number as MPFR, whichever way it is kept.
class View {
 public:
  explicit View(const Number& number) {
    if (const Big* big = NumberAccess::big(number)) {
      value_ = big->value;
      return;
    }
    own_ = std::make_unique<Big>(NumberAccess::precision(number));
    mpfr_set_sj(own_->value, NumberAccess::whole(number), MPFR_RNDN);
    value_ = own_->value;
  }
  mpfr_srcptr get() const { return value_; }
  mpfr_prec_t precision() const { return mpfr_get_prec(value_); }

 private:
  std::unique_ptr<Big> own_;
  mpfr_srcptr value_ = nullptr;
};

bool is_negative_zero(mpfr_srcptr value) { return mpfr_zero_p(value) && mpfr_signbit(value); }

/// Keeps what fits 64 bits without MPFR.
Number finished(std::shared_ptr<Big> big) {
  if (mpfr_integer_p(big->value) && !is_negative_zero(big->value) &&
      mpfr_fits_intmax_p(big->value, MPFR_RNDN)) {
    return NumberAccess::make(mpfr_get_sj(big->value, MPFR_RNDN), mpfr_get_prec(big->value));
  }
  return NumberAccess::make(std::move(big));
}

std::optional<Number> finished_unless_nan(std::shared_ptr<Big> big) {
  if (mpfr_nan_p(big->value)) return std::nullopt;
  return finished(std::move(big));
}

mpfr_prec_t wider(const Number& a, const Number& b) { return std::max(NumberAccess::precision(a), NumberAccess::precision(b)); }

/// Both without MPFR, and the result as well if it fits an int64_t.
bool are_whole(const Number& a, const Number& b) {
  return NumberAccess::big(a) == nullptr && NumberAccess::big(b) == nullptr && wider(a, b) >= kWholePrecision;
}

using Operation = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_srcptr, mpfr_rnd_t);

std::optional<Number> operate(Operation operation, const Number& a, const Number& b, mpfr_prec_t precision) {
  const View x(a), y(b);
  auto result = std::make_shared<Big>(precision);
  operation(result->value, x.get(), y.get(), MPFR_RNDN);
  return finished_unless_nan(std::move(result));
}

/// Decimal digits d1 d2 d3… of 0.d1d2d3… * 10^exponent, without zeros at the end.
struct Digits {
  bool is_negative = false;
  std::string mantissa;
  long exponent = 0;
};

Digits digits_of(mpfr_srcptr value, size_t count) {
  Digits digits;
  mpfr_exp_t exponent = 0;
  char* text = mpfr_get_str(nullptr, &exponent, 10, count, value, MPFR_RNDN);
  ENSURE(text != nullptr, "mpfr_get_str gives memory or ends the process");
  digits.mantissa = text;
  mpfr_free_str(text);
  if (digits.mantissa.starts_with('-')) {
    digits.is_negative = true;
    digits.mantissa.erase(0, 1);
  }
  digits.exponent = exponent;
  while (digits.mantissa.ends_with('0')) digits.mantissa.pop_back();
  if (digits.mantissa.empty()) digits.exponent = 0;
  return digits;
}

bool reads_back(mpfr_srcptr value, const Digits& digits) {
  Big again(mpfr_get_prec(value));
  const std::string text =
      fmt::format("{}0.{}e{}", digits.is_negative ? "-" : "", digits.mantissa, digits.exponent);
  mpfr_set_str(again.value, text.c_str(), 10, MPFR_RNDN);
  return mpfr_equal_p(again.value, value) != 0;
}

/// The fewest digits that read back: the error of rounding only shrinks with more digits, so bisect.
Digits shortest_digits(mpfr_srcptr value) {
  if (mpfr_zero_p(value)) return {.is_negative = mpfr_signbit(value) != 0};
  size_t low = 1;
  size_t high = mpfr_get_str_ndigits(10, mpfr_get_prec(value));
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (reads_back(value, digits_of(value, middle))) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return digits_of(value, low);
}

std::string plain_text(const Digits& digits) {
  std::string text = digits.is_negative ? "-" : "";
  if (digits.mantissa.empty()) return text + "0";
  const long length = static_cast<long>(digits.mantissa.size());
  if (digits.exponent <= 0) {
    return text + "0." + std::string(static_cast<size_t>(-digits.exponent), '0') + digits.mantissa;
  }
  if (digits.exponent >= length) {
    return text + digits.mantissa + std::string(static_cast<size_t>(digits.exponent - length), '0');
  }
  const auto point = static_cast<size_t>(digits.exponent);
  return text + digits.mantissa.substr(0, point) + "." + digits.mantissa.substr(point);
}

std::string exponent_text(const Digits& digits, char letter) {
  std::string text = digits.is_negative ? "-" : "";
  const long exponent = digits.mantissa.empty() ? 0 : digits.exponent - 1;
  text += digits.mantissa.empty() ? '0' : digits.mantissa[0];
  if (digits.mantissa.size() > 1) text += "." + digits.mantissa.substr(1);
  return text + fmt::format("{}{}{:02}", letter, exponent < 0 ? '-' : '+', std::labs(exponent));
}

/// Go prints numbers beyond this in full as well; we change to exponents so that no text grows without bound.
std::string bounded_plain_text(const Digits& digits) {
  return std::labs(digits.exponent) > kLargestExponent ? exponent_text(digits, 'e') : plain_text(digits);
}

std::string general_text(mpfr_srcptr value, char verb, int precision) {
  const bool is_shortest = precision < 0;
  const Digits digits = is_shortest ? shortest_digits(value) : digits_of(value, std::max(precision, 1));
  const long length = static_cast<long>(digits.mantissa.size());
  long limit = is_shortest ? 6 : std::max(precision, 1);
  if (!is_shortest && limit > length && length >= digits.exponent) limit = length;
  const long exponent = digits.exponent - 1;
  if (!digits.mantissa.empty() && (exponent < -4 || exponent >= limit)) {
    return exponent_text(digits, verb == 'g' ? 'e' : 'E');
  }
  return plain_text(digits);
}

/// Sign, digits with at most one point and at least one digit, exponent.
bool is_decimal(std::string_view text) {
  size_t at = 0;
  const auto digits = [&] {
    const size_t start = at;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at - start;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  size_t count = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    count += digits();
  }
  if (count == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const size_t length = digits();
    if (length == 0) return false;
  }
  return at == text.size();
}

std::optional<Number> parse_small(std::string_view text) {
  if (text.empty() || text.size() > 18 || text == "-0") return std::nullopt;
  const bool is_negative = text[0] == '-';
  if (is_negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  int64_t whole = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    whole = whole * 10 + (c - '0');
  }
  if (is_negative && whole == 0) return std::nullopt;
  return Number(is_negative ? -whole : whole);
}

}  // namespace

Number Number::from_double(double value) {
  ENSURE(!std::isnan(value), "callers refuse NaN");
  auto big = std::make_shared<Big>(std::numeric_limits<double>::digits);
  mpfr_set_d(big->value, value, MPFR_RNDN);
  return finished(std::move(big));
}

Result<Number> Number::parse(std::string_view text) {
  if (const std::optional<Number> small = parse_small(text)) return *small;
  if (text.size() > kLongestText || !is_decimal(text)) {
    return fail("Hcl.Number", fmt::format("\"{}\" is not a decimal number", text.substr(0, 60)));
  }
  auto big = std::make_shared<Big>(kPrecision);
  mpfr_set_str(big->value, std::string(text).c_str(), 10, MPFR_RNDN);
  if (mpfr_number_p(big->value) == 0 ||
      (!mpfr_zero_p(big->value) && std::labs(mpfr_get_exp(big->value)) > kLargestExponent * 4)) {
    return fail("Hcl.Number", fmt::format("the number {} is too large or too small", text.substr(0, 60)));
  }
  return finished(std::move(big));
}

std::optional<Number> Number::parse_whole(std::string_view text, int base) {
  if (text.size() > kLongestText) return std::nullopt;
  std::string digits(text);
  const size_t start = digits.starts_with('-') || digits.starts_with('+') ? 1 : 0;
  if (digits.size() == start) return std::nullopt;
  for (size_t i = start; i < digits.size(); ++i) {
    const char c = digits[i];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    if (c >= 'a' && c <= 'z') digit = c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') digit = c - 'A' + (base <= 36 ? 10 : 36);
    if (digit < 0 || digit >= base) return std::nullopt;
    // Beyond base 36 MPFR takes upper case for the lower digits, Go lower case.
    if (base > 36 && c >= 'a' && c <= 'z') digits[i] = static_cast<char>(c - 'a' + 'A');
    if (base > 36 && c >= 'A' && c <= 'Z') digits[i] = static_cast<char>(c - 'A' + 'a');
  }
  auto big = std::make_shared<Big>(static_cast<mpfr_prec_t>(digits.size() * 6 + 1));  // no digit is lost
  mpfr_set_str(big->value, digits.c_str() + (digits[0] == '+' ? 1 : 0), base, MPFR_RNDN);
  if (mpfr_zero_p(big->value)) return count(0);
  mpfr_prec_round(big->value, std::max<mpfr_prec_t>(mpfr_get_exp(big->value), kWholePrecision), MPFR_RNDN);
  return finished(std::move(big));
}

Number Number::infinity(bool negative) {
  auto big = std::make_shared<Big>(kPrecision);
  mpfr_set_inf(big->value, negative ? -1 : 1);
  return NumberAccess::make(std::move(big));
}

std::string Number::text() const {
  if (!big_ && (precision_ >= kWholePrecision || std::labs(whole_) >> 52 == 0)) return std::to_string(whole_);  // no digit can be spared
  if (is_infinite()) return sign() < 0 ? "-Inf" : "+Inf";
  return bounded_plain_text(shortest_digits(View(*this).get()));
}

std::string Number::format(char verb, int precision) const {
  if (is_infinite()) return sign() < 0 ? "-Inf" : "+Inf";
  const View view(*this);
  if (verb == 'g' || verb == 'G') return general_text(view.get(), verb, precision);
  const bool is_plain = verb == 'f' || verb == 'F';
  if (precision < 0) {
    const Digits digits = shortest_digits(view.get());
    return is_plain ? bounded_plain_text(digits) : exponent_text(digits, verb);
  }
  char* text = nullptr;
  const char* form = is_plain ? "%.*RNf" : verb == 'e' ? "%.*RNe" : "%.*RNE";
  const int length = mpfr_asprintf(&text, form, std::min(precision, 10'000), view.get());
  ENSURE(length >= 0, "a finite number can be printed");
  std::string copy(text, static_cast<size_t>(length));
  mpfr_free_str(text);
  return copy;
}

std::string Number::whole_text(int base) const {
  if (is_infinite()) return text();
  const Number whole_part = trunc();
  const View view(whole_part);
  if (mpfr_zero_p(view.get())) return "0";
  if (std::labs(mpfr_get_exp(view.get())) > kLargestExponent * 4) return text();
  mpz_t whole;
  mpz_init(whole);
  mpfr_get_z(whole, view.get(), MPFR_RNDZ);
  char* digits = mpz_get_str(nullptr, base, whole);
  std::string copy = digits;
  void (*release)(void*, size_t) = nullptr;
  mp_get_memory_functions(nullptr, nullptr, &release);
  release(digits, std::strlen(digits) + 1);
  mpz_clear(whole);
  return copy;
}

bool Number::is_whole() const { return !big_ || mpfr_integer_p(big_->value) != 0; }
bool Number::is_infinite() const { return big_ && mpfr_inf_p(big_->value) != 0; }

int Number::sign() const {
  if (!big_) return whole_ < 0 ? -1 : whole_ > 0 ? 1 : 0;
  const int sign = mpfr_sgn(big_->value);
  return sign < 0 ? -1 : sign > 0 ? 1 : 0;
}

std::optional<int64_t> Number::as_int64() const {
  if (!big_) return whole_;
  if (mpfr_zero_p(big_->value)) return 0;
  return std::nullopt;  // finished() keeps every other whole number that fits in whole_
}

double Number::as_double() const {
  return big_ ? mpfr_get_d(big_->value, MPFR_RNDN) : static_cast<double>(whole_);
}

Number Number::operator-() const {
  const View view(*this);
  auto result = std::make_shared<Big>(view.precision());
  mpfr_neg(result->value, view.get(), MPFR_RNDN);
  return finished(std::move(result));
}

std::optional<Number> Number::add(const Number& a, const Number& b) {
  int64_t sum = 0;
  if (are_whole(a, b) && !__builtin_add_overflow(a.whole_, b.whole_, &sum)) return NumberAccess::make(sum, wider(a, b));
  return operate(mpfr_add, a, b, wider(a, b));
}

std::optional<Number> Number::subtract(const Number& a, const Number& b) {
  int64_t difference = 0;
  if (are_whole(a, b) && !__builtin_sub_overflow(a.whole_, b.whole_, &difference)) return NumberAccess::make(difference, wider(a, b));
  return operate(mpfr_sub, a, b, wider(a, b));
}

std::optional<Number> Number::multiply(const Number& a, const Number& b) {
  int64_t product = 0;
  if (are_whole(a, b) && !__builtin_mul_overflow(a.whole_, b.whole_, &product)) {
    if (product != 0 || (a.whole_ >= 0 && b.whole_ >= 0)) return NumberAccess::make(product, wider(a, b));
  }
  const View x(a), y(b);
  auto result = std::make_shared<Big>(kPrecision);
  mpfr_mul(result->value, x.get(), y.get(), MPFR_RNDN);
  if (mpfr_nan_p(result->value)) return std::nullopt;
  const mpfr_prec_t least = mpfr_regular_p(result->value) ? mpfr_min_prec(result->value) : 1;
  mpfr_prec_round(result->value, std::max({x.precision(), y.precision(), least}), MPFR_RNDN);
  return finished(std::move(result));
}

std::optional<Number> Number::divide(const Number& a, const Number& b) {
  if (are_whole(a, b) && b.whole_ > 0 && a.whole_ % b.whole_ == 0) return NumberAccess::make(a.whole_ / b.whole_, wider(a, b));
  return operate(mpfr_div, a, b, wider(a, b));
}

std::optional<Number> Number::modulo(const Number& a, const Number& b) {
  if (b.sign() == 0 || a.is_infinite() || b.is_infinite()) return std::nullopt;
  const mpfr_prec_t precision = NumberAccess::precision(a);
  if (are_whole(a, b) && precision >= kWholePrecision && b.whole_ > 0) {
    const int64_t rest = a.whole_ % b.whole_;
    if (rest != 0 || a.whole_ >= 0) return NumberAccess::make(rest, precision);
  }
  const Number quotient = *operate(mpfr_div, a, b, wider(a, b)), whole = quotient.sign() < 0 ? quotient.ceil() : quotient.floor();
  return operate(mpfr_sub, a, *operate(mpfr_mul, b, whole, precision), precision);
}

namespace {

Number rounded(const Number& number, int (*round)(mpfr_ptr, mpfr_srcptr)) {
  const View view(number);
  auto result = std::make_shared<Big>(view.precision());
  round(result->value, view.get());
  if (is_negative_zero(result->value)) return NumberAccess::make(0, view.precision());
  return finished(std::move(result));
}

}  // namespace

Number Number::floor() const { return big_ ? rounded(*this, mpfr_floor) : *this; }
Number Number::ceil() const { return big_ ? rounded(*this, mpfr_ceil) : *this; }
Number Number::trunc() const { return big_ ? rounded(*this, mpfr_trunc) : *this; }

int Number::compare(const Number& a, const Number& b) {
  if (!a.big_ && !b.big_) return a.whole_ < b.whole_ ? -1 : a.whole_ > b.whole_ ? 1 : 0;
  const View x(a), y(b);
  const int order = mpfr_cmp(x.get(), y.get());
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

}  // namespace landfall::hcl
