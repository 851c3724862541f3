#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "hcl/convert.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

constexpr size_t kLongestRange = 1024;

/// The last digits are those of Terraform, whose library (Go's, after FreeBSD's msun, the exponential after Shibata's SLEEF with fused
/// steps, as on its x86) is not the C library's: the logarithm by the series of its authors, powers by squaring.
double natural_log(double x) {
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  constexpr std::array kSeries{6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01, 2.222219843214978396e-01,
                               1.818357216161805012e-01, 1.531383769920937332e-01, 1.479819860511658591e-01};
  if (std::isnan(x) || x <= 0 || std::isinf(x)) return std::log(x);
  int exponent = 0;
  double part = std::frexp(x, &exponent);
  if (part < std::numbers::sqrt2 / 2) {
    part *= 2;
    --exponent;
  }
  const double f = part - 1, s = f / (2 + f), square = s * s, fourth = square * square;
  const double odd_part = square * (kSeries[0] + fourth * (kSeries[2] + fourth * (kSeries[4] + fourth * kSeries[6])));
  const double even_part = fourth * (kSeries[1] + fourth * (kSeries[3] + fourth * kSeries[5]));
  const double half = 0.5 * f * f, k = exponent;
  return k * kLn2High - ((half - (s * (half + (odd_part + even_part)) + k * kLn2Low)) - f);
}

/// Of |x| far below a double's range, which power_of's rest keeps to.
double exponential(double x) {
  constexpr double kLn2High = 0.69314718055966295651160180568695068359375, kLn2Low = 0.28235290563031577122588448175013436025525412068e-12;
  constexpr std::array kTaylor{1.9841269841269841270e-4, 1.3888888888888888889e-3, 8.3333333333333333333e-3, 4.1666666666666666667e-2,
                               1.6666666666666666667e-1, 0.5, 1.0};
  const double k = std::nearbyint(x * std::numbers::log2e);
  const double rest = std::fma(-kLn2Low, k, std::fma(-kLn2High, k, x)) / 16;
  double sum = 2.4801587301587301587e-5;
  for (const double term : kTaylor) sum = std::fma(sum, rest, term);
  double less_one = rest * sum;
  for (int i = 0; i < 3; ++i) less_one *= less_one + 2;  // of twice the exponent
  return std::ldexp(std::fma(less_one, less_one + 2, 1.0), static_cast<int>(k));
}

double power_of(double x, double y) {
  if (!std::isfinite(x) || !std::isfinite(y) || x == 0 || y == 0 || x == 1 || y == 1 || std::abs(y) == 0.5 || std::abs(y) >= 0x1p63) return std::pow(x, y);
  double whole = 0, rest = std::modf(std::abs(y), &whole);
  if (rest != 0 && x < 0) return std::numeric_limits<double>::quiet_NaN();
  if (rest > 0.5) {
    --rest;
    ++whole;
  }
  double answer = rest == 0 ? 1 : exponential(rest * natural_log(x));
  int exponent = 0, step = 0;
  double squared = std::frexp(x, &step);
  for (auto left = static_cast<int64_t>(whole); left != 0; left >>= 1) {
    if (std::abs(step) > 1 << 12) {  // beyond what a double holds
      exponent += step;
      break;
    }
    if ((left & 1) != 0) {
      answer *= squared;
      exponent += step;
    }
    squared *= squared;
    step *= 2;
    if (squared < 0.5) {
      squared += squared;
      --step;
    }
  }
  return y < 0 ? std::ldexp(1 / answer, -exponent) : std::ldexp(answer, exponent);
}

Result<Value> from_double(double value, std::string_view name) {
  if (std::isnan(value)) return failed(fmt::format("{} has no answer for these numbers", name));
  return Value::number(Number::from_double(value));
}

Result<Value> extreme(const Arguments& a, int wanted) {
  if (a.size() == 0) return failed("must pass at least one number");
  const Number* best = &a.number(0);
  for (size_t i = 1; i < a.size(); ++i) {
    if (Number::compare(a.number(i), *best) == wanted) best = &a.number(i);
  }
  return Value::number(*best);
}

Result<Value> log(const Arguments& a) {
  return from_double(natural_log(a.number(0).as_double()) / natural_log(a.number(1).as_double()), "log");
}

Result<Value> power(const Arguments& a) {
  return from_double(power_of(a.number(0).as_double(), a.number(1).as_double()), "pow");
}

