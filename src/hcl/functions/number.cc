#include <fmt/format.h>

#include <cmath>

#include "hcl/convert.h"
#include "hcl/functions/function.h"

namespace landfall::hcl {
namespace {

constexpr size_t kLongestRange = 1024;

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
  return from_double(std::log(a.number(0).as_double()) / std::log(a.number(1).as_double()), "log");
}

Result<Value> power(const Arguments& a) {
  return from_double(std::pow(a.number(0).as_double(), a.number(1).as_double()), "pow");
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
  const Number start = a.size() == 1 ? Number(0) : a.number(0);
  const Number end = a.number(a.size() == 1 ? 0 : 1);
  const Number step = a.size() == 3 ? a.number(2) : Number(start < end || start == end ? 1 : -1);
  if (step.sign() == 0) return a.bad(2, "step must not be zero");
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
  Number total = 0;
  for (const Value& element : a[0].elements()) {
    if (element.is_null()) return a.bad(0, "argument must be list, set, or tuple of number values");
    const Result<Value> number = convert(element, Type::number());
    if (!number) return a.bad(0, "argument must be list, set, or tuple of number values");
    const std::optional<Number> next = Number::add(total, number->as_number());
    if (!next) return a.bad(0, "can't compute sum of opposing infinities");
    total = *next;
  }
  return Value::number(total);
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
         return Value::number(a.number(0).sign());
       }},
      {"sum", {{"list"}}, {}, Type::number(), sum},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
