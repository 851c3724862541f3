#include <fmt/format.h>

#include "hcl/convert.h"
#include "hcl/functions/function.h"

/// Functions that only 0.11 had. Source: hashicorp/terraform v0.11.14, config/interpolate_funcs.go.
namespace landfall::hcl {
namespace {

Result<Value> list(const Arguments& a) {
  const Value tuple = Value::tuple({a.all().begin(), a.all().end()});
  const Result<Value> converted = convert(tuple, Type::list(Type::dynamic()));
  if (!converted) return failed("list: all elements must be of one type");
  return converted;
}

Result<Value> map(const Arguments& a) {
  if (a.size() % 2 != 0) return failed(fmt::format("requires an even number of arguments, got {}", a.size()));
  std::vector<Value::Field> fields;
  for (size_t i = 0; i < a.size(); i += 2) {
    const Result<Value> name = convert(a[i], Type::string());
    if (!name || !name->has_value()) return a.bad(i, "argument represents a map key, so it must be a string");
    fields.push_back({name->as_string(), a[i + 1]});
  }
  const Value object = Value::object(std::move(fields));
  const Result<Value> converted = convert(object, Type::map(Type::dynamic()));
  if (!converted) return failed("map: all values must have the same type");
  return converted;
}

}  // namespace

std::span<const Function> legacy_functions() {
  static const std::vector<Function> kFunctions{
      {"list", {}, Parameter{"elements"}, Type::list(Type::dynamic()), list},
      {"map", {}, Parameter{"pairs"}, Type::map(Type::dynamic()), map},
  };
  return kFunctions;
}

}  // namespace landfall::hcl