Result<Value> parse_int(const Arguments& a) {
  if (!a[0].is(Type::Kind::string))
    return a.bad(0, fmt::format("first argument must be a string, not {}", a[0].type().friendly()));
  const int64_t base = TRY(a.whole(1));
  if (base < 2 || base > 62) return a.bad(1, "base must be a whole number between 2 and 62 inclusive");
  const std::optional<Number> number = Number::parse_whole(a.string(0), static_cast<int>(base));
  if (!number) return a.bad(0, fmt::format("cannot parse \"{}\" as a base {} integer", a.string(0), base));
  return Value::number(*number);
}

Result<Value> range(const Arguments& a) {
  if (a.size() < 1 || a.size() > 3) return failed("must have one, two, or three arguments");
  const Number start = a.size() == 1 ? Number::count(0) : a.number(0);
  const Number end = a.number(a.size() == 1 ? 0 : 1);
  const Number step = a.size() == 3 ? a.number(2) : Number::count(start < end || start == end ? 1 : -1);
  if (step.sign() == 0) return a.bad(2, "step must not be zero");
  if (std::ranges::any_of(a.all(), [](const Value& value) { return value.as_number().is_infinite(); })) return failed("an endless range has no list");
  const bool is_up = step.sign() > 0;
  if (is_up && end < start)
    return a.bad(a.size() - 1, "end must be greater than start when step is positive");
  if (!is_up && start < end) return a.bad(a.size() - 1, "end must be less than start when step is negative");
  std::vector<Value> numbers;
  for (Number at = start; is_up ? at < end : end < at;) {
    if (numbers.size() >= kLongestRange) {
      return failed(
          "more than 1024 values were generated; either decrease the difference between start and end or use "
          "a larger step");
    }
    numbers.push_back(Value::number(at));
    const std::optional<Number> next = Number::add(at, step);
    if (!next || *next == at) break;
    at = *next;
  }
  return Value::list(Type::number(), std::move(numbers));
}

Result<Value> sum(const Arguments& a) {
  const Type& type = a[0].type();
  if (!type.is_sequence()) {
    return a.bad(0, fmt::format("argument must be list, set, or tuple. Received {}", type.friendly()));
  }
  if (a[0].length() == 0) return a.bad(0, "cannot sum an empty list");
  std::optional<Number> total;
  for (const Value& element : a[0].elements()) {
    if (element.is_null()) return a.bad(0, "argument must be list, set, or tuple of number values");
    const Result<Value> number = convert(element, Type::number());
    if (!number) return a.bad(0, "argument must be list, set, or tuple of number values");
    total = total ? Number::add(*total, number->as_number()) : number->as_number();
    if (!total) return a.bad(0, "can't compute sum of opposing infinities");
  }
  return Value::number(*total);
}

}  // namespace

std::span<const Function> number_functions() {
  static const std::vector<Function> kFunctions{
      {"abs",
       {{"num", Type::number()}},
       {},
       Type::number(),
       [](const Arguments& a) -> Result<Value> {
         return Value::number(a.number(0).sign() < 0 ? -a.number(0) : a.number(0));
       }},
      {"ceil",
       {{"num", Type::number()}},
       {},
       Type::number(),
       [](const Arguments& a) -> Result<Value> { return Value::number(a.number(0).ceil()); }},
      {"floor",
       {{"num", Type::number()}},
       {},
       Type::number(),
       [](const Arguments& a) -> Result<Value> { return Value::number(a.number(0).floor()); }},
      {"log", {{"num", Type::number()}, {"base", Type::number()}}, {}, Type::number(), log},
      {"max",
       {},
       Parameter{"numbers", Type::number()},
       Type::number(),
       [](const Arguments& a) { return extreme(a, 1); }},
      {"min",
       {},
       Parameter{"numbers", Type::number()},
       Type::number(),
       [](const Arguments& a) { return extreme(a, -1); }},
      {"parseint", {{"number"}, {"base", Type::number()}}, {}, Type::number(), parse_int},
      {"pow", {{"num", Type::number()}, {"power", Type::number()}}, {}, Type::number(), power},
      {"range", {}, Parameter{"params", Type::number()}, Type::list(Type::number()), range},
      {"signum",
       {{"num", Type::number()}},
       {},
       Type::number(),
       [](const Arguments& a) -> Result<Value> {
         TRY(a.whole(0));
         return Value::count(a.number(0).sign());
       }},
      {"sum", {{"list"}}, {}, Type::number(), sum},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
